//! Twitch's chat: IRC with tags, read anonymously (dev.twitch.tv/docs/chat/irc).

use url::Url;

use super::irc::{Irc, channel};
use crate::{
    audience::connector::Network,
    config::{Key, Kind, Settings, ValueType},
};

/// The row of the registry.
pub const KIND: Kind = Kind {
    name: "twitch",
    label: ["Twitch", "Twitch"],
    keys: &[
        Key {
            name: "channel",
            value: ValueType::Text,
            required: true,
            help: ["Le nom de la chaîne.", "The channel's name."],
        },
        Key {
            name: "server",
            value: ValueType::Url(&["ircs", "irc"]),
            required: false,
            help: ["Un autre serveur que celui de Twitch.", "Another server than Twitch's."],
        },
    ],
};

const SERVER: &str = "ircs://irc.chat.twitch.tv:6697";

/// Opens a channel.
pub fn open(settings: &Settings) -> Box<dyn Network> {
    let server = settings.text("server").unwrap_or(SERVER);
    Box::new(Irc {
        server: Url::parse(server).expect("a checked address, or a constant"),
        channel: channel(settings),
        // Any name of this form may read.
        nick: "justinfan",
        capabilities: Some("twitch.tv/tags twitch.tv/commands"),
    })
}
