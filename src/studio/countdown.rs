//! A countdown's end, from what people write. Pure.

use indexmap::IndexMap;

use crate::protocol::Problem;

/// The template whose `time` counts down.
pub const TEMPLATE: &str = "countdown";
/// What says when it ends; the first that is there counts: seconds from now, a time of the day, or
/// either, as a person writes it.
pub const FIELDS: [&str; 3] = ["seconds", "end", "time"];
/// Milliseconds that zero stays before it goes by itself.
pub const LINGERS_MS: u64 = 3000;

/// The longest countdown, seconds.
const LONGEST: u64 = 24 * 3600;

/// Unix milliseconds of the end. `utc_offset_seconds` is the machine's, for times of the day; one
/// that is over today is tomorrow's.
///
/// # Errors
/// There is no end in it, or it is more than a day away.
pub fn end(fields: &IndexMap<String, String>, now: u64, utc_offset_seconds: i32) -> Result<u64, Problem> {
    let given = |name: &str| fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let found = if let Some(text) = given("seconds") {
        text.parse().ok().map(End::After)
    } else if let Some(text) = given("end") {
        clock_time(text).map(End::At)
    } else {
        given("time").and_then(written)
    };
    match found {
        Some(End::After(seconds @ 1..=LONGEST)) => Ok(now + seconds * 1000),
        Some(End::At(time)) => Ok(next(time, now, utc_offset_seconds)),
        _ => Err(Problem::operator(
            "bad_countdown",
            "Dites jusqu'à quand compter : « 5:00 » ou « 5 min » pour une durée, « 16h30 » pour une heure ; un jour au plus.",
            "Say until when to count: “5:00” or “5 min” for a duration, “16h30” for a time of the day; a day at most.",
        )),
    }
}

/// `mm:ss` or `hh:mm:ss`
pub fn left(end: u64, now: u64) -> String {
    // The last second is shown as 1: zero is zero.
    let seconds = end.saturating_sub(now).div_ceil(1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[derive(Debug, PartialEq)]
enum End {
    /// Seconds from now.
    After(u64),
    /// Seconds after midnight.
    At(u64),
}

/// `5:00`, `1:30:00`, `5 min`, `90 s`; `16h30`, `16 h`, `9h05`.
fn written(text: &str) -> Option<End> {
    let text: String = text.to_lowercase().split_whitespace().collect();
    if let Some(minutes) = text.strip_suffix("min").or(text.strip_suffix("mn")) {
        return Some(End::After(minutes.parse::<u64>().ok()?.checked_mul(60)?));
    }
    if let Some(seconds) = text.strip_suffix("sec").or(text.strip_suffix('s')) {
        return Some(End::After(seconds.parse().ok()?));
    }
    if let Some((hours, minutes)) = text.split_once('h') {
        let minutes = if minutes.is_empty() { "0" } else { minutes };
        return clock_time(&format!("{hours}:{minutes}")).map(End::At);
    }
    let parts: Vec<u64> = text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts[..] {
        [minutes, seconds @ 0..60] => Some(End::After(minutes.checked_mul(60)?.checked_add(seconds)?)),
        [hours @ 0..=24, minutes @ 0..60, seconds @ 0..60] => Some(End::After(hours * 3600 + minutes * 60 + seconds)),
        _ => None,
    }
}

/// Seconds after midnight of `16:30` or `16:30:15`.
fn clock_time(text: &str) -> Option<u64> {
    let parts: Vec<u64> = text.split(':').map(|part| part.trim().parse()).collect::<Result<_, _>>().ok()?;
    match parts[..] {
        [hours @ 0..24, minutes @ 0..60] => Some(hours * 3600 + minutes * 60),
        [hours @ 0..24, minutes @ 0..60, seconds @ 0..60] => Some(hours * 3600 + minutes * 60 + seconds),
        _ => None,
    }
}

/// The next moment at which it is `time` (seconds after midnight) where the machine stands.
fn next(time: u64, now: u64, utc_offset_seconds: i32) -> u64 {
    const DAY: i64 = 24 * 3600;
    let local = (now / 1000) as i64 + i64::from(utc_offset_seconds);
    let wait = (time as i64 - local).rem_euclid(DAY);
    // Whole seconds: an end is on one.
    (now / 1000 + if wait == 0 { DAY as u64 } else { wait as u64 }) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-06-20 14:00:00.250 UTC, 16:00 where the machine stands.
    const NOW: u64 = 1_781_964_000_250;
    const OFFSET: i32 = 7200;

    fn ends(pairs: &[(&str, &str)]) -> Option<u64> {
        let fields = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        end(&fields, NOW, OFFSET).ok().map(|end| end.saturating_sub(NOW).div_ceil(1000))
    }

    #[test]
    fn people_write_durations_and_times_of_the_day() {
        for (text, seconds) in [
            ("5:00", 300),
            ("1:30:00", 5400),
            ("5 min", 300),
            ("90 s", 90),
            ("16h30", 1800),
            ("16 h 30", 1800),
            ("17H", 3600),
            ("9h05", 17 * 3600 + 300),
        ] {
            assert_eq!(ends(&[("time", text)]), Some(seconds), "{text}");
        }
        assert_eq!(ends(&[("seconds", "45"), ("time", "5:00")]), Some(45));
        assert_eq!(ends(&[("end", "16:00:10")]), Some(10));
        for text in ["", "soon", "5:60", "25h00", "-3", "0:00", "99999 min", "9999999999999999999:00", "1:2:3:4"] {
            assert_eq!(ends(&[("time", text)]), None, "{text}");
        }
        assert_eq!(ends(&[("seconds", "0")]), None);
        assert_eq!(ends(&[]), None);
    }

    #[test]
    fn what_is_left_is_rounded_up_so_that_zero_is_the_end() {
        assert_eq!(left(NOW + 300_000, NOW), "05:00");
        assert_eq!(left(NOW + 1, NOW), "00:01");
        assert_eq!(left(NOW, NOW + 5), "00:00");
        assert_eq!(left(NOW + 3_661_000, NOW), "1:01:01");
    }
}
