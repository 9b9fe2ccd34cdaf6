//! What the outputs have written to the disk and nobody asked to keep: it goes when its term is over.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{disk, term::Term};

/// Folders of recordings, in the data folder: of the `record` command, and of the live page.
const FOLDERS: [&str; 2] = ["recordings", "live"];
/// What the file output fills in, and how it is written: a digit for each 0.
const FILLED_IN: [(&str, &str); 2] = [("{date}", "0000-00-00"), ("{time}", "00-00-00")];

/// Erases the recordings that nobody has written to within the term. `whole`: the paths of outputs that record the
/// whole programme, as the configuration has them; `writing`: files and folders that are being written, by their
/// path in the data folder or whole, whatever their date. Returns how many. Blocking.
///
/// # Errors
/// The disk's, when everything else has been tried.
pub fn erase_recordings(data: &Path, whole: &[String], writing: &[PathBuf], term: &Term) -> io::Result<usize> {
    let mut files: Vec<PathBuf> = FOLDERS.iter().flat_map(|folder| below(&data.join(folder))).collect();
    for pattern in whole {
        let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        find(data, &parts, &mut files);
    }
    let is_written = |file: &Path| writing.iter().any(|open| file.starts_with(data.join(open)));
    files.retain(|file| !is_written(file) && term.is_over(disk::written_at(file)));
    disk::erase_each(files, |file| disk::remove(&file))
}

/// The files in a folder and in those below it. Links are not followed: nothing outside is touched.
fn below(folder: &Path) -> Vec<PathBuf> {
    entries(folder)
        .into_iter()
        .flat_map(|(path, is_folder)| if is_folder { below(&path) } else { vec![path] })
        .collect()
}

/// Files and folders, and which it is; no links.
fn entries(folder: &Path) -> Vec<(PathBuf, bool)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let kind = |path: &Path| fs::symlink_metadata(path).ok().filter(|about| !about.is_symlink());
    entries.filter_map(|entry| kind(&entry.path()).map(|about| (entry.path(), about.is_dir()))).collect()
}

/// The files whose path from `folder` on is as the pattern's parts say.
fn find(folder: &Path, parts: &[&str], found: &mut Vec<PathBuf>) {
    let Some((part, rest)) = parts.split_first() else { return };
    for (path, is_folder) in entries(folder) {
        let Some(name) = path.file_name().and_then(OsStr::to_str) else { continue };
        match (rest.is_empty(), is_folder) {
            (true, false) if is_recording(name, part) => found.push(path),
            (false, true) if fits(name, part) => find(&path, rest, found),
            _ => {}
        }
    }
}

/// Whether a file is one of those that are named by a pattern: later ones are numbered `-2`, `-3`, … before the ending.
fn is_recording(name: &str, pattern: &str) -> bool {
    let (Some((stem, ending)), Some((wanted, same))) = (name.rsplit_once('.'), pattern.rsplit_once('.')) else {
        return fits(name, pattern);
    };
    let number = stem.rsplit_once('-').filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    ending == same && (fits(stem, wanted) || number.is_some_and(|(stem, _)| fits(stem, wanted)))
}

/// Whether a name is as a pattern with `{date}` and `{time}` says.
fn fits(name: &str, pattern: &str) -> bool {
    let wanted = FILLED_IN.iter().fold(pattern.to_owned(), |wanted, (word, written)| {
        // A digit of the pattern's own stays one.
        wanted.replace(word, &written.replace('0', "\u{0}"))
    });
    name.len() == wanted.len()
        && name.bytes().zip(wanted.bytes()).all(|(is, wanted)| match wanted {
            0 => is.is_ascii_digit(),
            wanted => is == wanted,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{media::unix_ms, term::DAY};

    #[test]
    fn a_name_is_a_patterns_own_or_not() {
        for (name, pattern, is) in [
            ("program.mp4", "program.mp4", true),
            ("program-2.mp4", "program.mp4", true),
            ("program-notes.mp4", "program.mp4", false),
            ("program.mov", "program.mp4", false),
            ("2026-11-28.mp4", "{date}.mp4", true),
            ("2026-11-28-12.mp4", "{date}.mp4", true),
            ("holiday.mp4", "{date}.mp4", false),
            ("day 2026-11-28 at 10-00-00.mp4", "day {date} at {time}.mp4", true),
            ("day 2026-11-28 at ten.mp4", "day {date} at {time}.mp4", false),
            ("x0.mp4", "x0.mp4", true),
            ("x1.mp4", "x0.mp4", false),
        ] {
            assert_eq!(is_recording(name, pattern), is, "{name} {pattern}");
        }
    }

    #[test]
    fn old_recordings_go_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let recordings = ["recordings/day/old.mp4", "live/1/1.m4s", "whole/2026-11-28/10-00-00.mp4", "program-2.mp4"];
        let others = ["program-notes.mp4", "clips/2026-11-28/10-00-00.mp4", "whole/notes/10-00-00.mp4"];
        for file in recordings.iter().chain(&others) {
            fs::create_dir_all(data.join(file).parent().unwrap()).unwrap();
            fs::write(data.join(file), "x").unwrap();
        }
        std::os::unix::fs::symlink(data.join("clips"), data.join("recordings/link")).unwrap();
        std::os::unix::fs::symlink(data.join("clips"), data.join("whole/2026-11-29")).unwrap();
        let whole = ["program.mp4".to_owned(), "whole/{date}/{time}.mp4".to_owned()];
        let after = |days| Term { now: unix_ms() + days * DAY, length: 90 * DAY, ..Term::default() };
        assert_eq!(erase_recordings(data, &whole, &[], &after(89)).unwrap(), 0);
        let writing = [data.join("live/1"), "program-2.mp4".into()];
        assert_eq!(erase_recordings(data, &whole, &writing, &after(91)).unwrap(), 2);
        assert!(data.join("live/1/1.m4s").exists() && data.join("program-2.mp4").exists());
        assert_eq!(erase_recordings(data, &whole, &[], &after(91)).unwrap(), 2);
        assert!(recordings.iter().all(|file| !data.join(file).exists()));
        assert!(others.iter().all(|file| data.join(file).exists()));
    }
}
