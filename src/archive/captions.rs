//! WebVTT (W3C): read strictly enough to know what it is, written anew so that nothing else passes.

use crate::protocol::Problem;

/// Longest file of captions that is taken, bytes.
pub const LONGEST: usize = 2 << 20;
/// Cues in one file.
const MOST: usize = 20_000;

/// Something said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Milliseconds.
    pub from: u64,
    /// Milliseconds.
    pub until: u64,
    /// Lines of text; marks such as `<i>` or `<v Name>` are kept as text says them.
    pub text: String,
}

/// Reads a file of captions.
///
/// # Errors
/// `bad_captions`, with the line.
pub fn parse(bytes: &[u8]) -> Result<Vec<Cue>, Problem> {
    if bytes.len() > LONGEST {
        return Err(bad(0, "il est trop grand (2 Mo au plus)", "it is too large (2 MB at most)"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| bad(0, "il n'est pas en UTF-8 ; enregistrez-le ainsi", "it is not in UTF-8; save it so"))?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
    let mut lines = text.split('\n').enumerate().peekable();
    let first = lines.next().map_or("", |(_, line)| line);
    if first != "WEBVTT" && !first.starts_with("WEBVTT ") && !first.starts_with("WEBVTT\t") {
        return Err(bad(1, "la première ligne doit être WEBVTT", "the first line must be WEBVTT"));
    }
    let mut cues: Vec<Cue> = Vec::new();
    // The header ends with an empty line.
    while lines.next_if(|(_, line)| !line.is_empty()).is_some() {}
    while let Some((number, line)) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let skipped =
            ["NOTE", "STYLE", "REGION"].iter().any(|word| line == *word || line.starts_with(&format!("{word} ")));
        if skipped {
            while lines.next_if(|(_, line)| !line.is_empty()).is_some() {}
            continue;
        }
        // A cue may have a name in front of its times.
        let (number, times) = match line.contains("-->") {
            true => (number, line),
            false => lines.next().unwrap_or((number, "")),
        };
        let (from, until) = times_of(times).ok_or_else(|| {
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
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
            text.push(line);
        }
        let text = text.join("\n").replace("-->", "→");
        if !text.trim().is_empty() {
            cues.push(Cue { from, until, text });
        }
        if cues.len() > MOST {
            return Err(bad(number + 1, "il y a trop de sous-titres", "there are too many cues"));
        }
    }
    cues.sort_by_key(|cue| cue.from);
    Ok(cues)
}

/// The captions as they are written.
pub fn write(cues: &[Cue]) -> String {
    let cues = cues.iter().map(|cue| format!("\n{} --> {}\n{}\n", time(cue.from), time(cue.until), cue.text));
    format!("WEBVTT\n{}", cues.collect::<String>())
}

/// What is said, as running text.
pub fn transcript(cues: &[Cue]) -> String {
    let mut text = String::new();
    let mut last = 0;
    for cue in cues {
        if !text.is_empty() {
            // A pause of two seconds begins a paragraph.
            text.push_str(if cue.from > last + 2000 { "\n\n" } else { " " });
        }
        text.push_str(plain(&cue.text).trim());
        last = cue.until;
    }
    text
}

/// A cue's text without its marks; `<v Name>` becomes `Name: `.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        plain.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('>') else {
            rest = &rest[open..];
            break;
        };
        let mark = &rest[open + 1..open + close];
        if let Some(name) = mark.strip_prefix("v ") {
            plain.push_str(&format!("{} : ", name.trim()));
        }
        rest = &rest[open + close + 1..];
    }
    plain.push_str(rest);
    plain.replace('\n', " ").replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&")
}

/// Moves captions with their clip: what is said before `by` is gone, the rest comes earlier.
pub fn shift(cues: &[Cue], by: i64, length: u64) -> Vec<Cue> {
    let moved = cues.iter().filter_map(|cue| {
        let from = (cue.from as i64 - by).max(0) as u64;
        let until = (cue.until as i64 - by).clamp(0, length as i64) as u64;
        (from < until).then(|| Cue { from, until, text: cue.text.clone() })
    });
    moved.collect()
}

fn times_of(line: &str) -> Option<(u64, u64)> {
    let (from, rest) = line.split_once("-->")?;
    Some((milliseconds(from.trim())?, milliseconds(rest.split_whitespace().next()?)?))
}

fn milliseconds(time: &str) -> Option<u64> {
    let (clock, fraction) = time.split_once('.')?;
    if fraction.len() != 3 {
        return None;
    }
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let parts: Option<Vec<u64>> = clock.split(':').map(number).collect();
    let (hours, minutes, seconds) = match parts?[..] {
        [minutes, seconds] => (0, minutes, seconds),
        [hours, minutes, seconds] if hours < 1000 => (hours, minutes, seconds),
        _ => return None,
    };
    (minutes < 60 && seconds < 60).then_some(())?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + number(fraction)?)
}

fn time(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, milliseconds % 1000)
}

fn bad(line: usize, fr: &str, en: &str) -> Problem {
    let (at_fr, at_en) = match line {
        0 => (String::new(), String::new()),
        line => (format!(" (ligne {line})"), format!(" (line {line})")),
    };
    Problem::operator(
        "bad_captions",
        format!("Ce fichier n'est pas un WebVTT : {fr}{at_fr}."),
        format!("This file is no WebVTT: {en}{at_en}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_read_written_and_read_again() {
        let text = "\u{feff}WEBVTT - titre\r\n\r\nNOTE rien\r\n\r\n1\r\n00:01.000 --> 00:03.500 align:start\r\n<v Awa>Bonjour</v>\r\nà tous\r\n\r\n01:00:00.000 --> 01:00:01.000\r\n<script>alert(1)</script> &amp; co\r\n";
        let cues = parse(text.as_bytes()).unwrap();
        assert_eq!(cues.len(), 2);
        assert_eq!((cues[0].from, cues[0].until), (1000, 3500));
        assert_eq!(parse(write(&cues).as_bytes()).unwrap(), cues);
        assert_eq!(transcript(&cues), "Awa : Bonjour à tous\n\nalert(1) & co");
        let moved = shift(&cues, 2000, 10_000);
        assert_eq!((moved.len(), moved[0].from, moved[0].until), (1, 0, 1500));
    }

    #[test]
    fn what_is_no_webvtt_is_refused_with_its_line() {
        for (text, line) in [
            ("", "line 1"),
            ("1\n00:00:01,000 --> 00:00:02,000\nSubRip", "line 1"),
            ("WEBVTT\n\n00:01 --> 00:02\nx", "line 3"),
            ("WEBVTT\n\n00:02.000 --> 00:01.000\nx", "line 3"),
            ("WEBVTT\n\nname\n\n", "line 4"),
            ("WEBVTTX\n", "line 1"),
        ] {
            let problem = parse(text.as_bytes()).unwrap_err();
            assert!(problem.text.en.contains(line), "{text}: {problem}");
        }
        assert!(parse(&[0xff, 0xfe, 0]).unwrap_err().text.en.contains("UTF-8"));
    }
}
