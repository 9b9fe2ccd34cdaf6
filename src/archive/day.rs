//! Moments as people and programs write them.

use gstreamer::glib;
use time::{
    OffsetDateTime,
    format_description::well_known::{Rfc2822, Rfc3339},
};

/// RFC 3339 with the clock of this place, to the second: `2026-11-24T15:30:00+01:00`.
pub fn local(unix_ms: u64) -> String {
    let seconds = (unix_ms / 1000) as i64;
    let here = glib::DateTime::from_unix_local(seconds).and_then(|here| here.format("%Y-%m-%dT%H:%M:%S%:z"));
    here.map_or_else(|_| utc(unix_ms), Into::into)
}

/// RFC 3339 in UTC, to the second.
pub fn utc(unix_ms: u64) -> String {
    written(unix_ms, |moment| moment.format(&Rfc3339))
}

/// RFC 3339 by the clock that the moment carries; in London, too, with its distance from UTC.
pub fn by_its_clock(moment: OffsetDateTime) -> String {
    let text = moment.format(&Rfc3339).unwrap_or_default();
    text.strip_suffix('Z').map(|text| format!("{text}+00:00")).unwrap_or(text)
}

/// RFC 2822, for RSS.
pub fn rfc_2822(unix_ms: u64) -> String {
    written(unix_ms, |moment| moment.format(&Rfc2822))
}

fn written<E>(unix_ms: u64, format: impl Fn(OffsetDateTime) -> Result<String, E>) -> String {
    let moment = OffsetDateTime::from_unix_timestamp((unix_ms / 1000) as i64);
    moment.ok().and_then(|moment| format(moment).ok()).unwrap_or_default()
}
