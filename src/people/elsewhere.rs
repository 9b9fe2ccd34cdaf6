//! Where a segment went besides our own pages: what a withdrawal cannot call back by itself.

use rusqlite::{Connection, params};
use serde::Serialize;

use super::store::Store;
use crate::{media::unix_ms, protocol::Problem};

/// Something an animator has to see to on another platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Errand {
    /// To say that it is done.
    pub id: i64,
    /// The segment.
    pub segment: String,
    /// The output's label, or what else took it.
    pub place: String,
    /// Unix milliseconds at which it went there.
    pub at: u64,
    /// Unix milliseconds of the withdrawal.
    pub asked_at: u64,
    /// Unix milliseconds.
    pub done_at: Option<u64>,
}

/// Where a segment went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The output's label, or what else took it.
    pub place: String,
    /// Unix milliseconds at which it went there.
    pub at: u64,
    /// Unix milliseconds at which somebody was asked to call it back.
    pub asked_at: Option<u64>,
    /// Unix milliseconds at which that was done.
    pub done_at: Option<u64>,
}

/// Somebody withdrew from a segment: wherever it went, somebody has to ask for it.
pub(super) fn ask(connection: &Connection, segment: &str) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE elsewhere SET asked_at = ?2, done_at = NULL WHERE segment = ?1",
        params![segment, unix_ms() as i64],
    )?;
    Ok(())
}

impl Store {
    /// A segment went to these places. Where somebody in it has taken something back already, and signed
    /// nothing since, somebody has to ask for it there.
    pub fn went(&mut self, segment: &str, places: &[String]) -> Result<(), Problem> {
        for place in places {
            self.connection.execute(
                "INSERT INTO elsewhere (segment, place, at, asked_at) SELECT ?1, ?2, ?3,
                    (SELECT ?3 FROM person WHERE segment = ?1 AND (erased_at IS NOT NULL OR 'withdrawn' =
                        (SELECT kind FROM document WHERE person = person.id ORDER BY id DESC LIMIT 1)) LIMIT 1)
                 WHERE NOT EXISTS (SELECT 1 FROM elsewhere WHERE segment = ?1 AND place = ?2)",
                params![segment, place, unix_ms() as i64],
            )?;
        }
        Ok(())
    }

    /// A segment went to this place, and somebody has to see to it now.
    pub fn left_behind(&mut self, segment: &str, place: String) -> Result<(), Problem> {
        self.went(segment, std::slice::from_ref(&place))?;
        self.connection.execute(
            "UPDATE elsewhere SET asked_at = ?3, done_at = NULL WHERE segment = ?1 AND place = ?2",
            params![segment, place, unix_ms() as i64],
        )?;
        Ok(())
    }

    /// Where a segment went, oldest first.
    pub fn places_of(&mut self, segment: &str) -> Result<Vec<Place>, Problem> {
        let mut statement = self
            .connection
            .prepare("SELECT place, at, asked_at, done_at FROM elsewhere WHERE segment = ?1 ORDER BY at, id")?;
        let time = |at: Option<i64>| at.map(|at| at as u64);
        let places = statement.query_map([segment], |row| {
            Ok(Place {
                place: row.get(0)?,
                at: row.get::<_, i64>(1)? as u64,
                asked_at: time(row.get(2)?),
                done_at: time(row.get(3)?),
            })
        })?;
        Ok(places.collect::<Result<_, _>>()?)
    }

    /// What went out under this name has to be asked for wherever it went.
    pub fn recalled(&mut self, segment: &str) -> Result<(), Problem> {
        Ok(ask(&self.connection, segment)?)
    }

    /// What is to be done, or was, newest first.
    pub fn errands(&mut self) -> Result<Vec<Errand>, Problem> {
        let mut statement = self.connection.prepare(
            "SELECT id, segment, place, at, asked_at, done_at FROM elsewhere
             WHERE asked_at IS NOT NULL ORDER BY done_at IS NOT NULL, asked_at DESC LIMIT 500",
        )?;
        let errands = statement.query_map([], |row| {
            Ok(Errand {
                id: row.get(0)?,
                segment: row.get(1)?,
                place: row.get(2)?,
                at: row.get::<_, i64>(3)? as u64,
                asked_at: row.get::<_, i64>(4)? as u64,
                done_at: row.get::<_, Option<i64>>(5)?.map(|at| at as u64),
            })
        })?;
        Ok(errands.collect::<Result<_, _>>()?)
    }

    /// An errand was done, or not after all.
    pub fn errand_done(&mut self, id: i64, done: bool) -> Result<(), Problem> {
        let at = done.then(|| unix_ms() as i64);
        let changed = self
            .connection
            .execute("UPDATE elsewhere SET done_at = ?2 WHERE id = ?1 AND asked_at IS NOT NULL", params![id, at])?;
        if changed == 1 {
            return Ok(());
        }
        Err(Problem::operator(
            "unknown_errand",
            "Cette démarche n'existe pas. Rechargez la page.",
            "There is no such errand. Reload the page.",
        ))
    }
}
