//! Nobody is shown or published without having agreed.
//!
//! A segment that would go live needs from each listed participant the agreement to be recorded and
//! the one to be live; a private one only the first. Without participants there is nothing to ask. An
//! admin's override stands for a signature that is missing, never for an answer that was given in writing
//! ([`rights::may_be_waived`]). What becomes of its clip, the archive asks.

use crate::{
    protocol::{Problem, Segment, SegmentState, State},
    rights::{self, Agreed, No, Thing, Use, Work},
};

/// The names, as the desk writes them, of those who have not agreed to what the segment does or, before
/// it starts, would do; once it is over, of those who have not agreed to its publication.
pub fn missing(segment: &Segment, private: bool, agreed: &dyn Fn(&str) -> Agreed) -> Vec<String> {
    names(segment, &without(segment, private, agreed))
}

/// The same people as [`missing`], by id.
pub(super) fn without(segment: &Segment, private: bool, agreed: &dyn Fn(&str) -> Agreed) -> Vec<String> {
    let asked = Segment { private, waived: Vec::new(), ..segment.clone() };
    let verdict = match segment.state {
        SegmentState::Done => {
            let people = ids(segment);
            rights::agreed_by_all(&Work { people: &people, ..Work::default() }, agreed)
        }
        _ => rights::may(Thing::Segment(&asked), if private { Use::Record } else { Use::Air }, agreed),
    };
    match verdict {
        Err(No::Missing(without)) => without,
        _ => Vec::new(),
    }
}

/// Those of these people, by id, whom no override covers.
pub(super) fn not_to_waive(without: &[String], agreed: &dyn Fn(&str) -> Agreed) -> Vec<String> {
    without.iter().filter(|id| !rights::may_be_waived(&agreed(id))).cloned().collect()
}

/// Whether the holding picture may leave the air now.
///
/// # Errors
/// `segment_private`, or `consent_missing` with the names.
pub fn may_lift_slate(segment: Option<&Segment>, agreed: &dyn Fn(&str) -> Agreed) -> Result<(), Problem> {
    let Some(segment) = segment else { return Ok(()) };
    match rights::may(Thing::Segment(segment), Use::Air, agreed) {
        Ok(()) => Ok(()),
        Err(No::Missing(without)) => Err(consent_missing(&names(segment, &without))),
        Err(_) => Err(Problem::operator(
            "segment_private",
            "La séquence en cours n'est qu'enregistrée : la mire reste à l'antenne jusqu'à sa fin.",
            "The segment under way is only recorded: the slate stays on air until it ends.",
        )),
    }
}

/// Whether what the desk makes is kept from viewers now: the slate is up, or would have to be.
pub fn is_held_back(show: &State, agreed: &dyn Fn(&str) -> Agreed) -> bool {
    show.slate || may_lift_slate(show.segment.as_ref(), agreed).is_err()
}

fn ids(segment: &Segment) -> Vec<String> {
    segment.participants.iter().map(|participant| participant.id.clone()).collect()
}

pub(super) fn names(segment: &Segment, ids: &[String]) -> Vec<String> {
    let listed = segment.participants.iter().filter(|participant| ids.contains(&participant.id));
    listed.map(|participant| participant.name.clone()).collect()
}

pub(super) fn consent_missing(names: &[String]) -> Problem {
    let (fr, en) = in_a_sentence(names);
    Problem::operator(
        "consent_missing",
        format!(
            "Il manque l'accord de : {fr}. Faites signer, retirez du conducteur qui ne participe pas, ou enregistrez sans diffuser."
        ),
        format!(
            "These have not agreed: {en}. Have them sign, take out whoever does not take part, or record without going live."
        ),
    )
}

/// Somebody whom no override covers.
pub(super) fn answered_otherwise(names: &[String]) -> Problem {
    let (fr, en) = in_a_sentence(names);
    Problem::operator(
        "consent_missing",
        format!(
            "On ne peut pas passer outre : {fr} a déjà répondu par écrit, et n'accepte pas cela. Qui change d'avis signe de nouveau ; sinon, retirez du conducteur qui ne participe pas, ou enregistrez sans diffuser."
        ),
        format!(
            "This cannot be overridden: {en} answered in writing already, and does not agree to it. Whoever has another mind signs anew; otherwise take out whoever does not take part, or record without going live."
        ),
    )
}

/// Names of people in a French and an English sentence; bounded, for thirty long names make no sentence.
fn in_a_sentence(names: &[String]) -> (String, String) {
    const NAMED: usize = 6;
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => (shown.clone(), shown),
        more => (format!("{shown} et {more} autres"), format!("{shown} and {more} more")),
    }
}
