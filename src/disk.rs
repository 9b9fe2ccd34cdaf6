//! Files that are there whole or not at all, also after a power cut; and what room there is.
//!
//! A small file is replaced in one of two ways: by [`write`] where the thread may wait for the disk, by a
//! [`Saver`] where it may not. Nothing else in the program replaces one (a test reads the sources).

mod saver;
#[cfg(test)]
mod tests;

pub use saver::{Saved, Saver};

use std::{
    ffi::OsStr,
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    },
    path::Path,
    time::UNIX_EPOCH,
};

use rustix::fs::Mode;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;
use tracing::{error, warn};

/// How the name of a file ends that is being written beside its place.
const NEW: &str = ".new";
/// Bytes of the final name that such a name begins with: a name has 255 at most.
const STEM: usize = 200;

/// Files and folders that this process makes from now on are closed to other users of the machine: no rights for
/// others, no writing for the group. Call it before the first thread starts.
pub fn close_to_others() {
    rustix::process::umask(Mode::WGRP | Mode::RWXO);
}

/// Makes the data folder (and what is above it), open to its owner alone. Of one that is there, the rights of others
/// are taken away; those of its group are the operator's, who may have given them to somebody.
///
/// # Errors
/// The disk's; a folder that belongs to somebody else.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mode = fs::metadata(folder)?.permissions().mode();
            if mode & 0o007 == 0 {
                return Ok(());
            }
            fs::set_permissions(folder, fs::Permissions::from_mode(mode & 0o7770))
        }
        made => made,
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the system lets: see [`close_to_others`].
    All,
    /// Its owner alone: secrets, and what says who somebody is.
    Owner,
}

/// Erases each of these, and counts what was there: `erase` says whether it was.
///
/// # Errors
/// The first there was, when all the others have been tried.
pub fn erase_each<T>(
    things: impl IntoIterator<Item = T>,
    mut erase: impl FnMut(T) -> io::Result<bool>,
) -> io::Result<usize> {
    let (mut erased, mut failed) = (0, None);
    for thing in things {
        match erase(thing) {
            Ok(was_there) => erased += usize::from(was_there),
            Err(error) => _ = failed.get_or_insert(error),
        }
    }
    failed.map_or(Ok(erased), Err)
}

/// Removes a file, or a folder with all that is in it; `false`: it is not there. A link goes, not what it leads to.
pub fn remove(path: &Path) -> io::Result<bool> {
    let gone = fs::symlink_metadata(path)
        .and_then(|about| if about.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) });
    match gone {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// When a file, or anything in a folder, was last written to, Unix milliseconds; 0: nothing is there.
pub fn written_at(path: &Path) -> u64 {
    let Ok(about) = fs::symlink_metadata(path) else { return 0 };
    let since = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let own = since.map_or(0, |since| since.as_millis() as u64);
    if !about.is_dir() {
        return own;
    }
    let inside = fs::read_dir(path).into_iter().flatten().flatten();
    inside.map(|entry| written_at(&entry.path())).max().unwrap_or(own)
}

/// Bytes that may still be written where `folder` is.
pub fn free(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail * disk.f_frsize)
}

/// Whether files can be made in this folder.
///
/// # Errors
/// The disk's.
pub fn writable(folder: &Path) -> io::Result<()> {
    NamedTempFile::new_in(folder).map(drop)
}

/// Writes a file beside its place, under a name that nobody else has, forces it to the disk, puts it in its place
/// and forces that to the disk too. Who reads the file finds it as it was or as it is to be, also after a crash.
/// Blocking. What a crash left beside it is removed.
///
/// # Errors
/// The disk's; the file is then as it was, unless the last step has failed.
pub fn write(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut beside = beside(path, readers)?;
    beside.write_all(content)?;
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|error| error.error)?;
    sync_folder(folder_of(path))
}

/// A new file in the folder of `path`; locked, as long as it is open, against being removed as a leftover.
fn beside(path: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.as_bytes();
    let stem = [b".", &name[..name.len().min(STEM)], b"."].concat();
    let mode = if readers == Readers::Owner { 0o600 } else { 0o666 };
    remove_those(folder_of(path), &stem);
    loop {
        let file = tempfile::Builder::new()
            .prefix(OsStr::from_bytes(&stem))
            .suffix(NEW)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder_of(path))?;
        // Some network disks have no locks. What is left there stays.
        let _ = file.as_file().lock();
        // Another process may have taken it for a leftover before it was locked.
        if file.as_file().metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}

/// Removes what a crash left of files that were being written in this folder. Blocking.
pub fn remove_leftovers(folder: &Path) {
    remove_those(folder, b".");
}

/// Those whose names begin like this.
fn remove_those(folder: &Path, stem: &[u8]) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.as_bytes().starts_with(stem)
            && name.as_bytes().ends_with(NEW.as_bytes())
            // Who writes it holds its lock.
            && let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let removed = fs::remove_file(entry.path());
            warn!(name = %name.display(), ?removed, "a file that a crash left half written");
        }
    }
}

/// What a small file of ours says; `None` where there is none. One that is damaged, larger than `largest` bytes or
/// cannot be read is set aside under another name, never overwritten, and logged. Blocking.
pub fn read<T: DeserializeOwned>(path: &Path, largest: u64) -> Option<T> {
    let read = || -> io::Result<T> {
        if fs::metadata(path)?.len() > largest {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    };
    let name = path.display();
    match read() {
        Ok(value) => Some(value),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            warn!(%error, "{name} is damaged and set aside");
            let mut aside = path.as_os_str().to_owned();
            aside.push(".damaged");
            if let Err(error) = fs::rename(path, aside) {
                error!(%error, "{name} cannot be set aside");
            }
            None
        }
    }
}

/// Forces a folder's names to the disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder of a file.
fn folder_of(path: &Path) -> &Path {
    // The parent of a bare file name is empty: here.
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
