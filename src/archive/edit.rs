//! Changes after the fact. Each keeps what was there before in the record's history, and rewrites
//! every form.

mod fields;
mod words;

pub(super) use fields::{language_of, line, text};

use std::fs;

use serde::Deserialize;
use serde_json::{Map, Value};
use ts_rs::TS;

use super::{
    Archive, Captions, Change, Chapter, Credit, Medium, Publication, Record, Report, Standing,
    captions::{self, Window},
    cut::{Cut, CutError},
    forms,
    make::{poster, write_forms},
    photo::PHOTOGRAPHER,
    still,
    store::Stage,
};
use crate::{
    media,
    mp4::Tables,
    protocol::{Fault, Problem},
};

/// Changes a clip or a photo; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(rename = "ClipUpdate")]
pub struct Update {
    /// Its id.
    pub clip: String,
    /// 1..=200 characters.
    pub title: Option<String>,
    /// At most 5000 characters.
    pub summary: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// At most 50, names of 1..=120 characters.
    pub credits: Option<Vec<Credit>>,
    /// At most 20 themes of 1..=60 characters.
    pub tags: Option<Vec<String>>,
    /// At most 100, labels of 1..=200 characters.
    pub chapters: Option<Vec<Chapter>>,
    /// At most 200,000 characters.
    pub transcript: Option<String>,
    /// Milliseconds of the picture that stands for it.
    pub poster_ms: Option<u64>,
    /// Its place on its day's page, 0 first.
    pub order: Option<u32>,
    /// New start, milliseconds from the present one (before it: less than 0); moved to a key frame.
    pub from_ms: Option<i64>,
    /// New end, milliseconds from the present start; moved to a key frame.
    pub until_ms: Option<i64>,
}

/// What is done to the files besides the description.
#[derive(Default)]
struct Work {
    trim: Option<(Option<i64>, Option<i64>)>,
    poster_ms: Option<u64>,
    captions: Option<(String, Option<words::Given>)>,
}

impl Archive {
    /// Changes a record. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `bad_clip` with what is wrong, `clip_unwritable`.
    pub fn update(&self, update: Update) -> Result<Record, Problem> {
        let id = update.clip.clone();
        let trim = update.from_ms.is_some() || update.until_ms.is_some();
        let work = Work {
            trim: trim.then_some((update.from_ms, update.until_ms)),
            poster_ms: update.poster_ms,
            captions: None,
        };
        self.edit(&id, work, |record| fields::apply(record, update))
    }

    /// Into the public catalogue. Who is in a photo, only people know: there `agreed` says that all of
    /// them have agreed. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `consent_missing` where not everybody has agreed.
    pub fn publish(&self, id: &str, agreed: bool) -> Result<Record, Problem> {
        self.edit(id, Work::default(), |record| {
            record.allowed |= agreed && record.medium == Medium::Photo;
            if !record.allowed {
                return Err(not_allowed(record));
            }
            record.standing = Standing::Published;
            record.published_at.get_or_insert_with(media::unix_ms);
            Ok(())
        })
    }

    /// Out of the public catalogue. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`.
    pub fn hide(&self, id: &str) -> Result<Record, Problem> {
        self.edit(id, Work::default(), |record| {
            record.standing = Standing::Hidden;
            Ok(())
        })
    }

    /// Captions in one language, WebVTT or SubRip, in place of those that are there; `None`: none. Those
    /// beyond the clip's end are left out. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `bad_captions`, `bad_clip` for a language that is none.
    pub fn caption(&self, id: &str, language: &str, file: Option<&[u8]>, automatic: bool) -> Result<Record, Problem> {
        let language = language_of(language)?;
        let clip = self.store().read(id).ok_or_else(|| unknown(id))?;
        if clip.medium == Medium::Photo {
            return Err(fields::bad("une photo n'a pas de sous-titres", "a photo has no captions"));
        }
        let given = file.map(|file| {
            let mut track = captions::read(file, &language)?;
            track.end_at(clip.duration_ms);
            if track.cues.is_empty() {
                Err(captions::beyond())
            } else {
                Ok(words::Given { track, file: file.to_owned() })
            }
        });
        let given = given.transpose()?;
        let there = given.is_some();
        let work = Work { captions: Some((language.clone(), given)), ..Work::default() };
        self.edit(id, work, |record| {
            if record.duration_ms != clip.duration_ms {
                return Err(fields::bad(
                    "sa durée vient de changer ; réessayez",
                    "its length has just changed; try again",
                ));
            }
            record.captions.retain(|captions| captions.language != language);
            if there {
                record.captions.push(Captions { language: language.clone(), automatic });
                record.captions.sort_by(|a, b| a.language.cmp(&b.language));
            }
            Ok(())
        })
    }

    /// Moves a record to the bin. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`.
    pub fn discard(&self, id: &str) -> Result<(), Problem> {
        let _changes = self.store().lock();
        let record = self.store().read(id).ok_or_else(|| unknown(id))?;
        self.store().discard(id, media::unix_ms()).map_err(|error| unknown_or(id, error.into()))?;
        self.index().forget(id);
        self.retract(&record);
        self.tell(Report::Gone(id.to_owned()));
        Ok(())
    }

    /// Brings a record back from the bin. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`.
    pub fn restore(&self, id: &str) -> Result<Record, Problem> {
        let _changes = self.store().lock();
        self.store().restore(id).map_err(|error| unknown_or(id, error.into()))?;
        let (_, folder) = self.store().find(id).ok_or_else(|| unknown(id))?;
        let record = super::store::read(&folder).map_err(|error| unknown_or(id, error.into()))?;
        self.index().put(&record, &folder);
        self.tell(Report::Clip(Box::new(record.clone())));
        Ok(record)
    }

    /// Erases a record with the recording it was cut from, past any bin: somebody in it withdrew.
    /// Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `clip_unwritable`.
    pub fn erase(&self, id: &str) -> Result<(), Problem> {
        let _changes = self.store().lock();
        let (_, folder) = self.store().find(id).ok_or_else(|| unknown(id))?;
        let record = super::store::read(&folder).map_err(|error| unknown_or(id, error.into()))?;
        self.store().erase_originals(id).map_err(|error| unknown_or(id, error.into()))?;
        fs::remove_dir_all(&folder).map_err(|error| unknown_or(id, error.into()))?;
        self.index().forget(id);
        self.retract(&record);
        if let Some(origin) = record.origin {
            self.erase_master(&origin.master);
        }
        self.tell(Report::Gone(id.to_owned()));
        Ok(())
    }

    /// What may be done with the clips of a segment has changed.
    ///
    /// # Errors
    /// The last that could not be changed; the desk is told of each.
    pub(super) fn apply(&self, segment: &str, publication: Publication) -> Result<(), Problem> {
        let mut all = Ok(());
        for record in self.index().of_segment(segment) {
            let Publication { allowed, credits } = publication.clone();
            let review = self.settings().review;
            let done = self.edit(&record.id, Work::default(), |record| {
                record.allowed = allowed;
                let photo = record.medium == Medium::Photo;
                // Whoever took it stays named as long as they want to be.
                let named = |author: &Credit| credits.iter().any(|credit| credit.name == author.name);
                let author = record.credits.first().filter(|first| photo && first.role == PHOTOGRAPHER && named(first));
                let author = author.cloned();
                let others =
                    credits.iter().filter(|credit| author.as_ref().is_none_or(|author| author.name != credit.name));
                record.credits = others.cloned().collect();
                record.credits.splice(0..0, author);
                // Who else is in a photo, only people know.
                if allowed && !review && !photo && record.standing == Standing::Waiting {
                    record.standing = Standing::Published;
                    record.published_at.get_or_insert_with(media::unix_ms);
                }
                Ok(())
            });
            if let Err(problem) = done {
                self.tell(Report::Problem(problem.clone()));
                all = Err(problem);
            }
        }
        all
    }

    /// A change that nobody made: it has no place in the history.
    ///
    /// # Errors
    /// As [`Archive::update`]; it is logged.
    pub(super) fn change_quietly(&self, id: &str, change: impl FnOnce(&mut Record)) -> Result<(), Problem> {
        let quiet = |record: &mut Record| {
            change(record);
            Ok(())
        };
        let changed = self.edit_with(id, Work::default(), quiet, false);
        changed.map(drop).inspect_err(|problem| tracing::warn!(clip = id, reason = problem.text.en, "not noted"))
    }

    fn edit(
        &self,
        id: &str,
        work: Work,
        change: impl FnOnce(&mut Record) -> Result<(), Problem>,
    ) -> Result<Record, Problem> {
        self.edit_with(id, work, change, true)
    }

    fn edit_with(
        &self,
        id: &str,
        work: Work,
        change: impl FnOnce(&mut Record) -> Result<(), Problem>,
        history: bool,
    ) -> Result<Record, Problem> {
        let changes = self.store().lock();
        let old = self.store().read(id).ok_or_else(|| unknown(id))?;
        let mut new = old.clone();
        change(&mut new)?;
        self.addresses(&mut new);
        let trimmed = work.trim.is_some();
        if new != old || trimmed || work.poster_ms.is_some() || work.captions.is_some() {
            self.rewrite(&old, &mut new, work, history).map_err(|error| unwritable(id, &error))?;
        }
        // What was said and is not any more leaves the index's free pages too.
        if trimmed || !old.transcript.is_empty() && old.transcript != new.transcript {
            self.index().scrub();
        }
        drop(changes);
        if !new.is_public() {
            self.retract(&new);
        }
        self.tell(Report::Clip(Box::new(new.clone())));
        if trimmed {
            let (archive, id) = (self.clone(), id.to_owned());
            self.spawn("clip", move || archive.finish(&id));
        }
        Ok(new)
    }

    fn rewrite(&self, old: &Record, new: &mut Record, work: Work, history: bool) -> Result<(), CutError> {
        let mut stage = self.store().change(&old.id)?;
        if let Some((language, given)) = &work.captions {
            words::put(self.store(), &mut stage, &old.id, language, given.as_ref())?;
        }
        if work.captions.is_some() || old.language != new.language {
            words::settle_transcript(&stage, new, false);
        }
        match new.medium {
            Medium::Clip => self.rewrite_clip(&mut stage, old, new, &work)?,
            Medium::Photo => {
                let jpeg = fs::read(stage.path("photo.jpg"))?;
                let described = forms::jpeg::with_xmp(&jpeg, &forms::xmp::packet(new)).ok_or(CutError::NoPicture)?;
                stage.write("photo.jpg", &described)?;
            }
        }
        if history {
            let before = difference(old, new);
            if !before.is_empty() {
                new.history.push(Change { at: media::unix_ms(), before });
            }
        }
        write_forms(&mut stage, new)?;
        let folder = stage.commit()?;
        self.index().put(new, &folder);
        Ok(())
    }

    fn rewrite_clip(&self, stage: &mut Stage, old: &Record, new: &mut Record, work: &Work) -> Result<(), CutError> {
        let clip = stage.path("clip.mp4");
        let mut source = clip.clone();
        let mut cut = Cut { from: 0, until: None, recorded_at: new.recorded_at / 1000 };
        if let Some((from, until)) = work.trim {
            let from = from.unwrap_or(0) * 1_000_000;
            let until = until.unwrap_or(old.duration_ms as i64) * 1_000_000;
            let master = old.origin.as_ref().map(|origin| (self.settings().data.join(&origin.master), origin.from));
            let base = match master.filter(|(master, _)| master.exists()) {
                Some((master, base)) => {
                    source = master;
                    base as i64
                }
                None => 0,
            };
            cut.from = (base + from).max(0) as u64;
            cut.until = Some((base + until).max(0) as u64);
        }
        let tables = Tables::read(&source)?;
        if work.trim.is_some() {
            let undoable = source != clip;
            let base = old.origin.as_ref().filter(|_| undoable).map_or(0, |origin| origin.from) / 1_000_000;
            let (from, length) = cut.window(&tables)?;
            let from = from / 1_000_000;
            let recut = words::Recut {
                old: Window { from: base, until: base + old.duration_ms },
                new: Window { from, until: from + length / 1_000_000 },
                undoable,
                typed: new.transcript != old.transcript,
            };
            words::recut(self.store(), stage, new, &recut)?;
        }
        // The same pictures with the same words in them need no new file.
        if work.trim.is_some() || forms::tags::label(old) != forms::tags::label(new) {
            let part = stage.path("clip.mp4.part");
            let made = cut.make(&source, &tables, &forms::tags::label(new), &part)?;
            stage.take(&part, "clip.mp4", made.sum)?;
            new.duration_ms = made.length / 1_000_000;
            if work.trim.is_some() {
                new.loudness = None;
                if let Some(origin) = &mut new.origin {
                    let from = if source == clip { origin.from + made.from } else { made.from };
                    (origin.from, origin.until) = (from, from + made.length);
                }
            }
        }
        let again = work.poster_ms.is_some() || work.trim.is_some() || !stage.has("poster.jpg");
        if again {
            let wanted = work.poster_ms.or(new.poster_chosen.then_some(new.poster_ms));
            let (jpeg, at) = still::poster(&clip, &Tables::read(&clip)?, wanted)?;
            new.poster_ms = at;
            new.poster_chosen |= work.poster_ms.is_some();
            poster(stage, new, &jpeg)?;
        } else if forms::xmp::packet(old) != forms::xmp::packet(new) {
            let jpeg = fs::read(stage.path("poster.jpg"))?;
            poster(stage, new, &jpeg)?;
        }
        Ok(())
    }
}

/// The fields that differ, with what they were.
fn difference(old: &Record, new: &Record) -> Map<String, Value> {
    let fields = |record: &Record| match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let new = fields(new);
    fields(old).into_iter().filter(|(name, value)| name != "history" && new.get(name) != Some(value)).collect()
}

pub(super) fn unknown(id: &str) -> Problem {
    let id: String = id.chars().take(100).collect();
    Problem::operator(
        "unknown_clip",
        format!("« {id} » n'est pas dans les archives."),
        format!("“{id}” is not in the archive."),
    )
}

fn unknown_or(id: &str, error: CutError) -> Problem {
    match &error {
        CutError::Io(found) if found.kind() == std::io::ErrorKind::NotFound => unknown(id),
        error => unwritable(id, error),
    }
}

pub(super) fn unwritable(id: &str, error: &CutError) -> Problem {
    let fault = if matches!(error, CutError::Io(_)) { Fault::Operator } else { Fault::Ours };
    Problem::new(
        "clip_unwritable",
        fault,
        format!(
            "« {id} » n'a pas pu être changé ({error}) : rien ne l'a été. Vérifiez la place et les droits sur le disque."
        ),
        format!("“{id}” could not be changed ({error}): nothing was. Check the room and the rights on the disk."),
    )
}

fn not_allowed(record: &Record) -> Problem {
    let title = &record.title;
    Problem::operator(
        "consent_missing",
        format!(
            "« {title} » ne peut pas être publié : tous ceux qu'on y voit n'ont pas donné leur accord. Faites signer, puis publiez."
        ),
        format!("“{title}” cannot be published: not everybody in it has agreed. Have them sign, then publish."),
    )
}
