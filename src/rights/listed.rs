//! What everybody may know of a segment.

use super::{Agreed, No, Thing, Use, credit, may};
use crate::protocol::{Segment, Text};

/// A segment as a public page tells it: made from the studio's own by [`listed`], without a place for
/// the name by which the desk calls somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// BCP 47.
    pub language: String,
    /// Who speaks, under the names they chose; whoever chose none is not among them.
    pub names: Vec<String>,
    /// Unix milliseconds.
    pub started_at: Option<u64>,
    /// Seconds.
    pub planned_seconds: u32,
}

/// What everybody may know of a segment.
///
/// # Errors
/// Why not even its title may be told.
pub fn listed(segment: &Segment, agreed: &dyn Fn(&str) -> Agreed) -> Result<Listed, No> {
    may(Thing::Segment(segment), Use::List, agreed)?;
    let names = segment.participants.iter().filter_map(|one| credit(&agreed(&one.id)).map(str::to_owned));
    Ok(Listed {
        title: segment.title.clone(),
        summary: segment.summary.clone(),
        language: segment.language.clone(),
        names: names.collect(),
        started_at: segment.started_at,
        planned_seconds: segment.planned_seconds,
    })
}

/// The words by which everybody may be told of a segment: its title or, where the title may not be
/// told, what kind of segment it is.
pub fn public_title(segment: &Segment, agreed: &dyn Fn(&str) -> Agreed) -> Text {
    match may(Thing::Segment(segment), Use::List, agreed) {
        Ok(()) => Text::new(segment.title.as_str(), segment.title.as_str()),
        Err(No::Private) => Text::new("Séquence privée", "Private segment"),
        Err(_) => Text::new("Séquence", "Segment"),
    }
}

/// In the place of a private segment's title.
const PRIVATE: &str = "sequence-privee";

/// The title of a segment as it may stand in the names of files, in addresses, in the log and in what the desk is
/// told is wrong.
pub fn title_in_names(private: bool, title: &str) -> &str {
    if private { PRIVATE } else { title }
}
