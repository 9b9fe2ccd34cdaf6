//! A moving picture with a burnt-in clock, and a tone.

use super::{Behaviour, LIVE, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "test",
    label: ["Mire animée", "Test picture"],
    keys: &[
        Key {
            name: "pattern",
            value: ValueType::Choice(&["smpte", "ball", "snow", "circular", "gradient", "black"]),
            required: false,
            help: ["Le dessin.", "The drawing."],
        },
        Key {
            name: "tone_hz",
            value: ValueType::Integer { min: 0, max: 20_000 },
            required: false,
            help: ["La hauteur du son, en hertz ; 0 : silence.", "The tone's pitch in hertz; 0: silence."],
        },
    ],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "test".into(),
    configure: |pipeline, settings, around| {
        let video = around.video;
        let caps =
            format!("video/x-raw,format=I420,width={},height={},framerate={}/1", video.width, video.height, video.framerate);
        set(pipeline, "format", "caps", &caps);
        set(pipeline, "source", "pattern", settings.text("pattern").unwrap_or("smpte"));
        let tone = settings.integer("tone_hz").unwrap_or(440);
        set(pipeline, "tone", "freq", &tone.max(1).to_string());
        set(pipeline, "tone", "volume", if tone == 0 { "0" } else { "0.1" });
        Ok(())
    },
    ..LIVE
};
