//! Segments on the disk, written by a thread of its own: a disk that stalls holds nothing up.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Weak, mpsc},
};

use tracing::{debug, warn};

use super::{
    live::Shared,
    timeline::{Job, segment_name},
};
use crate::disk;

/// Bytes of the disk that are never used: recordings come first.
const RESERVE: u64 = 1_000_000_000;

/// The folder of all sessions.
pub fn folder(data: &Path) -> PathBuf {
    data.join("live")
}

/// Deletes earlier sessions, then does its jobs until the last [`Shared`] is gone.
pub fn run(folder: &Path, session: u64, jobs: &mpsc::Receiver<Job>, shared: &Weak<Shared>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().and_then(|name| name.parse().ok()).is_some_and(|old: u64| old != session) {
            let gone = fs::remove_dir_all(entry.path());
            debug!(path = %entry.path().display(), ?gone, "earlier live session removed");
        }
    }
    let mut failing = false;
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Remove(number) => drop(fs::remove_file(folder.join(segment_name(session, number)))),
            Job::Write(name, number, data) => {
                let written = make_room(folder, session, data.len() as u64, shared)
                    .and_then(|()| fs::create_dir_all(folder.join(session.to_string())))
                    .and_then(|()| fs::write(folder.join(&name), &data));
                if let Err(error) = &written
                    && !failing
                {
                    warn!(%error, "no live segment is kept; viewers cannot go back");
                }
                failing = written.is_err();
                if let (Some(number), Some(shared)) = (number, shared.upgrade()) {
                    shared.kept(number, written.is_ok());
                }
            }
        }
    }
}

/// Deletes the oldest segments until `length` bytes leave the reserve alone.
fn make_room(folder: &Path, session: u64, length: u64, shared: &Weak<Shared>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    loop {
        if disk::free(folder)? >= RESERVE + length {
            return Ok(());
        }
        let Some(gone) = shared.upgrade().and_then(|shared| shared.shrink()) else {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        };
        for number in gone {
            // Most of them went earlier.
            let _ = fs::remove_file(folder.join(segment_name(session, number)));
        }
    }
}
