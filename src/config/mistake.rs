//! What is wrong with a configuration, and where.

use std::{fmt, ops::Range, path::Path};

use crate::protocol::Text;

/// One thing that is wrong, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1; 0 where the whole file is meant (it cannot be read, say).
    pub line: usize,
    /// The sentence. It never quotes the value of a secret or of an address.
    pub text: Text,
}

impl Mistake {
    /// A mistake of the whole file.
    pub(super) fn of_file(text: Text) -> Self {
        Self { line: 0, text }
    }

    /// `F:line: what is wrong, and what would be right`, in `language` (`fr…`, or else English).
    pub fn show(&self, file: &Path, language: &str) -> impl fmt::Display {
        let (file, text) = (file.display(), self.text.get(language));
        match self.line {
            0 => format!("{file}: {text}"),
            line => format!("{file}:{line}: {text}"),
        }
    }
}

/// The language to speak in a terminal: `fr` where the locale (`LC_ALL`, else `LC_MESSAGES`, else
/// `LANG`) is French, else `en`.
pub fn terminal_language() -> &'static str {
    locale_language(["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| std::env::var(name).unwrap_or_default()))
}

/// The first locale that is not empty decides.
fn locale_language(locales: [String; 3]) -> &'static str {
    match locales.iter().find(|locale| !locale.is_empty()) {
        Some(locale) if locale.starts_with("fr") => "fr",
        _ => "en",
    }
}

/// All mistakes of a text, and the way from a place in it to a line.
pub(super) struct Mistakes {
    /// Where each line starts, in bytes.
    starts: Vec<usize>,
    list: Vec<(usize, Mistake)>,
}

impl Mistakes {
    pub(super) fn new(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { starts, list: Vec::new() }
    }

    /// Notes a mistake at a place of the text, in bytes.
    pub(super) fn at(&mut self, place: &Range<usize>, fr: impl Into<String>, en: impl Into<String>) {
        let line = self.line(place);
        self.list.push((place.start, Mistake { line, text: Text::new(fr, en) }));
    }

    /// The line of a place, counted from 1.
    pub(super) fn line(&self, place: &Range<usize>) -> usize {
        self.starts.partition_point(|start| *start <= place.start)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In the order of the text.
    pub(super) fn into_list(mut self) -> Vec<Mistake> {
        self.list.sort_by_key(|(place, _)| *place);
        self.list.into_iter().map(|(_, mistake)| mistake).collect()
    }
}

/// The word among `known` closest to what was written, if one is close enough to be meant.
pub(super) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let length = written.chars().count();
    let allowed = (length / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|word| {
            let known = word.to_lowercase();
            // The beginning of a word is meant for it: `CC-BY-SA` for `CC-BY-SA-4.0`.
            let begun = length >= 4 && known.starts_with(&written);
            (if begun { 1 } else { strsim::damerau_levenshtein(&written, &known) }, word)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// What somebody wrote, short enough to be quoted in a sentence, without line breaks.
pub(super) fn quote(written: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String = written.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    // `escape_debug` also escapes quotes, which only line breaks and control characters need.
    short = short.replace("\\'", "'").replace("\\\"", "\"");
    if written.chars().count() > LONGEST {
        short.push('…');
    }
    short
}

/// `a, b, c`, each in backticks.
pub(super) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_becomes_a_line() {
        let mut mistakes = Mistakes::new("a\nbb\n\nc");
        for place in [0, 1, 2, 5, 6, 7] {
            mistakes.at(&(place..place), "", "");
        }
        let lines: Vec<_> = mistakes.into_list().iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [1, 1, 2, 3, 4, 4]);
    }

    #[test]
    fn only_close_words_are_meant() {
        let known = ["title", "place", "language", "licence"];
        assert_eq!(did_you_mean("tilte", known), Some("title"));
        assert_eq!(did_you_mean("license", known), Some("licence"));
        assert_eq!(did_you_mean("Language", known), Some("language"));
        assert_eq!(did_you_mean("colour", known), None);
        assert_eq!(did_you_mean("CC-BY-SA", ["CC-BY-4.0", "CC-BY-SA-4.0"]), Some("CC-BY-SA-4.0"));
    }

    #[test]
    fn the_locale_decides_the_language() {
        let locale = |all: &str, messages: &str, lang: &str| locale_language([all, messages, lang].map(String::from));
        assert_eq!(locale("", "", "fr_FR.UTF-8"), "fr");
        assert_eq!(locale("C", "", "fr_FR.UTF-8"), "en");
        assert_eq!(locale("", "fr_CA", "en_GB"), "fr");
        assert_eq!(locale("", "", ""), "en");
    }

    #[test]
    fn a_quote_stays_on_its_line() {
        assert_eq!(quote("l'heure\n\"x\""), "l'heure\\n\"x\"");
        assert_eq!(quote(&"é".repeat(50)), format!("{}…", "é".repeat(40)));
    }
}
