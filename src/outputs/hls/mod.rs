//! Low-latency HLS, served by the studio itself: fragmented MP4 in parts of 0.2 s, picture and sound
//! together, so that a viewer needs half the requests.
//!
//! ```text
//! link ─► isofmp4mux ─► feeder ─► timeline ─► playlist      a player asks Live
//!                                     └─────► store         segments on the disk
//! ```
//! A segment ends at every key frame, also at one that came early. A pause of the output is a
//! discontinuity in one playlist; only a pause that lasts ends it.
//!
//! Every part carries its program time, and a segment of the rundown lies between two marks in the same
//! time: what is retracted is compared with those, never with the time of day.

mod feeder;
mod live;
mod playlist;
mod retract;
mod store;
mod timeline;

#[cfg(test)]
mod tests;

pub use live::{Ask, Live, NoPlaylist};

use super::kinds::{BASE, Behaviour};
use crate::{
    config::{Key, Kind, ValueType},
    protocol::OutputCapabilities,
};

/// Minutes that a viewer can go back, if the configuration doesn't say.
const REWIND_MINUTES: i64 = 120;

/// The row of the registry.
pub const KIND: Kind = Kind {
    name: "hls",
    label: ["Page du direct (HLS)", "Live page (HLS)"],
    keys: &[Key {
        name: "rewind_minutes",
        value: ValueType::Integer { min: 1, max: 1440 },
        required: false,
        help: [
            "Jusqu'où le public peut revenir en arrière, en minutes (120 d'ordinaire) ; moins si le disque se remplit.",
            "How far viewers can go back, in minutes (120 by default); less when the disk fills up.",
        ],
    }],
};

/// What the studio has to know of it.
pub const BEHAVIOUR: Behaviour = Behaviour {
    description: "hls",
    capabilities: OutputCapabilities { leaves_the_house: true, writes_files: false, is_playlist: true },
    configure: |pipeline, settings, around| {
        let minutes = settings.integer("rewind_minutes").unwrap_or(REWIND_MINUTES).unsigned_abs();
        feeder::attach(pipeline, &around.live, &around.clock, minutes * 60 * 1_000_000_000)?;
        Ok(None)
    },
    ..BASE
};
