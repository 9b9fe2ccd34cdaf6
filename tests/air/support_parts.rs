//! The other real parts, each alone.

use std::process::Command;

use nix::sys::signal::Signal;

use crate::support::{
    alone,
    camera::{Camera, Setup, tone},
    clips::Clip,
    picture::WHOLE,
    pipewire::Pipewire,
    ports,
    probe::Probe,
    process::Process,
    pulse::Pulse,
    recording::{Copy, Facts, lip_sync, video_times},
    rtmp_server::{DeafServer, RtmpServer},
    rtsp_server::RtspServer,
    sender::Sender,
    sound::Sound,
    wait,
};

#[test]
fn nginx_publishes_stops_and_comes_back() {
    let _alone = alone();
    let mut server = RtmpServer::start();
    assert!(!server.publishes("pgm"));
    let camera = Camera::start(Setup::clapper(2));
    let mut sender = Sender::start(&camera.url(), &server.url("pgm"));
    server.wait_for("pgm", 10.0);
    let mut probe = Probe::stream(&server.url("pgm"));
    probe.more(50, 10.0);
    assert!(probe.frames().iter().all(|frame| frame.source() == Some(2)));
    let latency = probe.latency(25).unwrap();
    assert!(latency < 0.3, "{latency} s");
    let mut copy = Copy::start(&server.url("pgm"));
    wait::span(4.5);
    let offsets = lip_sync(&copy.finish());
    assert!(!offsets.is_empty(), "a flash each second was copied");
    for flash in offsets {
        let offset = flash.offset.expect("each flash has its beep");
        assert!(offset.abs() < 0.025, "{offset} s after H.264, AAC and FLV");
    }
    server.kill();
    wait::until("the sender's end", 5.0, || (!sender.alive()).then_some(()));
    server.restart();
    let _sender = Sender::start(&camera.url(), &server.url("pgm"));
    server.wait_for("pgm", 10.0);
}

#[test]
fn nginx_refuses_a_publisher() {
    let _alone = alone();
    let server = RtmpServer::start();
    let camera = Camera::start(Setup::small(0));
    let mut sender = Sender::start(&camera.url(), &server.closed_url("pgm"));
    wait::until("the sender's end", 10.0, || (!sender.alive()).then_some(()));
    assert!(!server.publishes("pgm"));
}

#[test]
fn a_deaf_server_takes_the_connection_and_no_more() {
    let _alone = alone();
    let server = DeafServer::start();
    let camera = Camera::start(Setup::small(0));
    let mut sender = Sender::start(&camera.url(), &server.url("pgm"));
    wait::until("a connection", 10.0, || (server.connections() == 1).then_some(()));
    wait::span(1.0);
    assert!(sender.alive(), "the sender still hopes");
}

#[test]
fn rtsp_shows_the_camera() {
    let _alone = alone();
    let camera = Camera::start(Setup::small(3));
    let server = RtspServer::start(&camera.url());
    let mut probe = Probe::stream(&server.url());
    probe.more(75, 20.0);
    assert!(probe.frames().iter().filter(|frame| frame.source() == Some(3)).count() >= 70);
}

#[test]
fn srt_shows_the_camera_called_and_listening() {
    let _alone = alone();
    let camera = Camera::start(Setup::small(1));
    for (sender, reader) in [("caller", "listener"), ("listener", "caller")] {
        let port = ports::udp();
        let url = |mode| format!("srt://127.0.0.1:{port}?mode={mode}&latency=50000");
        let (sending, mut probe) = if reader == "listener" {
            let probe = Probe::stream(&url(reader));
            // A caller tries for three seconds.
            (Sender::start(&camera.url(), &url(sender)), probe)
        } else {
            (Sender::start(&camera.url(), &url(sender)), Probe::stream(&url(reader)))
        };
        probe.more(25, 20.0);
        assert!(probe.frames().iter().filter(|frame| frame.source() == Some(1)).count() >= 20, "{}", sending.tail());
    }
}

/// Which tone of 500 or 700 Hz a recorder hears that is ended after two seconds.
fn recorded_tone(recorder: &[&str], variable: &str, value: String) -> Option<f64> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    let mut command = Command::new(recorder[0]);
    command.args(&recorder[1..]).arg(&path).env(variable, value);
    let mut process = Process::start("recorder", folder.path(), &mut command);
    wait::span(2.0);
    process.signal(Signal::SIGINT);
    process.wait(5.0)?;
    Facts::of(&path)?;
    let heard = Sound::of(&path).tones(&[500.0, 700.0]);
    heard.iter().rev().find_map(|(_, tones)| tones.first()).map(|(tone, _)| *tone)
}

#[test]
fn pulse_hears_the_room() {
    let _alone = alone();
    let pulse = Pulse::start();
    let _tone: Process = pulse.play(700);
    let device = format!("--device={}", Pulse::MICROPHONE);
    let recorder = ["parecord", "--file-format=wav", "--rate=48000", "--latency-msec=50", &device];
    wait::until("the tone in the room", 20.0, || {
        (recorded_tone(&recorder, "PULSE_SERVER", pulse.server()) == Some(700.0)).then_some(())
    });
}

#[test]
fn pipewire_hears_the_room() {
    let _alone = alone();
    let mut pipewire = Pipewire::start();
    let _tone: Process = pipewire.play(700);
    let recorder = ["pw-record", "--target", Pipewire::NODE, "--rate=48000"];
    wait::until("the tone in the room", 20.0, || {
        assert!(pipewire.alive());
        (recorded_tone(&recorder, "XDG_RUNTIME_DIR", pipewire.runtime()) == Some(700.0)).then_some(())
    });
}

#[test]
fn clips_are_what_they_claim() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    for clip in Clip::ALL {
        let path = clip.write(folder.path(), 2);
        let facts = Facts::of(&path).expect("a media file");
        assert!((facts.duration() - 2.0).abs() < 0.15, "{clip:?}: {} s", facts.duration());
        let (video, audio) = (facts.stream("video").clone(), facts.stream("audio").clone());
        match clip {
            Clip::Plain => assert_eq!(video["r_frame_rate"], "25/1"),
            Clip::VariableRate => {
                let times = video_times(&path);
                let steps: std::collections::BTreeSet<i32> =
                    times.windows(2).map(|pair| ((pair[1].0 - pair[0].0) * 1000.0).round() as i32).collect();
                assert_eq!(steps.into_iter().collect::<Vec<_>>(), [20, 40, 60]);
            }
            Clip::InterlacedAnamorphic => {
                assert_eq!(video["sample_aspect_ratio"], "64:45");
                assert_ne!(video["field_order"], "progressive");
            }
            Clip::Portrait => assert_eq!((&video["width"], &video["height"]), (&360.into(), &640.into())),
            Clip::Mono44 => assert_eq!((&audio["sample_rate"], &audio["channels"]), (&"44100".into(), &1.into())),
            Clip::Surround => assert_eq!(audio["channels"], 6),
            Clip::Ntsc => assert_eq!(video["r_frame_rate"], "30000/1001"),
            Clip::Silent => assert!(audio.is_null()),
        }
        let frames = Probe::file(path.to_str().unwrap(), &[WHOLE]);
        assert!(frames.iter().all(|frame| frame.source().is_none()), "no code where no camera is");
    }
    assert_ne!(tone(0), tone(1));
}
