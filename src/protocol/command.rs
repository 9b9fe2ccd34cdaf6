//! What a client may ask: what concerns its own connection, the studio, the archive; and who may ask it.

use std::fmt;

use indexmap::IndexMap;
use serde::{
    Deserialize,
    de::{self, IntoDeserializer},
};
use serde_json::{Map, Value};
use ts_rs::TS;

use super::{ClipUpdate, ExportForm, Problem, Role, Scene, SegmentAdd, SegmentUpdate, Transition};

/// A command on the wire: `{"id":7,"command":"take","scene":"cam2"}`. No name is in two of the three.
#[derive(Debug, Clone, PartialEq, TS)]
#[ts(untagged)]
pub enum Command {
    /// Changes what one websocket carries.
    Connection(ConnectionCommand),
    /// Changes the state of the studio.
    Studio(StudioCommand),
    /// Changes what is kept on disk.
    Archive(ArchiveCommand),
}

/// What concerns one websocket alone.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[ts(tag = "command", optional_fields = nullable)]
pub enum ConnectionCommand {
    /// The whole state again.
    Snapshot {},
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

/// What the studio decides at once, from its state.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[ts(tag = "command", optional_fields = nullable)]
pub enum StudioCommand {
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
        /// An animator says that whoever is named agrees to it, or that somebody else of that name is meant:
        /// needed for a name in the texts that its bearer did not choose.
        #[serde(default)]
        agreed: bool,
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
    /// A question into the queue.
    QuestionAccept {
        /// Its id.
        question: String,
    },
    /// A question that is not for the screen.
    QuestionReject {
        /// Its id.
        question: String,
    },
    /// An accepted question's card onto the picture.
    QuestionShow {
        /// Its id.
        question: String,
    },
    /// The card away.
    QuestionHide {
        /// Its id; absent: whichever is on air.
        #[serde(default)]
        question: Option<String>,
    },
    /// Whoever asked this is not heard any more.
    QuestionBlock {
        /// Its id.
        question: String,
    },
    /// Somebody is heard again.
    QuestionUnblock {
        /// The network's label.
        network: String,
        /// The name.
        name: String,
    },
    /// The applause as a small graphic.
    Applause {
        /// On or off.
        on: bool,
    },
    /// Connect to a destination, say what it answers, leave.
    OutputTest {
        /// Its id; it must be off.
        output: String,
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
    /// Puts a segment into the rundown.
    SegmentAdd(SegmentAdd),
    /// Changes a segment.
    SegmentUpdate(SegmentUpdate),
    /// Moves a segment.
    SegmentMove {
        /// Its id.
        segment: String,
        /// Its new place in the rundown, from 0; beyond the end: last.
        position: usize,
    },
    /// Takes a segment that is not on air out of the rundown.
    SegmentRemove {
        /// Its id.
        segment: String,
    },
    /// Starts a segment: its recording, titles and clock.
    SegmentStart {
        /// Its id; absent: the next one.
        #[serde(default)]
        segment: Option<String>,
        /// Record only, with the slate on air; absent: as the segment says.
        #[serde(default)]
        private: Option<bool>,
        /// An admin's reason for starting although somebody has not agreed; it is written down.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Ends the segment on air.
    SegmentEnd {},
    /// Marks this moment of the segment on air.
    SegmentMark {
        /// At most 120 characters.
        #[serde(default)]
        label: String,
    },
    /// A message on the set's clock; empty: none.
    ClockMessage {
        /// At most 200 characters.
        text: String,
    },
}

/// What changes what is kept on disk; the answer comes when that is done.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[ts(tag = "command", optional_fields = nullable)]
pub enum ArchiveCommand {
    /// Change a clip or a photo of the archive; absent fields stay.
    ClipUpdate(Box<ClipUpdate>),
    /// Put a clip into the public catalogue.
    ClipPublish {
        /// Its id.
        clip: String,
        /// Everybody who can be recognised has agreed, or nobody can be: needed for photos, for private
        /// segments, and where no participant is listed.
        #[serde(default)]
        agreed: bool,
    },
    /// Take a clip out of the public catalogue.
    ClipHide {
        /// Its id.
        clip: String,
    },
    /// Move a clip to the bin.
    ClipRemove {
        /// Its id.
        clip: String,
    },
    /// Bring a clip back from the bin.
    ClipRestore {
        /// Its id.
        clip: String,
    },
    /// Have an export of the archive made, or brought up to date, in `exports/` of the data folder.
    ExportStart {
        /// What is made.
        form: ExportForm,
    },
    /// Stop an export; what is done stays done.
    ExportStop {
        /// Which.
        form: ExportForm,
    },
    /// A still into the photo base, full size.
    Photo {
        /// A source's id; absent: the program.
        #[serde(default)]
        source: Option<String>,
        /// What it shows; absent: the segment's title, or the event's.
        #[serde(default)]
        title: Option<String>,
    },
    /// The machine's date and time are right: what has had its term is erased now.
    RetentionConfirm {},
}

fn monitor_width() -> u32 {
    320
}

fn monitor_fps() -> u32 {
    10
}

impl Command {
    /// Reads a command's name and fields; `None`: there is no command of that name.
    ///
    /// # Errors
    /// Which field is wrong, by its path, and how.
    pub fn read(name: &str, fields: Map<String, Value>) -> Option<Result<Self, FieldError>> {
        if is_named::<ConnectionCommand>(name) {
            Some(tagged(name, fields).map(Self::Connection))
        } else if is_named::<StudioCommand>(name) {
            Some(tagged(name, fields).map(Self::Studio))
        } else if is_named::<ArchiveCommand>(name) {
            Some(tagged(name, fields).map(Self::Archive))
        } else {
            None
        }
    }
}

/// What is wrong with a field of a command.
#[derive(Debug)]
pub struct FieldError {
    /// Its path, such as `scene.layers.[0].x`; empty: the command as a whole.
    pub path: String,
    /// What serde says, in English.
    pub detail: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.detail),
            path => write!(f, "{path}: {}", self.detail),
        }
    }
}

/// Reads one of the three; serde sees `{"take":{"scene":"cam2"}}`, in which a mistake deep inside has a path.
fn tagged<C: de::DeserializeOwned>(name: &str, fields: Map<String, Value>) -> Result<C, FieldError> {
    let tagged = Value::Object(Map::from_iter([(name.to_owned(), Value::Object(fields))]));
    serde_path_to_error::deserialize(tagged).map_err(|error| {
        // The path starts with the command's own name.
        let path = error.path().iter().skip(1).map(ToString::to_string).collect::<Vec<_>>().join(".");
        FieldError { path, detail: error.inner().to_string() }
    })
}

/// Whether `C` has a variant of this name.
fn is_named<C: de::DeserializeOwned>(name: &str) -> bool {
    !matches!(C::deserialize(name.into_deserializer()), Err(NameError::Unknown))
}

/// Deserialising a bare name can only fail: because the enum has no such variant, or for lack of fields.
#[derive(Debug)]
enum NameError {
    Unknown,
    Other,
}

impl de::Error for NameError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        NameError::Other
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        NameError::Unknown
    }
}

impl std::error::Error for NameError {}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NameError::Unknown => "unknown command",
            NameError::Other => "fields are missing",
        })
    }
}

/// Not everybody may ask this.
pub trait Restricted {
    /// The least role that may.
    fn least_role(&self) -> Role;
}

/// A command whose sender may ask it: [`Permitted::check`] is the only way to one.
#[derive(Debug)]
pub struct Permitted<C> {
    role: Role,
    command: C,
}

impl<C: Restricted> Permitted<C> {
    /// Lets the command through where the role is enough.
    ///
    /// # Errors
    /// `forbidden`, with the role that is needed.
    pub fn check(role: Role, command: C) -> Result<Self, Problem> {
        let least = command.least_role();
        if role < least { Err(Problem::forbidden(least)) } else { Ok(Self { role, command }) }
    }

    /// Who asks, and what.
    pub fn into_parts(self) -> (Role, C) {
        (self.role, self.command)
    }
}

// No wildcard in the three: whoever adds a command decides who may send it.

impl Restricted for ConnectionCommand {
    fn least_role(&self) -> Role {
        match self {
            Self::Snapshot {} | Self::Monitor { .. } | Self::Listen { .. } => Role::Moderator,
        }
    }
}

impl Restricted for StudioCommand {
    fn least_role(&self) -> Role {
        match self {
            Self::TitleShow { .. }
            | Self::TitleHide { .. }
            | Self::QuestionAccept { .. }
            | Self::QuestionReject { .. }
            | Self::QuestionShow { .. }
            | Self::QuestionHide { .. }
            | Self::QuestionBlock { .. }
            | Self::QuestionUnblock { .. }
            | Self::Applause { .. } => Role::Moderator,
            Self::Preview { .. }
            | Self::Take { .. }
            | Self::TBar { .. }
            | Self::Slate { .. }
            | Self::Play { .. }
            | Self::Stop { .. }
            | Self::Audio { .. }
            | Self::OutputStart { .. }
            | Self::OutputStop { .. }
            | Self::OutputRetry { .. }
            | Self::SceneSave { .. }
            | Self::SceneRemove { .. }
            | Self::OutputTest { .. }
            | Self::Record { .. }
            | Self::Rehearsal { .. }
            | Self::SegmentAdd(_)
            | Self::SegmentUpdate(_)
            | Self::SegmentMove { .. }
            | Self::SegmentRemove { .. }
            | Self::SegmentStart { .. }
            | Self::SegmentEnd {}
            | Self::SegmentMark { .. }
            | Self::ClockMessage { .. } => Role::Animator,
        }
    }
}

impl Restricted for ArchiveCommand {
    fn least_role(&self) -> Role {
        match self {
            Self::ClipUpdate(_)
            | Self::ClipPublish { .. }
            | Self::ClipHide { .. }
            | Self::ClipRemove { .. }
            | Self::ClipRestore { .. }
            | Self::ExportStart { .. }
            | Self::ExportStop { .. }
            | Self::Photo { .. } => Role::Animator,
            Self::RetentionConfirm {} => Role::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Keeps the names that serde knows.
    #[derive(Debug)]
    struct Names(Vec<&'static str>);

    impl de::Error for Names {
        fn custom<T: fmt::Display>(message: T) -> Self {
            panic!("no command is named “?”: {message}")
        }

        fn unknown_variant(_: &str, names: &'static [&'static str]) -> Self {
            Names(names.to_vec())
        }
    }

    impl std::error::Error for Names {}

    impl fmt::Display for Names {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:?}", self.0)
        }
    }

    fn names<C: de::DeserializeOwned>() -> Vec<&'static str> {
        C::deserialize("?".into_deserializer()).map(drop).map_or_else(|Names(names)| names, |()| Vec::new())
    }

    #[test]
    fn a_name_is_in_one_of_the_three_enums() {
        let mut all = [names::<ConnectionCommand>(), names::<StudioCommand>(), names::<ArchiveCommand>()].concat();
        assert!(all.iter().all(|name| Command::read(name, Map::new()).is_some()));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(Command::read("Take", Map::new()).is_none());
    }

    #[test]
    fn only_who_may_gets_a_command_through() {
        let command = |name: &str| {
            let fields = json!({
                "title_show": { "template": "lower" },
                "take": {},
                "segment_start": {},
                "clip_remove": { "clip": "c" },
                "listen": {},
                "retention_confirm": {},
            });
            let Value::Object(fields) = fields[name].clone() else { panic!("{name} has fields") };
            Command::read(name, fields).unwrap().unwrap()
        };
        let may = |role, name| match command(name) {
            Command::Connection(command) => Permitted::check(role, command).map(drop),
            Command::Studio(command) => Permitted::check(role, command).map(drop),
            Command::Archive(command) => Permitted::check(role, command).map(drop),
        };
        for (name, least) in [
            ("listen", Role::Moderator),
            ("title_show", Role::Moderator),
            ("take", Role::Animator),
            ("segment_start", Role::Animator),
            ("clip_remove", Role::Animator),
            ("retention_confirm", Role::Admin),
        ] {
            for role in [Role::Moderator, Role::Animator, Role::Admin] {
                let code = may(role, name).map_err(|problem| problem.code);
                assert_eq!(code, if role >= least { Ok(()) } else { Err("forbidden".into()) }, "{role:?}: {name}");
            }
        }
    }
}
