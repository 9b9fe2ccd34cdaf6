//! The networks' chats: one file each, one line here. The configuration and the panel's forms are made
//! from these rows.

mod irc;
mod lines;
mod mastodon;
mod owncast;
mod twitch;
mod wire;

use super::connector::Network;
use crate::config::{Kind, Settings};

macro_rules! registry {
    ($($kind:ident),* $(,)?) => {
        /// Every kind of chat.
        pub static KINDS: &[Kind] = &[$($kind::KIND),*];
        static OPENERS: &[fn(&Settings) -> Box<dyn Network>] = &[$($kind::open),*];
    };
}

registry!(twitch, mastodon, owncast, irc);

/// The chat of a checked configuration.
pub fn open(kind: &Kind, settings: &Settings) -> Box<dyn Network> {
    let at = KINDS.iter().position(|known| known.name == kind.name).expect("a checked kind is in the registry");
    OPENERS[at](settings)
}
