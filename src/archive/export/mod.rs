//! Out of the house: folders for another machine, a copy of the catalogue for any web host, files
//! ready for Wikimedia Commons. What is copied is what the public record names, and no other file.
//!
//! An export is brought up to date, not made: what is there already is not made again, so that one
//! which was interrupted goes on where it was, and what is public no longer goes. [`jobs`] is how the
//! desk has it done; every folder is also emptied of a clip the moment it is not public any more, or
//! the desk is told where that could not be done ([`places`]).

mod commons;
mod jobs;
mod places;
mod site;
mod webm;

pub(super) use jobs::Jobs;
pub use jobs::{Export, Status};
use places::Place;

use std::{
    collections::HashSet,
    fs,
    io::{self, Read, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::warn;
use ts_rs::TS;

use super::{
    Archive, PublicRecord, Query, Record, lock,
    store::{self, RECORD, SUMS, Sums},
};
use crate::{
    disk::{self, Readers},
    protocol::{Fault, Problem, Text},
};

/// Room that an export leaves on the disk, for recordings: 45 minutes at 3 Mbit/s.
const RESERVE: u64 = 1_000_000_000;

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "ExportForm")]
pub enum Form {
    /// The folders with what their public records name, and its sums.
    Bundle,
    /// A web site that any host serves.
    Site,
    /// Files and texts for Wikimedia Commons.
    Commons,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Bundle, Self::Site, Self::Commons];

    /// What it is called among the places that a segment went to.
    pub fn place(self) -> Text {
        match self {
            Self::Bundle => Text::new("copies de l'export complet", "copies of the complete export"),
            Self::Site => Text::new("copies du site exporté", "copies of the exported site"),
            Self::Commons => Text::new("Wikimedia Commons (export)", "Wikimedia Commons (export)"),
        }
    }

    /// The folder that the desk's export of this form is made in, in `exports/` of the data folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Site => "site",
            Self::Commons => "commons",
        }
    }
}

/// How far an export is.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Records that are done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
    /// The one in hand; none at the end.
    pub record: Option<&'a PublicRecord>,
}

/// Is told of each step, some of them several times; `Break` stops the export, and what is done stays
/// done.
pub type Follow<'a> = &'a mut dyn FnMut(Step<'_>) -> ControlFlow<()>;

impl Archive {
    /// Brings the export of this form in `to` up to date with the public catalogue. Blocks: `Commons` for
    /// about as long as the new films last.
    ///
    /// # Errors
    /// `export_failed`, `export_stopped`, `export_incomplete` with the titles that could not be taken out,
    /// `export_no_room`; `bad_template`; `commons_licence` where Commons does not take the licence.
    pub fn export(&self, form: Form, to: &Path, language: &str, follow: Follow<'_>) -> Result<(), Problem> {
        fs::create_dir_all(to).map_err(|error| failed(&error))?;
        self.remember(form, to).map_err(|error| failed(&error))?;
        let records = self.all_public();
        if form == Form::Commons {
            commons::takes(&records)?;
        }
        let public = records.iter().map(|record| record.id.as_str()).collect();
        self.clear(form, to, &public).map_err(|error| failed(&error))?;
        self.each(&records, to, follow, |record, go_on| match form {
            Form::Bundle => self.copy(record, &to.join(&record.id), true),
            Form::Site => self.site_record(record, to, language),
            Form::Commons => self.commons_record(record, to, go_on),
        })?;
        if form == Form::Site {
            let _hands = lock(&self.inner.jobs.hands);
            self.site_lists(to, language)?;
        }
        Ok(())
    }

    /// Takes a record that is not public, or says something else now, out of every export that is known, at
    /// once; what is out of reach is for the desk. Blocks for moments.
    ///
    /// # Errors
    /// `not_retracted`: it stays in an export in the data folder. The desk has been told.
    pub(super) fn retract(&self, record: &Record) -> Result<(), Problem> {
        let _hands = lock(&self.inner.jobs.hands);
        let mut left = Ok(());
        for place in self.places() {
            let taken = place.reached(record).and_then(|()| self.take_out(&place, &record.id));
            if let Err(error) = taken {
                warn!(%error, record.id, ?place, "not taken out of an export");
                let problem = not_retracted(&record.id, &place.folder, &error);
                self.tell(super::Report::LeftBehind(record.errand().to_owned(), place.folder.clone()));
                self.tell(super::Report::Problem(problem.clone()));
                if place.folder.starts_with(self.exports()) {
                    left = Err(problem);
                }
            }
        }
        left
    }

    /// Takes out of the exports within reach what is not public any more: for what a crash left undone.
    fn retract_all(&self) {
        let _hands = lock(&self.inner.jobs.hands);
        for place in self.places() {
            for id in entries(place.form, &place.folder).into_iter().map(|(id, _)| id).collect::<HashSet<_>>() {
                if !self.is_public(&id)
                    && let Err(error) = self.take_out(&place, &id)
                {
                    warn!(%error, id, ?place, "not taken out of an export");
                }
            }
        }
    }

    fn take_out(&self, place: &Place, id: &str) -> io::Result<()> {
        let folder = &place.folder;
        let there: Vec<_> = entries(place.form, folder).into_iter().filter(|(found, _)| found == id).collect();
        if there.is_empty() {
            return Ok(());
        }
        // Stands for it until no page names it any more: a crash in between is made up for.
        let mark = half(&folder.join("archive").join(id));
        let listed = place.form == Form::Site && folder.join("index.html").exists();
        if listed {
            fs::create_dir_all(&mark)?;
        }
        there.iter().filter(|(_, path)| !listed || *path != mark).try_for_each(|(_, path)| remove(path))?;
        if listed {
            let language = &self.settings().language;
            for record in self.same_day(id.get(..10).unwrap_or_default()) {
                self.site_pages(&record, folder, language).map_err(io::Error::other)?;
            }
            self.site_lists(folder, language).map_err(io::Error::other)?;
        }
        remove(&mark)
    }

    /// Every public record, oldest first.
    fn all_public(&self) -> Vec<PublicRecord> {
        let mut records = self.find(&Query::default(), 0, u32::MAX.into()).0;
        records.reverse();
        records
    }

    fn is_public(&self, id: &str) -> bool {
        self.public(id).is_some()
    }

    fn same_day(&self, day: &str) -> Vec<PublicRecord> {
        self.find(&Query { day: day.into(), ..Query::default() }, 0, u32::MAX.into()).0
    }

    /// Takes away what is public no longer, and what was half made.
    fn clear(&self, form: Form, to: &Path, public: &HashSet<&str>) -> io::Result<()> {
        let _hands = lock(&self.inner.jobs.hands);
        let half = |path: &Path| path.extension().is_some_and(|ending| ending == "part" || ending == "new");
        let gone = |(id, path): &&(String, PathBuf)| !public.contains(&**id) || half(path);
        entries(form, to).iter().filter(gone).try_for_each(|(_, path)| remove(path))
    }

    /// Puts into its place what was made of a record, unless that is not public any more. Whoever makes
    /// it so waits for us, then [retracts](Self::retract) it.
    fn place(&self, record: &PublicRecord, put: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let _hands = lock(&self.inner.jobs.hands);
        if self.is_public(&record.id) { put() } else { Ok(()) }
    }

    /// Copies what a record names of its folder, whole or not at all, with sums of its own; also itself, as
    /// everybody may know it, where `with_record`.
    fn copy(&self, record: &PublicRecord, to: &Path, with_record: bool) -> io::Result<()> {
        let from = self.folder_of(record)?;
        let sums = || fs::read_to_string(from.join(SUMS));
        let part = half(to);
        loop {
            let before = sums()?;
            // As it is by now: its files are.
            let Some(record) = self.public(&record.id) else { return Ok(()) };
            let there = Sums::parse(&before).0;
            let mut names = record.file_names();
            names.retain(|name| name != "poster.jpg" || there.contains_key(name));
            let sum = |name: &String| Ok((name.clone(), *there.get(name).ok_or(io::ErrorKind::NotFound)?));
            let mut wanted = Sums(names.iter().map(sum).collect::<io::Result<_>>()?);
            let own = if with_record { Some(serde_json::to_vec_pretty(&record)?) } else { None };
            wanted.0.extend(own.iter().map(|text| (RECORD.to_owned(), Sha256::digest(text).into())));
            if fs::read_to_string(to.join(SUMS)).is_ok_and(|made| made == wanted.text()) {
                return Ok(());
            }
            remove(&part)?;
            fs::create_dir_all(&part)?;
            let mut whole = true;
            for name in &names {
                whole &= wanted.0.get(name) == Some(&copied(&from.join(name), &part.join(name))?);
            }
            if before != sums()? {
                // Somebody has changed it meanwhile.
                continue;
            }
            if !whole {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if let Some(text) = own {
                disk::write(&part.join(RECORD), &text, Readers::All)?;
            }
            disk::write(&part.join(SUMS), wanted.text().as_bytes(), Readers::All)?;
            break;
        }
        self.place(record, || {
            remove(to)?;
            fs::rename(&part, to)
        })?;
        remove(&part)
    }

    fn folder_of(&self, record: &PublicRecord) -> io::Result<PathBuf> {
        self.store().folder(record.medium, &record.id).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Does `work` for each record. One that cannot be taken out keeps no other from it; a disk that
    /// can take no more does.
    fn each(
        &self,
        records: &[PublicRecord],
        to: &Path,
        follow: Follow<'_>,
        work: impl Fn(&PublicRecord, &mut dyn FnMut() -> ControlFlow<()>) -> io::Result<()>,
    ) -> Result<(), Problem> {
        let of = records.len();
        let mut left_out = Vec::new();
        for (done, record) in records.iter().enumerate() {
            let step = Step { done, of, record: Some(record) };
            if follow(step).is_break() {
                return Err(stopped());
            }
            // What is made of a film is at most about as large as the film.
            let wanted = self.bytes(&record.id) + RESERVE;
            if disk::free(to).map_err(|error| failed(&error))? < wanted {
                return Err(no_room());
            }
            match work(record, &mut || follow(step)) {
                Ok(()) => (),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(stopped()),
                Err(error) if of_the_disk(error.kind()) => return Err(failed(&error)),
                // Taken out of the catalogue between two looks.
                Err(_) if !self.is_public(&record.id) => (),
                Err(error) => {
                    warn!(%error, id = record.id, "not exported");
                    left_out.push(record.title.as_str());
                }
            }
        }
        let _ = follow(Step { done: of, of, record: None });
        if left_out.is_empty() { Ok(()) } else { Err(incomplete(&left_out)) }
    }
}

/// What an export has of which record: its id, and a file or folder.
fn entries(form: Form, folder: &Path) -> Vec<(String, PathBuf)> {
    let below: &[&str] = match form {
        Form::Bundle => &[""],
        Form::Site => &["clips", "photos", "archive"],
        Form::Commons => &["", commons::MADE],
    };
    let files = below.iter().flat_map(|name| fs::read_dir(folder.join(name)).into_iter().flatten().flatten());
    let known = files.filter_map(|entry| {
        let name = entry.file_name();
        let name = name.to_str()?;
        // `ID`, `ID.part`; on Commons `TITLE, ID.webm` and what goes with it.
        let name = name.rsplit_once(", ").map_or(name, |(_, name)| name);
        let id = name.split_once('.').map_or(name, |(id, _)| id);
        store::is_id(id).then(|| (id.to_owned(), entry.path()))
    });
    known.collect()
}

/// Copies a file, forces it to the disk, and returns the sum of what was copied.
fn copied(from: &Path, to: &Path) -> io::Result<[u8; 32]> {
    let (mut from, mut to) = (fs::File::open(from)?, fs::File::create_new(to)?);
    let (mut sum, mut block) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match from.read(&mut block)? {
            0 => break,
            read => {
                sum.update(&block[..read]);
                to.write_all(&block[..read])?;
            }
        }
    }
    to.sync_all()?;
    Ok(sum.finalize().into())
}

/// Removes a file or a folder, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    gone.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

fn half(path: &Path) -> PathBuf {
    let mut half = path.as_os_str().to_owned();
    half.push(".part");
    half.into()
}

/// Writes a file that does not say this already.
fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    disk::write(path, content, Readers::All)
}

/// Every other record would meet the same.
fn of_the_disk(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(kind, PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull)
}

fn failed(error: &io::Error) -> Problem {
    Problem::operator(
        "export_failed",
        format!(
            "L'export s'est arrêté ({error}). Libérez de la place ou vérifiez le dossier, puis relancez : ce qui est fait reste fait."
        ),
        format!(
            "The export has stopped ({error}). Make room or check the folder, then start it again: what is done stays done."
        ),
    )
}

fn no_room() -> Problem {
    Problem::operator(
        "export_no_room",
        "L'export s'est arrêté : la place qui reste sur le disque est gardée pour les enregistrements. Libérez-en, puis relancez : ce qui est fait reste fait.",
        "The export has stopped: what room the disk still has is kept for recordings. Make some, then start it again: what is done stays done.",
    )
}

fn stopped() -> Problem {
    Problem::operator(
        "export_stopped",
        "L'export a été arrêté. Relancez-le quand vous voulez : ce qui est fait reste fait.",
        "The export was stopped. Start it again whenever you like: what is done stays done.",
    )
}

fn incomplete(titles: &[&str]) -> Problem {
    let (n, first) = (titles.len(), titles[..titles.len().min(3)].join(" · "));
    Problem::operator(
        "export_incomplete",
        format!(
            "L'export est fait, sauf {n} : {first}. « plateau archive verify » dit ce qui manque à leurs fichiers ; réparez-les, puis relancez."
        ),
        format!(
            "The export is made, but for {n}: {first}. “plateau archive verify” says what their files lack; mend them, then start it again."
        ),
    )
}

fn not_retracted(id: &str, folder: &Path, error: &io::Error) -> Problem {
    let (folder, away) = (folder.display(), error.kind() == io::ErrorKind::NotFound);
    let why = Text::new("ce dossier n'est pas là en ce moment", "that folder is not there now");
    let why = if away { why } else { Text::new(error.to_string(), error.to_string()) };
    let (fr, en) = (why.fr, why.en);
    Problem::new(
        "not_retracted",
        Fault::Operator,
        format!("« {id} » n'est plus public, mais reste dans {folder} ({fr}). Effacez-le de ce dossier à la main."),
        format!("“{id}” is not public any more, but stays in {folder} ({en}). Erase it from that folder by hand."),
    )
}
