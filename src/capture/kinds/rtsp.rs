//! A network camera.

use gstreamer::prelude::*;

use super::{Behaviour, LIVE, set};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "rtsp",
    label: ["Caméra réseau (RTSP)", "Network camera (RTSP)"],
    keys: &[
        Key { name: "url", value: ValueType::Url(&["rtsp", "rtsps"]), required: true, help: ["L'adresse.", "The address."] },
        Key { name: "user", value: ValueType::Text, required: false, help: ["L'identifiant.", "The user's name."] },
        Key { name: "password", value: ValueType::Secret, required: false, help: ["Le mot de passe.", "The password."] },
        Key {
            name: "latency_ms",
            value: ValueType::Integer { min: 0, max: 5000 },
            required: false,
            help: ["Attente des paquets en retard, en millisecondes (100).", "How long late packets are waited for, milliseconds (100)."],
        },
        Key {
            name: "transport",
            value: ValueType::Choice(&["udp", "tcp"]),
            required: false,
            help: ["absent : UDP, puis TCP.", "absent: UDP, then TCP."],
        },
    ],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "rtsp".into(),
    configure: |pipeline, settings, _| {
        set(pipeline, "decode", "uri", settings.text("url").unwrap_or_default());
        let settings = settings.clone();
        if let Some(decoder) = pipeline.element("decode") {
            decoder.connect("source-setup", false, move |values| {
                let source = values[1].get::<gstreamer::Element>().ok()?;
                source.set_property_from_str("latency", &settings.integer("latency_ms").unwrap_or(100).to_string());
                source.set_property("drop-on-latency", true);
                if let Some(user) = settings.text("user") {
                    source.set_property("user-id", user);
                }
                if let Some(password) = settings.secret("password") {
                    source.set_property("user-pw", password.reveal());
                }
                match settings.text("transport") {
                    Some("tcp") => source.set_property_from_str("protocols", "tcp"),
                    Some(_) => source.set_property_from_str("protocols", "udp"),
                    None => (),
                }
                None
            });
        }
        Ok(())
    },
    ..LIVE
};
