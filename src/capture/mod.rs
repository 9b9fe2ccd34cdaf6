//! Cameras, microphones and files: one pipeline each, and one supervisor that keeps it going.
//!
//! Whatever a source does is its own pipeline's affair: an error, an end, a freeze or a change of
//! format never goes further than here.

pub mod devices;
mod kinds;
pub mod phone;
pub(crate) mod placement;
mod player;
mod source;
mod supervisor;

pub use kinds::KINDS;
pub use source::Surroundings;
pub use supervisor::{Control, Report, Sources};

use crate::{
    config::{Kind, Source},
    media::{Ns, Picture},
    protocol::SourceCapabilities,
};

/// Where a source's pictures and sound go.
pub trait Destination: Send + Sync {
    /// A picture, placed on the studio's clock, that arrived at `now`.
    fn picture(&self, picture: Picture, now: Ns);
    /// 48 kHz stereo whose first sample belongs at running time `at` (negative: before the start).
    fn sound(&self, at: i64, chunk: &[[f32; 2]], now: Ns);
    /// The picture shown stays as it is and is not old (a file that is cued).
    fn hold(&self, now: Ns);
    /// No picture has come for too long, or ever.
    fn picture_lost(&self, now: Ns) -> bool;
    /// No sound has come for too long, or ever.
    fn sound_lost(&self, now: Ns) -> bool;
}

/// Whether a source has (or will have) a picture, and sound.
pub fn carries(source: &Source) -> (bool, bool) {
    let behaviour = kinds::behaviour(source.kind);
    ((behaviour.picture)(&source.settings), (behaviour.sound)(&source.settings))
}

/// What a kind of the registry means to the studio and its clients.
pub fn capabilities(kind: &Kind) -> SourceCapabilities {
    kinds::behaviour(kind).capabilities
}

/// How long a source may be silent before it counts as lost.
pub fn patience(source: &Source) -> Ns {
    kinds::behaviour(source.kind).patience_ms * 1_000_000
}
