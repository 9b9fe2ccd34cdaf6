//! The archive: every segment a clip, findable, reusable, safe.
//!
//! ```text
//! segment ──► master (recording, handles) ──► cut ──► store: clips/YYYY/MM/DD/<id>/ plain files
//!                                              ▲        │          │
//!                     record ──► forms: XMP, tags, JSON-LD, …      └──► index (archive.sqlite)
//! ```
//!
//! - [`master`]: the recording of a segment; whole at any moment, whatever happens.
//! - [`cut`]: a clip out of a recording, without encoding anything again.
//! - [`record`]: the one description, the truth; [`forms`]: everything that is made from it.
//! - [`store`]: folders of plain files, changed whole or not at all; the index forgets nothing that the
//!   files don't say.

mod cut;
pub mod day;
pub mod forms;
mod master;
mod record;
mod store;

pub use record::{Captions, Change, Chapter, Credit, Loudness, Medium, Origin, Record, Standing};

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    thread::JoinHandle,
};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use self::master::{Note, Recorder, Ring};
use crate::{
    media::{self, Ns},
    program::{Following, Program},
    protocol::{Fault, Problem, Segment},
};

/// Kept from before a segment's start: the handle, and time to decide.
const RING: Ns = 7_000_000_000;

/// What may be done with a clip, as far as those in it are concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Everybody in it has agreed to its publication.
    pub allowed: bool,
    /// Who is named, and how.
    pub credits: Vec<Credit>,
}

/// What the archive tells the studio.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// A clip was made, or changed.
    Clip(Box<Record>),
    /// A clip has gone from the catalogue for good.
    Gone(String),
    /// Something is wrong.
    Problem(Problem),
}

/// What the archive has to know of the studio.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// The event.
    pub event: String,
    /// Where it happens.
    pub place: String,
    /// Its first language.
    pub language: String,
    /// SPDX identifier.
    pub licence: String,
    /// A clip waits for a person before it is published.
    pub review: bool,
}
