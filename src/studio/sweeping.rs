//! What the sweeper asks of the owner of the state.

use std::{path::PathBuf, sync::Arc};

use tokio::{runtime::Handle, sync::oneshot};

use super::{Inbox, Studio};
use crate::{
    protocol::{OutputStatus, Problem, Segment, State},
    retention::Desk,
    term::Term,
};

/// The owner, as the sweeper's thread knows it.
pub struct Owner {
    pub studio: Studio,
    pub runtime: Handle,
}

impl Desk for Owner {
    fn rundown(&self) -> Result<Vec<Segment>, Problem> {
        self.state().map(|state| state.rundown.clone())
    }

    fn writing(&self) -> Result<Vec<PathBuf>, Problem> {
        let state = self.state()?;
        let outputs = state.outputs.values().filter(|output| output.status != OutputStatus::Off);
        let recording = state.recording.file.as_ref().filter(|_| state.recording.on);
        let files = outputs.filter_map(|output| output.file.as_ref()).chain(recording);
        Ok(files.map(PathBuf::from).chain([self.studio.live.writes_to()]).collect())
    }

    fn forget_voices(&self, term: Term) -> Result<usize, Problem> {
        self.ask(|reply| Inbox::ForgetVoices { term, reply })
    }

    fn erase(&self, person: String) -> Result<(), Problem> {
        self.runtime.block_on(self.studio.erase(&person))
    }

    fn remove_unperformed(&self, segments: Vec<String>) -> Result<(), Problem> {
        self.ask(|reply| Inbox::RemoveUnperformed { segments, reply })
    }
}

impl Owner {
    fn state(&self) -> Result<Arc<State>, Problem> {
        self.runtime.block_on(self.studio.subscribe()).map(|subscription| subscription.state).ok_or_else(closing)
    }

    fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<Result<T, Problem>>) -> Inbox) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.studio.inbox.blocking_send(message(reply)).map_err(|_| closing())?;
        answer.blocking_recv().map_err(|_| closing())?
    }
}

fn closing() -> Problem {
    Problem::operator("closing", "Le studio est en train de s'arrêter.", "The studio is shutting down.")
}
