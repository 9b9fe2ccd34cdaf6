//! Between the outside and the studio: what comes in waits here, a quarter of a second, bounded.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use indexmap::IndexMap;
use tokio::time::Instant;

use super::{
    clean,
    queue::{Gone, Incoming, NAME, TEXT, Taken},
};
use crate::allowance::Bucket;
use crate::protocol::{NetworkState, Origin, OutputStatus, Problem, Question, QuestionState};

/// Messages a second that one network gets through; nobody reads faster.
const RATE: f64 = 8.0;
/// Messages at once, after a quiet time.
const BURST: f64 = 40.0;
/// Entries that wait for the pump. Only deletions can fill it: messages are limited by their rate.
const PENDING: usize = 2000;

/// Where voices wait for the studio. Nothing is waited for with its lock held.
pub struct Intake {
    inner: Mutex<Inner>,
    /// The next question's number; starts at the time of the start, so that no id comes twice.
    next: AtomicU64,
}

struct Inner {
    pending: Vec<Incoming>,
    networks: IndexMap<String, NetworkState>,
    buckets: HashMap<String, Bucket>,
    networks_changed: bool,
}

impl Intake {
    /// For these networks, by id; `now` in Unix milliseconds.
    pub fn new(networks: IndexMap<String, NetworkState>, now: u64) -> Self {
        let inner = Inner { pending: Vec::new(), networks, buckets: HashMap::new(), networks_changed: false };
        Self { inner: Mutex::new(inner), next: AtomicU64::new(now) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A question from our own page, its name and text already clean; returns its id.
    pub fn ask(&self, name: String, text: String, network: &str, now: u64) -> String {
        let question = self.question(name, text, network, Origin::default(), now);
        let id = question.id.clone();
        self.push(Incoming::Said(question));
        id
    }

    /// A message from a network's chat; left out, and counted, when they come too fast or nothing
    /// is left of it.
    pub fn said(&self, name: &str, text: &str, origin: Origin, now: u64) {
        let network = {
            let mut inner = self.inner();
            let Some(state) = inner.networks.get_mut(&origin.connector) else { return };
            state.received += 1;
            let label = state.label.clone();
            inner.networks_changed = true;
            if !inner.passes(&origin.connector, Instant::now()) {
                if let Some(state) = inner.networks.get_mut(&origin.connector) {
                    state.dropped += 1;
                }
                return;
            }
            label
        };
        let (name, text) = (clean::line(name, NAME), clean::line(text, TEXT));
        if !name.is_empty() && !text.is_empty() {
            self.push(Incoming::Said(self.question(name, text, &network, origin, now)));
        }
    }

    /// A network took something back.
    pub fn gone(&self, connector: &str, what: Taken) {
        self.push(Incoming::Gone(Gone { connector: connector.into(), what }));
    }

    /// Where a network stands.
    pub fn network(&self, connector: &str, status: OutputStatus, problem: Option<Problem>, retry_at: Option<u64>) {
        let mut inner = self.inner();
        if let Some(state) = inner.networks.get_mut(connector) {
            (state.status, state.problem, state.retry_at) = (status, problem, retry_at);
            inner.networks_changed = true;
        }
    }

    /// What came since the last call, and the networks if they changed.
    pub fn take(&self) -> (Vec<Incoming>, Option<IndexMap<String, NetworkState>>) {
        let mut inner = self.inner();
        let changed = std::mem::take(&mut inner.networks_changed);
        (std::mem::take(&mut inner.pending), changed.then(|| inner.networks.clone()))
    }

    fn push(&self, incoming: Incoming) {
        let mut inner = self.inner();
        if inner.pending.len() < PENDING {
            inner.pending.push(incoming);
        } else if let Incoming::Gone(gone) = incoming {
            // Too many deletions to keep apart: better nothing of this network than something deleted.
            inner.pending.retain(|known| !matches!(known, Incoming::Gone(other) if other.connector == gone.connector));
            inner.pending.push(Incoming::Gone(Gone { what: Taken::Everything, ..gone }));
        }
    }

    fn question(&self, name: String, text: String, network: &str, origin: Origin, now: u64) -> Question {
        let id = format!("q{:x}", self.next.fetch_add(1, Ordering::Relaxed));
        let network = network.to_owned();
        Question { id, name, text, network, at: now, state: QuestionState::Waiting, since: now, origin }
    }
}

impl Inner {
    fn passes(&mut self, connector: &str, now: Instant) -> bool {
        if !self.buckets.contains_key(connector) {
            self.buckets.insert(connector.to_owned(), Bucket::new(BURST, RATE, now));
        }
        self.buckets.get_mut(connector).is_some_and(|bucket| bucket.take(now).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn intake() -> Intake {
        let state = NetworkState {
            label: "Le chat".into(),
            kind: "irc".into(),
            status: OutputStatus::Live,
            problem: None,
            retry_at: None,
            received: 0,
            dropped: 0,
        };
        Intake::new([("chat".to_owned(), state)].into(), 1000)
    }

    fn origin(message: &str) -> Origin {
        Origin { connector: "chat".into(), message: Some(message.into()), author: None }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_counted_and_what_people_can_read_gets_through() {
        let intake = intake();
        for second in 0..10u64 {
            for n in 0..1000 {
                intake.said("bot", &format!("message {second}/{n}"), origin(&format!("{second}/{n}")), 0);
            }
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let (batch, networks) = intake.take();
        assert!((100..=130).contains(&batch.len()), "{}", batch.len());
        let state = &networks.unwrap()["chat"];
        assert_eq!((state.received, state.dropped), (10_000, 10_000 - batch.len() as u64));
        assert_eq!(intake.take(), (Vec::new(), None));
    }

    #[tokio::test]
    async fn deletions_without_end_become_one_of_everything() {
        let intake = intake();
        for n in 0..100_000 {
            intake.gone("chat", Taken::Message(n.to_string()));
        }
        let (batch, _) = intake.take();
        assert!(batch.len() <= PENDING);
        assert!(batch.contains(&Incoming::Gone(Gone { connector: "chat".into(), what: Taken::Everything })));
    }

    #[tokio::test]
    async fn a_megabyte_becomes_a_line_and_nothing_becomes_no_question() {
        let intake = intake();
        intake.said("Zoé", &"x".repeat(1 << 20), origin("1"), 7);
        intake.said("Zoé", "\u{200b}\u{202e}", origin("2"), 7);
        let (batch, _) = intake.take();
        let [Incoming::Said(question)] = &batch[..] else { panic!("{batch:?}") };
        assert_eq!(clean::length(&question.text), TEXT);
        assert_eq!((question.network.as_str(), question.at), ("Le chat", 7));
    }
}
