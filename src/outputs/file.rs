//! A recording: playable while it grows, an ordinary MP4 once it has ended, never over another file.
//!
//! While one is written, a note of it lies in the data folder's `unfinished/`; [`recover`] makes whole
//! what a crash left.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use gstreamer::prelude::*;
use tracing::{info, warn};

use super::{
    kinds::{Behaviour, Takes, set},
    link,
    mend::{mend, say_sizes_on},
};
use crate::{
    config::{Key, Kind, ValueType},
    media::{Clock, Descriptions, Folder, Notice, Pipeline},
    protocol::{Fault, Problem},
};

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
    leaves: false,
    patience: link::DISK,
    configure: |pipeline, settings, around| {
        let data = &around.data;
        let file = create(data, &named(settings.text("path").unwrap_or("program.mp4")))?;
        // What cannot begin leaves no empty file.
        note(data, &file).inspect_err(|_| drop(fs::remove_file(data.join(&file))))?;
        set(pipeline, "sink", "location", &data.join(&file).to_string_lossy());
        if let Some(pad) = pipeline.element("sink").and_then(|sink| sink.static_pad("sink")) {
            say_sizes_on(&pad);
        }
        Ok(Some(file))
    },
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
    fs::create_dir_all(notes(data)).and_then(|()| fs::write(&path, file)).map_err(|error| unwritable(&path, &error))
}

/// `file` is whole.
pub fn finished(data: &Path, file: &str) {
    let path = note_of(data, file);
    if let Err(error) = fs::remove_file(&path) {
        warn!(%error, file, "the note of a finished recording stays");
    }
    // The power may go at any moment: what is finished must be on the disk.
    if let Err(error) = fs::File::open(data.join(file)).and_then(|opened| opened.sync_all()) {
        warn!(%error, file, "not synced");
    }
}

/// `file` ended before its end: it is made playable as it lies. The next start makes an [ordinary](recover)
/// file of it.
pub fn broken_off(data: &Path, file: &str) {
    if let Err(error) = mend(&data.join(file)) {
        warn!(%error, file, "a recording is left as it is");
    }
}

/// What is on the disk is worth nothing in a power cut until it is synced; called once a second.
pub fn sync(data: &Path, file: &str) {
    if let Ok(opened) = fs::File::open(data.join(file)) {
        let _ = opened.sync_data();
    }
}

/// Makes whole what a crash left. Blocks as long as copying takes; the old file goes only when the
/// new one is complete.
pub fn recover(data: &Path, clock: &Clock, descriptions: &Descriptions) -> Vec<String> {
    let mut whole = Vec::new();
    for note in fs::read_dir(notes(data)).into_iter().flatten().flatten() {
        let Ok(file) = fs::read_to_string(note.path()) else { continue };
        let path = data.join(&file);
        match fs::metadata(&path) {
            Ok(found) if found.len() > 0 => match remux(&path, clock, descriptions) {
                Ok(()) => {
                    info!(file, "recording recovered");
                    whole.push(file);
                }
                // It is kept as it is: playable as far as it goes.
                Err(reason) => warn!(file, reason, "recording left as it was found"),
            },
            // The crash came before the first frame.
            Ok(_) => drop(fs::remove_file(&path)),
            Err(_) => (),
        }
        let _ = fs::remove_file(note.path());
    }
    whole
}

fn remux(path: &Path, clock: &Clock, descriptions: &Descriptions) -> Result<(), String> {
    mend(path).map_err(|error| error.to_string())?;
    let mut new = path.as_os_str().to_owned();
    new.push(".recovering");
    let description = descriptions.launch(Folder::Outputs, "recover").map_err(|problem| problem.to_string())?;
    let (notify, notices) = std::sync::mpsc::channel();
    let pipeline = Pipeline::parse("recover", &description, clock, 0, move |notice| {
        let _ = notify.send(notice);
    })
    .map_err(|problem| problem.to_string())?;
    set(&pipeline, "source", "location", &path.to_string_lossy());
    set(&pipeline, "sink", "location", &Path::new(&new).to_string_lossy());
    pipeline.play();
    let over = notices.recv_timeout(Duration::from_secs(600));
    pipeline.stop(Duration::from_secs(5));
    let result = match over {
        Ok(Notice::Ended) => fs::File::open(&new)
            .and_then(|opened| opened.sync_all())
            .and_then(|()| fs::rename(&new, path))
            .map_err(|error| error.to_string()),
        Ok(Notice::Error { message, details, .. }) => Err(format!("{message} {details}")),
        Err(_) => Err("it takes too long".into()),
    };
    if result.is_err() {
        let _ = fs::remove_file(&new);
    }
    result
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
}
