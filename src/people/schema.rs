//! The tables of `people.sqlite`.
//!
//! A person here is one participation: whoever comes back for another segment is asked again, since an
//! agreement names what it is given for. Erasing a person leaves the row's id and the time, and for a day
//! the hashes of the links, nothing else. `answers` and `visits` have no way back to a person by construction: no id, times to the hour.

use rusqlite::Connection;

/// The tables, step by step; how many steps a file has behind it stands in its `user_version`. A step is
/// never changed once it was in a release: it stays as the file in `tests` says that was made with it. (The library
/// `rusqlite_migration` does the same, for older versions of `rusqlite`.)
const STEPS: &[&str] = &[TABLES, OPERATIONS, ENDED_LINKS, GUARDIANS, CLIP_ANSWERS];
/// Steps after which there is a table `operation`.
pub const WITH_OPERATIONS: usize = 2;
/// Steps after which there are a table `waiting` and devices.
pub const WITH_GUARDIANS: usize = 4;
/// Steps after which there is a table `clip_answer`.
pub const WITH_CLIP_ANSWERS: usize = 5;

const TABLES: &str = "
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    segment TEXT NOT NULL,
    name TEXT NOT NULL,
    listed INTEGER NOT NULL DEFAULT 1,     -- still in the segment's list
    made_at INTEGER NOT NULL,              -- Unix milliseconds, as every time here but answers' and visits'
    minor INTEGER NOT NULL DEFAULT 0,
    recorded INTEGER NOT NULL DEFAULT 0,
    live INTEGER NOT NULL DEFAULT 0,
    archived INTEGER NOT NULL DEFAULT 0,
    credit TEXT,
    contact TEXT,
    erased_at INTEGER
) STRICT;
CREATE INDEX person_segment ON person (segment);

CREATE TABLE link (
    hash TEXT PRIMARY KEY,                 -- SHA-256 of the token
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    made_at INTEGER NOT NULL,
    expires_at INTEGER                     -- of an invitation that nobody has opened
) STRICT;
CREATE INDEX link_person ON link (person);

-- What was signed: never changed, only added to, until the person is erased.
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,                    -- signed, paper, withdrawn
    language TEXT NOT NULL,
    text TEXT NOT NULL,                    -- exactly as it was shown
    hash TEXT NOT NULL,                    -- SHA-256 of text
    points TEXT NOT NULL,                  -- JSON: what was agreed to, or withdrawn
    signatures TEXT NOT NULL,              -- JSON
    entered_by TEXT                        -- the role, for paper
) STRICT;
CREATE INDEX document_person ON document (person);

-- Where a segment went besides our own pages, and what is to be done there.
CREATE TABLE elsewhere (
    id INTEGER PRIMARY KEY,
    segment TEXT NOT NULL,
    place TEXT NOT NULL,
    at INTEGER NOT NULL,
    asked_at INTEGER,                      -- of the withdrawal
    done_at INTEGER
) STRICT;
CREATE INDEX elsewhere_segment ON elsewhere (segment);

CREATE TABLE visit (
    hour TEXT NOT NULL,                    -- local, YYYY-MM-DDTHH
    kind TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, kind)
) STRICT;

CREATE TABLE answer (
    hour TEXT NOT NULL,
    question TEXT NOT NULL,
    choice TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, question, choice)
) STRICT;
";

/// What was signed, taken back or erased, and has to reach everything: written in one transaction with
/// it. Everybody who has taken something back so far is gone through once more.
const OPERATIONS: &str = "
CREATE TABLE operation (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,                    -- signed, withdrawn, erased
    person TEXT NOT NULL,
    segment TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    done_at INTEGER                        -- NULL: all of it is to be done, or done again
) STRICT;
CREATE INDEX operation_open ON operation (id) WHERE done_at IS NULL;

INSERT INTO operation (kind, person, segment, begun_at)
    SELECT 'erased', id, segment, erased_at FROM person WHERE erased_at IS NOT NULL;
INSERT INTO operation (kind, person, segment, begun_at)
    SELECT 'withdrawn', person.id, segment, max(document.at) FROM person JOIN document ON document.person = person.id
    WHERE kind = 'withdrawn' AND erased_at IS NULL GROUP BY person.id;
";

/// A link that has ended is kept for a day: whoever did not hear the answer asks again by it.
const ENDED_LINKS: &str = "
ALTER TABLE link ADD COLUMN ended_at INTEGER;   -- replaced when its person signed, or erased
ALTER TABLE link ADD COLUMN used_at INTEGER;    -- the first time
";

/// A minor's form that waits for guardians, who sign elsewhere by links of their own; and on which device somebody
/// signed, so that one phone that signs for a whole group is seen.
const GUARDIANS: &str = "
CREATE TABLE waiting (
    person TEXT PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    signing TEXT NOT NULL,                 -- JSON: the form, with the signatures that are there
    device TEXT,
    missing INTEGER NOT NULL               -- guardians who have not signed
) STRICT;

CREATE TABLE guardian (
    hash TEXT PRIMARY KEY,                 -- SHA-256 of the token
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,               -- which of the form's guardians, from 1
    made_at INTEGER NOT NULL,
    signed_at INTEGER
) STRICT;
CREATE INDEX guardian_person ON guardian (person);

ALTER TABLE person ADD COLUMN device TEXT; -- a hash that is good within the segment
";

/// What participants said of their clip before the public could see it: added to, until the person is erased.
const CLIP_ANSWERS: &str = "
CREATE TABLE clip_answer (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    cut TEXT NOT NULL,                     -- which cut of which clip was seen
    answer TEXT NOT NULL,                  -- JSON
    guardians TEXT NOT NULL,               -- those who said so of a minor's, JSON
    holds INTEGER NOT NULL DEFAULT 1       -- until another is given, or something is taken back
) STRICT;
CREATE UNIQUE INDEX clip_answer_holds ON clip_answer (person) WHERE holds;
";

/// Takes the steps that a file has not behind it.
///
/// # Errors
/// SQLite's, or [`SchemaError::Newer`] from a later version of the program.
pub fn settle(connection: &mut Connection) -> Result<(), SchemaError> {
    // What is deleted is overwritten; the journal is cut to nothing after each change.
    connection.execute_batch(
        "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;",
    )?;
    let behind = version(connection)?;
    for (step, sql) in STEPS.iter().enumerate().skip(behind) {
        let change = connection.transaction()?;
        change.execute_batch(sql)?;
        change.pragma_update(None, "user_version", step as i64 + 1)?;
        change.commit()?;
    }
    Ok(())
}

/// How many steps a file has behind it.
///
/// # Errors
/// As [`settle`].
pub fn version(connection: &Connection) -> Result<usize, SchemaError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    usize::try_from(version).ok().filter(|steps| *steps <= STEPS.len()).ok_or(SchemaError::Newer)
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// SQLite says so.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A later version of the program has changed its tables.
    #[error("its tables are of a later version")]
    Newer,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rusqlite::types::Value;

    use super::*;

    /// A file of each version, oldest first.
    const FILES: &[&str] = &[
        include_str!("tests/v1.sql"),
        include_str!("tests/v2.sql"),
        include_str!("tests/v3.sql"),
        include_str!("tests/v4.sql"),
        include_str!("tests/v5.sql"),
    ];

    fn file(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    fn rows(connection: &Connection, sql: &str) -> Vec<Vec<Value>> {
        let mut query = connection.prepare(sql).unwrap();
        let columns = query.column_count();
        let rows = query.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn words(connection: &Connection, sql: &str) -> Vec<String> {
        let text = |row: Vec<Value>| match &row[0] {
            Value::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        rows(connection, sql).into_iter().map(text).collect()
    }

    /// Each table with its columns.
    fn tables(connection: &Connection) -> BTreeMap<String, Vec<String>> {
        let names = words(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'");
        let columns =
            |name: &String| words(connection, &format!("SELECT name FROM pragma_table_info('{name}') ORDER BY cid"));
        names.into_iter().map(|name| (name.clone(), columns(&name))).collect()
    }

    /// All that makes one file behave like another.
    fn shape(connection: &Connection) -> Vec<Vec<Vec<Value>>> {
        let of = |name: &String| {
            rows(
                connection,
                &format!("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{name}')"),
            )
        };
        let indices = "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' ORDER BY name";
        tables(connection).keys().map(of).chain([rows(connection, indices)]).collect()
    }

    #[test]
    fn a_file_of_every_earlier_version_becomes_one_of_today_and_loses_nothing() {
        let newest = STEPS.len();
        assert!(FILES.len() + 1 >= newest, "tests/ has no file of version {}", newest - 1);
        let mut fresh = file("");
        settle(&mut fresh).unwrap();
        for (behind, sql) in FILES.iter().enumerate() {
            let mut old = file(sql);
            assert_eq!(version(&old).unwrap(), behind + 1);
            let held: Vec<_> = tables(&old)
                .into_iter()
                .map(|(table, columns)| format!("SELECT {} FROM {table} ORDER BY rowid", columns.join(", ")))
                .map(|sql| (rows(&old, &sql), sql))
                .collect();
            assert!(held.len() >= 6 && held.iter().all(|(rows, _)| !rows.is_empty()), "{held:?}");
            settle(&mut old).unwrap();
            assert_eq!(version(&old).unwrap(), newest);
            assert_eq!(shape(&old), shape(&fresh), "from version {}", behind + 1);
            for (before, sql) in held {
                assert_eq!(rows(&old, &sql), before, "{sql}");
            }
            // Who took something back, and who was erased, is gone through once.
            assert_eq!(words(&old, "SELECT person FROM operation ORDER BY person"), ["p1", "p2"]);
            assert_eq!(words(&old, "PRAGMA integrity_check"), ["ok"]);
            assert!(rows(&old, "PRAGMA foreign_key_check").is_empty());
            settle(&mut old).unwrap();
            assert_eq!(version(&old).unwrap(), newest, "the steps are taken once");
        }
    }

    #[test]
    fn a_file_of_a_later_version_is_refused_and_left_alone() {
        let mut later = file(FILES[0]);
        later.execute_batch(&format!("PRAGMA user_version = {}", STEPS.len() + 1)).unwrap();
        let before = tables(&later);
        assert!(matches!(settle(&mut later), Err(SchemaError::Newer)));
        assert_eq!(tables(&later), before);
    }
}
