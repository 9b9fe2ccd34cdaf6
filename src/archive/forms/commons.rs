//! The description page for Wikimedia Commons.

use super::{words, words::Licence};
use crate::archive::PublicRecord;

/// The wiki text; `None`: Commons does not take this licence.
pub fn page(record: &PublicRecord) -> Option<String> {
    let template = Licence::of(record).commons?;
    let language = if record.language.is_empty() { "fr" } else { &record.language };
    let description = [record.title.as_str(), record.summary.as_str(), &record.occasion()]
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| wiki(part.trim_end_matches('.')))
        .collect::<Vec<_>>()
        .join(". ");
    let credits: Vec<_> = record
        .credits
        .iter()
        .map(|credit| match credit.role.as_str() {
            "" => wiki(&credit.name),
            role => format!("{} ({})", wiki(&credit.name), wiki(role)),
        })
        .collect();
    let author = if credits.is_empty() { wiki(&record.event) } else { credits.join(", ") };
    let source = record.page.as_ref().map_or_else(|| "{{own}}".into(), |page| format!("{{{{own}}}}, {page}"));
    let categories: String = record.tags.iter().map(|tag| format!("[[Category:{}]]\n", wiki(&capital(tag)))).collect();
    Some(format!(
        "=={{{{int:filedesc}}}}==\n{{{{Information\n|description={{{{{language}|1={description}}}}}\n|date={}\n\
         |source={source}\n|author={author}\n|permission={}\n|other versions=\n}}}}\n\n\
         =={{{{int:license-header}}}}==\n{{{{self|{template}|author={author}}}}}\n\n{categories}",
        record.day(),
        wiki(&words::credit(record)),
    ))
}

/// Longest title in a file's name, bytes: with the id and what follows it, a name stays below the 240
/// that Commons takes and the 255 of a file system.
const TITLE: usize = 110;

/// The name that the file gets there: Commons allows no `#<>[]|{}/:` in names.
pub fn file_name(record: &PublicRecord, ending: &str) -> String {
    let title: String = record
        .title
        .chars()
        .map(|character| {
            if "#<>[]|{}/:\\\"*?\u{200e}\u{200f}".contains(character) || character.is_control() {
                '-'
            } else {
                character
            }
        })
        .collect();
    let title = title.trim();
    let cut = &title[..title.floor_char_boundary(TITLE)];
    format!("{}, {}.{ending}", cut.trim(), record.id)
}

/// A text that wiki software shows as it is.
pub fn wiki(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = ' ';
    for character in text.chars() {
        // One apostrophe is one; two begin italics.
        let twice = character == '\'' && before == '\'';
        before = character;
        match character {
            '|' | '{' | '}' | '[' | ']' | '<' | '>' | '&' | '=' | '~' | '*' | '#' => {
                safe += &format!("&#{};", character as u32);
            }
            '\n' | '\r' => safe.push(' '),
            _ if twice => safe.push_str("&#39;"),
            character if character.is_control() => (),
            character => safe.push(character),
        }
    }
    safe
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
