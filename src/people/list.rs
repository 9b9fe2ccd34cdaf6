//! Who takes part, as the rundown lists them.

use rusqlite::params;

use super::{
    operation::{self, Kind},
    store::Store,
};
use crate::{
    media::unix_ms,
    protocol::{Problem, Segment, SegmentState},
    rundown::NOBODY,
};

/// A participant as the rundown has them.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The participation.
    pub person: String,
    /// Its segment.
    pub segment: String,
    name: String,
    /// The segment is over, or will not take place.
    over: bool,
}

/// The rundown's people.
pub fn of(rundown: &[Segment]) -> Vec<Listed> {
    let people = rundown.iter().flat_map(|segment| {
        segment.participants.iter().map(|participant| Listed {
            person: participant.id.clone(),
            segment: segment.id.clone(),
            name: participant.name.clone(),
            over: matches!(segment.state, SegmentState::Done | SegmentState::Dropped),
        })
    });
    people.collect()
}

impl Store {
    /// Takes the list over. Whoever is no longer listed and has signed nothing is forgotten.
    pub fn know(&mut self, list: &[Listed]) -> Result<(), Problem> {
        let now = unix_ms() as i64;
        let change = self.connection.transaction()?;
        let before: Vec<String> = {
            let mut statement = change.prepare("SELECT id FROM person WHERE listed")?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        change.execute("UPDATE person SET listed = 0 WHERE listed", [])?;
        {
            let mut add = change.prepare(
                "INSERT INTO person (id, segment, name, made_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO UPDATE SET listed = 1, segment = ?2,
                    name = CASE WHEN erased_at IS NULL THEN ?3 ELSE '' END",
            )?;
            for listed in list {
                add.execute(params![listed.person, listed.segment, listed.name, now])?;
            }
        }
        // With the segment ends what waits for guardians.
        let mut waiting: Vec<String> = {
            let mut waiting = change.prepare("SELECT person FROM waiting UNION SELECT person FROM guardian")?;
            waiting.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        waiting.retain(|person| !list.iter().any(|listed| listed.person == *person && !listed.over));
        for person in &waiting {
            for table in ["waiting", "guardian"] {
                change.execute(&format!("DELETE FROM {table} WHERE person = ?1"), [person])?;
            }
        }
        // The rundown has kept a name that its owner had erased: that has not been carried out.
        let erased: Vec<String> = {
            let mut erased = change.prepare(
                "SELECT id FROM person WHERE listed AND erased_at IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM operation WHERE person = person.id AND done_at IS NULL)",
            )?;
            erased.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let named = |person: &&String| list.iter().any(|listed| listed.person == **person && listed.name != NOBODY);
        let begun = erased.iter().filter(named).map(|person| operation::begin(&change, Kind::Erased, person));
        let begun: Vec<_> = begun.collect::<Result<_, _>>()?;
        change.execute(
            "DELETE FROM person WHERE NOT listed AND erased_at IS NULL AND contact IS NULL
                AND NOT EXISTS (SELECT 1 FROM document WHERE person = person.id)",
            [],
        )?;
        change.commit()?;
        for person in before.iter().chain(list.iter().map(|listed| &listed.person)) {
            self.reflect(person)?;
        }
        begun.iter().try_for_each(|operation| self.begun(operation))
    }
}
