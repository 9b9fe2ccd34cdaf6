//! `plateau reference`

use clap::Args;

use super::{Failure, KINDS, print};
use crate::config;

/// Prints the manual of the configuration: every key, with its unit, range and default.
#[derive(Args)]
pub struct Reference {}

impl Reference {
    /// Prints it.
    pub fn main(self) -> Result<(), Failure> {
        print(&config::reference(&KINDS));
        Ok(())
    }
}
