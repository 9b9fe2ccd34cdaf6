//! A segment's turn: start, through the gate; marks; the end.

use super::{Around, MAX_LABEL, MAX_REASON, clean, clean_line, gate, unknown_segment};
use crate::{
    protocol::{Mark, Problem, Role, Segment, SegmentState},
    rights,
};

/// The segment that a start without a name means.
pub fn next(segments: &[Segment]) -> Option<&Segment> {
    segments.iter().find(|segment| segment.state == SegmentState::Ready)
}

/// Starts a segment and returns it. Where an admin overrides the gate, `overridden` is set; whoever
/// carries this out writes the reason down.
///
/// # Errors
/// `segment_on_air` (of two starts one wins), `no_segment`, `unknown_segment`, `segment_over`,
/// `consent_missing` with the names: of all who have not agreed or, with a `reason`, of those whom no override
/// covers; `forbidden` for an override without the right to it.
pub fn start(
    segments: &mut [Segment],
    id: Option<&str>,
    private: Option<bool>,
    reason: Option<&str>,
    role: Role,
    around: &Around<'_>,
) -> Result<Segment, Problem> {
    if let Some(current) = segments.iter().find(|segment| segment.state == SegmentState::OnAir) {
        return Err(Problem::operator(
            "segment_on_air",
            format!("« {} » est à l'antenne. Terminez-la d'abord.", current.title),
            format!("“{}” is on air. End it first.", current.title),
        ));
    }
    let id = match id {
        Some(id) => id.to_owned(),
        None => next(segments).map(|segment| segment.id.clone()).ok_or_else(nothing_next)?,
    };
    let segment = segments.iter_mut().find(|segment| segment.id == id).ok_or_else(|| unknown_segment(&id))?;
    if matches!(segment.state, SegmentState::Done | SegmentState::Dropped) {
        return Err(Problem::operator(
            "segment_over",
            "Cette séquence est terminée ou abandonnée. Remettez-la au conducteur, ou ajoutez-en une.",
            "This segment is over or dropped. Put it back into the rundown, or add another.",
        ));
    }
    let private = private.unwrap_or(segment.private);
    let without = gate::without(segment, private, around.agreed);
    let overridden = match (without.is_empty(), reason) {
        (true, _) => false,
        (false, None) => return Err(gate::consent_missing(&gate::names(segment, &without))),
        (false, Some(_)) if role < Role::Admin => {
            return Err(Problem::operator(
                "forbidden",
                "Seul l'administrateur peut passer outre un accord qui manque.",
                "Only the administrator can override a missing agreement.",
            ));
        }
        (false, Some(reason)) => {
            clean_line(reason, "reason", MAX_REASON)?;
            let binding = gate::not_to_waive(&without, around.agreed);
            if !binding.is_empty() {
                return Err(gate::answered_otherwise(&gate::names(segment, &binding)));
            }
            true
        }
    };
    segment.state = SegmentState::OnAir;
    segment.started_at = Some(around.now);
    segment.private = private;
    segment.overridden = overridden;
    segment.waived = without;
    if segment.planned_at.is_none() {
        // The day has no plan yet: it begins with its first segment.
        segment.fixed_at = Some(around.now);
    }
    Ok(segment.clone())
}

/// Marks this moment and returns the segment.
///
/// # Errors
/// `no_segment_on_air`, `too_long`, `too_many`.
pub fn mark(segments: &mut [Segment], label: &str, around: &Around<'_>) -> Result<Segment, Problem> {
    let label = clean(&label.replace('\n', " "), "label", MAX_LABEL)?;
    let segment = on_air(segments)?;
    if segment.marks.len() >= 500 {
        return Err(Problem::operator(
            "too_many",
            "Cette séquence a déjà 500 repères.",
            "This segment has 500 marks already.",
        ));
    }
    segment.marks.push(Mark { at: around.now, label });
    Ok(segment.clone())
}

/// Ends the segment on air and returns it; `rehearsal`: nothing of it was meant for others.
///
/// # Errors
/// `no_segment_on_air`.
pub fn end(segments: &mut [Segment], now: u64, rehearsal: bool) -> Result<Segment, Problem> {
    let segment = on_air(segments)?;
    segment.state = SegmentState::Done;
    segment.rehearsed = rehearsal;
    segment.ended_at = Some(now.max(segment.started_at.unwrap_or(now)));
    Ok(segment.clone())
}

/// A text is on the picture: the segment on air, if there is one, keeps whose names of its people stand in it.
/// Returns whether that is news.
pub fn note_names(segments: &mut [Segment], text: &str, around: &Around<'_>) -> bool {
    let Ok(segment) = on_air(segments) else { return false };
    let mut news = false;
    for shown in rights::names_shown(segment, text, around.now, around.agreed) {
        match segment.names_shown.iter_mut().find(|known| known.person == shown.person) {
            Some(known) if known.as_chosen && !shown.as_chosen => known.as_chosen = false,
            Some(_) => continue,
            None => segment.names_shown.push(shown),
        }
        news = true;
    }
    news
}

fn on_air(segments: &mut [Segment]) -> Result<&mut Segment, Problem> {
    segments.iter_mut().find(|segment| segment.state == SegmentState::OnAir).ok_or_else(|| {
        Problem::operator("no_segment_on_air", "Aucune séquence n'est à l'antenne.", "No segment is on air.")
    })
}

fn nothing_next() -> Problem {
    Problem::operator(
        "no_segment",
        "Aucune séquence n'est prête. Ajoutez-en une au conducteur, ou acceptez une proposition.",
        "No segment is ready. Add one to the rundown, or accept a proposal.",
    )
}
