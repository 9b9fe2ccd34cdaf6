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

mod answers;
mod elsewhere;
mod file;
mod guardians;
mod links;
mod list;
mod local;
mod operation;
mod registrar;
mod schema;
mod signing;
mod store;
mod terms;
#[cfg(test)]
mod tests;
mod visits;

pub use crate::rights::{Agreed, Point, Register};
pub use answers::{Answered, Answering};
pub use elsewhere::{Errand, Place};
pub use file::{Document, File};
pub use guardians::{GuardianForm, Waiting};
pub use links::Person;
pub use local::{date, local_day, local_hour};
pub use operation::{Kind, Operation};
pub use registrar::Registrar;
pub use signing::{CreditWish, Signature, Signing, today};
pub use store::{FILE, STORE, register};
pub use terms::{Advice, Choice, Part, Question, Terms, Texts};
pub use visits::{Answers, Count, LEAST_GROUP, Tally, merge_hours, merge_small};

use std::{path::Path, sync::Arc};

use links::UNKNOWN_LINK;

use crate::{
    config::Config,
    media::Descriptions,
    protocol::{Problem, Segment},
    term::Term,
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
    fn open(data: &Path, config: &Config, list: Vec<list::Listed>) -> Result<Self, Problem> {
        Ok(Self {
            thread: store::Thread::open(data, list)?,
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

    /// Who signs by this personal link, and whether it has ended: then it is good for nothing but what was
    /// signed by it, by whoever did not hear the answer.
    ///
    /// # Errors
    /// As [`People::holder`].
    pub async fn signer(&self, token: &str) -> Result<(String, bool), Problem> {
        let token = token.to_owned();
        self.thread
            .ask(move |store| match store.holder(&token) {
                Err(unknown) if unknown.code == UNKNOWN_LINK => store.signer(&token).map(|person| (person, true)),
                holder => holder.map(|person| (person.id, false)),
            })
            .await
    }

    /// Whose data a personal link has erased, or has had erased.
    ///
    /// # Errors
    /// As [`People::holder`].
    pub async fn eraser(&self, token: &str) -> Result<String, Problem> {
        let token = token.to_owned();
        self.thread
            .ask(move |store| match store.holder(&token) {
                Err(unknown) if unknown.code == UNKNOWN_LINK => store.erased(&token),
                holder => holder.map(|person| person.id),
            })
            .await
    }

    /// A new personal link's token; an invitation ends after a day or when its person signs.
    ///
    /// # Errors
    /// `unknown_person`.
    pub async fn new_link(&self, person: &str, invitation: bool) -> Result<String, Problem> {
        let person = person.to_owned();
        self.thread.ask(move |store| store.new_link(&person, invitation)).await
    }

    /// A new link for a guardian, counted from 1, for whose signature a person's form waits; the earlier one ends.
    ///
    /// # Errors
    /// `no_guardian_awaited`.
    pub async fn guardian_link(&self, person: &str, guardian: usize) -> Result<String, Problem> {
        let person = person.to_owned();
        self.thread.ask(move |store| store.guardian_link(&person, guardian)).await
    }

    /// What a guardian's link opens.
    ///
    /// # Errors
    /// `unknown_link`.
    pub async fn guardian_form(&self, token: &str) -> Result<GuardianForm, Problem> {
        let token = token.to_owned();
        self.thread.ask(move |store| store.guardian_form(&token)).await
    }

    /// Takes the rundown's list of who takes part over. Returns at once; whatever is asked later knows it, and
    /// the register knows already that whoever is new has agreed to nothing.
    pub fn know(&self, rundown: &[Segment]) {
        let list = list::of(rundown);
        list.iter().for_each(|listed| self.register().list(&listed.person, &listed.segment));
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

    /// What went out under this name has to be asked for wherever it went. Returns at once.
    pub fn recalled(&self, segment: &str) {
        let segment = segment.to_owned();
        self.thread.tell(move |store| store.recalled(&segment));
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

    /// Everything held about a person.
    ///
    /// # Errors
    /// `unknown_person`.
    pub async fn file(&self, person: &str) -> Result<File, Problem> {
        let person = person.to_owned();
        self.thread.ask(move |store| store.file(&person)).await
    }

    /// Where a segment went besides the studio's own pages, oldest first.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn places_of(&self, segment: &str) -> Result<Vec<Place>, Problem> {
        let segment = segment.to_owned();
        self.thread.ask(move |store| store.places_of(&segment)).await
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

    /// Erases contacts that are older than the term; how many.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn forget_contacts(&self, term: Term) -> Result<usize, Problem> {
        self.thread.ask(move |store| store.forget_contacts(&term)).await
    }

    /// Erases birth dates that are older than the term; how many.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn forget_birth_dates(&self, term: Term) -> Result<usize, Problem> {
        self.thread.ask(move |store| store.forget_birth_dates(&term)).await
    }

    /// Erases forms that have waited for guardians for longer than the term; how many.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn forget_waiting(&self, term: Term) -> Result<usize, Problem> {
        self.thread.ask(move |store| store.forget_waiting(&term)).await
    }

    /// Everybody of these segments who has not been erased, by id, also who is no longer in the list.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn of(&self, segments: Vec<String>) -> Result<Vec<String>, Problem> {
        self.thread.ask(move |store| store.people_of(&segments)).await
    }
}
