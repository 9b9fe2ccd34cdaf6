//! What is heard: tones, beeps, clicks, loudness.

use std::{f64::consts::TAU, path::Path, process::Command};

use super::{process::output, recording};

/// Samples a second after decoding.
const RATE: f64 = 48_000.0;

/// The sound of a file, decoded, mixed to one channel, each sample in its place in time.
pub struct Sound {
    samples: Vec<f32>,
    /// First sample of each decoded piece and its presentation time.
    pieces: Vec<(usize, f64)>,
}

/// Loudness by EBU R128, as ffmpeg measures it.
#[derive(Debug, Clone, Copy)]
pub struct Loudness {
    /// LUFS.
    pub integrated: f64,
    /// dBTP.
    pub true_peak: f64,
}

impl Sound {
    /// Decodes a file's first sound track.
    pub fn of(path: &Path) -> Self {
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-i"]).arg(path);
        command.args(["-map", "0:a:0", "-ac", "1", "-f", "f32le", "pipe:1"]);
        let bytes = output(&mut command);
        let samples: Vec<f32> =
            bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four bytes"))).collect();
        assert_eq!(Self::rate(path), RATE, "{}: the studio's sound is 48 kHz", path.display());
        let mut next = 0;
        let pieces = recording::sound_times(path)
            .into_iter()
            .map(|(time, count)| {
                let first = next;
                next += count;
                (first, time)
            })
            .collect();
        Self { samples, pieces }
    }

    /// Samples without a place other than their order.
    pub fn from_samples(samples: Vec<f32>) -> Self {
        Self { samples, pieces: vec![(0, 0.0)] }
    }

    /// Samples a second of a file's first sound track.
    pub fn rate(path: &Path) -> f64 {
        let facts = recording::Facts::of(path).unwrap_or_else(|| panic!("{} is a media file", path.display()));
        let rate = facts.stream("audio")["sample_rate"].as_str().and_then(|rate| rate.parse().ok());
        rate.unwrap_or_else(|| panic!("{} has sound", path.display()))
    }

    /// When a sample is heard.
    pub fn time(&self, sample: usize) -> f64 {
        let piece = self.pieces.partition_point(|(first, _)| *first <= sample).max(1) - 1;
        let (first, time) = self.pieces[piece];
        time + (sample - first) as f64 / RATE
    }

    /// First and last moment.
    pub fn span(&self) -> (f64, f64) {
        (self.time(0), self.time(self.samples.len().saturating_sub(1)))
    }

    /// Amplitude of `frequency` (Hz) in a window.
    fn amplitude(window: &[f32], frequency: f64) -> f64 {
        // Goertzel's algorithm under a Hann window, so that a loud neighbour does not leak in.
        let count = window.len() as f64;
        let turn = 2.0 * (TAU * frequency / RATE).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for (index, &sample) in window.iter().enumerate() {
            let hann = 0.5 - 0.5 * (TAU * (index as f64 + 0.5) / count).cos();
            let next = f64::from(sample) * hann + turn * one - two;
            two = one;
            one = next;
        }
        (one * one + two * two - turn * one * two).max(0.0).sqrt() * 4.0 / count
    }

    /// For each 20 ms: its moment, and which of `tones` (Hz) is heard, loudest first, each with its
    /// amplitude (of full scale, 0.01 at least).
    pub fn tones(&self, tones: &[f64]) -> Vec<(f64, Vec<(f64, f64)>)> {
        let step = (RATE * 0.02) as usize;
        let heard = |window: &[f32]| {
            let mut heard: Vec<(f64, f64)> = tones
                .iter()
                .map(|&tone| (tone, Self::amplitude(window, tone)))
                .filter(|(_, loud)| *loud >= 0.01)
                .collect();
            heard.sort_by(|one, two| two.1.total_cmp(&one.1));
            heard
        };
        let windows = self.samples.chunks_exact(step).enumerate();
        windows.map(|(index, window)| (self.time(index * step), heard(window))).collect()
    }

    /// Moments at which a beep of `frequency` begins, to about 2 ms.
    pub fn beeps(&self, frequency: f64) -> Vec<f64> {
        let (window, step) = ((RATE * 0.004) as usize, (RATE * 0.0005) as usize);
        let levels: Vec<f64> = (0..self.samples.len().saturating_sub(window))
            .step_by(step)
            .map(|start| Self::amplitude(&self.samples[start..start + window], frequency))
            .collect();
        let loudest = levels.iter().copied().fold(0.0, f64::max);
        if loudest < 0.01 {
            return Vec::new();
        }
        let mut beeps = Vec::new();
        let mut inside = levels.first().is_some_and(|level| *level > loudest / 2.0);
        for (index, level) in levels.iter().enumerate() {
            if !inside && *level > loudest / 2.0 {
                inside = true;
                // A window is half full of beep when its middle is the beginning.
                beeps.push(self.time(index * step + window / 2));
            } else if inside && *level < loudest / 10.0 {
                inside = false;
            }
        }
        beeps
    }

    /// Moments at which a steady tone of `frequency` is interrupted: a jump of phase, a hole, a click.
    pub fn clicks(&self, frequency: f64) -> Vec<f64> {
        // A pure tone satisfies x[n] = 2·cos(w)·x[n-1] - x[n-2]; what does not is a click. Over the
        // distance of a quarter period the same holds with far less noise of the coding.
        let lag = (RATE / frequency / 4.0).round() as usize;
        let turn = 2.0 * (TAU * frequency / RATE * lag as f64).cos() as f32;
        let wrong: Vec<f32> = (2 * lag..self.samples.len())
            .map(|n| (self.samples[n] - turn * self.samples[n - lag] + self.samples[n - 2 * lag]).abs())
            .collect();
        let peak = self.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let mut clicks: Vec<f64> = Vec::new();
        for (index, value) in wrong.iter().enumerate() {
            if *value > 0.25 * peak {
                let time = self.time(index + 2 * lag);
                // One click is wrong over several samples.
                if clicks.last().is_none_or(|last| time - last > 0.03) {
                    clicks.push(time);
                }
            }
        }
        clicks
    }

    /// The part between two moments.
    pub fn between(&self, from: f64, to: f64) -> Self {
        let inside: Vec<usize> = (0..self.samples.len()).filter(|&n| (from..to).contains(&self.time(n))).collect();
        let (Some(&first), Some(&last)) = (inside.first(), inside.last()) else {
            return Self { samples: Vec::new(), pieces: vec![(0, from)] };
        };
        let start = (0, self.time(first));
        let later =
            self.pieces.iter().filter(|(at, _)| *at > first && *at <= last).map(|(at, time)| (at - first, *time));
        Self { samples: self.samples[first..=last].to_vec(), pieces: std::iter::once(start).chain(later).collect() }
    }

    /// Largest sample, of full scale.
    pub fn peak(&self) -> f64 {
        self.samples.iter().fold(0.0, |peak, sample| peak.max(f64::from(sample.abs())))
    }
}

/// Asks ffmpeg's `ebur128`.
pub fn loudness(path: &Path) -> Loudness {
    loudness_of(path, &[])
}

/// The same of the last seconds alone.
pub fn last_loudness(path: &Path, seconds: f64) -> Loudness {
    loudness_of(path, &["-sseof", &format!("-{seconds}")])
}

fn loudness_of(path: &Path, part: &[&str]) -> Loudness {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-nostats"]).args(part).arg("-i").arg(path);
    command.args(["-map", "0:a:0", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]);
    let result = command.output().expect("ffmpeg runs");
    let text = String::from_utf8_lossy(&result.stderr).into_owned();
    assert!(result.status.success(), "{text}");
    let summary = &text[text.rfind("Summary:").unwrap_or_else(|| panic!("no summary in {text}"))..];
    let value = |label: &str| {
        let line = summary.lines().find_map(|line| line.trim().strip_prefix(label));
        let word = line.and_then(|line| line.split_whitespace().next());
        word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no {label} in {summary}"))
    };
    Loudness { integrated: value("I:"), true_peak: value("Peak:") }
}
