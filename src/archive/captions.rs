//! Captions: WebVTT (W3C) out; WebVTT or SubRip in, as people bring it.
//!
//! A file is read strictly enough to know what it is, and written anew so that nothing else passes: of
//! a WebVTT file cues, their names, settings and marks, and regions; styles and notes stay in the file
//! as it was given.

mod read;
mod said;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use read::{beyond, parse, read, windows_1252};
pub use said::transcript;

/// Longest file of captions that is taken, bytes.
pub const LONGEST: usize = 2 << 20;
/// Less than this holds no word, milliseconds: a cue that loses no more to a cut stays.
pub const NO_WORD: u64 = 250;

/// Captions in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Track {
    /// Where cues stand that name a region: the lines of each `REGION` block.
    pub regions: Vec<String>,
    /// In the order of their start.
    pub cues: Vec<Cue>,
}

/// Something said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Cue {
    /// Milliseconds.
    pub from: u64,
    /// Milliseconds, after `from`.
    pub until: u64,
    /// Its name in the file; mostly empty.
    pub id: String,
    /// Where and how it stands, as WebVTT writes it after the times.
    pub settings: String,
    /// Lines of text, none of them empty; marks such as `<i>` or `<v Name>` are kept.
    pub text: String,
}

impl Track {
    /// The file.
    pub fn write(&self) -> String {
        let regions = self.regions.iter().map(|region| format!("\nREGION\n{region}\n"));
        let cues = self.cues.iter().map(|cue| {
            let id = if cue.id.is_empty() { String::new() } else { format!("{}\n", cue.id) };
            let times = format!("{} --> {} {}", time(cue.from), time(cue.until), cue.settings);
            format!("\n{id}{}\n{}\n", times.trim_end(), cue.text)
        });
        format!("WEBVTT\n{}{}", regions.collect::<String>(), cues.collect::<String>())
    }

    /// Ends with the film, which is this long (milliseconds): what begins later is left out.
    pub fn end_at(&mut self, length: u64) {
        self.cues.retain_mut(|cue| {
            let stays = cue.from < length;
            if stays && cue.until > length {
                *cue = cue.between(cue.from, length, 0);
            }
            stays
        });
    }

    /// What stays of the captions of `old`, a part of a recording, when its clip becomes the part
    /// `new`, both in milliseconds of the recording: with what `uncut` kept of the rest. Returns the
    /// clip's captions, and everything that is known, in the recording's own time.
    pub fn recut(&self, uncut: &Self, old: &Window, new: &Window) -> (Self, Self) {
        // What nobody touched comes back as it was, also where a cut had shortened it.
        let mut known: HashMap<Cue, &Cue> = HashMap::new();
        let mut all: Vec<Cue> = Vec::new();
        for cue in &uncut.cues {
            match cue.within(old) {
                Some(shown) => drop(known.insert(shown, cue)),
                None => all.push(cue.clone()),
            }
        }
        let placed = self.cues.iter().map(|cue| match known.get(cue) {
            Some(before) => (*before).clone(),
            None => cue.between(cue.from + old.from, cue.until + old.from, old.from as i64),
        });
        all.extend(placed);
        all.sort_by_key(|cue| cue.from);
        let mut regions = self.regions.clone();
        regions.extend(uncut.regions.iter().filter(|region| !self.regions.contains(region)).cloned());
        let cues = all.iter().filter_map(|cue| cue.within(new)).collect();
        (Self { regions: regions.clone(), cues }, Self { regions, cues: all })
    }
}

/// A part of a recording, in its milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Where it begins.
    pub from: u64,
    /// Where it ends.
    pub until: u64,
}

impl Cue {
    /// The cue in a clip of this part of its recording; `None`: some of its words are outside.
    fn within(&self, window: &Window) -> Option<Self> {
        let (from, until) = (self.from.max(window.from), self.until.min(window.until));
        let whole = self.from + NO_WORD >= window.from && self.until <= window.until + NO_WORD;
        (whole && from < until).then(|| {
            let (from, until) = (from - window.from, until - window.from);
            self.between(from, until, -(window.from as i64))
        })
    }

    /// The cue with these times; the times inside its text move `by` milliseconds, and those that are
    /// not between its own are left out.
    fn between(&self, from: u64, until: u64, by: i64) -> Self {
        let inside = |at: u64| at.checked_add_signed(by).filter(|at| (from + 1..until).contains(at));
        let text = said::pieces(&self.text).map(|piece| match piece {
            said::Piece::Text(text) => text.to_owned(),
            said::Piece::Mark(mark) => match read::milliseconds(mark) {
                Some(at) => inside(at).map(|at| format!("<{}>", time(at))).unwrap_or_default(),
                None => format!("<{mark}>"),
            },
        });
        Self { from, until, text: lines_of(&text.collect::<String>()), ..self.clone() }
    }
}

/// A text that ends no cue and begins none: without empty lines and arrows.
fn lines_of(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').filter(|line| !line.is_empty()).collect();
    lines.join("\n").replace("-->", "→")
}

fn time(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, milliseconds % 1000)
}
