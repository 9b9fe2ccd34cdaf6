//! What that protocol knows and the studio doesn't: one for all remotes, gone with the studio.
//!
//! Panels choose a transition with each take and always have a preview. Remotes choose the
//! transition beforehand, and switch *studio mode*, which gives them a preview, on and off. None of
//! it touches the show until something is taken.

use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::{events::Notice, names};
use crate::protocol::{Transition, TransitionKind};

/// Announcements that a slow client may be behind.
const BACKLOG: usize = 64;

/// The transitions by their names there, in order.
pub const TRANSITIONS: [(&str, TransitionKind); 3] =
    [("Cut", TransitionKind::Cut), ("Fade", TransitionKind::Fade), ("Wipe", TransitionKind::Wipe)];

/// A transition's name there.
pub fn transition_name(kind: TransitionKind) -> &'static str {
    TRANSITIONS.iter().find(|(_, known)| *known == kind).map_or("Cut", |(name, _)| name)
}

/// A transition's kind there.
pub fn transition_kind(kind: TransitionKind) -> &'static str {
    match kind {
        TransitionKind::Cut => "cut_transition",
        TransitionKind::Fade => "fade_transition",
        TransitionKind::Wipe => "wipe_transition",
    }
}

/// What all remotes share.
pub struct Desk {
    state: Mutex<Chosen>,
    news: broadcast::Sender<Notice>,
}

struct Chosen {
    transition: Transition,
    studio_mode: bool,
}

impl Desk {
    /// A cut, 300 ms for what is not one, studio mode on.
    pub fn new() -> Self {
        let chosen = Chosen { transition: Transition::default(), studio_mode: true };
        Self { state: Mutex::new(chosen), news: broadcast::channel(BACKLOG).0 }
    }

    /// What all remotes are told from now on.
    pub fn follow(&self) -> broadcast::Receiver<Notice> {
        self.news.subscribe()
    }

    /// Tells all remotes.
    pub fn announce(&self, notice: Notice) {
        // Nobody listening is no error.
        let _ = self.news.send(notice);
    }

    /// How the next take of a remote goes.
    pub fn transition(&self) -> Transition {
        self.state().transition
    }

    /// Chooses the kind of the next takes.
    pub fn choose_kind(&self, kind: TransitionKind) {
        if std::mem::replace(&mut self.state().transition.kind, kind) != kind {
            self.announce(Notice::transitions("CurrentSceneTransitionChanged", named(kind)));
        }
    }

    /// Chooses the duration of the next takes.
    pub fn choose_duration(&self, duration_ms: u32) {
        if std::mem::replace(&mut self.state().transition.duration_ms, duration_ms) != duration_ms {
            let data = json!({ "transitionDuration": duration_ms });
            self.announce(Notice::transitions("CurrentSceneTransitionDurationChanged", data));
        }
    }

    /// Whether remotes have a preview.
    pub fn studio_mode(&self) -> bool {
        self.state().studio_mode
    }

    /// Gives remotes a preview, or takes it away.
    pub fn set_studio_mode(&self, on: bool) {
        if std::mem::replace(&mut self.state().studio_mode, on) != on {
            self.announce(Notice::ui("StudioModeStateChanged", json!({ "studioModeEnabled": on })));
        }
    }

    fn state(&self) -> MutexGuard<'_, Chosen> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Name and UUID of a transition, as events carry them.
pub fn named(kind: TransitionKind) -> Value {
    let name = transition_name(kind);
    json!({ "transitionName": name, "transitionUuid": names::uuid("transition", name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_told_once() {
        let desk = Desk::new();
        let mut news = desk.follow();
        desk.choose_kind(TransitionKind::Fade);
        desk.choose_kind(TransitionKind::Fade);
        desk.choose_duration(800);
        desk.set_studio_mode(false);
        let told: Vec<_> = std::iter::from_fn(|| news.try_recv().ok()).map(|notice| notice.name).collect();
        assert_eq!(
            told,
            ["CurrentSceneTransitionChanged", "CurrentSceneTransitionDurationChanged", "StudioModeStateChanged"]
        );
        let fade = Transition { kind: TransitionKind::Fade, duration_ms: 800 };
        assert_eq!(desk.transition(), fade);
    }
}
