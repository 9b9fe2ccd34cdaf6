//! A folder in the making.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Medium, RECORD, SUMS, Store, Sums, WORK, files, sum_of};
use crate::{
    archive::Record,
    disk::{self, Readers},
};

/// A folder that is being filled beside its place. Dropped without [`Stage::commit`], it goes.
pub struct Stage {
    work: PathBuf,
    place: PathBuf,
    /// The folder is there already and will be replaced.
    replaces: bool,
    sums: Sums,
    done: bool,
}

impl Store {
    /// Begins a new record: its id is `stem`, or `stem-2`, … where that is taken.
    pub fn begin(&self, medium: Medium, stem: &str) -> io::Result<(String, Stage)> {
        let work = self.data.join(medium.folder()).join(WORK);
        fs::create_dir_all(&work)?;
        for n in 1..100_000u32 {
            let id = if n == 1 { stem.to_owned() } else { format!("{stem}-{n}") };
            let place = self.folder(medium, &id).ok_or(io::ErrorKind::InvalidInput)?;
            let other = [Medium::Clip, Medium::Photo].into_iter().filter_map(|medium| self.folder(medium, &id));
            if other.into_iter().any(|folder| folder.exists()) || self.is_in_bin(&id) {
                continue;
            }
            // Making the folder claims the id, also against another program.
            match fs::create_dir(work.join(&id)) {
                Ok(()) => {
                    let work = work.join(&id);
                    return Ok((id, Stage { work, place, replaces: false, sums: Sums::default(), done: false }));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Begins a change of the folder of a record, also in the bin: everything is as it was until it is
    /// written anew.
    pub fn change(&self, medium: Medium, place: &Path) -> io::Result<Stage> {
        let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
        let work = self.data.join(medium.folder()).join(WORK).join(format!("{name}.change"));
        // Changes are made one after the other: what is there was left by a crash.
        let _ = fs::remove_dir_all(&work);
        fs::create_dir_all(&work)?;
        let sums = Sums::parse(&fs::read_to_string(place.join(SUMS)).unwrap_or_default());
        let stage = Stage { work, place: place.to_owned(), replaces: true, sums, done: false };
        for entry in fs::read_dir(&stage.place)? {
            let entry = entry?;
            if entry.file_name() != SUMS {
                let to = stage.work.join(entry.file_name());
                // The same bytes under two names; a file system without that gets a copy.
                fs::hard_link(entry.path(), &to).or_else(|_| fs::copy(entry.path(), &to).map(drop))?;
            }
        }
        Ok(stage)
    }

    pub(super) fn is_in_bin(&self, id: &str) -> bool {
        self.binned().iter().any(|(binned, _)| binned == id)
    }
}

impl Stage {
    /// Where a file of it is, or will be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.work.join(name)
    }

    /// Whether it has this file.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Writes a file.
    pub fn write(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        disk::write(&self.path(name), content, Readers::All)?;
        self.sums.0.insert(name.to_owned(), Sha256::digest(content).into());
        Ok(())
    }

    /// Writes the record.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        self.write(RECORD, &serde_json::to_vec_pretty(record)?)
    }

    /// A file has been written by someone else, forced to the disk, and has this sum.
    pub fn wrote(&mut self, name: &str, sum: [u8; 32]) {
        self.sums.0.insert(name.to_owned(), sum);
    }

    /// Puts a file that was made beside (`from`) in the place of `name`.
    pub fn take(&mut self, from: &Path, name: &str, sum: [u8; 32]) -> io::Result<()> {
        fs::rename(from, self.path(name))?;
        self.sums.0.insert(name.to_owned(), sum);
        Ok(())
    }

    /// Takes a file out.
    pub fn remove(&mut self, name: &str) -> io::Result<()> {
        self.sums.0.remove(name);
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Puts it in its place, in one step.
    pub fn commit(mut self) -> io::Result<PathBuf> {
        // Sums of exactly what is there, whoever put it there.
        for entry in fs::read_dir(&self.work)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != SUMS && !self.sums.0.contains_key(&name) {
                let sum = sum_of(&self.work.join(&name))?;
                self.sums.0.insert(name, sum);
            }
        }
        let work = self.work.clone();
        self.sums.0.retain(|name, _| work.join(name).exists());
        disk::write(&self.work.join(SUMS), self.sums.text().as_bytes(), Readers::All)?;
        let parent = self.place.parent().unwrap_or(Path::new(".")).to_owned();
        fs::create_dir_all(&parent)?;
        if self.replaces {
            files::exchange(&self.work, &self.place)?;
        } else {
            files::rename_new(&self.work, &self.place)?;
            self.done = true;
        }
        disk::sync_folder(&parent)?;
        // What was replaced lies in the work folder now, and goes with `self`.
        Ok(self.place.clone())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_dir_all(&self.work);
        }
    }
}
