//! Raw picture and sound in Matroska over TCP, as voctomix sources send it.

use super::{Behaviour, LIVE, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "matroska-tcp",
    label: ["Matroska par TCP", "Matroska over TCP"],
    keys: &[
        Key { name: "host", value: ValueType::Text, required: true, help: ["La machine.", "The machine."] },
        Key { name: "port", value: ValueType::Integer { min: 1, max: 65_535 }, required: true, help: ["Le port.", "The port."] },
    ],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "matroska-tcp".into(),
    configure: |pipeline, settings, _| {
        set(pipeline, "source", "host", settings.text("host").unwrap_or_default());
        set(pipeline, "source", "port", &settings.integer("port").unwrap_or_default().to_string());
        Ok(())
    },
    ..LIVE
};
