//! Texts that people type, within bounds.

use crate::protocol::Problem;

/// A text of several lines: trimmed, without control characters but line ends, at most `longest`
/// characters. What looks like markup stays what it is, text: it is escaped where it is shown.
///
/// # Errors
/// `too_long`, naming the field.
pub fn clean(text: &str, field: &str, longest: usize) -> Result<String, Problem> {
    let text = visible(text);
    let length = text.chars().count();
    if length > longest {
        return Err(Problem::operator(
            "too_long",
            format!("« {} » est trop long : {length} caractères, {longest} au plus. Raccourcissez.", french(field)),
            format!("“{field}” is too long: {length} characters, {longest} at most. Shorten it."),
        ));
    }
    Ok(text)
}

/// The text, trimmed, without control characters but line ends, and without those that turn the
/// direction of what follows.
pub fn visible(text: &str) -> String {
    let kept = text.chars().filter(|c| *c == '\n' || (!c.is_control() && !is_direction(*c)));
    kept.collect::<String>().trim().to_owned()
}

/// The same on one line.
pub fn visible_line(text: &str) -> String {
    visible(&text.replace(['\n', '\r', '\t'], " "))
}

/// A text of one line that may not be empty.
///
/// # Errors
/// `too_long` or `empty`, naming the field.
pub fn clean_line(text: &str, field: &str, longest: usize) -> Result<String, Problem> {
    let text = clean(&visible_line(text), field, longest)?;
    if text.is_empty() {
        return Err(Problem::operator(
            "empty",
            format!("« {} » est vide. Écrivez quelque chose.", french(field)),
            format!("“{field}” is empty. Write something."),
        ));
    }
    Ok(text)
}

/// What a field is called in French, where it is not the same word.
fn french(field: &str) -> &str {
    match field {
        "title" => "titre",
        "summary" => "résumé",
        "needs" => "besoins",
        "name" => "nom",
        "credit" => "nom à citer",
        "label" => "repère",
        "reason" | "one_guardian_reason" => "raison",
        "text" => "message",
        other => other,
    }
}

/// Characters that turn the direction of all that follows, beyond their own text.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
