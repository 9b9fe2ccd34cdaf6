//! Reading a record: as it was written, or not at all.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use nix::errno::Errno;
use sha2::{Digest, Sha256};

use super::{RECORD, SUMS, Sums};
use crate::archive::Record;

/// Longest record that is read, bytes.
const LONGEST: u64 = 16 << 20;

/// Why a record cannot be relied on.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// There is no such folder.
    #[error("it is not there")]
    Gone,
    /// Not at this moment: the system has no file or memory to give.
    #[error("{0}")]
    NotNow(io::Error),
    /// The folder is there, the record is not.
    #[error("record.json is missing")]
    Missing,
    /// The record is not what was written: damaged, or changed by hand.
    #[error("record.json is not the one of SHA256SUMS")]
    Changed,
    /// It is no record.
    #[error("record.json cannot be read: {0}")]
    Broken(io::Error),
}

/// Reads the record in the folder of this id. What its sum does not vouch for is not believed.
///
/// # Errors
/// Why it cannot be relied on.
pub fn read(folder: &Path, id: &str) -> Result<Record, Unread> {
    loop {
        // While the folder is open, no newer one is given its number.
        let held = fs::File::open(folder).and_then(|held| held.metadata().map(|found| (found.ino(), held)));
        let before = held.as_ref().ok().map(|(inode, _)| *inode);
        match read_once(folder, id) {
            // Another folder has taken its place between two files.
            Err(_) if fs::metadata(folder).map(|found| found.ino()).ok() != before => (),
            done => return done,
        }
    }
}

/// Differs when the record's file is another one, or when its content or how it lies there has changed; 0:
/// there is no record.
pub fn stamp(folder: &Path) -> i64 {
    let found = fs::metadata(folder.join(RECORD));
    found.map_or(0, |found| {
        let changed = found.ctime().wrapping_mul(1_000_000_000).wrapping_add(found.ctime_nsec());
        changed ^ (found.ino() as i64).rotate_left(40)
    })
}

fn read_once(folder: &Path, id: &str) -> Result<Record, Unread> {
    let text = text(folder)?;
    let sums = fs::read_to_string(folder.join(SUMS)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Unread::Changed,
        _ => failed(folder, error),
    })?;
    let sum: [u8; 32] = Sha256::digest(&text).into();
    if Sums::parse(&sums).0.get(RECORD) != Some(&sum) {
        return Err(Unread::Changed);
    }
    parse(&text).and_then(|record| if record.id == id { Ok(record) } else { Err(Unread::Changed) })
}

/// The record in a folder, whatever its sum says.
pub(super) fn as_it_is(folder: &Path) -> Result<Record, Unread> {
    parse(&text(folder)?)
}

/// The segment that a record speaks of which cannot be read, if that much of it can.
pub fn segment_of(folder: &Path) -> Option<String> {
    const NAME: &str = "\"segment\": \"";
    let text = text(folder).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (_, rest) = text.split_once(NAME)?;
    rest.split_once('"').map(|(segment, _)| segment.to_owned())
}

fn text(folder: &Path) -> Result<Vec<u8>, Unread> {
    let path = folder.join(RECORD);
    let found = fs::metadata(&path).map_err(|error| failed(folder, error))?;
    if found.len() > LONGEST {
        return Err(Unread::Broken(io::ErrorKind::FileTooLarge.into()));
    }
    fs::read(path).map_err(|error| failed(folder, error))
}

fn parse(text: &[u8]) -> Result<Record, Unread> {
    let record: Record = serde_json::from_slice(text).map_err(|error| Unread::Broken(error.into()))?;
    Ok(record.up_to_date())
}

fn failed(folder: &Path, error: io::Error) -> Unread {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::EINTR) => Unread::NotNow(error),
        _ if error.kind() != io::ErrorKind::NotFound => Unread::Broken(error),
        _ if folder.is_dir() => Unread::Missing,
        _ => Unread::Gone,
    }
}
