//! Phones as cameras: slots that a phone fills by WebRTC.
//!
//! ```text
//! offer ──► Offer (read strictly) ──► Slot (one task, one seat) ──► Session (webrtcbin, decoders)
//!                                        │ status                        │ pictures, sound
//!                                        ▼                               ▼
//!                                     Report                        Destination
//! ```
//! Other kinds have a pipeline from the start; a phone has none until it calls.

mod offer;
mod refusal;
mod session;
mod slot;

pub use offer::{Offer, useful_candidate};
pub use refusal::{Reason, Refusal};
pub use slot::{Answer, Caller, Holder};

use std::sync::Arc;

use indexmap::IndexMap;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use self::slot::{Ask, Slot};
use super::{Destination, Report, source::Surroundings};
use crate::config::{Source, Webrtc};

/// Calls that may wait for the one that is being answered.
const WAITING: usize = 4;

/// Every slot, by its source's id; cheap to clone.
#[derive(Clone, Default)]
pub struct Phones {
    lines: Arc<IndexMap<String, Line>>,
    servers: Arc<Webrtc>,
    closing: CancellationToken,
}

#[derive(Clone)]
struct Line {
    label: String,
    asks: mpsc::Sender<Ask>,
}

impl Phones {
    /// Opens a slot for each of these sources.
    pub(super) fn start(
        sources: Vec<(Source, Arc<dyn Destination>)>,
        around: &Surroundings,
        reports: &mpsc::Sender<Report>,
    ) -> (Self, Vec<JoinHandle<()>>) {
        let closing = CancellationToken::new();
        let mut lines = IndexMap::new();
        let mut tasks = Vec::new();
        for (source, destination) in sources {
            let (asks, inbox) = mpsc::channel(WAITING);
            lines.insert(source.id.clone(), Line { label: source.label.clone(), asks });
            let slot = Slot::new(source, around.clone(), destination, reports.clone(), closing.clone());
            tasks.push(tokio::spawn(slot.run(inbox)));
        }
        (Self { lines: Arc::new(lines), servers: Arc::new(around.webrtc.clone()), closing }, tasks)
    }

    /// Ends every slot's task.
    pub(super) fn close(&self) {
        self.closing.cancel();
    }

    /// The slots' ids and labels, in order.
    pub fn slots(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|(id, line)| (id.as_str(), line.label.as_str()))
    }

    /// The servers that help phones far away.
    pub fn servers(&self) -> &Webrtc {
        &self.servers
    }

    /// A slot's label.
    pub fn label(&self, slot: &str) -> Option<&str> {
        self.lines.get(slot).map(|line| line.label.as_str())
    }

    /// The slot that `holder` has, else the first that nobody has.
    pub async fn free(&self, holder: &Holder) -> Option<String> {
        let mut free = None;
        for slot in self.lines.keys() {
            match self.holder(slot).await {
                Ok(Some(held)) if held == *holder => return Some(slot.clone()),
                Ok(None) if free.is_none() => free = Some(slot.clone()),
                _ => {}
            }
        }
        free
    }

    /// Who has a slot.
    ///
    /// # Errors
    /// No such slot.
    pub async fn holder(&self, slot: &str) -> Result<Option<Holder>, Refusal> {
        self.ask(slot, |reply| Ask::Holder { reply }).await
    }

    /// A phone calls.
    ///
    /// # Errors
    /// No such slot; somebody else holds it; the offer cannot be answered.
    pub async fn call(&self, slot: &str, caller: Caller, offer: Offer) -> Result<Answer, Refusal> {
        self.ask(slot, |reply| Ask::Call { caller, offer, reply }).await
    }

    /// A phone tells more of its addresses, as pairs of section and candidate. `false`: they belong to
    /// another ICE session than the one answered, which is not taken up.
    ///
    /// # Errors
    /// No such slot or session.
    pub async fn candidates(
        &self,
        slot: &str,
        session: &str,
        ufrag: Option<String>,
        candidates: Vec<(String, String)>,
    ) -> Result<bool, Refusal> {
        self.ask(slot, |reply| Ask::Candidates { session: session.into(), ufrag, candidates, reply }).await
    }

    /// A phone says goodbye (or the desk clears the slot, without a session).
    ///
    /// # Errors
    /// No such slot or session.
    pub async fn hang_up(&self, slot: &str, session: Option<&str>) -> Result<(), Refusal> {
        self.ask(slot, |reply| Ask::Hang { session: session.map(str::to_owned), reply }).await
    }

    async fn ask<T>(
        &self,
        slot: &str,
        ask: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Ask,
    ) -> Result<T, Refusal> {
        let line = self.lines.get(slot).ok_or_else(|| Refusal::no_slot(slot))?;
        let (reply, answer) = oneshot::channel();
        line.asks.try_send(ask(reply)).map_err(|_| Refusal::busy())?;
        answer.await.map_err(|_| Refusal::busy())?
    }
}
