//! What follows in the archive when somebody of a segment has signed, taken back or had erased something.

use super::{Archive, Publication, edit, master::Note};
use crate::protocol::{Problem, Segment, SegmentState};

impl Archive {
    /// Carries out, in everything that was made of a segment, what may be done with it by now; `segment`:
    /// `None` where the rundown does not have it any more, and nothing may be done. `erased`: what was there
    /// before keeps no names either. Doing it again does no harm. Blocks.
    ///
    /// # Errors
    /// What could not be reached; all the rest has been done.
    pub fn settle(&self, id: &str, segment: Option<&(Segment, Publication)>, erased: bool) -> Result<(), Problem> {
        let publication = segment.map_or_else(Publication::default, |(_, publication)| publication.clone());
        // Before clips are looked for: one that is being made finds it.
        if segment.is_none_or(|(segment, _)| segment.state == SegmentState::Done) {
            super::lock(&self.inner.decided).insert(id.to_owned(), publication.clone());
        }
        let applied = self.apply(id, publication.clone());
        if !erased {
            return applied;
        }
        let unnamed = self.unname(id);
        let data = &self.settings().data;
        let notes = Note::all(data).into_iter().filter(|note| note.subject.id == id && note.publication.is_some());
        let mut noted = Ok(());
        for mut note in notes {
            note.publication = Some(publication.clone());
            noted = note.keep(data).map_err(|error| edit::unwritable(&note.master, &error.into())).and(noted);
        }
        applied.and(unnamed).and(noted)
    }

    /// An operation has been carried out everywhere: what it kept back is let go.
    pub fn settled(&self, erased: bool) {
        if erased {
            self.renew_exports();
        }
    }

    /// Takes names that were erased out of what is kept of a segment.
    fn unname(&self, segment: &str) -> Result<(), Problem> {
        let mut done = Ok(());
        for record in self.index().of_segment(segment) {
            let unnamed = self.change_quietly(&record.id, |record| {
                for change in &mut record.history {
                    change.before.remove("credits");
                }
                record.history.retain(|change| !change.before.is_empty());
            });
            // The copies have the name still.
            self.retract(&record);
            done = unnamed.and(done);
        }
        self.index().scrub();
        done
    }
}
