//! What cues say, without the marks of the file.

use super::{Cue, Track};

/// A piece of a cue's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text, with its character references.
    Text(&'a str),
    /// What stands between `<` and `>`.
    Mark(&'a str),
}

/// A cue's text in pieces; a `<` without its `>` is text.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let closed = rest.strip_prefix('<').and_then(|mark| mark.split_once('>'));
        let (piece, after) = match closed {
            Some((mark, after)) => (Piece::Mark(mark), after),
            None => {
                let next = rest.char_indices().skip(1).find(|(_, c)| *c == '<');
                let (text, after) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
                (Piece::Text(text), after)
            }
        };
        rest = after;
        Some(piece)
    })
}

/// What is said, as running text.
pub fn transcript(track: &Track) -> String {
    let (mut text, mut last, mut speaker) = (String::new(), 0, String::new());
    for cue in &track.cues {
        let said = said_by(cue, &mut speaker);
        if said.is_empty() {
            continue;
        }
        if !text.is_empty() {
            // A pause of two seconds begins a paragraph.
            text.push_str(if cue.from > last + 2000 { "\n\n" } else { " " });
        }
        text.push_str(&said);
        last = cue.until;
    }
    text
}

/// A cue's text on one line, without its marks.
pub fn plain(text: &str) -> String {
    said_by(&Cue { text: text.into(), ..Cue::default() }, &mut String::new())
}

/// The same; `<v Name>` becomes `Name : ` where the speaker is another one than before.
fn said_by(cue: &Cue, speaker: &mut String) -> String {
    let mut said = String::new();
    let (mut reading, mut voices) = (false, 0);
    for piece in pieces(&cue.text) {
        match piece {
            // How a word is read, beside the word itself.
            Piece::Text(_) if reading => (),
            Piece::Text(text) => said.push_str(&characters(&without_overrides(text))),
            Piece::Mark(mark) => {
                let (tag, rest) = mark.split_once(char::is_whitespace).unwrap_or((mark, ""));
                match tag.split('.').next().unwrap_or_default() {
                    "rt" => reading = true,
                    "/rt" | "/ruby" => reading = false,
                    "v" => {
                        voices += 1;
                        let name = characters(rest.trim());
                        if !name.is_empty() && name != *speaker {
                            said.push_str(&format!(" {name} : "));
                        }
                        *speaker = name;
                    }
                    _ => (),
                }
            }
        }
    }
    if voices == 0 {
        speaker.clear();
    }
    one_line(&said)
}

/// Runs of blanks and line ends become one space; a blank that does not break stays.
fn one_line(text: &str) -> String {
    let blank = |c: char| c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}';
    text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Without what some editors write into a text: `{\an8}`.
pub fn without_overrides(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{\\") {
        let Some((_, after)) = after.split_once('}') else { break };
        kept.push_str(before);
        rest = after;
    }
    kept + rest
}

/// Text with its character references read, each once.
fn characters(text: &str) -> String {
    let mut read = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        read.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let known = rest.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        match known {
            Some((character, after)) => {
                read.push(character);
                rest = after;
            }
            None => read.push('&'),
        }
    }
    read + rest
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "nbsp" => Some('\u{a0}'),
        "lrm" => Some('\u{200e}'),
        "rlm" => Some('\u{200f}'),
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control())
        }
    }
}
