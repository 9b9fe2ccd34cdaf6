//! The reader as its users see it: text in, a configuration or sentences out.

use std::path::Path;

use proptest::prelude::*;

use super::{parse::parse_in, secret::Surroundings, *};
use crate::protocol::Fit;

const fn key(name: &'static str, value: ValueType, required: bool) -> Key {
    Key { name, value, required, help: ["l'adresse du flux", "the stream's address"] }
}

/// Rows of every type of value, so that the reader is tested without the studio's own registries.
const KINDS: Kinds = Kinds {
    sources: &[
        Kind {
            name: "test",
            label: ["Mire", "Test picture"],
            keys: &[
                key("pattern", ValueType::Choice(&["clock", "bars"]), false),
                key("tone_hz", ValueType::Integer { min: 20, max: 20_000 }, false),
                key("silent", ValueType::Flag, false),
            ],
        },
        Kind {
            name: "rtsp",
            label: ["Caméra réseau", "Network camera"],
            keys: &[
                key("url", ValueType::Url(&["rtsp", "rtsps"]), true),
                key("latency_ms", ValueType::Integer { min: 0, max: 2000 }, false),
                key("password", ValueType::Secret, false),
            ],
        },
        Kind { name: "srt", label: ["SRT", "SRT"], keys: &[key("url", ValueType::Url(&["srt"]), true)] },
        Kind { name: "media", label: ["Fichier", "File"], keys: &[key("path", ValueType::Path, true)] },
        Kind { name: "uri", label: ["Adresse", "Address"], keys: &[key("uri", ValueType::Url(&["http", "file"]), true)] },
        Kind { name: "alsa", label: ["Micro", "Microphone"], keys: &[key("device", ValueType::Text, false)] },
    ],
    outputs: &[
        Kind {
            name: "rtmp",
            label: ["RTMP", "RTMP"],
            keys: &[key("url", ValueType::Url(&["rtmp", "rtmps"]), true), key("key", ValueType::Secret, false)],
        },
        Kind { name: "file", label: ["Fichier", "File"], keys: &[key("path", ValueType::NewFile, true)] },
    ],
};

fn env(name: &str) -> Option<String> {
    match name {
        "PIN" => Some("123456".into()),
        "KEY" => Some("s3cret\n".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn read_in(text: &str, folder: &Path) -> Result<Config, Vec<Mistake>> {
    parse_in(text, &KINDS, &Surroundings { folder, env: &env })
}

fn read(text: &str) -> Result<Config, Vec<Mistake>> {
    read_in(text, Path::new("/nowhere"))
}

/// The mistakes as they are printed, without the file's name.
fn complaints(text: &str, language: &str) -> Vec<String> {
    let mistakes = read(text).expect_err("there is a mistake");
    mistakes.iter().map(|mistake| mistake.show(Path::new("F"), language).to_string()).collect()
}

/// The only mistake of a text, in English.
#[track_caller]
fn complaint(text: &str) -> String {
    let [one] = complaints(text, "en").try_into().expect("exactly one mistake");
    one
}

#[test]
fn every_mistake_is_told_at_its_line_in_both_languages() {
    for (language, expected) in [("en", include_str!("tests/bad.en.txt")), ("fr", include_str!("tests/bad.fr.txt"))] {
        let told = complaints(include_str!("tests/bad.toml"), language).join("\n");
        assert_eq!(told, expected.trim_end(), "\n--- told in {language}:\n{told}\n---");
    }
}
