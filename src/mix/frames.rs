//! A frame synchroniser: a source's pictures, one for each tick of the studio.
//!
//! Both clocks run at nearly the same rate with an arbitrary phase. The next picture in line is shown
//! as long as its time lies within [`TOLERANCE`] of the tick's; this band is wider than a frame, so
//! small changes of phase never make a picture be repeated and the next one skipped. Outside it, the
//! queue skips to the nearest picture or repeats the last.

use std::collections::VecDeque;

use crate::media::{Ns, Picture};

/// Half the width of the band, in frames of the studio: more than 1/2 (hysteresis), little enough
/// that lips stay in sync.
const TOLERANCE: f64 = 0.625;

/// More pictures than this waiting means that nobody ticks, or that a source sends far too many.
const LONGEST: usize = 30;

/// Pictures in order of their time.
#[derive(Debug, Default)]
pub struct FrameQueue {
    waiting: VecDeque<Picture>,
    shown: Option<Picture>,
}

impl FrameQueue {
    /// Adds a picture. One older than the last in line (a source that started again) replaces all.
    pub fn push(&mut self, picture: Picture) {
        if self.waiting.back().is_some_and(|last| last.captured >= picture.captured) {
            self.waiting.clear();
        }
        self.waiting.push_back(picture);
        if self.waiting.len() > LONGEST {
            self.waiting.pop_front();
        }
    }

    /// The picture for the tick at `time`, with `frame` nanoseconds between ticks.
    pub fn pick(&mut self, time: Ns, frame: Ns) -> Option<&Picture> {
        let tolerance = (frame as f64 * TOLERANCE) as i64;
        let error = |picture: &Picture| picture.captured as i64 - time as i64;
        // Too old even for the band: skip to the nearest, unless nothing newer is there.
        while self.waiting.len() > 1
            && error(&self.waiting[0]) < -tolerance
            && error(&self.waiting[1]).abs() <= error(&self.waiting[0]).abs()
        {
            self.waiting.pop_front();
        }
        if self.waiting.front().is_some_and(|next| error(next) <= tolerance) {
            self.shown = self.waiting.pop_front();
        }
        self.shown.as_ref()
    }

    /// The newest picture that has arrived.
    pub fn newest(&self) -> Option<&Picture> {
        self.waiting.back().or(self.shown.as_ref())
    }

    /// Forgets everything, so that a source that returns never shows its past.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.shown = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{self, PicturePool};

    const FRAME: Ns = 40_000_000;

    fn run(times: impl Iterator<Item = (Ns, Ns)>, ticks: u64, lag: Ns) -> Vec<Ns> {
        media::init().unwrap();
        let pool = PicturePool::new(16, 16).unwrap();
        let mut queue = FrameQueue::default();
        let mut arrivals = times.peekable();
        let mut seen = Vec::new();
        for n in 0..ticks {
            let now = n * FRAME + lag;
            while let Some((captured, _)) = arrivals.next_if(|(_, arrival)| *arrival <= now) {
                queue.push(pool.draw(captured, |_| ()).unwrap());
            }
            seen.extend(queue.pick(n * FRAME, FRAME).map(|picture| picture.captured));
        }
        seen
    }

    #[test]
    fn at_any_phase_every_picture_is_shown_once() {
        for phase in (0..40).map(|ms| ms * 1_000_000) {
            // Up to 8 ms of jitter in arrival, a clock 50 ppm fast.
            let times = (0..200u64).map(|n| {
                let captured = phase + n * (FRAME - 2_000);
                (captured, captured + (n * 7 % 9) * 1_000_000)
            });
            let seen = run(times, 150, 45_000_000);
            assert!(seen.len() >= 148, "phase {phase}: {} shown", seen.len());
            let repeats = seen.windows(2).filter(|pair| pair[0] == pair[1]).count();
            let skips = seen.windows(2).filter(|pair| pair[1] > pair[0] + FRAME).count();
            assert_eq!((repeats, skips), (0, 0), "phase {phase}");
        }
    }

    #[test]
    fn another_rate_stays_within_the_band() {
        for per_second in [10u64, 15, 24, 30, 50, 60] {
            let times = (0..per_second * 8).map(|n| (n * 1_000_000_000 / per_second, n * 1_000_000_000 / per_second));
            let media_frame = 1_000_000_000 / per_second;
            for (n, captured) in run(times, 150, 45_000_000).into_iter().enumerate().skip(5) {
                let off = (captured as i64 - (n as u64 * FRAME) as i64).unsigned_abs();
                assert!(off <= media_frame.max(FRAME), "{per_second} fps, tick {n}: {off} ns off");
            }
        }
    }
}
