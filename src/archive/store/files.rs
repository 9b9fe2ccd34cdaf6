//! Files and folders that change places in one step.

use std::{fs, io, path::Path};

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

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
