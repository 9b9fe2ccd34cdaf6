//! Works: clips, photos and interviews, and what may be done with them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Agreed, Answer, No, Use, Verdict, agrees_to_publication, misnamed_since};
use crate::protocol::{NameShown, Role};

/// What the desk has decided on a work. People's agreements are asked for apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Waits for a person, or for somebody's agreement: seen at the desk alone.
    #[default]
    Waiting,
    /// In the public catalogue.
    Published,
    /// Taken out of the public catalogue.
    Hidden,
}

/// Where a work lies, and whether what is known of it can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shelf {
    /// In its folder; its record can be read, and the index says the same.
    #[default]
    Whole,
    /// In the bin.
    Binned,
    /// Its record cannot be read, or the index says otherwise.
    Unreadable,
    /// A withdrawal or an erasure of somebody in it has not reached all of it yet.
    Unfinished,
}

/// How a clip comes to be published when its segment has ended (`publish` in the configuration).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// By itself, when everybody has agreed.
    #[default]
    Auto,
    /// When each participant has seen the clip and said that it is fine.
    Participant,
    /// When the desk publishes it.
    Review,
}

/// What has to be known of a work to decide on it.
#[derive(Debug, Clone, Default)]
pub struct Work<'a> {
    /// A still. Who can be recognised in it, only people know.
    pub photo: bool,
    /// Where it lies.
    pub shelf: Shelf,
    /// What the desk has decided.
    pub standing: Standing,
    /// Its segment was private.
    pub private: bool,
    /// Its segment took place in a rehearsal.
    pub rehearsed: bool,
    /// The participations, by id, whose agreement it needs: of the segment, of the booth, whoever gave
    /// the photo.
    pub people: &'a [String],
    /// They see it before the public, and say what they think of it (see [`Rule::asks`]).
    pub asked: bool,
    /// The cut that there is now.
    pub cut: String,
    /// It carries somebody else's notice of rights.
    pub foreign_notice: bool,
    /// Whose names stand in its picture.
    pub names_shown: &'a [NameShown],
    /// A person at the desk said that everybody who can be recognised has agreed, or that nobody can,
    /// and nobody in it has said no, or asked for a cut, since.
    pub cleared: bool,
}

impl Rule {
    /// Whether the participants of a work are asked by this rule. What was decided by another rule stays as it is.
    pub fn asks(self, work: &Work<'_>) -> bool {
        self == Rule::Participant && !work.photo && work.standing == Standing::Waiting
    }
}

pub(super) fn may(work: &Work<'_>, usage: Use, agreed: &dyn Fn(&str) -> Agreed) -> Verdict {
    match usage {
        Use::Desk(role) if role > Role::Moderator => Ok(()),
        Use::Record | Use::Air => Err(No::NotMeant),
        Use::Desk(_) | Use::List | Use::Publish | Use::Export => {
            agreed_by_all(work, agreed)?;
            if needs_clearing(work, agreed) && !work.cleared {
                return Err(No::NotCleared);
            }
            answered_by_all(work, agreed)?;
            if work.standing != Standing::Published {
                return Err(No::NotPublished);
            }
            Ok(())
        }
    }
}

/// Whether everybody in it has agreed to its publication, whatever the desk has decided.
///
/// # Errors
/// Where it lies, [`No::Rehearsed`], or [`No::Missing`] with everybody who has not agreed.
pub fn agreed_by_all(work: &Work<'_>, agreed: &dyn Fn(&str) -> Agreed) -> Verdict {
    match work.shelf {
        Shelf::Whole => (),
        Shelf::Binned => return Err(No::Binned),
        Shelf::Unreadable => return Err(No::Unreadable),
        Shelf::Unfinished => return Err(No::Unfinished),
    }
    if work.rehearsed {
        return Err(No::Rehearsed);
    }
    let has = |id: &&String| agrees_to_publication(&agreed(id));
    let missing: Vec<String> = work.people.iter().filter(|id| !has(id)).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(No::Missing(missing)) }
}

/// Whether everybody who is asked has said of this cut that it is fine; where the desk has heard it in another
/// way, it says so ([`Work::cleared`]).
fn answered_by_all(work: &Work<'_>, agreed: &dyn Fn(&str) -> Agreed) -> Verdict {
    if !work.asked || work.cleared {
        return Ok(());
    }
    let answers: Vec<_> = work.people.iter().map(|id| answer_to(&work.cut, &agreed(id))).collect();
    if answers.iter().any(|answer| matches!(answer, Some(Answer::Cut { .. }))) {
        return Err(No::CutAsked);
    }
    if answers.contains(&None) { Err(No::NotAnswered) } else { Ok(()) }
}

/// Whether a person at the desk has to say that everybody who can be recognised has agreed: in photos,
/// where no participant is listed, in private segments, where there is a notice of other rights, and where a
/// name stands in the picture that its bearer does not choose any more, or never did.
pub fn needs_clearing(work: &Work<'_>, agreed: &dyn Fn(&str) -> Agreed) -> bool {
    work.photo || work.private || work.people.is_empty() || work.foreign_notice || misnames(work, agreed)
}

/// Whether a name stands in the picture that its bearer does not choose any more, or never did.
pub fn misnames(work: &Work<'_>, agreed: &dyn Fn(&str) -> Agreed) -> bool {
    work.names_shown.iter().any(|shown| misnamed_since(shown, &agreed(&shown.person)).is_some())
}

/// Where a clip stands when it has been made, and when agreements or answers have changed since, as
/// long as nobody at the desk has decided.
pub fn standing_when_made(work: &Work<'_>, rule: Rule, agreed: &dyn Fn(&str) -> Agreed) -> Standing {
    let published = Work { standing: Standing::Published, ..work.clone() };
    if rule != Rule::Review && may(&published, Use::Publish, agreed).is_ok() {
        Standing::Published
    } else {
        Standing::Waiting
    }
}

/// Whether a participant may see the clip before the public does, and say what they think of it: whoever is in
/// it, as soon as everybody has agreed to its publication.
pub fn may_answer(work: &Work<'_>, person: &str, agreed: &dyn Fn(&str) -> Agreed) -> bool {
    work.asked && work.people.iter().any(|id| id == person) && agreed_by_all(work, agreed).is_ok()
}

/// What somebody said of this cut; `None`: nothing, or it was said of another.
pub fn answer_to(cut: &str, agreed: &Agreed) -> Option<Answer> {
    agreed.answer.as_ref().filter(|given| given.cut == cut).map(|given| given.answer)
}

/// For how long a work is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// As part of the commons: everybody in it has agreed to its publication, whether or not the desk has
    /// published it.
    ForGood,
    /// As long as recordings are (`[retention] recordings_days`): somebody in it has not agreed to its
    /// publication, or took that back; or nobody has said of those who are not listed that they agree.
    AsRecordings,
}

/// For how long a work is kept. What the desk has decided makes no difference.
pub fn kept(work: &Work<'_>, agreed: &dyn Fn(&str) -> Agreed) -> Keep {
    let all = agreed_by_all(&Work { shelf: Shelf::Whole, ..work.clone() }, agreed).is_ok();
    if all && (!needs_clearing(work, agreed) || work.cleared) { Keep::ForGood } else { Keep::AsRecordings }
}
