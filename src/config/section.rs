//! Reading a table of the configuration key by key, noting every mistake.
//!
//! Each reader returns `None` for a key that is absent *or* wrong; in the second case the mistake
//! is noted, and the configuration will be refused whatever the caller makes of the rest.

use std::{
    fmt::Display,
    ops::{Range, RangeInclusive},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::mistake::{Mistakes, did_you_mean, listed, quote};
use crate::protocol::Text;

/// A value and its place.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// A table being read.
pub(super) struct Section<'a, 'i> {
    /// As the operator knows it: `[video]`, `[[source]]`.
    name: String,
    table: &'a DeTable<'i>,
    place: Range<usize>,
    /// The keys that were asked for: those that exist.
    known: Vec<&'static str>,
}

impl<'a, 'i> Section<'a, 'i> {
    pub(super) fn new(name: impl Into<String>, table: &'a DeTable<'i>, place: Range<usize>) -> Self {
        Self { name: name.into(), table, place, known: Vec::new() }
    }

    /// A value that must be a table.
    pub(super) fn of(name: &str, value: &'a Value<'i>, mistakes: &mut Mistakes) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::new(name, table, value.span())),
            other => {
                let got = describe(other);
                mistakes.at(
                    &value.span(),
                    format!("{name} doit être une table de `clé = valeur`, et non {}", got.fr),
                    format!("{name} should be a table of `key = value`, not {}", got.en),
                );
                None
            }
        }
    }

    /// As the operator knows it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where the table begins.
    pub(super) fn place(&self) -> &Range<usize> {
        &self.place
    }

    /// Where the key's value is; the table itself if there is no such key.
    pub(super) fn place_of(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or_else(|| self.place.clone(), Spanned::span)
    }

    /// The key's value, whatever it is.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Value<'i>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }

    /// The key's text, if it is one; without a judgement.
    pub(super) fn peek_text(&self, key: &str) -> Option<String> {
        self.table.get(key)?.get_ref().as_str().map(str::to_owned)
    }

    /// Like [`Section::value`], for a key that must be there.
    pub(super) fn required(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<&'a Value<'i>> {
        let value = self.value(key);
        if value.is_none() {
            let name = &self.name;
            mistakes.at(&self.place, format!("il manque `{key}` dans {name}"), format!("`{key}` is missing in {name}"));
        }
        value
    }

    /// A text that is not empty, of at most `longest` characters, without control characters.
    pub(super) fn text(&mut self, key: &'static str, longest: usize, mistakes: &mut Mistakes) -> Option<String> {
        let value = self.value(key)?;
        text_of(key, value, longest, mistakes)
    }

    /// A whole number.
    pub(super) fn integer(
        &mut self,
        key: &'static str,
        range: RangeInclusive<i64>,
        unit: [&str; 2],
        mistakes: &mut Mistakes,
    ) -> Option<i64> {
        let value = self.value(key)?;
        integer_of(key, value, range, unit, mistakes)
    }

    /// A number, whole or not.
    pub(super) fn number(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|n| n as f64),
            _ => None,
        };
        match number {
            Some(number) if number.is_finite() => Some(number),
            _ => {
                wrong_type(key, value, Text::new("un nombre, comme 0.5", "a number, such as 0.5"), mistakes);
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<bool> {
        let value = self.value(key)?;
        flag_of(key, value, mistakes)
    }

    /// One of some words.
    pub(super) fn choice<'w>(
        &mut self,
        key: &'static str,
        words: &[&'w str],
        mistakes: &mut Mistakes,
    ) -> Option<&'w str> {
        let value = self.value(key)?;
        choice_of(key, value, words, mistakes)
    }

    /// A list; an absent one is empty.
    pub(super) fn list(&mut self, key: &'static str, mistakes: &mut Mistakes) -> &'a [Value<'i>] {
        let Some(value) = self.value(key) else { return &[] };
        match value.get_ref() {
            DeValue::Array(list) => list,
            _ => {
                wrong_type(key, value, Text::new("une liste entre crochets", "a list in square brackets"), mistakes);
                &[]
            }
        }
    }

    /// An identifier: `[a-z0-9_-]{1,32}`. Required.
    pub(super) fn id(&mut self, mistakes: &mut Mistakes) -> Option<String> {
        let value = self.required("id", mistakes)?;
        let id = text_of("id", value, usize::MAX, mistakes)?;
        if !is_id(&id) {
            let id = quote(&id);
            mistakes.at(
                &value.span(),
                format!("l'`id` « {id} » doit avoir de 1 à 32 caractères parmi a-z, 0-9, `_` et `-` ; le nom à afficher va dans `label`"),
                format!("the `id` \"{id}\" should be 1 to 32 characters of a-z, 0-9, `_` and `-`; the name people read goes into `label`"),
            );
            return None;
        }
        Some(id)
    }

    /// Notes every key that nobody asked for.
    pub(super) fn close(self, mistakes: &mut Mistakes) {
        for key in self.table.keys() {
            let written: &str = key.get_ref();
            if self.known.contains(&written) {
                continue;
            }
            let (name, quoted) = (&self.name, quote(written));
            match did_you_mean(written, self.known.iter().copied()) {
                Some(meant) => mistakes.at(
                    &key.span(),
                    format!("`{quoted}` n'est pas une clé de {name} ; vouliez-vous écrire `{meant}` ?"),
                    format!("`{quoted}` is not a key of {name}; did you mean `{meant}`?"),
                ),
                None => {
                    let keys = listed(self.known.iter().copied());
                    mistakes.at(
                        &key.span(),
                        format!("`{quoted}` n'est pas une clé de {name} ; ses clés sont {keys}"),
                        format!("`{quoted}` is not a key of {name}; its keys are {keys}"),
                    );
                }
            }
        }
    }
}

/// `[a-z0-9_-]{1,32}`
pub(super) fn is_id(id: &str) -> bool {
    (1..=32).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

/// A text of the right length, not blank, without control characters.
pub(super) fn text_of(key: &str, value: &Value<'_>, longest: usize, mistakes: &mut Mistakes) -> Option<String> {
    let DeValue::String(text) = value.get_ref() else {
        wrong_type(key, value, Text::new("un texte entre guillemets", "a text in quotes"), mistakes);
        return None;
    };
    if text.trim().is_empty() {
        mistakes.at(
            &value.span(),
            format!("`{key}` est vide ; écrivez un texte, ou retirez la ligne"),
            format!("`{key}` is empty; write a text, or remove the line"),
        );
        return None;
    }
    let length = text.chars().count();
    if length > longest {
        mistakes.at(
            &value.span(),
            format!("`{key}` a {length} caractères ; {longest} au plus"),
            format!("`{key}` has {length} characters; at most {longest}"),
        );
        return None;
    }
    if text.chars().any(char::is_control) {
        mistakes.at(
            &value.span(),
            format!("`{key}` contient un retour à la ligne ou un autre caractère de commande ; écrivez-le sur une seule ligne"),
            format!("`{key}` contains a line break or another control character; write it on one line"),
        );
        return None;
    }
    Some(text.to_string())
}

/// A whole number in a range.
pub(super) fn integer_of(
    key: &str,
    value: &Value<'_>,
    range: RangeInclusive<i64>,
    unit: [&str; 2],
    mistakes: &mut Mistakes,
) -> Option<i64> {
    let (min, max) = (range.start(), range.end());
    let [fr, en] = unit.map(|unit| if unit.is_empty() { String::new() } else { format!(" ({unit})") });
    let wanted =
        Text::new(format!("un nombre entier de {min} à {max}{fr}"), format!("a whole number from {min} to {max}{en}"));
    let DeValue::Integer(integer) = value.get_ref() else {
        wrong_type(key, value, wanted, mistakes);
        return None;
    };
    match i64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(number) if range.contains(&number) => Some(number),
        _ => {
            let written = quote(&integer.to_string());
            mistakes.at(
                &value.span(),
                format!("`{key} = {written}` : il faut {}", wanted.fr),
                format!("`{key} = {written}` should be {}", wanted.en),
            );
            None
        }
    }
}

/// `true` or `false`.
pub(super) fn flag_of(key: &str, value: &Value<'_>, mistakes: &mut Mistakes) -> Option<bool> {
    match value.get_ref() {
        DeValue::Boolean(flag) => Some(*flag),
        _ => {
            let wanted = Text::new("`true` ou `false`, sans guillemets", "`true` or `false`, without quotes");
            wrong_type(key, value, wanted, mistakes);
            None
        }
    }
}

/// One of some words.
pub(super) fn choice_of<'w>(
    key: &str,
    value: &Value<'_>,
    words: &[&'w str],
    mistakes: &mut Mistakes,
) -> Option<&'w str> {
    let DeValue::String(text) = value.get_ref() else {
        let words = listed(words.iter().copied());
        let wanted = Text::new(
            format!("un de ces mots entre guillemets : {words}"),
            format!("one of these words in quotes: {words}"),
        );
        wrong_type(key, value, wanted, mistakes);
        return None;
    };
    let found = words.iter().copied().find(|word| word == text);
    if found.is_none() {
        unknown_word(key, text, words, &value.span(), mistakes);
    }
    found
}

/// A word that is not among those that exist.
pub(super) fn unknown_word(key: &str, written: &str, words: &[&str], place: &Range<usize>, mistakes: &mut Mistakes) {
    let (quoted, all) = (quote(written), listed(words.iter().copied()));
    let (meant_fr, meant_en) = match did_you_mean(written, words.iter().copied()) {
        Some(meant) => (format!(" ; vouliez-vous écrire `{meant}` ?"), format!("; did you mean `{meant}`?")),
        None => (String::new(), String::new()),
    };
    mistakes.at(
        place,
        format!("`{key} = \"{quoted}\"` : il faut un de ces mots : {all}{meant_fr}"),
        format!("`{key} = \"{quoted}\"` should be one of {all}{meant_en}"),
    );
}

/// The value is of another type.
pub(super) fn wrong_type(key: impl Display, value: &Value<'_>, wanted: Text, mistakes: &mut Mistakes) {
    let got = describe(value.get_ref());
    mistakes.at(
        &value.span(),
        format!("`{key}` doit être {}, et non {}", wanted.fr, got.fr),
        format!("`{key}` should be {}, not {}", wanted.en, got.en),
    );
}

/// What a value is, without saying what it says.
pub(super) fn describe(value: &DeValue<'_>) -> Text {
    match value {
        DeValue::String(_) => Text::new("un texte entre guillemets", "a text in quotes"),
        DeValue::Integer(_) => Text::new("un nombre entier", "a whole number"),
        DeValue::Float(_) => Text::new("un nombre décimal", "a decimal number"),
        DeValue::Boolean(_) => Text::new("un oui ou non (`true`, `false`)", "a yes or no (`true`, `false`)"),
        DeValue::Datetime(_) => Text::new("une date", "a date"),
        DeValue::Array(_) => Text::new("une liste", "a list"),
        DeValue::Table(_) => Text::new("une table", "a table"),
    }
}
