//! The MP4's own tags and chapters.

use super::{words, xmp};
use crate::archive::{PublicRecord, cut::Label};

/// Everything that goes into `clip.mp4` about itself.
pub fn label(record: &PublicRecord) -> Label {
    let tag = |name: &[u8; 4], text: &str| (*name, text.to_owned());
    let chapters = record.chapters.iter().map(|chapter| (chapter.at_ms * 1_000_000, chapter.label.clone()));
    let mut chapters: Vec<_> = chapters.collect();
    // Players take the first chapter's start for granted.
    if chapters.first().is_some_and(|(at, _)| *at > 0) {
        chapters.insert(0, (0, record.title.clone()));
    }
    Label {
        tags: vec![
            tag(b"\xa9nam", &record.title),
            tag(b"\xa9ART", &words::names(record)),
            tag(b"\xa9alb", &record.occasion()),
            tag(b"cprt", &words::notice(record)),
            tag(b"\xa9des", &record.summary),
            tag(b"desc", &record.summary),
            tag(b"\xa9day", &record.recorded),
            tag(b"keyw", &record.tags.join(", ")),
            tag(b"\xa9cmt", &words::credit(record)),
            tag(b"\xa9too", "Open Plateau"),
        ],
        chapters,
        xmp: xmp::packet(record),
        language: words::three_letters(&record.language).into(),
    }
}
