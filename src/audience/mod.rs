//! Voices in: what viewers ask on our own page and in the networks' chats, and how many there are.
//!
//! ```text
//! POST /api/questions ─► Gate ──┐
//! networks/*: a task each ──────┴─► Intake ─► pump, four times a second ─► studio ─► a person decides
//! POST /api/here, /api/applause ──► Crowd ────────────────────────────────►
//! ```
//! A flood ends in [`intake`]: it takes what people can read and counts the rest, so that neither
//! memory nor the studio's inbox nor a tablet grows with it. Nothing reaches the picture from here:
//! the studio puts a card on air when a person has said so.

pub mod clean;
mod connector;
mod crowd;
mod gate;
mod intake;
mod keep;
mod networks;
mod numbers;
mod pump;
pub mod queue;

pub use crowd::Crowd;
pub use gate::{Gate, Late};
pub use intake::Intake;
pub use keep::{Voices, kept, saver};
pub use networks::KINDS;
pub use numbers::{Numbers, Sample};
pub use pump::{Arrivals, pump};

use std::{path::Path, sync::Arc};

use indexmap::IndexMap;
use tokio::{sync::mpsc, task::JoinSet, time::Instant};

use crate::{
    config::{AudienceConfig, Config, Voice},
    outputs::presets::{self, Sheet},
    protocol::{NetworkState, OutputStatus},
};

/// What the doors to the outside share; cheap to clone.
#[derive(Clone)]
pub struct Audience {
    /// Where voices wait for the studio.
    pub intake: Arc<Intake>,
    /// Who may ask how often.
    pub gate: Arc<Gate>,
    /// Who watches and claps.
    pub crowd: Arc<Crowd>,
    /// The day's numbers.
    pub numbers: Arc<Numbers>,
    /// The chats to read.
    voices: Arc<[Voice]>,
    /// `[audience]`
    pub house: Arc<AudienceConfig>,
    /// What to copy into the networks' forms.
    pub sheets: Arc<[Sheet]>,
}

impl Audience {
    /// Opens the doors. Connectors begin with [`Audience::open`]. Blocking, briefly.
    pub fn start(config: &Config, data: &Path, now: u64) -> Self {
        Self {
            intake: Arc::new(Intake::new(networks(config), now)),
            gate: Arc::new(Gate::new(Instant::now())),
            crowd: Arc::default(),
            numbers: Arc::new(Numbers::open(data, now)),
            voices: config.voices.clone().into(),
            house: config.audience.clone().into(),
            sheets: presets::sheets(config).into(),
        }
    }

    /// Starts the connectors, a task each, and the pump; what arrives comes out here. All of them end
    /// when the receiver is dropped.
    pub fn open(&self) -> mpsc::Receiver<Arrivals> {
        let (sender, receiver) = mpsc::channel(2);
        let ended = sender.clone();
        let (voices, intake) = (self.voices.clone(), self.intake.clone());
        let pump = pump(self.clone(), sender);
        tokio::spawn(async move {
            let mut connectors = JoinSet::new();
            for voice in voices.iter().cloned() {
                let intake = intake.clone();
                let id = voice.id.clone();
                let open = move || networks::open(voice.kind, &voice.settings);
                connectors.spawn(connector::keep(id, open, intake));
            }
            tokio::select! {
                () = pump => {}
                () = ended.closed() => {}
            }
            // Dropping the set ends the connectors.
        });
        receiver
    }
}

/// The networks of a configuration, all still silent.
pub fn networks(config: &Config) -> IndexMap<String, NetworkState> {
    let state = |voice: &Voice| NetworkState {
        label: voice.label.clone(),
        kind: voice.kind.name.into(),
        status: OutputStatus::Connecting,
        problem: None,
        retry_at: None,
        received: 0,
        dropped: 0,
    };
    config.voices.iter().map(|voice| (voice.id.clone(), state(voice))).collect()
}
