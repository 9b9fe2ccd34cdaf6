//! The interview booth: a tablet on a stand records a short interview alone.
//!
//! ```text
//! chunks ──► Take (appended, hashed) ──► finished ──► sent ──► converted (a process of its own)
//!               │ data/booth/<take>/                               │ interview.mp4
//!               └ erased: "do it again", or never sent             └ an animator accepts ──► archive
//! ```
//! A take is the person's own until they send it: what was not sent is erased after a day.

mod accept;
mod convert;
mod mine;
mod questions;
mod sign;
mod store;
mod take;

pub use convert::convert;
pub use questions::{Question, Questions};
pub use sign::Signed;
pub use store::{Booth, Start, Told};
pub use take::{LONGEST_CHUNK, LONGEST_TAKE, Progress, Stage};

use crate::protocol::{Fault, Problem};

/// What is wrong, so that a door may choose its own answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The request itself.
    Bad,
    /// No such take.
    Unknown,
    /// Another chunk is awaited, or the take is at another stage.
    Conflict,
    /// Beyond a limit.
    TooBig,
    /// Not a recording.
    WrongKind,
    /// What arrived is not what was recorded.
    Damaged,
    /// Too many at once.
    Busy,
    /// The disk.
    Disk,
}

/// Why the booth says no.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// For a machine.
    pub reason: Reason,
    /// For a person.
    pub problem: Problem,
}

impl Refusal {
    fn new(reason: Reason, code: &str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        let fault = match reason {
            Reason::Bad | Reason::Unknown => Fault::Operator,
            Reason::Busy | Reason::Disk => Fault::Ours,
            _ => Fault::OtherSide,
        };
        Self { reason, problem: Problem::new(code, fault, fr, en) }
    }

    fn unknown() -> Self {
        Self::new(
            Reason::Unknown,
            "unknown_take",
            "Cet enregistrement n'existe pas, ou plus. Recommencez depuis le début.",
            "There is no such recording, or no longer. Start again from the beginning.",
        )
    }

    fn disk(error: &std::io::Error) -> Self {
        tracing::error!(%error, "the booth's recording cannot be kept");
        Self::new(
            Reason::Disk,
            "booth_disk",
            format!(
                "L'enregistrement ne peut pas être gardé ({error}). Prévenez l'animateur : le disque est peut-être plein."
            ),
            format!("The recording cannot be kept ({error}). Tell the host: the disk may be full."),
        )
    }

    fn stage() -> Self {
        Self::new(
            Reason::Conflict,
            "wrong_stage",
            "Cet enregistrement n'en est pas là : il est déjà terminé, ou pas encore.",
            "This recording is at another stage: it has ended already, or not yet.",
        )
    }
}
