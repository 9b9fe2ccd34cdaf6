//! `archive.sqlite`: what is asked for quickly. It holds nothing that the files don't say, and is
//! made anew from them whenever it is missing, damaged or of another version; where the data folder cannot
//! be written, in memory. Whether a record is public is asked of the authority when it is put in; whoever
//! shows one asks again.

use std::{
    collections::{HashMap, HashSet},
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::{Connection, OptionalExtension, params, params_from_iter, types::Value};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::{Medium, Record, lock, store, verdict::Judge};

/// The file, in the data folder.
pub const FILE: &str = "archive.sqlite";
/// Of the tables below; another one is made anew.
const VERSION: i64 = 4;
const TABLES: &str = "
    CREATE TABLE item (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, medium TEXT NOT NULL, public INTEGER NOT NULL,
        barred INTEGER NOT NULL, day TEXT NOT NULL, place INTEGER NOT NULL, language TEXT NOT NULL,
        stamp INTEGER NOT NULL, bytes INTEGER NOT NULL, belongs TEXT, record TEXT NOT NULL
    );
    CREATE INDEX item_belongs ON item (belongs);
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

/// What the index has of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As it was when it was last read; of one that cannot be read, little.
    pub record: Record,
    /// Of the file that it was read from.
    stamp: i64,
    /// Of what was put here; never twice the same.
    number: i64,
    /// Its file cannot be read, or is not what was written.
    pub barred: bool,
}

impl Row {
    /// The file is the one that was read.
    pub fn is_of(&self, folder: &Path) -> bool {
        !self.barred && self.stamp != 0 && self.stamp == store::stamp(folder)
    }
}

/// What has become of the index when it was compared with the folders.
#[derive(Debug, Default)]
pub struct Followed {
    /// Records that it had to learn or forget.
    pub changes: usize,
    /// Ids of those that can be read no longer.
    pub barred: Vec<String>,
    /// Of those that could not be read, and can be again.
    pub mended: Vec<String>,
}

/// The index; cheap to clone. Every call blocks.
#[derive(Clone)]
pub struct Index {
    data: PathBuf,
    judge: Judge,
    held: Arc<Mutex<Held>>,
    /// Counted once after each change. Locked after the connection, or alone.
    facets: Arc<Mutex<Option<(i64, Facets)>>>,
    changes: Arc<AtomicU64>,
}

#[derive(Default)]
struct Held {
    connection: Option<Connection>,
    /// Which file that is; `None`: in memory.
    file: Option<(u64, u64)>,
}

impl Index {
    /// Opens the index of a data folder; one that is damaged or of another version becomes empty, and
    /// [`Index::follow`] fills it.
    pub fn open(data: &Path, judge: Judge) -> Self {
        Self {
            data: data.to_owned(),
            judge,
            held: Arc::new(Mutex::new(connect(data))),
            facets: Arc::default(),
            changes: Arc::default(),
        }
    }

    /// Takes a record in, or its change, that whoever holds the changes has written or read just now.
    pub fn put(&self, record: &Record, folder: &Path) {
        let (public, stamp) = (self.judge.stand(record).public, store::stamp(folder));
        self.with(|connection| put(connection, record, folder, stamp, public));
        self.changed();
    }

    /// The same of a record that was read when its file had this [stamp](store::stamp), or later, and when
    /// the index had this row: nothing where somebody has put another one there meanwhile.
    pub fn put_read(&self, record: &Record, folder: &Path, stamp: i64, seen: Option<&Row>) {
        let (public, seen) = (self.judge.stand(record).public, seen.map(|row| row.number));
        self.with(|connection| {
            let change = connection.unchecked_transaction()?;
            if number_of(&change, &record.id)? == seen {
                put(&change, record, folder, stamp, public)?;
            }
            change.commit()
        });
        self.changed();
    }

    /// A record cannot be read: nothing that it said is kept but what the desk needs to find it. `false`:
    /// that was known.
    pub fn bar(&self, id: &str, medium: Medium, folder: &Path) -> bool {
        let row = self.row(id);
        if row.as_ref().is_some_and(|row| row.barred) {
            return false;
        }
        let known = row.map_or_else(
            || Record {
                recorded: id.get(..10).unwrap_or_default().to_owned(),
                segment: store::segment_of(folder),
                ..Record::default()
            },
            |row| row.record,
        );
        let left = Record {
            id: id.to_owned(),
            medium,
            title: id.to_owned(),
            recorded_at: known.recorded_at,
            recorded: known.recorded,
            segment: known.segment,
            take: known.take,
            ..Record::default()
        };
        self.with(|connection| {
            put(connection, &left, folder, 0, false)?;
            connection.execute("UPDATE item SET barred = 1 WHERE id = ?1", [id])
        });
        self.changed();
        true
    }

    /// Forgets a record.
    pub fn forget(&self, id: &str) {
        self.with(|connection| forget(connection, id));
        self.changed();
    }

    /// Leaves nothing of what was deleted: not in free pages, nor in the search table's old parts, nor in
    /// the log. `false`: something may be left.
    pub fn scrub(&self) -> bool {
        let scrubbed = self.with(|connection| {
            connection.execute_batch("INSERT INTO words (words) VALUES ('optimize'); VACUUM;")?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
        });
        scrubbed == Some(0)
    }

    /// What it has of one record.
    pub fn row(&self, id: &str) -> Option<Row> {
        let found = self.with(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT stamp, barred, record, number FROM item WHERE id = ?1")?;
            statement.query_row([id], row).optional()
        });
        found??
    }

    /// The records that are looked for, newest first (of one day, in its order): a page of them, and
    /// how many there are.
    pub fn search(&self, query: &Query, offset: u64, limit: u64) -> (Vec<Row>, u64) {
        let (condition, values) = condition(query);
        let (offset, limit) = (offset.min(FURTHEST), limit.min(FURTHEST));
        let found = self.with(|connection| {
            // The words are looked for once; a page behind the end is one row without a record.
            let sql = format!(
                "WITH found AS MATERIALIZED (SELECT number, place, id FROM item WHERE {condition}),
                 page AS (SELECT number, place, id FROM found ORDER BY place DESC, id DESC LIMIT {limit} OFFSET {offset})
                 SELECT stamp, barred, record, number, total FROM (SELECT count(*) AS total FROM found)
                 LEFT JOIN page LEFT JOIN item USING (number) ORDER BY page.place DESC, page.id DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found = statement.query(params_from_iter(&values))?;
            let (mut rows, mut total) = (Vec::new(), 0);
            while let Some(next) = found.next()? {
                total = next.get::<_, i64>(4)? as u64;
                if next.get::<_, Option<i64>>(0)?.is_some() {
                    rows.extend(row(next)?);
                }
            }
            Ok((rows, total))
        });
        found.unwrap_or_default()
    }

    /// What there is of a segment, or of a take of the booth.
    pub fn of(&self, belongs: &str) -> Vec<Row> {
        self.list("SELECT stamp, barred, record, number FROM item WHERE belongs = ?1 ORDER BY id", [belongs])
    }

    /// Those that cannot be read.
    pub fn barred(&self) -> Vec<Row> {
        self.list("SELECT stamp, barred, record, number FROM item WHERE barred = 1 ORDER BY id", [])
    }

    fn list(&self, sql: &str, values: impl rusqlite::Params + Copy) -> Vec<Row> {
        let found = self.with(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(values, row)?;
            Ok(rows.filter_map(Result::ok).flatten().collect())
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
        // Another program may change the index too: `plateau archive import`.
        let version = self.with(|connection| connection.pragma_query_value(None, "data_version", |row| row.get(0)));
        let version: i64 = version.unwrap_or_default();
        if let Some((_, known)) = lock(&self.facets).clone().filter(|(of, _)| *of == version) {
            return known;
        }
        let before = self.changes.load(Ordering::Acquire);
        let counted = self.count_facets();
        let mut facets = lock(&self.facets);
        // What changed while it was counted is counted the next time.
        if self.changes.load(Ordering::Acquire) == before {
            *facets = Some((version, counted.clone()));
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

    /// Makes the index agree with the folders.
    pub fn follow(&self, folders: &[PathBuf]) -> Followed {
        let known = self.with(|connection| {
            let mut statement = connection.prepare("SELECT id, stamp, number, barred FROM item")?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, (row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, bool>(3)?)))
            })?;
            Ok(rows.filter_map(Result::ok).collect::<HashMap<_, _>>())
        });
        let known = known.unwrap_or_default();
        let mut gone: HashSet<&String> = known.keys().collect();
        let mut followed = Followed::default();
        for some in folders.chunks(500) {
            let mut fresh = Vec::new();
            for folder in some {
                let Some(id) = folder.file_name().and_then(|name| name.to_str()) else { continue };
                gone.remove(&id.to_owned());
                let (stamp, before) = (store::stamp(folder), known.get(id));
                if before.is_some_and(|(known, _, barred)| *known == stamp && !barred) {
                    continue;
                }
                match store::read(folder, id) {
                    Ok(record) => fresh.push((self.judge.stand(&record).public, record, folder, stamp, before)),
                    Err(store::Unread::Gone | store::Unread::NotNow(_)) => (),
                    Err(_) => {
                        let photo = folder.starts_with(self.data.join(Medium::Photo.folder()));
                        let medium = if photo { Medium::Photo } else { Medium::Clip };
                        if store::is_id(id) && self.bar(id, medium, folder) {
                            followed.barred.push(id.to_owned());
                        }
                    }
                }
            }
            followed.changes += fresh.len();
            let mended = fresh.iter().filter(|(.., before)| before.is_some_and(|(.., barred)| *barred));
            followed.mended.extend(mended.map(|(_, record, ..)| record.id.clone()));
            self.with(|connection| {
                let all = connection.unchecked_transaction()?;
                for (public, record, folder, stamp, before) in &fresh {
                    // Not where somebody has put something newer there.
                    if number_of(&all, &record.id)? == before.map(|(_, number, _)| *number) {
                        put(&all, record, folder, *stamp, *public)?;
                    }
                }
                all.commit()
            });
        }
        // Not what has come since the folders were listed.
        let store = store::Store::new(&self.data);
        gone.retain(|id| store.find(id).is_none());
        followed.changes += gone.len() + followed.barred.len();
        gone.iter().for_each(|id| self.forget(id));
        if followed.changes > 0 {
            self.changed();
        }
        followed
    }

    /// Asks the authority anew about every record: agreements may have changed while no studio ran.
    pub fn judge_all(&self) {
        let all = self.list("SELECT stamp, barred, record, number FROM item WHERE barred = 0", []);
        self.with(|connection| {
            let change = connection.unchecked_transaction()?;
            for row in &all {
                let public = self.judge.stand(&row.record).public;
                change
                    .prepare_cached("UPDATE item SET public = ?2 WHERE id = ?1 AND public <> ?2")?
                    .execute(params![row.record.id, public])?;
            }
            change.commit()
        });
        self.changed();
    }

    /// Forgets everything. A studio that has it open goes on with it.
    pub fn clear(&self) {
        let emptied = self.with(|connection| {
            connection.execute_batch(
                "BEGIN; DELETE FROM item; DELETE FROM person; DELETE FROM theme;
                 INSERT INTO words (words) VALUES ('delete-all'); COMMIT;",
            )
        });
        if emptied.is_none() {
            let mut held = lock(&self.held);
            held.connection = None;
            remove(&self.data);
            *held = connect(&self.data);
        }
        self.changed();
    }

    /// Asks the database; where it turns out damaged, or its file is not there any more, it is made anew
    /// from the files.
    fn with<T>(&self, ask: impl Fn(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let mut held = lock(&self.held);
        let error = match &held.connection {
            Some(_) if held.file.is_some() && held.file != file_of(&self.data) => {
                "its file is not there any more".into()
            }
            Some(connection) => match ask(connection) {
                Ok(answer) => return Some(answer),
                Err(error) if !is_damage(&error) => {
                    warn!(%error, "the archive's index does not answer");
                    return None;
                }
                Err(error) => error.to_string(),
            },
            None => "it cannot be opened".into(),
        };
        warn!(error, "the archive's index is made anew from the files");
        held.connection = None;
        if held.file.is_none() || held.file == file_of(&self.data) {
            remove(&self.data);
        }
        *held = connect(&self.data);
        let connection = held.connection.as_ref()?;
        for folder in store::Store::new(&self.data).folders() {
            let id = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let stamp = store::stamp(&folder);
            // What cannot be read is found by the next comparison with the folders.
            if let Ok(record) = store::read(&folder, id) {
                let _ = put(connection, &record, &folder, stamp, self.judge.stand(&record).public);
            }
        }
        ask(connection).inspect_err(|error| warn!(%error, "the archive's index does not answer")).ok()
    }
}

/// A row as [`Index::row`] asks for it; `None`: what it says is of another version.
fn row(found: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Row>> {
    let record = serde_json::from_str(&found.get::<_, String>(2)?).ok();
    let (stamp, barred, number) = (found.get(0)?, found.get(1)?, found.get(3)?);
    Ok(record.map(|record| Row { record, stamp, number, barred }))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, ReadOnly, SystemIoFailure};
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            matches!(failure.code, DatabaseCorrupt | NotADatabase | ReadOnly | SystemIoFailure)
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

/// The file that is there.
fn file_of(data: &Path) -> Option<(u64, u64)> {
    fs::metadata(data.join(FILE)).ok().map(|found| (found.dev(), found.ino()))
}

fn connect(data: &Path) -> Held {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(data.join(FILE))?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        // What a power cut takes from an index, the files give back.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
        // Fails where nothing may be written.
        connection.execute_batch("BEGIN IMMEDIATE; COMMIT;")?;
        settle(&connection)?;
        Ok(connection)
    };
    let opened = open().or_else(|error| {
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) {
            return Err(error);
        }
        info!(%error, "a new index for the archive");
        remove(data);
        open()
    });
    match opened {
        Ok(connection) => Held { connection: Some(connection), file: file_of(data) },
        Err(error) => {
            info!(%error, "the archive's index is kept in memory");
            let memory = Connection::open_in_memory().and_then(|memory| settle(&memory).map(|()| memory));
            let memory = memory.inspect_err(|error| warn!(%error, "the archive has no index"));
            Held { connection: memory.ok(), file: None }
        }
    }
}

/// Makes the tables where there are none.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        VERSION => Ok(()),
        0 => connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")),
        _ => Err(rusqlite::Error::InvalidQuery),
    }
}

fn put(connection: &Connection, record: &Record, folder: &Path, stamp: i64, public: bool) -> rusqlite::Result<()> {
    forget(connection, &record.id)?;
    let bytes = fs::metadata(folder.join(record.file())).map_or(0, |found| found.len());
    let medium = record.medium.folder();
    let told = record.description();
    // Within a day, what was put first by hand comes before the rest.
    let place = record.order.map_or(record.recorded_at as i64, |order| {
        record.recorded_at as i64 / 86_400_000 * 86_400_000 + 86_399_999 - order
    });
    // What was taken out is found in the files' history, by whoever may read them.
    let text = serde_json::to_string(&Record { history: Vec::new(), ..record.clone() }).unwrap_or_default();
    connection.prepare_cached("INSERT INTO item VALUES (NULL, ?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?.execute(
        params![
            record.id,
            medium,
            public,
            told.day(),
            place,
            record.language,
            stamp,
            bytes as i64,
            record.belongs(),
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
        told.occasion(),
        format!("{}\n{}", chapters.join("\n"), record.transcript),
    ])?;
    Ok(())
}

fn number_of(connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    let mut found = connection.prepare_cached("SELECT number FROM item WHERE id = ?1")?;
    found.query_row([id], |row| row.get(0)).optional()
}

fn forget(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    let Some(number) = number_of(connection, id)? else { return Ok(()) };
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
