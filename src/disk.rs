//! Files that are there whole or not at all, also after a power cut; and the room there is for them.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the system lets.
    All,
    /// Its owner alone: secrets, and what says who somebody is.
    Owner,
}

/// Writes a file beside its place, forces it to the disk, and puts it there.
pub fn write(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mode = if readers == Readers::Owner { 0o600 } else { 0o666 };
    let mut file = File::options().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Forces a folder's names to the disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // The parent of a bare file name is empty: here.
    File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()
}

/// Bytes that may still be written where this folder is.
pub fn free(folder: &Path) -> io::Result<u64> {
    let disk = nix::sys::statvfs::statvfs(folder)?;
    // Both are at most 64 bits, whatever the platform calls them.
    Ok(disk.blocks_available() as u64 * disk.fragment_size() as u64)
}
