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
//! - [`studio`]: one task owns the state; decisions are pure; every change is an event with a revision.
//! - [`panel`], [`cli`] and, for other programs' remotes, [`remote`]: the doors. [`protocol`] is all that passes through them, [`config`] what the
//!   operator wrote, [`media`] the only raw GStreamer helpers.

pub mod capture;
pub mod cli;
pub mod config;
pub mod media;
pub mod mix;
pub mod outputs;
pub mod panel;
pub mod program;
pub mod protocol;
pub mod remote;
pub mod studio;
