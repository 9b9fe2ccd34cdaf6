//! The scenes at start: each source's own frame, the configuration's, and those made on the panel.

use std::path::Path;

use super::decide::automatic_scene;
use crate::{
    capture,
    config::Config,
    disk::{self, Readers, Saver},
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
    let made = disk::read(&data.join(FILE), u64::MAX).unwrap_or_else(|| config.scenes.clone());
    // A source may have gone from the configuration, or taken a scene's name.
    let known =
        |scene: &Scene| scene.layers.iter().all(|layer| config.sources.iter().any(|source| source.id == layer.source));
    let free = |scene: &Scene| !config.sources.iter().any(|source| source.id == scene.id);
    scenes.extend(made.into_iter().filter(|scene| known(scene) && free(scene)));
    scenes
}

/// Keeps what was made on the panel: not the automatic scenes.
pub fn saver(data: &Path) -> Saver<Vec<Scene>> {
    Saver::start(data.join(FILE), Readers::All, "scenes_not_kept", |mut scenes: Vec<Scene>| {
        scenes.retain(|scene| !scene.automatic);
        serde_json::to_vec_pretty(&scenes)
    })
}
