//! What leaves the mix: networks, recordings, the panel's monitors. Each output has its own pipeline,
//! fed by a bounded link; whatever becomes of it is invisible to the others and to the mix.

mod flv;
mod kinds;
mod line;
mod link;
pub mod monitors;
mod peer;
pub mod presets;
mod recordings;
mod still;
mod supervisor;

pub use file::{close, unfinished};
pub use flv::Flv;
pub use line::Line;
pub use recordings::erase_recordings;
pub use supervisor::{Surroundings, Wish};

use std::time::Duration;

use indexmap::IndexMap;
use tokio::{sync::mpsc, task::JoinHandle};

use kinds::Behaviour;
use supervisor::Supervisor;

use crate::{
    config::{Kind, Output},
    protocol::{OutputCapabilities, OutputState},
};

/// The modules of the kinds, and the registry of them all.
macro_rules! registry {
    ($($(#[$on:meta])* $vis:vis $kind:ident),* $(,)?) => {
        $($(#[$on])* $vis mod $kind;)*
        /// Every kind of output.
        pub static KINDS: &[Kind] = &[$($(#[$on])* $kind::KIND),*];
        static BEHAVIOURS: &[Behaviour] = &[$($(#[$on])* $kind::BEHAVIOUR),*];
    };
}

// One file a kind, one line here.
registry! {
    rtmp,
    srt,
    file,
    pub hls,
    #[cfg(test)]
    sample,
}

/// Every output's task.
pub struct Outputs {
    wishes: IndexMap<String, mpsc::Sender<Wish>>,
    tasks: Vec<JoinHandle<()>>,
}

/// What a kind of the registry means to the studio and its clients.
pub fn capabilities(kind: &Kind) -> OutputCapabilities {
    kinds::behaviour(kind).capabilities
}

impl Outputs {
    /// Makes a task for each output, all off, and their states.
    pub fn start(
        outputs: Vec<Output>,
        around: &Surroundings,
        reports: &mpsc::Sender<(String, OutputState)>,
    ) -> (Self, IndexMap<String, OutputState>) {
        let (mut wishes, mut tasks, mut states) = (IndexMap::new(), Vec::new(), IndexMap::new());
        for output in outputs {
            let (sender, receiver) = mpsc::channel(8);
            wishes.insert(output.id.clone(), sender);
            let id = output.id.clone();
            let supervisor = Supervisor::new(output, around.clone(), reports.clone());
            states.insert(id, supervisor.state().clone());
            tasks.push(tokio::spawn(supervisor.run(receiver)));
        }
        (Self { wishes, tasks }, states)
    }

    /// Tells one output what to do.
    pub fn wish(&self, output: &str, wish: Wish) {
        let Some(sender) = self.wishes.get(output) else { return };
        if let Err(mpsc::error::TrySendError::Full(wish)) = sender.try_send(wish) {
            // Eight wishes are not yet served. This one waits behind them: above all a stop must come.
            let sender = sender.clone();
            tokio::spawn(async move { sender.send(wish).await });
        }
    }

    /// Ends them all: files are finished, networks told goodbye.
    pub async fn stop(self) {
        drop(self.wishes);
        let all = async {
            for task in self.tasks {
                let _ = task.await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(4500), all).await;
    }
}
