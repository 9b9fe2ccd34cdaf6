//! The one description of a clip or a photo, from which every form is made.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::rights::Standing;

use crate::protocol::NameShown;

/// What a record describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// Picture and sound, `clip.mp4`.
    #[default]
    Clip,
    /// A still, `photo.jpg`.
    Photo,
}

impl Medium {
    /// Its folder in the data folder.
    pub fn folder(self) -> &'static str {
        match self {
            Medium::Clip => "clips",
            Medium::Photo => "photos",
        }
    }

    /// The file that is seen or heard, in a record's folder.
    pub fn file(self) -> &'static str {
        match self {
            Medium::Clip => "clip.mp4",
            Medium::Photo => "photo.jpg",
        }
    }
}

/// Somebody who took part, named as they want to be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// As they want to be called.
    pub name: String,
    /// What they did; may be empty.
    #[serde(default)]
    pub role: String,
}

/// A chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Milliseconds from the clip's start.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// What begins there.
    pub label: String,
}

/// Captions or subtitles in one language, a file `captions.{language}.vtt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Captions {
    /// BCP 47.
    pub language: String,
    /// Made by a machine and not read by a person yet.
    #[serde(default)]
    pub automatic: bool,
}

impl Captions {
    /// The file, in a record's folder.
    pub fn file(&self) -> String {
        format!("captions.{}.vtt", self.language)
    }
}

/// EBU R128.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct Loudness {
    /// LUFS, over the whole clip.
    pub integrated_lufs: f64,
    /// dBTP.
    pub true_peak_dbtp: f64,
}

/// Where a clip was cut from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The recording, relative to the data folder.
    pub master: String,
    /// Nanoseconds from the recording's start: the segment's first picture.
    pub from: u64,
    /// Nanoseconds from the recording's start: after the segment's last picture.
    pub until: u64,
}

/// A change made by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Unix milliseconds.
    pub at: u64,
    /// What had changed, with its earlier value.
    pub before: serde_json::Map<String, serde_json::Value>,
}

/// The description.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Readable and unique: `2026-11-24-le-jardin-partage`.
    pub id: String,
    /// Clip or photo.
    pub medium: Medium,
    /// What the desk has decided.
    pub standing: Standing,
    /// Only a person publishes it: it has come back from the bin.
    pub held: bool,
    /// Unix milliseconds at which somebody at the desk said that everybody who can be recognised has agreed,
    /// or that nobody can; until somebody in it says no.
    pub cleared: Option<u64>,
    /// Its participants see it before the public, and say what they think of it, whatever the configuration says by now.
    pub asked: bool,
    /// The participations, by id, whose agreement it needs, in the order of mention; `None` in records of
    /// before there was this list: then those of its segment.
    pub people: Option<Vec<String>>,
    /// Its segment was private.
    pub private: bool,
    /// It was made in a rehearsal.
    pub rehearsed: bool,
    /// Whose names stand in its picture.
    pub names_shown: Vec<NameShown>,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// BCP 47.
    pub language: String,
    /// Who took part, in the order of mention.
    pub credits: Vec<Credit>,
    /// Themes.
    pub tags: Vec<String>,
    /// The event it comes from.
    pub event: String,
    /// Where that was.
    pub place: String,
    /// SPDX identifier.
    pub licence: String,
    /// What a photo says of its author and its rights. It is published when a person has decided.
    pub rights_notice: Option<String>,
    /// Unix milliseconds of its first picture.
    pub recorded_at: u64,
    /// The same with the clock of the place, RFC 3339.
    pub recorded: String,
    /// Unix milliseconds.
    pub published_at: Option<u64>,
    /// Milliseconds; 0 for a photo.
    pub duration_ms: u64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The segment it was.
    pub segment: Option<String>,
    /// The take of the booth that it was.
    pub take: Option<String>,
    /// Chapters, in order.
    pub chapters: Vec<Chapter>,
    /// Captions, in order.
    pub captions: Vec<Captions>,
    /// What is said.
    pub transcript: String,
    /// The language of the captions that it follows; `None`: a person typed it.
    pub transcript_from: Option<String>,
    /// A cut took away what a person had typed: somebody has to look through it again.
    pub transcript_withheld: bool,
    /// Milliseconds from the start of the picture that stands for it.
    pub poster_ms: u64,
    /// A picture was chosen by a person.
    pub poster_chosen: bool,
    /// Once it was measured.
    pub loudness: Option<Loudness>,
    /// Its place on its day's page, where that is not the order of recording.
    pub order: Option<i64>,
    /// Where it was cut from.
    pub origin: Option<Origin>,
    /// The address of its page, where it has one.
    pub page: Option<String>,
    /// The address under which its files are, without a slash at the end.
    pub files: Option<String>,
    /// What people changed, oldest first; who was credited before is not kept.
    pub history: Vec<Change>,
    /// How records of before there was a list of people said that somebody had agreed to this.
    #[serde(rename = "allowed", skip_serializing)]
    pub(super) was_allowed: bool,
}

impl Record {
    /// What it belongs to: its segment, or its take of the booth.
    pub fn belongs(&self) -> Option<&str> {
        self.segment.as_deref().or(self.take.as_deref())
    }

    /// Under what is noted where copies of it went, without anybody's name.
    pub fn errand(&self) -> &str {
        self.segment.as_deref().unwrap_or(&self.id)
    }

    /// A record of before there was a list of people as it is written today. What was said of photos and
    /// films from elsewhere was said by a person; of a clip, it followed from its segment.
    pub(super) fn up_to_date(mut self) -> Self {
        if self.people.is_none() && self.was_allowed && (self.medium == Medium::Photo || self.segment.is_none()) {
            self.cleared = self.cleared.or(self.published_at).or(Some(self.recorded_at));
        }
        self.was_allowed = false;
        self
    }

    /// The file that it describes.
    pub fn file(&self) -> &'static str {
        self.medium.file()
    }

    /// The day it was recorded, `2026-11-24`.
    pub fn day(&self) -> &str {
        self.recorded.get(..10).unwrap_or_default()
    }
}
