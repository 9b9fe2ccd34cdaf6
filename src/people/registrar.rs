//! The one who writes down what people sign, take back and have erased.
//!
//! What is written down has to be followed by much else, in the whole studio. So the handle that every door
//! gets, [`People`], cannot do it; the studio holds the one registrar, and carries the operations out.

use std::path::Path;

use super::{
    Answering, Kind, Operation, People, Point, Signature, Signing, links::unknown_link, list, store::Store, today,
};
use crate::{
    config::Config,
    media::unix_ms,
    protocol::{Problem, Role, Segment},
    tokens::sha256,
};

/// Writes to `people.sqlite` what has consequences elsewhere. Each change comes back as an [`Operation`],
/// which stays open until [`Registrar::finish`]; `None`: nothing is left to be done.
pub struct Registrar {
    people: People,
}

impl Registrar {
    /// Opens `people.sqlite` in the data folder, for the people of this rundown. Blocking.
    ///
    /// # Errors
    /// `people_store`, `people_newer`.
    pub fn open(data: &Path, config: &Config, rundown: &[Segment]) -> Result<Self, Problem> {
        Ok(Self { people: People::open(data, config, list::of(rundown))? })
    }

    /// The handle for everybody else.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// Keeps a signature, or, where guardians sign elsewhere, the form until they have; `by`: who entered a paper form. Returns the person's new link too: the others have
    /// been seen by whoever handed them on, and end. `again`: it comes by a link that has ended, which is good
    /// for nothing but what was signed by it.
    ///
    /// # Errors
    /// As [`Signing::check`]; `unknown_person`, `unknown_link`, `people_store`.
    pub async fn sign(
        &self,
        person: &str,
        mut signing: Signing,
        by: Option<Role>,
        again: bool,
    ) -> Result<(String, Option<Operation>), Problem> {
        let people = &self.people;
        let (person, texts, one_guardian) = (person.to_owned(), people.texts(), people.one_guardian);
        if by.is_some() {
            // Paper is signed by all of them.
            signing.guardians.iter_mut().for_each(|guardian| guardian.elsewhere = false);
        }
        people
            .thread
            .ask(move |store| {
                let terms = texts.terms(&signing.language)?;
                let mut signing = signing.check(&terms, one_guardian, today())?;
                if let Some(device) = &mut signing.device {
                    // Nobody can tell by it that somebody of another segment signed on the same device.
                    *device = sha256(store.segment_of(&person)? + device);
                }
                let waits = signing.awaited().next().is_some();
                let same = |store: &mut Store| match waits {
                    true => store.waits_for(&person, &signing),
                    false => store.signed_last(&person, &signing, &terms),
                };
                if again && !same(store)? {
                    return Err(unknown_link());
                }
                if waits {
                    store.wait(&person, &signing)?;
                    return Ok((store.own_link(&person)?, None));
                }
                let operation = store.sign(&person, &signing, &terms, by)?;
                Ok((store.own_link(&person)?, operation))
            })
            .await
    }

    /// A guardian signs by a link of their own; what the last one's signature leads to. `hash`: SHA-256 of the text
    /// that they were shown.
    ///
    /// # Errors
    /// `unknown_link`, `text_changed`, `empty`, `empty_signature`, `guardians_needed`, `people_store`.
    pub async fn sign_as_guardian(
        &self,
        token: &str,
        signature: Signature,
        hash: String,
    ) -> Result<Option<Operation>, Problem> {
        let (token, texts, one_guardian) = (token.to_owned(), self.people.texts(), self.people.one_guardian);
        self.people
            .thread
            .ask(move |store| {
                let terms = texts.terms(&store.guardian_form(&token)?.language)?;
                store.sign_as_guardian(&token, signature, &hash, &terms, one_guardian, today())
            })
            .await
    }

    /// Takes agreements back.
    ///
    /// # Errors
    /// `unknown_person`, `people_store`.
    pub async fn withdraw(
        &self,
        person: &str,
        points: Vec<Point>,
        language: String,
    ) -> Result<Option<Operation>, Problem> {
        let (person, texts) = (person.to_owned(), self.people.texts());
        self.people.thread.ask(move |store| store.withdraw(&person, &points, &texts.terms(&language)?)).await
    }

    /// Keeps what somebody says of a cut of their clip. `None`: they have said so before, and all of that has
    /// been carried out.
    ///
    /// # Errors
    /// `unknown_person`, `people_store`; `not_agreed` of whoever has not agreed to be archived; `guardians_needed`.
    pub async fn answer(&self, person: &str, said: Answering) -> Result<Option<Operation>, Problem> {
        let person = person.to_owned();
        self.people.thread.ask(move |store| store.answer_clip(&person, &said)).await
    }

    /// Erases all that says who a person is, in the database.
    ///
    /// # Errors
    /// `unknown_person`, `people_store`.
    pub async fn erase(&self, person: &str) -> Result<Option<Operation>, Problem> {
        let person = person.to_owned();
        self.people.thread.ask(move |store| store.erase(&person)).await
    }

    /// Somebody's no could not be written down: from now on they agree to nothing, until it has been. Returns
    /// what follows from that, which is no operation of the database; `None`: nobody knows the person.
    pub fn refuse(&self, person: &str) -> Option<Operation> {
        let segment = self.people.register().refuse(person, unix_ms())?;
        Some(Operation { id: 0, kind: Kind::Withdrawn, person: person.to_owned(), segment, names: Vec::new() })
    }

    /// What has not been carried out, in the order in which people acted.
    ///
    /// # Errors
    /// `people_store`.
    pub async fn open_operations(&self) -> Result<Vec<Operation>, Problem> {
        self.people.thread.ask(|store| store.open_operations()).await
    }

    /// All of an operation has been carried out.
    ///
    /// # Errors
    /// `people_store`, and then it stays open.
    pub async fn finish(&self, operation: i64) -> Result<(), Problem> {
        self.people.thread.ask(move |store| store.finish(operation)).await
    }
}
