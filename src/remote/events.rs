//! What the studio's events are called there. Pure: the state before and after in, notices out.

use serde_json::{Value, json};

use super::{names, phases::Phases};
use crate::protocol::{Event, Scene, SourceState, State};

/// Categories of events that a client subscribes to, a bit each (`EventSubscription`).
pub mod intent {
    #![allow(missing_docs, reason = "the protocol's own names")]
    pub const GENERAL: u32 = 1;
    pub const SCENES: u32 = 1 << 2;
    pub const INPUTS: u32 = 1 << 3;
    pub const TRANSITIONS: u32 = 1 << 4;
    pub const OUTPUTS: u32 = 1 << 6;
    pub const MEDIA_INPUTS: u32 = 1 << 8;
    pub const UI: u32 = 1 << 10;
    /// All but the high-volume ones.
    pub const ALL: u32 = (1 << 12) - 1;
    pub const INPUT_VOLUME_METERS: u32 = 1 << 16;
    pub const INPUT_ACTIVE_STATE_CHANGED: u32 = 1 << 17;
    pub const INPUT_SHOW_STATE_CHANGED: u32 = 1 << 18;
}

/// Something to tell clients that have subscribed to `intent`.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// `eventType`
    pub name: &'static str,
    /// `eventIntent`
    pub intent: u32,
    /// `eventData`; null: none.
    pub data: Value,
}

impl Notice {
    /// Of any category.
    pub fn new(intent: u32, name: &'static str, data: Value) -> Self {
        Self { name, intent, data }
    }

    /// Of the transitions' category.
    pub fn transitions(name: &'static str, data: Value) -> Self {
        Self::new(intent::TRANSITIONS, name, data)
    }

    /// Of the user interface's category.
    pub fn ui(name: &'static str, data: Value) -> Self {
        Self::new(intent::UI, name, data)
    }

    /// As the event message carries it.
    pub fn message(&self) -> Value {
        let mut d = json!({ "eventType": self.name, "eventIntent": self.intent });
        if !self.data.is_null() {
            d["eventData"] = self.data.clone();
        }
        json!({ "op": 5, "d": d })
    }
}

/// Name and UUID of a scene, as events and answers carry them.
pub fn scene_name(id: &str) -> Value {
    json!({ "sceneName": id, "sceneUuid": names::uuid("scene", id) })
}

/// Name and UUID of an input.
pub fn input_name(id: &str) -> Value {
    json!({ "inputName": id, "inputUuid": names::uuid("input", id) })
}

/// `base` with further fields.
pub fn with(mut base: Value, more: Value) -> Value {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}

/// The scenes as the protocol lists them: the last first, since it counts from the bottom.
pub fn scene_list(state: &State) -> Value {
    let scenes = state.scenes.iter().rev().enumerate();
    scenes.map(|(index, scene)| with(scene_name(&scene.id), json!({ "sceneIndex": index }))).collect()
}

/// What a change of the state is called there; transitions apart (see [`super::show`]).
/// `program_changed` comes out as `CurrentProgramSceneChanged`, and so on.
pub fn translate(before: &State, after: &State, event: &Event, phases: &mut Phases) -> Vec<Notice> {
    let mut notices = match event {
        Event::ProgramChanged { program } => {
            vec![Notice::new(intent::SCENES, "CurrentProgramSceneChanged", scene_name(&program.scene))]
        }
        Event::PreviewChanged { preview } => {
            let scene = preview.as_deref().unwrap_or(&after.program.scene);
            vec![Notice::new(intent::SCENES, "CurrentPreviewSceneChanged", scene_name(scene))]
        }
        Event::ScenesChanged { .. } => scenes(before, after),
        Event::SourceChanged { source, state } => {
            before.sources.get(source).map_or(Vec::new(), |known| input(source, known, state))
        }
        Event::OutputChanged { .. } => phases.stream(after).into_iter().collect(),
        Event::RecordingChanged { recording } => phases.record(recording).into_iter().collect(),
        _ => Vec::new(),
    };
    if matches!(event, Event::ProgramChanged { .. } | Event::ScenesChanged { .. }) {
        let [was, is] = [before, after].map(|state| (state, Some(state.program.scene.as_str())));
        notices.extend(shown(was, is, intent::INPUT_ACTIVE_STATE_CHANGED, "InputActiveStateChanged", "videoActive"));
    }
    if matches!(event, Event::PreviewChanged { .. } | Event::ScenesChanged { .. }) {
        let [was, is] = [before, after].map(|state| (state, state.preview.as_deref()));
        notices.extend(shown(was, is, intent::INPUT_SHOW_STATE_CHANGED, "InputShowStateChanged", "videoShowing"));
    }
    notices
}

fn scenes(before: &State, after: &State) -> Vec<Notice> {
    let has = |state: &State, id: &str| state.scenes.iter().any(|scene| scene.id == id);
    let told = |name, scene: &Scene| {
        Notice::new(intent::SCENES, name, with(scene_name(&scene.id), json!({ "isGroup": false })))
    };
    let gone = before.scenes.iter().filter(|scene| !has(after, &scene.id)).map(|scene| told("SceneRemoved", scene));
    let new = after.scenes.iter().filter(|scene| !has(before, &scene.id)).map(|scene| told("SceneCreated", scene));
    let list = Notice::new(intent::SCENES, "SceneListChanged", json!({ "scenes": scene_list(after) }));
    gone.chain(new).chain([list]).collect()
}

fn input(id: &str, before: &SourceState, after: &SourceState) -> Vec<Notice> {
    let mut notices = Vec::new();
    if before.audio.mute != after.audio.mute {
        let data = with(input_name(id), json!({ "inputMuted": after.audio.mute }));
        notices.push(Notice::new(intent::INPUTS, "InputMuteStateChanged", data));
    }
    if before.audio.gain_db != after.audio.gain_db {
        let volume = json!({ "inputVolumeMul": names::mul(after.audio.gain_db), "inputVolumeDb": after.audio.gain_db });
        notices.push(Notice::new(intent::INPUTS, "InputVolumeChanged", with(input_name(id), volume)));
    }
    let playing = |state: &SourceState| state.media.as_ref().is_some_and(|media| media.playing);
    match (playing(before), playing(after)) {
        (false, true) => {
            notices.push(Notice::new(intent::MEDIA_INPUTS, "MediaInputPlaybackStarted", input_name(id)));
        }
        (true, false) => notices.push(Notice::new(intent::MEDIA_INPUTS, "MediaInputPlaybackEnded", input_name(id))),
        _ => (),
    }
    notices
}

/// Whether `source` is a layer of a scene.
pub fn shows(state: &State, scene: Option<&str>, source: &str) -> bool {
    let scene = state.scenes.iter().find(|known| Some(known.id.as_str()) == scene);
    scene.is_some_and(|scene| scene.layers.iter().any(|layer| layer.source == source))
}

fn shown(
    was: (&State, Option<&str>),
    is: (&State, Option<&str>),
    intent: u32,
    name: &'static str,
    field: &str,
) -> Vec<Notice> {
    let changed = is.0.sources.keys().filter_map(|source| {
        let now = shows(is.0, is.1, source);
        (now != shows(was.0, was.1, source))
            .then(|| Notice::new(intent, name, with(input_name(source), json!({ field: now }))))
    });
    changed.collect()
}
