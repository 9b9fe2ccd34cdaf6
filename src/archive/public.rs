//! What may be told of a record: the one type that pages, forms and exports are made from.

use serde::Serialize;

use super::{Captions, Chapter, Credit, Loudness, Medium, Record};

/// A record without what stays in the house: who is in it, which segment it was, where it was cut from,
/// what it said before. Doors get one from [`Archive::public`](super::Archive::public) and
/// [`Archive::find`](super::Archive::find) alone, which ask the authority.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublicRecord {
    /// Readable and unique: `2026-11-24-le-jardin-partage`.
    pub id: String,
    /// Clip or photo.
    pub medium: Medium,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// BCP 47.
    pub language: String,
    /// Who took part, named as they want to be, in the order of mention.
    pub credits: Vec<Credit>,
    /// Themes.
    pub tags: Vec<String>,
    /// The event it comes from.
    pub event: String,
    /// Where that was.
    pub place: String,
    /// SPDX identifier.
    pub licence: String,
    /// What a photo says of its author and its rights.
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
    /// Chapters, in order.
    pub chapters: Vec<Chapter>,
    /// Captions, in order.
    pub captions: Vec<Captions>,
    /// What is said, where no captions say it.
    pub transcript: String,
    /// Once it was measured.
    pub loudness: Option<Loudness>,
    /// The address of its page, where it has one.
    pub page: Option<String>,
    /// The address under which its files are, without a slash at the end.
    pub files: Option<String>,
}

impl Record {
    /// What there is to tell of it, whether anybody may be told or not: for the words inside its own files.
    pub(super) fn description(&self) -> PublicRecord {
        let of = self.clone();
        PublicRecord {
            id: of.id,
            medium: of.medium,
            title: of.title,
            summary: of.summary,
            language: of.language,
            credits: of.credits,
            tags: of.tags,
            event: of.event,
            place: of.place,
            licence: of.licence,
            rights_notice: of.rights_notice,
            recorded_at: of.recorded_at,
            recorded: of.recorded,
            published_at: of.published_at,
            duration_ms: of.duration_ms,
            width: of.width,
            height: of.height,
            chapters: of.chapters,
            captions: of.captions,
            transcript: of.transcript,
            loudness: of.loudness,
            page: of.page,
            files: of.files,
        }
    }
}

impl PublicRecord {
    /// The names of those who took part, or the event where nobody is named.
    pub fn creators(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for credit in &self.credits {
            if !credit.name.is_empty() && !names.contains(&credit.name.as_str()) {
                names.push(&credit.name);
            }
        }
        if names.is_empty() {
            names.push(&self.event);
        }
        names
    }

    /// Where it happened, as one line: `event, place`.
    pub fn occasion(&self) -> String {
        [self.event.as_str(), self.place.as_str()]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The day it was recorded, `2026-11-24`.
    pub fn day(&self) -> &str {
        self.recorded.get(..10).unwrap_or_default()
    }

    /// The files that it names, of its folder: no other leaves the house.
    pub fn file_names(&self) -> Vec<String> {
        let mut names = vec![self.medium.file().to_owned(), "clip.json".to_owned()];
        if self.medium == Medium::Clip {
            names.push("poster.jpg".into());
        }
        names.extend(self.captions.iter().map(Captions::file));
        names
    }
}
