//! `plateau check`

use std::path::PathBuf;

use clap::Args;

use super::{Failure, folders, print};
use crate::{config::terminal_language, outputs::presets};

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
        let config = folders::load(&self.config)?;
        let (file, sources, outputs) = (self.config.display(), config.sources.len(), config.outputs.len());
        for output in &config.outputs {
            for advice in presets::advice(&config, output) {
                print(&format!("{file}: {}\n", advice.get(terminal_language())));
            }
        }
        print(&match terminal_language() {
            "fr" => format!("{file} : correct ({sources} sources, {outputs} sorties).\n"),
            _ => format!("{file}: correct ({sources} sources, {outputs} outputs).\n"),
        });
        Ok(())
    }
}
