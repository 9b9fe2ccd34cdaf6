//! What somebody has agreed to, and what they said of the clip.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A point that is agreed to, or not, apart from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// To be recorded.
    Recorded,
    /// To be shown live.
    Live,
    /// To be archived and published under the event's licence.
    Archived,
}

impl Point {
    /// In the order in which they are asked for.
    pub const ALL: [Point; 3] = [Point::Recorded, Point::Live, Point::Archived];

    /// The word on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Point::Recorded => "recorded",
            Point::Live => "live",
            Point::Archived => "archived",
        }
    }
}

/// What a participant said when they were shown their clip, before the public could see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Answer {
    /// The clip may be published as it is.
    Fine,
    /// The clip may be published without its beginning or its end. Milliseconds from the clip's start.
    Cut {
        /// Where the clip should begin.
        #[ts(type = "number")]
        from_ms: u64,
        /// Where the clip should end.
        #[ts(type = "number")]
        until_ms: u64,
    },
}

/// An answer, and what it was given on: it holds for no other cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Given {
    /// Unix milliseconds.
    pub at: u64,
    /// Which cut of which clip was seen.
    pub cut: String,
    /// What was said of it.
    #[serde(flatten)]
    pub answer: Answer,
}

/// Somebody's agreements as they stand. The default is a person nobody knows: no agreement at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Agreed {
    /// To be recorded.
    pub recorded: bool,
    /// To be shown live.
    pub live: bool,
    /// To be archived and published under the event's licence.
    pub archived: bool,
    /// The name to be credited, as its owner wants it; `None`: nobody is to be named. Only
    /// [`super::credit`] decides whether it may be shown.
    pub credit: Option<String>,
    /// The person took back that they are recorded or shown live, or had their data erased.
    pub refused: bool,
    /// Unix milliseconds of what the person last signed, took back or had erased. An override given
    /// before does not cover them any more.
    #[serde(skip)]
    pub spoke_at: Option<u64>,
    /// Mark of the device on which the person signed by themselves; the same for all who signed on it in
    /// the same segment, and for nobody else.
    #[serde(skip)]
    pub device: Option<String>,
    /// Guardians for whose signatures the person's newest form still waits.
    #[serde(skip)]
    pub guardians_missing: u8,
    /// What the person said of the clip, if they were asked and have answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Given>,
}

impl Agreed {
    /// Whether a point is agreed to.
    pub fn to(&self, point: Point) -> bool {
        match point {
            Point::Recorded => self.recorded,
            Point::Live => self.live,
            Point::Archived => self.archived,
        }
    }

    /// Whether something that these agreements allow is not allowed by `now`: a point, or the name by which
    /// the person was called until then.
    pub fn is_more_than(&self, now: &Self) -> bool {
        let named_otherwise = self.credit.is_some() && self.credit != now.credit;
        named_otherwise || Point::ALL.into_iter().any(|point| self.to(point) && !now.to(point))
    }
}
