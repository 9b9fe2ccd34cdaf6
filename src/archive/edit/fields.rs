//! The fields that people may change, and what may stand in them.

use super::Update;
use crate::{
    archive::{Credit, Record},
    protocol::Problem,
};

/// Puts the fields of a change into a record.
///
/// # Errors
/// `bad_clip`, with what is wrong.
pub fn apply(record: &mut Record, update: Update) -> Result<(), Problem> {
    if let Some(title) = update.title {
        record.title = text(&title, "le titre", "the title", 200)?;
        if record.title.is_empty() {
            return Err(bad("le titre est vide", "the title is empty"));
        }
    }
    if let Some(summary) = update.summary {
        record.summary = text(&summary, "le résumé", "the summary", 5000)?;
    }
    if let Some(language) = update.language {
        record.language = language_of(&language)?;
    }
    if let Some(credits) = update.credits {
        few(credits.len(), "les noms", "names", 50)?;
        record.credits.clear();
        for credit in credits {
            let name = text(&credit.name, "un nom", "a name", 120)?;
            let role = text(&credit.role, "un rôle", "a role", 120)?;
            if !name.is_empty() {
                record.credits.push(Credit { name, role });
            }
        }
    }
    if let Some(tags) = update.tags {
        few(tags.len(), "les thèmes", "themes", 20)?;
        record.tags.clear();
        for tag in tags {
            let tag = text(&tag, "un thème", "a theme", 60)?;
            if !tag.is_empty() && !record.tags.contains(&tag) {
                record.tags.push(tag);
            }
        }
    }
    if let Some(mut chapters) = update.chapters {
        few(chapters.len(), "les chapitres", "chapters", 100)?;
        chapters.sort_by_key(|chapter| chapter.at_ms);
        for chapter in &mut chapters {
            chapter.label = text(&chapter.label, "un chapitre", "a chapter", 200)?;
            if chapter.at_ms >= record.duration_ms {
                return Err(bad("un chapitre commence après la fin", "a chapter begins after the end"));
            }
        }
        record.chapters = chapters;
    }
    if let Some(transcript) = update.transcript {
        record.transcript = text(&transcript, "la transcription", "the transcript", 200_000)?;
    }
    if let Some(order) = update.order {
        record.order = Some(order.into());
    }
    if update.until_ms.is_some_and(|until| until <= update.from_ms.unwrap_or(0)) {
        return Err(bad("la fin vient avant le début", "the end comes before the start"));
    }
    Ok(())
}

/// A text without control characters (but line breaks), of at most so many characters.
pub fn text(text: &str, fr: &str, en: &str, longest: usize) -> Result<String, Problem> {
    let clean: String = text
        .chars()
        .filter(|character| !character.is_control() || *character == '\n')
        .collect::<String>()
        .trim()
        .into();
    if clean.chars().count() > longest {
        return Err(bad(
            &format!("{fr} a plus de {longest} caractères"),
            &format!("{en} has more than {longest} characters"),
        ));
    }
    Ok(clean)
}

fn few(count: usize, fr: &str, en: &str, most: usize) -> Result<(), Problem> {
    match count > most {
        true => Err(bad(&format!("{fr} sont plus de {most}"), &format!("there are more than {most} {en}"))),
        false => Ok(()),
    }
}

/// A language tag in its usual form; it also is part of a file's name.
pub fn language_of(language: &str) -> Result<String, Problem> {
    let mut parts = language.split('-');
    let first = parts.next().unwrap_or_default();
    let fits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if fits(first, 2..=3) && first.bytes().all(|byte| byte.is_ascii_alphabetic()) && parts.all(|part| fits(part, 1..=8))
    {
        let (first, rest) = language.split_at(first.len());
        return Ok(first.to_ascii_lowercase() + rest);
    }
    Err(bad("la langue s'écrit fr, en, pt-BR…", "a language is written fr, en, pt-BR…"))
}

/// A change that cannot be made.
pub fn bad(fr: &str, en: &str) -> Problem {
    Problem::operator("bad_clip", format!("Rien n'a été changé : {fr}."), format!("Nothing was changed: {en}."))
}
