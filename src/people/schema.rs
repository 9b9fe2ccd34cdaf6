//! The tables of `people.sqlite`.
//!
//! A person here is one participation: whoever comes back for another segment is asked again, since an
//! agreement names what it is given for. Erasing a person leaves the row's id and the time, nothing
//! else. `answers` and `visits` have no way back to a person by construction: no id, times to the hour.

use rusqlite::Connection;

/// The schema's version, in `user_version`.
const VERSION: i64 = 1;

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

/// Makes the tables where there are none.
pub fn settle(connection: &Connection) -> rusqlite::Result<()> {
    // What is deleted is overwritten; the journal is cut to nothing after each change.
    connection.execute_batch(
        "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;",
    )?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))?;
    }
    Ok(())
}
