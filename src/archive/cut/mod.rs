//! A clip out of a recording, without encoding anything again.
//!
//! [`Tables`] reads where each picture and each frame of sound lies in an MP4, fragmented and perhaps
//! still growing, or finished. [`Cut`] copies those between two key frames into a new file with its
//! index in front, and everything that is known about it inside.

mod boxes;
mod clip;
mod tables;

pub use boxes::Label;
pub use clip::Cut;
pub use tables::{Kind, Sample, Tables, Track};

use std::io;

/// Why a file cannot be cut.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// The disk.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is no MP4, or a damaged one.
    #[error("it is no readable MP4: {0}")]
    Format(#[from] mp4_atom::Error),
    /// It has no picture that could be copied.
    #[error("it has no H.264 picture")]
    NoPicture,
    /// There is nothing between the two points.
    #[error("there is nothing between these two points")]
    Empty,
}
