//! A source's sound on the studio's time line.
//!
//! Chunks are appended where they belong. A microphone's clock is never quite the studio's: a small
//! drift is taken up by stretching chunks by at most half a percent, a large one by a jump.

use std::collections::VecDeque;

use crate::media::Ns;

/// Samples a second, of every sound in the studio.
pub const RATE: u64 = 48_000;

/// One sample of both channels, ±1.0 full scale.
pub type Stereo = [f32; 2];

/// The sample that is playing at a running time.
pub fn sample_at(time: Ns) -> i64 {
    (u128::from(time) * u128::from(RATE) / 1_000_000_000) as i64
}

/// Beyond this the time line jumps.
const JUMP: i64 = 15 * RATE as i64 / 1000;
/// Below this, drift is left alone.
const IGNORED: i64 = RATE as i64 / 1000;
/// A chunk of n samples may grow or shrink by n / STRETCH.
const STRETCH: i64 = 200;
/// Longest that is kept.
const LONGEST: usize = 3 * RATE as usize;
/// Samples over which sound comes and goes, against clicks.
const EDGE: usize = 96;

/// Sound waiting to be mixed.
#[derive(Debug, Default)]
pub struct SoundQueue {
    /// Position of `samples[0]`.
    start: i64,
    samples: VecDeque<Stereo>,
    /// What was read last, and whether it was sound: silence after it fades from there.
    last: Stereo,
    sounding: bool,
}

impl SoundQueue {
    /// Adds a chunk whose first sample belongs at `position`.
    pub fn push(&mut self, position: i64, chunk: &[Stereo]) {
        if self.samples.is_empty() {
            self.start = position;
        }
        let drift = position - (self.start + self.samples.len() as i64);
        if drift > JUMP {
            let gap = drift as usize;
            if gap > LONGEST {
                self.samples.clear();
                self.start = position;
            } else {
                self.samples.extend(std::iter::repeat_n([0.0; 2], gap));
            }
            self.samples.extend(chunk);
        } else if drift < -JUMP {
            // The source started again earlier: what it sends now replaces what it had announced.
            let keep = (position - self.start).max(0) as usize;
            self.samples.truncate(keep);
            if self.samples.is_empty() {
                self.start = position;
            }
            self.samples.extend(chunk);
        } else if drift.abs() > IGNORED {
            let most = (chunk.len() as i64 / STRETCH).max(1);
            self.stretch(chunk, chunk.len() as i64 + drift.clamp(-most, most));
        } else {
            self.samples.extend(chunk);
        }
        let over = self.samples.len().saturating_sub(LONGEST);
        self.samples.drain(..over);
        self.start += over as i64;
    }

    /// Appends `chunk` as `length` samples, interpolated.
    fn stretch(&mut self, chunk: &[Stereo], length: i64) {
        let (from, to) = (chunk.len() as f32, length.max(1) as f32);
        for n in 0..length {
            let at = n as f32 * from / to;
            let (index, part) = (at as usize, at.fract());
            let (a, b) = (chunk[index.min(chunk.len() - 1)], chunk[(index + 1).min(chunk.len() - 1)]);
            self.samples.push_back([a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]);
        }
    }

    /// Takes the samples from `position` on into `out`; silence, softly, where there are none.
    pub fn read(&mut self, position: i64, out: &mut [Stereo]) {
        if position > self.start {
            let past = ((position - self.start) as usize).min(self.samples.len());
            self.samples.drain(..past);
            self.start = position;
        }
        let lead = ((self.start - position).max(0) as usize).min(out.len());
        let (silent, rest) = out.split_at_mut(lead);
        self.fade_out(silent);
        let sounding = rest.len().min(self.samples.len());
        let (sound, silent) = rest.split_at_mut(sounding);
        self.take(sound);
        self.fade_out(silent);
    }

    fn take(&mut self, out: &mut [Stereo]) {
        let Some(last) = out.len().checked_sub(1) else { return };
        for (slot, sample) in out.iter_mut().zip(self.samples.drain(..=last)) {
            *slot = sample;
        }
        self.start += out.len() as i64;
        if !self.sounding {
            for (n, sample) in out.iter_mut().take(EDGE).enumerate() {
                *sample = sample.map(|channel| channel * n as f32 / EDGE as f32);
            }
        }
        self.last = out[last];
        self.sounding = true;
    }

    fn fade_out(&mut self, out: &mut [Stereo]) {
        if out.is_empty() {
            return;
        }
        out.fill([0.0; 2]);
        if std::mem::take(&mut self.sounding) {
            for (n, sample) in out.iter_mut().take(EDGE).enumerate() {
                *sample = self.last.map(|channel| channel * (EDGE - n) as f32 / EDGE as f32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(from: i64, length: usize) -> Vec<Stereo> {
        (0..length).map(|n| [((from + n as i64) as f32 * 0.05).sin() * 0.5; 2]).collect()
    }

    #[test]
    fn chunks_come_out_where_they_belong() {
        let mut queue = SoundQueue::default();
        queue.push(1000, &tone(1000, 480));
        queue.push(1480, &tone(1480, 480));
        let mut out = [[0.0; 2]; 960];
        queue.read(1000, &mut out);
        let expected = tone(1000, 960);
        assert_eq!(out[EDGE..], expected[EDGE..]);
        assert_eq!(out[0], [0.0; 2], "sound comes in softly");
    }

    #[test]
    fn a_fast_microphone_does_not_drift_away() {
        let mut queue = SoundQueue::default();
        let mut out = [[0.0; 2]; 1920];
        // 500 ppm fast: 90 minutes would be 2.7 s off.
        for n in 0..5000i64 {
            let position = n * 480 - n * 480 * 500 / 1_000_000;
            queue.push(position, &tone(n * 480, 480));
            if n % 4 == 3 {
                queue.read((n - 3) * 480, &mut out);
            }
        }
        let end = queue.start + queue.samples.len() as i64;
        let belongs = 5000 * 480 - 5000 * 480 * 500 / 1_000_000;
        assert!((end - belongs).abs() <= 2 * IGNORED, "{end} for {belongs}");
    }

    #[test]
    fn a_gap_is_silence_without_clicks() {
        let mut queue = SoundQueue::default();
        queue.push(0, &[[0.5; 2]; 480]);
        let mut out = [[1.0; 2]; 1920];
        queue.read(0, &mut out);
        let steps = out.windows(2).map(|pair| (pair[1][0] - pair[0][0]).abs()).fold(0.0, f32::max);
        assert!(steps < 0.02, "step of {steps}");
        assert_eq!(out[1919], [0.0; 2]);
    }
}
