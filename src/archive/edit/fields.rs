//! The fields that people may change, and what may stand in them.

use super::Update;
use crate::{
    archive::{Credit, Record},
    protocol::Problem,
    rundown::{visible, visible_line},
};

/// Puts the fields of a change into a record.
///
/// # Errors
/// `bad_clip`, with what is wrong.
pub fn apply(record: &mut Record, update: Update) -> Result<(), Problem> {
    if let Some(title) = update.title {
        record.title = line(&title, "le titre", "the title", 200)?;
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
            let name = line(&credit.name, "un nom", "a name", 120)?;
            let role = line(&credit.role, "un rôle", "a role", 120)?;
            if !name.is_empty() {
                record.credits.push(Credit { name, role });
            }
        }
    }
    if let Some(tags) = update.tags {
        few(tags.len(), "les thèmes", "themes", 20)?;
        record.tags.clear();
        for tag in tags {
            let tag = line(&tag, "un thème", "a theme", 60)?;
            if !tag.is_empty() && !record.tags.contains(&tag) {
                record.tags.push(tag);
            }
        }
    }
    if let Some(mut chapters) = update.chapters {
        few(chapters.len(), "les chapitres", "chapters", 100)?;
        chapters.sort_by_key(|chapter| chapter.at_ms);
        for chapter in &mut chapters {
            chapter.label = line(&chapter.label, "un chapitre", "a chapter", 200)?;
            if chapter.at_ms >= record.duration_ms {
                return Err(bad("un chapitre commence après la fin", "a chapter begins after the end"));
            }
        }
        record.chapters = chapters;
    }
    if let Some(transcript) = update.transcript {
        let transcript = text(&transcript, "la transcription", "the transcript", 200_000)?;
        if transcript != record.transcript {
            (record.transcript, record.transcript_from) = (transcript, None);
        }
        record.transcript_withheld = false;
    }
    if let Some(notice) = update.rights_notice {
        let notice = line(&notice, "la mention", "the notice", 1000)?;
        record.rights_notice = Some(notice).filter(|notice| !notice.is_empty());
    }
    if let Some(order) = update.order {
        record.order = Some(order.into());
    }
    if update.until_ms.is_some_and(|until| until <= update.from_ms.unwrap_or(0)) {
        return Err(bad("la fin vient avant le début", "the end comes before the start"));
    }
    Ok(())
}

/// A text of several lines as [`visible`] leaves it, of at most so many characters.
pub fn text(text: &str, fr: &str, en: &str, longest: usize) -> Result<String, Problem> {
    bounded(visible(text), fr, en, longest)
}

/// The same on one line.
pub fn line(text: &str, fr: &str, en: &str, longest: usize) -> Result<String, Problem> {
    bounded(visible_line(text), fr, en, longest)
}

fn bounded(clean: String, fr: &str, en: &str, longest: usize) -> Result<String, Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_people_type_turns_what_stands_beside_it() {
        let mut record = Record::default();
        let update = Update {
            title: Some("Le \u{202e}nidraj\u{202c}\nici\u{7}".into()),
            summary: Some("Une \u{2067}haie\net des voisins".into()),
            credits: Some(vec![Credit { name: "Awa\u{202e} Diop".into(), role: "jardi\u{2066}nière\n".into() }]),
            tags: Some(vec!["jar\u{202d}din".into()]),
            transcript: Some("Bonjour \u{202e}à tous".into()),
            ..Update::default()
        };
        apply(&mut record, update).unwrap();
        assert_eq!(record.title, "Le nidraj ici");
        assert_eq!(record.summary, "Une haie\net des voisins");
        assert_eq!(record.credits, [Credit { name: "Awa Diop".into(), role: "jardinière".into() }]);
        assert_eq!((record.tags[0].as_str(), record.transcript.as_str()), ("jardin", "Bonjour à tous"));
    }
}
