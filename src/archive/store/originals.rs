//! `originals/<id>/` in the data folder: what a clip was made from and does not show. Files of
//! captions as they were given, and words that a cut has taken out, for as long as it can be undone.
//!
//! Nothing here is served, exported or indexed; its owner alone reads it.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{Store, is_id};
use crate::disk::{self, Readers};

/// In the data folder.
pub const ORIGINALS: &str = "originals";
/// Words that a cut has taken out of a clip.
pub const UNCUT: &str = "uncut.json";

impl Store {
    /// Where a record's originals lie.
    fn originals(&self, id: &str) -> PathBuf {
        debug_assert!(is_id(id), "a record's id is safe in a path");
        self.data.join(ORIGINALS).join(id)
    }

    /// One of a record's originals.
    pub fn original(&self, id: &str, name: &str) -> Option<Vec<u8>> {
        fs::read(self.originals(id).join(name)).ok()
    }

    /// Keeps one of a record's originals, in place of what was kept under this name.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep_original(&self, id: &str, name: &str, content: &[u8]) -> io::Result<()> {
        let folder = self.originals(id);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        disk::write(&folder.join(name), content, Readers::Owner)
    }

    /// Erases one of a record's originals, if it is there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn erase_original(&self, id: &str, name: &str) -> io::Result<()> {
        disk::remove(&self.originals(id).join(name)).map(drop)
    }

    /// Erases all originals of a record.
    ///
    /// # Errors
    /// What the disk says.
    pub fn erase_originals(&self, id: &str) -> io::Result<()> {
        disk::remove(&self.originals(id)).map(drop)
    }

    /// Erases the originals of what is neither in its folder nor in the bin any more, and words whose
    /// recording has gone. Returns of how many records.
    ///
    /// # Errors
    /// What the disk says, when everything else has been tried.
    pub fn tidy_originals(&self) -> io::Result<usize> {
        let entries = fs::read_dir(self.data.join(ORIGINALS)).into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|id| is_id(id));
        disk::erase_each(ids, |id| {
            // Of a record that cannot be read nobody knows.
            let recorded = |folder: &Path| {
                super::read(folder, &id)
                    .map_or(true, |record| record.origin.is_some_and(|origin| self.data.join(origin.master).exists()))
            };
            match self.find(&id) {
                Some((_, folder)) if recorded(&folder) => Ok(false),
                Some(_) => disk::remove(&self.originals(&id).join(UNCUT)),
                None if self.is_in_bin(&id) => Ok(false),
                None => disk::remove(&self.originals(&id)),
            }
        })
    }
}
