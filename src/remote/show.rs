//! The studio as one session follows it.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::broadcast::error::{RecvError, TryRecvError},
    time::Instant,
};

use super::{
    desk::{Desk, named},
    events::{Notice, translate},
    phases::Phases,
    request::Refusal,
};
use crate::{
    protocol::{ArchiveCommand, Event, Problem, Role, State, StudioCommand, Transition, TransitionKind},
    studio::{Studio, Subscription},
};

/// What a remote may do: run the show.
const ROLE: Role = Role::Animator;

/// The state at the last event that was read, and what clients have to be told of it.
pub struct Show {
    /// The way to the studio.
    pub studio: Studio,
    /// What all remotes share.
    pub desk: Arc<Desk>,
    /// The show.
    pub state: State,
    /// Where stream and recording stand.
    pub phases: Phases,
    /// Not yet told.
    pub notices: Vec<Notice>,
    subscription: Subscription,
    /// Events were missed.
    behind: bool,
    /// A transition that is under way, and its end.
    ending: Option<(Transition, Instant)>,
}

impl Show {
    /// At the present; `None`: the studio is closing.
    pub async fn follow(studio: Studio, desk: Arc<Desk>) -> Option<Self> {
        let subscription = studio.subscribe().await?;
        let state = State::clone(&subscription.state);
        let phases = Phases::of(&state);
        Some(Self { studio, desk, state, phases, notices: Vec::new(), subscription, behind: false, ending: None })
    }

    /// Waits until there is something to tell. `false`: the studio is closing. Cancel safe.
    pub async fn changed(&mut self) -> bool {
        loop {
            if self.behind {
                return self.catch_up().await;
            }
            let end = self.ending.map(|(_, at)| at);
            tokio::select! {
                event = self.subscription.events.recv() => match event {
                    Ok(event) => self.apply(&event.1),
                    Err(RecvError::Lagged(_)) => {
                        self.behind = true;
                        continue;
                    }
                    Err(RecvError::Closed) => return false,
                },
                () = at(end) => self.transition_ended(),
            }
            return true;
        }
    }

    /// Has the studio do something; when it has, the state here is the one after it.
    ///
    /// # Errors
    /// What the studio refuses, in its own language.
    pub async fn command(&mut self, command: StudioCommand) -> Result<(), Refusal> {
        let done = self.studio.command(ROLE, command).await;
        self.done(done).await
    }

    /// Has the archive do something.
    ///
    /// # Errors
    /// What the archive refuses, in the studio's own language.
    pub async fn archive_command(&mut self, command: ArchiveCommand) -> Result<(), Refusal> {
        let done = self.studio.archive_command(ROLE, command).await;
        self.done(done).await
    }

    async fn done(&mut self, done: Result<(), Problem>) -> Result<(), Refusal> {
        // The studio tells its events before it answers: they are all there.
        loop {
            match self.subscription.events.try_recv() {
                Ok(event) => self.apply(&event.1),
                Err(TryRecvError::Lagged(_)) => {
                    self.behind = true;
                    self.catch_up().await;
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        done.map_err(|problem| Refusal::of(&problem, &self.state.studio.language))
    }

    /// How far the transition under way is, 0..=1; 1: none is.
    pub fn cursor(&self) -> f64 {
        let Some((how, at)) = self.ending else { return 1.0 };
        let whole = Duration::from_millis(how.duration_ms.into());
        let left = at.saturating_duration_since(Instant::now());
        1.0 - (left.as_secs_f64() / whole.as_secs_f64()).clamp(0.0, 1.0)
    }

    fn apply(&mut self, event: &Event) {
        let before = self.state.clone();
        self.state.apply(event);
        if let Event::ProgramChanged { program } = event {
            // An interrupted transition has no end of its own.
            let how = program.transition;
            let wait = if how.kind == TransitionKind::Cut { 0 } else { how.duration_ms };
            self.ending = Some((how, Instant::now() + Duration::from_millis(wait.into())));
            self.notices.push(Notice::transitions("SceneTransitionStarted", named(how.kind)));
        }
        self.notices.extend(translate(&before, &self.state, event, &mut self.phases));
    }

    fn transition_ended(&mut self) {
        if let Some((how, _)) = self.ending.take() {
            for name in ["SceneTransitionVideoEnded", "SceneTransitionEnded"] {
                self.notices.push(Notice::transitions(name, named(how.kind)));
            }
        }
    }

    /// Too many events at once for this client: goes on from the present, and tells the difference.
    async fn catch_up(&mut self) -> bool {
        let Some(subscription) = self.studio.subscribe().await else { return false };
        let now = State::clone(&subscription.state);
        self.subscription = subscription;
        self.behind = false;
        let sources = now.sources.iter().map(|(id, state)| (id.clone(), state.clone()));
        let outputs = now.outputs.iter().map(|(id, state)| (id.clone(), state.clone()));
        let changes = [
            Event::ScenesChanged { scenes: now.scenes.clone() },
            Event::ProgramChanged { program: now.program.clone() },
            Event::PreviewChanged { preview: now.preview.clone() },
            Event::RecordingChanged { recording: now.recording.clone() },
        ];
        let changes: Vec<_> = changes
            .into_iter()
            .chain(sources.map(|(source, state)| Event::SourceChanged { source, state }))
            .chain(outputs.map(|(output, state)| Event::OutputChanged { output, state }))
            .collect();
        for change in &changes {
            let mut after = self.state.clone();
            after.apply(change);
            if after != self.state {
                self.apply(change);
            }
        }
        self.state = now;
        true
    }
}

async fn at(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}
