//! The sound desk: every source's strip into the program's two channels.

use ebur128::{EbuR128, Mode};

use super::{
    input::Input,
    limiter::Limiter,
    sound::{RATE, Stereo},
};
use crate::protocol::{AudioState, ProgramMeter};

/// What a meter shows for silence, dBFS.
const FLOOR: f32 = -90.0;

/// One source's strip: its gain moves in ramps, so that no change clicks.
pub struct Strip {
    /// What the operator set.
    pub audio: AudioState,
    gain: f32,
    peak: [f32; 2],
}

impl Strip {
    /// A strip as the operator set it.
    pub fn new(audio: AudioState) -> Self {
        Self { audio, gain: 0.0, peak: [0.0; 2] }
    }

    /// The highest levels since the last call, dBFS, before gain.
    pub fn peak_db(&mut self) -> [f32; 2] {
        std::mem::take(&mut self.peak).map(decibels)
    }
}

/// The sum of the strips, limited and measured.
pub struct Desk {
    limiter: Limiter,
    loudness: Option<EbuR128>,
    source: Vec<Stereo>,
    peak: [f32; 2],
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            limiter: Limiter::default(),
            loudness: EbuR128::new(2, RATE as u32, Mode::I | Mode::S | Mode::M | Mode::HISTOGRAM).ok(),
            source: Vec::new(),
            peak: [0.0; 2],
        }
    }
}

impl Desk {
    /// Mixes one block starting at sample `position` of the inputs. Each strip comes with how far it
    /// is open, 0..=1 (sound that follows the picture closes with it). `tap` hears each strip's sound
    /// before its gain.
    pub fn mix<'a>(
        &mut self,
        position: i64,
        length: usize,
        strips: impl Iterator<Item = (&'a str, &'a mut Strip, &'a Input, f32)>,
        tap: impl Fn(&str, &[Stereo]),
    ) -> Vec<Stereo> {
        let mut program = vec![[0.0f32; 2]; length];
        for (id, strip, input, open) in strips {
            self.source.resize(length, [0.0; 2]);
            input.read(position, &mut self.source);
            tap(id, &self.source);
            for sample in &self.source {
                strip.peak = std::array::from_fn(|channel| strip.peak[channel].max(sample[channel].abs()));
            }
            let target = if strip.audio.mute { 0.0 } else { open * 10f32.powf(strip.audio.gain_db / 20.0) };
            let (start, step) = (strip.gain, (target - strip.gain) / length.max(1) as f32);
            strip.gain = target;
            if start == 0.0 && target == 0.0 {
                continue;
            }
            for (n, (sum, sample)) in program.iter_mut().zip(&self.source).enumerate() {
                let gain = start + step * (n + 1) as f32;
                *sum = std::array::from_fn(|channel| sum[channel] + sample[channel] * gain);
            }
        }
        self.limiter.process(&mut program);
        for sample in &program {
            self.peak = std::array::from_fn(|channel| self.peak[channel].max(sample[channel].abs()));
        }
        if let Some(meter) = &mut self.loudness {
            let [left, right]: [Vec<f32>; 2] =
                std::array::from_fn(|channel| program.iter().map(|sample| sample[channel]).collect());
            let _ = meter.add_frames_planar_f32(&[&left, &right]);
        }
        program
    }

    /// The program's meter; peaks are those since the last call.
    pub fn meter(&mut self) -> ProgramMeter {
        let lufs = |value: Option<f64>| value.map_or(FLOOR, |value| (value as f32).max(FLOOR));
        let loudness = self.loudness.as_ref();
        ProgramMeter {
            peak_db: std::mem::take(&mut self.peak).map(decibels),
            momentary: lufs(loudness.and_then(|meter| meter.loudness_momentary().ok())),
            short_term: lufs(loudness.and_then(|meter| meter.loudness_shortterm().ok())),
            integrated: lufs(loudness.and_then(|meter| meter.loudness_global().ok())),
            limiting_db: self.limiter.reduction_db(),
        }
    }
}

fn decibels(level: f32) -> f32 {
    (20.0 * level.max(1e-9).log10()).max(FLOOR)
}
