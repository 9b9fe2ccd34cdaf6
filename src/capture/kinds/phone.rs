//! A slot that a phone fills, by WHIP.

use super::{Behaviour, LIVE};
use crate::{
    config::{Key, Kind, ValueType},
    protocol::SourceCapabilities,
};

pub const KIND: Kind = Kind {
    name: "phone",
    label: ["Place pour un téléphone", "Place for a phone"],
    keys: &[
        Key {
            name: "latency_ms",
            value: ValueType::Integer { min: 0, max: 1000 },
            required: false,
            help: ["Attente des paquets en retard, en millisecondes (60).", "How long late packets are waited for, milliseconds (60)."],
        },
        Key {
            name: "bitrate_kbps",
            value: ValueType::Integer { min: 200, max: 10_000 },
            required: false,
            help: [
                "Le débit le plus haut de l'image, en kilobits par seconde (2500) ; le téléphone s'adapte au Wi-Fi en dessous.",
                "The picture's highest bit rate, kilobits a second (2500); below it the phone adapts to the Wi-Fi.",
            ],
        },
    ],
};

/// Its pipeline is made when a phone calls (`capture::phone`).
pub const BEHAVIOUR: Behaviour = Behaviour {
    capabilities: SourceCapabilities { is_invited: true, ..LIVE.capabilities },
    patience_ms: 700,
    ..LIVE
};
