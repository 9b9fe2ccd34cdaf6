//! Changes after the fact. Each keeps what was there before in the record's history, and rewrites
//! every form.

mod fields;
mod words;

pub(super) use fields::{language_of, line, text};

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value};
use ts_rs::TS;

use super::{
    Archive, Captions, Change, Chapter, Credit, Medium, Record, Standing,
    captions::{self, Window},
    catalogue::damaged,
    cut::{Cut, CutError},
    forms::{self, jpeg::Picture},
    make::{described, poster, write_forms},
    master::{self, Note},
    still,
    store::{self, Stage, Unread},
};
use crate::{
    media,
    mp4::Tables,
    protocol::{Fault, Problem},
    rights::No,
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
    /// At most 50, names of 1..=120 characters. Where people are listed they are named as they want to be,
    /// and only the roles are taken over.
    pub credits: Option<Vec<Credit>>,
    /// At most 20 themes of 1..=60 characters.
    pub tags: Option<Vec<String>>,
    /// At most 100, labels of 1..=200 characters.
    pub chapters: Option<Vec<Chapter>>,
    /// At most 200,000 characters.
    pub transcript: Option<String>,
    /// What a photo says of its author and rights, at most 1000 characters; empty: nothing.
    pub rights_notice: Option<String>,
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
pub(super) struct Work {
    trim: Option<(Option<i64>, Option<i64>)>,
    poster_ms: Option<u64>,
    captions: Option<(String, Option<words::Given>)>,
}

impl Archive {
    /// Changes a record. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `record_damaged`, `bad_clip` with what is wrong, `clip_unwritable`.
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

    /// Into the public catalogue. In photos, private segments, where nobody is listed and where a name stands
    /// in the picture that its bearer does not choose any more, `agreed` says
    /// that everybody who can be recognised has agreed, or that nobody can; and that what a photo says of
    /// its rights is no hindrance. Blocks.
    ///
    /// # Errors
    /// `unknown_clip`, `record_damaged`; `consent_missing` where not everybody has agreed, or `agreed` has
    /// to be said; `other_rights`, with the notice, where it has to be said of rights too; `answers_missing` and
    /// `cut_asked` where participants see it first, and `agreed` has to say that they were heard; `rehearsed`,
    /// `unfinished`.
    pub fn publish(&self, id: &str, agreed: bool) -> Result<Record, Problem> {
        self.edit(id, Work::default(), |record| {
            self.judge()
                .may_be_published(record, agreed)
                .map_err(|no| refused(record, self.judge().misnames(record), &no))?;
            record.asked = self.judge().asks(record);
            if agreed {
                record.cleared = Some(media::unix_ms());
            }
            record.standing = Standing::Published;
            record.held = false;
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
        let clip = self.record(id)?;
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
        let (folder, _) = self.reread(id)?;
        let trimmed = work.trim.is_some();
        let (new, unsaid) = self.change_in(&folder, id, work, change, history)?;
        self.index().put(&new, &folder);
        // What was said and is not any more leaves the index's free pages too, and copies.
        if unsaid {
            self.index().scrub();
        }
        let public = self.stand(&new).public;
        if unsaid || !public {
            // The desk is told where that cannot be done.
            let _ = self.retract(&new);
        }
        // Before anybody can throw it away: the desk knows of that last.
        self.tell_record(&new);
        drop(changes);
        if unsaid && public {
            self.renew_exports();
        }
        if trimmed {
            let (archive, id) = (self.clone(), id.to_owned());
            self.spawn("clip", move || archive.finish(&id));
        }
        Ok(new)
    }

    /// Changes the record in a folder of the catalogue or of the bin; and whether words were taken out of
    /// it. Whoever calls holds the changes.
    pub(super) fn change_in(
        &self,
        folder: &Path,
        id: &str,
        work: Work,
        change: impl FnOnce(&mut Record) -> Result<(), Problem>,
        history: bool,
    ) -> Result<(Record, bool), Problem> {
        let old = store::read(folder, id).map_err(|error| match error {
            Unread::Gone => unknown(id),
            error => damaged(folder, &error),
        })?;
        let mut new = old.clone();
        if let Some(trim) = work.trim {
            self.may_be_cut(&old, trim)?;
            // What was said of the cut before does not count for this one.
            if self.judge().asks(&old) {
                (new.asked, new.cleared) = (true, None);
            }
        }
        change(&mut new)?;
        // Whoever is listed is named as they want to be: the desk gives them roles.
        new.credits = self.judge().credits(&new);
        self.addresses(&mut new);
        let trimmed = work.trim.is_some();
        if new != old || trimmed || work.poster_ms.is_some() || work.captions.is_some() {
            self.rewrite(folder, &old, &mut new, work, history).map_err(|error| unwritable(id, &error))?;
        }
        let unsaid = trimmed || !old.transcript.is_empty() && old.transcript != new.transcript;
        Ok((new, unsaid))
    }

    /// Whether a clip may begin and end there: never in what was recorded of another segment.
    fn may_be_cut(&self, old: &Record, (from, until): (Option<i64>, Option<i64>)) -> Result<(), Problem> {
        let data = &self.settings().data;
        // Without its recording a clip can only become shorter.
        let Some(origin) = old.origin.as_ref().filter(|origin| data.join(&origin.master).exists()) else {
            return Ok(());
        };
        let note = Note::all(data).into_iter().find(|note| note.master == origin.master);
        let (first, last) = match note {
            Some(note) if note.alone => (0, u64::MAX),
            // What is around a segment in recordings of before was perhaps another one.
            Some(note) => (note.from.unwrap_or(origin.from), note.until.unwrap_or(u64::MAX)),
            None if origin.master.starts_with(master::FOLDER) => (origin.from, origin.until),
            // A film from elsewhere, an interview of the booth.
            None => (0, u64::MAX),
        };
        let (base, first, last) = (i128::from(origin.from), i128::from(first), i128::from(last));
        let at = |milliseconds: i64| base + i128::from(milliseconds) * 1_000_000;
        if from.is_some_and(|from| at(from) < first) {
            let seconds = (base - first) as f64 / 1e9;
            return Err(fields::bad(
                &format!(
                    "ce qu'on a de cette séquence ne commence que {seconds:.1} s plus tôt ; avant, c'est à d'autres"
                ),
                &format!("what there is of this segment begins only {seconds:.1} s earlier; before, it is others'"),
            ));
        }
        if until.is_some_and(|until| at(until) > last) {
            return Err(fields::bad(
                "après cette fin, l'enregistrement montre peut-être une autre séquence",
                "after this end the recording perhaps shows another segment",
            ));
        }
        Ok(())
    }

    fn rewrite(
        &self,
        folder: &Path,
        old: &Record,
        new: &mut Record,
        work: Work,
        history: bool,
    ) -> Result<(), CutError> {
        let mut stage = self.store().change(old.medium, folder)?;
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
                match Picture::of(&jpeg) {
                    Ok(picture) => stage.write("photo.jpg", &described(new, picture))?,
                    // A damaged file keeps nobody from taking it out of the catalogue.
                    Err(error) if !self.stand(new).public => tracing::warn!(%error, clip = new.id, "not described"),
                    Err(error) => return Err(std::io::Error::other(error).into()),
                }
            }
        }
        if history {
            let before = difference(old, new);
            if !before.is_empty() {
                new.history.push(Change { at: media::unix_ms(), before });
            }
        }
        write_forms(&mut stage, new)?;
        stage.commit()?;
        Ok(())
    }

    fn rewrite_clip(&self, stage: &mut Stage, old: &Record, new: &mut Record, work: &Work) -> Result<(), CutError> {
        let clip = stage.path("clip.mp4");
        let mut source = clip.clone();
        let mut cut = Cut { from: 0, until: None, recorded_at: new.recorded_at / 1000 };
        if let Some((from, until)) = work.trim {
            let from = from.unwrap_or(0).saturating_mul(1_000_000);
            let until = until.unwrap_or(old.duration_ms as i64).saturating_mul(1_000_000);
            let master = old.origin.as_ref().map(|origin| (self.settings().data.join(&origin.master), origin.from));
            let base = match master.filter(|(master, _)| master.exists()) {
                Some((master, base)) => {
                    source = master;
                    base as i64
                }
                None => 0,
            };
            cut.from = base.saturating_add(from).max(0) as u64;
            cut.until = Some(base.saturating_add(until).max(0) as u64);
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
        let (was, is) = (old.description(), new.description());
        if work.trim.is_some() || forms::tags::label(&was) != forms::tags::label(&is) {
            let part = stage.path("clip.mp4.part");
            let made = cut.make(&source, &tables, &forms::tags::label(&is), &part)?;
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
        let again = work.poster_ms.is_some() || work.trim.is_some();
        if !again && stage.has("poster.jpg") && forms::xmp::packet(&was) == forms::xmp::packet(&is) {
            return Ok(());
        }
        let there = fs::read(stage.path("poster.jpg")).ok().filter(|_| !again);
        if let Some(picture) = there.and_then(|jpeg| Picture::of(&jpeg).ok()) {
            stage.write("poster.jpg", &described(new, picture))?;
        } else {
            let wanted = work.poster_ms.or(new.poster_chosen.then_some(new.poster_ms));
            let (jpeg, at) = still::poster(&clip, &Tables::read(&clip)?, wanted)?;
            new.poster_ms = at;
            new.poster_chosen |= work.poster_ms.is_some();
            poster(stage, new, &jpeg)?;
        }
        Ok(())
    }
}

/// What the history says nothing of.
pub(super) const NOT_KEPT: [&str; 2] = ["credits", "history"];

/// The fields that differ, with what they were. Who was credited is nobody's to keep.
fn difference(old: &Record, new: &Record) -> Map<String, Value> {
    let fields = |record: &Record| match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let new = fields(new);
    fields(old)
        .into_iter()
        .filter(|(name, value)| !NOT_KEPT.contains(&name.as_str()) && new.get(name) != Some(value))
        .collect()
}

pub(super) fn unknown(id: &str) -> Problem {
    let id: String = id.chars().take(100).collect();
    Problem::operator(
        "unknown_clip",
        format!("« {id} » n'est pas dans les archives."),
        format!("“{id}” is not in the archive."),
    )
}

pub(super) fn unknown_or(id: &str, error: CutError) -> Problem {
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

/// Why somebody at the desk cannot publish a record; `misnamed`: there is a name in its picture that its
/// bearer does not choose.
fn refused(record: &Record, misnamed: bool, no: &No) -> Problem {
    let title = &record.title;
    if let (No::NotCleared, Some(notice)) = (no, &record.rights_notice) {
        return Problem::operator(
            "other_rights",
            format!(
                "« {title} » porte une mention de droits : « {notice} ». Publiez-la en confirmant que son auteur et tous ceux qu'on y reconnaît sont d'accord, ou corrigez la mention."
            ),
            format!(
                "“{title}” carries a notice of rights: “{notice}”. Publish it by confirming that its author and everybody who can be recognised agree, or correct the notice."
            ),
        );
    }
    let (code, fr, en) = match no {
        No::NotCleared if misnamed => (
            "consent_missing",
            "un nom à l'image n'est pas, ou plus, celui que cette personne a choisi. Coupez ce passage ou, si elle est d'accord, confirmez-le",
            "a name in the picture is not, or no longer, the one that this person chose. Cut that out or, if they agree, confirm it",
        ),
        No::NotCleared => (
            "consent_missing",
            "regardez d'abord, puis confirmez que tous ceux qu'on y reconnaît sont d'accord, ou qu'on n'y reconnaît personne",
            "look first, then confirm that everybody who can be recognised has agreed, or that nobody can be",
        ),
        No::NotAnswered => (
            "answers_missing",
            "tous ceux qu'on y voit n'ont pas encore dit ce qu'ils en pensent. Attendez leur réponse, ou joignez-les ; s'ils sont d'accord, confirmez-le en publiant",
            "not everybody in it has said yet what they think of it. Wait for their answers, or ask them; if they agree, confirm it when you publish",
        ),
        No::CutAsked => (
            "cut_asked",
            "quelqu'un qu'on y voit demande de couper le début ou la fin. Coupez, ou parlez-lui ; si cette personne est d'accord sans coupe, confirmez-le en publiant",
            "somebody in it asks to cut the beginning or the end. Cut it, or talk to them; if they agree without a cut, confirm it when you publish",
        ),
        No::Rehearsed => (
            "rehearsed",
            "c'était une répétition, rien n'en sort",
            "it was a rehearsal, nothing of it leaves the house",
        ),
        No::Unfinished => (
            "unfinished",
            "quelqu'un qu'on y voit vient de changer d'accord ; réessayez quand le studio en a fini",
            "somebody in it has just changed what they agree to; try again when the studio has done with it",
        ),
        _ => (
            "consent_missing",
            "tous ceux qu'on y voit n'ont pas donné leur accord. Faites signer, puis publiez",
            "not everybody in it has agreed. Have them sign, then publish",
        ),
    };
    Problem::operator(
        code,
        format!("« {title} » ne peut pas être publié : {fr}."),
        format!("“{title}” cannot be published: {en}."),
    )
}
