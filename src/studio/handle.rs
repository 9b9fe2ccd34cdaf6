//! What everybody else holds of the studio: a way to ask, and a way to follow.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::{Inbox, operations::Operations};
use crate::archive::Archive;
use crate::audience::Audience;
use crate::booth::Booth;
use crate::capture::phone::Phones;
use crate::outputs::{hls::Live, monitors::Monitors};
use crate::people::People;
use crate::protocol::{
    ArchiveCommand, Event, Message, Permitted, Problem, Role, Segment, SegmentAdd, State, StudioCommand,
};

/// A cheap handle on the running studio.
#[derive(Clone)]
pub struct Studio {
    pub(super) inbox: mpsc::Sender<Inbox>,
    pub(super) meters: watch::Receiver<Option<Arc<Message>>>,
    pub(super) monitors: Monitors,
    pub(super) live: Live,
    pub(super) audience: Audience,
    pub(super) archive: Archive,
    pub(super) people: People,
    pub(super) phones: Phones,
    pub(super) operations: Operations,
    pub(super) booth: Booth,
}

/// The state at a revision, and every event after it.
pub struct Subscription {
    /// The revision of `state`.
    pub rev: u64,
    /// The whole state at `rev`.
    pub state: Arc<State>,
    /// Events `rev + 1`, `rev + 2`, …; a receiver that lags must subscribe again.
    pub events: broadcast::Receiver<Arc<(u64, Event)>>,
}

impl Studio {
    /// Carries a command out.
    ///
    /// # Errors
    /// `forbidden` for a role that is not enough; else why not.
    pub async fn command(&self, role: Role, command: StudioCommand) -> Result<(), Problem> {
        let command = Permitted::check(role, command)?;
        self.ask(|reply| Inbox::Command { command, reply }).await
    }

    /// Has the archive carry a command out; returns when that is done.
    ///
    /// # Errors
    /// `forbidden` for a role that is not enough; else why not.
    pub async fn archive_command(&self, role: Role, command: ArchiveCommand) -> Result<(), Problem> {
        let command = Permitted::check(role, command)?;
        self.ask(|reply| Inbox::Archive { command, reply }).await
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<Result<T, Problem>>) -> Inbox) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let closing =
            || Problem::operator("closing", "Le studio est en train de s'arrêter.", "The studio is shutting down.");
        self.inbox.send(message(reply)).await.map_err(|_| closing())?;
        answer.await.map_err(|_| closing())?
    }

    /// The state and all that follows, with nothing between; `None` when the studio is closing.
    pub async fn subscribe(&self) -> Option<Subscription> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Inbox::Subscribe { reply }).await.ok()?;
        answer.await.ok()
    }

    /// Whether the mix keeps its cadence and every running recording goes well; a lost source or a
    /// dead destination is no illness.
    pub async fn health(&self) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        let silent = || {
            Problem::new(
                "silent",
                crate::protocol::Fault::Ours,
                "Le studio ne répond pas.",
                "The studio does not answer.",
            )
        };
        self.inbox.send(Inbox::Healthy { reply }).await.map_err(|_| silent())?;
        answer.await.map_err(|_| silent())?
    }

    /// A citizen's proposal, at the end of the rundown.
    pub async fn propose(&self, new: SegmentAdd) -> Result<Segment, Problem> {
        self.ask(|reply| Inbox::Propose { new: Box::new(new), reply }).await
    }

    /// Who takes part, and what they have agreed to.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// The meters, about ten times a second; only the newest is kept.
    pub fn meters(&self) -> watch::Receiver<Option<Arc<Message>>> {
        self.meters.clone()
    }

    /// The live page's playlist and files.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Where viewers' voices and signs of life go.
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    /// The phones' slots.
    pub fn phones(&self) -> &Phones {
        &self.phones
    }

    /// Interviews that a tablet records alone.
    pub fn booth(&self) -> &Booth {
        &self.booth
    }

    /// Clips, photos, the catalogue.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Pictures and sound for panels.
    pub fn monitors(&self) -> &Monitors {
        &self.monitors
    }
}
