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
    /// Unix milliseconds since when that has been the person's wish; `None`: it never was another.
    #[serde(skip)]
    pub credit_since: Option<u64>,
    /// The person took back that they are recorded or shown live, or had their data erased.
    pub refused: bool,
    /// Unix milliseconds of what the person last signed, took back or had erased; `None`: nothing yet.
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
    /// What somebody who recorded themselves in the booth has agreed to: by their signature and, when they had
    /// seen the recording, by sending it. `at`: Unix milliseconds of the signature.
    pub fn in_booth(
        recorded: bool,
        published: bool,
        credit: Option<String>,
        at: u64,
        sent: bool,
        taken_back: bool,
    ) -> Self {
        let says = Self { refused: taken_back, spoke_at: Some(at), ..Self::default() };
        if !sent || taken_back {
            return says;
        }
        Self {
            recorded,
            archived: published,
            credit,
            answer: Some(Given { at, cut: String::new(), answer: Answer::Fine }),
            ..says
        }
    }

    /// Whether a point is agreed to.
    pub fn to(&self, point: Point) -> bool {
        match point {
            Point::Recorded => self.recorded,
            Point::Live => self.live,
            Point::Archived => self.archived,
        }
    }

    /// Whether the person has signed, taken back or had erased something: it is written down what they allow; or
    /// has filled in a form that waits for guardians, for whose signature nobody's word stands.
    pub fn has_answered(&self) -> bool {
        self.refused || self.spoke_at.is_some() || self.guardians_missing > 0
    }

    /// Whether something that these agreements allow is not allowed by `now`: a point, or the name by which
    /// the person was called until then.
    pub fn is_more_than(&self, now: &Self) -> bool {
        let named_otherwise = self.credit.is_some() && self.credit != now.credit;
        named_otherwise || Point::ALL.into_iter().any(|point| self.to(point) && !now.to(point))
    }
}

/// When somebody who does not agree to be in what is published said so, Unix milliseconds; `None`: they agree,
/// or have said nothing yet.
pub fn said_no_at(agreed: &Agreed) -> Option<u64> {
    agreed.spoke_at.filter(|_| !agrees_to_publication(agreed))
}

/// Whether somebody agrees to be in what is published.
pub fn agrees_to_publication(agreed: &Agreed) -> bool {
    agreed.recorded && agreed.archived
}

/// Whether somebody does not want to have been in it at all: their data was erased, or they took back that
/// they are recorded or live.
pub fn disowns(agreed: &Agreed) -> bool {
    agreed.refused
}

/// Whether somebody may give a photo to the archive, where it is published under the licence.
pub fn may_give_photo(agreed: &Agreed) -> bool {
    agreed.archived
}

/// Whether the desk may write somebody's name otherwise in its list. What somebody signed is theirs: under
/// another name it is another person.
pub fn may_be_renamed(agreed: &Agreed) -> bool {
    !agreed.recorded
}

/// What somebody takes back who says so of these points: without the recording there is nothing to show.
pub fn taken_back(points: &[Point]) -> Vec<Point> {
    let all = points.contains(&Point::Recorded);
    Point::ALL.into_iter().filter(|point| all || points.contains(point)).collect()
}
