//! The owner and the archive: commands on clips and exports, and what has become of them.

use std::path::{Path, PathBuf};

use super::Owner;
use crate::{
    archive::{Archive, Medium, Query, Record, Report, Stand, Standing},
    media::Picture,
    protocol::{ArchiveCommand, ClipState, Event, Problem, Text},
    studio::{Reply, decide::Effect},
};

/// Clips and photos that panels are shown.
const RECENT: usize = 60;

/// The newest records, as they stand at the start. Blocks for moments.
pub fn recent_clips(archive: &Archive) -> Vec<ClipState> {
    let newest = archive.all(&Query::default(), RECENT as u64).into_iter();
    newest.map(|record| clip_state(archive.stand(&record), record)).collect()
}

fn clip_state(stand: Stand, record: Record) -> ClipState {
    ClipState {
        id: record.id,
        medium: record.medium,
        title: record.title,
        standing: record.standing,
        allowed: stand.allowed,
        clearing: stand.clearing,
        public: stand.public,
        duration_ms: record.duration_ms,
        recorded_at: record.recorded_at,
        segment: record.segment,
        loudness: record.loudness,
        rights_notice: record.rights_notice,
        transcript_withheld: record.transcript_withheld,
    }
}

impl Owner {
    /// Has the archive carry a command out; its reply comes when that is done.
    pub(super) fn ask_archive(&self, command: ArchiveCommand, reply: Reply) {
        if command == (ArchiveCommand::RetentionConfirm {}) {
            return self.house.retention.confirm(reply);
        }
        let archive = self.house.archive.clone();
        let still = match &command {
            ArchiveCommand::Photo { source, .. } => self.still(source.as_deref()).map(Some),
            _ => Ok(None),
        };
        let segment = self.state.segment.clone();
        let told = segment.as_ref().filter(|segment| !segment.private);
        let title = told.map_or(&self.state.studio.title, |segment| &segment.title).clone();
        let rehearsal = self.state.rehearsal;
        tokio::task::spawn_blocking(move || {
            let done = match command {
                // The sweeper's: see above.
                ArchiveCommand::RetentionConfirm {} => Ok(()),
                ArchiveCommand::ClipUpdate(update) => archive.update(*update).map(drop),
                ArchiveCommand::ClipPublish { clip, agreed } => archive.publish(&clip, agreed).map(drop),
                ArchiveCommand::ClipHide { clip } => archive.hide(&clip).map(drop),
                ArchiveCommand::ClipRemove { clip } => archive.discard(&clip),
                ArchiveCommand::ClipRestore { clip } => archive.restore(&clip).map(drop),
                ArchiveCommand::ExportStart { form } => archive.export_start(form),
                ArchiveCommand::ExportStop { form } => archive.export_stop(form),
                ArchiveCommand::Photo { title: given, .. } => still.and_then(|still| match still {
                    Some(picture) => {
                        archive.photo(&picture, &given.unwrap_or(title), segment.as_ref(), rehearsal).map(drop)
                    }
                    None => Err(no_picture()),
                }),
            };
            // Who asked may have left.
            let _ = reply.send(done);
        });
    }

    /// The program's newest picture, or a source's.
    fn still(&self, source: Option<&str>) -> Result<Picture, Problem> {
        let Some(source) = source else {
            return self.house.mix.program().borrow().clone().ok_or_else(no_picture);
        };
        let input = self.house.mix.input(source).ok_or_else(|| {
            Problem::operator(
                "unknown_source",
                format!("La source « {source} » n'existe pas."),
                format!("There is no source “{source}”."),
            )
        })?;
        input.newest().ok_or_else(no_picture)
    }

    /// Why the segment on air is not recorded, if it isn't.
    pub(super) fn segment_not_recorded(&self) -> Option<&Problem> {
        let problem = self.house.machine.archive.as_ref().filter(|problem| problem.code == "segment_not_recorded");
        problem.filter(|_| self.state.segment.is_some())
    }

    pub(super) fn do_archive(&mut self, report: Report) {
        let mut clips = self.state.clips.clone();
        match report {
            Report::Problem(problem) => {
                self.house.machine.archive = Some(problem);
                return;
            }
            Report::Exports(exports) => return self.tell(Event::ExportsChanged { exports }),
            Report::Exported(segment, form) => {
                let place = form.place().get(&self.state.studio.language).to_owned();
                return self.house.people.went(&segment, vec![place]);
            }
            Report::LeftBehind(segment, folder) => {
                let place = left_behind(&folder);
                return self.house.people.left_behind(&segment, place.get(&self.state.studio.language));
            }
            Report::Recalled(errand) => return self.house.people.recalled(&errand),
            Report::Damaged(folders) => {
                self.house.machine.damaged = (!folders.is_empty()).then(|| damaged(&folders));
                return;
            }
            Report::Gone(id) => clips.retain(|clip| clip.id != id),
            Report::Clip(record, stand) => {
                self.house.machine.archive = None;
                if let Some(segment) = record.segment.as_ref().filter(|_| record.medium == Medium::Clip) {
                    self.name_clip(segment, &record.id);
                }
                let state = clip_state(stand, *record);
                match clips.iter_mut().find(|clip| clip.id == state.id) {
                    Some(known) => *known = state,
                    None => clips.push(state),
                }
                clips.sort_by(|a, b| (b.recorded_at, &b.id).cmp(&(a.recorded_at, &a.id)));
                keep_recent(&mut clips);
            }
        }
        if clips != self.state.clips {
            self.tell(Event::ClipsChanged { clips });
        }
    }
}

impl Owner {
    /// A segment's clip is known from now on: its first one, where a restart made two.
    fn name_clip(&mut self, segment: &str, clip: &str) {
        let mut rundown = self.state.rundown.clone();
        let Some(known) = rundown.iter_mut().find(|known| known.id == segment && known.clip.is_none()) else { return };
        known.clip = Some(clip.to_owned());
        self.tell(Event::RundownChanged { rundown, drift_seconds: self.state.drift_seconds });
        self.carry_out(Effect::KeepRundown);
    }
}

/// What waits for a person is shown before what is decided: a photo may have been taken long ago.
fn keep_recent(clips: &mut Vec<ClipState>) {
    while clips.len() > RECENT {
        let decided = clips.iter().rposition(|clip| clip.standing != Standing::Waiting);
        clips.remove(decided.unwrap_or(clips.len() - 1));
    }
}

fn left_behind(folder: &Path) -> Text {
    let folder = folder.display();
    Text::new(format!("copie exportée dans {folder}"), format!("copy exported to {folder}"))
}

/// Records that cannot be relied on.
fn damaged(folders: &[PathBuf]) -> Problem {
    const NAMED: usize = 3;
    let named: Vec<_> = folders.iter().take(NAMED).map(|folder| folder.display().to_string()).collect();
    let (n, named) = (folders.len(), named.join(", "));
    let (and, more) = match n.saturating_sub(NAMED) {
        0 => (String::new(), String::new()),
        left => (format!(" et {left} autres"), format!(" and {left} more")),
    };
    Problem::operator(
        "record_damaged",
        format!(
            "{n} fiches d'archives sont abîmées ou ont été changées à la main : rien n'en est public, et un retrait ne peut pas y être fait. Remettez leur record.json d'une copie, ou retirez l'extrait : {named}{and} (dans le dossier de données)."
        ),
        format!(
            "{n} records of the archive are damaged or were changed by hand: nothing of them is public, and a withdrawal cannot be carried out there. Put their record.json back from a copy, or remove the clip: {named}{more} (in the data folder)."
        ),
    )
}

fn no_picture() -> Problem {
    Problem::operator(
        "no_picture",
        "Cette source n'a pas d'image en ce moment. Réessayez quand elle est revenue.",
        "This source has no picture now. Try again when it is back.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_photo_that_waits_is_shown_before_what_is_decided() {
        let clip = |n: u64, standing| {
            let mut record = Record::default();
            (record.recorded_at, record.standing) = (n, standing);
            clip_state(Stand::default(), record)
        };
        let mut clips: Vec<_> = (1..=60).rev().map(|n| clip(n, Standing::Published)).collect();
        clips.push(clip(0, Standing::Waiting));
        keep_recent(&mut clips);
        let last: Vec<_> = clips.iter().rev().take(2).map(|clip| clip.recorded_at).collect();
        assert_eq!((clips.len(), last), (60, vec![0, 2]));
    }
}
