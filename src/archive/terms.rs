//! What has had its term goes: recordings, what is not public, what lies in the bin. When that is asked, and what
//! becomes of it at the desk, is the sweeper's affair ([`crate::retention`]).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Archive, Query, Record,
    master::{FOLDER, Note},
    settle::not_scrubbed,
    store,
};
use crate::{disk, protocol::Problem, rights::Keep, term::Term};

impl Archive {
    /// Erases recordings of segments, and their notes: by the segment's first picture, or, where none is known, by when
    /// the file was last written to. Returns how many. Blocks.
    ///
    /// # Errors
    /// The disk's, when everything else has been tried.
    pub fn erase_masters(&self, term: &Term) -> io::Result<usize> {
        let data = &self.settings().data;
        let notes = Note::all(data);
        let known = |path: &Path| notes.iter().any(|note| data.join(&note.master) == path.with_extension("mp4"));
        let files = fs::read_dir(data.join(FOLDER)).into_iter().flatten().flatten().map(|entry| entry.path());
        let strays = files.filter(|path| !known(path) && term.is_over(disk::written_at(path)));
        let old = notes.iter().filter(|note| {
            // One that has no end yet is being made, or was when the studio crashed.
            let over = note.ended || note.clip.is_some();
            term.is_over(if over { note.recorded_at } else { disk::written_at(&data.join(&note.master)) })
        });
        let erased = disk::erase_each(old, |note| note.erase(data));
        Ok(erased? + disk::erase_each(strays, |path| disk::remove(&path))?)
    }

    /// Erases clips and photos that are not kept for good, also in the bin, with the recordings they were cut from; the
    /// index is to be scrubbed then. Returns how many. Blocks.
    ///
    /// # Errors
    /// The disk's, when everything else has been tried.
    pub fn erase_unpublished(&self, term: &Term) -> io::Result<usize> {
        let is_due = |folder: &Path, record: &Record| {
            let written = disk::written_at(&folder.join(store::RECORD));
            self.not_kept_since(record, written).is_some_and(|since| term.is_over(since))
        };
        let name = |folder: &PathBuf| folder.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let there = self.store().folders().into_iter().filter_map(|folder| Some((name(&folder)?, folder)));
        disk::erase_each(there.chain(self.store().binned()), |(id, folder)| {
            // A record that cannot be read says nothing against its film: the desk is told of it.
            match store::read(&folder, &id) {
                Ok(record) if is_due(&folder, &record) => self.erase_if(&id, &is_due).map_err(refused),
                _ => Ok(false),
            }
        })
    }

    /// Erases what has been in the bin for its term; the index is to be scrubbed then. Returns how many. Blocks.
    ///
    /// # Errors
    /// The disk's, when everything else has been tried.
    pub fn empty_bin(&self, term: &Term) -> io::Result<usize> {
        let _changes = self.store().lock();
        let old = self.store().bin().into_iter().filter(|(since, _)| term.is_over(*since));
        disk::erase_each(old, |(_, folder)| disk::remove(&folder))
    }

    /// From when the term of a record counts, Unix milliseconds; `None`: it is kept for good. `written`: when its file
    /// was last changed.
    fn not_kept_since(&self, record: &Record, written: u64) -> Option<u64> {
        if self.kept(record) == Keep::ForGood {
            return None;
        }
        // What was brought may be older than the studio: it counts from when somebody last worked on it.
        let made = if record.belongs().is_some() { record.recorded_at } else { record.recorded_at.max(written) };
        Some(self.judge().last_no(record).map_or(made, |no| no.max(made)))
    }

    /// Erases what was kept of records that are erased, and words that were cut out of those whose recording is.
    /// Returns of how many. Blocks.
    ///
    /// # Errors
    /// The disk's, when everything else has been tried.
    pub fn erase_originals(&self) -> io::Result<usize> {
        self.store().tidy_originals()
    }

    /// Leaves nothing in the index of what was erased. Blocks.
    ///
    /// # Errors
    /// `index_not_scrubbed`
    pub fn scrub(&self) -> Result<(), Problem> {
        if self.index().scrub() { Ok(()) } else { Err(not_scrubbed()) }
    }

    /// Whether a record is there, or in the bin. Blocks for moments.
    pub fn holds(&self, id: &str) -> bool {
        self.store().holds(id)
    }

    /// When the newest thing was recorded that is known, Unix milliseconds. Blocks for moments.
    pub fn newest(&self) -> Option<u64> {
        let record = self.all(&Query::default(), 1).pop().map(|record| record.recorded_at);
        record.max(Note::all(&self.settings().data).pop().map(|note| note.recorded_at))
    }

    /// Erases the recording that a clip was cut from.
    pub(super) fn erase_master(&self, master: &str) {
        let data = &self.settings().data;
        let note = Note { master: master.to_owned(), ..Note::default() };
        // A clip that was trimmed after its recording's term names one that is gone.
        if let Err(error) = note.erase(data) {
            tracing::warn!(%error, "the recording of an erased clip stays until its term");
        }
    }
}

fn refused(problem: Problem) -> io::Error {
    io::Error::other(problem.text.en)
}
