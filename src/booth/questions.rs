//! The questions that the booth shows, one by one; written by animators.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{Reason, Refusal};
use crate::{
    disk::{self, Readers},
    protocol::Text,
};

/// Questions in a set.
const MOST: usize = 12;
/// Characters of a question.
const LONGEST: usize = 240;
/// Seconds for one answer.
const SECONDS: std::ops::RangeInclusive<u32> = 10..=300;
const FILE: &str = "questions.json";

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub text: Text,
    /// For the answer, 10..=300.
    pub seconds: u32,
}

/// A set, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Questions(pub Vec<Question>);

impl Default for Questions {
    fn default() -> Self {
        let question = |fr, en| Question { text: Text::new(fr, en), seconds: 60 };
        Self(vec![
            question("Qui êtes-vous, et qu’est-ce qui vous amène ?", "Who are you, and what brings you here?"),
            question(
                "Racontez une chose que vous savez faire et que vous aimeriez transmettre.",
                "Tell us one thing you can do and would like to pass on.",
            ),
            question(
                "Que voudriez-vous dire à quelqu'un qui regardera ceci dans vingt ans ?",
                "What would you say to somebody who watches this in twenty years?",
            ),
        ])
    }
}

impl Questions {
    /// The set in `folder`, or the first one. Blocking.
    pub fn read(folder: &Path) -> Self {
        let Ok(text) = fs::read(folder.join(FILE)) else { return Self::default() };
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "the booth's questions are damaged; the first set is used");
            Self::default()
        })
    }

    /// Keeps the set in `folder`, whole or not at all. Blocking.
    ///
    /// # Errors
    /// The file system's.
    pub fn keep(&self, folder: &Path) -> io::Result<()> {
        disk::write(&folder.join(FILE), &serde_json::to_vec_pretty(self)?, Readers::All)
    }

    /// The set with its blanks trimmed; a question in one language stands for both.
    ///
    /// # Errors
    /// Too many, none, too long, empty, a time out of range.
    pub fn checked(self) -> Result<Self, Refusal> {
        if !(1..=MOST).contains(&self.0.len()) {
            return Err(Refusal::new(
                Reason::Bad,
                "bad_questions",
                format!("Il faut de 1 à {MOST} questions."),
                format!("There must be 1 to {MOST} questions."),
            ));
        }
        let checked = self.0.into_iter().enumerate().map(|(index, question)| {
            let number = index + 1;
            let (fr, en) = (question.text.fr.trim(), question.text.en.trim());
            let text = Text::new(if fr.is_empty() { en } else { fr }, if en.is_empty() { fr } else { en });
            let long = [&text.fr, &text.en].iter().any(|text| text.chars().count() > LONGEST);
            if text.fr.is_empty() || long || text.fr.contains(char::is_control) || text.en.contains(char::is_control) {
                return Err(Refusal::new(
                    Reason::Bad,
                    "bad_question",
                    format!("Question {number} : écrivez de 1 à {LONGEST} caractères, sur une ligne."),
                    format!("Question {number}: write 1 to {LONGEST} characters, on one line."),
                ));
            }
            if !SECONDS.contains(&question.seconds) {
                return Err(Refusal::new(
                    Reason::Bad,
                    "bad_seconds",
                    format!("Question {number} : de 10 à 300 secondes pour répondre."),
                    format!("Question {number}: 10 to 300 seconds for the answer."),
                ));
            }
            Ok(Question { text, seconds: question.seconds })
        });
        checked.collect::<Result<Vec<_>, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_checked_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Questions::read(folder.path()), Questions::default());
        let one = |fr: &str, en: &str, seconds| Questions(vec![Question { text: Text::new(fr, en), seconds }]);
        let set = one(" Pourquoi ? ", "", 30).checked().unwrap();
        assert_eq!(set.0[0].text, Text::new("Pourquoi ?", "Pourquoi ?"));
        set.keep(folder.path()).unwrap();
        assert_eq!(Questions::read(folder.path()), set);
        for bad in [one("", " ", 30), one("a\nb", "", 30), one(&"x".repeat(LONGEST + 1), "", 30), one("a", "", 5)] {
            assert_eq!(bad.checked().unwrap_err().reason, Reason::Bad);
        }
        assert!(Questions(Vec::new()).checked().is_err());
    }
}
