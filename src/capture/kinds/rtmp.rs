//! A stream pulled from an RTMP server.

use super::{Behaviour, LIVE, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "rtmp",
    label: ["Flux RTMP", "RTMP stream"],
    keys: &[Key {
        name: "url",
        value: ValueType::Url(&["rtmp", "rtmps"]),
        required: true,
        help: ["L'adresse, application et flux compris.", "The address, with application and stream."],
    }],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "rtmp".into(),
    configure: |pipeline, settings, _| {
        set(pipeline, "source", "location", settings.text("url").unwrap_or_default());
        Ok(())
    },
    patience_ms: 1000,
    ..LIVE
};
