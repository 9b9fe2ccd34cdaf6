//! Photos: stills of the studio, and pictures that people bring.

mod embedded;

use super::{
    Archive, Credit, Medium, Record,
    cut::CutError,
    day, edit,
    forms::jpeg::{Picture, Unfit},
    make::{described, write_forms},
    still,
    store::claim_stem,
};
use crate::{
    media,
    protocol::{Problem, Segment},
};
use embedded::Embedded;

/// The largest JPEG that is taken, bytes.
pub const LARGEST: usize = 24 << 20;
/// What whoever took a photo did.
pub const PHOTOGRAPHER: &str = "photo";

impl Archive {
    /// Keeps a picture of the studio as a photo; `segment` is the one on air, `rehearsed`: nothing of it
    /// leaves the house. It waits for a person: who is in it, only people know. Blocks.
    ///
    /// # Errors
    /// `bad_photo`, `clip_unwritable`.
    pub fn photo(
        &self,
        picture: &media::Picture,
        title: &str,
        segment: Option<&Segment>,
        rehearsed: bool,
    ) -> Result<Record, Problem> {
        let jpeg = still::photo(picture).ok_or_else(|| bad(Unfit::Size))?;
        let people = segment.iter().flat_map(|segment| &segment.participants).map(|participant| participant.id.clone());
        let of = Record {
            people: Some(people.collect()),
            private: segment.is_some_and(|segment| segment.private),
            rehearsed,
            names_shown: segment.map(|segment| segment.names_shown.clone()).unwrap_or_default(),
            segment: segment.map(|segment| segment.id.clone()),
            ..Record::default()
        };
        self.add_photo(&jpeg, title, Some(""), of)
    }

    /// Keeps a JPEG that a participant of a segment gives, whose agreement it needs from then on. Blocks.
    ///
    /// # Errors
    /// As [`Archive::keep_photo`].
    pub fn give_photo(&self, jpeg: &[u8], title: &str, giver: &str, segment: &str) -> Result<Record, Problem> {
        let people = Some(vec![giver.to_owned()]);
        let of = Record { people, segment: Some(segment.to_owned()), ..Record::default() };
        // Whoever does not want to be named is not named by their camera either.
        self.add_photo(jpeg, title, Some(&self.judge().name(giver).unwrap_or_default()), of)
    }

    /// Keeps a JPEG that somebody brought to the desk. `author` is who took it; `None`: whom the photo
    /// itself names. Blocks.
    ///
    /// # Errors
    /// `bad_photo`, `bad_clip`, `clip_unwritable`.
    pub fn keep_photo(&self, jpeg: &[u8], title: &str, author: Option<&str>) -> Result<Record, Problem> {
        self.add_photo(jpeg, title, author, Record { people: Some(Vec::new()), ..Record::default() })
    }

    /// Keeps the picture with its colours, and what it says of its date, its author and its rights;
    /// nothing else of what is in the file.
    fn add_photo(&self, jpeg: &[u8], title: &str, author: Option<&str>, of: Record) -> Result<Record, Problem> {
        if jpeg.len() > LARGEST {
            return Err(bad(Unfit::Size));
        }
        let picture = Picture::of(jpeg).map_err(bad)?;
        let title = edit::line(title, "le titre", "the title", 200)?;
        let now = media::unix_ms();
        let embedded = embedded::read(jpeg, now);
        let authors = match author {
            Some(author) => vec![edit::line(author, "le nom", "the name", 120)?],
            None => embedded.creators.clone(),
        };
        let authors = authors.into_iter().filter(|name| !name.is_empty());
        let credits: Vec<_> = authors.map(|name| Credit { name, role: PHOTOGRAPHER.into() }).collect();
        let mut record = Record {
            title: if title.is_empty() { self.settings().event.clone() } else { title },
            rights_notice: notice(&embedded, &credits),
            credits,
            people: of.people,
            private: of.private,
            rehearsed: of.rehearsed,
            names_shown: of.names_shown,
            segment: of.segment,
            recorded_at: now,
            recorded: day::local(now),
            ..self.blank(Medium::Photo)
        };
        (record.width, record.height) = picture.size();
        if let Some(taken) = embedded.taken {
            // Where it was on another day is not known.
            if taken.local.get(..10) != record.recorded.get(..10) {
                record.place.clear();
            }
            (record.recorded_at, record.recorded) = (taken.at, taken.local);
        }
        self.as_agreed(&mut record);
        self.place_photo(&mut record, picture).map_err(|error| edit::unwritable(&record.title, &error))?;
        self.tell_record(&record);
        Ok(record)
    }

    fn place_photo(&self, record: &mut Record, picture: Picture) -> Result<(), CutError> {
        let _changes = self.store().lock();
        let stem = claim_stem(record.day(), &record.title, "photo");
        let (id, mut stage) = self.store().begin(Medium::Photo, &stem)?;
        record.id = id;
        self.addresses(record);
        stage.write("photo.jpg", &described(record, picture))?;
        write_forms(&mut stage, record)?;
        let folder = stage.commit()?;
        self.index().put(record, &folder);
        Ok(())
    }
}

/// What a photo says of its rights, and of its author where no credit does.
fn notice(embedded: &Embedded, credits: &[Credit]) -> Option<String> {
    let mut lines = embedded.rights.clone();
    let said = |name: &str| {
        let name = name.to_lowercase();
        let credited = credits.iter().any(|credit| credit.name.to_lowercase() == name);
        credited || lines.iter().any(|line| line.to_lowercase().contains(&name))
    };
    let others: Vec<_> = embedded.creators.iter().filter(|name| !said(name)).cloned().collect();
    if !others.is_empty() {
        lines.insert(0, others.join(", "));
    }
    (!lines.is_empty()).then(|| lines.join(" · "))
}

fn bad(unfit: Unfit) -> Problem {
    let (fr, en) = match unfit {
        Unfit::CutShort => (
            "Cette image est incomplète : le fichier s'arrête avant la fin. Envoyez-la de nouveau depuis l'appareil.",
            "This picture is incomplete: the file stops before its end. Send it again from the camera or phone.",
        ),
        Unfit::Damaged => (
            "Cette image est abîmée : on ne peut pas la lire jusqu'au bout. Choisissez-en une autre.",
            "This picture is damaged: it cannot be read to its end. Choose another.",
        ),
        Unfit::Inks => (
            "Cette image est en couleurs d'imprimerie (CMJN), que les écrans montrent mal. Enregistrez-la en JPEG RVB.",
            "This picture is in printing colours (CMYK), which screens show badly. Save it as an RGB JPEG.",
        ),
        Unfit::NoJpeg | Unfit::Size => (
            "Cette image n'est pas un JPEG lisible d'au plus 24 Mo et 64 millions de pixels. Choisissez-en une autre, ou enregistrez-la en JPEG.",
            "This picture is no readable JPEG of at most 24 MB and 64 million pixels. Choose another, or save it as JPEG.",
        ),
    };
    Problem::operator("bad_photo", fr, en)
}
