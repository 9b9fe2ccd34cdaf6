//! The database and the thread it lives on.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path, thread, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::sync::{mpsc, oneshot};

use super::{
    Agreed, answers,
    list::Listed,
    schema::{self, SchemaError},
};
use crate::{
    protocol::{Fault, Problem},
    rights::{Entry, Register},
};

/// In the data folder; for the owner of the folder alone.
pub const FILE: &str = "people.sqlite";
/// The code of a database that cannot be read or written.
pub const STORE: &str = "people_store";
/// How long another program may hold the database; whoever withdraws on air waits no longer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Questions that may wait.
const QUEUE: usize = 256;

/// The database, on its thread.
pub struct Store {
    /// The connection.
    pub connection: Connection,
    /// The same in memory, changed right after it.
    pub register: Register,
}

/// A question to the thread.
type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// The way to the thread; it ends with the last of these.
#[derive(Clone)]
pub struct Thread {
    jobs: mpsc::Sender<Job>,
    register: Register,
}

impl Thread {
    /// Opens the database, making it if need be, for these people. Blocking.
    pub fn open(data: &Path, list: Vec<Listed>) -> Result<Self, Problem> {
        let path = data.join(FILE);
        // SQLite would make it readable for all.
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| broken(&error))?;
        let mut connection = Connection::open(&path)?;
        // `plateau archive` may be reading.
        connection.busy_timeout(PATIENCE)?;
        schema::settle(&mut connection)?;
        let register = Register::default();
        let mut store = Store { connection, register: register.clone() };
        store.know(&list)?;
        fill(&store.connection, &register)?;
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        thread::Builder::new()
            .name("people".into())
            .spawn(move || {
                while let Some(job) = queue.blocking_recv() {
                    job(&mut store);
                }
            })
            .map_err(|error| broken(&error))?;
        Ok(Self { jobs, register })
    }

    /// Asks the thread; questions are answered in the order they are asked in.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |store| _ = reply.send(question(store)));
        self.jobs.try_send(job).map_err(|_| busy())?;
        answer.await.map_err(|_| busy())?
    }

    /// Has something done that nobody waits for, in the order of asking.
    pub fn tell(&self, change: impl FnOnce(&mut Store) -> Result<(), Problem> + Send + 'static) {
        let job: Job = Box::new(move |store| {
            if let Err(problem) = change(store) {
                tracing::error!(code = problem.code, "people");
            }
        });
        if self.jobs.try_send(job).is_err() {
            tracing::error!("people: the queue is full");
        }
    }

    /// What people have agreed to, in memory.
    pub fn register(&self) -> &Register {
        &self.register
    }
}

/// What people have agreed to, for a data folder whose studio need not run; without `people.sqlite`
/// nobody has agreed to anything. Blocking.
///
/// # Errors
/// `people_store`, `people_newer`.
pub fn register(data: &Path) -> Result<Register, Problem> {
    let (path, register) = (data.join(FILE), Register::default());
    if path.exists() {
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(PATIENCE)?;
        fill(&connection, &register)?;
    }
    Ok(register)
}

/// Reads everybody, and the operations that are not done.
fn fill(connection: &Connection, register: &Register) -> Result<(), Problem> {
    let version = schema::version(connection)?;
    let mut people = connection.prepare(&held_by(version))?;
    let answered = version >= schema::WITH_CLIP_ANSWERS;
    for held in people.query_map([], held)? {
        let (person, mut entry) = held?;
        if answered {
            entry.agreed.answer = answers::held(connection, &person)?;
        }
        register.put(&person, Some(entry));
    }
    if version >= schema::WITH_OPERATIONS {
        let mut open = connection.prepare("SELECT id, segment FROM operation WHERE done_at IS NULL")?;
        for operation in open.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))? {
            let (id, segment) = operation?;
            register.begin(id, &segment);
        }
    }
    Ok(())
}

impl Store {
    /// Takes a person's row over into the register; after the change has been committed, before anybody
    /// hears of it.
    pub fn reflect(&self, person: &str) -> Result<(), Problem> {
        let sql = format!("{} WHERE id = ?1", held_by(schema::WITH_GUARDIANS));
        let held = self.connection.query_row(&sql, [person], held).optional()?;
        let answer = answers::held(&self.connection, person)?;
        self.register.put(person, held.map(|(_, entry)| Entry { agreed: Agreed { answer, ..entry.agreed }, ..entry }));
        Ok(())
    }
}

/// What a database of this schema holds of each person, as SQL without a condition: [`HELD`], and what came
/// with guardians' links.
fn held_by(version: usize) -> String {
    let guardians = match version >= schema::WITH_GUARDIANS {
        true => "device, (SELECT missing FROM waiting WHERE person = person.id)",
        false => "NULL, NULL",
    };
    format!("{HELD}, {guardians} FROM person")
}

/// `refused`: erased; or being recorded or live was signed for and is agreed to no longer, however it was
/// taken back; or it was said no to, and nothing signed since. Then when the person last did something; and
/// since when every signature has asked for the same credit.
const HELD: &str = "SELECT id, segment, listed, recorded, live, archived, credit,
        erased_at IS NOT NULL OR EXISTS (SELECT 1 FROM document WHERE person = person.id AND CASE kind
            WHEN 'withdrawn' THEN (points LIKE '%recorded%' OR points LIKE '%live%') AND document.id >
                coalesce((SELECT max(id) FROM document WHERE person = person.id AND kind <> 'withdrawn'), 0)
            ELSE (points LIKE '%recorded%' AND NOT recorded) OR (points LIKE '%live%' AND NOT live) END),
        coalesce(erased_at, (SELECT max(at) FROM document WHERE person = person.id)),
        (SELECT min(at) FROM document AS same WHERE person = person.id AND kind <> 'withdrawn' AND NOT EXISTS (
            SELECT 1 FROM document AS later WHERE person = person.id AND kind <> 'withdrawn' AND later.id >= same.id
                AND json_extract(later.signatures, '$.credit.name') IS NOT person.credit))";

fn held(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, Entry)> {
    let agreed = Agreed {
        recorded: row.get(3)?,
        live: row.get(4)?,
        archived: row.get(5)?,
        credit: row.get(6)?,
        credit_since: row.get::<_, Option<i64>>(9)?.map(|at| at as u64),
        refused: row.get(7)?,
        spoke_at: row.get::<_, Option<i64>>(8)?.map(|at| at as u64),
        answer: None,
        device: row.get(10)?,
        guardians_missing: row.get::<_, Option<u8>>(11)?.unwrap_or_default(),
    };
    Ok((row.get(0)?, Entry { segment: row.get(1)?, listed: row.get(2)?, agreed }))
}

impl From<rusqlite::Error> for Problem {
    /// SQLite's own messages name tables, never what is in them.
    fn from(error: rusqlite::Error) -> Self {
        broken(&error)
    }
}

impl From<SchemaError> for Problem {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Sqlite(error) => error.into(),
            SchemaError::Newer => Problem::operator(
                "people_newer",
                format!(
                    "{FILE}, dans le dossier de données, vient d'une version plus récente du studio : celle-ci ne sait pas le lire et n'y touche pas. Installez la version la plus récente."
                ),
                format!(
                    "{FILE} in the data folder is of a later version of the studio: this one cannot read it and leaves it alone. Install the latest version."
                ),
            ),
        }
    }
}

fn broken(error: &dyn std::error::Error) -> Problem {
    Problem::new(
        STORE,
        Fault::Ours,
        format!(
            "Les accords des participants ne peuvent pas être lus ou écrits ({error}). Vérifiez le disque, puis {FILE} dans le dossier de données."
        ),
        format!(
            "The participants' agreements cannot be read or written ({error}). Check the disk, then {FILE} in the data folder."
        ),
    )
}

fn busy() -> Problem {
    Problem::new(
        "busy",
        Fault::Ours,
        "Trop de demandes en même temps. Réessayez dans un instant.",
        "Too many requests at once. Try again in a moment.",
    )
}
