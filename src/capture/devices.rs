//! The cameras and microphones plugged into this machine, as `[[source]]` blocks to paste.
//!
//! GStreamer's device monitor says what there is. The same camera may be seen by several of its
//! providers (Video4Linux, UVC, PipeWire); it is listed once, by its device path. A sound card is
//! listed once for each way to reach it (ALSA, PulseAudio, PipeWire): which one works depends on
//! who holds the card, so the operator chooses.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use gstreamer::{self as gst, prelude::*};
use serde::Serialize;

use crate::{
    config::{Kind, Kinds, ValueType, Video},
    disk::{self, Readers},
    protocol::{Fault, Problem, Text},
};

/// A camera or a microphone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device {
    /// The kind of source that reads it: `v4l2`, `alsa`, `pulse`, `pipewire`.
    pub kind: &'static str,
    /// What the `device` of that source must be.
    pub device: String,
    /// What the maker calls it.
    pub name: String,
    /// It gives a picture; otherwise sound.
    pub picture: bool,
    /// The sound that the machine itself plays, not a microphone.
    pub playback: bool,
    /// The best mode for the studio's picture; `None` for sound, or where the camera doesn't tell.
    pub mode: Option<Mode>,
}

/// What a camera can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Mode {
    /// How the picture travels.
    pub format: Format,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames a second, rounded down.
    pub framerate: u32,
}

/// How a camera's picture travels, the cheapest to read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Uncompressed.
    Raw,
    /// A JPEG for each frame.
    Mjpeg,
    /// H.264.
    H264,
}

impl Format {
    /// The word in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Format::Raw => "raw",
            Format::Mjpeg => "mjpeg",
            Format::H264 => "h264",
        }
    }

    fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "video/x-raw" => Some(Format::Raw),
            "image/jpeg" => Some(Format::Mjpeg),
            "video/x-h264" => Some(Format::H264),
            _ => None,
        }
    }
}

/// Looks for devices; takes as long as the machine's sound servers take to answer, a second or so.
///
/// # Errors
/// `no_device_monitor` where GStreamer has no device providers (its plugins are not installed).
pub fn find(wanted: &Video) -> Result<Vec<Device>, Problem> {
    let monitor = gst::DeviceMonitor::new();
    for class in ["Video/Source", "Audio/Source"] {
        monitor.add_filter(Some(class), None);
    }
    monitor.start().map_err(|error| {
        Problem::new(
            "no_device_monitor",
            Fault::Ours,
            format!("GStreamer ne peut pas chercher d'appareils ({error}) ; installez ses modules (make packages)."),
            format!("GStreamer cannot look for devices ({error}); install its plugins (make packages)."),
        )
    })?;
    let seen = monitor.devices();
    monitor.stop();
    Ok(once_each(seen.iter().filter_map(|device| describe(device, wanted)).collect()))
}

/// What a device of GStreamer's is to us; `None` for one that no kind of source reads.
fn describe(device: &gst::Device, wanted: &Video) -> Option<Device> {
    let properties = device.properties();
    let property = |name: &str| properties.as_ref().and_then(|all| all.get::<String>(name).ok());
    // PulseAudio's and ALSA's devices keep their address in a property of the object.
    let internal = || {
        let known =
            device.find_property("internal-name").is_some_and(|spec| spec.value_type() == String::static_type());
        if known { device.property::<Option<String>>("internal-name") } else { None }
    };
    let picture = device.has_classes("Video/Source");
    let (kind, address) = match property("device.path").or_else(|| property("api.v4l2.path")) {
        Some(path) if picture => ("v4l2", path),
        _ => match device.type_().name() {
            "GstPulseDevice" => ("pulse", internal()?),
            "GstAlsaDevice" => ("alsa", internal()?),
            "GstPipeWireDevice" => ("pipewire", property("node.name")?),
            _ => return None,
        },
    };
    let mode = device.caps().filter(|_| picture).and_then(|caps| best_mode(&caps, wanted));
    let playback = address.ends_with(".monitor") || property("device.class").as_deref() == Some("monitor");
    Some(Device { kind, device: address, name: device.display_name().into(), picture, playback, mode })
}

/// Cameras first, then microphones, then what the machine plays; each address once.
fn once_each(mut devices: Vec<Device>) -> Vec<Device> {
    // A provider that knows the camera's modes is worth more than one that doesn't.
    devices.sort_by_key(|device| (!device.picture, device.playback, device.mode.is_none()));
    let mut met = HashSet::new();
    devices.retain(|device| met.insert((device.kind, device.device.clone())));
    devices
}

/// The mode that reaches the wanted picture with the least work: enough pixels and frames, then no
/// more pixels than needed, then the cheaper format. If none reaches it, enough frames count more
/// than pixels: a small picture that moves is better than a large one that stutters.
pub fn best_mode(caps: &gst::CapsRef, wanted: &Video) -> Option<Mode> {
    let reaches = |mode: &Mode| mode.framerate >= wanted.framerate;
    let pixels = |mode: &Mode| u64::from(mode.width) * u64::from(mode.height);
    caps.iter().filter_map(|structure| mode_of(structure, wanted)).min_by_key(|mode| {
        let covers = mode.width >= wanted.width && mode.height >= wanted.height;
        let area = if covers { pixels(mode) } else { u64::MAX - pixels(mode) };
        let missing_frames = wanted.framerate.saturating_sub(mode.framerate);
        (!(covers && reaches(mode)), missing_frames, area, mode.format)
    })
}

/// The mode nearest to the wanted one among those a structure allows.
fn mode_of(structure: &gst::StructureRef, wanted: &Video) -> Option<Mode> {
    let format = Format::of(structure.name())?;
    let width = nearest_integer(structure.value("width").ok()?, wanted.width)?;
    let height = nearest_integer(structure.value("height").ok()?, wanted.height)?;
    let framerate = fastest(structure.value("framerate").ok()?, wanted.framerate)?;
    Some(Mode { format, width, height, framerate })
}

/// The least allowed number that reaches `wanted`, else the greatest.
fn nearest_integer(value: &gst::glib::SendValue, wanted: u32) -> Option<u32> {
    if let Ok(range) = value.get::<gst::IntRange<i32>>() {
        let (min, max) = (u32::try_from(range.min()).ok()?, u32::try_from(range.max()).ok()?);
        return Some(wanted.clamp(min, max));
    }
    let allowed = match value.get::<gst::List>() {
        Ok(list) => list.iter().filter_map(|item| item.get::<i32>().ok()).collect(),
        Err(_) => vec![value.get::<i32>().ok()?],
    };
    nearest(allowed.into_iter().filter_map(|number| u32::try_from(number).ok()), wanted)
}

/// The least allowed rate that reaches `wanted`, else the greatest.
fn fastest(value: &gst::glib::SendValue, wanted: u32) -> Option<u32> {
    let whole = |rate: gst::Fraction| u32::try_from(rate.numer() / rate.denom().max(1)).ok();
    if let Ok(range) = value.get::<gst::FractionRange>() {
        return Some(wanted.clamp(whole(range.min())?, whole(range.max())?));
    }
    let allowed = match value.get::<gst::List>() {
        Ok(list) => list.iter().filter_map(|item| item.get::<gst::Fraction>().ok()).collect(),
        Err(_) => vec![value.get::<gst::Fraction>().ok()?],
    };
    nearest(allowed.into_iter().filter_map(whole), wanted)
}

fn nearest(allowed: impl Iterator<Item = u32>, wanted: u32) -> Option<u32> {
    allowed.min_by_key(|number| if *number >= wanted { (false, *number) } else { (true, u32::MAX - *number) })
}

/// The devices as text: a `[[source]]` block for each, or a sentence that says what to do.
pub fn as_text(devices: &[Device], kinds: &Kinds, language: &str) -> String {
    if devices.is_empty() {
        let nothing = Text::new(
            "# Aucune caméra ni aucun micro trouvé. Branchez-les, vérifiez que l'utilisateur fait partie des groupes\n\
             # « video » et « audio », puis recommencez. Sans appareil, `kind = \"test\"` donne une image qui bouge.\n",
            "# No camera and no microphone found. Plug them in, check that the user belongs to the groups \"video\"\n\
             # and \"audio\", and try again. Without a device, `kind = \"test\"` gives a moving picture.\n",
        );
        return nothing.get(language).to_owned();
    }
    let mut numbers = Numbers::default();
    devices.iter().map(|device| block(device, &numbers.id(device), kinds, language)).collect::<Vec<_>>().join("\n")
}

/// The devices as JSON: a list, each with the `source` block to paste.
pub fn as_json(devices: &[Device], kinds: &Kinds, language: &str) -> serde_json::Value {
    #[derive(Serialize)]
    struct Row<'a> {
        #[serde(flatten)]
        device: &'a Device,
        source: String,
    }
    let mut numbers = Numbers::default();
    let rows: Vec<_> = devices
        .iter()
        .map(|device| Row { device, source: block(device, &numbers.id(device), kinds, language) })
        .collect();
    serde_json::to_value(rows).expect("plain data with text keys")
}

/// Numbers cameras and microphones apart.
#[derive(Default)]
struct Numbers {
    cameras: usize,
    microphones: usize,
}

impl Numbers {
    fn id(&mut self, device: &Device) -> String {
        let (word, number) = if device.picture { ("cam", &mut self.cameras) } else { ("mic", &mut self.microphones) };
        *number += 1;
        format!("{word}{number}")
    }
}

/// A `[[source]]` block. The mode is written as keys where the kind has them, and is a comment
/// otherwise.
fn block(device: &Device, id: &str, kinds: &Kinds, language: &str) -> String {
    let kind = kinds.sources.iter().find(|kind| kind.name == device.kind);
    let mut text = String::new();
    if device.playback {
        let words = Text::new(
            "Ce que joue la machine elle-même, pas un micro.",
            "What the machine itself plays, not a microphone.",
        );
        text += &format!("# {}\n", words.get(language));
    }
    if let Some(Mode { format, width, height, framerate }) = device.mode {
        let words = Text::new(
            format!("{width}×{height}, {framerate} images par seconde, {}", format.name()),
            format!("{width}×{height}, {framerate} frames a second, {}", format.name()),
        );
        text += &format!("# {}\n", words.get(language));
    }
    text += &format!(
        "[[source]]\nid = {}\nlabel = {}\nkind = {}\n",
        quoted(id),
        quoted(&label(&device.name)),
        quoted(device.kind)
    );
    text += &format!("device = {}\n", quoted(&device.device));
    if let Some(mode) = device.mode {
        text += &mode_keys(kind, mode);
    }
    text
}

/// The keys of `kind` that ask for a mode.
fn mode_keys(kind: Option<&Kind>, mode: Mode) -> String {
    let mut text = String::new();
    for key in kind.map_or(&[][..], |kind| kind.keys) {
        let number = match key.name {
            "width" => mode.width,
            "height" => mode.height,
            "framerate" => mode.framerate,
            _ => {
                if let ("format", ValueType::Choice(words)) = (key.name, key.value)
                    && words.contains(&mode.format.name())
                {
                    text += &format!("format = {}\n", quoted(mode.format.name()));
                }
                continue;
            }
        };
        if matches!(key.value, ValueType::Integer { min, max } if (min..=max).contains(&i64::from(number))) {
            text += &format!("{} = {number}\n", key.name);
        }
    }
    text
}

/// A maker's name that fits a label.
fn label(name: &str) -> String {
    let clean: String = name.chars().filter(|letter| !letter.is_control()).take(crate::config::MAX_LABEL).collect();
    if clean.trim().is_empty() { "?".into() } else { clean.trim().to_owned() }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The configuration of a data folder, `plateau.toml`; at the first start it is written there, with
/// what is plugged in now, and belongs to the operator from then on. GStreamer must be initialised.
///
/// # Errors
/// `data_unwritable` where the folder cannot be made or written.
pub fn first_config(data: &Path, kinds: &Kinds, language: &str) -> Result<PathBuf, Problem> {
    let path = data.join("plateau.toml");
    if path.exists() {
        return Ok(path);
    }
    let wanted = Video { width: 1280, height: 720, framerate: 25 };
    // Without a device monitor there are still the test pictures.
    let devices = find(&wanted).unwrap_or_else(|problem| {
        tracing::warn!(%problem, "no devices are looked for");
        Vec::new()
    });
    // Whole or not at all: half a file would stop the next start. Keys of networks will stand in it.
    disk::private_folder(data)
        .and_then(|()| disk::write(&path, demo_config(&devices, kinds, language).as_bytes(), Readers::Owner))
        .map_err(|error| {
            let folder = data.display();
            Problem::operator(
                "data_unwritable",
                format!("Le dossier des données {folder} n'est pas accessible en écriture ({error}) ; donnez-en le droit à l'utilisateur du studio, ou choisissez-en un autre (--data)."),
                format!("The data folder {folder} cannot be written ({error}); give the studio's user the right to, or choose another (--data)."),
            )
        })?;
    Ok(path)
}

/// The most microphones a first configuration takes.
const DEMO_MICROPHONES: usize = 4;
/// The most cameras a first configuration takes.
const DEMO_CAMERAS: usize = 4;

/// A first configuration for this machine: its cameras and microphones, or moving test pictures
/// where there is no camera; scenes of them; a watch page and a recording.
pub fn demo_config(devices: &[Device], kinds: &Kinds, language: &str) -> String {
    let say = |fr: &'static str, en: &'static str| if language.starts_with("fr") { fr } else { en };
    let mut text = format!(
        "# {}\n# {}\n\n[plateau]\ntitle = \"Open Plateau\"\nplace = \"\"\nlanguage = {}\nlicence = \"CC-BY-SA-4.0\"\n\
         # {}\npublish = \"participant\"\n",
        say(
            "Écrit au premier démarrage : ce fichier est à vous. `plateau reference` explique chaque clé,",
            "Written at the first start: this file is yours. `plateau reference` explains each key,",
        ),
        say(
            "`plateau devices` donne les appareils branchés, `plateau check --config FICHIER` vérifie.",
            "`plateau devices` lists what is plugged in, `plateau check --config FILE` verifies.",
        ),
        quoted(if language.starts_with("fr") { "fr" } else { "en" }),
        say(
            "Qui a été filmé voit l'extrait avant le public ; \"auto\" : publié dès la fin de la séquence.",
            "Who was filmed sees the clip before the public; \"auto\": published when the segment ends.",
        ),
    );
    let mut numbers = Numbers::default();
    let mut cameras = Vec::new();
    for device in devices.iter().filter(|device| device.picture && device.mode.is_some()).take(DEMO_CAMERAS) {
        let id = numbers.id(device);
        text += &format!("\n{}", block(device, &id, kinds, language));
        cameras.push(id);
    }
    if cameras.is_empty() {
        text +=
            &format!("\n# {}\n", say("Pas de caméra trouvée : des images d'essai.", "No camera found: test pictures."));
        let drawn = kinds.sources.iter().find_map(|kind| {
            kind.keys.iter().find_map(|key| match (key.name, key.value) {
                ("pattern", ValueType::Choice(words)) => Some((kind.name, words)),
                _ => None,
            })
        });
        let (kind, patterns) = drawn.unwrap_or(("test", &[]));
        for number in 0..3 {
            let id = format!("cam{}", number + 1);
            let name = format!("{} {}", say("Caméra", "Camera"), number + 1);
            text += &format!("[[source]]\nid = {}\nlabel = {}\nkind = {}\n", quoted(&id), quoted(&name), quoted(kind));
            if let Some(word) = patterns.get(number) {
                text += &format!("pattern = {}\n", quoted(word));
            }
            text.push('\n');
            cameras.push(id);
        }
    } else {
        for device in devices.iter().filter(|device| !device.picture && !device.playback).take(DEMO_MICROPHONES) {
            text += &format!("\n{}follow = false\n", block(device, &numbers.id(device), kinds, language));
        }
        text.push('\n');
    }
    if let Some(kind) = kinds.sources.iter().find(|kind| super::capabilities(kind).is_invited) {
        text += &format!(
            "# {}\n[[source]]\nid = \"tel1\"\nlabel = {}\nkind = \"{}\"\n\n",
            say(
                "Une place pour un téléphone : la régie l'invite par un code à scanner.",
                "A place for a phone: the control room invites it by a code to scan.",
            ),
            quoted(say("Téléphone", "Phone")),
            kind.name,
        );
    }
    if let [first, second, ..] = &cameras[..] {
        let (first, second) = (quoted(first), quoted(second));
        text += &format!(
            "[[scene]]\nid = \"duo\"\nlabel = \"Duo\"\nlayers = [\n    \
             {{ source = {first}, x = 0.0, width = 0.5, fit = \"cover\" }},\n    \
             {{ source = {second}, x = 0.5, width = 0.5, fit = \"cover\" }},\n]\n\n\
             [[scene]]\nid = \"pip\"\nlabel = {}\nlayers = [\n    {{ source = {first}, fit = \"cover\" }},\n    \
             {{ source = {second}, x = 0.68, y = 0.06, width = 0.28, height = 0.28, fit = \"cover\" }},\n]\n\n",
            quoted(say("Incrustation", "Picture in picture")),
        );
    }
    text += &format!(
        "# {}\n[[output]]\nid = \"web\"\nlabel = {}\nkind = \"hls\"\nstart = \"manual\"\n\n\
         # {}\n[[output]]\nid = \"log\"\nlabel = {}\nkind = \"file\"\npath = \"program.mp4\"\nstart = \"manual\"\n",
        say(
            "La page du studio, pour qui regarde. Rien ne sort tout seul ; \"auto\" : dès le démarrage.",
            "The studio's own page, for those who watch. Nothing goes out by itself; \"auto\": from the start.",
        ),
        quoted(say("Page web", "Web page")),
        say("Tout le programme dans un fichier.", "The whole programme in a file."),
        quoted(say("Enregistrement", "Recording")),
    );
    text
}

#[cfg(test)]
mod tests;
