//! Names that their owner has had erased.

use tracing::warn;

use super::{Archive, Publication, master::Note};
use crate::protocol::Segment;

impl Archive {
    /// Somebody of a segment has had their data erased: what may be done with its clips is decided anew,
    /// and what was there before keeps no names either.
    pub fn unname(&self, segment: &Segment, publication: Publication) {
        super::lock(&self.inner.decided).insert(segment.id.clone(), publication.clone());
        let (archive, id) = (self.clone(), segment.id.clone());
        self.spawn("clip", move || {
            archive.apply(&id, publication.clone());
            for record in archive.index().of_segment(&id) {
                archive.change_quietly(&record.id, |record| {
                    for change in &mut record.history {
                        change.before.remove("credits");
                    }
                    record.history.retain(|change| !change.before.is_empty());
                });
                // The copies have the name still.
                archive.retract(&record);
            }
            archive.renew_exports();
            archive.index().scrub();
            let data = &archive.settings().data;
            for mut note in Note::all(data).into_iter().filter(|note| note.subject.id == id) {
                note.publication = Some(publication.clone());
                if let Err(error) = note.keep(data) {
                    warn!(%error, "the note of a recording keeps a name");
                }
            }
        });
    }
}
