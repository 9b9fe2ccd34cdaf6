//! The rundown on the desk: segments in, changed, moved, out.

use super::{
    Around, MAX_NAME, MAX_NEEDS, MAX_PARTICIPANTS, MAX_SEGMENTS, MAX_SUMMARY, MAX_TITLE, PLANNED, clean, clean_line,
    unknown_segment,
};
use crate::people::date;
use crate::protocol::{NewParticipant, Participant, Problem, Segment, SegmentAdd, SegmentState, SegmentUpdate};
use crate::rights::may_be_renamed;
use crate::term::{DAY, Term};

/// Adds a segment and returns its id.
///
/// # Errors
/// `too_many`, `too_long`, `empty`, `bad_day`, `bad_length`.
pub fn add(
    segments: &mut Vec<Segment>,
    new: SegmentAdd,
    state: SegmentState,
    around: &Around<'_>,
) -> Result<String, Problem> {
    if segments.len() >= MAX_SEGMENTS {
        return Err(Problem::operator(
            "too_many",
            format!("Le conducteur est plein ({MAX_SEGMENTS} séquences). Retirez-en avant d'en ajouter."),
            format!("The rundown is full ({MAX_SEGMENTS} segments). Take some out before adding."),
        ));
    }
    let at = new.position.unwrap_or(usize::MAX).min(segments.len());
    let day = match new.day {
        Some(day) => checked_day(day)?,
        None => segments[..at].last().map_or_else(|| around.today.to_owned(), |before| before.day.clone()),
    };
    let segment = Segment {
        id: (around.new_id)(),
        title: clean_line(&new.title, "title", MAX_TITLE)?,
        summary: clean(&new.summary, "summary", MAX_SUMMARY)?,
        language: checked_language(new.language.as_deref().unwrap_or(around.language))?,
        needs: clean(&new.needs, "needs", MAX_NEEDS)?,
        day,
        planned_seconds: checked_length(new.planned_seconds)?,
        state,
        participants: participants(&[], new.participants, around)?,
        fixed_at: new.fixed_at,
        planned_at: None,
        expected_at: None,
        started_at: None,
        ended_at: None,
        private: new.private,
        overridden: false,
        waived: Vec::new(),
        rehearsed: false,
        marks: Vec::new(),
        missing: Vec::new(),
        same_device: Vec::new(),
        clip: None,
        names_shown: Vec::new(),
        unrecorded: Vec::new(),
        answered_otherwise: Vec::new(),
        role_hint: String::new(),
    };
    let id = segment.id.clone();
    segments.insert(at, segment);
    Ok(id)
}

/// Changes a segment.
///
/// # Errors
/// As [`add`]; `unknown_segment`; `segment_on_air` and `segment_over` for what can no longer be
/// changed.
pub fn change(segments: &mut [Segment], new: SegmentUpdate, around: &Around<'_>) -> Result<(), Problem> {
    let known =
        segments.iter_mut().find(|known| known.id == new.segment).ok_or_else(|| unknown_segment(&new.segment))?;
    let mut segment = known.clone();
    let (on_air, over) = (segment.state == SegmentState::OnAir, segment.state == SegmentState::Done);
    if let Some(title) = new.title {
        segment.title = clean_line(&title, "title", MAX_TITLE)?;
    }
    if let Some(summary) = new.summary {
        segment.summary = clean(&summary, "summary", MAX_SUMMARY)?;
    }
    if let Some(language) = new.language {
        segment.language = checked_language(&language)?;
    }
    if let Some(needs) = new.needs {
        segment.needs = clean(&needs, "needs", MAX_NEEDS)?;
    }
    if let Some(seconds) = new.planned_seconds {
        segment.planned_seconds = checked_length(seconds)?;
    }
    if let Some(day) = new.day {
        segment.day = checked_day(day)?;
    }
    if let Some(fixed) = new.fixed_at {
        segment.fixed_at = fixed;
    }
    if let Some(list) = new.participants {
        let list = participants(&segment.participants, list, around)?;
        let gone = segment.participants.iter().any(|before| list.iter().all(|now| now.id != before.id));
        // Whoever was in the picture stays in the list: the clip is theirs to allow.
        if gone && (on_air || over) {
            return Err(if on_air { while_on_air() } else { once_over() });
        }
        segment.participants = list;
    }
    if let Some(private) = new.private.filter(|private| *private != segment.private) {
        if on_air || over {
            return Err(if on_air { while_on_air() } else { once_over() });
        }
        segment.private = private;
    }
    if let Some(state) = new.state.filter(|state| *state != segment.state) {
        match state {
            _ if on_air => return Err(while_on_air()),
            _ if over => return Err(once_over()),
            SegmentState::OnAir | SegmentState::Done => {
                return Err(Problem::operator(
                    "bad_state",
                    "Une séquence passe à l'antenne par « démarrer » et se termine par « terminer ».",
                    "A segment goes on air by “start” and is over by “end”.",
                ));
            }
            state => segment.state = state,
        }
    }
    *known = segment;
    Ok(())
}

/// Moves a segment to a place from 0; beyond the end is last.
///
/// # Errors
/// `unknown_segment`.
pub fn move_to(segments: &mut Vec<Segment>, id: &str, position: usize) -> Result<(), Problem> {
    let from = segments.iter().position(|segment| segment.id == id).ok_or_else(|| unknown_segment(id))?;
    let segment = segments.remove(from);
    segments.insert(position.min(segments.len()), segment);
    Ok(())
}

/// Takes a segment out.
///
/// # Errors
/// `unknown_segment`, `segment_on_air`; `segment_over` where a clip would be left without the list of
/// those whose agreement it needs.
pub fn remove(segments: &mut Vec<Segment>, id: &str) -> Result<(), Problem> {
    let at = segments.iter().position(|segment| segment.id == id).ok_or_else(|| unknown_segment(id))?;
    match segments[at].state {
        SegmentState::OnAir => return Err(while_on_air()),
        SegmentState::Done => return Err(once_over()),
        _ => {}
    }
    segments.remove(at);
    Ok(())
}

/// Takes a person's name out of every segment. Of one that is over or on air their place stays, without
/// a name and without agreement; a proposal of nobody goes with its last person.
pub fn forget(segments: &mut Vec<Segment>, person: &str) {
    segments.retain_mut(|segment| {
        let Some(at) = segment.participants.iter().position(|known| known.id == person) else { return true };
        if matches!(segment.state, SegmentState::OnAir | SegmentState::Done) {
            segment.participants[at].name = NOBODY.into();
            return true;
        }
        segment.participants.remove(at);
        segment.state != SegmentState::Proposed || !segment.participants.is_empty()
    });
}

/// The segments that have not taken place although their day is longer ago than the term.
pub fn unperformed(segments: &[Segment], term: &Term) -> Vec<String> {
    let midnight = |day: time::Date| u64::try_from(day.midnight().assume_utc().unix_timestamp()).ok();
    let is_old = |segment: &&Segment| {
        let from = date(&segment.day).and_then(midnight);
        has_not_taken_place(segment) && from.is_some_and(|from| term.is_over_within(from * 1000, from * 1000 + DAY))
    };
    segments.iter().filter(is_old).map(|segment| segment.id.clone()).collect()
}

/// Takes these segments out, as far as they still have not taken place.
pub fn remove_unperformed(segments: &mut Vec<Segment>, ids: &[String]) {
    segments.retain(|segment| !(has_not_taken_place(segment) && ids.contains(&segment.id)));
}

fn has_not_taken_place(segment: &Segment) -> bool {
    !matches!(segment.state, SegmentState::OnAir | SegmentState::Done)
}

/// Stands for a name that was erased.
pub const NOBODY: &str = "—";

/// The list as it will be: whoever was in it keeps their id, and with it what they signed.
/// Whoever has not signed may be renamed.
fn participants(
    before: &[Participant],
    list: Vec<NewParticipant>,
    around: &Around<'_>,
) -> Result<Vec<Participant>, Problem> {
    if list.len() > MAX_PARTICIPANTS {
        return Err(Problem::operator(
            "too_many",
            format!("Une séquence a au plus {MAX_PARTICIPANTS} participants."),
            format!("A segment has at most {MAX_PARTICIPANTS} participants."),
        ));
    }
    let mut left: Vec<&Participant> = before.iter().collect();
    list.into_iter()
        .map(|new| {
            let name = clean_line(&new.name, "name", MAX_NAME)?;
            let same = |known: &&Participant| match &new.id {
                Some(id) => known.id == *id,
                None => known.name == name,
            };
            let known = left.iter().position(same).map(|at| left.swap_remove(at).clone());
            let known = known.filter(|known| known.name == name || may_be_renamed(&(around.agreed)(&known.id)));
            Ok(match known {
                Some(known) => Participant { name, ..known },
                None => Participant {
                    id: (around.new_id)(),
                    name,
                    credit: None,
                    recorded: false,
                    live: false,
                    archived: false,
                    agrees: false,
                    refused: false,
                    guardians_missing: 0,
                },
            })
        })
        .collect()
}

fn checked_day(day: String) -> Result<String, Problem> {
    match date(&day) {
        Some(_) => Ok(day),
        None => Err(Problem::operator(
            "bad_day",
            "Un jour s'écrit AAAA-MM-JJ, comme 2026-03-21.",
            "A day is written YYYY-MM-DD, such as 2026-03-21.",
        )),
    }
}

fn checked_language(language: &str) -> Result<String, Problem> {
    let good = |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    if (2..=35).contains(&language.len()) && language.split('-').all(good) {
        return Ok(language.to_owned());
    }
    Err(Problem::operator(
        "bad_language",
        "Une langue s'écrit par son code, comme fr, en, oc ou pt-BR.",
        "A language is written by its code, such as fr, en, oc or pt-BR.",
    ))
}

fn checked_length(seconds: u32) -> Result<u32, Problem> {
    if PLANNED.contains(&seconds) {
        return Ok(seconds);
    }
    Err(Problem::operator(
        "bad_length",
        "Une séquence dure de 1 seconde à 4 heures.",
        "A segment lasts from 1 second to 4 hours.",
    ))
}

fn while_on_air() -> Problem {
    Problem::operator(
        "segment_on_air",
        "Cette séquence est à l'antenne. Terminez-la d'abord.",
        "This segment is on air. End it first.",
    )
}

fn once_over() -> Problem {
    Problem::operator(
        "segment_over",
        "Cette séquence est terminée : ce qui s'est passé reste écrit.",
        "This segment is over: what happened stays written.",
    )
}
