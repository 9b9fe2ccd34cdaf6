//! What the studio has to know of a kind of output besides its keys.

use super::{
    BEHAVIOURS, KINDS,
    link::{self, Patience},
    supervisor::Surroundings,
};
use crate::{
    config::{Kind, Settings},
    media::Pipeline,
    protocol::{OutputCapabilities, Problem},
};

/// Which of the program's feeds an output takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// What leaves the house.
    Air,
    /// What the desk makes, the slate notwithstanding.
    Mix,
}

/// What the studio has to know of a kind besides its keys.
pub struct Behaviour {
    /// The description under pipelines/outputs.
    pub description: &'static str,
    /// The feed it takes.
    pub takes: Takes,
    /// What it means to the studio and its clients.
    pub capabilities: OutputCapabilities,
    /// The server says nothing when it takes the stream: a test that fails to fail has passed.
    pub accepts_silently: bool,
    /// How much may wait.
    pub patience: Patience,
    /// Sets what the operator typed on the elements; returns the file it writes, if it does.
    pub configure: fn(&Pipeline, &Settings, &Surroundings) -> Result<Option<String>, Problem>,
}

/// What most kinds are.
pub(super) const BASE: Behaviour = Behaviour {
    description: "",
    takes: Takes::Air,
    capabilities: OutputCapabilities { leaves_the_house: true, writes_files: false, is_playlist: false },
    accepts_silently: false,
    patience: link::NETWORK,
    configure: |_, _, _| Ok(None),
};

/// The behaviour of a kind of the registry.
pub fn behaviour(kind: &Kind) -> &'static Behaviour {
    let at = KINDS.iter().position(|known| known.name == kind.name).expect("a checked kind is in the registry");
    &BEHAVIOURS[at]
}

/// Sets a property of the element `name`, if both are there.
pub(super) fn set(pipeline: &Pipeline, name: &str, property: &str, value: &str) {
    use gstreamer::prelude::*;
    if let Some(element) = pipeline.element(name).filter(|element| element.has_property(property)) {
        element.set_property_from_str(property, value);
    }
}
