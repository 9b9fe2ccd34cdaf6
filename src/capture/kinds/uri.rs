//! Any live address that GStreamer can play.

use super::{Behaviour, LIVE, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "uri",
    label: ["Adresse", "Address"],
    keys: &[Key {
        name: "url",
        value: ValueType::Url(&["http", "https", "udp", "rtp", "rtsp", "rtmp", "srt", "file"]),
        required: true,
        help: ["L'adresse.", "The address."],
    }],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "uri".into(),
    configure: |pipeline, settings, _| {
        set(pipeline, "decode", "uri", settings.text("url").unwrap_or_default());
        Ok(())
    },
    // A file or a web stream comes as fast as it can be read: its own times set the pace.
    paced: true,
    patience_ms: 1000,
    ..LIVE
};
