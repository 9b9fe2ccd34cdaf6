//! The day as these pages need it, followed once for all of them.

use std::sync::Arc;

use tokio::sync::{broadcast::error::RecvError, watch};

use crate::{
    archive::Standing,
    protocol::{Event, OutputStatus, Segment, State},
    studio::Studio,
};

/// The day now.
#[derive(Debug, Default, PartialEq)]
pub struct Now {
    /// The event.
    pub event: String,
    /// Where it happens.
    pub place: String,
    /// In order.
    pub rundown: Vec<Segment>,
    /// The desk's message to the set.
    pub message: Option<String>,
    /// The holding picture is on air.
    pub slate: bool,
    /// Nothing leaves the house.
    pub rehearsal: bool,
    /// Something leaves the house.
    pub leaves: bool,
    /// Clips that everybody may see.
    pub published: Vec<String>,
}

impl Now {
    /// A segment.
    pub fn segment(&self, id: &str) -> Option<&Segment> {
        self.rundown.iter().find(|segment| segment.id == id)
    }
}

/// Follows the studio's state.
pub struct Day {
    now: watch::Receiver<Arc<Now>>,
}

impl Day {
    /// Follows until the studio ends.
    pub fn follow(studio: Studio) -> Self {
        let (sender, now) = watch::channel(Arc::default());
        tokio::spawn(async move {
            while let Some(subscription) = studio.subscribe().await {
                let (mut state, mut events) = (State::clone(&subscription.state), subscription.events);
                publish(&sender, &state);
                loop {
                    match events.recv().await {
                        Ok(event) => {
                            state.apply(&event.1);
                            if concerns(&event.1) {
                                publish(&sender, &state);
                            }
                        }
                        Err(RecvError::Lagged(_)) => break,
                        Err(RecvError::Closed) => return,
                    }
                }
            }
        });
        Self { now }
    }

    /// Now.
    pub fn now(&self) -> Arc<Now> {
        Arc::clone(&self.now.borrow())
    }

    /// Now, and every change.
    pub fn changes(&self) -> watch::Receiver<Arc<Now>> {
        self.now.clone()
    }
}

fn concerns(event: &Event) -> bool {
    matches!(
        event,
        Event::RundownChanged { .. }
            | Event::SegmentChanged { .. }
            | Event::ClockMessageChanged { .. }
            | Event::SlateChanged { .. }
            | Event::RehearsalChanged { .. }
            | Event::OutputChanged { .. }
            | Event::ClipsChanged { .. }
    )
}

fn publish(sender: &watch::Sender<Arc<Now>>, state: &State) {
    let public = state.clips.iter().filter(|clip| clip.allowed && clip.standing == Standing::Published);
    let now = Now {
        event: state.studio.title.clone(),
        place: state.studio.place.clone(),
        rundown: state.rundown.clone(),
        message: state.clock_message.clone(),
        slate: state.slate,
        rehearsal: state.rehearsal,
        leaves: state.outputs.values().any(|output| output.kind != "file" && output.status == OutputStatus::Live),
        published: public.map(|clip| clip.id.clone()).collect(),
    };
    sender.send_if_modified(|known| {
        let changed = **known != now;
        if changed {
            *known = Arc::new(now);
        }
        changed
    });
}
