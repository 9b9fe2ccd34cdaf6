//! `links.json` in the data folder: personal links that the desk gives out, by their token's hash.
//!
//! A link opens one thing (a phone's slot, the booth) and nothing else, for a day (a week for the
//! booth's tablet). Blocking where it writes: not for async threads.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{
    config::Secret,
    disk::{self, Readers},
    media::unix_ms,
    protocol::{Fault, Problem},
    tokens::{random, sha256},
};

/// A phone's link opens for so long, milliseconds.
const CAMERA_LIFE: u64 = 24 * 3600 * 1000;
/// The booth's tablet stays in for so long, milliseconds.
const BOOTH_LIFE: u64 = 7 * 24 * 3600 * 1000;
/// Links that may be good at a time; the one that ends first makes room.
const LINKS: usize = 200;

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A phone's slot.
    Camera(String),
    /// The interview booth.
    Booth,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Link {
    opens: Purpose,
    /// Unix milliseconds.
    until: u64,
}

/// The links.
pub struct Links {
    path: PathBuf,
    links: Mutex<BTreeMap<String, Link>>,
    /// The writing of the file that `links` was read from, or that was made of it.
    seen: Mutex<Stamp>,
}

/// Tells one writing of the file from another: each is a new file.
type Stamp = Option<(u64, i64, i64)>;

/// A link just made.
pub struct Made {
    /// What the holder shows.
    pub token: Secret,
    /// Unix milliseconds.
    pub until: u64,
}

impl Links {
    /// Reads the file; one that is damaged is left aside, and its links are no longer good. Blocking.
    pub fn open(data: &Path) -> Self {
        let path = data.join("links.json");
        Self { seen: Mutex::new(stamp(&path)), links: Mutex::new(read(&path)), path }
    }

    /// What a token opens now.
    pub fn opens(&self, token: &str) -> Option<Purpose> {
        self.opened_by(&sha256(token))
    }

    /// What the token with this hash opens now.
    pub fn opened_by(&self, hash: &str) -> Option<Purpose> {
        let links = self.lock();
        let link = links.get(hash)?;
        (unix_ms() < link.until).then(|| link.opens.clone())
    }

    /// Makes a link. Blocking.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn make(&self, opens: Purpose) -> Result<Made, Problem> {
        let token = random::<24>();
        let life = if opens == Purpose::Booth { BOOTH_LIFE } else { CAMERA_LIFE };
        let until = unix_ms() + life;
        let mut links = self.lock();
        links.retain(|_, link| unix_ms() < link.until);
        while links.len() >= LINKS {
            let first = links.iter().min_by_key(|(_, link)| link.until).map(|(name, _)| name.clone());
            links.remove(&first.expect("more than none"));
        }
        links.insert(sha256(&token), Link { opens, until });
        self.write(&links)?;
        Ok(Made { token: Secret::new(token), until })
    }

    /// Ends every link to this. Blocking.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn revoke(&self, opens: &Purpose) -> Result<(), Problem> {
        let mut links = self.lock();
        links.retain(|_, link| link.opens != *opens);
        self.write(&links)
    }

    /// Ends every link, also while a studio runs with this data folder: it notices. Blocking.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn end_all(data: &Path) -> Result<(), Problem> {
        let links = Self::open(data);
        links.lock().clear();
        links.write(&BTreeMap::new())
    }

    /// Takes over what another process has done to the file. Blocks for a moment.
    pub fn follow(&self) {
        let now = stamp(&self.path);
        if *self.seen() != now {
            *self.lock() = read(&self.path);
            *self.seen() = now;
        }
    }

    fn write(&self, links: &BTreeMap<String, Link>) -> Result<(), Problem> {
        let write = || disk::write(&self.path, &serde_json::to_vec_pretty(links)?, Readers::Owner);
        let written = write();
        *self.seen() = stamp(&self.path);
        written.map_err(|error| {
            Problem::new(
                "links_unwritable",
                Fault::Operator,
                format!("Le lien ne peut pas être noté ({error}). Vérifiez la place sur le disque et les droits du dossier de données."),
                format!("The link cannot be written down ({error}). Check the disk's space and the data folder's rights."),
            )
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Link>> {
        // A panic while holding it leaves whole links.
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Stamp> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamp(path: &Path) -> Stamp {
    fs::metadata(path).ok().map(|meta| (meta.ino(), meta.mtime(), meta.mtime_nsec()))
}

fn read(path: &Path) -> BTreeMap<String, Link> {
    let Ok(text) = fs::read(path) else { return BTreeMap::new() };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, "links.json is damaged: links have to be made anew");
        BTreeMap::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_one_thing_until_it_is_revoked_and_outlives_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let links = Links::open(data.path());
        let camera = Purpose::Camera("phone1".into());
        let made = links.make(camera.clone()).unwrap();
        let booth = links.make(Purpose::Booth).unwrap();
        let again = Links::open(data.path());
        assert_eq!(again.opens(made.token.reveal()), Some(camera.clone()));
        assert_eq!(again.opens(booth.token.reveal()), Some(Purpose::Booth));
        assert_eq!(again.opens("0"), None);
        let kept = fs::read_to_string(data.path().join("links.json")).unwrap();
        assert!(!kept.contains(made.token.reveal()), "only hashes are kept");
        again.revoke(&camera).unwrap();
        assert_eq!(again.opens(made.token.reveal()), None);
        assert_eq!(again.opens(booth.token.reveal()), Some(Purpose::Booth));
    }

    #[test]
    fn an_expired_link_opens_nothing_and_their_number_is_bounded() {
        let data = tempfile::tempdir().unwrap();
        let links = Links::open(data.path());
        let made = links.make(Purpose::Camera("a".into())).unwrap();
        links.lock().get_mut(&sha256(made.token.reveal())).unwrap().until = 1;
        assert_eq!(links.opens(made.token.reveal()), None);
        for _ in 0..LINKS + 5 {
            links.make(Purpose::Booth).unwrap();
        }
        assert!(links.lock().len() <= LINKS);
    }
}
