//! The reader as its users see it: text in, a configuration or sentences out.

use std::path::Path;

use proptest::prelude::*;

use super::{parse::parse_in, secret::Surroundings, *};
use crate::{archive::forms::words::Licence, protocol::Fit, rights::Rule};

const fn key(name: &'static str, value: ValueType, required: bool) -> Key {
    Key { name, value, required, help: ["l'adresse du flux", "the stream's address"] }
}

/// Rows of every type of value, so that the reader is tested without the studio's own registries.
const KINDS: Kinds = Kinds {
    sources: &[
        Kind {
            name: "test",
            label: ["Mire", "Test picture"],
            keys: &[
                key("pattern", ValueType::Choice(&["clock", "bars"]), false),
                key("tone_hz", ValueType::Integer { min: 20, max: 20_000 }, false),
                key("silent", ValueType::Flag, false),
            ],
        },
        Kind {
            name: "rtsp",
            label: ["Caméra réseau", "Network camera"],
            keys: &[
                key("url", ValueType::Url(&["rtsp", "rtsps"]), true),
                key("latency_ms", ValueType::Integer { min: 0, max: 2000 }, false),
                key("password", ValueType::Secret, false),
            ],
        },
        Kind { name: "srt", label: ["SRT", "SRT"], keys: &[key("url", ValueType::Url(&["srt"]), true)] },
        Kind { name: "media", label: ["Fichier", "File"], keys: &[key("path", ValueType::Path, true)] },
        Kind {
            name: "uri",
            label: ["Adresse", "Address"],
            keys: &[key("uri", ValueType::Url(&["http", "file"]), true)],
        },
        Kind { name: "alsa", label: ["Micro", "Microphone"], keys: &[key("device", ValueType::Text, false)] },
    ],
    outputs: &[
        Kind {
            name: "rtmp",
            label: ["RTMP", "RTMP"],
            keys: &[key("url", ValueType::Url(&["rtmp", "rtmps"]), true), key("key", ValueType::Secret, false)],
        },
        Kind { name: "file", label: ["Fichier", "File"], keys: &[key("path", ValueType::NewFile, true)] },
    ],
    voices: &[Kind {
        name: "irc",
        label: ["IRC", "IRC"],
        keys: &[key("server", ValueType::Url(&["ircs", "irc"]), true), key("channel", ValueType::Text, true)],
    }],
};

fn env(name: &str) -> Option<String> {
    match name {
        "PIN" => Some("123456".into()),
        "KEY" => Some("s3cret\n".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn read_in(text: &str, folder: &Path) -> Result<Config, Vec<Mistake>> {
    parse_in(text, &KINDS, &Surroundings { folder, env: &env })
}

fn read(text: &str) -> Result<Config, Vec<Mistake>> {
    read_in(text, Path::new("/nowhere"))
}

/// The mistakes as they are printed, without the file's name.
fn complaints(text: &str, language: &str) -> Vec<String> {
    let mistakes = read(text).expect_err("there is a mistake");
    mistakes.iter().map(|mistake| mistake.show(Path::new("F"), language).to_string()).collect()
}

/// The only mistake of a text, in English.
#[track_caller]
fn complaint(text: &str) -> String {
    let [one] = complaints(text, "en").try_into().expect("exactly one mistake");
    one
}

#[test]
fn every_mistake_is_told_at_its_line_in_both_languages() {
    for (language, expected) in [("en", include_str!("tests/bad.en.txt")), ("fr", include_str!("tests/bad.fr.txt"))] {
        let told = complaints(include_str!("tests/bad.toml"), language).join("\n");
        assert_eq!(told, expected.trim_end(), "\n--- told in {language}:\n{told}\n---");
    }
}

#[test]
fn an_empty_file_is_a_studio_with_defaults() {
    let config = read("").expect("nothing is wrong");
    assert_eq!(config.plateau.title, "Open Plateau");
    assert_eq!(config.plateau.place, "");
    assert_eq!(config.plateau.language, "fr");
    assert_eq!(config.plateau.licence, "CC-BY-SA-4.0");
    assert_eq!((config.plateau.publish, config.archive.answer_hours), (Rule::Auto, 72));
    assert!(config.access.admin_pin.is_none());
    assert!(config.tls.is_none() && config.obs_websocket.is_none());
    assert_eq!(config.video, Video { width: 1280, height: 720, framerate: 25 });
    assert_eq!(config.encoder.profile, Profile::Balanced);
    assert_eq!(config.encoder.preset, "veryfast");
    assert_eq!(
        (config.encoder.bitrate_kbps, config.encoder.keyframe_seconds, config.encoder.audio_kbps),
        (2500, 2, 128)
    );
    assert!(!config.encoder.software_only);
    assert!(config.sources.is_empty() && config.scenes.is_empty() && config.outputs.is_empty());
}

#[test]
fn every_value_arrives_where_it_belongs() {
    let config = read(
        r#"
        [plateau]
        title = "Fête de la science"
        place = ""
        language = "en"
        licence = "CC0-1.0"
        publish = "review"
        [access]
        moderator_pin = "2222"
        admin_pin = { env = "PIN" }
        [video]
        width = 1920
        height = 1080
        framerate = 30
        [encoder]
        profile = "interactive"
        preset = "superfast"
        bitrate_kbps = 4_000
        keyframe_seconds = 1
        audio_kbps = 96
        hardware = false
        [[source]]
        id = "cam1"
        label = "Caméra 1"
        kind = "rtsp"
        url = "rtsp://user:pass@192.168.1.9/stream"
        latency_ms = 80
        password = { env = "KEY" }
        audio_delay_ms = -120
        follow = false
        [[source]]
        id = "mire"
        kind = "test"
        pattern = "bars"
        silent = true
        [[source]]
        id = "jingle"
        kind = "media"
        path = "jingles/été.mp4"
        [[scene]]
        id = "duo"
        label = "Duo"
        microphones = ["mire"]
        layers = [
            { source = "cam1", x = 0, width = 0.3333, fit = "cover", crop = { left = 0.1 } },
            { source = "mire", x = 0.3333, width = 0.6667 },
        ]
        [[output]]
        id = "live"
        kind = "rtmp"
        url = "rtmps://live.example:443/app"
        key = "abc"
        start = "auto"
        [[output]]
        id = "log"
        label = "Journal"
        kind = "file"
        path = "day/program.mp4"
        [obs_websocket]
        listen = "127.0.0.1:4455"
        "#,
    )
    .expect("nothing is wrong");
    assert_eq!(config.plateau.title, "Fête de la science");
    assert_eq!((config.plateau.language.as_str(), config.plateau.licence.as_str()), ("en", "CC0-1.0"));
    assert_eq!((config.plateau.publish, config.archive.answer_hours), (Rule::Review, 72));
    let pin = |pin: &Option<Secret>| pin.as_ref().map(|pin| pin.reveal().to_owned());
    assert_eq!(pin(&config.access.admin_pin).as_deref(), Some("123456"));
    assert_eq!(pin(&config.access.animator_pin), None);
    assert_eq!(pin(&config.access.moderator_pin).as_deref(), Some("2222"));
    assert_eq!(config.video, Video { width: 1920, height: 1080, framerate: 30 });
    assert_eq!((config.encoder.profile, config.encoder.preset.as_str()), (Profile::Interactive, "superfast"));
    assert_eq!(
        (config.encoder.bitrate_kbps, config.encoder.keyframe_seconds, config.encoder.audio_kbps),
        (4000, 1, 96)
    );
    assert!(config.encoder.software_only);
    let [cam1, mire, jingle] = config.sources.try_into().expect("three sources, in order");
    assert_eq!((cam1.id.as_str(), cam1.label.as_str(), cam1.kind.name), ("cam1", "Caméra 1", "rtsp"));
    assert_eq!((cam1.audio_delay_ms, cam1.follow), (-120, Some(false)));
    assert_eq!(cam1.settings.text("url"), Some("rtsp://user:pass@192.168.1.9/stream"));
    assert_eq!(cam1.settings.integer("latency_ms"), Some(80));
    // The line's end of a variable or a file is not part of the secret.
    assert_eq!(cam1.settings.secret("password").map(Secret::reveal), Some("s3cret"));
    assert_eq!((mire.label.as_str(), mire.follow, mire.settings.text("pattern")), ("mire", None, Some("bars")));
    assert!(mire.settings.flag("silent"));
    assert_eq!(jingle.settings.text("path"), Some("jingles/été.mp4"));
    let [duo] = config.scenes.try_into().expect("one scene");
    assert_eq!((duo.label.as_str(), duo.automatic, duo.layers.len()), ("Duo", false, 2));
    let left = &duo.layers[0];
    assert_eq!((left.x, left.y, left.width, left.height), (0.0, 0.0, 0.3333, 1.0));
    assert_eq!((left.fit, left.crop.left, left.crop.right), (Fit::Cover, 0.1, 0.0));
    assert_eq!((duo.layers[1].fit, duo.microphones), (Fit::Contain, vec!["mire".to_owned()]));
    let [live, log] = config.outputs.try_into().expect("two outputs");
    assert!(live.auto && !log.auto);
    assert_eq!(live.settings.secret("key").map(Secret::reveal), Some("abc"));
    assert_eq!((log.label.as_str(), log.settings.text("path")), ("Journal", Some("day/program.mp4")));
    let obs = config.obs_websocket.expect("it is there");
    assert_eq!((obs.listen.port(), obs.password), (4455, None));
}

#[test]
fn secrets_come_from_files_beside_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[[output]]\nid = \"a\"\nkind = \"rtmp\"\nurl = \"rtmp://h/app\"\nkey = { file = \"key.txt\" }";
    std::fs::write(folder.path().join("key.txt"), "from-file\r\n").expect("written");
    let config = read_in(text, folder.path()).expect("nothing is wrong");
    assert_eq!(config.outputs[0].settings.secret("key").map(Secret::reveal), Some("from-file"));

    let told = |contents: &[u8]| {
        std::fs::write(folder.path().join("key.txt"), contents).expect("written");
        let mistakes = read_in(text, folder.path()).expect_err("the file is wrong");
        (mistakes[0].line, mistakes[0].text.en.rsplit(", but ").next().unwrap_or_default().to_owned())
    };
    assert_eq!(told(b"\xff"), (5, "it is not UTF-8 text; save it in that encoding".into()));
    assert_eq!(told(&[b'a'; 5000]), (5, "it is too large; is it the right file?".into()));
    assert_eq!(told(b"\n"), (5, "`key` is empty; give the secret, or remove the line".into()));
}

#[test]
fn a_certificate_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("c.pem"), "-----BEGIN CERTIFICATE-----\n").expect("written");
    std::fs::write(folder.path().join("k.der"), "0").expect("written");
    let tls = |key: &str| read_in(&format!("[tls]\ncertificate = \"c.pem\"\nkey = \"{key}\""), folder.path());
    assert_eq!(tls("c.pem").expect("nothing is wrong").tls.expect("given").key, folder.path().join("c.pem"));
    let mistakes = tls("k.der").expect_err("no PEM");
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].line == 3 && mistakes[0].text.en.contains("is not a PEM file"), "{mistakes:?}");
}

#[test]
fn addresses_need_their_scheme_and_a_host() {
    let source = |kind: &str, key: &str, address: &str| {
        read(&format!("[[source]]\nid = \"a\"\nkind = \"{kind}\"\n{key} = \"{address}\""))
    };
    for good in [
        "srt://:7000",
        "srt://0.0.0.0:7000?mode=listener",
        "srt://[::1]:7000",
        "srt://camera.local:9000?passphrase=abcdefghij",
    ] {
        assert!(source("srt", "url", good).is_ok(), "{good}");
    }
    for good in ["rtsp://cam/1", "RTSP://10.0.0.1:554/live", "rtsps://user:pa%20ss@cam"] {
        assert!(source("rtsp", "url", good).is_ok(), "{good}");
    }
    for good in ["http://example.org/a.m3u8", "file:///srv/film.webm"] {
        assert!(source("uri", "uri", good).is_ok(), "{good}");
    }
    for bad in [
        "rtsp://",
        "rtsp:///stream",
        "rtsp://user@/x",
        "rtsp:cam",
        "cam",
        "rtmp://cam/x",
        "rtsp://cam:99999/",
        "rtsp://ca m/",
        "rtsp://:554/x",
    ] {
        assert!(source("rtsp", "url", bad).is_err(), "{bad}");
    }
    assert!(source("uri", "uri", "http:///a").is_err());
}

#[test]
fn a_new_file_stays_in_the_data_folder() {
    let output = |path: &str| read(&format!("[[output]]\nid = \"a\"\nkind = \"file\"\npath = '{path}'"));
    for good in ["program.mp4", "./a.mp4", "day/1.mp4", "…/é.mp4"] {
        assert!(output(good).is_ok(), "{good}");
    }
    for bad in ["", "/tmp/a.mp4", "../a.mp4", "day/../../a.mp4", "day/", ".", "..", "./"] {
        assert!(output(bad).is_err(), "{bad}");
    }
}

#[test]
fn nobody_is_told_a_secret() {
    let text = r#"
        [access]
        admin_pin = "hunter2-pin"
        animator_pin = "hunter2-pin"
        [[output]]
        id = "a"
        kind = "rtmp"
        url = "http://user:hunter2@host/app/hunter2"
        key = ["hunter2"]
        [[output]]
        id = "b"
        kind = "rtmp"
        url = "rtmp://user:hunter2@host:99999/app/hunter2"
        key = "hunter2\nhunter2"
        [[output]]
        id = "c"
        kind = "rtmp"
        url = "rtmp://user:hunter2@ho st/app/hunter2"
        key = { text = "hunter2" }
        [[output]]
        id = "d"
        kind = "rtmp"
        url = "hunter2"
    "#;
    let mistakes = read(text).expect_err("all of this is wrong");
    assert_eq!(mistakes.len(), 9, "{mistakes:#?}");
    assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:#?}");

    let good = "[access]\nadmin_pin = \"hunter2\"\n[[output]]\nid = \"a\"\nkind = \"rtmp\"\nurl = \"rtmp://h/app\"\nkey = \"hunter2\"";
    let config = read(good).expect("nothing is wrong");
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
}

#[test]
fn a_badly_written_line_is_told_in_words() {
    let told = [
        ("[video]\nwidth = 1280\nwidth = 1920", "F:3: this key or table is already written above; keep only one"),
        ("[video]\n[video]", "F:2: this key or table is already written above; keep only one"),
        ("[plateau]\ntitle = Le plateau", "F:2: a text is written in quotes, such as key = \"text\""),
        (
            "[plateau]\ntitle = \"Le plateau\nplace = 'x'",
            "F:2: this text is not well written: its closing quote is missing, or a `\\` in it is not doubled",
        ),
        ("[plateau]\ntitle =\n", "F:2: a value is missing after the `=`"),
        ("[plateau]\ntitle\n", "F:2: this should be written `key = value`"),
        ("[access]\nadmin_pin = 012345", "F:2: a number does not start with 0; a PIN is written in quotes"),
        (
            "[access]\nadmin_pin = 123456",
            "F:2: `admin_pin` should be a text in quotes, `{ env = \"NAME\" }` or `{ file = \"PATH\" }`, not a whole number",
        ),
        ("[video\nwidth = 1280", "F:1: `]` is missing"),
        ("[[scene]]\nid = \"a\"\nlayers = [ { source = \"b\" }", "F:3: `]` is missing at the end of the list"),
        (
            "[source]\nid = \"a\"",
            "F:1: `source` is written [[source]], in double brackets, since there may be several; here it is a table",
        ),
        ("[[video]]\nwidth = 1280", "F:1: [[video]] is written [video], once"),
        ("video = 720", "F:1: [video] should be a table of `key = value`, not a whole number"),
        (
            "[video]\nwidth = 99999999999999999999",
            "F:2: `width = 99999999999999999999` should be a whole number from 160 to 3840 (pixels)",
        ),
        (
            "[video]\nwidth = inf",
            "F:2: `width` should be a whole number from 160 to 3840 (pixels), not a decimal number",
        ),
    ];
    for (text, expected) in told {
        assert_eq!(complaint(text), expected);
    }
}

#[test]
fn every_mistake_of_writing_is_told_at_once() {
    let told = complaints("[plateau]\ntitle = a b\nplace = \n[video]\nwidth = 1280 720\n", "fr");
    let lines: Vec<_> = told.iter().filter_map(|told| told.split(':').nth(1)).collect();
    assert!(["2", "3", "5"].iter().all(|line| lines.contains(line)), "{told:#?}");
}

#[test]
fn windows_endings_and_a_byte_order_mark_are_fine() {
    let config = read("\u{feff}[plateau]\r\ntitle = \"É\"\r\n[video]\r\nwidth = 640\r\n").expect("nothing is wrong");
    assert_eq!((config.plateau.title.as_str(), config.video.width), ("É", 640));
    assert!(complaint("[plateau]\r\n\r\nx = 1\r\n").starts_with("F:3: "));
}

#[test]
fn a_file_that_is_no_configuration_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |name: &str, contents: Option<&[u8]>| {
        let path = folder.path().join(name);
        if let Some(contents) = contents {
            std::fs::write(&path, contents).expect("written");
        }
        let mistakes = load(&path, &KINDS).expect_err("this is no configuration");
        assert_eq!(mistakes.len(), 1);
        mistakes[0].show(Path::new("F"), "en").to_string()
    };
    assert_eq!(told("none.toml", None), "F: the configuration cannot be read: there is no such file; check its name");
    assert_eq!(told("", None), "F: the configuration cannot be read: it is a folder; name a file");
    assert_eq!(
        told("latin1.toml", Some(b"[plateau]\ntitle = \"\xe9\"")),
        "F: the configuration cannot be read: it is not UTF-8 text; save it in that encoding"
    );
    assert_eq!(
        told("huge.toml", Some(&vec![b'\n'; 2 << 20])),
        "F: the configuration cannot be read: it is too large; is it the right file?"
    );
    std::fs::write(folder.path().join("good.toml"), "[video]\nframerate = 50").expect("written");
    assert_eq!(load(&folder.path().join("good.toml"), &KINDS).expect("good").video.framerate, 50);
}

#[test]
fn a_scene_is_judged_wherever_it_comes_from() {
    let layer: crate::protocol::Layer = serde_json::from_str(r#"{"source":"cam1"}"#).expect("a layer");
    let scene = Scene {
        id: "solo".into(),
        label: "Solo".into(),
        layers: vec![layer; MAX_LAYERS],
        automatic: false,
        microphones: vec![],
    };
    let faults = |change: &dyn Fn(&mut Scene)| {
        let mut scene = scene.clone();
        change(&mut scene);
        scene_faults(&scene, |id| id == "cam1").iter().map(|fault| (fault.layer, fault.field)).collect::<Vec<_>>()
    };
    assert_eq!(faults(&|_| {}), []);
    assert_eq!(faults(&|scene| scene.layers.push(scene.layers[0].clone())), [(None, "layers")]);
    assert_eq!(faults(&|scene| scene.id = "cam1".into()), [(None, "id")]);
    assert_eq!(faults(&|scene| scene.id = "../x".into()), [(None, "id")]);
    assert_eq!(faults(&|scene| scene.label = "x".repeat(10_000)), [(None, "label")]);
    assert_eq!(faults(&|scene| scene.label = " ".into()), [(None, "label")]);
    assert_eq!(faults(&|scene| scene.microphones = vec!["x".into()]), [(None, "microphones")]);
    for bad in [f64::NAN, f64::INFINITY, -1.0, 1.5] {
        assert_eq!(faults(&|scene| scene.layers[3].x = bad), [(Some(3), "x")]);
        assert_eq!(faults(&|scene| scene.layers[0].height = bad).len(), 1, "{bad}");
        assert_eq!(faults(&|scene| scene.layers[0].crop.top = bad), [(Some(0), "crop")]);
    }
}

/// Every key a section of the reader asks for, by the name of its table, from its own complaints.
fn keys_of(part: &str, head: &str) -> Vec<String> {
    let told = complaints(&format!("{part}\n{head}zzzzzzzzzzzz = 1"), "en");
    let list = told.iter().find_map(|told| told.split_once("its keys are ")).expect("the keys are listed").1;
    list.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
}

/// The manual's settings without their `#`: one source and one output of each kind, one scene.
fn uncommented(manual: &str) -> String {
    // `#key = value`, `#[table]`, `#    { … },` and `#]` are settings; `# words` are words.
    manual
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && (!setting.starts_with(' ') || setting.starts_with("    {")) => {
                setting
            }
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_manual_is_a_configuration_and_names_every_key() {
    let manual = reference(&KINDS);
    read(&manual).expect("the manual as it stands is valid");
    let full = uncommented(&manual);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("tls")).expect("made");
    for file in ["chain.pem", "key.pem"] {
        std::fs::write(folder.path().join("tls").join(file), "-----BEGIN X-----").expect("written");
    }
    std::fs::write(folder.path().join("turn.secret"), "north").expect("written");
    let around = Surroundings { folder: folder.path(), env: &|name| Some(format!("value of {name}")) };
    let config = parse_in(&full, &KINDS, &around).unwrap_or_else(|mistakes| panic!("{mistakes:#?}\n{full}"));
    // One of each kind, with each of its keys.
    assert_eq!(config.sources.len(), KINDS.sources.len());
    assert_eq!(config.outputs.len(), KINDS.outputs.len());
    assert_eq!(config.voices.len(), KINDS.voices.len());
    for (kind, settings) in config
        .sources
        .iter()
        .map(|source| (source.kind, &source.settings))
        .chain(config.outputs.iter().map(|output| (output.kind, &output.settings)))
        .chain(config.voices.iter().map(|voice| (voice.kind, &voice.settings)))
    {
        for key in kind.keys {
            assert!(settings.has(key.name), "{} of {}", key.name, kind.name);
        }
    }
    // What is shown as the default is the default.
    let default = read("").expect("valid");
    assert_eq!(config.video, default.video);
    assert_eq!((config.agreement, config.retention), (default.agreement, default.retention));
    assert_eq!(format!("{:?}", config.encoder), format!("{:?}", default.encoder));
    assert_eq!(config.plateau.title, default.plateau.title);
    assert_eq!(
        (&config.plateau.language, &config.plateau.licence, config.plateau.publish),
        (&default.plateau.language, &default.plateau.licence, default.plateau.publish)
    );
    // Every key that the reader knows has its place in the manual.
    let parts = [
        ("[plateau]", ""),
        ("[access]", ""),
        ("[tls]", ""),
        ("[video]", ""),
        ("[encoder]", ""),
        ("[audience]", ""),
        ("[obs_websocket]", ""),
        ("[archive]", ""),
        ("[agreement]", ""),
        ("[retention]", ""),
        ("[[source]]", "kind = \"alsa\"\n"),
        ("[[scene]]", ""),
        ("[[output]]", "kind = \"file\"\n"),
        ("[[voices]]", "kind = \"irc\"\n"),
    ];
    for (part, head) in parts {
        let at = manual.find(&format!("#{part}\n")).or_else(|| manual.find(&format!("\n{part}\n")));
        assert!(at.is_some(), "{part}");
        for key in keys_of(part, head) {
            assert!(
                manual.contains(&format!("#{key} = ")) || manual.contains(&format!("#     {key} ")),
                "{part} {key}"
            );
        }
    }
    assert!(LICENCES.iter().all(|id| Licence::named(id).id == *id));
    for word in LICENCES.iter().chain(PRESETS).chain(LANGUAGES) {
        assert!(manual.contains(word), "{word}");
    }
}

proptest! {
    /// Whatever is written, the reader answers, and every line it names exists.
    #[test]
    fn no_text_makes_the_reader_fall_over(text in any::<String>()) {
        answers(&text)?;
    }

    /// The same for texts close to a configuration, where the reader goes deeper: a good file with
    /// pieces of it moved, doubled or cut.
    #[test]
    fn no_broken_configuration_makes_the_reader_fall_over(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<proptest::sample::Index>(), 0..40usize, "[\\[\\]{}=\"\\\\.,#\n a-z0-9é]{0,6}"), 1..8)
    ) {
        let mut text: Vec<char> = include_str!("tests/bad.toml").chars().collect();
        for (from, to, length, typed) in edits {
            let from = from.index(text.len());
            let piece: Vec<char> = text[from..(from + length).min(text.len())].iter().copied().chain(typed.chars()).collect();
            let to = to.index(text.len());
            let end = (to + length / 2).min(text.len());
            text.splice(to..end, piece);
        }
        answers(&text.into_iter().collect::<String>())?;
    }

    /// A value of any type at any key is an answer, too.
    #[test]
    fn no_value_makes_the_reader_fall_over(
        part in proptest::sample::select(vec!["[plateau]", "[access]", "[tls]", "[video]", "[encoder]", "[[source]]", "[[scene]]", "[[output]]", "[obs_websocket]", "[archive]", "[agreement]", "[retention]"]),
        key in proptest::sample::select(vec!["title", "place", "admin_pin", "key", "width", "framerate", "profile", "bitrate_kbps", "hardware", "id", "kind", "url", "layers", "microphones", "path", "start", "listen", "password", "follow"]),
        value in proptest::sample::select(vec!["1", "-9223372036854775808", "0xffffffffffffffffff", "nan", "-inf", "1e400", "true", "\"\"", "\"\\u0000\"", "[]", "[[]]", "[{}]", "{}", "{ env = 1 }", "{ file = [] }", "1979-05-27", "[{ source = 1 }]", "[{ source = \"a\", crop = 3, x = nan }]"]),
    ) {
        answers(&format!("{part}\nid = \"a\"\nkind = \"rtmp\"\n{key} = {value}\n"))?;
        answers(&format!("{part}\n{key} = {value}\n"))?;
    }
}

fn answers(text: &str) -> Result<(), TestCaseError> {
    if let Err(mistakes) = read(text) {
        prop_assert!(!mistakes.is_empty());
        let lines = text.matches('\n').count() + 1;
        for mistake in &mistakes {
            prop_assert!((1..=lines).contains(&mistake.line), "{mistake:?}");
            prop_assert!(!mistake.text.fr.is_empty() && !mistake.text.en.is_empty());
            prop_assert!(!mistake.text.fr.contains('\n') && !mistake.text.en.contains('\n'), "{mistake:?}");
        }
    }
    Ok(())
}

/// What a kind means to others are its capabilities: a comparison with its name would forget the next kind.
#[test]
fn no_name_of_a_kind_is_compared_outside_its_own_file() {
    fn lines(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_str().unwrap();
            if entry.is_dir() {
                if name != "tests" && name != "node_modules" {
                    lines(&entry, found);
                }
            } else if [".rs", ".ts", ".svelte"].iter().any(|ending| name.ends_with(ending)) && !name.contains("test") {
                let text = std::fs::read_to_string(&entry).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                found.extend(code.lines().map(str::trim).map(|line| format!("{}: {line}", entry.display())));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    lines(&root.join("src"), &mut all);
    lines(&root.join("web/src"), &mut all);
    assert!(all.len() > 10_000, "{}", all.len());
    let kinds = crate::capture::KINDS.iter().chain(crate::outputs::KINDS);
    let names: Vec<_> = kinds.map(|kind| kind.name).collect();
    let compares = |line: &&String| {
        let (file, code) = line.split_once(": ").unwrap_or_default();
        let named = |name: &&str| {
            let quoted = code.contains(&format!("\"{name}\"")) || code.contains(&format!("'{name}'"));
            quoted && !file.ends_with(&format!("/{name}.rs")) && !file.contains(&format!("/{name}/"))
        };
        let by_name = code.contains("kind.name {") || code.contains("kind.as_str() {");
        let compared = ["==", "!=", "matches!", "includes(", "['"].iter().any(|sign| code.contains(sign));
        !code.starts_with("//") && code.contains("kind") && (by_name || compared && names.iter().any(named))
    };
    let compared: Vec<_> = all.iter().filter(compares).collect();
    assert!(compared.is_empty(), "{compared:#?}");
}
