//! An SRT stream: called, or listened for.

use super::{Behaviour, LIVE, set};
use crate::{
    config::{Key, Kind, ValueType},
    media,
};

pub const KIND: Kind = Kind {
    name: "srt",
    label: ["Flux SRT", "SRT stream"],
    keys: &[
        Key {
            name: "url",
            value: ValueType::Url(&["srt"]),
            required: true,
            help: ["srt://HÔTE:PORT ; pour attendre un appel, srt://0.0.0.0:PORT avec mode = \"listener\".", "srt://HOST:PORT; to wait for a call, srt://0.0.0.0:PORT with mode = \"listener\"."],
        },
        Key { name: "mode", value: ValueType::Choice(&["caller", "listener"]), required: false, help: ["Appeler (par défaut) ou attendre.", "Call (the default) or wait."] },
        Key { name: "latency_ms", value: ValueType::Integer { min: 20, max: 8000 }, required: false, help: ["Millisecondes (125).", "Milliseconds (125)."] },
        Key { name: "passphrase", value: ValueType::Secret, required: false, help: ["10 à 79 caractères.", "10 to 79 characters."] },
    ],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "srt".into(),
    configure: |pipeline, settings, _| {
        let mode = settings.text("mode").unwrap_or("caller");
        let address = media::srt_address(settings.text("url").unwrap_or_default(), mode);
        set(pipeline, "source", "uri", &address);
        set(pipeline, "source", "latency", &settings.integer("latency_ms").unwrap_or(125).to_string());
        if let Some(passphrase) = settings.secret("passphrase") {
            set(pipeline, "source", "passphrase", passphrase.reveal());
        }
        Ok(())
    },
    patience_ms: 1000,
    ..LIVE
};
