//! What people have agreed to, in memory: asked at every door, at any time, by any thread.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::Agreed;

/// Everybody's agreements as the people's database has them. Cheap to clone, and all clones are one.
/// The default knows nobody: whoever asks it gets *no*.
#[derive(Debug, Clone, Default)]
pub struct Register(Arc<RwLock<Held>>);

#[derive(Debug, Default)]
struct Held {
    people: HashMap<String, Entry>,
    /// Those who said no, and since when (Unix milliseconds), where that could not be written down.
    refused: HashMap<String, u64>,
    /// Those whom a segment lists.
    listed: HashMap<String, BTreeSet<String>>,
    /// Operations that have not reached everything yet, with their segment.
    open: HashMap<i64, String>,
}

/// A participation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its segment.
    pub segment: String,
    /// It stands in the segment's list, also without its name.
    pub listed: bool,
    /// What has been agreed to.
    pub agreed: Agreed,
}

impl Register {
    /// What a participation has agreed to by now; nothing where nobody knows it.
    pub fn agreed(&self, person: &str) -> Agreed {
        let held = self.read();
        let agreed = held.people.get(person).map(|entry| entry.agreed.clone()).unwrap_or_default();
        match held.refused.get(person) {
            Some(at) => Agreed { refused: true, spoke_at: agreed.spoke_at.max(Some(*at)), ..Agreed::default() },
            None => agreed,
        }
    }

    /// The participations, by id and in the order of ids, that a segment lists.
    pub fn people_of(&self, segment: &str) -> Vec<String> {
        self.read().listed.get(segment).into_iter().flatten().cloned().collect()
    }

    /// Somebody of a segment has signed, taken back or had erased something, and that has not reached
    /// everything yet: its works are [`super::Shelf::Unfinished`].
    pub fn unfinished(&self, segment: &str) -> bool {
        self.read().open.values().any(|open| open == segment)
    }

    /// Takes a participation over, or its change; `None`: it is not known any more.
    pub fn put(&self, person: &str, entry: Option<Entry>) {
        let mut held = self.write();
        if let Some(before) = held.people.remove(person)
            && let Some(listed) = held.listed.get_mut(&before.segment)
        {
            listed.remove(person);
        }
        let Some(entry) = entry else { return };
        if entry.listed {
            held.listed.entry(entry.segment.clone()).or_default().insert(person.to_owned());
        }
        held.people.insert(person.to_owned(), entry);
    }

    /// A segment lists a participation that may not be known yet: it has agreed to nothing.
    pub fn list(&self, person: &str, segment: &str) {
        let mut held = self.write();
        if !held.people.contains_key(person) {
            held.listed.entry(segment.to_owned()).or_default().insert(person.to_owned());
            let entry = Entry { segment: segment.to_owned(), listed: true, agreed: Agreed::default() };
            held.people.insert(person.to_owned(), entry);
        }
    }

    /// A participation agrees to nothing from this moment on, Unix milliseconds, whatever is written down.
    /// Returns its segment; `None`: it is not known.
    pub fn refuse(&self, person: &str, at: u64) -> Option<String> {
        let mut held = self.write();
        let segment = held.people.get(person)?.segment.clone();
        held.refused.insert(person.to_owned(), at);
        Some(segment)
    }

    /// What a participation says is written down again.
    pub fn heard(&self, person: &str) {
        self.write().refused.remove(person);
    }

    /// An operation on a segment begins.
    pub fn begin(&self, operation: i64, segment: &str) {
        self.write().open.insert(operation, segment.to_owned());
    }

    /// An operation has reached everything.
    pub fn finish(&self, operation: i64) {
        self.write().open.remove(&operation);
    }

    // What is held is whole after each statement.
    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
