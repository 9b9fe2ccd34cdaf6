//! A USB or built-in camera (Video4Linux2). Most USB cameras reach 720p25 only compressed.

use super::{Behaviour, DEVICE, LIVE, set};
use crate::config::{Key, Kind, Settings, ValueType};

pub const KIND: Kind = Kind {
    name: "v4l2",
    label: ["Caméra USB", "USB camera"],
    keys: &[
        Key { name: "device", value: ValueType::Text, required: true, help: ["Le périphérique, p. ex. /dev/video0.", "The device, e.g. /dev/video0."] },
        Key {
            name: "mode",
            value: ValueType::Choice(&["raw", "mjpeg", "h264"]),
            required: false,
            help: ["Le format de la caméra ; absent : elle choisit.", "The camera's format; absent: it chooses."],
        },
        Key { name: "width", value: ValueType::Integer { min: 16, max: 7680 }, required: false, help: ["Pixels.", "Pixels."] },
        Key { name: "height", value: ValueType::Integer { min: 16, max: 4320 }, required: false, help: ["Pixels.", "Pixels."] },
        Key { name: "framerate", value: ValueType::Integer { min: 1, max: 120 }, required: false, help: ["Images par seconde.", "Frames a second."] },
    ],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "v4l2".into(),
    configure: |pipeline, settings, _| {
        set(pipeline, "source", "device", settings.text("device").unwrap_or_default());
        if let Some(caps) = caps(settings) {
            set(pipeline, "mode", "caps", &caps);
        }
        Ok(())
    },
    sound: |_| false,
    capabilities: DEVICE,
    ..LIVE
};

/// The camera's mode as caps; `None` leaves the choice to it.
fn caps(settings: &Settings) -> Option<String> {
    let mut size = String::new();
    for key in ["width", "height"] {
        if let Some(value) = settings.integer(key) {
            size += &format!(",{key}={value}");
        }
    }
    if let Some(rate) = settings.integer("framerate") {
        size += &format!(",framerate={rate}/1");
    }
    let media = match settings.text("mode") {
        Some("mjpeg") => "image/jpeg",
        Some("h264") => "video/x-h264",
        Some(_) => "video/x-raw",
        None if size.is_empty() => return None,
        None => return Some(format!("video/x-raw{size};image/jpeg{size};video/x-h264{size}")),
    };
    Some(format!("{media}{size}"))
}
