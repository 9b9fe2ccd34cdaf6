//! The texts that people read and sign: files that an organiser's lawyer can change.

use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::tokens::sha256;
use crate::{
    config::Config,
    media::{Descriptions, Folder},
    protocol::{Problem, Text},
};

/// A part of the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `recorded`, `live`, `archived`, `guardian`, `child`, `withdrawal`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The explanation, in plain language.
    pub body: String,
}

/// The agreement in one language, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// `fr` or `en`.
    pub language: String,
    /// The first line.
    pub title: String,
    /// Before the parts.
    pub introduction: String,
    /// In order.
    pub parts: Vec<Part>,
    /// All of it, exactly as it is kept with a signature.
    pub text: String,
    /// SHA-256 of `text`, hexadecimal.
    pub hash: String,
}

/// A paragraph of the preparation sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What it is about.
    pub title: String,
    /// In order.
    pub lines: Vec<String>,
}

/// An anonymous question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// `[a-z0-9_-]{1,32}`.
    pub id: String,
    /// The question.
    pub text: Text,
    /// The answers to choose from.
    pub choices: Vec<Choice>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// `[a-z0-9_-]{1,32}`.
    pub id: String,
    /// The answer.
    pub text: Text,
}

#[derive(Deserialize)]
struct Survey {
    questions: Vec<Question>,
}

/// Where the texts come from. Every read is anew, so that a changed file is shown at once. Blocking.
#[derive(Debug, Clone)]
pub struct Texts {
    files: Descriptions,
    event: String,
    place: String,
    licence: String,
    contacts_days: u32,
    recordings_days: u32,
}

impl Texts {
    /// For a configuration; files of the data folder come first.
    pub fn new(files: Descriptions, config: &Config) -> Self {
        Self {
            files,
            event: config.plateau.title.clone(),
            place: config.plateau.place.clone(),
            licence: licence_name(&config.plateau.licence),
            contacts_days: config.retention.contacts_days,
            recordings_days: config.retention.recordings_days,
        }
    }

    /// The agreement.
    ///
    /// # Errors
    /// `no_description`; `bad_terms` where a file is no template or lacks a part.
    pub fn terms(&self, language: &str) -> Result<Terms, Problem> {
        let language = if language.starts_with("en") { "en" } else { "fr" };
        let file = format!("agreement.{language}.txt");
        let template = self.files.read(Folder::People, &file)?;
        let values = minijinja::context! {
            event => &self.event, place => &self.place, licence => &self.licence,
            contacts_days => self.contacts_days, recordings_days => self.recordings_days,
        };
        // Plain text: it is escaped where it is shown.
        let text = minijinja::Environment::new().render_str(&template, values).map_err(|error| bad(&file, &error))?;
        read(language, &text.replace('\r', "")).ok_or_else(|| bad(&file, &"## [recorded], [live], [archived]…"))
    }

    /// The preparation sheet.
    pub fn preparation(&self, language: &str) -> Result<Vec<Advice>, Problem> {
        let language = if language.starts_with("en") { "en" } else { "fr" };
        let text = self.files.read(Folder::People, &format!("preparation.{language}.txt"))?;
        let mut sheet: Vec<Advice> = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match (line.strip_prefix("# "), sheet.last_mut()) {
                (Some(title), _) => sheet.push(Advice { title: title.to_owned(), lines: Vec::new() }),
                (None, Some(advice)) => advice.lines.push(line.trim_start_matches("- ").to_owned()),
                (None, None) => {}
            }
        }
        Ok(sheet)
    }

    /// The paper form, a template of HTML.
    pub fn paper(&self) -> Result<String, Problem> {
        self.files.read(Folder::People, "paper.html")
    }

    /// Its style.
    pub fn paper_style(&self) -> Result<String, Problem> {
        self.files.read(Folder::People, "paper.css")
    }

    /// The anonymous questions; none where the file is wrong.
    pub fn survey(&self) -> Result<Vec<Question>, Problem> {
        let text = self.files.read(Folder::People, "survey.json")?;
        let survey: Survey = serde_json::from_str(&text).map_err(|error| bad("survey.json", &error))?;
        let good = |id: &str| {
            (1..=32).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
        };
        let fits = survey.questions.len() <= 5
            && survey.questions.iter().all(|question| {
                good(&question.id)
                    && (1..=12).contains(&question.choices.len())
                    && question.choices.iter().all(|choice| good(&choice.id))
            });
        if fits { Ok(survey.questions) } else { Err(bad("survey.json", &"ids, 5 questions, 12 choices")) }
    }
}

/// `CC-BY-SA-4.0` as people write it: `CC BY-SA 4.0`.
fn licence_name(spdx: &str) -> String {
    let name = spdx.rsplit_once('-').map_or_else(|| spdx.to_owned(), |(name, version)| format!("{name} {version}"));
    name.replacen("CC-", "CC ", 1)
}

/// Takes a text apart. What is kept and hashed is what people see: the same without the parts' ids.
fn read(language: &str, text: &str) -> Option<Terms> {
    let mut parts: Vec<Part> = Vec::new();
    let mut before = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("## [").and_then(|rest| rest.split_once(']')) {
            Some((id, title)) => {
                parts.push(Part { id: id.to_owned(), title: title.trim().to_owned(), body: String::new() });
            }
            None => match parts.last_mut() {
                Some(part) => part.body = format!("{}{line}\n", part.body),
                None => before.push(line),
            },
        }
    }
    for part in &mut parts {
        part.body = part.body.trim().to_owned();
    }
    let whole = ["recorded", "live", "archived", "guardian", "child", "withdrawal"];
    if !whole.iter().all(|id| parts.iter().filter(|part| part.id == *id).count() == 1) {
        return None;
    }
    let (title, introduction) = before.split_first()?;
    let introduction = introduction.join("\n").trim().to_owned();
    let shown = parts.iter().map(|part| format!("{}\n{}", part.title, part.body));
    let text = [(*title).to_owned(), introduction.clone()].into_iter().chain(shown).collect::<Vec<_>>().join("\n\n");
    Some(Terms {
        language: language.to_owned(),
        title: (*title).to_owned(),
        introduction,
        parts,
        hash: sha256(&text),
        text,
    })
}

fn bad(file: &str, error: &dyn std::fmt::Display) -> Problem {
    warn!(file, %error, "a text for people cannot be used");
    Problem::operator(
        "bad_terms",
        format!(
            "Le texte « pipelines/people/{file} » est mal écrit ({error}). Corrigez-le dans le dossier de données, ou retirez-le."
        ),
        format!("The text pipelines/people/{file} is wrong ({error}). Mend it in the data folder, or take it away."),
    )
}
