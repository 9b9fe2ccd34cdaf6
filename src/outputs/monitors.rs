//! Small pictures and sound for panels: each picture encoded once, whoever watches.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{broadcast, watch};

/// A JPEG and the moment its picture was captured.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The file.
    pub jpeg: Bytes,
    /// Microseconds of CLOCK_MONOTONIC.
    pub captured_us: u64,
}

/// A piece of sound, S16LE stereo 48 kHz.
#[derive(Debug, Clone)]
pub struct Sound {
    /// The samples.
    pub samples: Bytes,
    /// Microseconds of CLOCK_MONOTONIC of its first sample.
    pub captured_us: u64,
}

/// Where panels get their pictures.
#[derive(Clone)]
pub struct Monitors;

impl Monitors {
    /// Pictures of `source` (or `program`), at most `width` pixels wide and `fps` a second; only the
    /// newest is kept. They are made as long as a receiver lives. `None`: no such source.
    pub fn picture(&self, source: &str, width: u32, fps: u32) -> Option<watch::Receiver<Option<Arc<Picture>>>> {
        let _ = (source, width, fps);
        None
    }

    /// The sound of `source` (or `program`). `None`: no such source.
    pub fn sound(&self, source: &str) -> Option<broadcast::Receiver<Arc<Sound>>> {
        let _ = source;
        None
    }
}
