//! Everything held about one person: shown, exported, erased.

use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde_json::Value;

use super::{
    Agreed, Answered, answers,
    guardians::Waiting,
    links::{self, unknown_person},
    operation::{self, Kind, Operation},
    store::Store,
};
use crate::{media::unix_ms, protocol::Problem, term::Term};

/// A signed or withdrawn document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// Unix milliseconds.
    pub at: u64,
    /// `signed`, `paper` or `withdrawn`.
    pub kind: String,
    /// Of the text.
    pub language: String,
    /// Exactly as it was shown.
    pub text: String,
    /// SHA-256 of the text.
    pub hash: String,
    /// What was agreed to, or withdrawn.
    pub points: Value,
    /// Names, drawn strokes, birth date of a minor.
    pub signatures: Value,
    /// The role that entered a paper form.
    pub entered_by: Option<String>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct File {
    /// The participation.
    pub id: String,
    /// Its segment.
    pub segment: String,
    /// As the desk calls them.
    pub name: String,
    /// Unix milliseconds since when the studio knows them.
    pub made_at: u64,
    /// Under 18 at the time of signing.
    pub minor: bool,
    /// As it stands.
    pub agreed: Agreed,
    /// As given.
    pub contact: Option<String>,
    /// Oldest first.
    pub documents: Vec<Document>,
    /// A form that is signed when the guardians have, who sign elsewhere.
    pub waiting: Option<Waiting>,
    /// What they said of their clip, oldest first.
    pub answers: Vec<Answered>,
}

impl Store {
    /// Everything held about a person.
    ///
    /// # Errors
    /// `unknown_person`.
    pub fn file(&mut self, person: &str) -> Result<File, Problem> {
        let found = self.connection.query_row(
            "SELECT id, segment, name, made_at, minor, recorded, live, archived, credit, contact
             FROM person WHERE id = ?1 AND erased_at IS NULL",
            [person],
            |row| {
                Ok(File {
                    id: row.get(0)?,
                    segment: row.get(1)?,
                    name: row.get(2)?,
                    made_at: row.get::<_, i64>(3)? as u64,
                    minor: row.get(4)?,
                    agreed: Agreed {
                        recorded: row.get(5)?,
                        live: row.get(6)?,
                        archived: row.get(7)?,
                        credit: row.get(8)?,
                        ..Agreed::default()
                    },
                    contact: row.get(9)?,
                    documents: Vec::new(),
                    waiting: None,
                    answers: Vec::new(),
                })
            },
        );
        let mut file = found.optional()?.ok_or_else(unknown_person)?;
        let mut statement = self.connection.prepare(
            "SELECT at, kind, language, text, hash, points, signatures, entered_by
             FROM document WHERE person = ?1 ORDER BY id",
        )?;
        let json = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        let documents = statement.query_map([person], |row| {
            Ok(Document {
                at: row.get::<_, i64>(0)? as u64,
                kind: row.get(1)?,
                language: row.get(2)?,
                text: row.get(3)?,
                hash: row.get(4)?,
                points: json(row.get(5)?),
                signatures: json(row.get(6)?),
                entered_by: row.get(7)?,
            })
        })?;
        file.documents = documents.collect::<Result<_, _>>()?;
        drop(statement);
        file.waiting = self.waiting(person)?;
        file.agreed.answer = answers::held(&self.connection, person)?;
        file.answers = answers::all(&self.connection, person)?;
        Ok(file)
    }

    /// Erases all that says who a person is: documents, contact, names. What is left is that somebody was
    /// there, and agrees to nothing. `None`: nothing is left to be done.
    ///
    /// # Errors
    /// `unknown_person`.
    pub fn erase(&mut self, person: &str) -> Result<Option<Operation>, Problem> {
        let now = unix_ms() as i64;
        let change = self.connection.transaction()?;
        let erased =
            change.query_row("SELECT erased_at IS NOT NULL FROM person WHERE id = ?1", [person], |row| row.get(0));
        if erased.optional()?.ok_or_else(unknown_person)? {
            drop(change);
            return self.open_operation_of(person);
        }
        let operation = operation::begin(&change, Kind::Erased, person)?;
        change.execute(
            "UPDATE person SET name = '', minor = 0, recorded = 0, live = 0, archived = 0, credit = NULL,
                contact = NULL, device = NULL, erased_at = ?2 WHERE id = ?1",
            params![person, now],
        )?;
        for table in ["document", "waiting", "guardian", "clip_answer"] {
            change.execute(&format!("DELETE FROM {table} WHERE person = ?1"), [person])?;
        }
        change.execute("DELETE FROM link WHERE person = ?1 AND ended_at IS NOT NULL", [person])?;
        change.execute("UPDATE link SET ended_at = ?2 WHERE person = ?1", params![person, now])?;
        change.commit()?;
        self.begun(&operation)?;
        Ok(Some(operation))
    }

    /// Erases the contacts of participations that are older than the term, and links that ended a while ago. Returns
    /// how many contacts.
    pub fn forget_contacts(&mut self, term: &Term) -> Result<usize, Problem> {
        links::forget_ended(&self.connection)?;
        self.forget(
            term,
            "SELECT rowid, made_at FROM person WHERE contact IS NOT NULL",
            "UPDATE person SET contact = NULL WHERE rowid = ?1",
        )
    }

    /// Erases the birth dates in documents that were signed longer ago than the term. Returns how many.
    pub fn forget_birth_dates(&mut self, term: &Term) -> Result<usize, Problem> {
        self.forget(
            term,
            "SELECT id, at FROM document WHERE json_type(signatures, '$.birth_date') IS NOT NULL",
            "UPDATE document SET signatures = json_remove(signatures, '$.birth_date') WHERE id = ?1",
        )
    }

    /// Does `forget` to each row of `rows` (its number, and since when it is there) whose term is over.
    pub(super) fn forget(&mut self, term: &Term, rows: &str, forget: &str) -> Result<usize, Problem> {
        let change = self.connection.transaction()?;
        let old: Vec<i64> = {
            let mut statement = change.prepare(rows)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
            let old = rows.filter(|row| row.as_ref().map_or(true, |(_, since)| term.is_over(*since as u64)));
            old.map(|row| row.map(|(number, _)| number)).collect::<Result<_, _>>()?
        };
        for number in &old {
            change.execute(forget, [number])?;
        }
        change.commit()?;
        Ok(old.len())
    }

    /// Everybody of these segments who has not been erased, by id.
    pub fn people_of(&mut self, segments: &[String]) -> Result<Vec<String>, Problem> {
        let mut people = Vec::new();
        for segment in segments {
            let mut statement =
                self.connection.prepare("SELECT id FROM person WHERE segment = ?1 AND erased_at IS NULL")?;
            let found = statement.query_map([segment], |row| row.get(0))?;
            people.extend(found.collect::<Result<Vec<String>, _>>()?);
        }
        Ok(people)
    }
}
