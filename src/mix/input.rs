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
