//! Who takes part, and what they have agreed to.
//!
//! ```text
//! panel ──► People ──► thread ──► people.sqlite
//!              │          └─────► register (memory)
//! gate  ──► agreements() ◄───────────┘
//! ```
//! One thread owns the database. The gate never waits for it: what it asks is in memory as well,
//! which changes after the database and before whoever caused the change gets an answer. Names,
//! contacts and signatures stay in the database and in the desk's rundown; they reach no log.

mod elsewhere;
mod file;
mod links;
mod list;
mod local;
mod retention;
mod schema;
mod signing;
mod store;
mod terms;
#[cfg(test)]
mod tests;
mod visits;

pub use crate::rights::{Agreed, Point, Register};
pub use elsewhere::Errand;
pub use file::{Document, File};
pub use links::Person;
pub use local::{date, local_day, local_hour};
pub use retention::sweep;
pub use signing::{CreditWish, Signature, Signing, today};
pub use store::{FILE, register};
pub use terms::{Advice, Choice, Part, Question, Terms, Texts};
pub use visits::{Answers, Count, LEAST_GROUP, Tally, merge_hours, merge_small};

use std::{path::Path, sync::Arc};

use crate::{
    config::Config,
    media::Descriptions,
    protocol::{Problem, Role, Segment},
};

/// A name for a segment or a person: 64 random bits.
pub fn random_id() -> String {
    crate::tokens::random::<8>()
}

/// The people; cheap to clone.
#[derive(Clone)]
pub struct People {
    thread: store::Thread,
    texts: Arc<Texts>,
    one_guardian: bool,
}

impl People {
    /// Opens `people.sqlite` in the data folder. Blocking.
    ///
    /// # Errors
    /// `people_store`.
    pub fn open(data: &Path, config: &Config) -> Result<Self, Problem> {
        Ok(Self {
            thread: store::Thread::open(data)?,
            texts: Arc::new(Texts::new(Descriptions::new(data), config)),
            one_guardian: config.agreement.one_guardian,
        })
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

    /// A new personal link's token; an invitation ends after a day or when its person signs.
    ///
    /// # Errors
    /// `unknown_person`.
    pub async fn new_link(&self, person: &str, invitation: bool) -> Result<String, Problem> {
        let person = person.to_owned();
        self.thread.ask(move |store| store.new_link(&person, invitation)).await
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

    /// A copy of a segment is there that has to go, and that the studio does not reach. Returns at once.
    pub fn left_behind(&self, segment: &str, place: &str) {
        let (segment, place) = (segment.to_owned(), place.to_owned());
        self.thread.tell(move |store| store.left_behind(&segment, place));
    }

    /// What a person has agreed to; never waits.
    pub fn agreements(&self, person: &str) -> Agreed {
        self.thread.register().agreed(person)
    }

    /// What people have agreed to, for whoever asks the authority on rights; never waits.
    pub fn register(&self) -> &Register {
        self.thread.register()
    }

    /// The texts that people read. Reading them is blocking.
    pub fn texts(&self) -> Arc<Texts> {
        Arc::clone(&self.texts)
    }

    /// One guardian may sign alone, giving a reason.
    pub fn one_guardian(&self) -> bool {
        self.one_guardian
    }

    /// Keeps a signature; `by`: who entered a paper form. Returns the person's new link: the others
    /// have been seen by whoever handed them on, and end. To be followed by
    /// [`people_changed`](crate::studio::Studio::people_changed).
    ///
    /// # Errors
    /// As [`Signing::check`]; `unknown_person`.
    pub async fn sign(&self, person: &str, signing: Signing, by: Option<Role>) -> Result<String, Problem> {
        let (person, texts, one_guardian) = (person.to_owned(), self.texts(), self.one_guardian);
        self.thread
            .ask(move |store| {
                let terms = texts.terms(&signing.language)?;
                let signing = signing.check(&terms, one_guardian, today())?;
                let before = store.file(&person)?;
                let token = store.sign(&person, &signing, &terms, by)?;
                let less = |point: Point| before.agreed.to(point) && !signing.points.contains(&point);
                if Point::ALL.into_iter().any(less) {
                    store.ask_elsewhere(&before.segment)?;
                }
                Ok(token)
            })
            .await
    }

    /// Takes agreements back. `false`: there was nothing to take back. To be followed by
    /// [`people_changed`](crate::studio::Studio::people_changed).
    ///
    /// # Errors
    /// `unknown_person`.
    pub async fn withdraw(&self, person: &str, points: Vec<Point>, language: String) -> Result<bool, Problem> {
        let (person, texts) = (person.to_owned(), self.texts());
        self.thread
            .ask(move |store| {
                let terms = texts.terms(&language)?;
                let segment = store.file(&person)?.segment;
                let changed = store.withdraw(&person, &points, &terms)?;
                if changed {
                    store.ask_elsewhere(&segment)?;
                }
                Ok(changed)
            })
            .await
    }

    /// Everything held about a person.
    ///
    /// # Errors
    /// `unknown_person`.
    pub async fn file(&self, person: &str) -> Result<File, Problem> {
        let person = person.to_owned();
        self.thread.ask(move |store| store.file(&person)).await
    }

    /// Erases all that says who a person is, here. To be followed by
    /// [`forget_person`](crate::studio::Studio::forget_person), which does the rest.
    ///
    /// # Errors
    /// `unknown_person`.
    pub async fn erase(&self, person: &str) -> Result<(), Problem> {
        let person = person.to_owned();
        self.thread
            .ask(move |store| {
                let segment = store.file(&person)?.segment;
                store.erase(&person)?;
                store.ask_elsewhere(&segment)
            })
            .await
    }

    /// What animators have to see to on other platforms.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn errands(&self) -> Result<Vec<Errand>, Problem> {
        self.thread.ask(|store| store.errands()).await
    }

    /// An errand was done, or not after all.
    ///
    /// # Errors
    /// `unknown_errand`.
    pub async fn errand_done(&self, id: i64, done: bool) -> Result<(), Problem> {
        self.thread.ask(move |store| store.errand_done(id, done)).await
    }

    /// Counts people who only look; negative takes a wrong tap back.
    ///
    /// # Errors
    /// `bad_count`.
    pub async fn visitors(&self, count: i64) -> Result<(), Problem> {
        self.thread.ask(move |store| store.visitors(count)).await
    }

    /// Counts anonymous answers, pairs of a question's id and an answer's.
    ///
    /// # Errors
    /// `bad_answer` for what was not asked.
    pub async fn answer(&self, answers: Vec<(String, String)>) -> Result<(), Problem> {
        let texts = self.texts();
        self.thread
            .ask(move |store| {
                let survey = texts.survey()?;
                let asked = |(question, choice): &(String, String)| {
                    let question = survey.iter().find(|asked| asked.id == *question);
                    question.is_some_and(|question| question.choices.iter().any(|known| known.id == *choice))
                };
                let mut questions: Vec<&str> = answers.iter().map(|(question, _)| question.as_str()).collect();
                questions.sort_unstable();
                questions.dedup();
                if answers.is_empty() || questions.len() != answers.len() || !answers.iter().all(asked) {
                    return Err(Problem::operator(
                        "bad_answer",
                        "Ces réponses ne correspondent pas aux questions. Rechargez la page.",
                        "These answers do not fit the questions. Reload the page.",
                    ));
                }
                store.answer(&answers)
            })
            .await
    }

    /// What was counted.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn tally(&self) -> Result<Tally, Problem> {
        self.thread.ask(|store| store.tally()).await
    }

    /// Erases contacts and birth dates older than a moment, Unix milliseconds; how many.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn forget_contacts(&self, before: u64) -> Result<usize, Problem> {
        self.thread.ask(move |store| store.forget_contacts(before)).await
    }
}
