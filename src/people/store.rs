//! The database and the thread it lives on.

use std::{
    collections::HashMap,
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    thread,
};

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::{mpsc, oneshot};

use super::{Agreed, schema};
use crate::protocol::{Fault, Problem};

/// In the data folder; for the owner of the folder alone.
pub const FILE: &str = "people.sqlite";
/// Questions that may wait.
const QUEUE: usize = 256;

/// What the gate asks all the time, in memory: as the database has it, changed right after it.
#[derive(Debug, Default)]
pub struct Mirror {
    people: HashMap<String, Held>,
}

#[derive(Debug, Clone)]
struct Held {
    segment: String,
    agreed: Agreed,
    listed: bool,
}

impl Mirror {
    /// A person's agreements.
    pub fn agreed(&self, person: &str) -> Agreed {
        self.people.get(person).map(|held| held.agreed.clone()).unwrap_or_default()
    }

    /// The listed people of a segment.
    pub fn of_segment(&self, segment: &str) -> impl Iterator<Item = &Agreed> {
        self.people.values().filter(move |held| held.listed && held.segment == segment).map(|held| &held.agreed)
    }
}

/// The database, on its thread.
pub struct Store {
    /// The connection.
    pub connection: Connection,
    mirror: Arc<RwLock<Mirror>>,
}

/// A question to the thread.
type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// The way to the thread; it ends with the last of these.
#[derive(Clone)]
pub struct Thread {
    jobs: mpsc::Sender<Job>,
    mirror: Arc<RwLock<Mirror>>,
}

impl Thread {
    /// Opens the database, making it if need be. Blocking.
    pub fn open(data: &Path) -> Result<Self, Problem> {
        let path = data.join(FILE);
        // SQLite would make it readable for all.
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| broken(&error))?;
        let connection = Connection::open(&path).map_err(|error| broken(&error))?;
        schema::settle(&connection).map_err(|error| broken(&error))?;
        let mirror = Arc::new(RwLock::new(Mirror::default()));
        let mut store = Store { connection, mirror: Arc::clone(&mirror) };
        store.reflect_all()?;
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        thread::Builder::new()
            .name("people".into())
            .spawn(move || {
                while let Some(job) = queue.blocking_recv() {
                    job(&mut store);
                }
            })
            .map_err(|error| broken(&error))?;
        Ok(Self { jobs, mirror })
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

    /// What the gate asks; never held across anything that waits.
    pub fn mirror<T>(&self, look: impl FnOnce(&Mirror) -> T) -> T {
        look(&self.mirror.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Takes a person's row over into the mirror; after the change has been committed, before anybody
    /// hears of it.
    pub fn reflect(&self, person: &str) -> Result<(), Problem> {
        let held = self
            .connection
            .query_row(&format!("{HELD} WHERE id = ?1"), [person], held)
            .optional()?
            .map(|(_, held)| held);
        let mut mirror = self.mirror.write().unwrap_or_else(PoisonError::into_inner);
        match held {
            Some(held) => drop(mirror.people.insert(person.to_owned(), held)),
            None => drop(mirror.people.remove(person)),
        }
        Ok(())
    }

    fn reflect_all(&mut self) -> Result<(), Problem> {
        let mut statement = self.connection.prepare(HELD)?;
        let people = statement.query_map([], held)?.collect::<Result<_, _>>()?;
        self.mirror.write().unwrap_or_else(PoisonError::into_inner).people = people;
        Ok(())
    }
}

/// `refused`: erased, or the newest document takes back being recorded or live; then when that, or what
/// else the person last did, was.
const HELD: &str = "SELECT id, segment, listed, recorded, live, archived, credit,
        erased_at IS NOT NULL OR coalesce((SELECT kind = 'withdrawn' AND (points LIKE '%recorded%' OR points LIKE '%live%')
            FROM document WHERE person = person.id ORDER BY document.id DESC LIMIT 1), 0),
        coalesce(erased_at, (SELECT max(at) FROM document WHERE person = person.id))
    FROM person";

fn held(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, Held)> {
    let agreed = Agreed {
        recorded: row.get(3)?,
        live: row.get(4)?,
        archived: row.get(5)?,
        credit: row.get(6)?,
        refused: row.get(7)?,
        spoke_at: row.get::<_, Option<i64>>(8)?.map(|at| at as u64),
        answer: None,
    };
    Ok((row.get(0)?, Held { segment: row.get(1)?, listed: row.get(2)?, agreed }))
}

impl From<rusqlite::Error> for Problem {
    /// SQLite's own messages name tables, never what is in them.
    fn from(error: rusqlite::Error) -> Self {
        broken(&error)
    }
}

fn broken(error: &dyn std::error::Error) -> Problem {
    Problem::new(
        "people_store",
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
