//! Destinations that are known: where they listen, what they demand, and the words they want.
//!
//! Sources, read in November 2026: the networks' own pages for encoders (YouTube “Choose live encoder
//! settings”, Facebook “Live Video Specifications”, Twitch “Broadcast Guidelines”), PeerTube's and
//! Owncast's documentation. They change: what is told here are warnings, never refusals.

use crate::{
    archive::forms::words::Licence,
    config::{Config, Output, Preset},
    protocol::Text,
};

/// The words of the key `preset`.
pub const WORDS: &[Preset] = &[
    Preset { name: "youtube", label: "YouTube", fills: &[("url", "rtmps://a.rtmps.youtube.com/live2")] },
    Preset { name: "facebook", label: "Facebook", fills: &[("url", "rtmps://live-api-s.facebook.com:443/rtmp")] },
    Preset { name: "twitch", label: "Twitch", fills: &[("url", "rtmp://live.twitch.tv/app")] },
    Preset { name: "peertube", label: "PeerTube", fills: &[] },
    Preset { name: "owncast", label: "Owncast", fills: &[] },
    Preset { name: "other", label: "RTMP", fills: &[] },
];

/// What a network demands.
struct Demands {
    name: &'static str,
    /// Kilobits a second of picture at 720p, least and most; 0: no such limit.
    video_kbps: (u32, u32),
    /// Kilobits a second of sound, at most; 0: no such limit.
    audio_kbps: u32,
    /// Seconds between key frames, at most; 0: no such limit.
    key_seconds: u32,
    /// Hours that one broadcast may last, and what happens then; 0: no such limit.
    hours: u32,
    /// A stream key is needed.
    key: bool,
    /// What else a person should know.
    note: [&'static str; 2],
    /// What to choose in its licence field.
    licence: [&'static str; 2],
}

const DEMANDS: &[Demands] = &[
    Demands {
        name: "youtube",
        video_kbps: (2000, 8000),
        audio_kbps: 0,
        key_seconds: 4,
        hours: 12,
        key: true,
        note: [
            "Au-delà de 12 h de direct, YouTube n'archive rien.",
            "YouTube archives nothing of a broadcast longer than 12 h.",
        ],
        licence: [
            "Choisissez « Licence YouTube standard » : la licence « Creative Commons » de YouTube est BY, pas BY-SA. La ligne ci-dessus dit la bonne.",
            "Choose “Standard YouTube License”: YouTube's “Creative Commons” is BY, not BY-SA. The line above states the right one.",
        ],
    },
    Demands {
        name: "facebook",
        video_kbps: (1500, 4000),
        audio_kbps: 128,
        key_seconds: 2,
        hours: 8,
        key: true,
        note: [
            "Facebook demande un compte de 60 jours et 100 abonnés ; ne changez aucun réglage pendant le direct.",
            "Facebook wants an account of 60 days with 100 followers; change no setting while on air.",
        ],
        licence: [
            "Facebook n'a pas de champ de licence : la ligne ci-dessus suffit.",
            "Facebook has no licence field: the line above is all there is.",
        ],
    },
    Demands {
        name: "twitch",
        video_kbps: (0, 6000),
        audio_kbps: 160,
        key_seconds: 2,
        hours: 48,
        key: true,
        note: [
            "Le tchat de Twitch se lit aussi : voyez [[voices]].",
            "Twitch's chat can be read as well: see [[voices]].",
        ],
        licence: [
            "Twitch n'a pas de champ de licence : la ligne ci-dessus suffit.",
            "Twitch has no licence field: the line above is all there is.",
        ],
    },
    Demands {
        name: "peertube",
        video_kbps: (0, 0),
        audio_kbps: 0,
        key_seconds: 0,
        hours: 0,
        key: true,
        note: [
            "Créez un direct « permanent » : un direct ordinaire se termine à la première coupure.",
            "Create a “permanent” live: an ordinary one ends at the first interruption.",
        ],
        licence: ["Choisissez « Attribution - Share Alike ».", "Choose “Attribution - Share Alike”."],
    },
    Demands {
        name: "owncast",
        video_kbps: (0, 0),
        audio_kbps: 0,
        key_seconds: 0,
        hours: 0,
        key: true,
        note: [
            "Le tchat d'Owncast se lit aussi : voyez [[voices]].",
            "Owncast's chat can be read as well: see [[voices]].",
        ],
        licence: [
            "Owncast n'a pas de champ de licence : la ligne ci-dessus suffit.",
            "Owncast has no licence field: the line above is all there is.",
        ],
    },
];

fn demands(output: &Output) -> Option<&'static Demands> {
    let preset = output.settings.text("preset")?;
    DEMANDS.iter().find(|demands| demands.name == preset)
}

/// What should be changed before going live on `output`, in words; empty when all is well.
pub fn advice(config: &Config, output: &Output) -> Vec<Text> {
    let Some(demands) = demands(output) else { return Vec::new() };
    let (encoder, label) = (&config.encoder, &output.label);
    let mut advice = Vec::new();
    let mut say = |fr: String, en: String| advice.push(Text::new(format!("{label} : {fr}"), format!("{label}: {en}")));
    let (least, most) = demands.video_kbps;
    let kbps = encoder.bitrate_kbps;
    if kbps < least {
        say(
            format!("`bitrate_kbps = {kbps}` est peu ; au moins {least} en 720p."),
            format!("`bitrate_kbps = {kbps}` is little; at least {least} for 720p."),
        );
    }
    if most > 0 && kbps > most {
        say(
            format!("`bitrate_kbps = {kbps}` dépasse le plafond ; {most} au plus."),
            format!("`bitrate_kbps = {kbps}` is above the ceiling; at most {most}."),
        );
    }
    let audio = encoder.audio_kbps;
    if demands.audio_kbps > 0 && audio > demands.audio_kbps {
        let most = demands.audio_kbps;
        say(
            format!("`audio_kbps = {audio}` dépasse le plafond ; {most} au plus."),
            format!("`audio_kbps = {audio}` is above the ceiling; at most {most}."),
        );
    }
    let seconds = encoder.keyframe_seconds;
    if demands.key_seconds > 0 && seconds > demands.key_seconds {
        let most = demands.key_seconds;
        say(
            format!("`keyframe_seconds = {seconds}` est trop long ; {most} au plus."),
            format!("`keyframe_seconds = {seconds}` is too long; at most {most}."),
        );
    }
    let (width, height) = (config.video.width, config.video.height);
    if demands.name == "facebook" && (width > 1920 || height > 1080) {
        say(
            format!("{width}×{height} demande plus que le niveau 4.1 de H.264 ; 1920×1080 au plus."),
            format!("{width}×{height} needs more than H.264 level 4.1; at most 1920×1080."),
        );
    }
    if demands.key && output.settings.secret("key").is_none() {
        say(
            "il manque `key`, la clé de diffusion que le réseau vous donne.".into(),
            "`key` is missing, the stream key that the network gives you.".into(),
        );
    }
    advice
}

/// What to copy into a network's form, and what to know about it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Sheet {
    /// The output's id.
    pub output: String,
    /// What people call it.
    pub label: String,
    /// The preset's word, if it has one.
    pub preset: Option<String>,
    /// Ready to copy.
    pub title: String,
    /// Ready to copy; its last line states the licence.
    pub description: String,
    /// What to choose in its licence field.
    pub licence: Option<Text>,
    /// How long one broadcast may last, hours.
    pub hours: Option<u32>,
    /// What else to know.
    pub note: Option<Text>,
    /// What should be changed before going live.
    pub advice: Vec<Text>,
}

/// A sheet for each output that another server takes.
pub fn sheets(config: &Config) -> Vec<Sheet> {
    let plateau = &config.plateau;
    let fr = plateau.language == "fr";
    let place = if plateau.place.is_empty() { String::new() } else { format!("{}\n", plateau.place) };
    let licence = Licence::named(&plateau.licence);
    let line = match fr {
        true => format!("Licence de ce programme : {} {}", licence.name, licence.url),
        false => format!("Licence of this programme: {} {}", licence.name, licence.url),
    };
    let outputs = config.outputs.iter().filter(|output| super::capabilities(output.kind).is_upload());
    let sheet = |output: &Output| {
        let demands = demands(output);
        Sheet {
            output: output.id.clone(),
            label: output.label.clone(),
            preset: output.settings.text("preset").map(str::to_owned),
            title: plateau.title.clone(),
            description: format!("{}\n{place}\n{}", plateau.title, line.trim_end()),
            licence: demands.filter(|_| plateau.licence.contains("SA")).map(|d| Text::new(d.licence[0], d.licence[1])),
            hours: demands.map(|demands| demands.hours).filter(|hours| *hours > 0),
            note: demands.map(|demands| Text::new(demands.note[0], demands.note[1])),
            advice: advice(config, output),
        }
    };
    outputs.map(sheet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        capture,
        config::{Kinds, parse},
    };

    const KINDS: Kinds = Kinds { sources: capture::KINDS, outputs: crate::outputs::KINDS, voices: &[] };

    fn config(text: &str) -> Config {
        parse(text, &KINDS).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
    }

    #[test]
    fn a_preset_knows_its_address_and_a_server_of_ones_own_must_give_it() {
        let config = config("[[output]]\nid = \"a\"\nkind = \"rtmp\"\npreset = \"youtube\"\nkey = \"k\"\n");
        assert_eq!(config.outputs[0].settings.text("url"), Some("rtmps://a.rtmps.youtube.com/live2"));
        let own = "[[output]]\nid = \"a\"\nkind = \"rtmp\"\npreset = \"twitch\"\nurl = \"rtmp://127.0.0.1/app\"\n";
        assert_eq!(super::tests::config(own).outputs[0].settings.text("url"), Some("rtmp://127.0.0.1/app"));
        let mistakes = parse("[[output]]\nid = \"a\"\nkind = \"rtmp\"\npreset = \"peertube\"\n", &KINDS).unwrap_err();
        assert!(mistakes[0].text.en.contains("`url` is missing"), "{mistakes:?}");
        assert!(parse("[[output]]\nid = \"a\"\nkind = \"rtmp\"\npreset = \"youtub\"\n", &KINDS).is_err());
    }

    #[test]
    fn what_a_network_demands_is_told_before_going_live() {
        let config = config(
            "[encoder]\nbitrate_kbps = 9000\nkeyframe_seconds = 5\naudio_kbps = 256\n\
             [[output]]\nid = \"a\"\nlabel = \"Facebook\"\nkind = \"rtmp\"\npreset = \"facebook\"\n\
             [[output]]\nid = \"b\"\nkind = \"rtmp\"\npreset = \"other\"\nurl = \"rtmp://127.0.0.1/live\"\n",
        );
        let told: Vec<_> = advice(&config, &config.outputs[0]).into_iter().map(|text| text.en).collect();
        assert_eq!(
            told,
            [
                "Facebook: `bitrate_kbps = 9000` is above the ceiling; at most 4000.",
                "Facebook: `audio_kbps = 256` is above the ceiling; at most 128.",
                "Facebook: `keyframe_seconds = 5` is too long; at most 2.",
                "Facebook: `key` is missing, the stream key that the network gives you.",
            ]
        );
        assert!(advice(&config, &config.outputs[1]).is_empty());
    }

    #[test]
    fn the_sheet_says_that_youtubes_creative_commons_is_another_licence() {
        let config = config("[[output]]\nid = \"a\"\nkind = \"rtmp\"\npreset = \"youtube\"\nkey = \"k\"\n");
        let sheet = sheets(&config).remove(0);
        assert!(sheet.description.ends_with("CC BY-SA 4.0 https://creativecommons.org/licenses/by-sa/4.0/"));
        assert!(sheet.licence.as_ref().unwrap().en.contains("BY, not BY-SA"));
        assert_eq!(sheet.hours, Some(12));
    }
}
