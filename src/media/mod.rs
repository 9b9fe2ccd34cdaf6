//! The only raw GStreamer helpers: the shared clock, a pipeline's life, descriptions, pictures.

mod blocking;
mod clock;
mod description;
pub mod jpeg;
pub mod parse;
mod picture;
mod pipeline;

pub use blocking::within;
pub use clock::{Clock, Ns, unix_ms};
pub use description::{Descriptions, Folder};
pub use picture::{Picture, PicturePool, Plane, PlaneMut};
pub use pipeline::{Notice, Pipeline, abandoned};

use gstreamer::prelude::*;

use crate::protocol::{Fault, Problem};

/// An SRT address in the given mode. The mode is part of the address, because the elements read the
/// port to listen on while they take it. They look every 100 ms whether they are to stop: without that
/// they wait for a peer that has fallen silent (its cable is pulled) until libsrt gives it up, 5 s.
/// This is part of the address too, which replaces what was set before it.
pub fn srt_address(url: &str, mode: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}mode={mode}&poll-timeout=100")
}

/// Starts GStreamer and registers the elements that are compiled into this program. Call once,
/// before the first pipeline; calling again is harmless.
pub fn init() -> Result<(), Problem> {
    static ONCE: std::sync::OnceLock<Result<(), String>> = std::sync::OnceLock::new();
    ONCE.get_or_init(|| {
        gstreamer::init().map_err(|error| error.to_string())?;
        // The mix has no use for a film's transparency, and Chromium says of its recordings that they have
        // one (Matroska's AlphaMode): a decoder of transparency refuses such a film at its first picture.
        for decoder in ["vp8alphadecodebin", "vp9alphadecodebin"] {
            if let Some(factory) = gstreamer::ElementFactory::find(decoder) {
                factory.set_rank(gstreamer::Rank::NONE);
            }
        }
        gstfmp4::plugin_register_static().map_err(|error| error.to_string())
    })
    .clone()
    .map_err(|error| {
        Problem::new(
            "gstreamer",
            Fault::Ours,
            format!("GStreamer ne démarre pas ({error}). Réinstallez les paquets avec « make run »."),
            format!("GStreamer does not start ({error}). Reinstall the packages with `make run`."),
        )
    })
}
