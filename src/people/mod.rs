//! Who takes part, and what they have agreed to.
//!
//! ```text
//! panel ──► People ──► thread ──► people.sqlite
//!              │          └─────► mirror (memory)
//! gate  ──► agreed() ◄───────────────┘
//! ```
//! One thread owns the database. The gate never waits for it: what it asks is mirrored in memory, and
//! the mirror changes after the database and before whoever caused the change gets an answer. Names,
//! contacts and signatures stay in the database and in the desk's rundown; they reach no log.

mod agreed;
mod elsewhere;
mod links;
mod list;
mod local;
mod schema;
mod store;

pub use agreed::{Agreed, Point};
pub use links::Person;
pub use local::{date, local_day, local_hour};
pub use store::FILE;

use std::path::Path;

use crate::protocol::{Problem, Segment};

/// A name for a segment or a person: 64 random bits.
pub fn random_id() -> String {
    links::hex(&rand::random::<[u8; 8]>())
}

/// The people; cheap to clone.
#[derive(Clone)]
pub struct People {
    thread: store::Thread,
}

impl People {
    /// Opens `people.sqlite` in the data folder. Blocking.
    ///
    /// # Errors
    /// `people_store`.
    pub fn open(data: &Path) -> Result<Self, Problem> {
        Ok(Self { thread: store::Thread::open(data)? })
    }

    /// Who holds a personal link; `None` for a forged or expired one.
    pub async fn person_of(&self, token: &str) -> Option<Person> {
        self.holder(token).await.ok()
    }

    /// Who holds a personal link.
    ///
    /// # Errors
    /// `unknown_link`, `expired_link`, `busy`, `people_store`.
    pub async fn holder(&self, token: &str) -> Result<Person, Problem> {
        let token = token.to_owned();
        self.thread.ask(move |store| store.holder(&token)).await
    }

    /// Takes the rundown's list of who takes part over. Returns at once; whatever is asked later knows it.
    pub fn know(&self, rundown: &[Segment]) {
        let list = list::of(rundown);
        self.thread.tell(move |store| store.know(&list));
    }

    /// A segment went to these places while it was on air. Returns at once.
    pub fn went(&self, segment: &str, places: Vec<String>) {
        let segment = segment.to_owned();
        self.thread.tell(move |store| store.went(&segment, &places));
    }

    /// What a person has agreed to; never waits.
    pub fn agreements(&self, person: &str) -> Agreed {
        self.thread.mirror(|mirror| mirror.agreed(person))
    }

    /// Whether everybody listed in a segment has agreed to a point; never waits.
    pub fn agreed(&self, segment: &str, point: Point) -> bool {
        self.thread.mirror(|mirror| mirror.of_segment(segment).all(|agreed| agreed.to(point)))
    }
}
