use std::{os::unix::fs::PermissionsExt, str::FromStr};

use super::*;
use crate::{
    config::{Key, parse},
    rights::Rule,
};

const HD: Video = Video { width: 1280, height: 720, framerate: 25 };

const fn key(name: &'static str, value: ValueType) -> Key {
    Key { name, value, required: false, help: ["", ""] }
}

const PIXELS: ValueType = ValueType::Integer { min: 16, max: 7680 };

const KINDS: Kinds = Kinds {
    sources: &[
        Kind {
            name: "v4l2",
            label: ["Caméra USB", "USB camera"],
            keys: &[
                key("device", ValueType::Text),
                key("format", ValueType::Choice(&["raw", "mjpeg", "h264"])),
                key("width", PIXELS),
                key("height", PIXELS),
                key("framerate", ValueType::Integer { min: 1, max: 240 }),
            ],
        },
        Kind { name: "alsa", label: ["ALSA", "ALSA"], keys: &[key("device", ValueType::Text)] },
        Kind { name: "pulse", label: ["Pulse", "Pulse"], keys: &[key("device", ValueType::Text)] },
        Kind { name: "pipewire", label: ["PipeWire", "PipeWire"], keys: &[key("device", ValueType::Text)] },
        Kind { name: "test", label: ["Mire", "Test"], keys: &[key("pattern", ValueType::Choice(&["a", "b"]))] },
    ],
    outputs: &[
        Kind { name: "hls", label: ["HLS", "HLS"], keys: &[] },
        Kind { name: "file", label: ["Fichier", "File"], keys: &[key("path", ValueType::NewFile)] },
    ],
    voices: &[],
};

fn mode(caps: &str) -> Option<Mode> {
    gst::init().expect("GStreamer is installed");
    best_mode(&gst::Caps::from_str(caps).expect("caps"), &HD)
}

fn camera(number: u32) -> Device {
    Device {
        kind: "v4l2",
        device: format!("/dev/video{number}"),
        name: format!("Webcam \"HD\" n°{number}"),
        picture: true,
        playback: false,
        mode: Some(Mode { format: Format::Mjpeg, width: 1280, height: 720, framerate: 30 }),
    }
}

fn microphone(device: &str) -> Device {
    let playback = device.ends_with(".monitor");
    Device { kind: "pulse", device: device.into(), name: "Micro-cravate".into(), picture: false, playback, mode: None }
}

#[test]
fn a_usb_camera_that_is_only_fast_enough_compressed_is_read_compressed() {
    let caps = "video/x-raw, format=YUY2, width=1280, height=720, framerate=10/1; \
                video/x-raw, format=YUY2, width=640, height=480, framerate=30/1; \
                image/jpeg, width=1920, height=1080, framerate={ (fraction)30/1, (fraction)15/1 }; \
                image/jpeg, width=1280, height=720, framerate={ (fraction)60/1, (fraction)30/1, (fraction)15/1 }; \
                video/x-h264, width=1280, height=720, framerate=30/1";
    assert_eq!(mode(caps), Some(Mode { format: Format::Mjpeg, width: 1280, height: 720, framerate: 30 }));
}

#[test]
fn raw_is_preferred_where_it_is_as_good() {
    let caps = "image/jpeg, width=1280, height=720, framerate=30/1; \
                video/x-raw, format=NV12, width=1280, height=720, framerate=30/1";
    assert_eq!(mode(caps).map(|mode| mode.format), Some(Format::Raw));
}

#[test]
fn ranges_are_read_at_the_wanted_size() {
    let caps = "video/x-raw, format=YUY2, width=[16, 4096], height=[16, 2160], framerate=[0/1, 120/1]";
    assert_eq!(mode(caps), Some(Mode { format: Format::Raw, width: 1280, height: 720, framerate: 25 }));
    let caps = "video/x-raw, format=YUY2, width={ 640, 1920 }, height={ 360, 1080 }, framerate=30000/1001";
    assert_eq!(mode(caps), Some(Mode { format: Format::Raw, width: 1920, height: 1080, framerate: 29 }));
}

#[test]
fn without_a_mode_that_reaches_the_picture_one_that_moves_is_chosen() {
    let caps = "video/x-raw, format=YUY2, width=1280, height=720, framerate=5/1; \
                video/x-raw, format=YUY2, width=640, height=480, framerate=30/1; \
                video/x-raw, format=YUY2, width=320, height=240, framerate=30/1";
    assert_eq!(mode(caps), Some(Mode { format: Format::Raw, width: 640, height: 480, framerate: 30 }));
    assert_eq!(mode("video/x-vp9, width=1280, height=720, framerate=30/1"), None);
    assert_eq!(mode("ANY"), None);
}

#[test]
fn a_camera_seen_twice_is_listed_once_with_its_modes() {
    let blind = Device { mode: None, name: "by PipeWire".into(), ..camera(0) };
    let devices = once_each(vec![microphone("out.monitor"), microphone("in"), blind, camera(0), camera(2)]);
    let order: Vec<_> = devices.iter().map(|device| device.device.as_str()).collect();
    assert_eq!(order, ["/dev/video0", "/dev/video2", "in", "out.monitor"]);
    assert!(devices[0].mode.is_some());
}

#[test]
fn the_blocks_can_be_pasted() {
    let devices = [camera(0), camera(2), microphone("alsa_input.usb"), microphone("out.monitor")];
    let text = as_text(&devices, &KINDS, "fr");
    assert!(
        text.starts_with(
            "# 1280×720, 30 images par seconde, mjpeg\n[[source]]\nid = \"cam1\"\nlabel = 'Webcam \"HD\" n°0'\n\
         kind = \"v4l2\"\ndevice = \"/dev/video0\"\nformat = \"mjpeg\"\nwidth = 1280\nheight = 720\nframerate = 30\n\n"
        ),
        "{text}"
    );
    let config = parse(&text, &KINDS).expect("a configuration");
    let ids: Vec<_> = config.sources.iter().map(|source| source.id.as_str()).collect();
    assert_eq!(ids, ["cam1", "cam2", "mic1", "mic2"]);
    assert_eq!(config.sources[0].settings.integer("framerate"), Some(30));
    assert_eq!(config.sources[3].settings.text("device"), Some("out.monitor"));

    let json = as_json(&devices, &KINDS, "en");
    assert_eq!(json[1]["device"], "/dev/video2");
    assert_eq!(json[1]["mode"]["format"], "mjpeg");
    let pasted: String = json.as_array().expect("a list").iter().filter_map(|row| row["source"].as_str()).collect();
    assert_eq!(parse(&pasted, &KINDS).expect("a configuration").sources.len(), 4);
}

#[test]
fn a_device_with_an_odd_name_still_is_a_block() {
    for name in ["", "\n\t", "\"'\\", "ünï\u{0}cødé 🎥", &"x".repeat(500)] {
        let text = as_text(&[Device { name: name.into(), ..camera(0) }], &KINDS, "en");
        assert_eq!(parse(&text, &KINDS).map_err(|mistakes| format!("{mistakes:?}")).expect(name).sources.len(), 1);
    }
}

#[test]
fn nothing_found_is_a_sentence_and_still_a_configuration() {
    for (language, words) in [("fr", "Aucune caméra"), ("en", "No camera")] {
        let text = as_text(&[], &KINDS, language);
        assert!(text.contains(words), "{text}");
        assert!(parse(&text, &KINDS).is_ok());
    }
    assert_eq!(as_json(&[], &KINDS, "en"), serde_json::json!([]));
}

#[test]
fn the_first_configuration_is_valid_with_and_without_cameras() {
    for language in ["fr", "en"] {
        let config = parse(&demo_config(&[microphone("in")], &KINDS, language), &KINDS).expect("valid");
        let kinds: Vec<_> = config.sources.iter().map(|source| source.kind.name).collect();
        assert_eq!(kinds, ["test"; 3], "a microphone alone does not make a plateau");
        let scenes: Vec<_> = config.scenes.iter().map(|scene| scene.id.as_str()).collect();
        assert_eq!(scenes, ["duo", "pip"]);
        assert_eq!(config.plateau.language, language);
        assert_eq!(config.plateau.publish, Rule::Participant, "who was filmed sees it first");
        let outputs: Vec<_> = config.outputs.iter().map(|output| (output.kind.name, output.auto)).collect();
        assert_eq!(outputs, [("hls", false), ("file", false)], "nothing leaves the house by itself");

        let devices = [camera(0), camera(2), microphone("in"), microphone("out.monitor")];
        let config = parse(&demo_config(&devices, &KINDS, language), &KINDS).expect("valid");
        let ids: Vec<_> = config.sources.iter().map(|source| (source.id.as_str(), source.follow)).collect();
        assert_eq!(ids, [("cam1", None), ("cam2", None), ("mic1", Some(false))]);

        let config = parse(&demo_config(&[camera(0)], &KINDS, language), &KINDS).expect("valid");
        assert!(config.scenes.is_empty(), "one camera alone has its full frame");
    }
}

#[test]
fn the_first_configuration_is_written_once() {
    gst::init().expect("GStreamer is installed");
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("new/data");
    let path = first_config(&data, &KINDS, "fr").expect("written");
    assert_eq!(path, data.join("plateau.toml"));
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&data)), (0o600, 0o700), "keys of networks will stand in it");
    crate::config::load(&path, &KINDS).expect("valid");
    std::fs::write(&path, "[plateau]\ntitle = \"À moi\"\n").expect("the operator edits it");
    first_config(&data, &KINDS, "fr").expect("left alone");
    assert_eq!(crate::config::load(&path, &KINDS).expect("valid").plateau.title, "À moi");
    assert_eq!(std::fs::read_dir(&data).expect("a folder").count(), 1);

    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "").expect("written");
    assert_eq!(first_config(&blocked, &KINDS, "fr").expect_err("no folder").code, "data_unwritable");
}

/// Whatever is plugged into the machine, the monitor answers, and its answer can be pasted.
#[test]
fn the_device_monitor_answers() {
    gst::init().expect("GStreamer is installed");
    let devices = find(&HD).expect("GStreamer's plugins are installed");
    for device in &devices {
        assert!(!device.device.is_empty());
    }
    let config = parse(&as_text(&devices, &KINDS, "fr"), &KINDS).expect("a configuration");
    assert_eq!(config.sources.len(), devices.len());
}

/// What `a_microphone_of_pulseaudio_is_found` runs in a process that talks to its own daemon.
#[test]
#[ignore = "run by another test, with its own PULSE_SERVER"]
fn print_the_devices() {
    gst::init().expect("GStreamer is installed");
    print!("{}", as_text(&find(&HD).expect("GStreamer's plugins are installed"), &KINDS, "en"));
}

#[test]
fn a_microphone_of_pulseaudio_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("native");
    let daemon = Daemon(
        std::process::Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr"])
            .arg("--load=module-null-sink sink_name=loudspeaker")
            .arg("--load=module-remap-source source_name=lavalier master=loudspeaker.monitor source_properties=device.description=Lavalier")
            .arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()))
            .envs(["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"].map(|name| (name, folder.path())))
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("pulseaudio is installed (make packages-test)"),
    );
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(std::time::Instant::now() < deadline, "the daemon does not listen");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let found = std::process::Command::new(std::env::current_exe().expect("this test has a path"))
        .args(["--exact", "capture::devices::tests::print_the_devices", "--ignored", "--nocapture"])
        .env("PULSE_SERVER", format!("unix:{}", socket.display()))
        .env("HOME", folder.path())
        .output()
        .expect("this test can be run");
    drop(daemon);
    let found = String::from_utf8_lossy(&found.stdout);
    let microphone = "label = \"Lavalier\"\nkind = \"pulse\"\ndevice = \"lavalier\"\n";
    let (before, after) = found.split_once(microphone).unwrap_or_else(|| panic!("no microphone in {found}"));
    assert!(!before.contains("not a microphone"), "{found}");
    assert!(after.contains("# What the machine itself plays, not a microphone."), "{found}");
    assert!(after.contains("device = \"loudspeaker.monitor\""), "{found}");
}

/// A daemon that ends with the test, however the test ends.
struct Daemon(std::process::Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
