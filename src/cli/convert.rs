//! `plateau convert`: what the studio starts for each interview of the booth.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure};
use crate::booth;

/// Converts a recording of the booth into H.264 and AAC in MP4 (the studio does so by itself).
#[derive(Args)]
#[command(hide = true)]
pub struct Convert {
    /// The recording.
    from: PathBuf,
    /// The MP4 to make.
    to: PathBuf,
}

impl Convert {
    /// Converts.
    pub fn main(self) -> Result<(), Failure> {
        booth::convert(&self.from, &self.to).map_err(|problem| Failure::new(Exit::Failed, &problem))
    }
}
