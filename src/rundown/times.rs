//! When each segment was to begin, and when it will.
//!
//! Planned: a segment begins at its fixed time, else when the one before it in its day was to end. A
//! day whose first segment has no fixed time has no plan until it starts (see `turn`).
//!
//! Expected: what is to come follows what is on air, in order, each taking its planned length; a fixed
//! time is not begun before. What is on air is expected to end on its planned length, or now if that
//! has passed. Dropped segments take no time, other days' neither.

use super::{Around, gate};
use crate::{
    protocol::{Participant, Segment, SegmentState},
    rights::{self, Point},
};

/// Expected beginnings are told to the minute: nobody plans by seconds, and each change is news for
/// every screen.
const MINUTE: u64 = 60_000;

fn length(segment: &Segment) -> u64 {
    u64::from(segment.planned_seconds) * 1000
}

fn to_come(segment: &Segment) -> bool {
    matches!(segment.state, SegmentState::Proposed | SegmentState::Ready)
}

/// Fills in what follows from the rest: times, agreements, who is missing. Returns the day's drift in
/// seconds: how much later than planned the next segment will begin, or, when none is to come, the
/// last one ended. A proposal is not part of the plan, and has no drift.
pub fn draw(segments: &mut [Segment], around: &Around<'_>) -> Option<i32> {
    plan(segments);
    let exact = expect(segments, around.now);
    for (segment, exact) in segments.iter_mut().zip(&exact) {
        segment.expected_at = exact.map(|at| at.div_ceil(MINUTE) * MINUTE);
        agree(segment, around);
    }
    drift(segments, &exact, around.now)
}

fn agree(segment: &mut Segment, around: &Around<'_>) {
    let without = match segment.state {
        SegmentState::Dropped => Vec::new(),
        _ => gate::without(segment, segment.private, around.agreed),
    };
    for participant in &mut segment.participants {
        let agreed = (around.agreed)(&participant.id);
        participant.agrees = !without.contains(&participant.id);
        participant.recorded = agreed.to(Point::Recorded);
        participant.live = agreed.to(Point::Live);
        participant.archived = agreed.to(Point::Archived);
        participant.refused = rights::disowns(&agreed);
        participant.guardians_missing = agreed.guardians_missing;
        participant.credit = rights::credit(&agreed).map(str::to_owned);
    }
    segment.same_device = same_device(segment, around);
    segment.missing = gate::names(segment, &without);
    segment.answered_otherwise = gate::names(segment, &gate::not_to_waive(&without, around.agreed));
    segment.unrecorded = match segment.state {
        SegmentState::Proposed | SegmentState::Ready => gate::missing(segment, true, around.agreed),
        _ => Vec::new(),
    };
    let misnamed = rights::misnamed(std::slice::from_ref(segment), &segment.title, around.agreed);
    segment.role_hint = if misnamed.is_empty() { segment.title.clone() } else { String::new() };
}

/// Those who signed on one device, where they are more than one.
fn same_device(segment: &Segment, around: &Around<'_>) -> Vec<Vec<String>> {
    let mut devices: Vec<(String, Vec<String>)> = Vec::new();
    for Participant { id, .. } in &segment.participants {
        let Some(device) = (around.agreed)(id).device else { continue };
        match devices.iter_mut().find(|(known, _)| *known == device) {
            Some((_, signed)) => signed.push(id.clone()),
            None => devices.push((device, vec![id.clone()])),
        }
    }
    devices.into_iter().map(|(_, signed)| signed).filter(|signed| signed.len() > 1).collect()
}

fn plan(segments: &mut [Segment]) {
    // The end of what was planned, for each day that was met.
    let mut ends: Vec<(String, u64)> = Vec::new();
    for segment in segments {
        let known = ends.iter_mut().find(|(day, _)| *day == segment.day);
        segment.planned_at = segment.fixed_at.or(known.as_ref().map(|(_, end)| *end));
        if segment.state == SegmentState::Dropped {
            continue;
        }
        let Some(begin) = segment.planned_at else { continue };
        let end = begin.saturating_add(length(segment));
        match known {
            Some((_, known)) => *known = end,
            None => ends.push((segment.day.clone(), end)),
        }
    }
}

/// Exact expected beginnings of what is to come.
fn expect(segments: &[Segment], now: u64) -> Vec<Option<u64>> {
    let on_air = segments.iter().find(|segment| segment.state == SegmentState::OnAir);
    let mut cursor =
        on_air.and_then(|segment| Some(segment.started_at? + length(segment))).map_or(now, |end| end.max(now));
    segments
        .iter()
        .map(|segment| {
            to_come(segment).then(|| {
                let begin = segment.fixed_at.map_or(cursor, |fixed| fixed.max(cursor));
                cursor = begin.saturating_add(length(segment));
                begin
            })
        })
        .collect()
}

fn drift(segments: &[Segment], expected: &[Option<u64>], now: u64) -> Option<i32> {
    let seconds = |actual: u64, planned: u64| {
        let ms = i128::from(actual) - i128::from(planned);
        i32::try_from(ms / 1000).unwrap_or(if ms < 0 { i32::MIN } else { i32::MAX })
    };
    let next = segments.iter().zip(expected).find(|(segment, _)| segment.state == SegmentState::Ready);
    if let Some((segment, expected)) = next {
        return Some(seconds((*expected)?, segment.planned_at?));
    }
    let planned_end = |segment: &Segment| Some(segment.planned_at? + length(segment));
    if let Some(segment) = segments.iter().find(|segment| segment.state == SegmentState::OnAir) {
        let end = (segment.started_at? + length(segment)).max(now);
        return Some(seconds(end, planned_end(segment)?));
    }
    let last = segments.iter().filter(|segment| segment.state == SegmentState::Done).max_by_key(|s| s.ended_at)?;
    Some(seconds(last.ended_at?, planned_end(last)?))
}

/// How many segments come before this one: those to come, and the one on air. `None`: it is not to
/// come.
pub fn place(segments: &[Segment], id: &str) -> Option<usize> {
    let at = segments.iter().position(|segment| segment.id == id).filter(|at| to_come(&segments[*at]))?;
    let before = segments[..at].iter().filter(|segment| to_come(segment)).count();
    let on_air = segments.iter().any(|segment| segment.state == SegmentState::OnAir);
    Some(before + usize::from(on_air))
}
