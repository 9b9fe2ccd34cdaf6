//! From a recording to a clip in its folder.

use std::{io, path::Path};

use tracing::{info, warn};

use super::{
    Archive, Chapter, Medium, Origin, Publication, Record, Report, Standing,
    cut::{Cut, CutError},
    day, forms, loudness,
    master::{Note, Subject},
    still,
    store::{Stage, claim_stem},
};
use crate::{
    media,
    mp4::Tables,
    protocol::{Fault, Problem},
};

impl Archive {
    /// Makes the clip of a recording whose segment's end is written. Blocks.
    pub(super) fn make_clip(&self, mut note: Note) {
        match self.clip_of(&note) {
            Ok(record) => {
                info!(clip = record.id, milliseconds = record.duration_ms, "a clip");
                note.clip = Some(record.id.clone());
                if let Err(error) = note.keep(&self.settings().data) {
                    warn!(%error, "the note of a recording is not kept");
                }
                self.tell(Report::Clip(Box::new(record.clone())));
                if let Some(decided) =
                    self.decided(&note.subject.id).filter(|decided| Some(decided) != note.publication.as_ref())
                {
                    note.publication = Some(decided.clone());
                    _ = self.apply(&note.subject.id, decided);
                }
                // A segment that went through a restart has several recordings, and clips.
                if let Some(publication) =
                    note.publication.take_if(|_| self.index().of_segment(&note.subject.id).len() > 1)
                {
                    _ = self.apply(&note.subject.id, publication);
                }
                self.finish(&record.id);
            }
            Err(error) => self.tell(Report::Problem(not_made(&note, &error))),
        }
    }

    /// Makes up for what was not done when the studio ended: the clip of a segment's last recording,
    /// or, where there is one, what may be done with it.
    pub(super) fn make_up(&self, subject: Subject, publication: Publication) {
        let notes = Note::all(&self.settings().data);
        let Some(mut note) = notes.into_iter().rev().find(|note| note.subject.id == subject.id) else {
            return warn!(segment = subject.id, "a segment has ended that was not recorded");
        };
        if note.clip.is_some() {
            _ = self.apply(&subject.id, publication);
            return;
        }
        (note.subject, note.publication) = (subject, Some(publication));
        self.make_clip(note);
    }

    /// What has been decided on a segment's clip since it ended.
    fn decided(&self, segment: &str) -> Option<Publication> {
        super::lock(&self.inner.decided).get(segment).cloned()
    }

    pub(super) fn clip_of(&self, note: &Note) -> Result<Record, CutError> {
        let settings = self.settings();
        let source = settings.data.join(&note.master);
        let tables = Tables::read(&source)?;
        let from = note.from.unwrap_or(0);
        let decided = self.decided(&note.subject.id).or_else(|| note.publication.clone());
        let publication = decided.unwrap_or_default();
        let subject = &note.subject;
        let recorded = day::local(note.recorded_at);
        let stem = claim_stem(&recorded[..10.min(recorded.len())], &subject.title, "sequence");
        let standing = if publication.allowed && !settings.review { Standing::Published } else { Standing::Waiting };
        let chapters = note.marks.iter().filter(|(at, _)| *at >= from && note.until.is_none_or(|until| *at < until));
        let chapters =
            chapters.map(|(at, label)| Chapter { at_ms: (at - from) / 1_000_000, label: label.clone() }).collect();
        let mut record = Record {
            standing,
            allowed: publication.allowed,
            title: subject.title.clone(),
            summary: subject.summary.clone(),
            language: if subject.language.is_empty() { settings.language.clone() } else { subject.language.clone() },
            credits: publication.credits,
            recorded_at: note.recorded_at,
            recorded,
            published_at: (standing == Standing::Published).then(media::unix_ms),
            segment: Some(subject.id.clone()),
            chapters,
            ..self.blank(Medium::Clip)
        };
        let cut = Cut { from, until: note.until, recorded_at: note.recorded_at / 1000 };
        self.add(&mut record, &stem, &source, &tables, &cut)?;
        Ok(record)
    }

    /// A record with what the studio knows by itself.
    pub(super) fn blank(&self, medium: Medium) -> Record {
        let settings = self.settings();
        Record {
            medium,
            event: settings.event.clone(),
            place: settings.place.clone(),
            licence: settings.licence.clone(),
            language: settings.language.clone(),
            ..Record::default()
        }
    }

    /// Cuts a new clip, and puts it into its folder with all its forms.
    pub(super) fn add(
        &self,
        record: &mut Record,
        stem: &str,
        source: &Path,
        tables: &Tables,
        cut: &Cut,
    ) -> Result<(), CutError> {
        let _changes = self.store().lock();
        let (id, mut stage) = self.store().begin(Medium::Clip, stem)?;
        record.id = id;
        self.addresses(record);
        let clip = stage.path(record.file());
        let made = cut.make(source, tables, &forms::tags::label(record), &clip)?;
        stage.wrote(record.file(), made.sum);
        record.duration_ms = made.length / 1_000_000;
        (record.width, record.height) = (made.size.0.into(), made.size.1.into());
        if let Ok(master) = source.strip_prefix(&self.settings().data) {
            let master = master.to_string_lossy().into_owned();
            record.origin = Some(Origin { master, from: made.from, until: made.from + made.length });
        }
        // A clip without its poster is still a clip.
        match Tables::read(&clip).and_then(|tables| still::poster(&clip, &tables, None)) {
            Ok((jpeg, at)) => {
                record.poster_ms = at;
                poster(&mut stage, record, &jpeg)?;
            }
            Err(error) => warn!(%error, clip = record.id, "no poster"),
        }
        write_forms(&mut stage, record)?;
        let folder = stage.commit()?;
        self.index().put(record, &folder);
        Ok(())
    }

    /// Where the record's page and files are found.
    pub(super) fn addresses(&self, record: &mut Record) {
        let (address, id, folder) = (self.address(), &record.id, record.medium.folder());
        record.page = address.as_ref().map(|address| format!("{address}/archive/{id}"));
        record.files = address.as_ref().map(|address| format!("{address}/{folder}/{id}"));
    }

    /// What takes longer than anybody wants to wait: loudness, captions by a machine.
    pub(super) fn finish(&self, id: &str) {
        let Some((medium, folder)) = self.store().find(id) else { return };
        if medium != Medium::Clip {
            return;
        }
        let clip = folder.join("clip.mp4");
        if let Some(found) = loudness::measure(&clip) {
            _ = self.change_quietly(id, |record| record.loudness = Some(found));
        }
        self.transcribe(id, &clip);
    }
}

/// Writes the poster with the record inside.
pub(super) fn poster(stage: &mut Stage, record: &Record, jpeg: &[u8]) -> io::Result<()> {
    let described = forms::jpeg::with_xmp(jpeg, &forms::xmp::packet(record));
    stage.write("poster.jpg", described.as_deref().unwrap_or(jpeg))
}

/// Writes the forms that are files of their own.
pub(super) fn write_forms(stage: &mut Stage, record: &Record) -> io::Result<()> {
    stage.record(record)?;
    stage.write("clip.json", &serde_json::to_vec_pretty(&forms::json_ld::object(record))?)
}

fn not_made(note: &Note, error: &CutError) -> Problem {
    let (title, master) = (&note.subject.title, &note.master);
    Problem::new(
        "clip_not_made",
        if matches!(error, CutError::Io(_)) { Fault::Operator } else { Fault::Ours },
        format!(
            "L'extrait de « {title} » n'a pas pu être fait ({error}). Son enregistrement reste dans {master} ; libérez de la place, le studio réessaie à son prochain démarrage."
        ),
        format!(
            "The clip of “{title}” could not be made ({error}). Its recording stays in {master}; make room, and the studio tries again at its next start."
        ),
    )
}
