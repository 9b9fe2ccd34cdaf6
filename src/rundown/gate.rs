//! Nobody is shown or published without having agreed.
//!
//! A segment that would go live needs from each listed participant the agreement to be recorded and
//! the one to be live; a private one only the first. Its clip is published when each of them agreed to
//! be archived under the licence, and withdrawn when one of them no longer does. Without participants
//! there is nothing to ask.

use crate::{
    people::Agreed,
    protocol::{Problem, Segment, SegmentState},
};

/// Whether a finished segment's clip may be shown, and who is to be named with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publication {
    /// All have agreed.
    pub allowed: bool,
    /// Names as their owners want them; those who want none are not among them.
    pub credits: Vec<String>,
}

/// The names of those who have not agreed to what the segment does or, before it starts, would do;
/// once it is over, of those who have not agreed to its publication.
pub fn missing(segment: &Segment, private: bool, agreed: &dyn Fn(&str) -> Agreed) -> Vec<String> {
    let has = |agreed: Agreed| match segment.state {
        SegmentState::Done => agreed.recorded && agreed.archived,
        _ => agreed.recorded && (private || agreed.live),
    };
    let without = segment.participants.iter().filter(|participant| !has(agreed(&participant.id)));
    without.map(|participant| participant.name.clone()).collect()
}

/// What may be done with a segment's clip. A private segment in which nobody is listed has nobody's
/// agreement, and stays in the house, as what was rehearsed does.
pub fn publication(segment: &Segment, agreed: &dyn Fn(&str) -> Agreed) -> Publication {
    let all: Vec<Agreed> = segment.participants.iter().map(|participant| agreed(&participant.id)).collect();
    let agreed = all.iter().all(|agreed| agreed.recorded && agreed.archived);
    let allowed = agreed && !segment.rehearsed && !(segment.private && all.is_empty());
    Publication { allowed, credits: all.into_iter().filter_map(|agreed| agreed.credit).collect() }
}

/// Whether the holding picture may leave the air now.
///
/// # Errors
/// `segment_private`, or `consent_missing` with the names.
pub fn may_lift_slate(segment: Option<&Segment>, agreed: &dyn Fn(&str) -> Agreed) -> Result<(), Problem> {
    let Some(segment) = segment else { return Ok(()) };
    if segment.private {
        return Err(Problem::operator(
            "segment_private",
            "La séquence en cours n'est qu'enregistrée : la mire reste à l'antenne jusqu'à sa fin.",
            "The segment under way is only recorded: the slate stays on air until it ends.",
        ));
    }
    let missing = missing(segment, false, agreed);
    if missing.is_empty() || segment.overridden { Ok(()) } else { Err(consent_missing(&missing)) }
}

/// Names of people in a sentence; bounded, for thirty long names make no sentence.
pub(super) fn consent_missing(names: &[String]) -> Problem {
    const NAMED: usize = 6;
    let shown = names[..names.len().min(NAMED)].join(", ");
    let more = names.len().saturating_sub(NAMED);
    let (more_fr, more_en) = match more {
        0 => (String::new(), String::new()),
        more => (format!(" et {more} autres"), format!(" and {more} more")),
    };
    Problem::operator(
        "consent_missing",
        format!(
            "Il manque l'accord de : {shown}{more_fr}. Faites signer, retirez du conducteur qui ne participe pas, ou enregistrez sans diffuser."
        ),
        format!(
            "These have not agreed: {shown}{more_en}. Have them sign, take out whoever does not take part, or record without going live."
        ),
    )
}
