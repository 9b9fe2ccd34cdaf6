//! The typed configuration, validated once.

mod kind;
mod mistake;
mod parse;
mod people;
mod reference;
mod scene;
mod secret;
mod section;
mod settings;
mod syntax;
mod tables;
#[cfg(test)]
mod tests;
mod webrtc;

pub use kind::{Key, Kind, Kinds, Preset, Secret, Setting, Settings, ValueType};
pub use mistake::{Mistake, terminal_language};
pub use parse::{load, parse};
pub use people::{Agreement, Days, Retention};
pub use reference::reference;
pub use scene::{LEAST_FRACTION, MAX_LABEL, MAX_LAYERS, SceneFault, scene_faults};
pub use tables::{LANGUAGES, LEAST_PIN, LICENCES, PRESETS};
pub use webrtc::Webrtc;

use std::path::PathBuf;

use crate::{protocol::Scene, rights::Rule};

/// Everything the operator decided, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[plateau]`
    pub plateau: Plateau,
    /// `[access]`
    pub access: Access,
    /// `[tls]`: the operator's own certificate, PEM files; absent: the studio's own authority.
    pub tls: Option<Tls>,
    /// `[video]`
    pub video: Video,
    /// `[encoder]`
    pub encoder: Encoder,
    /// `[[source]]`, in order.
    pub sources: Vec<Source>,
    /// `[[scene]]`, in order (the full-frame scene of each source is not among them).
    pub scenes: Vec<Scene>,
    /// `[[output]]`, in order.
    pub outputs: Vec<Output>,
    /// `[[voices]]`, in order.
    pub voices: Vec<Voice>,
    /// `[audience]`
    pub audience: AudienceConfig,
    /// `[obs_websocket]`
    pub obs_websocket: Option<ObsWebsocket>,
    /// `[archive]`
    pub archive: Archive,
    /// `[agreement]`
    pub agreement: Agreement,
    /// `[retention]`
    pub retention: Retention,
    /// `[webrtc]`
    pub webrtc: Webrtc,
}

/// `[plateau]`
#[derive(Debug, Clone)]
pub struct Plateau {
    /// The event.
    pub title: String,
    /// Where it happens.
    pub place: String,
    /// `fr` or `en`.
    pub language: String,
    /// SPDX identifier.
    pub licence: String,
    /// How a clip comes to be published (`publish`).
    pub publish: Rule,
}

/// `[access]`: absent PINs are made at the first start.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Everything.
    pub admin_pin: Option<Secret>,
    /// Runs the show.
    pub animator_pin: Option<Secret>,
    /// Questions and titles.
    pub moderator_pin: Option<Secret>,
}

/// `[tls]`
#[derive(Debug, Clone)]
pub struct Tls {
    /// PEM, the chain, leaf first.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

/// `[video]`: the studio's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Video {
    /// Pixels, even, 160..=3840.
    pub width: u32,
    /// Pixels, even, 90..=2160.
    pub height: u32,
    /// Frames a second, 5..=60.
    pub framerate: u32,
}

/// `[encoder]`
#[derive(Debug, Clone)]
pub struct Encoder {
    /// Quality against delay.
    pub profile: Profile,
    /// x264's speed preset, `ultrafast` to `medium`.
    pub preset: String,
    /// Kilobits a second, 200..=20000.
    pub bitrate_kbps: u32,
    /// Seconds between key frames, 1..=10.
    pub keyframe_seconds: u32,
    /// AAC, kilobits a second, 64..=320.
    pub audio_kbps: u32,
    /// Never use a hardware encoder (`hardware = false`).
    pub software_only: bool,
}

/// Quality against delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Better picture, 0.16 s more.
    Balanced,
    /// Zero latency.
    Interactive,
}

impl Profile {
    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Balanced => "balanced",
            Profile::Interactive => "interactive",
        }
    }
}

/// `[[source]]`
#[derive(Debug, Clone)]
pub struct Source {
    /// `[a-z0-9_-]{1,32}`, unique, not `program`.
    pub id: String,
    /// What people call it (default: the id).
    pub label: String,
    /// A row of the registry.
    pub kind: &'static Kind,
    /// Sound later (positive) or picture later (negative), -2000..=2000.
    pub audio_delay_ms: i32,
    /// Sound follows the picture; `false`: always heard. Default: `true` for kinds with a picture.
    pub follow: Option<bool>,
    /// The kind's own keys.
    pub settings: Settings,
}

/// `[[output]]`
#[derive(Debug, Clone)]
pub struct Output {
    /// `[a-z0-9_-]{1,32}`, unique.
    pub id: String,
    /// What people call it (default: the id).
    pub label: String,
    /// A row of the registry.
    pub kind: &'static Kind,
    /// Started with the studio (`start = "auto"`); else by hand.
    pub auto: bool,
    /// The kind's own keys.
    pub settings: Settings,
}

/// `[[voices]]`: a network's chat that is read.
#[derive(Debug, Clone)]
pub struct Voice {
    /// `[a-z0-9_-]{1,32}`, unique.
    pub id: String,
    /// What people call it (default: the id).
    pub label: String,
    /// A row of the registry.
    pub kind: &'static Kind,
    /// The kind's own keys.
    pub settings: Settings,
}

/// `[audience]`
#[derive(Debug, Clone, Default)]
pub struct AudienceConfig {
    /// Caches in front of the studio: what they say of a viewer's address (`X-Forwarded-For`) is
    /// believed. The machine itself always is.
    pub edge: Vec<std::net::IpAddr>,
}

/// `[obs_websocket]`
#[derive(Debug, Clone)]
pub struct ObsWebsocket {
    /// Where it listens.
    pub listen: std::net::SocketAddr,
    /// Asked of clients.
    pub password: Option<Secret>,
}

/// `[archive]`
#[derive(Debug, Clone)]
pub struct Archive {
    /// Where the public finds the catalogue (`https://…`); absent: where the panel is served.
    pub address: Option<String>,
    /// A command that makes captions: given a clip's path and its language, prints WebVTT.
    pub transcriber: Option<String>,
    /// [`Days::BIN`]
    pub bin_days: u32,
    /// Hours, 1..=720, from a segment's end, in which its participants say what they think of the clip before an
    /// animator is asked (`publish = "participant"`).
    pub answer_hours: u32,
}
