//! The door for other programs' remotes: obs-websocket, protocol version 5, on a port of its own.
//!
//! ```text
//! server ──► session ──► request   what a client asks, one file a topic
//!    │          │  └───► events    what the studio's events are called there
//!    auth     codec      show      the studio as one session follows it
//!             msgpack    desk      what that protocol knows and the studio doesn't
//! ```
//! The protocol is described in obs-websocket's `docs/generated/protocol.md`; names, numbers and
//! ranges here are that page's. Scenes, inputs and outputs are called by the studio's ids. Nothing
//! here holds state of the show: a session follows the studio's events like any panel, and asks
//! [`crate::studio::Studio`] for what a client wants.

mod auth;
mod batch;
mod codec;
mod desk;
mod events;
mod meters;
mod msgpack;
mod names;
mod phases;
mod request;
mod server;
mod session;
mod show;

pub use server::{Bound, bind};

/// The protocol's version that clients negotiate.
const RPC_VERSION: u64 = 1;
/// The version of obs-websocket whose requests and events are understood here.
const OBS_WEBSOCKET_VERSION: &str = "5.5.2";
/// The version of OBS Studio that belongs to it; some clients refuse older ones.
const OBS_VERSION: &str = "30.2.2";
