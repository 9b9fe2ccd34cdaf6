//! What everybody may see: each record as its file has it by now, and as the authority says by now.

use std::path::{Path, PathBuf};

use tracing::{info, warn};

use super::{
    Archive, Facets, Medium, PublicRecord, Query, Record, Report,
    index::Row,
    store::{self, Unread},
    verdict::{self, Stand},
};
use crate::{
    protocol::{Fault, Problem},
    rights::{Answer, Keep, Use, Verdict},
};

/// A clip that a participant is asked to look at before the public sees it.
pub struct Asked {
    /// The clip.
    pub record: Record,
    /// Which cut of it that is.
    pub cut: String,
    /// What they said of it; `None`: nothing yet.
    pub answer: Option<Answer>,
    /// How many others in it have not said that it is fine.
    pub awaited: usize,
}

impl Archive {
    /// A record, if everybody may see it. Blocks for moments.
    pub fn public(&self, id: &str) -> Option<PublicRecord> {
        self.told(&self.look(id).ok()?)
    }

    /// The public records that are looked for, newest first (of one day, in its order): a page of them,
    /// and how many there are. Blocks for moments.
    pub fn find(&self, query: &Query, offset: u64, limit: u64) -> (Vec<PublicRecord>, u64) {
        let (rows, total) = self.index().search(&Query { all: false, ..query.clone() }, offset, limit);
        let of = rows.len() as u64;
        let records: Vec<_> = rows.into_iter().filter_map(|row| self.told(&self.seen(row)?)).collect();
        let less = of - records.len() as u64;
        (records, total - less)
    }

    /// By what the public catalogue may be looked through. Blocks for moments.
    pub fn facets(&self) -> Facets {
        self.index().facets()
    }

    /// The bytes of a record's main file. Blocks for moments.
    pub fn bytes(&self, id: &str) -> u64 {
        self.index().bytes(id)
    }

    /// A file of a record's folder, and whether everybody may see it; the desk may see others as well.
    /// Blocks for moments.
    pub fn file(&self, medium: Medium, id: &str, name: &str, desk: bool) -> Option<(PathBuf, bool)> {
        let record = self.look(id).ok().filter(|record| record.medium == medium)?;
        let public = self.told(&record);
        let names = public.as_ref().or(desk.then(|| record.description()).as_ref())?.file_names();
        let folder = self.store().folder(medium, id)?;
        names.iter().any(|known| known == name).then(|| (folder.join(name), public.is_some()))
    }

    /// Everything there is, for the desk: newest first. Blocks for moments.
    pub fn all(&self, query: &Query, limit: u64) -> Vec<Record> {
        let rows = self.index().search(&Query { all: true, ..query.clone() }, 0, limit).0;
        rows.into_iter().map(|row| row.record).collect()
    }

    /// What there is of a segment that needs the agreement of this person of it. Blocks for moments.
    pub fn works_of(&self, segment: &str, person: &str) -> Vec<Record> {
        let records = self.index().of(segment).into_iter().map(|row| row.record);
        records.filter(|record| self.judge().people(record).iter().any(|id| id == person)).collect()
    }

    /// The clip that a participant of this segment is asked to look at before the public sees it: the first one.
    /// Blocks for moments.
    pub fn asked_of(&self, segment: &str, person: &str) -> Option<Asked> {
        self.works_of(segment, person).into_iter().find_map(|record| {
            let answer = self.judge().answer_of(&record, person)?.answer;
            let not_fine = |answer: &Option<Answer>| usize::from(*answer != Some(Answer::Fine));
            let awaited: usize = self.stand(&record).answers.iter().map(|one| not_fine(&one.answer)).sum();
            Some(Asked {
                cut: verdict::cut(&record),
                awaited: awaited.saturating_sub(not_fine(&answer)),
                answer,
                record,
            })
        })
    }

    /// The clip that a take of the booth has become. Blocks for moments.
    pub fn of_take(&self, take: &str) -> Option<Record> {
        self.index().of(take).into_iter().find(|row| !row.barred).map(|row| row.record)
    }

    /// A record as its file has it, for the desk. Blocks for moments.
    ///
    /// # Errors
    /// `unknown_clip`; `record_damaged` where it cannot be relied on.
    pub fn record(&self, id: &str) -> Result<Record, Problem> {
        self.reread(id).map(|(_, record)| record)
    }

    /// How a record stands, for the desk to show.
    pub fn stand(&self, record: &Record) -> Stand {
        self.judge().stand(record)
    }

    /// What the authority says of a use of a record.
    pub fn verdict(&self, record: &Record, usage: Use) -> Verdict {
        self.judge().may(record, usage)
    }

    /// For how long a record is kept, whatever its terms are.
    pub fn kept(&self, record: &Record) -> Keep {
        self.judge().kept(record)
    }

    /// What everybody may know of a record, if they may know of it.
    fn told(&self, record: &Record) -> Option<PublicRecord> {
        self.verdict(record, Use::Publish).is_ok().then(|| record.description())
    }

    /// A record as its file has it by now, without its history. The index follows where it says otherwise.
    pub(super) fn look(&self, id: &str) -> Result<Record, Problem> {
        let unknown = || super::edit::unknown(id);
        match (self.index().row(id), self.store().find(id)) {
            (Some(row), Some((_, folder))) if row.is_of(&folder) => Ok(row.record),
            (_, Some((medium, folder))) => self.read(medium, id, &folder),
            (row, None) => {
                if row.is_some() {
                    self.index().forget(id);
                }
                Err(unknown())
            }
        }
    }

    /// The same of what the index has found.
    fn seen(&self, row: Row) -> Option<Record> {
        let folder = self.store().folder(row.record.medium, &row.record.id)?;
        if row.is_of(&folder) { Some(row.record) } else { self.look(&row.record.id).ok() }
    }

    /// A record as it lies on the disk, whatever the index says; and its folder.
    pub(super) fn reread(&self, id: &str) -> Result<(PathBuf, Record), Problem> {
        let (medium, folder) = self.store().find(id).ok_or_else(|| super::edit::unknown(id))?;
        self.read(medium, id, &folder).map(|record| (folder, record))
    }

    /// Reads a record that the index does not have as it is. One that cannot be relied on is barred.
    fn read(&self, medium: Medium, id: &str, folder: &Path) -> Result<Record, Problem> {
        let (row, stamp) = (self.index().row(id), store::stamp(folder));
        match store::read(folder, id) {
            Ok(record) => {
                self.index().put_read(&record, folder, stamp, row.as_ref());
                if row.is_some_and(|row| row.barred) {
                    self.tell_damaged();
                }
                Ok(record)
            }
            Err(Unread::Gone) => {
                self.index().forget(id);
                Err(super::edit::unknown(id))
            }
            Err(error) => {
                if !matches!(error, Unread::NotNow(_)) && self.index().bar(id, medium, folder) {
                    // Whoever has looked may be the one who makes an export, and hold it.
                    let (archive, id) = (self.clone(), id.to_owned());
                    self.spawn("archive", move || archive.barred(&[id]));
                }
                Err(damaged(folder, &error))
            }
        }
    }

    /// Makes the index agree with the files. Blocks.
    pub fn follow(&self) -> usize {
        let followed = self.index().follow(&self.store().folders());
        self.barred(&followed.barred);
        for id in &followed.mended {
            info!(clip = id, "a record can be relied on again");
            if let Some(row) = self.index().row(id) {
                self.tell_record(&row.record);
            }
        }
        if !followed.mended.is_empty() {
            self.tell_damaged();
        }
        followed.changes
    }

    /// These records can be relied on no longer: nothing of them stays in an export, and the desk is told.
    fn barred(&self, ids: &[String]) {
        if ids.is_empty() {
            return;
        }
        for id in ids {
            warn!(clip = id, "a record is damaged, and not public");
            if let Some(row) = self.index().row(id) {
                // The desk is told where that cannot be done.
                let _ = self.retract(&row.record);
                self.tell_record(&row.record);
            }
        }
        self.tell_damaged();
    }

    /// Which folders hold a record that cannot be relied on.
    pub(super) fn tell_damaged(&self) {
        let folders = self.index().barred().into_iter().filter_map(|Row { record, .. }| {
            let folder = self.store().folder(record.medium, &record.id)?;
            Some(folder.strip_prefix(self.store().data()).unwrap_or(&folder).to_owned())
        });
        self.tell(Report::Damaged(folders.collect()));
    }

    /// Tells the desk of a record, and of how it stands.
    pub(super) fn tell_record(&self, record: &Record) {
        self.tell(Report::Clip(Box::new(record.clone()), self.stand(record)));
    }
}

/// A record that cannot be relied on.
pub(super) fn damaged(folder: &Path, error: &Unread) -> Problem {
    let folder = folder.display();
    Problem::new(
        "record_damaged",
        Fault::Operator,
        format!(
            "La fiche dans {folder} est abîmée, ou a été changée à la main ({error}) : rien n'en est public et rien n'y a été fait. Remettez son record.json d'une copie, ou retirez l'extrait."
        ),
        format!(
            "The record in {folder} is damaged, or was changed by hand ({error}): nothing of it is public, and nothing was done there. Put its record.json back from a copy, or remove the clip."
        ),
    )
}
