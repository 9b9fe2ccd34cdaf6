//! The small files that change while the studio runs.

use std::path::Path;

use super::scenes;
use crate::{
    audience::{self, Voices},
    disk::Saver,
    protocol::{Problem, Scene, Segment},
};

/// What keeps them.
pub struct Files {
    pub rundown: Saver<Vec<Segment>>,
    pub scenes: Saver<Vec<Scene>>,
    pub voices: Saver<Voices>,
}

impl Files {
    /// In this data folder; the rundown's has been opened by its reader.
    pub fn new(data: &Path, rundown: Saver<Vec<Segment>>) -> Self {
        Self { rundown, scenes: scenes::saver(data), voices: audience::saver(data) }
    }

    /// Those that are not on the disk as they are.
    pub fn problems(&self) -> impl Iterator<Item = Problem> {
        [self.rundown.problem(), self.scenes.problem(), self.voices.problem()].into_iter().flatten()
    }

    /// Writes what is left to write.
    pub async fn end(self) {
        tokio::join!(self.rundown.end(), self.scenes.end(), self.voices.end());
    }
}
