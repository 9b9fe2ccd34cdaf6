//! Where things are when nobody says.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Exit, Failure, KINDS};
use crate::{
    capture::devices,
    config::{self, Access, Config, Video, terminal_language},
    media,
};

/// The configuration's name in the data folder.
const CONFIG: &str = "plateau.toml";

/// The data folder: as given, else `./data` in a checkout, else where packages keep theirs.
pub fn data(given: Option<&Path>) -> PathBuf {
    let checkout = || fs::read_to_string("Cargo.toml").is_ok_and(|text| text.contains("name = \"open-plateau\""));
    match given {
        Some(data) => data.to_owned(),
        None if checkout() => PathBuf::from("data"),
        None => PathBuf::from("/var/lib/plateau"),
    }
}

/// The configuration's file: as given, else `plateau.toml` in the data folder if it is there.
pub fn config_file(given: Option<&Path>, data: &Path) -> Option<PathBuf> {
    let kept = data.join(CONFIG);
    given.map(Path::to_owned).or_else(|| kept.exists().then_some(kept))
}

/// Reads a configuration.
pub fn load(file: &Path) -> Result<Arc<Config>, Failure> {
    config::load(file, &KINDS).map(Arc::new).map_err(|mistakes| Failure {
        sentences: mistakes.iter().map(|mistake| mistake.show(file, terminal_language()).to_string()).collect(),
        exit: Exit::NotStarted,
    })
}

/// The configuration to run with. Where there is none yet, a first one is written into the data
/// folder: the cameras and microphones that are plugged in, or test pictures.
pub fn load_or_write(given: Option<&Path>, data: &Path) -> Result<Arc<Config>, Failure> {
    if let Some(file) = config_file(given, data) {
        return load(&file);
    }
    let not_written = |problem| Failure::new(Exit::NotStarted, &problem);
    media::init().map_err(not_written)?;
    let file = devices::first_config(data, &KINDS, terminal_language()).map_err(not_written)?;
    load(&file)
}

/// The PINs that the configuration gives, if there is one.
pub fn access(given: Option<&Path>, data: &Path) -> Result<Access, Failure> {
    match config_file(given, data) {
        Some(file) => Ok(load(&file)?.access.clone()),
        None => Ok(Access::default()),
    }
}

/// The picture that a studio has when its configuration doesn't say.
pub const STANDARD: Video = Video { width: 1280, height: 720, framerate: 25 };
