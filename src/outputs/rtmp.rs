//! RTMP and RTMPS: YouTube, Facebook, Twitch, PeerTube, Owncast, nginx.

use super::{
    kinds::{BASE, Behaviour, set},
    presets,
};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "rtmp",
    label: ["RTMP", "RTMP"],
    keys: &[
        Key {
            name: "preset",
            value: ValueType::Preset(presets::WORDS),
            required: false,
            help: [
                "Le réseau : son adresse est connue, ses exigences sont vérifiées.",
                "The network: its address is known, what it demands is checked.",
            ],
        },
        Key {
            name: "url",
            value: ValueType::Url(&["rtmp", "rtmps"]),
            required: true,
            help: ["L'adresse du serveur, sans la clé.", "The server's address, without the key."],
        },
        Key {
            name: "key",
            value: ValueType::Secret,
            required: false,
            help: ["La clé de diffusion.", "The stream key."],
        },
    ],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: "rtmp",
    configure: |pipeline, settings, _| {
        let url = settings.text("url").unwrap_or_default();
        let location = match settings.secret("key") {
            Some(key) => format!("{}/{}", url.trim_end_matches('/'), key.reveal()),
            None => url.to_owned(),
        };
        set(pipeline, "sink", "location", &location);
        Ok(None)
    },
    ..BASE
};
