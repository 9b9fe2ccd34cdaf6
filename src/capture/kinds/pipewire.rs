//! A camera, screen or microphone through PipeWire.

use super::{Behaviour, DEVICE, LIVE, set};
use crate::config::{Key, Kind, Settings, ValueType};

pub const KIND: Kind = Kind {
    name: "pipewire",
    label: ["PipeWire", "PipeWire"],
    keys: &[
        Key {
            name: "media",
            value: ValueType::Choice(&["audio", "video"]),
            required: true,
            help: ["Son ou image.", "Sound or picture."],
        },
        Key {
            name: "target",
            value: ValueType::Text,
            required: false,
            help: ["Le nœud, par son nom ou son numéro ; absent : celui par défaut.", "The node, by name or serial; absent: the default one."],
        },
    ],
};

fn video(settings: &Settings) -> bool {
    settings.text("media") == Some("video")
}

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |settings| format!("pipewire-{}", settings.text("media").unwrap_or("audio")),
    configure: |pipeline, settings, _| {
        if let Some(target) = settings.text("target") {
            set(pipeline, "source", "target-object", target);
        }
        Ok(())
    },
    picture: video,
    sound: |settings| !video(settings),
    capabilities: DEVICE,
    ..LIVE
};
