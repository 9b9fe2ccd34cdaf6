//! Is everything there, and as it was written?

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Medium, RECORD, SUMS, Store, Sums, Unread, WORK, read::as_it_is, sum_of};
use crate::archive::{
    Record,
    master::{FOLDER as MASTERS, Note},
};

/// What can be wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It should be there and is not.
    Missing,
    /// It is not what was written.
    Changed,
    /// Nothing speaks of it.
    Orphaned,
    /// It was being made when the program ended.
    HalfWritten,
    /// It cannot be read.
    Unreadable,
    /// The index says something else than the files.
    Index,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Relative to the data folder.
    pub path: String,
    /// What.
    pub fault: Fault,
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Report {
    /// The records that could be read, with their folders.
    pub records: Vec<(Record, PathBuf)>,
    /// In the order of their paths.
    pub findings: Vec<Finding>,
    /// Bytes that were read.
    pub bytes: u64,
}

/// Reads every file of clips and photos, and compares.
pub fn verify(store: &Store) -> Report {
    let mut report = Report::default();
    for medium in [Medium::Clip, Medium::Photo] {
        let root = store.data.join(medium.folder());
        // What somebody makes now is not what a crash left.
        let _changes = store.lock();
        for entry in entries(&root.join(WORK)) {
            report.add(store, &entry, Fault::HalfWritten);
        }
        strays(store, &root, 0, &mut report);
    }
    for folder in store.folders() {
        if folder.is_dir() {
            check(store, &folder, &mut report);
        }
    }
    masters(store, &mut report);
    report.findings.sort();
    report.findings.dedup();
    report
}

impl Report {
    fn add(&mut self, store: &Store, path: &Path, fault: Fault) {
        let path = path.strip_prefix(&store.data).unwrap_or(path).to_string_lossy().into_owned();
        self.findings.push(Finding { path, fault });
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Files where only folders belong: above the records' own.
fn strays(store: &Store, folder: &Path, depth: u32, report: &mut Report) {
    for path in entries(folder) {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        match path.is_dir() {
            true if depth < 3 && !hidden => strays(store, &path, depth + 1, report),
            true => (),
            false => report.add(store, &path, Fault::Orphaned),
        }
    }
}

fn check(store: &Store, folder: &Path, report: &mut Report) {
    let record = match as_it_is(folder) {
        Ok(record) => record,
        Err(error) => {
            let missing = matches!(error, Unread::Missing | Unread::Gone);
            report.add(store, &folder.join(RECORD), if missing { Fault::Missing } else { Fault::Unreadable });
            return;
        }
    };
    if store.folder(record.medium, &record.id).as_deref() != Some(folder) {
        // A copy under another name, or a record that was edited by hand.
        report.add(store, &folder.join(RECORD), Fault::Changed);
    }
    let sums = match fs::read_to_string(folder.join(SUMS)) {
        Ok(text) => Sums::parse(&text),
        Err(_) => {
            report.add(store, &folder.join(SUMS), Fault::Missing);
            Sums::default()
        }
    };
    let needed = needed(&record).into_iter();
    for name in sums.0.keys().cloned().chain(needed).collect::<BTreeSet<_>>() {
        let path = folder.join(&name);
        match sum_of(&path) {
            Ok(sum) if sums.0.get(&name) == Some(&sum) => (),
            Ok(_) => report.add(store, &path, Fault::Changed),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => report.add(store, &path, Fault::Missing),
            Err(_) => report.add(store, &path, Fault::Unreadable),
        }
        report.bytes += fs::metadata(&path).map_or(0, |found| found.len());
    }
    for path in entries(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != SUMS && !sums.0.contains_key(&name) {
            let half = name.ends_with(".new") || name.ends_with(".part");
            report.add(store, &path, if half { Fault::HalfWritten } else { Fault::Orphaned });
        }
    }
    report.records.push((record, folder.to_owned()));
}

/// What has to be there for a record.
fn needed(record: &Record) -> Vec<String> {
    [vec![RECORD.to_owned()], record.description().file_names()].concat()
}

/// Recordings without their note, and notes without their recording.
fn masters(store: &Store, report: &mut Report) {
    let notes = Note::all(&store.data);
    for note in &notes {
        let path = store.data.join(&note.master);
        if !path.exists() {
            report.add(store, &path, Fault::Missing);
        }
    }
    for path in entries(&store.data.join(MASTERS)) {
        let name = format!("{MASTERS}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if name.ends_with(".mp4") && !notes.iter().any(|note| note.master == name) {
            report.add(store, &path, Fault::Orphaned);
        } else if name.ends_with(".new") {
            report.add(store, &path, Fault::HalfWritten);
        }
    }
}
