//! The day: segments, who speaks in them, and what the desk may do with them.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

/// Where a segment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SegmentState {
    /// Asked for by a citizen.
    Proposed,
    /// In the rundown.
    Ready,
    /// Now.
    OnAir,
    /// Over.
    Done,
    /// Will not happen.
    Dropped,
}

/// A part of the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Segment {
    /// Given by the studio.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// BCP 47.
    pub language: String,
    /// What has to be there: a table, a film, a sign interpreter…
    pub needs: String,
    /// The event's day it belongs to, `YYYY-MM-DD`.
    pub day: String,
    /// Seconds.
    pub planned_seconds: u32,
    /// Where it stands.
    pub state: SegmentState,
    /// Who speaks.
    pub participants: Vec<Participant>,
    /// Unix milliseconds the desk has fixed; `null`: it follows the one before.
    #[ts(type = "number | null")]
    pub fixed_at: Option<u64>,
    /// Unix milliseconds of its beginning by the plan; `null` while no earlier segment of the day has
    /// a time.
    #[ts(type = "number | null")]
    pub planned_at: Option<u64>,
    /// Unix milliseconds of its beginning as things stand, to the minute; only while it is to come.
    #[ts(type = "number | null")]
    pub expected_at: Option<u64>,
    /// Unix milliseconds.
    #[ts(type = "number | null")]
    pub started_at: Option<u64>,
    /// Unix milliseconds.
    #[ts(type = "number | null")]
    pub ended_at: Option<u64>,
    /// Recorded only, with the slate on air.
    pub private: bool,
    /// It was started although somebody had not agreed; by whom and why is in the log of decisions.
    pub overridden: bool,
    /// Participants, by id, whose missing agreement an admin overrode when it was started.
    #[serde(default)]
    pub waived: Vec<String>,
    /// It took place in a rehearsal: its clip stays in the house.
    #[serde(default)]
    pub rehearsed: bool,
    /// Moments worth finding again.
    pub marks: Vec<Mark>,
    /// Names of those who have not agreed to what it does, or, before it starts, would do.
    pub missing: Vec<String>,
    /// Participants, by id, who signed on one device: each group has two or more.
    #[serde(default)]
    pub same_device: Vec<Vec<String>>,
    /// Names of those who have not agreed to be recorded, so that not even a private segment may start.
    #[serde(default)]
    pub unrecorded: Vec<String>,
    /// Names of those in `missing` who have answered in writing: no override covers them.
    #[serde(default)]
    pub answered_otherwise: Vec<String>,
    /// What may stand below a name of its people in a title: its own, or nothing where that calls somebody
    /// by a name that they did not choose.
    #[serde(default)]
    pub role_hint: String,
    /// Its clip in the archive.
    pub clip: Option<String>,
    /// Whose names were on the picture while it was on air.
    #[serde(default)]
    pub names_shown: Vec<NameShown>,
}

/// Somebody's name that was on the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NameShown {
    /// The participant, by id.
    pub person: String,
    /// Unix milliseconds at which it was shown first.
    #[ts(type = "number")]
    pub at: u64,
    /// It was the name that they had chosen.
    pub as_chosen: bool,
}

/// A moment of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Mark {
    /// Unix milliseconds.
    #[ts(type = "number")]
    pub at: u64,
    /// What happened; may be empty.
    pub label: String,
}

/// Somebody in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Participant {
    /// Given by the studio.
    pub id: String,
    /// As the desk calls them.
    pub name: String,
    /// The one name under which they may be shown and spoken of, as they chose it: their own, a pseudonym,
    /// or none. `None` also where they have not signed.
    pub credit: Option<String>,
    /// Agreed to be recorded.
    pub recorded: bool,
    /// Agreed to be live.
    pub live: bool,
    /// Agreed to be archived under the licence.
    pub archived: bool,
    /// Agreed to what the segment does or, before it starts, would do; once it is over, to its publication.
    #[serde(default)]
    pub agrees: bool,
    /// Took back to be recorded or shown live, said so beforehand, or had their data erased.
    #[serde(default)]
    pub refused: bool,
    /// Guardians who sign by a link of their own and have not yet; the agreement waits for them.
    #[serde(default)]
    pub guardians_missing: u8,
}

/// A participant as the desk writes them down; whatever else is sent along is the studio's to know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct NewParticipant {
    /// Of somebody who is in the segment already; absent: found by the name, or new.
    #[serde(default)]
    pub id: Option<String>,
    /// 1..=80 characters.
    pub name: String,
}

/// Puts a segment into the rundown.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SegmentAdd {
    /// 1..=120 characters.
    pub title: String,
    /// At most 1000 characters.
    #[serde(default)]
    pub summary: String,
    /// BCP 47; absent: the studio's.
    #[serde(default)]
    pub language: Option<String>,
    /// At most 500 characters.
    #[serde(default)]
    pub needs: String,
    /// 1..=14400.
    #[serde(default = "planned_seconds")]
    pub planned_seconds: u32,
    /// At most 30.
    #[serde(default)]
    pub participants: Vec<NewParticipant>,
    /// `YYYY-MM-DD`; absent: the day of the segment before, else today.
    #[serde(default)]
    pub day: Option<String>,
    /// Unix milliseconds at which it shall begin.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub fixed_at: Option<u64>,
    /// Its place in the rundown, from 0; absent: last.
    #[serde(default)]
    pub position: Option<usize>,
    /// Recorded only.
    #[serde(default)]
    pub private: bool,
}

fn planned_seconds() -> u32 {
    420
}

/// Changes a segment; absent fields stay.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentUpdate {
    /// Its id.
    pub segment: String,
    /// 1..=120 characters.
    pub title: Option<String>,
    /// At most 1000 characters.
    pub summary: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// At most 500 characters.
    pub needs: Option<String>,
    /// 1..=14400.
    pub planned_seconds: Option<u32>,
    /// All of them, at most 30.
    pub participants: Option<Vec<NewParticipant>>,
    /// `YYYY-MM-DD`.
    pub day: Option<String>,
    /// Unix milliseconds at which it shall begin; `null`: after the one before.
    #[serde(deserialize_with = "given")]
    #[ts(type = "number | null")]
    pub fixed_at: Option<Option<u64>>,
    /// `proposed`, `ready` or `dropped`; the rest comes by starting and ending.
    pub state: Option<SegmentState>,
    /// Recorded only.
    pub private: Option<bool>,
}

/// Tells `null` from absent.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
