//! Mistakes of writing, before any meaning: the parser's words made a sentence.

use toml::de::Error;

use super::mistake::Mistakes;

/// What the parser says, and what it means for a person: French, English.
const MEANINGS: [(&str, &str, &str); 15] = [
    (
        "duplicate key",
        "cette clé ou cette table est déjà écrite plus haut ; n'en gardez qu'une",
        "this key or table is already written above; keep only one",
    ),
    ("missing value", "il manque une valeur après le `=`", "a value is missing after the `=`"),
    ("key with no value", "il faut écrire `clé = valeur`", "this should be written `key = value`"),
    (
        "string values must be quoted",
        "un texte s'écrit entre guillemets, comme clé = \"texte\"",
        "a text is written in quotes, such as key = \"text\"",
    ),
    (
        "invalid basic string",
        "ce texte n'est pas bien écrit : un guillemet manque à sa fin, ou un `\\` n'y est pas doublé",
        "this text is not well written: its closing quote is missing, or a `\\` in it is not doubled",
    ),
    (
        "invalid literal string",
        "il manque l'apostrophe à la fin de ce texte",
        "the closing apostrophe of this text is missing",
    ),
    ("unclosed array table", "il manque `]]`", "`]]` is missing"),
    ("unclosed table", "il manque `]`", "`]` is missing"),
    ("unclosed array", "il manque `]` à la fin de la liste", "`]` is missing at the end of the list"),
    ("unclosed inline table", "il manque `}`", "`}` is missing"),
    ("missing comma", "il manque une virgule", "a comma is missing"),
    ("missing escaped value", "un `\\` s'écrit `\\\\` dans un texte", "a `\\` is written `\\\\` in a text"),
    (
        "unexpected leading zero",
        "un nombre ne commence pas par 0 ; un code s'écrit entre guillemets",
        "a number does not start with 0; a PIN is written in quotes",
    ),
    ("cannot recurse further", "trop de crochets les uns dans les autres", "too many brackets inside one another"),
    (
        "unexpected key or value",
        "il y a quelque chose de trop sur cette ligne ; une seule `clé = valeur` par ligne",
        "there is something too many on this line; one `key = value` a line",
    ),
];

/// Notes a mistake of writing.
pub(super) fn note(error: &Error, text: &str, mistakes: &mut Mistakes) {
    let place = error.span().unwrap_or(text.len()..text.len());
    let mut said = error.message();
    if said.starts_with("string values must be quoted")
        && text.get(place.clone()).is_some_and(|at| at.trim().is_empty())
    {
        said = "missing value";
    }
    match MEANINGS.iter().find(|(words, ..)| said.starts_with(words)) {
        Some((_, fr, en)) => mistakes.at(&place, *fr, *en),
        None => mistakes.at(
            &place,
            format!("cette ligne n'est pas du TOML bien écrit (l'analyseur dit : {said})"),
            format!("this line is not well-written TOML (the parser says: {said})"),
        ),
    }
}
