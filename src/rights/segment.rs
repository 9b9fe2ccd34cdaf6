//! Segments: what is recorded, on air, seen at the desk and listed.

use super::{Agreed, No, Use, Verdict};
use crate::protocol::{Role, Segment, SegmentState};

pub(super) fn may(segment: &Segment, usage: Use, agreed: &dyn Fn(&str) -> Agreed) -> Verdict {
    match usage {
        Use::Record => everybody(segment, agreed, |agreed| agreed.recorded),
        Use::Air if segment.private => Err(No::Private),
        Use::Air => everybody(segment, agreed, |agreed| agreed.recorded && agreed.live),
        Use::Desk(role) if role > Role::Moderator => Ok(()),
        // A moderator sees of the day what everybody may know of it.
        Use::Desk(_) | Use::List => match segment.state {
            _ if segment.private => Err(No::Private),
            SegmentState::Proposed | SegmentState::Dropped => Err(No::NotPlanned),
            SegmentState::OnAir => may(segment, Use::Air, agreed),
            SegmentState::Ready | SegmentState::Done => nobody_refuses(segment, agreed),
        },
        Use::Publish | Use::Export => Err(No::NotMeant),
    }
}

/// All have agreed, those excepted whom an admin's override was given for when the segment started, as
/// long as they have signed and taken back nothing since.
fn everybody(segment: &Segment, agreed: &dyn Fn(&str) -> Agreed, has: impl Fn(&Agreed) -> bool) -> Verdict {
    let started = segment.started_at.unwrap_or(0);
    let waived =
        |id: &String, agreed: &Agreed| segment.waived.contains(id) && agreed.spoke_at.is_none_or(|at| at < started);
    let without = segment.participants.iter().filter(|participant| {
        let agreed = agreed(&participant.id);
        !has(&agreed) && !waived(&participant.id, &agreed)
    });
    none(without.map(|participant| participant.id.clone()).collect())
}

fn nobody_refuses(segment: &Segment, agreed: &dyn Fn(&str) -> Agreed) -> Verdict {
    let refusing = segment.participants.iter().filter(|participant| agreed(&participant.id).refused);
    none(refusing.map(|participant| participant.id.clone()).collect())
}

fn none(missing: Vec<String>) -> Verdict {
    if missing.is_empty() { Ok(()) } else { Err(No::Missing(missing)) }
}

/// Whether a participant's own phone may be a camera now: their segment of the day is ready or on air, they
/// have agreed to be recorded and, where `on_air` (the slot is seen or heard on air) or while the segment
/// is on air in public, to be live.
///
/// # Errors
/// [`No::NotPlanned`], or [`No::Missing`] with the person.
pub fn may_film(day: &[Segment], person: &str, on_air: bool, agreed: &dyn Fn(&str) -> Agreed) -> Verdict {
    let holds = |segment: &&Segment| segment.participants.iter().any(|participant| participant.id == person);
    let in_turn = |segment: &&Segment| matches!(segment.state, SegmentState::Ready | SegmentState::OnAir);
    let segment = day.iter().find(holds).filter(in_turn).ok_or(No::NotPlanned)?;
    let agreed = agreed(person);
    let live = on_air || (segment.state == SegmentState::OnAir && !segment.private);
    let has = agreed.recorded && (agreed.live || !live);
    if has { Ok(()) } else { Err(No::Missing(vec![person.to_owned()])) }
}
