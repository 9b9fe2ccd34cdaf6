//! The file of a recording that is about to begin.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{Note, Subject};
use crate::disk;

/// With less room than this on the disk, bytes, no segment is worth beginning: half a minute of a rich
/// programme.
const ROOM: u64 = 16 << 20;

/// A recording's file, open, with its note beside it. Both are gone again where nothing is recorded into it.
pub struct Claim {
    data: PathBuf,
    note: Note,
    file: Option<File>,
}

impl Claim {
    /// Makes the file of a recording of `subject`, named after `stem`. Blocks.
    ///
    /// # Errors
    /// What the disk says; `StorageFull` before it is.
    pub fn make(data: &Path, stem: &str, subject: Subject, now: u64) -> io::Result<Self> {
        if disk::free(data)? < ROOM {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let (master, file) = Note::claim(data, stem)?;
        let note = Note { master, subject, recorded_at: now, ..Note::default() };
        let claim = Self { data: data.to_owned(), note, file: Some(file) };
        claim.note.keep(data)?;
        Ok(claim)
    }

    /// The recording of `subject`, which may have become private since, begins at `now`, Unix milliseconds:
    /// data folder, note and file. Nothing of another segment is written into it.
    pub fn begin(mut self, subject: Subject, now: u64) -> (PathBuf, Note, File) {
        let file = self.file.take().expect("a claim holds its file until it begins");
        let note = Note { subject, recorded_at: now, alone: true, ..std::mem::take(&mut self.note) };
        (self.data.clone(), note, file)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.file.is_some() {
            let file = self.data.join(&self.note.master);
            // What cannot be taken away is empty, and goes at the next start.
            let _ = fs::remove_file(file.with_extension("json"));
            let _ = fs::remove_file(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_begin_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let count = || fs::read_dir(folder.path().join("masters")).unwrap().count();
        let claim = || Claim::make(folder.path(), "matin", Subject::default(), 1).unwrap();
        let (one, two) = (claim(), claim());
        assert_eq!(count(), 4);
        drop(one);
        let (_, note, _file) = two.begin(Subject::default(), 7);
        assert_eq!((note.master.as_str(), note.recorded_at), ("masters/matin-2.mp4", 7));
        assert_eq!(count(), 2);
    }
}
