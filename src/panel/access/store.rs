//! `access.json` in the data folder: hashes of PINs and of tokens, nothing that opens a door.
//!
//! The file is the truth and may be changed by another process (`plateau pins --reset` while the
//! studio runs), so every change is made under a lock file on what the file says *then*, and
//! written whole: a temporary file, synced, renamed. Blocking: not for async threads.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use crate::{
    disk::{self, Readers},
    protocol::{Fault, Problem, Role},
};

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// By role.
    #[serde(default)]
    pub pins: BTreeMap<Role, Pin>,
    /// By the hexadecimal SHA-256 of the token.
    #[serde(default)]
    pub tokens: BTreeMap<String, Token>,
}

/// A PIN that opens a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// PHC string.
    pub hash: String,
    /// Made by the studio; else the configuration's.
    pub made: bool,
}

/// A client that has logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What it may do.
    pub role: Role,
    /// Unix seconds.
    pub used: u64,
}

/// Tells one writing of the file from another: each is a new file.
type Stamp = Option<(u64, i64, i64)>;

/// The file.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    seen: Stamp,
}

impl Store {
    /// The file in the data folder, which must exist.
    pub fn new(data: &Path) -> Self {
        Self { path: data.join("access.json"), seen: None }
    }

    /// What the file says if it changed since it was last read or written here.
    ///
    /// # Errors
    /// When it cannot be read, or is not ours.
    pub fn refresh(&mut self) -> Result<Option<Record>, Problem> {
        let now = self.stamp().map_err(|error| self.unreadable(&error))?;
        if now == self.seen {
            return Ok(None);
        }
        let record = self.read()?;
        self.seen = now;
        Ok(Some(record))
    }

    /// Changes the file and returns what it says then.
    ///
    /// # Errors
    /// When it cannot be read or written; it is then as before.
    pub fn update(&mut self, change: impl FnOnce(&mut Record)) -> Result<Record, Problem> {
        let lock = self.private().open(self.path.with_extension("lock")).and_then(|lock| {
            lock.lock()?;
            Ok(lock)
        });
        let _lock = lock.map_err(|error| self.unwritable(&error))?;
        let mut record = self.read()?;
        change(&mut record);
        self.write(&record).map_err(|error| self.unwritable(&error))?;
        self.seen = self.stamp().map_err(|error| self.unreadable(&error))?;
        Ok(record)
    }

    fn private(&self) -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options
    }

    fn stamp(&self) -> io::Result<Stamp> {
        match fs::metadata(&self.path) {
            Ok(meta) => Ok(Some((meta.ino(), meta.mtime(), meta.mtime_nsec()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self) -> Result<Record, Problem> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Record::default()),
            Err(error) => return Err(self.unreadable(&error)),
        };
        serde_json::from_slice(&text).map_err(|error| self.unreadable(&error))
    }

    fn write(&self, record: &Record) -> io::Result<()> {
        disk::write(&self.path, &serde_json::to_vec_pretty(record)?, Readers::Owner)
    }

    fn unreadable(&self, error: &dyn std::fmt::Display) -> Problem {
        let path = self.path.display();
        Problem::operator(
            "access_unreadable",
            format!(
                "{path} ne peut pas être lu ({error}). Restaurez-le, ou supprimez-le : de nouveaux codes seront créés."
            ),
            format!("{path} cannot be read ({error}). Restore it, or delete it: new PINs will be made."),
        )
    }

    fn unwritable(&self, error: &io::Error) -> Problem {
        let path = self.path.display();
        Problem::new(
            "access_unwritable",
            Fault::Operator,
            format!(
                "{path} ne peut pas être écrit ({error}). Vérifiez les droits du dossier et la place sur le disque."
            ),
            format!("{path} cannot be written ({error}). Check the folder's rights and the space on the disk."),
        )
    }
}

/// Unix seconds.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn another_process_s_change_is_seen_and_kept() {
        let data = tempfile::tempdir().unwrap();
        let (mut ours, mut theirs) = (Store::new(data.path()), Store::new(data.path()));
        let token = |role| Token { role, used: 1 };
        ours.update(|record| _ = record.tokens.insert("a".into(), token(Role::Admin))).unwrap();
        assert_eq!(ours.refresh().unwrap(), None);
        theirs.update(|record| _ = record.tokens.insert("b".into(), token(Role::Moderator))).unwrap();
        let seen = ours.refresh().unwrap().unwrap();
        assert_eq!(seen.tokens.len(), 2);
        ours.update(|record| _ = record.tokens.remove("a")).unwrap();
        assert_eq!(theirs.refresh().unwrap().unwrap().tokens.keys().collect::<Vec<_>>(), ["b"]);
        let mode = fs::metadata(data.path().join("access.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_broken_file_is_named_and_left_alone() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("access.json"), "{").unwrap();
        let problem = Store::new(data.path()).update(|_| ()).unwrap_err();
        assert_eq!(problem.code, "access_unreadable");
        assert!(problem.text.fr.contains("access.json"));
        assert_eq!(fs::read_to_string(data.path().join("access.json")).unwrap(), "{");
    }
}
