//! From a recording to a clip in its folder.

use std::{io, path::Path};

use tracing::{info, warn};

use super::{
    Archive, Chapter, Medium, Origin, PublicRecord, Record, Report,
    cut::{Cut, CutError},
    day,
    forms::{self, jpeg::Picture},
    loudness,
    master::{Note, Subject},
    still,
    store::{Stage, claim_stem},
};
use crate::{
    mp4::Tables,
    protocol::{Fault, Problem},
    rights,
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
                self.tell_record(&record);
                // Somebody may have spoken meanwhile; and a segment that went through a restart has several
                // recordings, and clips.
                if note.ended
                    && let Err(problem) = self.settle(&note.subject.id)
                {
                    self.tell(Report::Problem(problem));
                }
                self.finish(&record.id);
            }
            Err(error) => self.tell(Report::Problem(not_made(&note, &error))),
        }
    }

    /// Makes up for what was not done when the studio ended: the clip of a segment's last recording,
    /// or, where there is one, what follows from the segment's end.
    pub(super) fn make_up(&self, subject: Subject) {
        let notes = Note::all(&self.settings().data);
        let Some(mut note) = notes.into_iter().rev().find(|note| note.subject.id == subject.id) else {
            return warn!(segment = subject.id, "a segment has ended that was not recorded");
        };
        (note.subject, note.ended) = (subject, true);
        if note.clip.is_none() {
            return self.make_clip(note);
        }
        if let Err(error) = note.keep(&self.settings().data) {
            warn!(%error, "the note of a recording is not kept");
        }
        self.settle_soon(&note.subject.id);
    }

    pub(super) fn clip_of(&self, note: &Note) -> Result<Record, CutError> {
        let settings = self.settings();
        let source = settings.data.join(&note.master);
        let tables = Tables::read(&source)?;
        let from = note.from.unwrap_or(0);
        let subject = &note.subject;
        let recorded = day::local(note.recorded_at);
        // The id is in addresses, file names and the log.
        let title = rights::title_in_names(subject.private, &subject.title);
        let stem = claim_stem(&recorded[..10.min(recorded.len())], title, "sequence");
        let chapters = note.marks.iter().filter(|(at, _)| *at >= from && note.until.is_none_or(|until| *at < until));
        let chapters =
            chapters.map(|(at, label)| Chapter { at_ms: (at - from) / 1_000_000, label: label.clone() }).collect();
        let mut record = Record {
            people: subject.people.clone(),
            private: subject.private,
            rehearsed: subject.rehearsed,
            names_shown: subject.names_shown.clone(),
            title: subject.title.clone(),
            summary: subject.summary.clone(),
            language: if subject.language.is_empty() { settings.language.clone() } else { subject.language.clone() },
            recorded_at: note.recorded_at,
            recorded,
            segment: Some(subject.id.clone()),
            chapters,
            ..self.blank(Medium::Clip)
        };
        self.as_agreed(&mut record);
        // What a crash has met waits for the segment's end.
        if note.ended {
            self.stands_by_itself(&mut record);
        }
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
        let made = cut.make(source, tables, &forms::tags::label(&record.description()), &clip)?;
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
    let picture = Picture::of(jpeg).map_err(io::Error::other)?;
    stage.write("poster.jpg", &described(record, picture))
}

/// A picture with the record inside, without its summary where that is too long for a JPEG.
pub(super) fn described(record: &Record, picture: Picture) -> Vec<u8> {
    let whole = record.description();
    let brief = PublicRecord { summary: String::new(), ..whole.clone() };
    let fits = |packet: &String| packet.len() <= forms::jpeg::LONGEST_PACKET;
    let packet = [whole, brief].iter().map(forms::xmp::packet).find(fits);
    picture.with(&packet.unwrap_or_default())
}

/// Writes the forms that are files of their own.
pub(super) fn write_forms(stage: &mut Stage, record: &Record) -> io::Result<()> {
    stage.record(record)?;
    stage.write("clip.json", &serde_json::to_vec_pretty(&forms::json_ld::object(&record.description()))?)
}

fn not_made(note: &Note, error: &CutError) -> Problem {
    let title = rights::title_in_names(note.subject.private, &note.subject.title);
    let master = &note.master;
    let (fr, en) = match error {
        CutError::Io(error) if error.kind() == io::ErrorKind::StorageFull => (
            "le disque est plein. Libérez de la place, puis relancez le studio hors antenne : il réessaie au démarrage.".to_owned(),
            "the disk is full. Make room, then start the studio again while nothing is on air: it tries again at its start.".to_owned(),
        ),
        CutError::Io(error) => (
            format!("le disque ne se laisse pas lire ou écrire ({error}). Vérifiez qu'il est branché et que le dossier de données est ouvert au studio, puis relancez celui-ci hors antenne : il réessaie au démarrage."),
            format!("the disk cannot be read or written ({error}). See that it is connected and that the data folder is open to the studio, then start the studio again while nothing is on air: it tries again at its start."),
        ),
        CutError::Empty | CutError::NoPicture => (
            "aucune image n'a été enregistrée entre son début et sa fin. Si quelque chose manque, cherchez-le dans l'enregistrement.".to_owned(),
            "no picture was recorded between its start and its end. If something is missing, look for it in the recording.".to_owned(),
        ),
        CutError::Format(_) => (
            "l'enregistrement est abîmé. Copiez-le ailleurs et ouvrez-le avec un lecteur vidéo (VLC) : ce qui se lit peut être apporté aux archives.".to_owned(),
            "the recording is damaged. Copy it elsewhere and open it in a video player (VLC): what can be played can be brought to the archive.".to_owned(),
        ),
    };
    Problem::new(
        "clip_not_made",
        if matches!(error, CutError::Io(_)) { Fault::Operator } else { Fault::Ours },
        format!(
            "L'extrait de « {title} » n'a pas été fait : {fr} L'enregistrement est dans {master}, dans le dossier de données."
        ),
        format!("The clip of “{title}” was not made: {en} The recording is in {master}, in the data folder."),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whoever_reads_that_a_clip_was_not_made_knows_what_to_do() {
        let note = |private: bool| -> Note {
            serde_json::from_value(json!({
                "master": "masters/one.mp4", "recorded_at": 0, "from": 0, "until": 1, "marks": [], "clip": null, "ended": true,
                "subject": { "id": "s", "title": "Les abeilles", "summary": "", "language": "fr", "private": private },
            }))
            .unwrap()
        };
        let full = || CutError::Io(io::ErrorKind::StorageFull.into());
        for (error, fr, en) in [
            (full(), "Libérez de la place", "Make room"),
            (CutError::Io(io::ErrorKind::PermissionDenied.into()), "Vérifiez", "See that"),
            (CutError::Empty, "cherchez-le", "look for it"),
            (CutError::NoPicture, "cherchez-le", "look for it"),
        ] {
            let problem = not_made(&note(false), &error);
            assert_eq!(problem.code, "clip_not_made");
            assert!(problem.text.fr.contains(fr) && problem.text.en.contains(en), "{error}: {:?}", problem.text);
            for text in [&problem.text.fr, &problem.text.en] {
                assert!(text.contains("masters/one.mp4") && text.contains("Les abeilles"), "{text}");
            }
        }
        assert!(!not_made(&note(true), &full()).text.fr.contains("abeilles"), "a private segment's title is nobody's");
    }
}
