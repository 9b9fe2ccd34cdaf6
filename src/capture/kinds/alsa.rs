//! Sound card (ALSA).

use super::{Behaviour, DEVICE, LIVE, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "alsa",
    label: ["Carte son (ALSA)", "Sound card (ALSA)"],
    keys: &[Key { name: "device", value: ValueType::Text, required: false, help: ["Le périphérique, p. ex. hw:1.", "The device, e.g. hw:1."] }],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "alsa".into(),
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
