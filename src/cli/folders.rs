//! Where things are when nobody says.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Exit, Failure, KINDS};
use crate::{
    capture::devices,
    config::{self, Access, Config, Video, terminal_language},
    protocol::Problem,
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
    let found = gstreamer::init().ok().and_then(|()| devices::find(&STANDARD).ok()).unwrap_or_default();
    let text = devices::demo_config(&found, &KINDS, terminal_language());
    let file = data.join(CONFIG);
    let written = fs::create_dir_all(data).and_then(|()| fs::write(&file, text));
    written.map_err(|error| Failure::new(Exit::NotStarted, &unwritable(&file, &error)))?;
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

fn unwritable(file: &Path, error: &io::Error) -> Problem {
    let file = file.display();
    Problem::operator(
        "data_unwritable",
        format!(
            "{file} ne peut pas être écrit ({error}). Donnez un dossier où ce programme peut écrire : --data DOSSIER."
        ),
        format!("{file} cannot be written ({error}). Give a folder that this program may write to: --data FOLDER."),
    )
}
