//! What each role is shown.
//!
//! The one place where something is left out: a moderator looks after questions and titles and is
//! shown the programme, not the cameras and microphones behind it. A change that is left out still
//! takes its revision, or the client would think that it missed one: it arrives as the event
//! `hidden`, which carries nothing.

use axum::extract::ws;
use serde::Serialize;
use serde_json::json;

use crate::panel::people::for_moderators;
use crate::protocol::{Event, Message, Role, State};

/// The monitor and headphone source that every role may ask for.
const PROGRAM: &str = "program";

/// Whether `role` is shown the cameras.
fn cameras(role: Role) -> bool {
    role > Role::Moderator
}

/// Whether `role` may have the picture or the sound of `source`.
pub fn may_follow(role: Role, source: &str) -> bool {
    source == PROGRAM || cameras(role)
}

/// The whole state.
pub fn snapshot(role: Role, rev: u64, state: &State) -> ws::Message {
    let mut state = Box::new(state.clone());
    if !cameras(role) {
        state.sources.clear();
        state.clips.clear();
        state.segment = state.segment.as_ref().and_then(for_moderators);
        state.rundown = state.rundown.iter().filter_map(for_moderators).collect();
    }
    text(&Message::Snapshot { rev, role, state })
}

/// A change.
pub fn event(role: Role, rev: u64, event: &Event) -> ws::Message {
    match event {
        Event::SourceChanged { .. } | Event::ClipsChanged { .. } if !cameras(role) => {
            text(&json!({ "type": "event", "rev": rev, "event": "hidden" }))
        }
        Event::SegmentChanged { segment } if !cameras(role) => {
            let segment = segment.as_ref().and_then(for_moderators);
            text(&Message::Event { rev, event: Event::SegmentChanged { segment } })
        }
        Event::RundownChanged { rundown, drift_seconds } if !cameras(role) => {
            let rundown = rundown.iter().filter_map(for_moderators).collect();
            text(&Message::Event { rev, event: Event::RundownChanged { rundown, drift_seconds: *drift_seconds } })
        }
        event => text(&Message::Event { rev, event: event.clone() }),
    }
}

/// The meters.
pub fn meters(role: Role, message: &Message) -> ws::Message {
    match message {
        Message::Meters { program, .. } if !cameras(role) => {
            text(&Message::Meters { sources: Default::default(), program: *program })
        }
        message => text(message),
    }
}

/// Any message as it goes out.
pub fn text(message: &impl Serialize) -> ws::Message {
    let json = serde_json::to_string(message).expect("protocol types have text keys and no failing parts");
    ws::Message::Text(json.into())
}
