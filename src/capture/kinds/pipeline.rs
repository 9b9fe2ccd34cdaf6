//! A description of the operator's own: a file under the data folder's pipelines/sources.
//!
//! It ends in elements named `video` and `audio` (raw, any format), or has a demuxer or decoder
//! named `decode` whose pads are taken as they appear.

use super::{Behaviour, LIVE};
use crate::config::{Key, Kind, ValueType};

pub const KIND: Kind = Kind {
    name: "pipeline",
    label: ["Description GStreamer", "GStreamer description"],
    keys: &[Key {
        name: "description",
        value: ValueType::Text,
        required: true,
        help: ["Le nom du fichier sous pipelines/sources, sans « .launch ».", "The file's name under pipelines/sources, without `.launch`."],
    }],
};

pub const BEHAVIOUR: Behaviour =
    Behaviour { description: |settings| settings.text("description").unwrap_or_default().into(), ..LIVE };
