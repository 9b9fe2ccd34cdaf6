//! A source as the mix sees it: its pictures and sound waiting, and since when it is silent.

use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

use super::{
    frames::FrameQueue,
    sound::{SoundQueue, Stereo, sample_at},
};
use crate::{
    capture::Destination,
    media::{Ns, Picture},
};

/// Where capture puts what a source sends. Shared by its capture pipeline and the mixer.
///
/// The two locks are never held together, and only for moments.
pub struct Input {
    pictures: Mutex<FrameQueue>,
    sound: Mutex<SoundQueue>,
    last_picture: AtomicU64,
    last_sound: AtomicU64,
    /// Smoothed time between pictures, nanoseconds.
    interval: AtomicU64,
    patience: Ns,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while holding it leaves a queue that is at worst incomplete; the show goes on.
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Input {
    /// A source that counts as lost after `patience` (or three of its frames, if that is longer)
    /// without a picture.
    pub fn new(patience: Ns) -> Self {
        Self {
            pictures: Mutex::default(),
            sound: Mutex::default(),
            last_picture: AtomicU64::new(Ns::MAX),
            last_sound: AtomicU64::new(Ns::MAX),
            interval: AtomicU64::new(0),
            patience,
        }
    }

    /// The source is lost: what it sent is not shown again.
    pub(super) fn forget_pictures(&self) {
        lock(&self.pictures).clear();
    }

    /// The picture for a tick.
    pub(super) fn pick(&self, time: Ns, frame: Ns) -> Option<Picture> {
        lock(&self.pictures).pick(time, frame).cloned()
    }

    fn last_picture(&self) -> Option<Ns> {
        Some(self.last_picture.load(Ordering::Relaxed)).filter(|at| *at != Ns::MAX)
    }

    fn last_sound(&self) -> Option<Ns> {
        Some(self.last_sound.load(Ordering::Relaxed)).filter(|at| *at != Ns::MAX)
    }

    /// The newest picture, for the panel.
    pub fn newest(&self) -> Option<Picture> {
        lock(&self.pictures).newest().cloned()
    }

    /// The sound for a tick.
    pub(super) fn read(&self, position: i64, out: &mut [Stereo]) {
        lock(&self.sound).read(position, out);
    }
}

impl Destination for Input {
    fn picture(&self, picture: Picture, now: Ns) {
        let before = self.last_picture.swap(now, Ordering::Relaxed);
        let interval = self.interval.load(Ordering::Relaxed);
        let measured = now.saturating_sub(before).min(2_000_000_000);
        self.interval.store((interval * 7 + measured) / 8, Ordering::Relaxed);
        lock(&self.pictures).push(picture);
    }

    fn sound(&self, at: i64, chunk: &[Stereo], now: Ns) {
        self.last_sound.store(now, Ordering::Relaxed);
        let position = if at < 0 { -sample_at(at.unsigned_abs()) } else { sample_at(at as Ns) };
        lock(&self.sound).push(position, chunk);
    }

    fn hold(&self, now: Ns) {
        if self.last_picture().is_some() {
            self.last_picture.store(now, Ordering::Relaxed);
        }
    }

    fn picture_lost(&self, now: Ns) -> bool {
        let allowed = self.patience.max(3 * self.interval.load(Ordering::Relaxed));
        self.last_picture().is_none_or(|last| now.saturating_sub(last) > allowed)
    }

    fn sound_lost(&self, now: Ns) -> bool {
        self.last_sound().is_none_or(|last| now.saturating_sub(last) > self.patience.max(500_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            limiter,
            mixer::{BLOCK, SOUND_LAG},
            sound::RATE,
        },
        *,
    };
    use crate::capture::placement::{Medium, Placement};

    /// Seconds of silence that the mixer hears in ten seconds, after the first two, of a source that sends
    /// `chunk` nanoseconds of sound at a time, each as soon as it is over and up to `jitter` later.
    fn silence(chunk: Ns, start: Ns, jitter: Ns) -> f64 {
        let (input, mut placement) = (Input::new(1_000_000_000), Placement::default());
        let samples = vec![[0.5; 2]; sample_at(chunk) as usize];
        let (mut sent, mut silent) = (0, 0);
        for block in 0..600u64 {
            let due = (block + 1) * BLOCK.1 + SOUND_LAG;
            loop {
                let arrival = start + (sent + 1) * chunk + (sent * 7919 % 10) * jitter / 9;
                if arrival > due {
                    break;
                }
                let placed = placement.place(Medium::Sound, (sent * chunk) as i64, chunk as i64, arrival as i64);
                input.sound(placed, &samples, arrival);
                sent += 1;
            }
            let mut heard = vec![[0.0; 2]; BLOCK.0 as usize];
            input.read((block * BLOCK.0) as i64 + limiter::DELAY as i64, &mut heard);
            silent += if block < 100 { 0 } else { heard.iter().filter(|sample| sample[0] < 0.49).count() };
        }
        silent as f64 / RATE as f64
    }

    #[test]
    fn sound_has_no_holes_however_much_a_source_sends_at_a_time() {
        // Microphones 5 and 10 ms, Opus 20 and 60, Matroska 40, AAC of 48, 22.05, 16 and 8 kHz.
        for chunk in [5_000, 10_000, 20_000, 21_333, 40_000, 46_440, 60_000, 64_000, 100_000, 128_000] {
            for start in (0..5).map(|phase| 300_000_000 + phase * 4_100_000) {
                for jitter in [0, 10_000_000] {
                    let holes = silence(chunk * 1000, start, jitter);
                    assert_eq!(holes, 0.0, "s; chunks of {chunk} us from {start} ns, late by up to {jitter} ns");
                }
            }
        }
    }
}
