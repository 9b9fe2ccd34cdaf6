//! The scenes at start: each source's own frame, the configuration's, and those made on the panel.

use std::{fs, path::Path};

use tracing::warn;

use super::decide::automatic_scene;
use crate::{
    capture,
    config::Config,
    disk::{self, Readers},
    protocol::Scene,
};

const FILE: &str = "scenes.json";

/// Automatic ones first, then the configuration's or, once somebody has edited scenes, what they left.
pub fn initial(config: &Config, data: &Path) -> Vec<Scene> {
    let mut scenes: Vec<Scene> = config
        .sources
        .iter()
        .filter(|source| capture::carries(source).0)
        .map(|source| automatic_scene(&source.id, &source.label))
        .collect();
    let made = kept(data).unwrap_or_else(|| config.scenes.clone());
    // A source may have gone from the configuration, or taken a scene's name.
    let known =
        |scene: &Scene| scene.layers.iter().all(|layer| config.sources.iter().any(|source| source.id == layer.source));
    let free = |scene: &Scene| !config.sources.iter().any(|source| source.id == scene.id);
    scenes.extend(made.into_iter().filter(|scene| known(scene) && free(scene)));
    scenes
}

fn kept(data: &Path) -> Option<Vec<Scene>> {
    let text = fs::read_to_string(data.join(FILE)).ok()?;
    serde_json::from_str(&text).inspect_err(|error| warn!(%error, "{FILE} is damaged and left aside")).ok()
}

/// Keeps what was made on the panel; whole or not at all.
pub fn keep(data: &Path, scenes: &[Scene]) -> std::io::Result<()> {
    let made: Vec<_> = scenes.iter().filter(|scene| !scene.automatic).collect();
    disk::write(&data.join(FILE), &serde_json::to_vec_pretty(&made)?, Readers::All)
}
