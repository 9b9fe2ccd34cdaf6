//! Sound for headphones: a source's own, or the program's, tapped where it is mixed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use tokio::sync::broadcast;

use super::sound::Stereo;
use crate::media::{Clock, Ns};

/// Blocks that a slow listener may be behind.
const BACKLOG: usize = 16;

/// A piece of sound, S16LE stereo 48 kHz.
#[derive(Debug, Clone)]
pub struct Sound {
    /// The samples.
    pub samples: Bytes,
    /// Microseconds of CLOCK_MONOTONIC of its first sample.
    pub captured_us: u64,
}

/// Who listens to what. Costs nothing while nobody does.
pub struct Taps {
    clock: Clock,
    channels: Mutex<HashMap<String, broadcast::Sender<Arc<Sound>>>>,
}

impl Taps {
    /// No listener yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, channels: Mutex::default() }
    }

    /// Listens to a source, or to `program`.
    pub fn listen(&self, id: &str) -> broadcast::Receiver<Arc<Sound>> {
        self.channels().entry(id.to_owned()).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    /// A block of `id`, from program time `at` on.
    pub(crate) fn send(&self, id: &str, at: Ns, block: &[Stereo]) {
        let mut channels = self.channels();
        let Some(channel) = channels.get(id) else { return };
        if channel.receiver_count() == 0 {
            channels.remove(id);
            return;
        }
        let sample = |value: f32| ((value.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes();
        let samples = block.iter().flatten().flat_map(|value| sample(*value)).collect();
        // Between the count and here the last listener may have gone.
        let _ = channel.send(Arc::new(Sound { samples, captured_us: self.clock.monotonic_us(at) }));
    }

    fn channels(&self) -> std::sync::MutexGuard<'_, HashMap<String, broadcast::Sender<Arc<Sound>>>> {
        self.channels.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
