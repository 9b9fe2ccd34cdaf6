//! A recording: playable while it grows, an ordinary MP4 once it has ended, never over another file.
//!
//! While one is written, a note of it lies in the data folder's `unfinished/`; what a crash left is
//! [closed](close) at the next start.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tracing::{info, warn};

use super::{
    kinds::{BASE, Behaviour, Takes, set},
    link,
};
use crate::{
    config::{Key, Kind, ValueType},
    disk::{self, Readers},
    mp4,
    protocol::{Fault, OutputCapabilities, Problem},
};

/// A file that is shorter, bytes, and has no whole fragment holds half a second at most; a longer one is kept.
const ONE_FRAGMENT: u64 = 512 << 10;

pub const KIND: Kind = Kind {
    name: "file",
    label: ["Enregistrement", "Recording"],
    keys: &[Key {
        name: "path",
        value: ValueType::NewFile,
        required: true,
        help: [
            "Le fichier .mp4, dans le dossier de données ; jamais écrasé. {date} et {time} sont remplacés.",
            "The .mp4 file, in the data folder; never overwritten. {date} and {time} are filled in.",
        ],
    }],
};

pub const BEHAVIOUR: Behaviour = Behaviour {
    description: "file",
    takes: Takes::Mix,
    capabilities: OutputCapabilities { leaves_the_house: false, writes_files: true, is_playlist: false },
    patience: link::DISK,
    configure: |pipeline, settings, around| {
        let data = &around.data;
        let file = create(data, &named(settings.text("path").unwrap_or("program.mp4")))?;
        // What cannot begin leaves no empty file.
        note(data, &file).inspect_err(|_| drop(fs::remove_file(data.join(&file))))?;
        set(pipeline, "sink", "location", &data.join(&file).to_string_lossy());
        Ok(Some(file))
    },
    ..BASE
};

/// The operator's pattern with today's date and time in it.
fn named(pattern: &str) -> String {
    let now = time::OffsetDateTime::now_local().unwrap_or_else(|_| time::OffsetDateTime::now_utc());
    let date = format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day());
    let clock = format!("{:02}-{:02}-{:02}", now.hour(), now.minute(), now.second());
    pattern.replace("{date}", &date).replace("{time}", &clock)
}

/// Makes an empty file of this name or, where it exists, `name-2`, `name-3`, …; relative to `data`.
fn create(data: &Path, wanted: &str) -> Result<String, Problem> {
    let (stem, ending) = wanted.rsplit_once('.').unwrap_or((wanted, "mp4"));
    for n in 1..100_000u32 {
        let name = if n == 1 { format!("{stem}.{ending}") } else { format!("{stem}-{n}.{ending}") };
        let path = data.join(&name);
        let made = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::OpenOptions::new().write(true).create_new(true).open(&path));
        match made {
            Ok(_) => return Ok(name),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
            Err(error) => return Err(unwritable(&path, &error)),
        }
    }
    Err(unwritable(&data.join(wanted), &io::Error::from(io::ErrorKind::AlreadyExists)))
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    let path = path.display();
    Problem::new(
        "unwritable",
        Fault::Operator,
        format!("Impossible d'écrire « {path} » ({error}). Libérez de la place ou donnez les droits sur le dossier."),
        format!("{path} cannot be written ({error}). Make room, or give rights on the folder."),
    )
}

fn notes(data: &Path) -> PathBuf {
    data.join("unfinished")
}

fn note_of(data: &Path, file: &str) -> PathBuf {
    notes(data).join(file.replace('/', "%2F"))
}

/// Remembers that `file` is being written.
fn note(data: &Path, file: &str) -> Result<(), Problem> {
    let path = note_of(data, file);
    fs::create_dir_all(notes(data))
        .and_then(|()| disk::write(&path, file.as_bytes(), Readers::All))
        .map_err(|error| unwritable(&path, &error))
}

/// `file` has come to its end, or was interrupted: an ordinary film is made of what is there, where it lies. Where
/// that cannot be, a full disk for one, it stays playable, and the next start tries again. Blocks.
pub fn close(data: &Path, file: &str) {
    let path = data.join(file);
    match fs::metadata(&path).map(|found| found.len()) {
        Ok(length @ 1..) => match mp4::finish(&path) {
            Ok(()) => info!(file, "a recording is whole"),
            // Its end came within the first fragment.
            Err(mp4::Error::NoPicture) if length < ONE_FRAGMENT => drop(fs::remove_file(&path)),
            Err(mp4::Error::Io(error)) => return warn!(%error, file, "a recording is made whole at the next start"),
            // It is kept as it is: playable as far as it goes.
            Err(error) => warn!(%error, file, "a recording is left as it is"),
        },
        // Its end came before the first frame.
        Ok(0) => drop(fs::remove_file(&path)),
        Err(_) => (),
    }
    if let Err(error) = fs::remove_file(note_of(data, file)) {
        warn!(%error, file, "the note of a finished recording stays");
    }
}

/// What is on the disk is worth nothing in a power cut until it is synced; called once a second.
pub fn sync(data: &Path, file: &str) {
    if let Ok(opened) = fs::File::open(data.join(file)) {
        let _ = opened.sync_data();
    }
}

/// The files that a crash left, to be [closed](close). To be asked before the first output starts: from then on some are being written.
pub fn unfinished(data: &Path) -> Vec<String> {
    disk::remove_leftovers(&notes(data));
    let notes = fs::read_dir(notes(data)).into_iter().flatten().flatten();
    notes.filter_map(|note| fs::read_to_string(note.path()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_never_overwritten() {
        let data = tempfile::tempdir().unwrap();
        let names: Vec<_> = (0..3).map(|_| create(data.path(), "day/program.mp4").unwrap()).collect();
        assert_eq!(names, ["day/program.mp4", "day/program-2.mp4", "day/program-3.mp4"]);
    }

    #[test]
    fn what_ended_within_its_first_fragment_leaves_no_file() {
        let data = tempfile::tempdir().unwrap();
        let file = create(data.path(), "program.mp4").unwrap();
        note(data.path(), &file).unwrap();
        let head = [&[0, 0, 0, 16][..], b"ftypiso5\0\0\0\0", &[0, 0, 9, 9], b"moof"].concat();
        fs::write(data.path().join(&file), head).unwrap();
        close(data.path(), &file);
        assert!(!data.path().join(&file).exists() && unfinished(data.path()).is_empty());
    }
}
