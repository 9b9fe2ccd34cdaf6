//! Who came, and why: counts without a way back to a person.
//!
//! Times are kept to the hour and answers one by one, so that not even two answers of one person are
//! joined. Where fewer than five stand together they are merged into what stands beside them.

use rusqlite::params;
use serde::Serialize;

use super::{local_hour, store::Store};
use crate::protocol::Problem;

/// Groups below this are merged.
pub const LEAST_GROUP: u64 = 5;
/// People counted by one tap, at most.
const AT_ONCE: i64 = 100;

/// A count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// An hour `YYYY-MM-DDTHH`, a day, an answer's id; `other` for what was merged.
    pub of: String,
    /// How many.
    pub count: u64,
}

/// The answers to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answers {
    /// The question's id.
    pub question: String,
    /// By answer.
    pub counts: Vec<Count>,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Those who only looked, by hour.
    pub visitors: Vec<Count>,
    /// Their sum.
    pub visitors_total: u64,
    /// Answers by question.
    pub answers: Vec<Answers>,
    /// Answers by hour, all questions of one person counted once (by the first question).
    pub answered: Vec<Count>,
}

impl Store {
    /// Counts people who look; negative takes a wrong tap back, never below zero.
    pub fn visitors(&mut self, count: i64) -> Result<(), Problem> {
        if count == 0 || count.abs() > AT_ONCE {
            return Err(Problem::operator(
                "bad_count",
                format!("On compte de 1 à {AT_ONCE} personnes à la fois."),
                format!("From 1 to {AT_ONCE} people are counted at a time."),
            ));
        }
        self.connection.execute(
            "INSERT INTO visit (hour, kind, count) VALUES (?1, 'visitor', max(0, ?2))
             ON CONFLICT DO UPDATE SET count = max(0, count + ?2)",
            params![local_hour(), count],
        )?;
        Ok(())
    }

    /// Counts answers: pairs of a question's id and an answer's.
    pub fn answer(&mut self, answers: &[(String, String)]) -> Result<(), Problem> {
        let hour = local_hour();
        let change = self.connection.transaction()?;
        for (question, choice) in answers {
            change.execute(
                "INSERT INTO answer (hour, question, choice, count) VALUES (?1, ?2, ?3, 1)
                 ON CONFLICT DO UPDATE SET count = count + 1",
                params![hour, question, choice],
            )?;
        }
        change.commit()?;
        Ok(())
    }

    /// What was counted, with small groups merged.
    pub fn tally(&mut self) -> Result<Tally, Problem> {
        let counts = |sql: &str, key: Option<&str>| -> Result<Vec<Count>, Problem> {
            let mut statement = self.connection.prepare(sql)?;
            let read =
                |row: &rusqlite::Row<'_>| Ok(Count { of: row.get(0)?, count: row.get::<_, i64>(1)?.max(0) as u64 });
            let rows = match key {
                Some(key) => statement.query_map([key], read)?.collect::<Result<_, _>>()?,
                None => statement.query_map([], read)?.collect::<Result<_, _>>()?,
            };
            Ok(rows)
        };
        let visitors =
            counts("SELECT hour, sum(count) FROM visit GROUP BY hour HAVING sum(count) > 0 ORDER BY hour", None)?;
        let questions = counts("SELECT question, sum(count) FROM answer GROUP BY question ORDER BY min(rowid)", None)?;
        let mut answers = Vec::new();
        for question in &questions {
            let by_choice = counts(
                "SELECT choice, sum(count) FROM answer WHERE question = ?1 GROUP BY choice ORDER BY 2 DESC, 1",
                Some(&question.of),
            )?;
            answers.push(Answers { question: question.of.clone(), counts: merge_small(by_choice) });
        }
        let answered = match questions.first() {
            Some(first) => counts(
                "SELECT hour, sum(count) FROM answer WHERE question = ?1 GROUP BY hour ORDER BY hour",
                Some(&first.of),
            )?,
            None => Vec::new(),
        };
        Ok(Tally {
            visitors_total: visitors.iter().map(|count| count.count).sum(),
            visitors,
            answers,
            answered: merge_hours(answered),
        })
    }
}

/// Merges groups below five into `other`; while that is itself below five, the next smallest joins it.
pub fn merge_small(mut counts: Vec<Count>) -> Vec<Count> {
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.of.cmp(&b.of)));
    let mut other = 0;
    while let Some(last) = counts.last() {
        let joins = last.count < LEAST_GROUP || (1..LEAST_GROUP).contains(&other);
        if !joins {
            break;
        }
        other += last.count;
        counts.pop();
    }
    if other > 0 {
        counts.push(Count { of: "other".into(), count: other });
    }
    counts
}

/// Joins each hour of fewer than five to the next, the last to the one before: times stay in order.
pub fn merge_hours(counts: Vec<Count>) -> Vec<Count> {
    let mut merged: Vec<Count> = Vec::new();
    let mut carried: Option<Count> = None;
    for count in counts {
        let count = match carried.take() {
            Some(before) => Count { of: join(&before.of, &count.of), count: before.count + count.count },
            None => count,
        };
        if count.count < LEAST_GROUP { carried = Some(count) } else { merged.push(count) }
    }
    if let Some(rest) = carried {
        match merged.last_mut() {
            Some(last) => *last = Count { of: join(&last.of, &rest.of), count: last.count + rest.count },
            None => merged.push(Count { of: rest.of, count: rest.count }),
        }
    }
    merged
}

/// `2026-11-24T14` and `2026-11-24T16`: `2026-11-24T14/2026-11-24T16`.
fn join(from: &str, until: &str) -> String {
    let first = from.split('/').next().unwrap_or(from);
    let last = until.rsplit('/').next().unwrap_or(until);
    format!("{first}/{last}")
}
