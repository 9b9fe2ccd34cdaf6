//! The day as these pages need it, followed once for all of them.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::{broadcast::error::RecvError, watch};

use crate::{
    protocol::{Event, OutputStatus, QuestionState, Segment, State},
    studio::Studio,
};

/// A question that was accepted, for the guests to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Who asks.
    pub name: String,
    /// What.
    pub text: String,
}

/// Questions that fit beside the time.
const QUESTIONS: usize = 2;

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
    /// The first of the queue of accepted questions.
    pub questions: Vec<Asked>,
    /// Clips that everybody may see.
    pub published: Vec<String>,
    /// The sources that are seen or heard on air, by id.
    pub on_air: Vec<String>,
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
            | Event::ProgramChanged { .. }
            | Event::ScenesChanged { .. }
            | Event::SourceChanged { .. }
            | Event::SegmentChanged { .. }
            | Event::ClockMessageChanged { .. }
            | Event::SlateChanged { .. }
            | Event::RehearsalChanged { .. }
            | Event::OutputChanged { .. }
            | Event::ClipsChanged { .. }
            | Event::QuestionsChanged { .. }
    )
}

fn publish(sender: &watch::Sender<Arc<Now>>, state: &State) {
    let public = state.clips.iter().filter(|clip| clip.public);
    let accepted = |state| matches!(state, QuestionState::Accepted | QuestionState::OnAir);
    let mut queue: Vec<_> = state.questions.iter().filter(|question| accepted(question.state)).collect();
    queue.sort_by_key(|question| (question.state != QuestionState::OnAir, question.since));
    let asked = queue.into_iter().take(QUESTIONS);
    let now = Now {
        event: state.studio.title.clone(),
        place: state.studio.place.clone(),
        rundown: state.rundown.clone(),
        message: state.clock_message.clone(),
        slate: state.slate,
        rehearsal: state.rehearsal,
        leaves: state
            .outputs
            .values()
            .any(|output| output.capabilities.leaves_the_house && output.status == OutputStatus::Live),
        questions: asked.map(|one| Asked { name: one.name.clone(), text: one.text.clone() }).collect(),
        published: public.map(|clip| clip.id.clone()).collect(),
        on_air: state.sources.keys().filter(|source| state.is_on_air(source)).cloned().collect(),
    };
    sender.send_if_modified(|known| {
        let changed = **known != now;
        if changed {
            *known = Arc::new(now);
        }
        changed
    });
}
