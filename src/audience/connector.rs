//! Keeps one network's chat going: connects, tells where it stands, tries again.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tracing::{info, warn};

use super::{Intake, queue::Taken};
use crate::{
    media::unix_ms,
    protocol::{Fault, Origin, OutputStatus, Problem},
};

/// A conversation that lasted this long was a good one: the next attempt comes soon.
const GOOD: Duration = Duration::from_secs(5);
/// Longest pause between two attempts, seconds.
const LONGEST: u64 = 60;

/// What a conversation becomes; boxed, so that networks stand in one list.
pub type Talk<'a> = Pin<Box<dyn Future<Output = Ended> + Send + 'a>>;

/// A network's chat. One file in networks/ each.
pub trait Network: Send {
    /// Connects, hands what is said to `desk`, and returns when it is over. Everything that is read
    /// is limited in size, and everything that is waited for in time.
    fn talk<'a>(&'a mut self, desk: &'a Desk) -> Talk<'a>;
}

/// Why a conversation is over.
#[derive(Debug)]
pub struct Ended {
    /// For a person; `None`: as the protocol foresees, and the next begins at once.
    pub problem: Option<Problem>,
    /// Trying again without a change here is in vain (a wrong channel, an expired token).
    pub refused: bool,
    /// The network wants this much peace.
    pub wait: Option<Duration>,
}

impl Ended {
    /// The other side is away, or fell silent, or talks nonsense.
    pub fn lost(problem: Problem) -> Self {
        Self { problem: Some(problem), refused: false, wait: None }
    }

    /// Something here has to be corrected.
    pub fn refused(problem: Problem) -> Self {
        Self { problem: Some(problem), refused: true, wait: None }
    }
}

/// What a network hands over, and to whom.
pub struct Desk {
    connector: String,
    intake: Arc<Intake>,
    live: Mutex<Option<Instant>>,
}

impl Desk {
    fn new(connector: String, intake: Arc<Intake>) -> Self {
        Self { connector, intake, live: Mutex::default() }
    }

    /// From now on messages come.
    pub fn live(&self) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.replace(Instant::now()).is_none() {
            info!(connector = self.connector, "a network's chat is live");
            self.intake.network(&self.connector, OutputStatus::Live, None, None);
        }
    }

    /// Somebody said something; `message` and `author` as the network calls them.
    pub fn said(&self, name: &str, text: &str, message: Option<&str>, author: Option<&str>) {
        let origin = Origin {
            connector: self.connector.clone(),
            message: message.map(str::to_owned),
            author: author.map(str::to_owned),
        };
        self.intake.said(name, text, origin, unix_ms());
    }

    /// The network takes something back.
    pub fn gone(&self, what: Taken) {
        self.intake.gone(&self.connector, what);
    }
}

/// Runs a connector for as long as the studio.
pub async fn keep(connector: String, open: impl Fn() -> Box<dyn Network>, intake: Arc<Intake>) {
    let mut network = open();
    let mut failures = 0u32;
    let mut problem: Option<Problem> = None;
    loop {
        intake.network(&connector, OutputStatus::Connecting, problem.take(), None);
        let desk = Arc::new(Desk::new(connector.clone(), intake.clone()));
        let theirs = desk.clone();
        // A task of its own: what panics in it is this conversation's affair alone.
        let talk = tokio::spawn(async move {
            let ended = network.talk(&theirs).await;
            (network, ended)
        });
        let ended;
        (network, ended) = match talk.await {
            Ok(back) => back,
            Err(error) => {
                tracing::error!(connector, %error, "a network's chat");
                (open(), Ended::lost(ours()))
            }
        };
        let lasted = desk.live.lock().unwrap_or_else(PoisonError::into_inner).map(|since| since.elapsed());
        failures = if lasted.is_some_and(|lasted| lasted >= GOOD) { 1 } else { failures.saturating_add(1) };
        let seconds = match ended.refused {
            true => LONGEST,
            false => (1u64 << (failures - 1).min(6)).min(LONGEST),
        };
        // Jitter: chats that were lost together do not come back together.
        let wait = ended.wait.unwrap_or_else(|| Duration::from_secs(seconds).mul_f64(rand::random_range(0.8..1.2)));
        if let Some(problem) = &ended.problem {
            warn!(connector, code = problem.code, reason = problem.text.en, "a network's chat is lost");
        }
        problem = ended.problem;
        let status = if ended.refused { OutputStatus::Refused } else { OutputStatus::Retrying };
        let at = unix_ms() + u64::try_from(wait.as_millis()).unwrap_or(u64::MAX / 2);
        intake.network(&connector, status, problem.clone(), Some(at));
        tokio::time::sleep(wait).await;
    }
}

fn ours() -> Problem {
    Problem::new(
        "connector_failed",
        Fault::Ours,
        "La lecture de ce tchat a échoué de notre côté ; elle reprend toute seule.",
        "Reading this chat failed on our side; it begins again by itself.",
    )
}
