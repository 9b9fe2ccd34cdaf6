//! Into the bin, out of it, and out for good.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Archive, Record, Report, Standing,
    edit::{Work, unknown, unknown_or},
    master::Note,
    store,
};
use crate::{media, protocol::Problem};

impl Archive {
    /// Moves a record to the bin, also one that cannot be read. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `clip_unwritable`.
    pub fn discard(&self, id: &str) -> Result<(), Problem> {
        let changes = self.store().lock();
        let known = self.index().row(id).map(|row| row.record);
        self.store().discard(id, media::unix_ms()).map_err(|error| unknown_or(id, error.into()))?;
        self.gone(id, known);
        drop(changes);
        Ok(())
    }

    /// Brings a record back from the bin: it waits for a person, whatever was said of it before. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `record_damaged`, `clip_unwritable`.
    pub fn restore(&self, id: &str) -> Result<Record, Problem> {
        let changes = self.store().lock();
        let binned = self.store().binned().into_iter().rev().find(|(binned, _)| binned == id);
        let (_, folder) = binned.ok_or_else(|| unknown(id))?;
        let waits = |record: &mut Record| {
            self.as_agreed(record);
            (record.standing, record.held, record.cleared) = (Standing::Waiting, true, None);
            Ok(())
        };
        // First, so that it never lies in the catalogue as it was before.
        let (record, _) = self.change_in(&folder, id, Work::default(), waits, false)?;
        let place = self.store().restore(&folder, record.medium, id);
        let place = place.map_err(|error| unknown_or(id, error.into()))?;
        self.index().put(&record, &place);
        self.tell_record(&record);
        drop(changes);
        Ok(record)
    }

    /// Erases a record with the recording it was cut from, past any bin and in it: somebody in it withdrew.
    /// Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `clip_unwritable`; what is left lies in the bin.
    pub fn erase(&self, id: &str) -> Result<(), Problem> {
        let changes = self.store().lock();
        let errand = self.erase_all(id)?;
        drop(changes);
        self.index().scrub();
        self.tell(Report::Recalled(errand));
        Ok(())
    }

    /// Erases a record with its recording, wherever it lies, if all that is left of it is due by now: somebody may have
    /// agreed meanwhile. `false`: it is not. The index is to be scrubbed. Blocks.
    ///
    /// # Errors
    /// As [`Archive::erase`].
    pub(super) fn erase_if(&self, id: &str, is_due: &dyn Fn(&Path, &Record) -> bool) -> Result<bool, Problem> {
        let _changes = self.store().lock();
        let mut folders = self.lies_in_bin(id);
        folders.extend(self.store().find(id).map(|(_, folder)| folder));
        let due = |folder: &PathBuf| store::read(folder, id).is_ok_and(|record| is_due(folder, &record));
        if folders.is_empty() || !folders.iter().all(due) {
            return Ok(false);
        }
        self.erase_all(id).map(|_| true)
    }

    /// The same, with the changes locked. Returns under what it is noted where copies of it went.
    fn erase_all(&self, id: &str) -> Result<String, Problem> {
        let unwritable = |error: std::io::Error| unknown_or(id, error.into());
        let known = self.index().row(id).map(|row| row.record);
        let mut folders = self.lies_in_bin(id);
        if self.store().find(id).is_some() {
            // Out of everybody's sight in one step, before it takes its time.
            folders.push(self.store().discard(id, media::unix_ms()).map_err(unwritable)?);
        }
        if folders.is_empty() {
            return Err(unknown(id));
        }
        let records: Vec<_> = folders.iter().filter_map(|folder| store::read(folder, id).ok()).collect();
        let errand = records.first().or(known.as_ref()).map(|record| record.errand().to_owned());
        self.gone(id, records.first().cloned().or(known));
        self.store().erase_originals(id).map_err(unwritable)?;
        for folder in &folders {
            fs::remove_dir_all(folder).map_err(unwritable)?;
        }
        let notes = Note::all(&self.settings().data).into_iter();
        let noted = notes.filter(|note| note.clip.as_deref() == Some(id)).map(|note| note.master);
        let origins = records.into_iter().filter_map(|record| record.origin).map(|origin| origin.master);
        origins.chain(noted).for_each(|master| self.erase_master(&master));
        Ok(errand.unwrap_or_else(|| id.to_owned()))
    }

    /// Erases everything that came of a take of the booth. Blocks.
    ///
    /// # Errors
    /// As [`Archive::erase`].
    pub fn erase_take(&self, take: &str) -> Result<(), Problem> {
        let catalogue = self.index().of(take).into_iter().map(|row| row.record.id);
        let binned = self.store().binned().into_iter();
        let binned = binned
            .filter(|(id, folder)| store::read(folder, id).is_ok_and(|record| record.take.as_deref() == Some(take)));
        let ids: std::collections::BTreeSet<_> = catalogue.chain(binned.map(|(id, _)| id)).collect();
        ids.iter().try_for_each(|id| self.erase(id))
    }

    fn lies_in_bin(&self, id: &str) -> Vec<PathBuf> {
        let binned = self.store().binned().into_iter().filter(|(binned, _)| binned == id);
        binned.map(|(_, folder)| folder).collect()
    }

    /// A record has left the catalogue.
    fn gone(&self, id: &str, known: Option<Record>) {
        let barred = self.index().row(id).is_some_and(|row| row.barred);
        self.index().forget(id);
        // The desk is told where that cannot be done.
        let _ = self.retract(&known.unwrap_or_else(|| Record { id: id.to_owned(), ..Record::default() }));
        self.tell(Report::Gone(id.to_owned()));
        if barred {
            self.tell_damaged();
        }
    }
}
