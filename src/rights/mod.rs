//! Who may be shown, heard, named, listed, published, exported and kept. Nothing else decides it.
//!
//! ```text
//! a segment, a clip, a photo, an interview ──► may(thing, use) ──► Ok, or why not
//!                                                   ▲
//!              what each person agreed to ──────────┘
//! ```
//! Everything that shows, sends, names, lists, copies or keeps asks [`may`], [`credit`], [`may_film`]
//! or [`kept`]. The functions are pure: no clock, no file, no database, no HTTP. What people agreed to
//! comes in as a function from a participation's id to [`Agreed`], and is asked for anew each time:
//! [`Register::agreed`] is the one that runs the studio.
//!
//! The answer is *no* when something is not known: a person nobody knows has agreed to nothing, a
//! record that cannot be read is [`Shelf::Unreadable`], an operation that has not reached everything
//! is [`Shelf::Unfinished`].

mod agreed;
mod listed;
mod names;
mod register;
mod segment;
mod signers;
#[cfg(test)]
mod tests;
mod work;

pub use agreed::{
    Agreed, Answer, Given, Point, agrees_to_publication, disowns, may_be_renamed, may_give_photo, said_no_at,
    taken_back,
};
pub use listed::{Listed, listed, public_title, title_in_names};
pub use names::{holds_name, misnamed, misnamed_since, names_shown, words};
pub use register::{Entry, Register};
pub use segment::{is_for_viewers, may_be_invited, may_be_waived, may_film};
pub use signers::{NotAlone, age, guardians_suffice, is_minor, may_speak_alone, same_name, signs_twice};
pub use work::{
    Keep, Rule, Shelf, Standing, Work, agreed_by_all, answer_to, kept, may_answer, misnames, needs_clearing,
    standing_when_made,
};

use crate::protocol::{Role, Segment};

/// What a door wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Record it.
    Record,
    /// Show it and let it be heard on air, and on everything that shows what is on air.
    Air,
    /// Show it to this role at the desk while it happens: title, picture and sound.
    Desk(Role),
    /// Tell its title and summary to everybody.
    List,
    /// Have it in the public catalogue: page, files, feed, site map, search.
    Publish,
    /// Copy it into an export that leaves the house.
    Export,
}

impl Use {
    /// Every use, the desk's once for each role: for tables and tests.
    pub const ALL: [Use; 8] = [
        Use::Record,
        Use::Air,
        Use::Desk(Role::Moderator),
        Use::Desk(Role::Animator),
        Use::Desk(Role::Admin),
        Use::List,
        Use::Publish,
        Use::Export,
    ];
}

/// Something with people in it.
#[derive(Clone, Copy)]
pub enum Thing<'a> {
    /// A segment of the day, planned, on air or over.
    Segment(&'a Segment),
    /// A clip, a photo or an interview of the archive.
    Work(&'a Work<'a>),
}

/// Why something may not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum No {
    /// These participations, by id, have not agreed to what it needs.
    Missing(Vec<String>),
    /// A private segment is recorded only.
    Private,
    /// It took place in a rehearsal.
    Rehearsed,
    /// Nobody has said yet that everybody who can be recognised has agreed, or that nobody can.
    NotCleared,
    /// Somebody in it asks for another cut.
    CutAsked,
    /// Not everybody in it has said yet what they think of this cut.
    NotAnswered,
    /// The desk has not published it, or has taken it out.
    NotPublished,
    /// It lies in the bin.
    Binned,
    /// Its record cannot be read, or the index says otherwise than the files.
    Unreadable,
    /// A withdrawal or an erasure has not reached all of it yet.
    Unfinished,
    /// It is not in the plan: a proposal, or dropped.
    NotPlanned,
    /// Segments are recorded and shown; only works are published and exported, and the reverse.
    NotMeant,
}

/// Whether something may be done, and otherwise why not.
pub type Verdict = Result<(), No>;

/// Whether a door may do this with a thing. `agreed` tells what a participation has agreed to by now.
///
/// # Errors
/// The first reason against it; where people have not agreed, all of them.
pub fn may(thing: Thing<'_>, usage: Use, agreed: &dyn Fn(&str) -> Agreed) -> Verdict {
    match thing {
        Thing::Segment(segment) => segment::may(segment, usage, agreed),
        Thing::Work(work) => work::may(work, usage, agreed),
    }
}

/// What somebody is called before the others of their segment: by the name they chose; until they have
/// answered by the initials of what the desk calls them, so that a link is handed to the right one. `None`:
/// they are not to be named.
pub fn credit_among_fellows(agreed: &Agreed, desk_name: &str) -> Option<String> {
    if agreed.has_answered() {
        return credit(agreed).map(str::to_owned);
    }
    let words = desk_name.split(|c: char| !c.is_alphanumeric());
    let initials: Vec<String> = words.filter_map(|word| word.chars().next()).map(|c| format!("{c}.")).collect();
    (!initials.is_empty()).then(|| initials.join(" "))
}

/// The one name under which a person may be shown, spoken of and written down outside the desk's own
/// list: what they chose when they signed. `None`: they are not to be named, or have not signed.
pub fn credit(agreed: &Agreed) -> Option<&str> {
    agreed.credit.as_deref().filter(|name| agreed.recorded && !name.is_empty())
}
