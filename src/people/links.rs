//! Personal links: 256 random bits that say who somebody is, kept as a hash.
//!
//! A link that the desk or a fellow participant hands on is an *invitation*: it ends after a day, or
//! when its person signs, since whoever handed it on has seen it. Signing gives a new link, which is
//! good until the person is erased: withdrawing must be as easy as giving.

use rusqlite::{Connection, OptionalExtension, params};

use super::store::Store;
use crate::{
    media::unix_ms,
    protocol::Problem,
    tokens::{self, sha256},
};

/// An invitation nobody has opened ends after this, milliseconds.
const INVITATION: u64 = 24 * 3600 * 1000;
/// A link that has ended is forgotten after this, milliseconds.
const ENDED: u64 = 24 * 3600 * 1000;
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

/// The code of a link that is none.
pub(super) const UNKNOWN_LINK: &str = "unknown_link";
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
                (SELECT hash FROM link WHERE person = ?1
                 ORDER BY ended_at IS NULL DESC, expires_at IS NULL DESC, made_at DESC LIMIT ?2)",
            params![person, LINKS],
        )?;
        forget_ended(&change)?;
        change.commit()?;
        Ok(token)
    }

    /// A new link of the person's own; all the others end.
    pub fn own_link(&mut self, person: &str) -> Result<String, Problem> {
        self.connection.execute(
            "UPDATE link SET ended_at = ?2 WHERE person = ?1 AND ended_at IS NULL",
            params![person, unix_ms() as i64],
        )?;
        self.new_link(person, false)
    }

    /// The segment of a participation.
    ///
    /// # Errors
    /// `unknown_person`.
    pub fn segment_of(&mut self, person: &str) -> Result<String, Problem> {
        let sql = "SELECT segment FROM person WHERE id = ?1 AND erased_at IS NULL";
        self.connection.query_row(sql, [person], |row| row.get(0)).optional()?.ok_or_else(unknown_person)
    }

    /// Who holds this link.
    ///
    /// # Errors
    /// `unknown_link` for a forged one, `expired_link` for an old invitation.
    pub fn holder(&mut self, token: &str) -> Result<Person, Problem> {
        let hash = hash(token)?;
        let found = self
            .connection
            .query_row(
                "SELECT person.id, segment, name, expires_at, used_at IS NOT NULL
                 FROM link JOIN person ON person.id = link.person WHERE hash = ?1 AND ended_at IS NULL",
                [&hash],
                |row| {
                    let person = Person { id: row.get(0)?, segment: row.get(1)?, name: row.get(2)? };
                    Ok((person, row.get::<_, Option<i64>>(3)?, row.get::<_, bool>(4)?))
                },
            )
            .optional()?;
        let now = unix_ms() as i64;
        match found {
            None => Err(unknown_link()),
            Some((_, Some(expires), _)) if expires < now => Err(expired_link()),
            Some((person, _, used)) => {
                // A full disk must not keep anybody from their page.
                if !used
                    && let Err(error) =
                        self.connection.execute("UPDATE link SET used_at = ?2 WHERE hash = ?1", params![hash, now])
                {
                    tracing::warn!(%error, "not noted that a link is used");
                }
                Ok(person)
            }
        }
    }

    /// Whose link this was that ended when they signed, as long as they have not used a newer one.
    ///
    /// # Errors
    /// `unknown_link`.
    pub fn signer(&mut self, token: &str) -> Result<String, Problem> {
        self.ended(
            token,
            "erased_at IS NULL AND NOT EXISTS
                (SELECT 1 FROM link WHERE person = person.id AND ended_at IS NULL AND used_at IS NOT NULL)",
        )
    }

    /// Whose link this was that ended when they had their data erased.
    ///
    /// # Errors
    /// `unknown_link`.
    pub fn erased(&mut self, token: &str) -> Result<String, Problem> {
        self.ended(token, "erased_at IS NOT NULL")
    }

    fn ended(&mut self, token: &str, condition: &str) -> Result<String, Problem> {
        let sql = format!(
            "SELECT person.id FROM link AS this JOIN person ON person.id = this.person
             WHERE this.hash = ?1 AND this.ended_at > ?2 AND {condition}"
        );
        let since = unix_ms().saturating_sub(ENDED) as i64;
        let found = self.connection.query_row(&sql, params![hash(token)?, since], |row| row.get(0)).optional()?;
        found.ok_or_else(unknown_link)
    }
}

/// Forgets the links that ended long enough ago.
pub(super) fn forget_ended(connection: &Connection) -> rusqlite::Result<()> {
    let before = unix_ms().saturating_sub(ENDED) as i64;
    connection.execute("DELETE FROM link WHERE ended_at < ?1", [before]).map(drop)
}

/// As a token is kept.
///
/// # Errors
/// `unknown_link` for what cannot be one.
fn hash(token: &str) -> Result<String, Problem> {
    if token.len() == LENGTH { Ok(sha256(token)) } else { Err(unknown_link()) }
}

pub(super) fn unknown_person() -> Problem {
    Problem::operator(
        "unknown_person",
        "Cette personne n'est pas connue du studio, ou ses données ont été effacées.",
        "The studio does not know this person, or their data has been erased.",
    )
}

pub(super) fn unknown_link() -> Problem {
    Problem::operator(
        UNKNOWN_LINK,
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
