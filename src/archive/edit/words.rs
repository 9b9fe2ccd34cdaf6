//! Words that belong to moments of a clip (captions, chapters, transcript), and what a cut takes of
//! them.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::archive::{
    Captions, Chapter, Record,
    captions::{self, NO_WORD, Track, Window},
    cut::CutError,
    day,
    store::{Stage, Store, UNCUT},
};

/// Captions as somebody brought them.
pub struct Given {
    /// What they say.
    pub track: Track,
    /// The file itself.
    pub file: Vec<u8>,
}

/// What a cut has taken out of a clip, in its recording's time.
#[derive(Default, Serialize, Deserialize)]
struct Uncut {
    chapters: Vec<Chapter>,
    /// What is known of them, and the file.
    captions: Vec<(Captions, String)>,
}

impl Uncut {
    fn of(store: &Store, id: &str) -> Self {
        store.original(id, UNCUT).and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    fn keep(&self, store: &Store, id: &str) -> Result<(), CutError> {
        Ok(store.keep_original(id, UNCUT, &serde_json::to_vec(self).map_err(std::io::Error::from)?)?)
    }
}

/// The captions' file.
pub fn file(language: &str) -> String {
    format!("captions.{language}.vtt")
}

/// The file as it was given, among the originals.
fn given_file(language: &str) -> String {
    format!("captions.{language}.given")
}

/// Puts captions in one language into a clip's folder, or takes them out.
pub fn put(store: &Store, stage: &mut Stage, id: &str, language: &str, given: Option<&Given>) -> Result<(), CutError> {
    if let Some(given) = given {
        stage.write(&file(language), given.track.write().as_bytes())?;
        return Ok(store.keep_original(id, &given_file(language), &given.file)?);
    }
    stage.remove(&file(language))?;
    let mut uncut = Uncut::of(store, id);
    let before = uncut.captions.len();
    uncut.captions.retain(|(captions, _)| captions.language != language);
    if uncut.captions.len() < before {
        uncut.keep(store, id)?;
    }
    Ok(store.erase_original(id, &given_file(language))?)
}

/// A clip that becomes another part of its recording.
pub struct Recut {
    /// What it was.
    pub old: Window,
    /// What it will be.
    pub new: Window,
    /// The recording is there, and the windows are in its time.
    pub undoable: bool,
    /// The transcript was typed with the cut, for what it leaves.
    pub typed: bool,
}

/// Takes what is not shown any more out of everything that tells of a clip, and brings back what is
/// shown again.
pub fn recut(store: &Store, stage: &mut Stage, record: &mut Record, recut: &Recut) -> Result<(), CutError> {
    let &Recut { old, new, undoable, typed } = recut;
    let before = if undoable { Uncut::of(store, &record.id) } else { Uncut::default() };
    let mut after = Uncut::default();

    let mut languages = std::mem::take(&mut record.captions);
    for (captions, _) in &before.captions {
        if languages.iter().all(|other| other.language != captions.language) {
            languages.push(captions.clone());
        }
    }
    languages.sort_by(|a, b| a.language.cmp(&b.language));
    for captions in languages {
        let name = file(&captions.language);
        // What cannot be read may say anything.
        let shown = read(stage, &captions.language).unwrap_or_default();
        let kept = before.captions.iter().find(|(kept, _)| kept.language == captions.language);
        let kept = kept.and_then(|(_, text)| captions::parse(text).ok()).unwrap_or_default();
        let (shown, all) = shown.recut(&kept, &old, &new);
        after.captions.push((captions.clone(), all.write()));
        if shown.cues.is_empty() {
            stage.remove(&name)?;
        } else {
            stage.write(&name, shown.write().as_bytes())?;
            record.captions.push(captions);
        }
    }

    let shows = |window: &Window, chapter: &Chapter| (window.from..window.until).contains(&chapter.at_ms);
    after.chapters = before.chapters.into_iter().filter(|chapter| !shows(&old, chapter)).collect();
    let own = record.chapters.iter();
    after.chapters.extend(own.map(|chapter| Chapter { at_ms: chapter.at_ms + old.from, ..chapter.clone() }));
    after.chapters.sort_by_key(|chapter| chapter.at_ms);
    let shown = after.chapters.iter().filter(|chapter| shows(&new, chapter));
    record.chapters = shown.map(|chapter| Chapter { at_ms: chapter.at_ms - new.from, ..chapter.clone() }).collect();

    if undoable {
        after.keep(store, &record.id)?;
    } else {
        store.erase_original(&record.id, UNCUT)?;
    }

    let by = new.from as i64 - old.from as i64;
    let poster = record.poster_ms as i64 - by;
    record.poster_chosen &= (0..(new.until - new.from) as i64).contains(&poster);
    record.poster_ms = poster.max(0) as u64;
    // What began with the first picture still does.
    record.recorded_at = record.recorded_at.saturating_add_signed(by);
    record.recorded = day::local(record.recorded_at);
    let cut = new.from > old.from + NO_WORD || new.until + NO_WORD < old.until;
    settle_transcript(stage, record, cut && !typed);
    Ok(())
}

/// The transcript follows the captions in the clip's own language, unless a person typed it. What a
/// person typed has no times: a cut takes it off whole, and the desk is told to look through it again.
pub fn settle_transcript(stage: &Stage, record: &mut Record, cut: bool) {
    let typed = !record.transcript.is_empty() && record.transcript_from.is_none();
    if typed && !cut {
        return;
    }
    record.transcript_withheld |= typed;
    let own = |exactly: bool| {
        let language = move |language: &str| match exactly {
            true => language.to_owned(),
            false => language.split('-').next().unwrap_or_default().to_owned(),
        };
        let wanted = language(&record.language);
        record.captions.iter().map(|captions| &captions.language).find(|one| language(one) == wanted)
    };
    let said = own(true).or_else(|| own(false)).cloned().and_then(|language| Some((read(stage, &language)?, language)));
    (record.transcript, record.transcript_from) = match said {
        Some((track, language)) => (captions::transcript(&track), Some(language)),
        None => (String::new(), None),
    };
}

fn read(stage: &Stage, language: &str) -> Option<Track> {
    captions::parse(&fs::read_to_string(stage.path(&file(language))).ok()?).ok()
}
