//! A look-ahead limiter that keeps true peaks (ITU-R BS.1770-4, annex 2: four times oversampled)
//! under a ceiling. It delays sound by [`DELAY`] samples, 5 ms; the mixer reads that much ahead, so
//! the program's sound is not late.
//!
//! Each sample demands a gain. The least demand of the look-ahead is held, released slowly, and
//! averaged over [`SMOOTH`] samples: the gain arrives at what a peak demands exactly when the peak
//! leaves, and never in a step.

use std::collections::VecDeque;

use super::sound::Stereo;

/// Samples from in to out.
pub const DELAY: usize = 240;

/// -1 dBTP, less 0.1 dB for what four points between samples cannot see.
const CEILING: f32 = 0.881;

/// Share of the missing gain regained with each sample: a time constant of 80 ms.
const RELEASE: f32 = 1.0 / 3840.0;

/// Taps of the interpolator; a peak is found when it is half as many samples old.
const TAPS: usize = 12;

/// A demand is averaged over this; it must have been held from its finding to its leaving.
const SMOOTH: usize = DELAY - TAPS / 2;

/// Keeps peaks under the ceiling.
pub struct Limiter {
    /// Samples on their way out, oldest first.
    line: VecDeque<Stereo>,
    /// Recent input for the interpolator, oldest first.
    recent: [Stereo; TAPS],
    kernel: [[f32; TAPS]; 3],
    /// Demands of the look-ahead that are less than all after them, with the time each is for.
    demands: VecDeque<(u64, f32)>,
    now: u64,
    held: f32,
    /// The last `SMOOTH` values of `held`, and their sum.
    smoothing: VecDeque<f32>,
    sum: f64,
    lowest: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            line: VecDeque::from(vec![[0.0; 2]; DELAY]),
            recent: [[0.0; 2]; TAPS],
            kernel: kernel(),
            demands: VecDeque::new(),
            now: 0,
            held: 1.0,
            smoothing: VecDeque::from(vec![1.0; SMOOTH]),
            sum: SMOOTH as f64,
            lowest: 1.0,
        }
    }
}

/// A windowed sinc, for a quarter, a half and three quarters of the way between the middle taps.
fn kernel() -> [[f32; TAPS]; 3] {
    use std::f64::consts::PI;
    std::array::from_fn(|phase| {
        let taps: [f64; TAPS] = std::array::from_fn(|tap| {
            let at = tap as f64 - (TAPS / 2 - 1) as f64 - (phase + 1) as f64 / 4.0;
            (PI * at).sin() / (PI * at) * (PI * at / TAPS as f64).cos().powi(2)
        });
        let sum: f64 = taps.iter().sum();
        taps.map(|tap| (tap / sum) as f32)
    })
}

impl Limiter {
    /// Limits in place; what comes out went in [`DELAY`] samples ago.
    pub fn process(&mut self, block: &mut [Stereo]) {
        for sample in block {
            self.recent.rotate_left(1);
            self.recent[TAPS - 1] = *sample;
            self.line.push_back(*sample);
            let gain = self.gain();
            self.lowest = self.lowest.min(gain);
            *sample = self.line.pop_front().expect("one was just pushed").map(|channel| channel * gain);
        }
    }

    /// The gain for the sample that leaves now.
    fn gain(&mut self) -> f32 {
        let peak = self.peak();
        let demand = if peak > CEILING { CEILING / peak } else { 1.0 };
        while self.demands.back().is_some_and(|(_, other)| *other >= demand) {
            self.demands.pop_back();
        }
        self.demands.push_back((self.now, demand));
        while self.demands.front().is_some_and(|(at, _)| at + DELAY as u64 <= self.now) {
            self.demands.pop_front();
        }
        self.now += 1;
        let least = self.demands.front().map_or(1.0, |(_, demand)| *demand);
        self.held = if least < self.held { least } else { self.held + (least - self.held) * RELEASE };
        self.smoothing.push_back(self.held);
        let oldest = self.smoothing.pop_front().expect("one was just pushed");
        self.sum += f64::from(self.held) - f64::from(oldest);
        (self.sum / SMOOTH as f64) as f32
    }

    /// The true peak around the middle of the interpolator's window.
    fn peak(&self) -> f32 {
        let mut peak = 0.0f32;
        for channel in 0..2 {
            peak = peak.max(self.recent[TAPS / 2].map(f32::abs)[channel]);
            for taps in &self.kernel {
                let between: f32 = taps.iter().zip(&self.recent).map(|(tap, sample)| tap * sample[channel]).sum();
                peak = peak.max(between.abs());
            }
        }
        peak
    }

    /// The deepest limiting since the last call, dB, 0 or more.
    pub fn reduction_db(&mut self) -> f32 {
        let lowest = std::mem::replace(&mut self.lowest, 1.0);
        (-20.0 * lowest.max(1e-6).log10()).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(input: impl Fn(usize) -> f32, length: usize) -> Vec<Stereo> {
        let mut samples: Vec<Stereo> = (0..length).map(|n| [input(n), -input(n)]).collect();
        let mut limiter = Limiter::default();
        samples.chunks_mut(1920).for_each(|block| limiter.process(block));
        samples
    }

    fn true_peak_db(samples: &[Stereo]) -> f64 {
        let mut meter = ebur128::EbuR128::new(2, 48_000, ebur128::Mode::TRUE_PEAK).unwrap();
        meter.add_frames_f32(&samples.iter().flatten().copied().collect::<Vec<_>>()).unwrap();
        20.0 * meter.true_peak(0).unwrap().log10()
    }

    #[test]
    fn true_peaks_stay_under_minus_one() {
        // Full scale at a quarter of the rate, 45 degrees off: samples at 0.99, true peak at 1.4.
        let nasty = |n: usize| (n as f32 * std::f32::consts::FRAC_PI_2 + 0.785).sin() * 1.4;
        let bursts = |n: usize| {
            if (n / 5000).is_multiple_of(2) { (n as f32 * 0.21).sin() * 3.0 } else { (n as f32 * 0.05).sin() * 0.2 }
        };
        let clicks = |n: usize| if n.is_multiple_of(7919) { 4.0 } else { 0.0 };
        for (name, out) in [
            ("nasty", limited(nasty, 96_000)),
            ("bursts", limited(bursts, 96_000)),
            ("clicks", limited(clicks, 96_000)),
        ] {
            let peak = true_peak_db(&out);
            assert!(peak <= -1.0, "{name}: {peak:.2} dBTP");
        }
    }

    #[test]
    fn quiet_sound_passes_unchanged() {
        let quiet = |n: usize| (n as f32 * 0.1).sin() * 0.5;
        let out = limited(quiet, 9600);
        for (n, sample) in out.iter().enumerate().skip(DELAY) {
            assert!((sample[0] - quiet(n - DELAY)).abs() < 1e-6, "sample {n}");
        }
    }
}
