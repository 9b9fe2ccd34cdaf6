//! Kinds of sources and outputs, and the keys each understands.
//!
//! A kind is a row in its folder's registry (`capture::KINDS`, `outputs::KINDS`). The configuration
//! is checked against these rows and the panel draws its forms from them, so a new kind touches
//! neither this file nor web/.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

/// The registries a configuration is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Kinds {
    /// `capture::KINDS`
    pub sources: &'static [Kind],
    /// `outputs::KINDS`
    pub outputs: &'static [Kind],
    /// `audience::KINDS`
    pub voices: &'static [Kind],
}

/// A kind of source or output.
#[derive(Debug, Serialize)]
pub struct Kind {
    /// The word in the configuration.
    pub name: &'static str,
    /// What people call it, in French and English.
    pub label: [&'static str; 2],
    /// The keys it understands besides those that every source or output has.
    pub keys: &'static [Key],
}

/// One key of a kind.
#[derive(Debug, Serialize)]
pub struct Key {
    /// The word in the configuration.
    pub name: &'static str,
    /// What it may be.
    pub value: ValueType,
    /// It must be given.
    pub required: bool,
    /// What it is for, in French and English, with its unit.
    pub help: [&'static str; 2],
}

/// A word that stands for the values of other keys.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Preset {
    /// The word in the configuration.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Keys that come after this one in their row, and their texts.
    pub fills: &'static [(&'static str, &'static str)],
}

/// What a key may be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Any text that is not empty.
    Text,
    /// An address with one of these schemes and a host.
    Url(&'static [&'static str]),
    /// A file, absolute or in the data folder.
    Path,
    /// A file the studio makes: relative, inside the data folder, no `..`.
    NewFile,
    /// A whole number in this range.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, which gives other keys their values where they are not given.
    Preset(&'static [Preset]),
    /// Text that is never printed; also `{ env = "NAME" }` or `{ file = "PATH" }`.
    Secret,
}

/// A value of a key, after checking.
#[derive(Clone, PartialEq, Eq)]
pub enum Setting {
    /// Text, address, path or choice.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A flag.
    Flag(bool),
    /// A secret.
    Secret(Secret),
}

/// Text that must not appear in a log, an error or a panel.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; for the element or the hash that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Text(text) => write!(f, "{text:?}"),
            Setting::Integer(number) => write!(f, "{number}"),
            Setting::Flag(flag) => write!(f, "{flag}"),
            Setting::Secret(secret) => write!(f, "{secret:?}"),
        }
    }
}

/// The checked keys of one source or output: every required key is there, every type is right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, Setting>);

impl Settings {
    /// Sets a key.
    pub fn set(&mut self, name: impl Into<String>, value: Setting) {
        self.0.insert(name.into(), value);
    }

    /// The key was given.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text, address, path or choice.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Setting::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Setting::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// A flag; absent is `false`.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Setting::Flag(true)))
    }

    /// A secret.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        match self.0.get(name) {
            Some(Setting::Secret(secret)) => Some(secret),
            _ => None,
        }
    }
}
