//! A clip out of a recording, without encoding anything again.
//!
//! [`Cut`] copies pictures and sound between two key frames into a new file with its index in front, and
//! everything that is known about it inside.

mod boxes;
mod clip;

pub use boxes::Label;
pub use clip::Cut;

pub use crate::mp4::Error as CutError;
