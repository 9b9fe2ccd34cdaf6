//! Files that are there whole or not at all, also after a power cut; and what room there is.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
    time::UNIX_EPOCH,
};

use rustix::fs::Mode;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_is_its_owners_and_the_groups_rights_are_the_operators() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("var/plateau");
        let mode = || fs::metadata(&data).unwrap().permissions().mode() & 0o777;
        private_folder(&data).unwrap();
        assert_eq!(mode(), 0o700);
        for (before, after) in [(0o755, 0o750), (0o710, 0o710), (0o777, 0o770)] {
            fs::set_permissions(&data, fs::Permissions::from_mode(before)).unwrap();
            private_folder(&data).unwrap();
            assert_eq!(mode(), after, "{before:o}");
        }
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(private_folder(&folder.path().join("file/data")).is_err());
    }
}
