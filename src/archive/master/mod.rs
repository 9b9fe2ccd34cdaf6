//! The recording of a segment as the desk made it: from seconds before its start to seconds after its
//! end, in a file that is whole up to its last half second at any moment.
//!
//! ```text
//! program's mix feed ──► ring (last GOPs) ──► recorder thread ──► masters/….mp4  (fragments)
//!                                                  │              masters/….json (what it is)
//!                                                  └──► the clip, once the end has been written
//! ```

mod claim;
mod note;
mod recorder;
mod ring;

pub use claim::Claim;
pub use note::{FOLDER, Note, Subject};
pub use recorder::Recorder;
pub use ring::Ring;

/// Seconds before a segment's start and after its end that stay in its recording.
pub const HANDLES: u64 = 5;
