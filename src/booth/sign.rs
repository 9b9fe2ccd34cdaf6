//! Who speaks in the booth, and what they agreed to before the camera turned.

use serde::{Deserialize, Serialize};

use super::{Reason, Refusal};
use crate::{
    rights::{NotAlone, may_speak_alone},
    tokens,
};

/// Characters of a name.
const NAME: usize = 80;
/// Characters of the text that was shown.
const TEXT: usize = 8000;

/// A signature: each point apart, the exact text shown, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// As they sign.
    pub name: String,
    /// As they are credited; `None`: not named.
    #[serde(default)]
    pub credit: Option<String>,
    /// `fr` or `en`.
    pub language: String,
    /// 18 or over.
    pub adult: bool,
    /// Agrees to be recorded.
    pub recorded: bool,
    /// Agrees to be published under the licence.
    pub published: bool,
    /// What the screen said.
    pub text: String,
    /// SHA-256 of `text`, hexadecimal; made here.
    #[serde(default)]
    pub text_sha256: String,
    /// Unix milliseconds; made here.
    #[serde(default)]
    pub at: u64,
}

impl Signed {
    /// The signature as it is kept.
    ///
    /// # Errors
    /// A sentence for the person who signs.
    pub fn checked(mut self, now: u64) -> Result<Self, Refusal> {
        let bad = |code: &str, fr: &str, en: &str| Err(Refusal::new(Reason::Bad, code, fr, en));
        let name = |text: &str| {
            let text = text.trim();
            (1..=NAME).contains(&text.chars().count()) && !text.contains(char::is_control)
        };
        if !name(&self.name) {
            return bad(
                "not_signed",
                "Signez de votre nom : de 1 à 80 caractères.",
                "Sign with your name: 1 to 80 characters.",
            );
        }
        if self.credit.as_ref().is_some_and(|credit| !name(credit)) {
            return bad(
                "bad_credit",
                "Le nom à afficher a de 1 à 80 caractères.",
                "The name to show has 1 to 80 characters.",
            );
        }
        match may_speak_alone(self.adult, self.recorded) {
            Ok(()) => (),
            Err(NotAlone::Minor) => {
                return bad(
                    "minor",
                    "Avant 18 ans, vos parents signent avec vous : demandez à l'animateur.",
                    "Below 18 your parents sign with you: ask the host.",
                );
            }
            Err(NotAlone::NotRecorded) => {
                return bad(
                    "consent_missing",
                    "Sans votre accord pour être enregistré, la cabine n'enregistre rien.",
                    "Without your agreement to be recorded, the booth records nothing.",
                );
            }
        }
        if !matches!(self.language.as_str(), "fr" | "en") || !(1..=TEXT).contains(&self.text.chars().count()) {
            return bad("bad_agreement", "Le texte de l'accord manque.", "The agreement's text is missing.");
        }
        self.name = self.name.trim().into();
        self.credit = self.credit.map(|credit| credit.trim().into());
        self.text_sha256 = tokens::sha256(&self.text);
        self.at = now;
        Ok(self)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn signed() -> Signed {
        Signed {
            name: " Odile Bée ".into(),
            credit: Some("Odile".into()),
            language: "fr".into(),
            adult: true,
            recorded: true,
            published: true,
            text: "J'accepte d'être filmée.".into(),
            text_sha256: "forged".into(),
            at: 1,
        }
    }

    #[test]
    fn a_signature_is_kept_with_the_text_s_own_hash_and_our_time() {
        let kept = signed().checked(77).unwrap();
        assert_eq!((kept.name.as_str(), kept.at), ("Odile Bée", 77));
        assert_eq!(kept.text_sha256.len(), 64);
        assert!(Signed { published: false, credit: None, ..signed() }.checked(1).is_ok());
        for (bad, code) in [
            (Signed { name: "  ".into(), ..signed() }, "not_signed"),
            (Signed { name: "x".repeat(81), ..signed() }, "not_signed"),
            (Signed { credit: Some(String::new()), ..signed() }, "bad_credit"),
            (Signed { adult: false, ..signed() }, "minor"),
            (Signed { recorded: false, ..signed() }, "consent_missing"),
            (Signed { text: String::new(), ..signed() }, "bad_agreement"),
            (Signed { language: "xx".into(), ..signed() }, "bad_agreement"),
        ] {
            assert_eq!(bad.checked(1).unwrap_err().problem.code, code);
        }
    }
}
