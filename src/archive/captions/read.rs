//! Files of captions as people bring them.

use super::{Cue, LONGEST, Track, lines_of, said};
use crate::protocol::Problem;

/// Cues in one file.
const MOST: usize = 20_000;
/// Between a line and its repetition in captions that roll, at most, milliseconds.
const AT_ONCE: u64 = 100;

/// Reads a file of captions, WebVTT or SubRip, in UTF-8, UTF-16 or (for languages that are written in
/// it) Windows-1252. What rolls, as YouTube's automatic captions do, says each line once.
///
/// # Errors
/// `bad_captions`, with the line.
pub fn read(bytes: &[u8], language: &str) -> Result<Track, Problem> {
    if bytes.len() > LONGEST {
        return Err(bad(0, "il est trop grand (2 Mo au plus)", "it is too large (2 MB at most)"));
    }
    let text = decode(bytes, language)
        .ok_or_else(|| bad(0, "il n'est pas en UTF-8 ; enregistrez-le ainsi", "it is not in UTF-8; save it so"))?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
    let mut track = parse(&text)?;
    if track.cues.is_empty() {
        return Err(bad(0, "rien n'y est dit", "nothing is said in it"));
    }
    say_once(&mut track.cues);
    // A time inside a cue that is not one of its own means nothing.
    track.cues.iter_mut().for_each(|cue| *cue = cue.between(cue.from, cue.until, 0));
    Ok(track)
}

/// Reads what [`Track::write`] has written.
///
/// # Errors
/// `bad_captions`, with the line: somebody else has changed it.
pub fn parse(text: &str) -> Result<Track, Problem> {
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let mut lines = text.split('\n').enumerate().peekable();
    let first = lines.peek().map_or("", |(_, line)| line);
    let subrip = first != "WEBVTT" && !first.starts_with("WEBVTT ") && !first.starts_with("WEBVTT\t");
    if subrip && !is_subrip(&text) {
        return Err(bad(
            1,
            "la première ligne doit être WEBVTT, ou 1 dans un SubRip (.srt)",
            "the first line must be WEBVTT, or 1 in a SubRip (.srt)",
        ));
    }
    if !subrip {
        // The header ends with an empty line.
        while lines.next_if(|(_, line)| !line.is_empty()).is_some() {}
    }
    let ends = |line: &str| line.is_empty() || subrip && line.trim().is_empty();
    let mut track = Track::default();
    while let Some((number, line)) = lines.next() {
        if ends(line) {
            continue;
        }
        let block = ["NOTE", "STYLE", "REGION"].into_iter().find(|word| {
            !subrip && line.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        });
        if let Some(block) = block {
            let mut content = Vec::new();
            while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
                content.push(line);
            }
            if block == "REGION" && !content.is_empty() && !content.iter().any(|line| line.contains("-->")) {
                track.regions.push(content.join("\n"));
            }
            continue;
        }
        // A cue may have a name in front of its times; SubRip's is its number.
        let ((number, times), id) = match line.contains("-->") {
            true => ((number, line), ""),
            false => (lines.next().unwrap_or((number, "")), line),
        };
        let (from, until, rest) = times_of(times).ok_or_else(|| {
            bad(
                number + 1,
                "il faut des temps comme 00:01.000 --> 00:04.000",
                "there should be times such as 00:01.000 --> 00:04.000",
            )
        })?;
        if until <= from {
            return Err(bad(number + 1, "la fin vient avant le début", "the end comes before the start"));
        }
        let mut text = Vec::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !ends(line)) {
            text.push(line);
        }
        let text = text.join("\n");
        if !said::plain(&text).is_empty() {
            let (id, settings, text) = match subrip {
                true => (String::new(), above(&text), marked(&text)),
                false => (id.to_owned(), settings(rest), text),
            };
            track.cues.push(Cue { from, until, id, settings, text: lines_of(&text) });
        }
        if track.cues.len() > MOST {
            return Err(bad(number + 1, "il y a trop de sous-titres", "there are too many cues"));
        }
    }
    track.cues.sort_by_key(|cue| cue.from);
    Ok(track)
}

/// Begins with a number and times, or times alone.
fn is_subrip(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let times = match !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit()) {
        true => lines.next().unwrap_or_default(),
        false => first,
    };
    times_of(times).is_some()
}

/// The settings that WebVTT knows.
fn settings(rest: &str) -> String {
    const KNOWN: [&str; 6] = ["vertical", "line", "position", "size", "align", "region"];
    let known = |setting: &&str| {
        let (name, value) = setting.split_once(':').unwrap_or_default();
        KNOWN.contains(&name) && !value.is_empty() && !value.contains("-->")
    };
    rest.split_whitespace().filter(known).collect::<Vec<_>>().join(" ")
}

/// SubRip's `{\an8}`: at the top of the picture.
fn above(text: &str) -> String {
    let top = ["{\\an7}", "{\\an8}", "{\\an9}"].iter().any(|mark| text.contains(mark));
    if top { "line:0".into() } else { String::new() }
}

/// SubRip's text as WebVTT writes it: its few marks stay, what else looks like one is text.
fn marked(text: &str) -> String {
    let text = said::without_overrides(text).replace('&', "&amp;");
    let pieces = said::pieces(&text).map(|piece| match piece {
        said::Piece::Text(text) => text.replace('<', "&lt;"),
        said::Piece::Mark(mark) => match mark.to_ascii_lowercase().as_str() {
            known @ ("i" | "b" | "u" | "/i" | "/b" | "/u") => format!("<{known}>"),
            font if font == "/font" || font.starts_with("font ") => String::new(),
            _ => format!("&lt;{mark}&gt;"),
        },
    });
    pieces.collect()
}

/// Captions that roll show each line again below the next one, and say where in a line each word is
/// said. Each line stays where it is said first.
fn say_once(cues: &mut Vec<Cue>) {
    let lines =
        |cue: &Cue| -> Vec<String> { cue.text.split('\n').map(said::plain).filter(|line| !line.is_empty()).collect() };
    let shown: Vec<Vec<String>> = cues.iter().map(lines).collect();
    let repeated = |index: usize| -> usize {
        let Some(before) = index.checked_sub(1) else { return 0 };
        if cues[index].from > cues[before].until + AT_ONCE {
            return 0;
        }
        let (old, new) = (&shown[before], &shown[index]);
        (1..=old.len().min(new.len())).rev().find(|n| old[old.len() - n..] == new[..*n]).unwrap_or(0)
    };
    let repeated: Vec<usize> = (0..cues.len()).map(repeated).collect();
    // Somebody who says a word twice does not roll.
    let rolls = repeated.iter().zip(&shown).filter(|(n, lines)| (1..lines.len()).contains(*n)).count();
    let timed = cues.iter().any(|cue| said::pieces(&cue.text).any(is_time));
    if rolls * 4 < cues.len() || rolls < if timed { 1 } else { 3 } {
        return;
    }
    let mut repeated = repeated.into_iter();
    cues.retain_mut(|cue| {
        let again = repeated.next().unwrap_or(0);
        let new: Vec<_> = cue.text.split('\n').filter(|line| !said::plain(line).is_empty()).skip(again).collect();
        cue.text = new.join("\n");
        !cue.text.is_empty()
    });
}

fn is_time(piece: said::Piece<'_>) -> bool {
    matches!(piece, said::Piece::Mark(mark) if milliseconds(mark).is_some())
}

fn times_of(line: &str) -> Option<(u64, u64, &str)> {
    let (from, rest) = line.split_once("-->")?;
    let rest = rest.trim();
    let (until, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some((milliseconds(from.trim())?, milliseconds(until)?, rest))
}

/// `00:01.000` or `00:00:01.000`, SubRip's comma for the point.
pub fn milliseconds(time: &str) -> Option<u64> {
    let (clock, fraction) = time.split_once(['.', ','])?;
    if fraction.len() != 3 {
        return None;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| digits(text).then(|| text.parse::<u64>().ok()).flatten();
    let parts: Option<Vec<u64>> = clock.split(':').map(number).collect();
    let (hours, minutes, seconds) = match parts?[..] {
        [minutes, seconds] => (0, minutes, seconds),
        [hours, minutes, seconds] if hours < 1000 => (hours, minutes, seconds),
        _ => return None,
    };
    (minutes < 60 && seconds < 60).then_some(())?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + number(fraction)?)
}

/// The text, whatever wrote it; `None`: it cannot be told.
fn decode(bytes: &[u8], language: &str) -> Option<String> {
    // A text that is mostly ASCII has a zero in every other byte of UTF-16.
    let zeros = |from: usize| bytes.iter().take(200).skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        [0xff, 0xfe, rest @ ..] => Some(wide(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Some(wide(rest, u16::from_be_bytes)),
        _ if bytes.len() > 7 && zeros(1) > bytes.len().min(200) / 4 => Some(wide(bytes, u16::from_le_bytes)),
        _ if bytes.len() > 7 && zeros(0) > bytes.len().min(200) / 4 => Some(wide(bytes, u16::from_be_bytes)),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_owned()),
            Err(_) => western(language).then(|| windows_1252(bytes)),
        },
    }
}

/// Languages whose old files are in Windows-1252; an Arabic or a Polish one would be read as noise.
fn western(language: &str) -> bool {
    const LANGUAGES: [&str; 22] = [
        "fr", "en", "es", "pt", "it", "de", "nl", "ca", "gl", "eu", "oc", "br", "co", "lb", "sv", "da", "nb", "no",
        "nn", "fi", "is", "ga",
    ];
    LANGUAGES.contains(&language.split('-').next().unwrap_or_default())
}

/// Windows-1252, which old programs write and call “ANSI”.
pub fn windows_1252(bytes: &[u8]) -> String {
    // 0x80 to 0x9f; the rest is as in Unicode.
    const MIDDLE: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let read = |byte: &u8| match byte {
        0x80..=0x9f => MIDDLE[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    };
    bytes.iter().map(read).collect()
}

/// All that a file says is said after the film's end.
pub fn beyond() -> Problem {
    bad(
        0,
        "tout y est dit après la fin du film ; est-ce le fichier d'une autre version ?",
        "all of it is said after the film's end; is it the file of another version?",
    )
}

fn bad(line: usize, fr: &str, en: &str) -> Problem {
    let (at_fr, at_en) = match line {
        0 => (String::new(), String::new()),
        line => (format!(" (ligne {line})"), format!(" (line {line})")),
    };
    Problem::operator(
        "bad_captions",
        format!("Ce fichier de sous-titres ne convient pas : {fr}{at_fr}."),
        format!("This file of captions will not do: {en}{at_en}."),
    )
}
