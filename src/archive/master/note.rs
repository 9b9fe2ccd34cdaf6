//! What a recording is, beside it on the disk: enough to make its clip after a crash.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    disk::{self, Readers},
    protocol::{NameShown, Segment},
};

/// Recordings, in the data folder.
pub const FOLDER: &str = "masters";

/// What a clip needs to know of its segment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The segment's id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// BCP 47.
    pub language: String,
    /// Its participants, by id; `None` in notes of before they were noted.
    #[serde(default)]
    pub people: Option<Vec<String>>,
    /// It is recorded only.
    #[serde(default)]
    pub private: bool,
    /// It took place in a rehearsal.
    #[serde(default)]
    pub rehearsed: bool,
    /// Whose names were on the picture.
    #[serde(default)]
    pub names_shown: Vec<NameShown>,
}

impl From<&Segment> for Subject {
    fn from(segment: &Segment) -> Self {
        Self {
            id: segment.id.clone(),
            title: segment.title.clone(),
            summary: segment.summary.clone(),
            language: segment.language.clone(),
            people: Some(segment.participants.iter().map(|participant| participant.id.clone()).collect()),
            private: segment.private,
            rehearsed: segment.rehearsed,
            names_shown: segment.names_shown.clone(),
        }
    }
}

/// The note beside a recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The recording, relative to the data folder.
    pub master: String,
    /// The segment, as last heard of.
    pub subject: Subject,
    /// Unix milliseconds of the segment's first picture.
    pub recorded_at: u64,
    /// Nanoseconds from the recording's start to the segment's first picture.
    pub from: Option<u64>,
    /// The same to its end.
    pub until: Option<u64>,
    /// The same to each mark, with its label.
    pub marks: Vec<(u64, String)>,
    /// The segment has ended.
    #[serde(default)]
    pub ended: bool,
    /// What is around the segment in the recording is no other segment's.
    #[serde(default)]
    pub alone: bool,
    /// The clip that was made of it.
    pub clip: Option<String>,
}

impl Note {
    /// Writes it; whole or not at all.
    pub fn keep(&self, data: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        disk::write(&data.join(&self.master).with_extension("json"), &text, Readers::All)
    }

    /// Writes it anew where the file says something else, as those of before did, with names.
    pub fn renew(&self, data: &Path) -> io::Result<()> {
        let there = fs::read(data.join(&self.master).with_extension("json"))?;
        if there == serde_json::to_vec_pretty(self)? { Ok(()) } else { self.keep(data) }
    }

    /// Erases the recording, then the note, which says until then what is still to be done.
    pub fn erase(&self, data: &Path) -> io::Result<bool> {
        let recording = data.join(&self.master);
        Ok(disk::remove(&recording)? | disk::remove(&recording.with_extension("json"))?)
    }

    /// Every note in the data folder, oldest first.
    pub fn all(data: &Path) -> Vec<Self> {
        let entries = fs::read_dir(data.join(FOLDER)).into_iter().flatten().flatten();
        let notes = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "json"));
        let mut read: Vec<Self> = notes.filter_map(|path| Self::read(&path)).collect();
        read.sort_by(|a, b| (a.recorded_at, &a.master).cmp(&(b.recorded_at, &b.master)));
        read
    }

    fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?)
            .inspect_err(|error| tracing::warn!(%error, path = %path.display(), "the note of a recording is damaged"))
            .ok()
    }

    /// A name for a new recording that nothing has yet; makes the file.
    pub fn claim(data: &Path, stem: &str) -> io::Result<(String, fs::File)> {
        fs::create_dir_all(data.join(FOLDER))?;
        for n in 1..10_000u32 {
            let name = if n == 1 { format!("{FOLDER}/{stem}.mp4") } else { format!("{FOLDER}/{stem}-{n}.mp4") };
            let path: PathBuf = data.join(&name);
            match fs::OpenOptions::new().write(true).create_new(true).open(path) {
                Ok(file) => return Ok((name, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}
