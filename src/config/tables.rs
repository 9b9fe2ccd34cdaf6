//! The tables that exist once: each absent one means its defaults.

use std::{net::SocketAddr, path::Path};

use super::{
    Access, Archive, AudienceConfig, Days, Encoder, ObsWebsocket, Plateau, Profile, Secret, Tls, Video,
    mistake::{Mistakes, quote},
    secret::{Surroundings, read_small, secret_of, unreadable},
    section::{Section, Value, text_of},
};
use crate::rights::Rule;

/// Licences that an event may choose, by SPDX identifier; the first is the default.
pub const LICENCES: &[&str] = &[
    "CC-BY-SA-4.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC-ND-4.0",
    "LAL-1.3",
];

/// The studio's languages; the first is the default.
pub const LANGUAGES: &[&str] = &["fr", "en"];
/// x264's speed presets that keep up with a live picture, fastest first.
pub const PRESETS: &[&str] = &["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"];
/// The least characters of a PIN.
pub const LEAST_PIN: usize = 4;
/// Characters of the event's title and place.
const LONGEST: usize = 200;
/// Hours for participants to say what they think of their clip.
const ANSWER_HOURS: u32 = 72;

pub(super) fn plateau(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> Plateau {
    let mut plateau = Plateau {
        title: "Open Plateau".into(),
        place: String::new(),
        language: LANGUAGES[0].into(),
        licence: LICENCES[0].into(),
        publish: Rule::Auto,
    };
    let Some(mut section) = section else { return plateau };
    if let Some(title) = section.text("title", LONGEST, mistakes) {
        plateau.title = title;
    }
    // A place may be left blank.
    if section.peek_text("place").as_deref() == Some("") {
        section.value("place");
    } else if let Some(place) = section.text("place", LONGEST, mistakes) {
        plateau.place = place;
    }
    if let Some(language) = section.choice("language", LANGUAGES, mistakes) {
        plateau.language = language.into();
    }
    if let Some(licence) = section.choice("licence", LICENCES, mistakes) {
        plateau.licence = licence.into();
    }
    plateau.publish = match section.choice("publish", &["auto", "participant", "review"], mistakes) {
        Some("participant") => Rule::Participant,
        Some("review") => Rule::Review,
        _ => Rule::Auto,
    };
    section.close(mistakes);
    plateau
}

pub(super) fn access(section: Option<Section<'_, '_>>, around: &Surroundings<'_>, mistakes: &mut Mistakes) -> Access {
    let Some(mut section) = section else { return Access::default() };
    let mut pins: Vec<(&str, Secret)> = Vec::new();
    for key in ["admin_pin", "animator_pin", "moderator_pin"] {
        let Some(value) = section.value(key) else { continue };
        let Some(pin) = secret_of(key, value, around, mistakes) else { continue };
        if pin.reveal().chars().count() < LEAST_PIN {
            mistakes.at(
                &value.span(),
                format!("`{key}` est trop court ; au moins {LEAST_PIN} caractères, 6 de préférence"),
                format!("`{key}` is too short; at least {LEAST_PIN} characters, better 6"),
            );
        }
        if let Some((other, _)) = pins.iter().find(|(_, other)| *other == pin) {
            mistakes.at(
                &value.span(),
                format!("`{key}` est le même code que `{other}` ; chaque rôle a le sien, sans quoi on ne peut pas les distinguer"),
                format!("`{key}` is the same as `{other}`; each role has a PIN of its own, or they cannot be told apart"),
            );
        }
        pins.push((key, pin));
    }
    section.close(mistakes);
    let mut pin = |wanted| pins.iter().position(|(key, _)| *key == wanted).map(|at| pins.swap_remove(at).1);
    Access { admin_pin: pin("admin_pin"), animator_pin: pin("animator_pin"), moderator_pin: pin("moderator_pin") }
}

pub(super) fn tls(section: Option<Section<'_, '_>>, around: &Surroundings<'_>, mistakes: &mut Mistakes) -> Option<Tls> {
    let mut section = section?;
    let mut file = |key| {
        let value = section.required(key, mistakes)?;
        let path = around.file(&text_of(key, value, 4096, mistakes)?);
        check_pem(key, &path, value, mistakes);
        Some(path)
    };
    let (certificate, key) = (file("certificate"), file("key"));
    section.close(mistakes);
    Some(Tls { certificate: certificate?, key: key? })
}

fn check_pem(key: &str, path: &Path, value: &Value<'_>, mistakes: &mut Mistakes) {
    const LONGEST: usize = 1 << 20;
    let shown = quote(&path.display().to_string());
    match read_small(path, LONGEST) {
        Ok(text) if text.contains("-----BEGIN ") => {}
        Ok(_) => mistakes.at(
            &value.span(),
            format!("`{key}` : {shown} n'est pas un fichier PEM (il commencerait par -----BEGIN)"),
            format!("`{key}`: {shown} is not a PEM file (it would start with -----BEGIN)"),
        ),
        Err(error) => {
            let why = unreadable(&error);
            mistakes.at(
                &value.span(),
                format!("`{key}` doit être le fichier {shown}, mais {}", why.fr),
                format!("`{key}` should be the file {shown}, but {}", why.en),
            );
        }
    }
}

pub(super) fn video(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> Video {
    let mut video = Video { width: 1280, height: 720, framerate: 25 };
    let Some(mut section) = section else { return video };
    let pixels = ["pixels", "pixels"];
    for (key, range, field) in [("width", 160..=3840, &mut video.width), ("height", 90..=2160, &mut video.height)] {
        let Some(number) = section.integer(key, range, pixels, mistakes) else { continue };
        if number % 2 == 1 {
            let (below, above) = (number - 1, number + 1);
            mistakes.at(
                &section.place_of(key),
                format!(
                    "`{key} = {number}` est impair ; le codage de l'image veut un nombre pair : {below} ou {above}"
                ),
                format!("`{key} = {number}` is odd; the picture's encoding needs an even number: {below} or {above}"),
            );
        }
        *field = number.unsigned_abs() as u32;
    }
    if let Some(rate) = section.integer("framerate", 5..=60, ["images par seconde", "frames a second"], mistakes) {
        video.framerate = rate.unsigned_abs() as u32;
    }
    section.close(mistakes);
    video
}

pub(super) fn encoder(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> Encoder {
    let mut encoder = Encoder {
        profile: Profile::Balanced,
        preset: "veryfast".into(),
        bitrate_kbps: 2500,
        keyframe_seconds: 2,
        audio_kbps: 128,
        software_only: false,
    };
    let Some(mut section) = section else { return encoder };
    if section.choice("profile", &["balanced", "interactive"], mistakes) == Some("interactive") {
        encoder.profile = Profile::Interactive;
    }
    if let Some(preset) = section.choice("preset", PRESETS, mistakes) {
        encoder.preset = preset.into();
    }
    let kbps = ["kilobits par seconde", "kilobits a second"];
    let fields = [
        ("bitrate_kbps", 200..=20_000, kbps, &mut encoder.bitrate_kbps),
        ("keyframe_seconds", 1..=10, ["secondes", "seconds"], &mut encoder.keyframe_seconds),
        ("audio_kbps", 64..=320, kbps, &mut encoder.audio_kbps),
    ];
    for (key, range, unit, field) in fields {
        if let Some(number) = section.integer(key, range, unit, mistakes) {
            *field = number.unsigned_abs() as u32;
        }
    }
    encoder.software_only = section.flag("hardware", mistakes) == Some(false);
    section.close(mistakes);
    encoder
}

pub(super) fn audience(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> AudienceConfig {
    let Some(mut section) = section else { return AudienceConfig::default() };
    let mut edge = Vec::new();
    for value in section.list("edge", mistakes) {
        let Some(text) = text_of("edge", value, 100, mistakes) else { continue };
        match text.parse() {
            Ok(address) => edge.push(address),
            Err(_) => {
                let quoted = quote(&text);
                mistakes.at(
                    &value.span(),
                    format!("`edge` : \"{quoted}\" doit être l'adresse IP d'un cache, comme \"192.0.2.10\""),
                    format!("`edge`: \"{quoted}\" should be a cache's IP address, such as \"192.0.2.10\""),
                );
            }
        }
    }
    section.close(mistakes);
    AudienceConfig { edge }
}

pub(super) fn obs_websocket(
    section: Option<Section<'_, '_>>,
    around: &Surroundings<'_>,
    mistakes: &mut Mistakes,
) -> Option<ObsWebsocket> {
    let mut section = section?;
    let listen = section.required("listen", mistakes).and_then(|value| {
        let text = text_of("listen", value, 100, mistakes)?;
        let address = text.parse::<SocketAddr>().ok();
        if address.is_none() {
            let quoted = quote(&text);
            mistakes.at(
                &value.span(),
                format!("`listen = \"{quoted}\"` doit être ADRESSE:PORT, comme \"127.0.0.1:4455\", ou \"0.0.0.0:4455\" pour tout le réseau"),
                format!("`listen = \"{quoted}\"` should be ADDRESS:PORT, such as \"127.0.0.1:4455\", or \"0.0.0.0:4455\" for the whole network"),
            );
        }
        address
    });
    let written = section.value("password");
    let password = written.and_then(|value| secret_of("password", value, around, mistakes));
    if let Some(listen) = listen
        && written.is_none()
        && !listen.ip().is_loopback()
    {
        mistakes.at(
            &section.place_of("listen"),
            format!("[obs_websocket] écoute sur le réseau ({listen}) sans mot de passe ; donnez `password`, ou écoutez sur 127.0.0.1"),
            format!("[obs_websocket] listens on the network ({listen}) without a password; give `password`, or listen on 127.0.0.1"),
        );
    }
    section.close(mistakes);
    Some(ObsWebsocket { listen: listen?, password })
}

pub(super) fn archive(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> Archive {
    let mut archive =
        Archive { address: None, transcriber: None, bin_days: Days::BIN.default, answer_hours: ANSWER_HOURS };
    let Some(mut section) = section else { return archive };
    if let Some(value) = section.value("address") {
        archive.address = text_of("address", value, 400, mistakes).filter(|address| {
            let right = url::Url::parse(address).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.has_host()
                    && url.query().is_none()
                    && url.fragment().is_none()
            });
            if !right {
                mistakes.at(
                    &value.span(),
                    "`address` doit être l'adresse publique du catalogue, comme \"https://plateau.exemple.fr\"",
                    "`address` should be the catalogue's public address, such as \"https://plateau.example.org\"",
                );
            }
            right
        });
    }
    archive.transcriber = section.text("transcriber", 4096, mistakes);
    archive.bin_days = Days::BIN.read(&mut section, mistakes).unwrap_or(archive.bin_days);
    if let Some(hours) = section.integer("answer_hours", 1..=720, ["heures", "hours"], mistakes) {
        archive.answer_hours = hours.unsigned_abs() as u32;
    }
    section.close(mistakes);
    archive
}
