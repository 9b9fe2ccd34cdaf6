//! The rundown on disk, whole or not at all, in the order in which it changed.

use std::path::Path;

use crate::{
    disk::{self, Readers, Saver},
    protocol::Segment,
};

/// In the data folder; for the owner of the folder alone, since it holds names.
pub const FILE: &str = "rundown.json";

/// The rundown as it was left, and what keeps it. A damaged file is set aside, never overwritten.
/// Blocking.
pub fn open(data: &Path) -> (Vec<Segment>, Saver<Vec<Segment>>) {
    let path = data.join(FILE);
    let segments = disk::read(&path, u64::MAX).unwrap_or_default();
    let encode = |segments| serde_json::to_vec_pretty(&segments);
    (segments, Saver::start(path, Readers::Owner, "rundown_not_kept", encode))
}
