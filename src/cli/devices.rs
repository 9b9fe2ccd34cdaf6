//! `plateau devices`

use clap::Args;

use super::{Exit, Failure, KINDS, folders, print};
use crate::{
    capture::devices,
    config::terminal_language,
    protocol::{Fault, Problem},
};

/// Lists the cameras and microphones of this machine, each as a block for the configuration.
#[derive(Args)]
pub struct Devices {
    /// As a JSON array.
    #[arg(long)]
    json: bool,
}

impl Devices {
    /// Lists them.
    pub fn main(self) -> Result<(), Failure> {
        let failed = |problem: Problem| Failure::new(Exit::Failed, &problem);
        gstreamer::init().map_err(|error| failed(no_gstreamer(&error)))?;
        let found = devices::find(&folders::STANDARD).map_err(failed)?;
        let language = terminal_language();
        match self.json {
            true => print(&format!("{:#}\n", devices::as_json(&found, &KINDS, language))),
            false => print(&devices::as_text(&found, &KINDS, language)),
        };
        Ok(())
    }
}

fn no_gstreamer(error: &gstreamer::glib::Error) -> Problem {
    Problem::new(
        "no_gstreamer",
        Fault::Ours,
        format!("GStreamer ne démarre pas ({error}). Installez ses paquets : make packages."),
        format!("GStreamer does not start ({error}). Install its packages: make packages."),
    )
}
