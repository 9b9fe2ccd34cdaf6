//! What travels between the studio and its clients: commands down, events up.
//!
//! These are the only types on the wire of `/api/control`; `web/src/protocol.ts` is generated from
//! them, and a stale copy fails the tests. The state a client holds is the [`State`] of the last
//! `snapshot` message with every later [`Event`] applied: each event carries the *whole* changed
//! part, under the name it has in the state, so applying one is an assignment.
//!
//! Units: times are Unix milliseconds, durations say their unit in their name, levels are dBFS,
//! loudness LUFS, positions and sizes fractions of the frame (0..=1, origin top left).

mod command;
mod rundown;
#[cfg(test)]
mod typescript;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::archive::{
    Chapter, Credit, Export, ExportForm, ExportStatus, Loudness, Medium, Standing, Update as ClipUpdate,
};
pub use crate::rights::Answer;
pub use command::{ArchiveCommand, Command, ConnectionCommand, FieldError, Permitted, Restricted, StudioCommand};
pub use rundown::{Mark, NameShown, NewParticipant, Participant, Segment, SegmentAdd, SegmentState, SegmentUpdate};

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

    /// Only `least` and above may do that.
    pub fn forbidden(least: Role) -> Self {
        let (fr, en) = match least {
            Role::Admin => ("Seul le code d'administration permet cela.", "Only the administrator's PIN allows this."),
            _ => (
                "Votre code ne permet pas cela. Demandez à un animateur, ou connectez-vous avec un autre code.",
                "Your PIN does not allow this. Ask an animator, or log in with another one.",
            ),
        };
        Self::operator("forbidden", fr, en)
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
    /// The newest clips and photos of the archive, newest first.
    pub clips: Vec<ClipState>,
    /// What is taken out of the archive for elsewhere, in the order in which it was asked for.
    pub exports: Vec<Export>,
    /// How late the day is, seconds; negative: early; `null`: nothing to compare with.
    pub drift_seconds: Option<i32>,
    /// The desk's message on the set's clock.
    pub clock_message: Option<String>,
    /// What viewers asked, oldest first.
    pub questions: Vec<Question>,
    /// Where voices come from, and who is not heard.
    pub voices: VoicesState,
    /// Who is watching.
    pub audience: AudienceState,
    /// The machine.
    pub health: Health,
}

impl State {
    /// Whether a source is seen or heard on air: by the scene on air or, where its sound does not follow the
    /// picture, always. Nothing is while the holding picture is on air.
    pub fn is_on_air(&self, source: &str) -> bool {
        let scene = self.scenes.iter().find(|scene| scene.id == self.program.scene);
        let always = |known: &SourceState| known.sound && !known.audio.follow && !known.audio.mute;
        !self.slate
            && (scene.is_some_and(|scene| scene.carries(source)) || self.sources.get(source).is_some_and(always))
    }
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
    /// How it came there.
    pub transition: Transition,
    /// The scene before it that is no player's: where a player gives the programme back at its end.
    pub back: Option<String>,
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

/// What a source's kind means to the studio and its clients, whatever its name is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
pub struct SourceCapabilities {
    /// `play` and `stop` apply to it.
    pub has_transport: bool,
    /// A place that somebody is invited to; off until they call.
    pub is_invited: bool,
    /// It comes from a device that is plugged into this machine, or built in.
    pub needs_device: bool,
}

/// A camera, a microphone, a player.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SourceState {
    /// What people call it.
    pub label: String,
    /// The kind, as in the configuration.
    pub kind: String,
    /// What its kind means to the studio and its clients.
    pub capabilities: SourceCapabilities,
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
    /// The participant who films with their own phone, for kind `phone`; `None` also where a phone films by
    /// a link of the desk.
    pub holder: Option<PhoneHolder>,
}

/// The participant whose phone fills a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PhoneHolder {
    /// The participation's id.
    pub person: String,
    /// As they chose to be named; `None`: they are not to be named.
    pub name: Option<String>,
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

impl Scene {
    /// Whether a source is seen in it, or heard with it.
    pub fn carries(&self, source: &str) -> bool {
        self.layers.iter().any(|layer| layer.source == source) || self.microphones.iter().any(|heard| heard == source)
    }
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

/// What an output's kind means to the studio and its clients, whatever its name is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
pub struct OutputCapabilities {
    /// The public sees what it carries: only simulated in a rehearsal.
    pub leaves_the_house: bool,
    /// It writes files of the data folder.
    pub writes_files: bool,
    /// The public fetches it from the studio's own pages.
    pub is_playlist: bool,
}

impl OutputCapabilities {
    /// Another server takes it: an upload of its own, which can be tested.
    pub fn is_upload(self) -> bool {
        self.leaves_the_house && !self.is_playlist
    }
}

/// A destination.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct OutputState {
    /// What people call it.
    pub label: String,
    /// The kind, as in the configuration.
    pub kind: String,
    /// What its kind means to the studio and its clients.
    pub capabilities: OutputCapabilities,
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
    /// Times it came back by itself since it was started.
    pub reconnections: u32,
    /// Bytes that left since it was started.
    #[ts(type = "number")]
    pub sent_bytes: u64,
    /// What the last test saw.
    pub tested: Option<OutputTested>,
    /// The file it writes, relative to the data folder.
    pub file: Option<String>,
}

/// What a test of a destination saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct OutputTested {
    /// Unix milliseconds; while it runs, of its beginning.
    #[ts(type = "number")]
    pub at: u64,
    /// `None` while it runs.
    pub ok: Option<bool>,
    /// What it saw, and what to do.
    pub text: Text,
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

/// Where a question stands. Only a person moves it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// Nobody has decided.
    Waiting,
    /// In the queue that the animator and the guests see.
    Accepted,
    /// Its card is on the picture.
    OnAir,
    /// Its card was on the picture.
    Shown,
    /// Not for the screen.
    Rejected,
}

/// What a participant says of their clip before the public sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ClipAnswer {
    /// As they chose to be credited; `None`: they do not wish to be named.
    pub name: Option<String>,
    /// `None`: nothing yet.
    pub answer: Option<Answer>,
}

/// A clip or a photo, as the desk sees it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ClipState {
    /// Its id in the archive; its page is `/archive/{id}`.
    pub id: String,
    /// Clip or photo.
    pub medium: Medium,
    /// What it is called.
    pub title: String,
    /// What the desk has decided.
    pub standing: Standing,
    /// Everybody whose agreement it needs has agreed to its publication.
    pub allowed: bool,
    /// Whoever publishes it has to say (`agreed`) that everybody who can be recognised has agreed, or that
    /// nobody can.
    pub clearing: bool,
    /// It is in the public catalogue.
    pub public: bool,
    /// What each participant says of it as it is cut now, where they are asked.
    pub answers: Vec<ClipAnswer>,
    /// Milliseconds; 0 for a photo.
    #[ts(type = "number")]
    pub duration_ms: u64,
    /// Unix milliseconds.
    #[ts(type = "number")]
    pub recorded_at: u64,
    /// The segment it was.
    pub segment: Option<String>,
    /// EBU R128, once measured.
    pub loudness: Option<Loudness>,
    /// What a photo says of its author and rights: the desk decides whether it is published.
    pub rights_notice: Option<String>,
    /// A cut took its typed transcript off: somebody has to look through it again.
    pub transcript_withheld: bool,
}

/// Something a viewer asked, already cleaned: one line of text, without characters that hide or turn others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Question {
    /// Given by the studio.
    pub id: String,
    /// Who asks.
    pub name: String,
    /// What.
    pub text: String,
    /// Where it comes from, as people call it.
    pub network: String,
    /// Unix milliseconds.
    #[ts(type = "number")]
    pub at: u64,
    /// Where it stands.
    pub state: QuestionState,
    /// Unix milliseconds since when it stands there; the queue is in this order.
    #[ts(type = "number")]
    pub since: u64,
    /// What the network calls the message and its author: never sent to a client.
    #[serde(skip)]
    #[ts(skip)]
    pub origin: Origin,
}

/// How a network knows a message, so that a deletion there is followed here. It has no form of its own in
/// JSON: what holds one does not compile as a message unless it is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The connector's id; empty: our own page.
    pub connector: String,
    /// The message.
    pub message: Option<String>,
    /// Its author.
    pub author: Option<String>,
}

/// Where voices come from besides our own page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct VoicesState {
    /// The networks' chats, in the order of the configuration.
    pub networks: IndexMap<String, NetworkState>,
    /// Who is not heard.
    pub blocked: Vec<BlockedName>,
}

/// A network's chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NetworkState {
    /// What people call it.
    pub label: String,
    /// The kind, as in the configuration.
    pub kind: String,
    /// Where it stands.
    pub status: OutputStatus,
    /// Why it is not live, and what to do.
    pub problem: Option<Problem>,
    /// Unix milliseconds of the next attempt.
    #[ts(type = "number | null")]
    pub retry_at: Option<u64>,
    /// Messages since the start.
    #[ts(type = "number")]
    pub received: u64,
    /// … of which so many were left out, because they came faster than anybody reads.
    #[ts(type = "number")]
    pub dropped: u64,
}

/// Somebody who is not heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BlockedName {
    /// The network's label.
    pub network: String,
    /// The name.
    pub name: String,
    /// Unix milliseconds.
    #[serde(default)]
    #[ts(type = "number")]
    pub since: u64,
}

/// Who is watching, counted without knowing anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct AudienceState {
    /// Watch pages open now.
    pub viewers: u32,
    /// The most there were.
    pub most: u32,
    /// Hands clapped in the last ten seconds.
    pub applause: u32,
    /// The applause stands on the picture.
    pub applause_shown: bool,
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
    ClipsChanged { clips: Vec<ClipState> },
    ExportsChanged { exports: Vec<Export> },
    RundownChanged { rundown: Vec<Segment>, drift_seconds: Option<i32> },
    ClockMessageChanged { clock_message: Option<String> },
    QuestionsChanged { questions: Vec<Question> },
    VoicesChanged { voices: VoicesState },
    AudienceChanged { audience: AudienceState },
    HealthChanged { health: Health },
}

/// A text message from the studio.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "documented in the README's protocol table")]
#[allow(clippy::large_enum_variant, reason = "nearly every message is an event")]
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
