//! One take: chunks appended in order while they are recorded, hashed as they come.
//!
//! The folder holds `take.json` (who, what was agreed, the stage), `chunks` (each chunk's length, one
//! a line) and the recording itself. A chunk counts once its line is written, so that after a crash
//! the take goes on where the tablet thinks it stands, or one chunk earlier, which it sends again.
//! All of this blocks: not for async threads.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Reason, Refusal, Signed};
use crate::{
    disk::{self, Readers},
    protocol::Problem,
    rights::Agreed,
    tokens,
};

/// Bytes of a chunk (a second or two of the tablet's recording).
pub const LONGEST_CHUNK: usize = 8 << 20;
/// Bytes of a take: fifteen minutes at 4 Mbit/s.
pub const LONGEST_TAKE: u64 = 450 << 20;
pub(super) const NOTE: &str = "take.json";
const CHUNKS: &str = "chunks";

/// Where a take stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    /// Chunks are awaited.
    Recording,
    /// Whole; the person watches it.
    Finished,
    /// Sent; being converted.
    Sent,
    /// `interview.mp4` is there.
    Converted,
    /// An animator has accepted it.
    Archived {
        /// Its id in the archive.
        clip: String,
    },
    /// It could not be converted; the recording is kept.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// How far a take has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The chunk awaited.
    pub next: u32,
    /// Bytes that are safe.
    pub bytes: u64,
}

/// What `take.json` says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Note {
    /// The signature.
    pub signed: Signed,
    /// Unix milliseconds.
    pub started: u64,
    /// Where it stands.
    #[serde(flatten)]
    pub stage: Stage,
    /// Of the whole recording, hexadecimal, once finished.
    #[serde(default)]
    pub sha256: Option<String>,
    /// SHA-256 of its person's link, once sent.
    #[serde(default)]
    pub link: Option<String>,
    /// Its person took it back, or the desk erases it: nothing of it is to be left.
    #[serde(default)]
    pub taken_back: bool,
}

impl Note {
    /// What its person has agreed to by now. They saw the recording before they sent it.
    pub fn agreed(&self) -> Agreed {
        let Signed { recorded, published, credit, at, .. } = &self.signed;
        let sent = !matches!(self.stage, Stage::Recording | Stage::Finished);
        Agreed::in_booth(*recorded, *published, credit.clone(), *at, sent, self.taken_back)
    }
}

/// A take.
pub struct Take {
    folder: PathBuf,
    pub note: Note,
    lengths: Vec<u64>,
    bytes: u64,
    hasher: Sha256,
}

/// What a browser's recorder writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Matroska's smaller sister (EBML).
    Webm,
    /// ISO base media.
    Mp4,
}

impl Container {
    /// By the first bytes.
    pub fn of(first: &[u8]) -> Option<Self> {
        match first {
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(Self::Webm),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            _ => None,
        }
    }

    /// The media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Webm => "video/webm",
            Self::Mp4 => "video/mp4",
        }
    }
}

impl Take {
    /// Starts a take in a folder that does not exist yet.
    pub fn start(folder: PathBuf, signed: Signed, now: u64) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let note = Note { signed, started: now, stage: Stage::Recording, sha256: None, link: None, taken_back: false };
        let take = Self { folder, note, lengths: Vec::new(), bytes: 0, hasher: Sha256::new() };
        take.keep()?;
        Ok(take)
    }

    /// Takes a folder up again after a restart: what is beyond the last whole chunk is cut off.
    pub fn resume(folder: PathBuf) -> io::Result<Self> {
        let note: Note = serde_json::from_slice(&fs::read(folder.join(NOTE))?)?;
        let text = fs::read_to_string(folder.join(CHUNKS)).unwrap_or_default();
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let mut lengths: Vec<u64> = whole.map_while(|line| line.parse().ok()).collect();
        let mut take = Self { folder, note, lengths: Vec::new(), bytes: 0, hasher: Sha256::new() };
        let there = fs::metadata(take.recording()).map_or(0, |meta| meta.len());
        while lengths.iter().sum::<u64>() > there {
            lengths.pop();
        }
        take.bytes = lengths.iter().sum();
        take.lengths = lengths;
        if take.note.stage == Stage::Recording && there > 0 {
            let file = OpenOptions::new().read(true).write(true).open(take.recording())?;
            file.set_len(take.bytes)?;
            let mut buffer = vec![0; 1 << 16];
            let mut file = file;
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    length => take.hasher.update(&buffer[..length]),
                }
            }
            let lines: String = take.lengths.iter().map(|length| format!("{length}\n")).collect();
            disk::write(&take.folder.join(CHUNKS), lines.as_bytes(), Readers::Owner)?;
        }
        Ok(take)
    }

    /// The recording as the tablet made it.
    pub fn recording(&self) -> PathBuf {
        self.folder.join("recording")
    }

    /// The recording in the archive's format.
    pub fn interview(&self) -> PathBuf {
        self.folder.join("interview.mp4")
    }

    /// Where it is kept.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Erases the recording in all its forms; the signature stays. `false`: that was done before.
    pub fn erase_recording(&self) -> io::Result<bool> {
        let files = [self.recording(), self.interview(), self.folder.join(CHUNKS)];
        Ok(disk::erase_each(files, |file| disk::remove(&file))? > 0)
    }

    /// Bytes so far.
    pub fn progress(&self) -> Progress {
        Progress { next: self.lengths.len() as u32, bytes: self.bytes }
    }

    /// A chunk. One that is there already is no error: its answer was lost on the way.
    pub fn chunk(&mut self, index: u32, data: &[u8]) -> Result<Progress, Refusal> {
        if self.note.stage != Stage::Recording {
            return Err(Refusal::stage());
        }
        if data.is_empty() {
            return Err(Refusal::new(
                Reason::Bad,
                "empty_chunk",
                "Ce morceau d'enregistrement est vide (0 octet).",
                "This piece of the recording is empty (0 bytes).",
            ));
        }
        let known = self.lengths.get(index as usize).copied();
        if let Some(length) = known {
            return if length == data.len() as u64 { Ok(self.progress()) } else { Err(self.out_of_order()) };
        }
        if index as usize != self.lengths.len() {
            return Err(self.out_of_order());
        }
        if index == 0 && Container::of(data).is_none() {
            return Err(Refusal::new(
                Reason::WrongKind,
                "not_a_recording",
                "Ce n'est pas un enregistrement vidéo (WebM ou MP4).",
                "This is not a video recording (WebM or MP4).",
            ));
        }
        if self.bytes + data.len() as u64 > LONGEST_TAKE {
            return Err(Refusal::new(
                Reason::TooBig,
                "take_too_long",
                "L'enregistrement est trop long pour la cabine. Terminez-le, et envoyez ce qui est là.",
                "The recording is too long for the booth. End it, and send what is there.",
            ));
        }
        self.append(data).map_err(|error| Refusal::disk(&error))?;
        Ok(self.progress())
    }

    fn append(&mut self, data: &[u8]) -> io::Result<()> {
        let open = |path: PathBuf| OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let mut file = open(self.recording())?;
        // A write that failed half-way (a full disk) leaves nothing behind.
        if let Err(error) = file.write_all(data) {
            let _ = file.set_len(self.bytes);
            return Err(error);
        }
        open(self.folder.join(CHUNKS))?.write_all(format!("{}\n", data.len()).as_bytes())?;
        self.hasher.update(data);
        self.lengths.push(data.len() as u64);
        self.bytes += data.len() as u64;
        Ok(())
    }

    /// The whole is there: the tablet's hash must be ours.
    pub fn finish(&mut self, sha256: &str) -> Result<(), Refusal> {
        let ours = tokens::hex(&self.hasher.clone().finalize());
        if matches!(self.note.stage, Stage::Finished) && self.note.sha256.as_deref() == Some(sha256) {
            return Ok(());
        }
        if self.note.stage != Stage::Recording {
            return Err(Refusal::stage());
        }
        if self.bytes == 0 {
            return Err(Refusal::new(
                Reason::Damaged,
                "nothing_recorded",
                "Rien n'a été enregistré (0 octet). Recommencez.",
                "Nothing was recorded (0 bytes). Start again.",
            ));
        }
        if !ours.eq_ignore_ascii_case(sha256) {
            return Err(Refusal::new(
                Reason::Damaged,
                "hash_differs",
                "Ce qui est arrivé n'est pas ce qui a été enregistré. Recommencez ; si cela se répète, prévenez l'animateur.",
                "What arrived is not what was recorded. Start again; if it happens again, tell the host.",
            ));
        }
        File::open(self.recording()).and_then(|file| file.sync_all()).map_err(|error| Refusal::disk(&error))?;
        self.note.sha256 = Some(ours);
        self.stage(Stage::Finished)
    }

    /// Goes to another stage, and writes that down.
    pub fn stage(&mut self, stage: Stage) -> Result<(), Refusal> {
        self.note.stage = stage;
        self.keep().map_err(|error| Refusal::disk(&error))
    }

    /// From now on nothing of it may be shown, also after a crash.
    pub fn take_back(&mut self) -> Result<(), Refusal> {
        self.note.taken_back = true;
        self.keep().map_err(|error| Refusal::disk(&error))
    }

    fn keep(&self) -> io::Result<()> {
        disk::write(&self.folder.join(NOTE), &serde_json::to_vec_pretty(&self.note)?, Readers::Owner)
    }

    fn out_of_order(&self) -> Refusal {
        let next = self.lengths.len();
        Refusal::new(
            Reason::Conflict,
            "another_chunk",
            format!("Le morceau attendu est le numéro {next}."),
            format!("The piece awaited is number {next}."),
        )
    }
}

#[cfg(test)]
#[path = "take_tests.rs"]
mod tests;
