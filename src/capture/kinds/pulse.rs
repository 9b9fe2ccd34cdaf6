//! Microphone (PulseAudio).

use super::{Behaviour, DEVICE, LIVE, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "pulse",
    label: ["Micro (PulseAudio)", "Microphone (PulseAudio)"],
    keys: &[Key { name: "device", value: ValueType::Text, required: false, help: ["Le nom de la source ; absent : celle par défaut.", "The source's name; absent: the default one."] }],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "pulse".into(),
    configure: |pipeline, settings, _| {
        if let Some(device) = settings.text("device") {
            set(pipeline, "source", "device", device);
        }
        Ok(())
    },
    picture: |_| false,
    capabilities: DEVICE,
    ..LIVE
};
