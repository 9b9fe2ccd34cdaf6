//! Files ready to upload to Wikimedia Commons: WebM (VP9, Opus) and JPEG, each with its page's text.

use std::{
    fs, io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::{entries, half, put, webm::webm};
use crate::{
    archive::{Archive, Medium, PublicRecord, export::Form, forms::commons},
    protocol::{Fault, Problem},
    tokens,
};

/// What the films were made of, beside them: a film is not made again because its title has changed.
pub const MADE: &str = ".made";

/// Whether Commons takes the licence of all of them.
///
/// # Errors
/// `commons_licence`.
pub fn takes(records: &[PublicRecord]) -> Result<(), Problem> {
    match records.iter().find(|record| commons::page(record).is_none()) {
        Some(record) => Err(licence(&record.licence)),
        None => Ok(()),
    }
}

impl Archive {
    /// Makes a record's file and texts.
    pub(super) fn commons_record(
        &self,
        record: &PublicRecord,
        to: &Path,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> io::Result<()> {
        let folder = self.folder_of(record)?;
        let ending = if record.medium == Medium::Clip { "webm" } else { "jpg" };
        let file = to.join(commons::file_name(record, ending));
        let mut texts =
            vec![(file.with_extension(format!("{ending}.wiki")), commons::page(record).unwrap_or_default())];
        for captions in &record.captions {
            // Commons keeps captions as SubRip on pages of their own.
            let text = fs::read_to_string(folder.join(captions.file()))?;
            texts.push((file.with_extension(format!("{}.vtt", captions.language)), text));
        }
        let there: Vec<PathBuf> = of_record(to, &record.id);
        let (made, pictures) = (to.join(MADE).join(&record.id), self.pictures(record));
        let known = there.iter().find(|path| path.extension() == Some(ending.as_ref()));
        let known = known.filter(|_| fs::read_to_string(&made).is_ok_and(|made| made == pictures));
        let part = half(&file);
        match record.medium {
            Medium::Clip if known.is_none() => webm(&folder.join("clip.mp4"), &part, go_on)?,
            Medium::Clip => (),
            Medium::Photo => drop(fs::copy(folder.join("photo.jpg"), &part)?),
        }
        if part.exists() {
            fs::File::open(&part)?.sync_all()?;
        }
        self.place(record, || {
            match known {
                Some(known) if !part.exists() => fs::rename(known, &file)?,
                _ => fs::rename(&part, &file)?,
            }
            put(&made, pictures.as_bytes())?;
            texts.iter().try_for_each(|(path, text)| put(path, text.as_bytes()))?;
            let wanted = |path: &PathBuf| *path == file || *path == made || texts.iter().any(|(text, _)| text == path);
            // Under an earlier title, in a language that is no more.
            there.iter().filter(|path| !wanted(path)).try_for_each(|path| super::remove(path))
        })?;
        super::remove(&part)
    }

    /// Stands for the pictures that a film shows, and tells nobody where they came from: other words in the
    /// same film change nothing here.
    fn pictures(&self, record: &PublicRecord) -> String {
        let origin = self.look(&record.id).ok().and_then(|record| record.origin);
        let cut = origin.map(|origin| format!("{} from {}", origin.master, origin.from));
        tokens::sha256(format!("{} ms of {}", record.duration_ms, cut.unwrap_or_default()))
    }
}

fn of_record(to: &Path, id: &str) -> Vec<PathBuf> {
    entries(Form::Commons, to).into_iter().filter(|(found, _)| found == id).map(|(_, path)| path).collect()
}

fn licence(licence: &str) -> Problem {
    Problem::new(
        "commons_licence",
        Fault::Operator,
        format!("Wikimedia Commons ne prend pas la licence {licence}. Il faut CC BY-SA, CC BY ou CC0."),
        format!("Wikimedia Commons does not take the licence {licence}. It should be CC BY-SA, CC BY or CC0."),
    )
}
