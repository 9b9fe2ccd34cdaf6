//! What travels between the studio and its clients: commands down, events up.
//!
//! These are the only types on the wire of `/api/control`; `web/src/protocol.ts` is generated from
//! them, and a stale copy fails the tests. The state a client holds is the [`State`] of the last
//! `snapshot` message with every later [`Event`] applied: each event carries the *whole* changed
//! part, under the name it has in the state, so applying one is an assignment.
//!
//! Units: times are Unix milliseconds, durations say their unit in their name, levels are dBFS,
//! loudness LUFS, positions and sizes fractions of the frame (0..=1, origin top left).

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A sentence for a person, in both of the studio's languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Text {
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A sentence in French and in English.
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { fr: fr.into(), en: en.into() }
    }

    /// The sentence in `language` (`"fr…"` is French, anything else English).
    pub fn get(&self, language: &str) -> &str {
        if language.starts_with("fr") { &self.fr } else { &self.en }
    }
}

/// Whose fault a problem is, so that a person knows where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Something asked for or configured here.
    Operator,
    /// The camera, the network, the platform.
    OtherSide,
    /// A defect or a limit of the studio.
    Ours,
}

/// What went wrong, for a machine (`code`) and for a person (`text`: what happened, what to do).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{}", text.en)]
pub struct Problem {
    /// Stable, `snake_case`.
    pub code: String,
    /// Whose fault.
    pub fault: Fault,
    /// What happened and what to do.
    pub text: Text,
}

impl Problem {
    /// A problem with its sentence in both languages.
    pub fn new(code: &str, fault: Fault, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: code.into(), fault, text: Text::new(fr, en) }
    }

    /// The operator asked for something that cannot be.
    pub fn operator(code: &str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(code, Fault::Operator, fr, en)
    }
}

// ---------------------------------------------------------------------------------------------
// State

/// Everything a panel shows. Sent whole in a snapshot, then kept up to date by events.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct State {
    /// What does not change while the studio runs.
    pub studio: StudioInfo,
    /// What is on air (in the mix; see `slate`).
    pub program: ProgramState,
    /// The scene prepared for the next take.
    pub preview: Option<String>,
    /// The holding picture is on air while the mix goes on.
    pub slate: bool,
    /// Everything works, nothing leaves the house.
    pub rehearsal: bool,
    /// Cameras, microphones, files, in the order of the configuration.
    pub sources: IndexMap<String, SourceState>,
    /// What can be taken, in order.
    pub scenes: Vec<Scene>,
    /// Destinations, in order.
    pub outputs: IndexMap<String, OutputState>,
    /// The recording of the programme outside the configured outputs.
    pub recording: RecordingState,
    /// Graphics on the picture.
    pub titles: Vec<TitleState>,
    /// Templates that `title_show` knows.
    pub title_templates: Vec<TitleTemplate>,
    /// The segment on air.
    pub segment: Option<Segment>,
    /// The day's segments, in order.
    pub rundown: Vec<Segment>,
    /// What viewers asked.
    pub questions: Vec<Question>,
    /// The machine.
    pub health: Health,
}

/// What the configuration and the machine decided at start.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StudioInfo {
    /// The event.
    pub title: String,
    /// Where it happens.
    pub place: String,
    /// The studio's first language (`fr`, `en`).
    pub language: String,
    /// SPDX identifier of the licence of what is produced.
    pub licence: String,
    /// Of the program, `x.y.z`.
    pub version: String,
    /// Unix milliseconds.
    #[ts(type = "number")]
    pub started_at: u64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames a second.
    pub framerate: u32,
    /// The encoder that was chosen, e.g. `x264enc`.
    pub encoder: String,
    /// `true` where the machine's own circuit encodes.
    pub encoder_hardware: bool,
    /// `balanced` or `interactive`.
    pub profile: String,
    /// Kilobits a second.
    pub bitrate_kbps: u32,
}

/// What is on air.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProgramState {
    /// The scene's id.
    pub scene: String,
    /// Unix milliseconds of the take.
    #[ts(type = "number")]
    pub since: u64,
}

/// Where a source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SourceStatus {
    /// Never seen yet.
    Starting,
    /// Pictures or sound arrive.
    Live,
    /// Gone; being looked for.
    Lost,
    /// Not asked for (a player that is stopped, a phone slot nobody holds).
    Off,
}

/// A camera, a microphone, a player.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SourceState {
    /// What people call it.
    pub label: String,
    /// The kind, as in the configuration.
    pub kind: String,
    /// Where it stands.
    pub status: SourceStatus,
    /// Why it is not live, and what to do.
    pub problem: Option<Problem>,
    /// It has a picture (or will).
    pub picture: bool,
    /// It has sound (or will).
    pub sound: bool,
    /// The sound's place in the mix.
    pub audio: AudioState,
    /// A player's position, for kind `media`.
    pub media: Option<MediaState>,
}

/// A strip of the sound desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AudioState {
    /// -60..=12 dB.
    pub gain_db: f32,
    /// Silent in the mix.
    pub mute: bool,
    /// Heard only while the picture is on air; otherwise always.
    pub follow: bool,
}

/// A file being played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MediaState {
    /// Running now (`false`: cued on its first frame, or at its end).
    pub playing: bool,
    /// Starts again at its end.
    pub repeat: bool,
    /// Where it is.
    pub position_ms: u32,
    /// Its length, once known.
    pub duration_ms: Option<u32>,
    /// Unix milliseconds of its end at this pace, while it plays once.
    #[ts(type = "number | null")]
    pub ends_at: Option<u64>,
}

/// A picture made of layers, the first at the bottom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// `[a-z0-9_-]{1,32}`.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// Bottom first; at most 16.
    pub layers: Vec<Layer>,
    /// Made from a source's own full frame; not editable.
    #[serde(default)]
    pub automatic: bool,
    /// Sources heard while this scene is on air, besides those that do not follow the picture.
    /// Empty: the sources of the layers.
    #[serde(default)]
    pub microphones: Vec<String>,
}

/// A source in a rectangle of the frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The source's id.
    pub source: String,
    /// Left edge, fraction of the frame's width.
    #[serde(default)]
    pub x: f64,
    /// Top edge, fraction of the frame's height.
    #[serde(default)]
    pub y: f64,
    /// Fraction of the frame's width.
    #[serde(default = "whole")]
    pub width: f64,
    /// Fraction of the frame's height.
    #[serde(default = "whole")]
    pub height: f64,
    /// How the picture meets the rectangle.
    #[serde(default)]
    pub fit: Fit,
    /// What is cut off the source before it is fitted.
    #[serde(default)]
    pub crop: Crop,
}

fn whole() -> f64 {
    1.0
}

/// How a picture of another shape meets its rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Whole picture, bars where it does not reach.
    #[default]
    Contain,
    /// No bars, the picture's edges are cut.
    Cover,
}

/// Fractions of the source's own picture cut off each side; opposite sides together below 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct Crop {
    /// 0..1
    pub left: f64,
    /// 0..1
    pub right: f64,
    /// 0..1
    pub top: f64,
    /// 0..1
    pub bottom: f64,
}

/// Where an output stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OutputStatus {
    /// Not asked for.
    Off,
    /// On its way; nothing accepted yet.
    Connecting,
    /// Bytes flow.
    Live,
    /// Was live or reachable once; tried again by itself.
    Retrying,
    /// The other side closes before we publish, every time: wrong key?
    Refused,
}

/// A destination.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct OutputState {
    /// What people call it.
    pub label: String,
    /// The kind, as in the configuration.
    pub kind: String,
    /// Where it stands.
    pub status: OutputStatus,
    /// A rehearsal: it only seems to be live, nothing is sent.
    pub simulated: bool,
    /// Why it is not live, and what to do.
    pub problem: Option<Problem>,
    /// Unix milliseconds since it is live.
    #[ts(type = "number | null")]
    pub since: Option<u64>,
    /// Unix milliseconds of the next attempt.
    #[ts(type = "number | null")]
    pub retry_at: Option<u64>,
    /// Kilobits a second that left during the last seconds.
    pub bitrate_kbps: u32,
    /// Pictures dropped because the line is too slow.
    #[ts(type = "number")]
    pub dropped_frames: u64,
    /// Reconnections since it was started.
    pub reconnections: u32,
    /// The file it writes, relative to the data folder.
    pub file: Option<String>,
}

/// The recording started by `record`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RecordingState {
    /// Being written.
    pub on: bool,
    /// Unix milliseconds.
    #[ts(type = "number | null")]
    pub since: Option<u64>,
    /// Relative to the data folder.
    pub file: Option<String>,
    /// What is wrong with it.
    pub problem: Option<Problem>,
}

/// A title on the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TitleState {
    /// The template's id.
    pub template: String,
    /// What it says.
    pub fields: IndexMap<String, String>,
    /// Unix milliseconds.
    #[ts(type = "number")]
    pub since: u64,
    /// Unix milliseconds of its going by itself.
    #[ts(type = "number | null")]
    pub until: Option<u64>,
    /// Unix milliseconds of the end of a countdown.
    #[ts(type = "number | null")]
    pub counts_to: Option<u64>,
}

/// A title that can be shown, from an SVG under pipelines/graphics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TitleTemplate {
    /// The file's name without its ending.
    pub id: String,
    /// What people call it.
    pub label: Text,
    /// The texts it takes, in order.
    pub fields: Vec<String>,
}

/// Where a segment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SegmentState {
    /// Asked for by a citizen.
    Proposed,
    /// In the rundown.
    Ready,
    /// Now.
    OnAir,
    /// Over.
    Done,
    /// Will not happen.
    Dropped,
}

/// A part of the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Segment {
    /// Given by the studio.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// BCP 47.
    pub language: String,
    /// Seconds.
    pub planned_seconds: u32,
    /// Where it stands.
    pub state: SegmentState,
    /// Who speaks.
    pub participants: Vec<Participant>,
    /// Unix milliseconds.
    #[ts(type = "number | null")]
    pub started_at: Option<u64>,
    /// Unix milliseconds.
    #[ts(type = "number | null")]
    pub ended_at: Option<u64>,
    /// Recorded only, with the slate on air.
    pub private: bool,
}

/// Somebody in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Participant {
    /// As they want to be called.
    pub name: String,
}

/// Something a viewer asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Question {
    /// Given by the studio.
    pub id: String,
    /// Who asks.
    pub name: String,
    /// What.
    pub text: String,
    /// Where it comes from.
    pub network: String,
    /// Unix milliseconds.
    #[ts(type = "number")]
    pub at: u64,
}

/// How the machine holds up; sent about once a second when it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Health {
    /// Of the whole machine, 0..=100.
    pub cpu_percent: u32,
    /// Free in the data folder.
    #[ts(type = "number")]
    pub disk_free_bytes: u64,
    /// Recording time left at the present rate.
    pub disk_minutes_left: u32,
    /// Frames the encoder could not take since the start.
    #[ts(type = "number")]
    pub frames_dropped: u64,
    /// Something to do about it.
    pub problems: Vec<Problem>,
}

// ---------------------------------------------------------------------------------------------
// Commands

/// How the program goes from one scene to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// The way.
    #[serde(default)]
    pub kind: TransitionKind,
    /// 40..=5000; ignored by a cut.
    #[serde(default = "transition_ms")]
    pub duration_ms: u32,
}

fn transition_ms() -> u32 {
    300
}

impl Default for Transition {
    fn default() -> Self {
        Self { kind: TransitionKind::Cut, duration_ms: transition_ms() }
    }
}

/// The ways from one scene to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TransitionKind {
    /// Between two frames.
    #[default]
    Cut,
    /// The new picture comes through the old one.
    Fade,
    /// The new picture pushes its edge from left to right.
    Wipe,
}

/// What a client may ask; `{"id":7,"command":"take","scene":"cam2"}` on the wire.
///
/// Serde sees `{"take":{"scene":"cam2"}}`, which the panel makes of it: the form in which a mistake
/// deep inside still has a path.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[ts(tag = "command")]
pub enum Command {
    /// The whole state again.
    Snapshot {},
    /// Prepare a scene.
    Preview {
        /// Its id.
        scene: String,
    },
    /// Put a scene on air.
    Take {
        /// Its id; absent: what is in preview.
        #[serde(default)]
        scene: Option<String>,
        /// The way there.
        #[serde(default)]
        transition: Transition,
    },
    /// A fade by hand: the preview at `position` over the program; 1 completes the take, 0 leaves it.
    TBar {
        /// 0..=1
        position: f64,
    },
    /// The holding picture on air, the mix and its recording going on.
    Slate {
        /// On or off.
        on: bool,
    },
    /// Play a `media` source.
    Play {
        /// Its id.
        source: String,
        /// Start again at the end.
        #[serde(default)]
        repeat: bool,
    },
    /// Stop a `media` source and cue it to its start.
    Stop {
        /// Its id.
        source: String,
    },
    /// Change a strip of the sound desk; absent fields stay.
    Audio {
        /// The source's id.
        source: String,
        /// -60..=12
        #[serde(default)]
        gain_db: Option<f32>,
        /// Silent.
        #[serde(default)]
        mute: Option<bool>,
        /// Sound follows picture.
        #[serde(default)]
        follow: Option<bool>,
    },
    /// Show a title.
    TitleShow {
        /// A template's id.
        template: String,
        /// Its texts.
        #[serde(default)]
        fields: IndexMap<String, String>,
        /// Goes by itself after this; 1..=3600.
        #[serde(default)]
        seconds: Option<u32>,
    },
    /// Take a title away; without a template, all of them.
    TitleHide {
        /// A template's id.
        #[serde(default)]
        template: Option<String>,
    },
    /// Start an output.
    OutputStart {
        /// Its id.
        output: String,
    },
    /// Stop an output.
    OutputStop {
        /// Its id.
        output: String,
    },
    /// Try a failing output again at once.
    OutputRetry {
        /// Its id.
        output: String,
    },
    /// Save a scene (new, or in place of the one of the same id); survives a restart.
    SceneSave {
        /// The scene.
        scene: Scene,
    },
    /// Forget a scene that is not on air.
    SceneRemove {
        /// Its id.
        scene: String,
    },
    /// A recording outside any segment.
    Record {
        /// On or off.
        on: bool,
    },
    /// Everything works, nothing leaves the house.
    Rehearsal {
        /// On or off.
        on: bool,
    },
    /// This socket also carries pictures of these sources (and `program`).
    Monitor {
        /// Sources' ids; empty: no more pictures.
        sources: Vec<String>,
        /// Pixels, 80..=1280.
        #[serde(default = "monitor_width")]
        width: u32,
        /// 1..=60
        #[serde(default = "monitor_fps")]
        fps: u32,
    },
    /// This socket also carries one source's sound (or `program`'s), for headphones.
    Listen {
        /// The source's id; absent: silence.
        #[serde(default)]
        source: Option<String>,
    },
}

fn monitor_width() -> u32 {
    320
}

fn monitor_fps() -> u32 {
    10
}

/// The widest message a client may send, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Who somebody is at the desk; greater may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Questions and titles.
    Moderator,
    /// Runs the show.
    Animator,
    /// Everything.
    Admin,
}

impl Command {
    /// The least role that may send this.
    pub fn least_role(&self) -> Role {
        match self {
            Command::Snapshot {}
            | Command::TitleShow { .. }
            | Command::TitleHide { .. }
            | Command::Monitor { .. }
            | Command::Listen { .. } => Role::Moderator,
            _ => Role::Animator,
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Events and messages

/// A change of the state; carries the whole changed part.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each field is the state's own of that name")]
pub enum Event {
    ProgramChanged { program: ProgramState },
    PreviewChanged { preview: Option<String> },
    SlateChanged { slate: bool },
    RehearsalChanged { rehearsal: bool },
    SourceChanged { source: String, state: SourceState },
    ScenesChanged { scenes: Vec<Scene> },
    OutputChanged { output: String, state: OutputState },
    RecordingChanged { recording: RecordingState },
    TitlesChanged { titles: Vec<TitleState> },
    SegmentChanged { segment: Option<Segment> },
    RundownChanged { rundown: Vec<Segment> },
    QuestionsChanged { questions: Vec<Question> },
    HealthChanged { health: Health },
}

/// A text message from the studio.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "documented in the README's protocol table")]
pub enum Message {
    Snapshot {
        #[ts(type = "number")]
        rev: u64,
        role: Role,
        state: Box<State>,
    },
    Event {
        #[ts(type = "number")]
        rev: u64,
        #[serde(flatten)]
        event: Event,
    },
    Reply {
        /// The command's own, whatever it was; `null` if it had none.
        #[ts(type = "unknown")]
        id: serde_json::Value,
        ok: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        error: Option<ReplyError>,
    },
    Meters {
        /// Peak of the last tenth of a second, left and right, dBFS (-90 is silence).
        sources: IndexMap<String, [f32; 2]>,
        program: ProgramMeter,
    },
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReplyError {
    /// Stable, `snake_case`.
    pub code: String,
    /// The sentence in the studio's language.
    pub message: String,
    /// Whose fault.
    pub fault: Fault,
    /// The sentence in both.
    pub text: Text,
}

/// The program's level and loudness (EBU R128 / ITU-R BS.1770).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
pub struct ProgramMeter {
    /// Peak of the last tenth of a second, left and right, dBFS.
    pub peak_db: [f32; 2],
    /// 400 ms, LUFS.
    pub momentary: f32,
    /// 3 s, LUFS.
    pub short_term: f32,
    /// Since the start (gated), LUFS.
    pub integrated: f32,
    /// What the limiter takes away now, dB, 0 or more.
    pub limiting_db: f32,
}

/// First byte of a binary message: a JPEG picture.
pub const BINARY_PICTURE: u8 = 1;
/// First byte of a binary message: sound for headphones, S16LE stereo 48 kHz.
pub const BINARY_SOUND: u8 = 2;
