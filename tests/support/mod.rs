//! Real parts for end-to-end tests: cameras that know the time, servers, and independent readers.
//!
//! Nothing here looks inside the studio. A [`camera::Camera`] writes into each of its frames who it
//! is and when the frame left it ([`strip`]); whatever happens to the picture later, a
//! [`probe::Probe`] (ffmpeg) or [`recording`] (ffmpeg and ffprobe) reads that back out of the stream
//! or file. [`sound`] does the same for what is heard.
//!
//! Times are seconds of CLOCK_MONOTONIC ([`clock::now`]) unless a name says otherwise.

#![allow(dead_code, reason = "each test binary uses its own part of this")]
#![allow(clippy::unwrap_used, reason = "in a test a surprise is a failure")]

pub mod camera;
pub mod clips;
pub mod clock;
pub mod edge;
pub mod matroska;
pub mod networks;
pub mod phone;
pub mod picture;
pub mod pipewire;
pub mod ports;
pub mod probe;
pub mod process;
pub mod process_tree;
pub mod pulse;
pub mod recording;
pub mod rtmp_server;
pub mod rtsp_server;
pub mod sender;
pub mod slow_line;
pub mod small_disk;
pub mod sound;
pub mod strip;
pub mod studio;
pub mod wait;
pub mod wall_clock;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Media in real time needs the machine for itself: tests that hold this run one after the other,
/// however many threads the test runner has.
pub fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    // A test that failed poisons the lock; the next may still run.
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}
