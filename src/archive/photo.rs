//! Photos: stills of the studio, and pictures that people bring.

use super::{
    Archive, Credit, Medium, Record, cut::CutError, day, edit, forms, make::write_forms, still, store::claim_stem,
};
use crate::{
    media::{self, Picture},
    protocol::{Problem, Segment},
};

/// The largest JPEG that is taken, bytes.
pub const LARGEST: usize = 24 << 20;
/// The widest and highest, pixels: what a phone makes.
const WIDEST: usize = 16_384;
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
        picture: &Picture,
        title: &str,
        segment: Option<&Segment>,
        rehearsed: bool,
    ) -> Result<Record, Problem> {
        let jpeg = still::photo(picture).ok_or_else(bad)?;
        let people = segment.iter().flat_map(|segment| &segment.participants).map(|participant| participant.id.clone());
        let of = Record {
            people: Some(people.collect()),
            private: segment.is_some_and(|segment| segment.private),
            rehearsed,
            segment: segment.map(|segment| segment.id.clone()),
            ..Record::default()
        };
        self.add_photo(&jpeg, title, "", of)
    }

    /// Keeps a JPEG that a participant of a segment gives, whose agreement it needs from then on. Blocks.
    ///
    /// # Errors
    /// As [`Archive::keep_photo`].
    pub fn give_photo(&self, jpeg: &[u8], title: &str, giver: &str, segment: &str) -> Result<Record, Problem> {
        let people = Some(vec![giver.to_owned()]);
        let of = Record { people, segment: Some(segment.to_owned()), ..Record::default() };
        self.add_photo(jpeg, title, &self.judge().name(giver).unwrap_or_default(), of)
    }

    /// Keeps a JPEG that somebody brought to the desk. Blocks.
    ///
    /// # Errors
    /// `bad_photo`, `bad_clip`, `clip_unwritable`.
    pub fn keep_photo(&self, jpeg: &[u8], title: &str, author: &str) -> Result<Record, Problem> {
        self.add_photo(jpeg, title, author, Record { people: Some(Vec::new()), ..Record::default() })
    }

    fn add_photo(&self, jpeg: &[u8], title: &str, author: &str, of: Record) -> Result<Record, Problem> {
        let (width, height) = size(jpeg).ok_or_else(bad)?;
        let title = edit::line(title, "le titre", "the title", 200)?;
        let author = edit::line(author, "le nom", "the name", 120)?;
        let now = media::unix_ms();
        let author = (!author.is_empty()).then(|| Credit { name: author, role: PHOTOGRAPHER.into() });
        let mut record = Record {
            title: if title.is_empty() { self.settings().event.clone() } else { title },
            credits: author.into_iter().collect(),
            people: of.people,
            private: of.private,
            rehearsed: of.rehearsed,
            segment: of.segment,
            recorded_at: now,
            recorded: day::local(now),
            width,
            height,
            ..self.blank(Medium::Photo)
        };
        self.as_agreed(&mut record);
        self.place_photo(&mut record, jpeg).map_err(|error| edit::unwritable(&record.title, &error))?;
        self.tell_record(&record);
        Ok(record)
    }

    fn place_photo(&self, record: &mut Record, jpeg: &[u8]) -> Result<(), CutError> {
        let _changes = self.store().lock();
        let stem = claim_stem(record.day(), &record.title, "photo");
        let (id, mut stage) = self.store().begin(Medium::Photo, &stem)?;
        record.id = id;
        self.addresses(record);
        let described =
            forms::jpeg::with_xmp(jpeg, &forms::xmp::packet(&record.description())).ok_or(CutError::NoPicture)?;
        stage.write("photo.jpg", &described)?;
        write_forms(&mut stage, record)?;
        let folder = stage.commit()?;
        self.index().put(record, &folder);
        Ok(())
    }
}

/// The pixels of a JPEG that can be read to its end.
fn size(jpeg: &[u8]) -> Option<(u32, u32)> {
    if jpeg.len() > LARGEST {
        return None;
    }
    let mut decompressor = turbojpeg::Decompressor::new().ok()?;
    let header = decompressor.read_header(jpeg).ok()?;
    let fits = |pixels: usize| (16..=WIDEST).contains(&pixels);
    (fits(header.width) && fits(header.height)).then_some((header.width as u32, header.height as u32))
}

fn bad() -> Problem {
    Problem::operator(
        "bad_photo",
        "Cette image n'est pas un JPEG lisible d'au plus 24 Mo. Choisissez-en une autre, ou enregistrez-la en JPEG.",
        "This picture is no readable JPEG of at most 24 MB. Choose another, or save it as JPEG.",
    )
}
