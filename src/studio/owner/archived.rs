//! The owner and the archive: commands on clips and exports, and what has become of them.

use std::path::{Path, PathBuf};

use super::Owner;
use crate::{
    archive::{Archive, Medium, Query, Record, Report, Stand, Standing},
    media::Picture,
    protocol::{Answer, ArchiveCommand, ClipState, Event, Problem, Segment, Text},
    rights::listed,
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
        answers: stand.answers,
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
        let people = &self.house.people;
        let told = segment.as_ref().and_then(|segment| listed(segment, &|person| people.agreements(person)).ok());
        let title = told.map_or_else(|| self.state.studio.title.clone(), |segment| segment.title);
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

/// Clips that wait for the desk: somebody in them asks for a cut, or has not said what they think of it though the
/// time to do so is over. `now`: Unix milliseconds.
pub(super) fn unanswered(clips: &[ClipState], rundown: &[Segment], hours: u32, now: u64) -> Vec<Problem> {
    let of = |clip: &ClipState| clip.segment.as_ref().and_then(|id| rundown.iter().find(|known| known.id == *id));
    let over = |clip: &&ClipState| {
        let ended = of(clip).and_then(|segment| segment.ended_at).unwrap_or(clip.recorded_at + clip.duration_ms);
        ended.saturating_add(u64::from(hours) * 3_600_000) <= now
    };
    let waits = |clip: &&ClipState| !clip.public && clip.standing != Standing::Hidden;
    let (cut, others): (Vec<_>, Vec<_>) = clips.iter().filter(waits).partition(|clip| asks_for_a_cut(clip));
    let silent: Vec<_> = others.into_iter().filter(is_silent).filter(over).collect();
    let title = |clip: &&ClipState| told_title(clip, of(clip));
    let cut = titles_of(cut.iter().map(title).collect()).map(|(fr, en)| {
        Problem::operator(
            "cut_asked",
            format!("Quelqu'un demande de couper le début ou la fin : {fr}. Regardez la coupe proposée sur la fiche de l'extrait ; rien n'en est public d'ici là."),
            format!("Somebody asks to cut the beginning or the end: {en}. Look at the cut they propose on the clip's page; nothing of it is public until then."),
        )
    });
    let silent = titles_of(silent.iter().map(title).collect()).map(|(fr, en)| {
        Problem::operator(
            "answers_missing",
            format!("Quelqu'un n'a pas répondu depuis plus de {hours} h : {fr}. Rien n'est publié par le silence : joignez les participants, ou décidez vous-même sur la fiche de l'extrait."),
            format!("Somebody has not answered for more than {hours} h: {en}. Silence publishes nothing: ask the participants, or decide yourself on the clip's page."),
        )
    });
    cut.into_iter().chain(silent).collect()
}

fn asks_for_a_cut(clip: &ClipState) -> bool {
    clip.answers.iter().any(|one| matches!(one.answer, Some(Answer::Cut { .. })))
}

fn is_silent(clip: &&ClipState) -> bool {
    clip.answers.iter().any(|one| one.answer.is_none())
}

/// What a moderator may read as well: of a private segment, not its title.
fn told_title(clip: &ClipState, segment: Option<&Segment>) -> Text {
    match segment {
        Some(segment) if !segment.private => Text::new(format!("« {} »", clip.title), format!("“{}”", clip.title)),
        _ => Text::new(
            "une séquence privée ou effacée du conducteur",
            "a segment that is private or no longer in the rundown",
        ),
    }
}

/// A few of the titles, in both languages, and how many more there are; `None`: there is none.
fn titles_of(titles: Vec<Text>) -> Option<(String, String)> {
    const NAMED: usize = 3;
    let more = titles.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(", +{more}") } else { String::new() };
    let named = |language| titles.iter().take(NAMED).map(|title| title.get(language)).collect::<Vec<_>>().join(", ");
    (!titles.is_empty()).then(|| (named("fr") + &more, named("en") + &more))
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
    use crate::protocol::ClipAnswer;

    #[test]
    fn the_desk_is_asked_about_a_cut_at_once_and_about_silence_when_the_time_is_over() {
        const HOUR: u64 = 3_600_000;
        let segment = |title: &str| -> Segment {
            serde_json::from_value(serde_json::json!({
                "id": title, "title": title, "summary": "", "language": "fr", "needs": "", "day": "2026-11-29",
                "planned_seconds": 300, "state": "done", "participants": [], "fixed_at": null, "planned_at": null,
                "expected_at": null, "started_at": 1000, "ended_at": HOUR, "private": title == "secret",
                "overridden": false, "marks": [], "missing": [], "clip": null,
            }))
            .expect("a segment")
        };
        let clip = |title: &str, answers: &[Option<Answer>]| {
            let mut record = Record::default();
            (record.title, record.segment) = (title.into(), Some(title.into()));
            let answers = answers.iter().map(|answer| ClipAnswer { name: None, answer: *answer }).collect();
            clip_state(Stand { answers, ..Stand::default() }, record)
        };
        let cut = Answer::Cut { from_ms: 0, until_ms: 400 };
        let mut clips = [
            clip("fine", &[Some(Answer::Fine)]),
            clip("cut", &[None, Some(cut)]),
            clip("silent", &[None, Some(Answer::Fine)]),
            clip("secret", &[None]),
        ];
        let rundown: Vec<_> = ["fine", "cut", "silent", "secret"].map(segment).into();
        let asked = |clips: &[ClipState], now| -> Vec<(String, String)> {
            unanswered(clips, &rundown, 2, now).into_iter().map(|told| (told.code, told.text.en)).collect()
        };
        let early = asked(&clips, 3 * HOUR - 1);
        assert!(early.len() == 1 && early[0].0 == "cut_asked" && early[0].1.contains("“cut”"), "{early:?}");
        let late = asked(&clips, 3 * HOUR);
        assert!(late.len() == 2 && late[1].0 == "answers_missing" && late[1].1.contains("“silent”"), "{late:?}");
        assert!(!late[1].1.contains("“fine”") && !late[1].1.contains("“cut”"), "{late:?}");
        assert!(!late[1].1.contains("secret") && late[1].1.contains("private"), "moderators read it as well: {late:?}");
        // What the desk has decided on is no question any more.
        clips[1].standing = Standing::Hidden;
        clips[2].public = true;
        clips[3].public = true;
        assert_eq!(asked(&clips, 3 * HOUR), []);
    }

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
