//! What somebody has agreed to.

use serde::{Deserialize, Serialize};

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

/// Somebody's agreements as they stand; the default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Agreed {
    /// To be recorded.
    pub recorded: bool,
    /// To be shown live.
    pub live: bool,
    /// To be archived and published under the event's licence.
    pub archived: bool,
    /// The name to be credited, as its owner wants it.
    pub credit: Option<String>,
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
}
