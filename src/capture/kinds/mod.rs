//! The registry of sources: one file a kind, one line here.

use super::source::Surroundings;
use crate::{
    config::{Kind, Settings},
    media::Pipeline,
    protocol::{Problem, SourceCapabilities},
};

/// What the studio has to know of a kind besides its keys.
pub struct Behaviour {
    /// The description under pipelines/sources for these settings.
    pub description: fn(&Settings) -> String,
    /// Sets what the operator typed on the elements.
    pub configure: fn(&Pipeline, &Settings, &Surroundings) -> Result<(), Problem>,
    /// What it means to the studio and its clients.
    pub capabilities: SourceCapabilities,
    /// It has (or will have) a picture.
    pub picture: fn(&Settings) -> bool,
    /// It has (or will have) sound.
    pub sound: fn(&Settings) -> bool,
    /// The pipeline waits for each buffer's time (a file); else the source sets the pace.
    pub paced: bool,
    /// Milliseconds without a picture before it counts as lost.
    pub patience_ms: u64,
}

/// What most kinds are.
const LIVE: Behaviour = Behaviour {
    description: |_| String::new(),
    configure: |_, _, _| Ok(()),
    capabilities: SourceCapabilities { has_transport: false, is_invited: false, needs_device: false },
    picture: |_| true,
    sound: |_| true,
    paced: false,
    patience_ms: 300,
};

/// What comes from a device of this machine.
const DEVICE: SourceCapabilities = SourceCapabilities { needs_device: true, ..LIVE.capabilities };

macro_rules! registry {
    ($($(#[$on:meta])* $kind:ident),* $(,)?) => {
        $($(#[$on])* mod $kind;)*
        /// Every kind of source.
        pub static KINDS: &[Kind] = &[$($(#[$on])* $kind::KIND),*];
        static BEHAVIOURS: &[Behaviour] = &[$($(#[$on])* $kind::BEHAVIOUR),*];
    };
}

registry! {
    test,
    v4l2,
    alsa,
    pulse,
    pipewire,
    rtsp,
    rtmp,
    srt,
    uri,
    matroska_tcp,
    media,
    phone,
    pipeline,
    #[cfg(test)]
    sample,
}

/// The behaviour of a kind of the registry.
pub fn behaviour(kind: &Kind) -> &'static Behaviour {
    let at = KINDS.iter().position(|known| known.name == kind.name).expect("a checked kind is in the registry");
    &BEHAVIOURS[at]
}

/// Sets a property of the element `name`, if both are there (an operator's own description may lack
/// them).
fn set(pipeline: &Pipeline, name: &str, property: &str, value: &str) {
    use gstreamer::prelude::*;
    if let Some(element) = pipeline.element(name).filter(|element| element.has_property(property)) {
        element.set_property_from_str(property, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_from_what_comes_over_a_network_or_from_a_file() {
        let devices = KINDS.iter().filter(|kind| behaviour(kind).capabilities.needs_device);
        let devices: Vec<_> = devices.map(|kind| kind.name).collect();
        assert_eq!(devices, ["v4l2", "alsa", "pulse", "pipewire"]);
    }
}
