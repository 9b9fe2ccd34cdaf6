//! SRT, called.

use super::kinds::{BASE, Behaviour, set};
use crate::{
    config::{Key, Kind, ValueType},
    media,
};

pub const KIND: Kind = Kind {
    name: "srt",
    label: ["SRT", "SRT"],
    keys: &[
        Key {
            name: "url",
            value: ValueType::Url(&["srt"]),
            required: true,
            help: ["srt://HÔTE:PORT", "srt://HOST:PORT"],
        },
        Key {
            name: "mode",
            value: ValueType::Choice(&["caller", "listener"]),
            required: false,
            help: ["Appeler (par défaut) ou attendre.", "Call (the default) or wait."],
        },
        Key {
            name: "latency_ms",
            value: ValueType::Integer { min: 20, max: 8000 },
            required: false,
            help: ["Millisecondes (125).", "Milliseconds (125)."],
        },
        Key {
            name: "passphrase",
            value: ValueType::Secret,
            required: false,
            help: ["10 à 79 caractères.", "10 to 79 characters."],
        },
        Key {
            name: "key",
            value: ValueType::Secret,
            required: false,
            help: ["L'identifiant du flux (streamid).", "The stream's id (streamid)."],
        },
    ],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: "srt",
    accepts_silently: true,
    configure: |pipeline, settings, _| {
        let mode = settings.text("mode").unwrap_or("caller");
        let address = media::srt_address(settings.text("url").unwrap_or_default(), mode);
        set(pipeline, "sink", "uri", &address);
        set(pipeline, "sink", "latency", &settings.integer("latency_ms").unwrap_or(125).to_string());
        for (key, property) in [("passphrase", "passphrase"), ("key", "streamid")] {
            if let Some(secret) = settings.secret(key) {
                set(pipeline, "sink", property, secret.reveal());
            }
        }
        Ok(None)
    },
    ..BASE
};
