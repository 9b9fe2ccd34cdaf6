//! Where clips and photos lie on the disk: `clips/YYYY/MM/DD/<id>/` and `photos/YYYY/MM/DD/<id>/`,
//! plain files with their sums in `SHA256SUMS`, the record in `record.json`.
//!
//! A folder changes whole or not at all: a [`Stage`] is filled beside it and takes its place in one
//! step, so a reader, a crash or a power cut sees the old one or the new one.

pub mod files;
mod id;
mod originals;
mod read;
mod stage;
mod sums;
mod verify;

pub use id::{claim_stem, is_id, slug};
pub use originals::UNCUT;
pub use read::{Unread, read, segment_of, stamp};
pub use stage::Stage;
pub use sums::{SUMS, Sums, sum_of};
pub use verify::{Fault, Finding, Report, verify};

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use super::Medium;
use crate::disk;

/// The record's file.
pub const RECORD: &str = "record.json";
/// What is being made, in each medium's folder.
pub const WORK: &str = ".work";
/// What was deleted, in the data folder.
pub const BIN: &str = "bin";

/// The folders of clips and photos.
#[derive(Debug, Clone)]
pub struct Store {
    data: PathBuf,
    /// One change at a time.
    changes: Arc<Mutex<()>>,
}

impl Store {
    /// In this data folder.
    pub fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), changes: Arc::default() }
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Keeps others from changing anything meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, ()> {
        // Whoever panicked left a stage behind, nothing worse.
        self.changes.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Where a record of this id lies, whether it is there or not; `None`: that is no id.
    pub fn folder(&self, medium: Medium, id: &str) -> Option<PathBuf> {
        if !is_id(id) {
            return None;
        }
        Some(self.data.join(medium.folder()).join(&id[..4]).join(&id[5..7]).join(&id[8..10]).join(id))
    }

    /// The folder of a record that is there, whichever its medium.
    pub fn find(&self, id: &str) -> Option<(Medium, PathBuf)> {
        let mut folders =
            [Medium::Clip, Medium::Photo].into_iter().filter_map(|medium| Some((medium, self.folder(medium, id)?)));
        folders.find(|(_, folder)| folder.is_dir())
    }

    /// Whether a record of this id is there, or in the bin.
    pub fn holds(&self, id: &str) -> bool {
        self.find(id).is_some() || self.is_in_bin(id)
    }

    /// The folders of everything that is there, in no order.
    pub fn folders(&self) -> Vec<PathBuf> {
        let below = |folder: PathBuf| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')).map(|entry| entry.path())
        };
        [Medium::Clip, Medium::Photo]
            .iter()
            .flat_map(|medium| below(self.data.join(medium.folder())))
            .flat_map(below)
            .flat_map(below)
            .flat_map(below)
            .collect()
    }

    /// Moves a record's folder to the bin, where it stays for a term; returns where it lies now.
    pub fn discard(&self, id: &str, now_ms: u64) -> io::Result<PathBuf> {
        let (_, folder) = self.find(id).ok_or(io::ErrorKind::NotFound)?;
        let bin = self.data.join(BIN);
        fs::create_dir_all(&bin)?;
        let place = bin.join(format!("{now_ms}-{id}"));
        fs::rename(&folder, &place)?;
        disk::sync_folder(folder.parent().unwrap_or(&self.data))?;
        Ok(place)
    }

    /// What lies in the bin: each record's id and folder, the one that was put there last at the end.
    pub fn binned(&self) -> Vec<(String, PathBuf)> {
        let entries = fs::read_dir(self.data.join(BIN)).into_iter().flatten().flatten();
        let mut binned: Vec<(u64, String, PathBuf)> = entries
            .filter_map(|entry| {
                let name = entry.file_name();
                let (since, id) = name.to_str()?.split_once('-')?;
                Some((since.parse().ok()?, id.to_owned(), entry.path()))
            })
            .collect();
        binned.sort();
        binned.into_iter().map(|(_, id, folder)| (id, folder)).collect()
    }

    /// Brings a record's folder back from the bin.
    pub fn restore(&self, folder: &Path, medium: Medium, id: &str) -> io::Result<PathBuf> {
        let place = self.folder(medium, id).ok_or(io::ErrorKind::InvalidData)?;
        let parent = place.parent().unwrap_or(&self.data);
        fs::create_dir_all(parent)?;
        files::rename_new(folder, &place)?;
        disk::sync_folder(parent)?;
        Ok(place)
    }

    /// Everything that lies in the bin, whatever it is: since when, Unix milliseconds, and where.
    pub fn bin(&self) -> Vec<(u64, PathBuf)> {
        let entries = fs::read_dir(self.data.join(BIN)).into_iter().flatten().flatten();
        let since = |name: &str| name.split_once('-').and_then(|(since, _)| since.parse().ok());
        let dated = |entry: fs::DirEntry| {
            let since = entry.file_name().to_str().and_then(since);
            (since.unwrap_or_else(|| disk::written_at(&entry.path())), entry.path())
        };
        entries.map(dated).collect()
    }

    /// Takes away what a crash left half made.
    pub fn clear_work(&self) {
        for medium in [Medium::Clip, Medium::Photo] {
            let work = self.data.join(medium.folder()).join(WORK);
            for entry in fs::read_dir(work).into_iter().flatten().flatten() {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}
