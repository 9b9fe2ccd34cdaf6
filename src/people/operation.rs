//! What has to follow when somebody has signed, taken back or had erased something.
//!
//! An operation is written in one transaction with what it follows, and is done when all of it has been
//! carried out. Carrying it out again does no harm; so what failed or was cut short is done again whole.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::store::Store;
use crate::{media::unix_ms, protocol::Problem};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Signed, for no less than before.
    Signed,
    /// Taken back, or signed for less than before.
    Withdrawn,
    /// Said what they think of their clip.
    Answered,
    /// Erased: all that said who the person is.
    Erased,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Signed, Kind::Withdrawn, Kind::Answered, Kind::Erased];

    /// The word in the database.
    fn name(self) -> &'static str {
        match self {
            Kind::Signed => "signed",
            Kind::Withdrawn => "withdrawn",
            Kind::Answered => "answered",
            Kind::Erased => "erased",
        }
    }
}

/// An operation that is open: not all of it has been carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// In the order in which people acted.
    pub id: i64,
    /// What was done.
    pub kind: Kind,
    /// The participation.
    pub person: String,
    /// Its segment.
    pub segment: String,
    /// What the person has been called so far, as far as that has not been erased: names that may be on the
    /// picture. Not kept apart: the documents have them.
    pub names: Vec<String>,
}

/// Writes down what has to follow; to be committed with the change itself.
pub(super) fn begin(change: &Transaction<'_>, kind: Kind, person: &str) -> Result<Operation, Problem> {
    let segment: String = change.query_row("SELECT segment FROM person WHERE id = ?1", [person], |row| row.get(0))?;
    let names = names_of(change, person)?;
    change.execute(
        "INSERT INTO operation (kind, person, segment, begun_at) VALUES (?1, ?2, ?3, ?4)",
        params![kind.name(), person, segment, unix_ms() as i64],
    )?;
    if matches!(kind, Kind::Withdrawn | Kind::Erased) {
        super::elsewhere::ask(change, &segment)?;
    }
    Ok(Operation { id: change.last_insert_rowid(), kind, person: person.to_owned(), segment, names })
}

/// Every name that the desk, a signature or a wish to be credited has given a person.
fn names_of(connection: &Connection, person: &str) -> rusqlite::Result<Vec<String>> {
    let mut names = connection.prepare(
        "SELECT name FROM person WHERE id = ?1 AND name <> ''
         UNION SELECT credit FROM person WHERE id = ?1 AND credit <> ''
         UNION SELECT said.value FROM document, json_each(json_array(
             json_extract(signatures, '$.credit.name'), json_extract(signatures, '$.own.name'))) AS said
             WHERE person = ?1 AND said.value <> ''",
    )?;
    names.query_map([person], |row| row.get(0))?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let kind: String = row.get(1)?;
    // Erasing reaches whatever another kind does.
    let kind = Kind::ALL.into_iter().find(|known| known.name() == kind).unwrap_or(Kind::Erased);
    Ok(Operation { id: row.get(0)?, kind, person: row.get(2)?, segment: row.get(3)?, names: Vec::new() })
}

impl Store {
    /// A change was committed with its operation: the register says so too.
    pub(super) fn begun(&self, operation: &Operation) -> Result<(), Problem> {
        self.register.begin(operation.id, &operation.segment);
        self.register.heard(&operation.person);
        self.reflect(&operation.person)
    }

    /// Everything that has not been carried out, in order.
    pub fn open_operations(&mut self) -> Result<Vec<Operation>, Problem> {
        let mut open = self
            .connection
            .prepare("SELECT id, kind, person, segment FROM operation WHERE done_at IS NULL ORDER BY id")?;
        let open: Vec<Operation> = open.query_map([], read)?.collect::<Result<_, _>>()?;
        open.into_iter().map(|operation| self.with_names(operation)).collect()
    }

    fn with_names(&self, operation: Operation) -> Result<Operation, Problem> {
        let names = names_of(&self.connection, &operation.person)?;
        Ok(Operation { names, ..operation })
    }

    /// The newest of a person's that has not been carried out.
    pub fn open_operation_of(&mut self, person: &str) -> Result<Option<Operation>, Problem> {
        let sql = "SELECT id, kind, person, segment FROM operation
                   WHERE done_at IS NULL AND person = ?1 ORDER BY id DESC LIMIT 1";
        let open = self.connection.query_row(sql, [person], read).optional()?;
        open.map(|operation| self.with_names(operation)).transpose()
    }

    /// All of it has been carried out.
    pub fn finish(&mut self, operation: i64) -> Result<(), Problem> {
        self.connection.execute(
            "UPDATE operation SET done_at = ?2 WHERE id = ?1 AND done_at IS NULL",
            params![operation, unix_ms() as i64],
        )?;
        self.register.finish(operation);
        Ok(())
    }
}
