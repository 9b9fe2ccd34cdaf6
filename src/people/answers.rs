//! What participants say of their clip before the public can see it.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{
    File,
    operation::{self, Kind, Operation},
    signing::{WITHDRAWN, to_json},
    store::Store,
};
use crate::{
    media::unix_ms,
    protocol::Problem,
    rights::{Answer, Given, agrees_to_publication, same_name},
};

/// What comes from the page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answering {
    /// Which cut of which clip was seen.
    pub cut: String,
    /// What is said of it.
    pub answer: Answer,
    /// Of a minor's: the guardians who say that it is fine, by the names they signed with.
    #[serde(default)]
    pub guardians: Vec<String>,
}

/// An answer of the history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answered {
    /// What was said, when, and of which cut.
    #[serde(flatten)]
    pub given: Given,
    /// The guardians who said so, of a minor's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guardians: Vec<String>,
}

impl File {
    /// The guardians who signed for a minor, by the names they wrote.
    pub fn signed_guardians(&self) -> Vec<String> {
        let signed = self.documents.iter().rev().find(|document| document.kind != WITHDRAWN);
        let guardians = signed.filter(|_| self.minor).and_then(|signed| signed.signatures["guardians"].as_array());
        let name = |guardian: &serde_json::Value| guardian["name"].as_str().map(str::to_owned);
        guardians.into_iter().flatten().filter_map(name).collect()
    }
}

impl Store {
    /// Keeps what somebody says of a cut of their clip, in place of what they said before. `None`: the same is kept
    /// already, and has reached everything.
    ///
    /// # Errors
    /// `unknown_person`; `not_agreed` of whoever has not agreed to be archived; `guardians_needed` where not every
    /// guardian who signed for a minor says that it is fine.
    pub fn answer_clip(&mut self, person: &str, said: &Answering) -> Result<Option<Operation>, Problem> {
        let file = self.file(person)?;
        if !agrees_to_publication(&file.agreed) {
            return Err(not_agreed());
        }
        let guardians = if said.answer == Answer::Fine { file.signed_guardians() } else { Vec::new() };
        let says = |name: &String| said.guardians.iter().any(|said| same_name(said, name));
        if !guardians.iter().all(says) {
            return Err(guardians_needed());
        }
        let before = file.agreed.answer;
        if before.is_some_and(|before| before.cut == said.cut && before.answer == said.answer) {
            return self.open_operation_of(person);
        }
        let change = self.connection.transaction()?;
        let operation = operation::begin(&change, Kind::Answered, person)?;
        void(&change, person)?;
        change.execute(
            "INSERT INTO clip_answer (person, at, cut, answer, guardians) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![person, unix_ms() as i64, said.cut, to_json(&said.answer), to_json(&guardians)],
        )?;
        change.commit()?;
        self.begun(&operation)?;
        Ok(Some(operation))
    }
}

/// What somebody has said holds no longer.
pub(super) fn void(change: &Transaction<'_>, person: &str) -> rusqlite::Result<()> {
    change.execute("UPDATE clip_answer SET holds = 0 WHERE person = ?1 AND holds", [person]).map(drop)
}

/// What somebody has said and holds. An answer that cannot be read is none.
pub(super) fn held(connection: &Connection, person: &str) -> rusqlite::Result<Option<Given>> {
    let sql = "SELECT at, cut, answer, guardians FROM clip_answer WHERE person = ?1 AND holds";
    let found = connection.query_row(sql, [person], read).optional()?;
    Ok(found.flatten().map(|answered| answered.given))
}

/// All that somebody has said, oldest first.
pub(super) fn all(connection: &Connection, person: &str) -> rusqlite::Result<Vec<Answered>> {
    let sql = "SELECT at, cut, answer, guardians FROM clip_answer WHERE person = ?1 ORDER BY id";
    let mut all = connection.prepare(sql)?;
    let answers = all.query_map([person], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(answers.into_iter().flatten().collect())
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Answered>> {
    let answer: Option<Answer> = serde_json::from_str(&row.get::<_, String>(2)?).ok();
    let (at, cut) = (row.get::<_, i64>(0)? as u64, row.get(1)?);
    let guardians = serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default();
    Ok(answer.map(|answer| Answered { given: Given { at, cut, answer }, guardians }))
}

fn not_agreed() -> Problem {
    Problem::operator(
        "not_agreed",
        "Vous n'avez pas donné votre accord à la publication : il n'y a rien à valider. Signez d'abord votre accord.",
        "You have not agreed to the publication, so there is nothing to say of the clip. Sign your agreement first.",
    )
}

fn guardians_needed() -> Problem {
    Problem::operator(
        "guardians_needed",
        "Les responsables légaux qui ont signé doivent aussi avoir vu le clip : cochez chacun d'eux, puis répondez.",
        "The guardians who signed have to have seen the clip as well: tick each of them, then answer.",
    )
}
