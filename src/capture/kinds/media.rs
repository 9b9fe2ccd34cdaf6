//! A file: cued, played once or looped.

use super::{Behaviour, LIVE, set};
use crate::{
    config::{Key, Kind, ValueType},
    protocol::SourceCapabilities,
};

pub const KIND: Kind = Kind {
    name: "media",
    label: ["Fichier", "File"],
    keys: &[
        Key { name: "path", value: ValueType::Path, required: true, help: ["Le fichier, absolu ou dans le dossier de données.", "The file, absolute or in the data folder."] },
        Key { name: "repeat", value: ValueType::Flag, required: false, help: ["Recommence à sa fin.", "Starts again at its end."] },
        Key { name: "autoplay", value: ValueType::Flag, required: false, help: ["Joue dès le démarrage.", "Plays from the start."] },
    ],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: |_| "media".into(),
    configure: |pipeline, settings, around| {
        let path = around.data.join(settings.text("path").unwrap_or_default());
        set(pipeline, "source", "location", &path.to_string_lossy());
        Ok(())
    },
    capabilities: SourceCapabilities { has_transport: true, ..LIVE.capabilities },
    paced: true,
    ..LIVE
};
