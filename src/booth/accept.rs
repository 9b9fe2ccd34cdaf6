//! An interview goes into the archive, when a person has looked at it.

use super::{Booth, Reason, Refusal, Stage};
use crate::{
    archive::{Archive, Description},
    rights,
};

impl Booth {
    /// Hands a converted interview to the archive and returns the clip's id; doing so again gives the
    /// same. Blocks for as long as the film takes to be copied.
    ///
    /// # Errors
    /// No such take; not converted; its person has not agreed to publication; the archive's own.
    pub fn accept(&self, id: &str, archive: &Archive) -> Result<String, Refusal> {
        self.with(id, |take| {
            match &take.note.stage {
                Stage::Archived { clip } => return Ok(clip.clone()),
                Stage::Converted => {}
                _ => return Err(Refusal::stage()),
            }
            let signed = &take.note.signed;
            if !self.may_be_published(id) {
                return Err(Refusal::new(
                    Reason::Conflict,
                    "consent_missing",
                    "Cette personne n'a pas accepté la publication : l'entretien reste entre animateurs.",
                    "This person has not agreed to publication: the interview stays with the hosts.",
                ));
            }
            let french = signed.language == "fr";
            let title = match (rights::credit(&take.note.agreed()), french) {
                (Some(name), true) => format!("{name}, à la cabine"),
                (Some(name), false) => format!("{name}, in the booth"),
                (None, true) => "À la cabine".into(),
                (None, false) => "In the booth".into(),
            };
            let description = Description {
                title,
                language: signed.language.clone(),
                recorded_at: Some(take.note.started),
                take: Some(id.to_owned()),
                ..Description::default()
            };
            // What a crash has left without its note.
            let made = archive.of_take(id);
            let record = match made {
                Some(record) => record,
                None => archive
                    .import(&take.interview(), description)
                    .map_err(|problem| Refusal { reason: Reason::Conflict, problem })?,
            };
            take.stage(Stage::Archived { clip: record.id.clone() })?;
            Ok(record.id)
        })
    }
}
