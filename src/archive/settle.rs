//! What follows when people have agreed, taken back, changed their name or had their data erased.

use std::{collections::BTreeSet, path::Path, sync::atomic::Ordering};

use tracing::warn;

use super::{
    Archive, Medium, Record, Standing,
    catalogue::damaged,
    edit::{NOT_KEPT, Work},
    master::{Note, Subject},
    store,
};
use crate::{
    media,
    protocol::{Fault, Problem, Segment, SegmentState},
    rights,
};

impl Archive {
    /// Brings everything that came of a segment in line with what its people agree to by now: what is in
    /// the catalogue, in the bin, in the exports within reach and beside the recordings; who is named, also
    /// in what was there before; whether it is public. What is out of reach is told as [`Report::LeftBehind`].
    /// Doing so again changes nothing more. Blocks for as long as its films take to be copied.
    ///
    /// [`Report::LeftBehind`]: super::Report::LeftBehind
    ///
    /// # Errors
    /// The first thing that could not be done; everything else has been.
    pub fn settle(&self, segment: &str) -> Result<(), Problem> {
        let notes = Note::all(&self.settings().data).into_iter().filter(|note| note.subject.id == segment);
        let notes: Vec<Note> = notes.collect();
        let facts = Facts { subject: notes.last().map(|note| &note.subject), over: !self.is_under_way(segment) };
        let noted = notes.iter().filter_map(|note| note.clip.clone());
        let ids: BTreeSet<String> =
            self.index().of(segment).into_iter().map(|row| row.record.id).chain(noted.clone()).collect();
        let mut problems = Vec::new();
        let mut changed = Changed::default();
        for id in &ids {
            problems.extend(self.settle_one(id, &facts, &mut changed).err());
        }
        for (id, folder) in self.store().binned() {
            let done = match store::read(&folder, &id) {
                Ok(record) if record.segment.as_deref() == Some(segment) => {
                    // Free pages of the index may know it from when it was in the catalogue.
                    changed.any = true;
                    let _changes = self.store().lock();
                    self.change_in(&folder, &id, Work::default(), |record| self.follows(record, &facts), false)
                        .map(drop)
                }
                Ok(_) => Ok(()),
                Err(error) if noted.clone().any(|noted| noted == id) => Err(damaged(&folder, &error)),
                Err(_) => Ok(()),
            };
            problems.extend(done.err());
        }
        for note in &notes {
            if let Err(error) = note.renew(&self.settings().data) {
                problems.push(note_unwritable(&note.master, &error));
            }
        }
        if changed.told {
            self.inner.retold.store(true, Ordering::Release);
        }
        // Also of what has been erased meanwhile.
        let register = &self.settings().register;
        changed.any |= register.people_of(segment).iter().any(|id| rights::disowns(&register.agreed(id)));
        if changed.any && !self.index().scrub() {
            problems.push(not_scrubbed());
        }
        // Whatever has gone meanwhile was brought in line where it is now, or erased.
        problems.into_iter().find(|problem| problem.code != "unknown_clip").map_or(Ok(()), Err)
    }

    /// An operation has been carried out everywhere, and holds nothing back any more: what is public and was
    /// taken out of finished exports because it says something else now comes back.
    pub fn settled(&self) {
        if self.inner.retold.swap(false, Ordering::AcqRel) {
            self.renew_exports();
        }
    }

    /// The same for one record of the catalogue.
    fn settle_one(&self, id: &str, facts: &Facts<'_>, changed: &mut Changed) -> Result<(), Problem> {
        let _changes = self.store().lock();
        let (folder, old) = self.reread(id)?;
        let mut new = old.clone();
        self.follows(&mut new, facts)?;
        let says_else = new.description() != old.description();
        // At once; making its files anew takes longer.
        let mut taken = Ok(());
        if says_else || !self.stand(&new).public {
            taken = self.retract(&new);
        }
        let (new, _) = self.change_in(&folder, id, Work::default(), |record| self.follows(record, facts), false)?;
        self.index().put(&new, &folder);
        changed.any |= new != old;
        if says_else {
            // Whoever was making an export had the old words.
            taken = taken.and(self.retract(&new));
            changed.told |= self.stand(&new).public;
        }
        self.tell_record(&new);
        taken
    }

    /// What a record has to be, with what people agree to by now.
    fn follows(&self, record: &mut Record, facts: &Facts<'_>) -> Result<(), Problem> {
        if let Some(subject) = facts.subject {
            if record.medium == Medium::Clip {
                record.people = record.people.take().or_else(|| subject.people.clone());
                record.names_shown.clone_from(&subject.names_shown);
            }
            record.private |= subject.private;
            record.rehearsed |= subject.rehearsed;
        }
        self.as_agreed(record);
        if facts.over && !record.held && record.standing == Standing::Waiting {
            self.stands_by_itself(record);
        }
        Ok(())
    }

    /// A record that nobody at the desk has decided on stands where the authority says.
    pub(super) fn stands_by_itself(&self, record: &mut Record) {
        record.asked = self.judge().asks(record);
        record.standing = self.judge().standing(record);
        if record.standing == Standing::Published {
            record.published_at.get_or_insert_with(media::unix_ms);
        }
    }

    /// The people of a record, their names, and whether what the desk has said of them still holds. What
    /// the record was before keeps no names, and nothing at all where somebody wants to be in it no longer.
    pub(super) fn as_agreed(&self, record: &mut Record) {
        let judge = self.judge();
        record.people = Some(judge.people(record));
        record.credits = judge.credits(record);
        record.cleared = record.cleared.filter(|at| !judge.refused_since(record, *at));
        if judge.disowned(record) {
            record.history.clear();
        }
        for change in &mut record.history {
            NOT_KEPT.iter().for_each(|name| drop(change.before.remove(*name)));
        }
        record.history.retain(|change| !change.before.is_empty());
    }

    /// What records of before do not say of their segments: who was in them, and that they were private or
    /// a rehearsal. Returns at once.
    pub fn adopt(&self, rundown: &[Segment]) {
        let kept_in =
            |segment: &&Segment| segment.state == SegmentState::Done && (segment.private || segment.rehearsed);
        let subjects: Vec<Subject> = rundown.iter().filter(kept_in).map(Subject::from).collect();
        if subjects.is_empty() {
            return;
        }
        let archive = self.clone();
        self.spawn("archive", move || {
            archive.follow();
            for subject in subjects {
                let old = archive.index().of(&subject.id).into_iter().map(|row| row.record);
                if old.clone().any(|record| record.private != subject.private || record.rehearsed != subject.rehearsed)
                {
                    archive.settle_as(&subject);
                }
            }
        });
    }

    fn settle_as(&self, subject: &Subject) {
        let facts = Facts { subject: Some(subject), over: true };
        for row in self.index().of(&subject.id) {
            if let Err(problem) = self.settle_one(&row.record.id, &facts, &mut Changed::default()) {
                warn!(clip = row.record.id, reason = problem.text.en, "not noted");
            }
        }
    }
}

/// What is known of a segment besides what its people agree to.
struct Facts<'a> {
    /// As it was when its recording began or ended.
    subject: Option<&'a Subject>,
    /// It is not on air any more.
    over: bool,
}

/// What came of bringing records in line.
#[derive(Default)]
struct Changed {
    /// The index may hold words that are in no record any more.
    any: bool,
    /// Something that is public says something else.
    told: bool,
}

fn note_unwritable(master: &str, error: &std::io::Error) -> Problem {
    let note = Path::new(master).with_extension("json");
    let note = note.display();
    Problem::operator(
        "note_unwritable",
        format!(
            "La note {note} n'a pas pu être récrite ({error}) : un nom y est peut-être encore. Vérifiez la place et les droits sur le disque."
        ),
        format!(
            "The note {note} could not be written anew ({error}): a name may still be in it. Check the room and the rights on the disk."
        ),
    )
}

pub(super) fn not_scrubbed() -> Problem {
    Problem::new(
        "index_not_scrubbed",
        Fault::Ours,
        "L'index des archives garde peut-être encore un nom : un autre programme le lit, ou le disque est plein. Le studio réessaie.",
        "The archive's index may still hold a name: another program reads it, or the disk is full. The studio tries again.",
    )
}
