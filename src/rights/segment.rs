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

/// Whether a segment is made for viewers, whoever has agreed to it: where it goes is kept, so that it can be
/// called back.
pub fn is_for_viewers(segment: &Segment) -> bool {
    !segment.private
}

/// All have agreed, those excepted whom an admin's override was given for and still covers.
fn everybody(segment: &Segment, agreed: &dyn Fn(&str) -> Agreed, has: impl Fn(&Agreed) -> bool) -> Verdict {
    let waived = |id: &String, agreed: &Agreed| segment.waived.contains(id) && may_be_waived(agreed);
    let without = segment.participants.iter().filter(|participant| {
        let agreed = agreed(&participant.id);
        !has(&agreed) && !waived(&participant.id, &agreed)
    });
    none(without.map(|participant| participant.id.clone()).collect())
}

/// Whether an admin's override may stand for somebody's agreement: they gave their word by mouth, and have
/// signed nothing yet. Whoever has signed, taken back or had erased something has said what they allow, be it
/// before the override or after it, and nobody else's word stands for another answer.
pub fn may_be_waived(agreed: &Agreed) -> bool {
    !agreed.has_answered()
}

/// Whether the others of their segment may hand somebody a first personal link. Whoever has answered has a
/// link already, and their page is nobody else's.
pub fn may_be_invited(agreed: &Agreed) -> bool {
    !agreed.has_answered()
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
