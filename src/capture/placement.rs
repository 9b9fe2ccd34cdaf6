//! Where on the studio's clock a source's own timestamps lie.
//!
//! A demuxer counts from zero, a phone's clock runs at its own pace, a network delays. One offset is
//! kept for a source's picture and sound together, so that lips stay in sync: such that nine of ten
//! buffers have arrived by the time they are placed at. It follows drift slowly and jumps only where
//! following would take minutes.

use std::collections::VecDeque;

/// Observations that are remembered, about two seconds of pictures.
const MEMORY: usize = 64;
/// Until this many have been seen, the offset jumps to what is best.
const YOUNG: usize = 25;
/// Until this many have been seen, a burst at the start may still be in the memory: an error that
/// could be seen ([`VISIBLE`]) is mended at once. Smaller jumps would repeat and skip pictures.
const SETTLED: usize = 150;
/// Half a frame, nanoseconds.
const VISIBLE: i64 = 20_000_000;
/// A larger error is not worth following, nanoseconds.
const JUMP: i64 = 120_000_000;
/// Once settled, a source placed up to this much later than it arrives is left there, nanoseconds:
/// it costs this much delay, where moving it might leave out a picture that everybody sees.
const SPARE: i64 = 10_000_000;
/// An offset is moved by this much with each observation: half a percent at 25 pictures a second,
/// as much as the sound's stretching takes up.
const STEP: i64 = 200_000;

/// Sound may still be arriving when its first sample is due: the mixer takes a sample 25 ms after its time
/// at the earliest. This much of it is used, nanoseconds; the rest is for buffers that are late.
const HEAD_START: i64 = 10_000_000;

/// Picture or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// Stamped at its beginning.
    Picture = 0,
    /// Cannot arrive before its end, and is asked for from its beginning on: a source that sends 64 ms at a
    /// time has to be placed later than one that sends 10 ms.
    Sound = 1,
}

/// Maps one source's timestamps to running time.
#[derive(Debug, Default)]
pub struct Placement {
    offset: Option<i64>,
    late: [VecDeque<i64>; 2],
    seen: usize,
}

impl Placement {
    /// The running time for a buffer stamped `pts` and lasting `duration`, that arrived at `arrival`;
    /// nanoseconds. May be negative for what was captured before the studio started.
    pub fn place(&mut self, medium: Medium, pts: i64, duration: i64, arrival: i64) -> i64 {
        let ready = if medium == Medium::Sound { pts + duration.min(HEAD_START) } else { pts };
        let memory = &mut self.late[medium as usize];
        memory.push_back(arrival - ready);
        if memory.len() > MEMORY {
            memory.pop_front();
        }
        self.seen += 1;
        let best = self.best();
        let offset = self.offset.get_or_insert(best);
        let error = best - *offset;
        let worth_a_jump = match self.seen {
            seen if seen < YOUNG => 2_000_000,
            seen if seen < SETTLED => VISIBLE,
            _ => JUMP,
        };
        if error.abs() > worth_a_jump {
            *offset = best;
        } else if medium == Medium::Picture || self.late[Medium::Picture as usize].is_empty() {
            let spare = if self.seen < SETTLED { 0 } else { SPARE };
            *offset += (error + spare).clamp(-STEP, 0) + error.clamp(0, STEP);
        }
        pts + *offset
    }

    /// The least offset with which nine of ten buffers of each medium are in time.
    fn best(&self) -> i64 {
        let of = |memory: &VecDeque<i64>| {
            let mut sorted: Vec<_> = memory.iter().copied().collect();
            sorted.sort_unstable();
            sorted.get(sorted.len().saturating_sub(1) * 9 / 10).copied()
        };
        self.late.iter().filter_map(of).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    #[test]
    fn picture_and_sound_keep_their_distance() {
        let mut placement = Placement::default();
        for n in 0..200 {
            let arrival = 5_000 * MS + n * 40 * MS + (n * 7 % 5) * MS;
            let picture = placement.place(Medium::Picture, n * 40 * MS, 40 * MS, arrival);
            let sound = placement.place(Medium::Sound, n * 40 * MS, 40 * MS, arrival);
            if n > 30 {
                assert!((picture - sound).abs() <= MS, "at {n}");
                assert!((arrival - picture).abs() <= 6 * MS, "at {n}: {}", arrival - picture);
            }
        }
    }

    #[test]
    fn drift_is_followed_without_a_jump() {
        let mut placement = Placement::default();
        let mut before: Option<i64> = None;
        for n in 0..20_000i64 {
            // The camera's clock is 300 ppm slow: its pictures come ever later by its own stamps.
            let arrival = n * 40 * MS + n * 40 * 300;
            let placed = placement.place(Medium::Picture, n * 40 * MS, 40 * MS, arrival);
            assert!(arrival - placed < 3 * MS, "left behind at {n}");
            if let Some(before) = before.filter(|_| n > 30) {
                assert!((placed - before - 40 * MS).abs() <= STEP, "jump at {n}");
            }
            before = Some(placed);
        }
    }

    #[test]
    fn a_busy_spell_leaves_no_mark_on_the_pictures() {
        let mut placement = Placement::default();
        let mut before: Option<i64> = None;
        for n in 0..1000i64 {
            // For ten seconds everything comes later by 9 ms than before and after them.
            let arrival = n * 40 * MS + if (300..550).contains(&n) { 9 * MS } else { 0 };
            let placed = placement.place(Medium::Picture, n * 40 * MS, 40 * MS, arrival);
            let step = before.map_or(40 * MS, |before| placed - before);
            assert!(step == 40 * MS || (300..550).contains(&n), "moved at {n}");
            before = Some(placed);
        }
    }

    #[test]
    fn a_burst_at_the_start_is_forgotten() {
        let mut placement = Placement::default();
        for n in 0..300i64 {
            // The first second arrives at once, after a second of connecting.
            let arrival = (n * 40 * MS).max(1_000 * MS);
            let placed = placement.place(Medium::Picture, n * 40 * MS, 40 * MS, arrival);
            if n > 220 {
                let late = arrival - placed;
                assert!((-SPARE..=2 * MS).contains(&late), "at {n}: {}", late / MS);
            }
        }
    }
}
