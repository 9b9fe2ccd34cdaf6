//! Open Plateau: a participatory television studio.
//!
//! ```text
//! capture  ──►  mix  ──►  program  ──►  outputs
//!    ▲           ▲           ▲             ▲
//!    └───────────┴── studio ─┴─────────────┘
//!                       ▲ commands   │ events
//!                       └─── panel ◄─┘
//! ```
//!
//! Media flows one way, left to right, and no module calls one to its right:
//!
//! - [`capture`]: one pipeline for each source, supervised; what arrives is normalised and placed on
//!   the studio's clock.
//! - [`mix`]: a thread that makes one picture for each tick from the pictures nearest to it, whatever
//!   the sources do, and the sound that goes with them.
//! - [`program`]: H.264 and AAC, once; two feeds that part only while the slate is up.
//! - [`outputs`]: networks, recordings, HLS, the panel's monitors; each fed by a bounded link.
//! - [`booth`]: interviews that a tablet records alone, beside the programme.
//! - [`studio`]: one task owns the state; decisions are pure; every change is an event with a revision.
//! - [`audience`]: questions and the networks' chats in; a person decides what reaches the picture.
//! - [`archive`]: every segment a clip, described once and in every form; the public catalogue.
//! - [`rundown`]: the day on paper and the gate, as pure rules; [`people`]: who takes part, and what
//!   they have agreed to.
//! - [`rights`]: who may be shown, heard, named, published and kept; every door asks it.
//! - [`retention`]: what is kept for how long, and the one sweeper that erases the rest.
//! - [`panel`], [`cli`] and, for other programs' remotes, [`remote`]: the doors. [`protocol`] is all that
//!   passes through them, [`config`] what the operator wrote, [`media`] the only raw GStreamer helpers, `mp4` how
//!   films are written and read.

mod allowance;
pub mod archive;
pub mod audience;
pub mod booth;
pub mod capture;
pub mod cli;
pub mod config;
mod descriptors;
mod disk;
#[cfg(test)]
mod documents;
pub mod media;
pub mod mix;
mod mp4;
pub mod outputs;
pub mod panel;
pub mod people;
mod priority;
pub mod program;
pub mod protocol;
pub mod remote;
pub mod retention;
pub mod rights;
pub mod rundown;
pub mod studio;
mod term;
mod tls;
mod tokens;
