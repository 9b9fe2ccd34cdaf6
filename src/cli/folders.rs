//! Where things are when nobody says.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Exit, Failure, KINDS};
use crate::config::{self, Config, terminal_language};

/// Three test cameras and a scene of two: what a studio shows that nobody has configured yet.
const DEMO: &str = include_str!("demo.toml");

/// The data folder: as given, else `./data` in a checkout, else where packages keep theirs.
pub fn data(given: Option<&Path>) -> PathBuf {
    let checkout = || fs::read_to_string("Cargo.toml").is_ok_and(|text| text.contains("name = \"open-plateau\""));
    match given {
        Some(data) => data.to_owned(),
        None if checkout() => PathBuf::from("data"),
        None => PathBuf::from("/var/lib/plateau"),
    }
}

/// The configuration: as given, else `plateau.toml` in the data folder, else the demonstration.
pub fn config(given: Option<&Path>, data: &Path) -> Result<Arc<Config>, Failure> {
    let kept = data.join("plateau.toml");
    let file = given.or_else(|| kept.exists().then_some(kept.as_path()));
    let loaded = match file {
        Some(file) => config::load(file, &KINDS),
        None => config::parse(DEMO, &KINDS),
    };
    let file = file.unwrap_or(Path::new("demo.toml"));
    loaded.map(Arc::new).map_err(|mistakes| Failure {
        sentences: mistakes.iter().map(|mistake| mistake.show(file, terminal_language()).to_string()).collect(),
        exit: Exit::NotStarted,
    })
}
