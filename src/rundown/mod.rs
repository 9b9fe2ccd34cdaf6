//! The day on paper, as pure rules: order, times, states, and the gate.
//!
//! ```text
//! commands ──► edit    add, change, move, remove
//!          ──► turn    start (through the gate), mark, end
//!              gate    who has not agreed; what may be published
//! time     ──► times   planned and expected beginnings, drift
//! disk     ◄─► keep    rundown.json in the data folder
//! ```
//! Nothing here knows GStreamer, a clock of its own or a database: what it needs to know comes in an
//! [`Around`]. The segments in the state are the truth; whether somebody has agreed is not, it is
//! asked for anew each time ([`Around::agreed`]).

mod edit;
mod gate;
mod keep;
mod text;
mod times;
mod turn;

pub use edit::{NOBODY, add, change, forget, move_to, remove, remove_unperformed, unperformed};
pub use gate::{is_held_back, may_lift_slate, missing};
pub use keep::{FILE, open};
pub use text::{clean, clean_line, visible, visible_line};
pub use times::{draw, place};
pub use turn::{end, mark, next, note_names, start};

use crate::{people::Agreed, protocol::Problem};

/// Segments that a rundown may have.
pub const MAX_SEGMENTS: usize = 500;
/// Participants that a segment may have.
pub const MAX_PARTICIPANTS: usize = 30;
/// Characters of a title.
pub const MAX_TITLE: usize = 120;
/// Characters of a summary.
pub const MAX_SUMMARY: usize = 1000;
/// Characters of what a segment needs.
pub const MAX_NEEDS: usize = 500;
/// Characters of a name.
pub const MAX_NAME: usize = 80;
/// Characters of a mark's label.
pub const MAX_LABEL: usize = 120;
/// Characters of an override's reason.
pub const MAX_REASON: usize = 300;
/// A segment's planned length, seconds.
pub const PLANNED: std::ops::RangeInclusive<u32> = 1..=4 * 3600;

/// What the rules need to know from outside.
pub struct Around<'a> {
    /// Unix milliseconds.
    pub now: u64,
    /// The local date, `YYYY-MM-DD`.
    pub today: &'a str,
    /// The studio's language.
    pub language: &'a str,
    /// A new name for a segment or a person; never the same twice.
    pub new_id: &'a dyn Fn() -> String,
    /// What a person has agreed to by now; nothing, if nobody knows them.
    pub agreed: &'a dyn Fn(&str) -> Agreed,
}

fn unknown_segment(id: &str) -> Problem {
    let id: String = id.chars().take(40).collect();
    Problem::operator(
        "unknown_segment",
        format!("La séquence « {id} » n'est pas au conducteur."),
        format!("The segment “{id}” is not in the rundown."),
    )
}

#[cfg(test)]
mod tests;
