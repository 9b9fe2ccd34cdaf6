//! Personal links: 256 random bits that say who somebody is, kept as a hash.
//!
//! A link that the desk or a fellow participant hands on is an *invitation*: it ends after a day, or
//! when its person signs, since whoever handed it on has seen it. Signing gives a new link, which is
//! good until the person is erased: withdrawing must be as easy as giving.

use rusqlite::{OptionalExtension, params};

use super::store::Store;
use crate::{
    media::unix_ms,
    protocol::Problem,
    tokens::{self, sha256},
};

/// An invitation nobody has opened ends after this, milliseconds.
const INVITATION: u64 = 24 * 3600 * 1000;
/// Links of one person; the oldest makes room.
const LINKS: i64 = 8;

/// Who holds a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The participation.
    pub id: String,
    /// Its segment.
    pub segment: String,
    /// As the desk calls them.
    pub name: String,
}

/// A link's length once written: hexadecimal.
const LENGTH: usize = 64;

impl Store {
    /// A new link; an invitation where `invitation`.
    pub fn new_link(&mut self, person: &str, invitation: bool) -> Result<String, Problem> {
        let token = tokens::random::<32>();
        let now = unix_ms();
        let change = self.connection.transaction()?;
        let known = change
            .query_row("SELECT 1 FROM person WHERE id = ?1 AND erased_at IS NULL", [person], |_| Ok(()))
            .optional()?;
        known.ok_or_else(unknown_person)?;
        let expires = invitation.then_some(now + INVITATION);
        change.execute(
            "INSERT INTO link (hash, person, made_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
            params![sha256(&token), person, now as i64, expires.map(|at| at as i64)],
        )?;
        change.execute(
            "DELETE FROM link WHERE person = ?1 AND hash NOT IN
                (SELECT hash FROM link WHERE person = ?1 ORDER BY expires_at IS NULL DESC, made_at DESC LIMIT ?2)",
            params![person, LINKS],
        )?;
        change.commit()?;
        Ok(token)
    }

    /// Who holds this link.
    ///
    /// # Errors
    /// `unknown_link` for a forged one, `expired_link` for an old invitation.
    pub fn holder(&mut self, token: &str) -> Result<Person, Problem> {
        if token.len() != LENGTH {
            return Err(unknown_link());
        }
        let found = self
            .connection
            .query_row(
                "SELECT person.id, segment, name, expires_at FROM link JOIN person ON person.id = link.person
                 WHERE hash = ?1 AND erased_at IS NULL",
                [sha256(token)],
                |row| {
                    let person = Person { id: row.get(0)?, segment: row.get(1)?, name: row.get(2)? };
                    Ok((person, row.get::<_, Option<i64>>(3)?))
                },
            )
            .optional()?;
        match found {
            None => Err(unknown_link()),
            Some((_, Some(expires))) if expires < unix_ms() as i64 => Err(expired_link()),
            Some((person, _)) => Ok(person),
        }
    }
}

pub(super) fn unknown_person() -> Problem {
    Problem::operator(
        "unknown_person",
        "Cette personne n'est pas connue du studio, ou ses données ont été effacées.",
        "The studio does not know this person, or their data has been erased.",
    )
}

fn unknown_link() -> Problem {
    Problem::operator(
        "unknown_link",
        "Ce lien personnel n'est pas valable : il est incomplet, a été remplacé, ou les données ont été effacées. Demandez-en un à l'accueil.",
        "This personal link is not valid: it is incomplete, was replaced, or the data has been erased. Ask for one at the desk.",
    )
}

fn expired_link() -> Problem {
    Problem::operator(
        "expired_link",
        "Cette invitation a plus d'un jour et ne vaut plus. Demandez-en une nouvelle à l'accueil.",
        "This invitation is more than a day old and no longer good. Ask for a new one at the desk.",
    )
}
