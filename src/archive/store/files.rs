//! Files that are there whole or not at all, also after a power cut.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

/// Writes a file beside its place, forces it to the disk, and puts it there.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = File::create(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Forces a folder's names to the disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Gives a file or folder a name that nothing has yet.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where something has.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat2(AT_FDCWD, from, AT_FDCWD, to, RenameFlags::RENAME_NOREPLACE) {
        Ok(()) => Ok(()),
        // A file system that doesn't know the flag: a folder is never renamed onto a full one anyway.
        Err(nix::errno::Errno::EINVAL) => fs::rename(from, to),
        Err(error) => Err(error.into()),
    }
}

/// Lets two folders change places in one step.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    match renameat2(AT_FDCWD, one, AT_FDCWD, other, RenameFlags::RENAME_EXCHANGE) {
        Ok(()) => Ok(()),
        Err(nix::errno::Errno::EINVAL) => {
            // A file system that doesn't know the flag (some network ones): two steps, and for a moment
            // the folder isn't there.
            let mut aside = one.as_os_str().to_owned();
            aside.push(".aside");
            fs::rename(other, &aside)?;
            fs::rename(one, other)?;
            fs::rename(&aside, one)
        }
        Err(error) => Err(error.into()),
    }
}
