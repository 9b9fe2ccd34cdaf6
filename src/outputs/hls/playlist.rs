//! The text of the playlist (RFC 8216bis).

use std::fmt::Write;

use time::{OffsetDateTime, macros::format_description};

use super::timeline::{Segment, Timeline, segment_name};
use crate::media::Ns;

/// Parts that a player stays behind the newest: five ride out a hiccup of one second on Wi-Fi.
const HOLD_BACK: Ns = 5;
/// Seconds between two restarts that have sequences of their own, and how many sequences there are: two
/// days of restarts.
const RESTARTS_APART: u64 = 8;
const SEQUENCES: u64 = 20_000;
/// Target durations from the end that a delta update tells in full.
const TOLD: u64 = 6;
/// Target durations from the end that are told part by part.
const IN_PARTS: u64 = 3;

/// The playlist, or with `delta` what has changed in it. `ended`: nothing will be added.
pub fn text(timeline: &Timeline, delta: bool, ended: bool) -> String {
    let shape = timeline.shape;
    let target = u64::from(shape.target);
    let mut out = String::with_capacity(4096 + timeline.segments.len() * if delta { 0 } else { 40 });
    let mut line = |text: std::fmt::Arguments<'_>| {
        // A String takes everything.
        let _ = out.write_fmt(text);
        out.push('\n');
    };
    line(format_args!("#EXTM3U"));
    line(format_args!("#EXT-X-VERSION:9"));
    line(format_args!("#EXT-X-TARGETDURATION:{target}"));
    line(format_args!(
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={},CAN-SKIP-UNTIL={}",
        seconds(shape.part * HOLD_BACK),
        target * TOLD
    ));
    line(format_args!("#EXT-X-PART-INF:PART-TARGET={}", seconds(shape.part)));
    let first = timeline.segments.front().map_or(timeline.next_part().0, |segment| segment.number);
    line(format_args!("#EXT-X-MEDIA-SEQUENCE:{}", shape.session + first));
    // Another one after a restart of the studio, whose clock starts anew; and small, because hls.js keeps a
    // list that is as long as this number is great.
    line(format_args!(
        "#EXT-X-DISCONTINUITY-SEQUENCE:{}",
        shape.session / RESTARTS_APART % SEQUENCES + timeline.discontinuities
    ));

    let skipped = if delta { older_than(timeline, target * TOLD) } else { 0 };
    if skipped > 0 {
        line(format_args!("#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}"));
    }
    let in_parts = older_than(timeline, target * IN_PARTS);
    let mut run = None;
    for (index, segment) in timeline.segments.iter().enumerate().skip(skipped) {
        if segment.discontinuity && index > 0 {
            line(format_args!("#EXT-X-DISCONTINUITY"));
        }
        if run != Some(segment.run) {
            run = Some(segment.run);
            line(format_args!("#EXT-X-MAP:URI=\"{}/init-{}.mp4\"", shape.session, segment.run));
            line(format_args!("#EXT-X-PROGRAM-DATE-TIME:{}", date(segment)));
        }
        if index >= in_parts && !(segment.gap && segment.whole) {
            for (number, part) in segment.parts.iter().enumerate() {
                let independent = if part.independent { ",INDEPENDENT=YES" } else { "" };
                // RFC 8216bis 4.4.4.9: there is none of this name.
                let gap = if segment.gap { ",GAP=YES" } else { "" };
                line(format_args!(
                    "#EXT-X-PART:DURATION={},URI=\"{}/{}.{number}.m4s\"{independent}{gap}",
                    seconds(part.length),
                    shape.session,
                    segment.number
                ));
            }
        }
        if segment.gap {
            // RFC 8216bis 4.4.4.7: players do not ask for it.
            line(format_args!("#EXT-X-GAP"));
        }
        if segment.whole {
            line(format_args!("#EXTINF:{},", seconds(segment.length)));
            line(format_args!("{}", segment_name(shape.session, segment.number)));
        }
    }
    if ended {
        line(format_args!("#EXT-X-ENDLIST"));
    } else {
        let (number, part) = timeline.next_part();
        line(format_args!("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{}/{number}.{part}.m4s\"", shape.session));
    }
    out
}

/// How many whole segments begin more than `seconds` before the end.
fn older_than(timeline: &Timeline, seconds: u64) -> usize {
    let mut left: Ns = 0;
    let newer = timeline.segments.iter().rev().take_while(|segment| {
        let near = left < seconds * 1_000_000_000;
        left += segment.length;
        near
    });
    timeline.segments.len() - newer.count()
}

fn seconds(length: Ns) -> String {
    format!("{}.{:05}", length / 1_000_000_000, length % 1_000_000_000 / 10_000)
}

fn date(segment: &Segment) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    // Fails only where the format asks for what a date does not have.
    OffsetDateTime::from(segment.date).format(format).unwrap_or_default()
}
