//! Films from elsewhere.

use std::path::Path;

use super::{
    Archive, Credit, Medium, Record,
    cut::{Cut, CutError},
    day, edit,
    store::claim_stem,
};
use crate::{media, mp4::Tables, protocol::Problem};

/// What is known of a file that comes from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// BCP 47; empty: the studio's.
    pub language: String,
    /// Themes.
    pub tags: Vec<String>,
    /// Who took part, where that is not asked of a take.
    pub names: Vec<String>,
    /// Unix milliseconds of its first picture; `None`: now.
    pub recorded_at: Option<u64>,
    /// The take of the booth that it is: whose agreement it needs, and whose name it has.
    pub take: Option<String>,
    /// Somebody says that everybody who can be recognised has agreed to its publication, or that nobody can.
    pub agreed: bool,
}

impl Archive {
    /// Takes a film in, without encoding it again. Blocks.
    ///
    /// # Errors
    /// `bad_film` for what is no MP4 with H.264 and AAC, `bad_clip`, `clip_unwritable`.
    pub fn import(&self, file: &Path, description: Description) -> Result<Record, Problem> {
        let tables = Tables::read(file).map_err(|error| bad_film(file, &error))?;
        let recorded_at = description.recorded_at.unwrap_or_else(media::unix_ms);
        let recorded = day::local(recorded_at);
        let credits = description.names.into_iter().map(|name| Credit { name, role: String::new() });
        let title = edit::line(&description.title, "le titre", "the title", 200)?;
        let mut record = Record {
            people: Some(description.take.iter().cloned().collect()),
            take: description.take,
            cleared: description.agreed.then(media::unix_ms),
            title: if title.is_empty() { self.settings().event.clone() } else { title },
            summary: edit::text(&description.summary, "le résumé", "the summary", 5000)?,
            tags: description.tags,
            credits: credits.collect(),
            recorded_at,
            recorded,
            ..self.blank(Medium::Clip)
        };
        if !description.language.is_empty() {
            record.language = edit::language_of(&description.language)?;
        }
        self.as_agreed(&mut record);
        self.stands_by_itself(&mut record);
        // Whoever is named in a title may want to be in no address one day.
        let title = if record.take.is_some() { "" } else { &record.title };
        let stem = claim_stem(record.day(), title, if record.take.is_some() { "cabine" } else { "film" });
        let cut = Cut { from: 0, until: None, recorded_at: recorded_at / 1000 };
        self.add(&mut record, &stem, file, &tables, &cut).map_err(|error| edit::unwritable(&record.title, &error))?;
        self.tell_record(&record);
        self.finish(&record.id);
        Ok(self.look(&record.id).unwrap_or(record))
    }
}

fn bad_film(file: &Path, error: &CutError) -> Problem {
    let file = file.display();
    Problem::operator(
        "bad_film",
        format!(
            "« {file} » ne peut pas être repris tel quel ({error}). Il faut un MP4 avec H.264 et AAC : ffmpeg -i FICHIER -c:v libx264 -c:a aac film.mp4"
        ),
        format!(
            "{file} cannot be taken as it is ({error}). It should be an MP4 with H.264 and AAC: ffmpeg -i FILE -c:v libx264 -c:a aac film.mp4"
        ),
    )
}
