//! MP4 as recordings are written and read (ISO/IEC 14496-12): fragments while they grow, one index for all
//! once they have ended.
//!
//! [`Tables`] reads where each picture and each frame of sound lies in a file, fragmented and perhaps still
//! growing, or finished; [`movie()`] makes the index of a finished one; [`finish`] makes a fragmented file a
//! finished one where it lies; [`Fragments`] writes one.

mod fragments;
mod movie;
mod tables;
mod whole;

pub use fragments::Fragments;
pub use movie::{Chunk, Part, movie};
pub use tables::{Kind, Sample, Tables, Track};
pub use whole::finish;

use std::io;

/// Units of picture time in a second: exact for every usual frame rate.
pub const PICTURE_SCALE: u32 = 90_000;

/// Why a film cannot be read, or cut.
#[derive(Debug, thiserror::Error)]
pub enum Error {
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

/// Nanoseconds in another unit, to the nearest.
fn scaled(time: u64, scale: u64) -> u64 {
    ((u128::from(time) * u128::from(scale) + 500_000_000) / 1_000_000_000) as u64
}
