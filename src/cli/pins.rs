//! `plateau pins`

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, folders, print, welcome};
use crate::{
    config::terminal_language,
    panel::{Access, Links},
};

/// Makes new PINs for the control room and logs everybody out, also while the studio runs.
#[derive(Args)]
pub struct Pins {
    /// Make new ones: the old ones are not known, only their hashes.
    #[arg(long, required = true)]
    reset: bool,
    /// The configuration; the PINs it gives stay.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

impl Pins {
    /// Makes and prints them.
    pub fn main(self) -> Result<(), Failure> {
        let data = folders::data(self.data.as_deref());
        let given = folders::access(self.config.as_deref(), &data)?;
        let made = Access::reset(&data, &given).map_err(|problem| Failure::new(Exit::NotStarted, &problem))?;
        // Whoever was let in by a link has to be let in anew: the booth's tablet, phones.
        Links::end_all(&data).map_err(|problem| Failure::new(Exit::NotStarted, &problem))?;
        print(&welcome::pins(&made, terminal_language()));
        Ok(())
    }
}
