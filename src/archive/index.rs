//! `archive.sqlite`: what is asked for quickly. It holds nothing that the files don't say, and is
//! made anew from them whenever it is missing, damaged or of another version.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::{Connection, OptionalExtension, params, params_from_iter, types::Value};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::{Medium, Record, lock, store};

/// The file, in the data folder.
pub const FILE: &str = "archive.sqlite";
/// Of the tables below; another one is made anew.
const VERSION: i64 = 2;
const TABLES: &str = "
    CREATE TABLE item (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, medium TEXT NOT NULL, public INTEGER NOT NULL,
        day TEXT NOT NULL, place INTEGER NOT NULL, language TEXT NOT NULL, stamp INTEGER NOT NULL,
        bytes INTEGER NOT NULL, segment TEXT, record TEXT NOT NULL
    );
    CREATE INDEX item_segment ON item (segment);
    CREATE INDEX item_order ON item (public, place DESC);
    CREATE INDEX item_day ON item (public, day);
    CREATE TABLE person (id TEXT NOT NULL, name TEXT NOT NULL);
    CREATE INDEX person_name ON person (name, id);
    CREATE INDEX person_id ON person (id);
    CREATE TABLE theme (id TEXT NOT NULL, name TEXT NOT NULL);
    CREATE INDEX theme_name ON theme (name, id);
    CREATE INDEX theme_id ON theme (id);
    CREATE VIRTUAL TABLE words USING fts5 (
        title, summary, people, themes, occasion, transcript,
        content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
    );";

/// Nothing is further down a list.
const FURTHEST: u64 = 10_000_000;

/// What is looked for; empty fields don't matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Query {
    /// Words, accents and capitals ignored; the last may be unfinished.
    pub q: String,
    /// `2026-11-24`, `2026-11` or `2026`.
    pub day: String,
    /// A theme.
    pub theme: String,
    /// A credited name.
    pub person: String,
    /// BCP 47; `fr` finds `fr-FR`.
    pub language: String,
    /// Only clips, or only photos.
    pub medium: Option<Medium>,
    /// Also what is not public.
    #[serde(skip)]
    pub all: bool,
}

/// A value that records share, and how many do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facet {
    /// The value.
    pub name: String,
    /// Records.
    pub count: u64,
}

/// By what one may look for something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// Days, newest first.
    pub days: Vec<Facet>,
    /// Themes, most frequent first.
    pub themes: Vec<Facet>,
    /// Languages, most frequent first.
    pub languages: Vec<Facet>,
}

/// The index; cheap to clone. Every call blocks.
#[derive(Clone)]
pub struct Index {
    data: PathBuf,
    connection: Arc<Mutex<Option<Connection>>>,
    /// Counted once after each change. Locked after the connection, or alone.
    facets: Arc<Mutex<Option<Facets>>>,
    changes: Arc<AtomicU64>,
}

impl Index {
    /// Opens the index of a data folder; one that is damaged or of another version becomes empty, and
    /// [`Index::follow`] fills it.
    pub fn open(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            connection: Arc::new(Mutex::new(connect(data))),
            facets: Arc::default(),
            changes: Arc::default(),
        }
    }

    /// Takes a record in, or its change.
    pub fn put(&self, record: &Record, folder: &Path) {
        self.with(|connection| put(connection, record, folder));
        self.changed();
    }

    /// Forgets a record.
    pub fn forget(&self, id: &str) {
        self.with(|connection| forget(connection, id));
        self.changed();
    }

    /// Leaves nothing of what was deleted: not in free pages, nor in the search table's old parts, nor in
    /// the log.
    pub fn scrub(&self) {
        self.with(|connection| {
            connection.execute_batch(
                "INSERT INTO words (words) VALUES ('optimize'); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);",
            )
        });
    }

    /// One record.
    pub fn get(&self, id: &str) -> Option<Record> {
        let text = self.with(|connection| {
            connection
                .prepare_cached("SELECT record FROM item WHERE id = ?1")?
                .query_row([id], |row| row.get::<_, String>(0))
                .optional()
        });
        serde_json::from_str(&text??).ok()
    }

    /// The records that are looked for, newest first (of one day, in its order): a page of them, and
    /// how many there are.
    pub fn search(&self, query: &Query, offset: u64, limit: u64) -> (Vec<Record>, u64) {
        let (condition, values) = condition(query);
        let (offset, limit) = (offset.min(FURTHEST), limit.min(FURTHEST));
        let found = self.with(|connection| {
            // The words are looked for once; a page behind the end is one row without a record.
            let sql = format!(
                "WITH found AS MATERIALIZED (SELECT number, place, id FROM item WHERE {condition}),
                 page AS (SELECT number, place, id FROM found ORDER BY place DESC, id DESC LIMIT {limit} OFFSET {offset})
                 SELECT total, record FROM (SELECT count(*) AS total FROM found)
                 LEFT JOIN page LEFT JOIN item USING (number) ORDER BY page.place DESC, page.id DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement
                .query_map(params_from_iter(&values), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)))?;
            let (mut records, mut total) = (Vec::new(), 0);
            for (all, record) in rows.filter_map(Result::ok) {
                total = all as u64;
                records.extend(record.and_then(|text| serde_json::from_str(&text).ok()));
            }
            Ok((records, total))
        });
        found.unwrap_or_default()
    }

    /// The records of a segment.
    pub fn of_segment(&self, segment: &str) -> Vec<Record> {
        let found = self.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT record FROM item WHERE segment = ?1")?;
            let rows = statement.query_map([segment], |row| row.get::<_, String>(0))?;
            Ok(rows.filter_map(Result::ok).filter_map(|text| serde_json::from_str(&text).ok()).collect())
        });
        found.unwrap_or_default()
    }

    /// The bytes of a record's main file.
    pub fn bytes(&self, id: &str) -> u64 {
        let bytes = self.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT bytes FROM item WHERE id = ?1")?;
            statement.query_row([id], |row| row.get::<_, i64>(0)).optional()
        });
        bytes.flatten().unwrap_or(0) as u64
    }

    /// By what the public catalogue may be looked through.
    pub fn facets(&self) -> Facets {
        if let Some(known) = lock(&self.facets).clone() {
            return known;
        }
        let before = self.changes.load(Ordering::Acquire);
        let counted = self.count_facets();
        let mut facets = lock(&self.facets);
        // What changed while it was counted is counted the next time.
        if self.changes.load(Ordering::Acquire) == before {
            *facets = Some(counted.clone());
        }
        counted
    }

    fn changed(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        *lock(&self.facets) = None;
    }

    fn count_facets(&self) -> Facets {
        let list = |sql: &str| {
            let found = self.with(|connection| {
                let mut statement = connection.prepare_cached(sql)?;
                let rows = statement
                    .query_map([], |row| Ok(Facet { name: row.get(0)?, count: row.get::<_, i64>(1)? as u64 }))?;
                Ok(rows.filter_map(Result::ok).collect::<Vec<_>>())
            });
            found.unwrap_or_default()
        };
        Facets {
            days: list("SELECT day, count(*) FROM item WHERE public = 1 GROUP BY day ORDER BY day DESC LIMIT 60"),
            themes: list(
                "SELECT theme.name, count(*) AS many FROM theme JOIN item USING (id) WHERE item.public = 1 \
                 GROUP BY theme.name ORDER BY many DESC, theme.name LIMIT 24",
            ),
            languages: list(
                "SELECT language, count(*) AS many FROM item WHERE public = 1 AND language <> '' \
                 GROUP BY language ORDER BY many DESC LIMIT 24",
            ),
        }
    }

    /// Every id it knows.
    pub fn ids(&self) -> Vec<String> {
        let ids = self.with(|connection| {
            let mut statement = connection.prepare("SELECT id FROM item ORDER BY id")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.filter_map(Result::ok).collect())
        });
        ids.unwrap_or_default()
    }

    /// Makes the index agree with the folders; returns how many records it had to learn or forget.
    pub fn follow(&self, folders: &[PathBuf]) -> usize {
        let known = self.with(|connection| {
            let mut statement = connection.prepare("SELECT id, stamp FROM item")?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
            Ok(rows.filter_map(Result::ok).collect::<std::collections::HashMap<_, _>>())
        });
        let mut known = known.unwrap_or_default();
        let mut changes = 0;
        for some in folders.chunks(500) {
            let fresh: Vec<_> = some
                .iter()
                .filter_map(|folder| {
                    let id = folder.file_name()?.to_str()?;
                    let before = known.remove(id);
                    if before.is_some_and(|stamp| stamp == stamp_of(folder)) {
                        return None;
                    }
                    let record = store::read(folder).ok().filter(|record| record.id == id)?;
                    Some((record, folder))
                })
                .collect();
            changes += fresh.len();
            self.with(|connection| {
                let all = connection.unchecked_transaction()?;
                for (record, folder) in &fresh {
                    put(&all, record, folder)?;
                }
                all.commit()
            });
        }
        self.changed();
        changes += known.len();
        known.keys().for_each(|gone| self.forget(gone));
        changes
    }

    /// Forgets everything and begins anew.
    pub fn clear(&self) {
        let mut connection = self.connection();
        *connection = None;
        remove(&self.data);
        *connection = connect(&self.data);
    }

    /// Asks the database; where it turns out damaged, it is made anew from the files.
    fn with<T>(&self, ask: impl Fn(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let mut guard = self.connection();
        let error = match guard.as_ref().map(&ask) {
            Some(Ok(answer)) => return Some(answer),
            Some(Err(error)) if !is_damage(&error) => {
                warn!(%error, "the archive's index does not answer");
                return None;
            }
            Some(Err(error)) => error.to_string(),
            None => "it cannot be opened".into(),
        };
        warn!(error, "the archive's index is damaged and made anew from the files");
        *guard = None;
        remove(&self.data);
        let connection = connect(&self.data)?;
        for folder in store::Store::new(&self.data).folders() {
            if let Ok(record) = store::read(&folder) {
                let _ = put(&connection, &record, &folder);
            }
        }
        let answer = ask(&connection).inspect_err(|error| warn!(%error, "the archive's index does not answer")).ok();
        *guard = Some(connection);
        answer
    }

    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        lock(&self.connection)
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure};
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            matches!(failure.code, DatabaseCorrupt | NotADatabase | SystemIoFailure)
                || message.as_ref().is_some_and(|message| message.starts_with("no such table"))
        }
        _ => false,
    }
}

fn remove(data: &Path) {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(data.join(format!("{FILE}{ending}")));
    }
}

fn connect(data: &Path) -> Option<Connection> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(data.join(FILE))?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        // What a power cut takes from an index, the files give back.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != VERSION {
            if version != 0 {
                return Err(rusqlite::Error::InvalidQuery);
            }
            connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))?;
        }
        Ok(connection)
    };
    open()
        .or_else(|error| {
            info!(%error, "a new index for the archive");
            remove(data);
            open()
        })
        .inspect_err(|error| warn!(%error, "the archive has no index"))
        .ok()
}

/// Nanoseconds of the record's last change, enough to see that there was one.
fn stamp_of(folder: &Path) -> i64 {
    let changed = fs::metadata(folder.join(store::RECORD)).and_then(|found| found.modified());
    let since = changed.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_nanos() as i64)
}

fn put(connection: &Connection, record: &Record, folder: &Path) -> rusqlite::Result<()> {
    forget(connection, &record.id)?;
    let bytes = fs::metadata(folder.join(record.file())).map_or(0, |found| found.len());
    let medium = record.medium.folder();
    // Within a day, what was put first by hand comes before the rest.
    let place = record.order.map_or(record.recorded_at as i64, |order| {
        record.recorded_at as i64 / 86_400_000 * 86_400_000 + 86_399_999 - order
    });
    // What was taken out is found in the files' history, by whoever may read them.
    let text = serde_json::to_string(&Record { history: Vec::new(), ..record.clone() }).unwrap_or_default();
    connection.prepare_cached("INSERT INTO item VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?.execute(
        params![
            record.id,
            medium,
            record.is_public(),
            record.day(),
            place,
            record.language,
            stamp_of(folder),
            bytes as i64,
            record.segment,
            text
        ],
    )?;
    let number = connection.last_insert_rowid();
    for name in record.credits.iter().map(|credit| &credit.name).filter(|name| !name.is_empty()) {
        connection.prepare_cached("INSERT INTO person VALUES (?1, ?2)")?.execute([&record.id, name])?;
    }
    for name in &record.tags {
        connection.prepare_cached("INSERT INTO theme VALUES (?1, ?2)")?.execute([&record.id, name])?;
    }
    let people: Vec<_> = record.credits.iter().map(|credit| format!("{} {}", credit.name, credit.role)).collect();
    let chapters: Vec<_> = record.chapters.iter().map(|chapter| chapter.label.as_str()).collect();
    let words = "INSERT INTO words (rowid, title, summary, people, themes, occasion, transcript) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(words)?.execute(params![
        number,
        record.title,
        record.summary,
        people.join("\n"),
        record.tags.join("\n"),
        record.occasion(),
        format!("{}\n{}", chapters.join("\n"), record.transcript),
    ])?;
    Ok(())
}

fn forget(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    let mut found = connection.prepare_cached("SELECT number FROM item WHERE id = ?1")?;
    let number: Option<i64> = found.query_row([id], |row| row.get(0)).optional()?;
    let Some(number) = number else { return Ok(()) };
    connection.prepare_cached("DELETE FROM item WHERE number = ?1")?.execute([number])?;
    connection.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([number])?;
    connection.prepare_cached("DELETE FROM person WHERE id = ?1")?.execute([id])?;
    connection.prepare_cached("DELETE FROM theme WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The part after `WHERE`, and its values.
fn condition(query: &Query) -> (String, Vec<Value>) {
    let mut parts = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut add = |sql: &str, value: String| {
        values.push(value.into());
        parts.push(sql.replace('?', &format!("?{}", values.len())));
    };
    if !query.q.trim().is_empty() {
        // A text without a single word finds nothing, rather than everything.
        add(
            "number IN (SELECT rowid FROM words WHERE words MATCH ?)",
            phrase(&query.q).unwrap_or_else(|| "\"\u{1}\"".into()),
        );
    }
    if !query.day.is_empty() {
        add("day GLOB ?", format!("{}*", query.day.replace(['*', '?', '['], "")));
    }
    if !query.theme.is_empty() {
        add("id IN (SELECT id FROM theme WHERE name = ?)", query.theme.clone());
    }
    if !query.person.is_empty() {
        add("id IN (SELECT id FROM person WHERE name = ?)", query.person.clone());
    }
    if !query.language.is_empty() {
        add("(language || '-') GLOB ?", format!("{}-*", query.language.replace(['*', '?', '['], "")));
    }
    if let Some(medium) = query.medium {
        add("medium = ?", medium.folder().into());
    }
    parts.push(if query.all { "public IN (0, 1)".into() } else { "public = 1".into() });
    (parts.join(" AND "), values)
}

/// What somebody typed as FTS5 wants it: every word somewhere, each perhaps the beginning of a longer
/// one.
fn phrase(typed: &str) -> Option<String> {
    let words = typed.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<_> = words.take(16).map(|word| format!("\"{word}\"*")).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests;
