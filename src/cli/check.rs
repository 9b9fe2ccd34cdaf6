//! `plateau check`

use std::path::PathBuf;

use clap::Args;

use super::{Failure, folders};
use crate::config::terminal_language;

/// Says what is wrong with a configuration, line by line, and what would be right.
#[derive(Args)]
pub struct Check {
    /// The configuration, TOML.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Check {
    /// Checks.
    pub fn main(self) -> Result<(), Failure> {
        let config = folders::config(Some(&self.config), &folders::data(None))?;
        let (file, sources, outputs) = (self.config.display(), config.sources.len(), config.outputs.len());
        match terminal_language() {
            "fr" => println!("{file} : correct ({sources} sources, {outputs} sorties)."),
            _ => println!("{file}: correct ({sources} sources, {outputs} outputs)."),
        }
        Ok(())
    }
}
