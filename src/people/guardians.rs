//! Guardians who sign elsewhere: a minor's form waits for them, and each signs by a link of their own.
//!
//! The form is kept as the minor's page sent it, without anything following from it. It is signed, as if it had come
//! whole, when the last guardian has signed. It ends with the segment, with a newer signature or a withdrawal, and
//! with the term of [`crate::retention`]; its links end with it.

use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::{
    CreditWish, Point,
    operation::Operation,
    signing::{Signature, Signing, text_changed},
    store::Store,
    terms::Terms,
};
use crate::{
    media::unix_ms,
    protocol::Problem,
    term::Term,
    tokens::{self, sha256},
};

/// A form that waits for guardians.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waiting {
    /// Unix milliseconds since when it waits.
    pub at: u64,
    /// What was filled in, with the signatures that are there.
    pub signing: Signing,
}

/// What a guardian is shown who signs by a link of their own: nothing of the other guardian, no contact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GuardianForm {
    /// The segment.
    #[serde(skip)]
    pub segment: String,
    /// The minor's name as signed; empty once all is signed.
    pub child: String,
    /// Which guardian this is, from 1.
    pub guardian: usize,
    /// This guardian has signed.
    pub signed: bool,
    /// Of the text that the minor read.
    pub language: String,
    /// SHA-256 of the text that the minor read.
    pub hash: String,
    /// What is agreed to.
    pub points: Vec<Point>,
    /// How the minor is to be credited.
    pub credit: CreditWish,
}

/// Whose a guardian's link is.
struct Link {
    person: String,
    guardian: usize,
    signed: bool,
}

impl Store {
    /// Keeps a checked form that waits for guardians. It replaces an earlier one with its links, unless it is the
    /// same.
    pub fn wait(&mut self, person: &str, signing: &Signing) -> Result<(), Problem> {
        if self.waits_for(person, signing)? {
            return Ok(());
        }
        let change = self.connection.transaction()?;
        change.execute("DELETE FROM guardian WHERE person = ?1", [person])?;
        change.execute(
            "INSERT OR REPLACE INTO waiting (person, at, signing, device, missing) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![person, unix_ms() as i64, form(signing), signing.device, signing.awaited().count() as i64],
        )?;
        change.commit()?;
        self.reflect(person)
    }

    /// Whether this very form waits already, whoever of the guardians has signed it since.
    pub fn waits_for(&mut self, person: &str, signing: &Signing) -> Result<bool, Problem> {
        let form = |signing: &Signing| Signing { device: None, ..signing.without_guardians_elsewhere() };
        Ok(self.waiting(person)?.is_some_and(|waiting| form(&waiting.signing) == form(signing)))
    }

    /// The form of a person that waits.
    pub fn waiting(&mut self, person: &str) -> Result<Option<Waiting>, Problem> {
        let found =
            self.connection.query_row("SELECT at, signing, device FROM waiting WHERE person = ?1", [person], |row| {
                Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?, row.get(2)?))
            });
        let Some((at, signing, device)) = found.optional()? else { return Ok(None) };
        // What cannot be read is no form.
        let signing = serde_json::from_str::<Signing>(&signing).ok();
        Ok(signing.map(|signing| Waiting { at, signing: Signing { device, ..signing } }))
    }

    /// A new link for a guardian, counted from 1, whose signature a person's form waits for; the earlier one ends.
    ///
    /// # Errors
    /// `unknown_person`, `no_guardian_awaited`.
    pub fn guardian_link(&mut self, person: &str, guardian: usize) -> Result<String, Problem> {
        let waiting = self.waiting(person)?.ok_or_else(not_awaited)?;
        if !waiting.signing.awaited().any(|awaited| awaited == guardian) {
            return Err(not_awaited());
        }
        let token = tokens::random::<32>();
        let change = self.connection.transaction()?;
        change.execute("DELETE FROM guardian WHERE person = ?1 AND number = ?2", params![person, guardian as i64])?;
        change.execute(
            "INSERT INTO guardian (hash, person, number, made_at) VALUES (?1, ?2, ?3, ?4)",
            params![sha256(&token), person, guardian as i64, unix_ms() as i64],
        )?;
        change.commit()?;
        Ok(token)
    }

    /// What a guardian's link opens.
    ///
    /// # Errors
    /// `unknown_link`.
    pub fn guardian_form(&mut self, token: &str) -> Result<GuardianForm, Problem> {
        let link = self.link_of_guardian(token)?;
        let waiting = self.waiting(&link.person)?;
        if waiting.is_none() && !link.signed {
            return Err(unknown_guardian_link());
        }
        let segment = self.segment_of(&link.person)?;
        let signing = waiting.map(|waiting| waiting.signing);
        let of = |take: &dyn Fn(&Signing) -> String| signing.as_ref().map(take).unwrap_or_default();
        Ok(GuardianForm {
            segment,
            child: of(&|signing| signing.signature.name.clone()),
            guardian: link.guardian,
            signed: link.signed,
            language: of(&|signing| signing.language.clone()),
            hash: of(&|signing| signing.hash.clone()),
            points: signing.as_ref().map(|signing| signing.points.clone()).unwrap_or_default(),
            credit: signing.map(|signing| signing.credit).unwrap_or_default(),
        })
    }

    /// A guardian signs by their link. The form is signed whole when they are the last. `hash`: SHA-256 of the text
    /// that they were shown; `terms`: the text as it is now.
    ///
    /// # Errors
    /// `unknown_link`, `text_changed`, `empty`, `empty_signature`, `guardians_needed`.
    pub fn sign_as_guardian(
        &mut self,
        token: &str,
        signature: Signature,
        hash: &str,
        terms: &Terms,
        one_guardian: bool,
        today: time::Date,
    ) -> Result<Option<Operation>, Problem> {
        let link = self.link_of_guardian(token)?;
        let Some(Waiting { mut signing, .. }) = self.waiting(&link.person)? else {
            return if link.signed { self.open_operation_of(&link.person) } else { Err(unknown_guardian_link()) };
        };
        if link.signed {
            return Ok(None);
        }
        if hash != signing.hash || signing.hash != terms.hash {
            return Err(text_changed());
        }
        signing.sign_as_guardian(link.guardian, signature)?;
        let whole = signing.awaited().next().is_none();
        let signing = signing.stands(terms, one_guardian, today)?;
        let operation = if whole { self.sign(&link.person, &signing, terms, None)? } else { None };
        let change = self.connection.transaction()?;
        if !whole {
            change.execute(
                "UPDATE waiting SET signing = ?2, missing = ?3 WHERE person = ?1",
                params![link.person, form(&signing), signing.awaited().count() as i64],
            )?;
        }
        change
            .execute("UPDATE guardian SET signed_at = ?2 WHERE hash = ?1", params![sha256(token), unix_ms() as i64])?;
        change.commit()?;
        self.reflect(&link.person)?;
        Ok(operation)
    }

    fn link_of_guardian(&mut self, token: &str) -> Result<Link, Problem> {
        let found = self.connection.query_row(
            "SELECT person, number, signed_at IS NOT NULL FROM guardian WHERE hash = ?1",
            [sha256(token)],
            |row| Ok(Link { person: row.get(0)?, guardian: row.get::<_, i64>(1)? as usize, signed: row.get(2)? }),
        );
        found.optional()?.ok_or_else(unknown_guardian_link)
    }

    /// Erases the forms that have waited longer than the term, with their links. Returns how many.
    pub fn forget_waiting(&mut self, term: &Term) -> Result<usize, Problem> {
        let count = self.forget(term, "SELECT rowid, at FROM waiting", "DELETE FROM waiting WHERE rowid = ?1")?;
        self.forget(term, "SELECT rowid, made_at FROM guardian", "DELETE FROM guardian WHERE rowid = ?1")?;
        Ok(count)
    }
}

fn form(signing: &Signing) -> String {
    serde_json::to_string(signing).expect("texts, numbers and lists of them")
}

fn not_awaited() -> Problem {
    Problem::operator(
        "no_guardian_awaited",
        "Aucune signature n'est attendue de ce responsable légal : elle est déjà là, ou le formulaire est à refaire.",
        "No signature is awaited from this guardian: it is there already, or the form has to be filled in again.",
    )
}

fn unknown_guardian_link() -> Problem {
    Problem::operator(
        "unknown_link",
        "Ce lien ne vaut pas, ou ne vaut plus : il est incomplet, a été remplacé, ou la séquence est terminée. Demandez-en un autre à l'enfant ou à l'accueil.",
        "This link is not valid, or no longer: it is incomplete, was replaced, or the segment is over. Ask the child or the desk for another.",
    )
}
