//! On air with real parts: live cameras in, streams and files out, looked at by independent readers.

#![allow(clippy::unwrap_used, reason = "in a test a surprise is a failure")]

#[path = "../support/mod.rs"]
mod support;

mod stage;

mod support_camera;
mod support_parts;
mod support_sound;

mod day;
mod edge;
mod gate;
mod hls;
mod lost;
mod monitors;
mod networks;
mod outputs;
mod phones;
mod recording;
mod rewind;
mod soak;
mod sound;
mod sources;
mod sync;
mod takes;
