//! Every kind of source with its real part, seen and heard in the programme.

use std::path::Path;

use serde_json::json;

use crate::{
    stage::Stage,
    support::{
        alone,
        camera::{Camera, Setup, tone},
        clips::Clip,
        clock,
        picture::{Region, Size},
        pipewire::Pipewire,
        ports,
        probe::Probe,
        pulse::Pulse,
        recording::{self, Copy},
        rtmp_server::RtmpServer,
        rtsp_server::RtspServer,
        sender::Sender,
        sound::Sound,
        studio::{self, Studio},
        wait,
    },
};

fn source(id: &str, kind: &str, rest: &str) -> String {
    format!("[[source]]\nid = \"{id}\"\nkind = \"{kind}\"\n{rest}\n")
}

/// The tone heard in the last second of a copy.
fn last_tone(path: &Path, tones: &[f64]) -> Option<f64> {
    let sound = Sound::of(path);
    let windows = sound.tones(tones);
    let last = &windows[windows.len().saturating_sub(50)..];
    let loudest =
        |tone: f64| last.iter().filter(|(_, heard)| heard.first().is_some_and(|(other, _)| *other == tone)).count();
    tones.iter().copied().find(|tone| loudest(*tone) * 10 >= last.len() * 8)
}

/// Takes a network camera, sees it and hears its tone.
fn seen_and_heard(studio: &Studio, out: &RtmpServer, id: &str, number: u8) {
    studio.wait_source(id, "live", 20.0);
    let viewer = Probe::stream(&out.url("pgm"));
    let asked = clock::now();
    studio.take(id);
    viewer.shows(number, asked + 0.3, 10.0);
    let mut copy = Copy::start(&out.url("pgm"));
    wait::span(2.5);
    assert_eq!(last_tone(&copy.finish(), &[400.0, 500.0, 600.0]), Some(tone(number) as f64), "{id} is heard");
}

/// RTSP, RTMP pulled and SRT called: each relays a camera of its own number and tone, and is lost
/// with its server.
#[test]
fn network_cameras() {
    let _alone = alone();
    let cameras = [0, 1, 2].map(|number| Camera::start(Setup::small(number)));
    let mut rtsp = RtspServer::start(&cameras[0].url());
    let pulled = RtmpServer::start();
    let _rtmp = Sender::start(&cameras[1].url(), &pulled.url("guest"));
    pulled.wait_for("guest", 10.0);
    let called = ports::udp();
    let _listener = Sender::start(&cameras[2].url(), &format!("srt://127.0.0.1:{called}?mode=listener"));
    let out = RtmpServer::start();
    let setup = studio::Setup::small()
        .with(&source("rtsp", "rtsp", &format!("url = \"{}\"", rtsp.url())))
        .with(&source("rtmp", "rtmp", &format!("url = \"{}\"", pulled.url("guest"))))
        .with(&source("called", "srt", &format!("url = \"srt://127.0.0.1:{called}\"")))
        .output("net", "rtmp", &format!("url = \"{}\"", out.url("pgm")));
    let mut studio = Studio::start(&setup);
    out.wait_for("pgm", 10.0);
    for (id, number) in [("rtsp", 0), ("rtmp", 1), ("called", 2)] {
        seen_and_heard(&studio, &out, id, number);
    }
    rtsp.kill();
    studio.wait_source("rtsp", "lost", 8.0);
    studio.stop();
}

/// SRT listened for: whoever calls is on air, goes, and may be followed by another, who does not keep the
/// studio from stopping by falling silent.
#[test]
fn srt_callers() {
    let _alone = alone();
    let cameras = [0, 1].map(|number| Camera::start(Setup::small(number)));
    let port = ports::udp();
    let out = RtmpServer::start();
    let setup = studio::Setup::small()
        .with(&source("guest", "srt", &format!("url = \"srt://127.0.0.1:{port}\"\nmode = \"listener\"")))
        .output("net", "rtmp", &format!("url = \"{}\"", out.url("pgm")));
    let mut studio = Studio::start(&setup);
    out.wait_for("pgm", 10.0);
    for (camera, number) in cameras.iter().zip(0..) {
        let mut caller = Sender::start(&camera.url(), &format!("srt://127.0.0.1:{port}?mode=caller"));
        // An encoder calls again while nobody answers; ffmpeg has to be told.
        wait::until("an answered caller", 20.0, || {
            if !caller.alive() {
                caller = Sender::start(&camera.url(), &format!("srt://127.0.0.1:{port}?mode=caller"));
            }
            (studio.state()["sources"]["guest"]["status"] == "live").then_some(())
        });
        seen_and_heard(&studio, &out, "guest", number);
        if number == 0 {
            drop(caller);
            studio.wait_source("guest", "lost", 8.0);
        } else {
            // Its cable is pulled: the connection says nothing more and does not end.
            caller.freeze();
            studio.wait_source("guest", "lost", 8.0);
            studio.stop();
        }
    }
}

/// A microphone of PulseAudio, which is unplugged.
#[test]
fn pulse_microphone() {
    let _alone = alone();
    let mut pulse = Pulse::start();
    let _tone = pulse.play(700);
    let microphone = source("mic", "pulse", &format!("device = \"{}\"", Pulse::MICROPHONE));
    let mut stage = Stage::with(&[Setup { sound: false, ..Setup::small(0) }], |setup| {
        setup.with(&microphone).env("PULSE_SERVER", pulse.server())
    });
    stage.studio.wait_source("mic", "live", 10.0);
    stage.studio.command(json!({ "command": "audio", "source": "mic", "follow": false, "mute": false }));
    let mut copy = Copy::start(&stage.server.url("pgm"));
    wait::span(3.0);
    assert_eq!(last_tone(&copy.finish(), &[500.0, 700.0]), Some(700.0));
    pulse.kill();
    stage.studio.wait_source("mic", "lost", 8.0);
    stage.studio.stop();
}

/// A microphone of PipeWire.
#[test]
fn pipewire_microphone() {
    let _alone = alone();
    let pipewire = Pipewire::start();
    let _tone = pipewire.play(700);
    let microphone = source("mic", "pipewire", &format!("media = \"audio\"\ntarget = \"{}\"", Pipewire::NODE));
    let mut stage = Stage::with(&[Setup { sound: false, ..Setup::small(0) }], |setup| {
        setup.with(&microphone).env("XDG_RUNTIME_DIR", pipewire.runtime())
    });
    stage.studio.wait_source("mic", "live", 15.0);
    stage.studio.command(json!({ "command": "audio", "source": "mic", "follow": false, "mute": false }));
    let mut copy = Copy::start(&stage.server.url("pgm"));
    wait::span(3.0);
    assert_eq!(last_tone(&copy.finish(), &[500.0, 700.0]), Some(700.0));
    stage.studio.stop();
}

/// A camera of another size and rate, and one held upright: whole, in the middle, not stretched.
#[test]
fn other_shapes_are_not_stretched() {
    let _alone = alone();
    let upright = Setup { size: Some(Size { width: 360, height: 640 }), rate: 30, ..Setup::small(1) };
    let square = Setup { size: Some(Size { width: 480, height: 480 }), rate: 50, ..Setup::small(2) };
    let mut stage = Stage::start(&[Setup::small(0), upright, square], "");
    for (scene, number, share) in [("cam1", 1, 9.0 / 16.0 * 9.0 / 16.0), ("cam2", 2, 9.0 / 16.0)] {
        let middle = Region { x: (1.0 - share) / 2.0, y: 0.0, width: share, height: 1.0 };
        let left = Region { x: 0.0, y: 0.0, width: middle.x - 0.01, height: 1.0 };
        let right = Region { x: 1.0 - left.width, ..left };
        let mut viewer = Probe::regions(&stage.server.url("pgm"), &[middle, left, right]);
        let asked = clock::now();
        stage.studio.take(scene);
        viewer.shows(number, asked, 10.0);
        viewer.more(50, 5.0);
        let frames = viewer.frames();
        let since = frames.iter().position(|frame| frame.source() == Some(number)).unwrap();
        for frame in &frames[since..] {
            assert_eq!(frame.source(), Some(number), "the strip fits exactly where the picture belongs");
            for bar in &frame.looks[1..] {
                assert!(bar.luma < 30.0, "beside it is nothing: luma {}", bar.luma);
            }
        }
        assert!(crate::support::probe::torn(&frames[since..]).is_empty());
        // Thirty or fifty frames a second become 25: none repeated, each newer than the last.
        let cadence = crate::support::probe::Cadence::of(&frames[since..], 0.05);
        assert!(cadence.repeated <= 1 && cadence.backward == 0, "{cadence:?}");
    }
    stage.studio.stop();
}

/// Files as people bring them: each is cued, played once with its time left known, heard, and its
/// square is square.
#[test]
fn files_are_played() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let clips = [
        Clip::Plain,
        Clip::VariableRate,
        Clip::InterlacedAnamorphic,
        Clip::Mono44,
        Clip::Surround,
        Clip::Ntsc,
        Clip::Silent,
    ];
    let mut stage = Stage::with(&[Setup::small(0)], |mut setup| {
        for clip in clips {
            let path = clip.write(folder.path(), 3);
            let id = clip.name().replace(".mp4", "");
            setup = setup.with(&source(&id, "media", &format!("path = \"{}\"", path.display())));
        }
        setup
    });
    for clip in clips {
        let id = clip.name().replace(".mp4", "");
        let cued = |state: &serde_json::Value| {
            state["sources"][&id]["media"]["duration_ms"].as_u64().is_some_and(|ms| (2800..3200).contains(&ms))
        };
        let state = stage.studio.wait_for(&format!("{id} cued"), 10.0, cued);
        assert_eq!(state["sources"][&id]["media"]["playing"], false);
        stage.studio.take(&id);
        let mut copy = Copy::start(&stage.server.url("pgm"));
        stage.studio.command(json!({ "command": "play", "source": id }));
        let state = stage.studio.wait_for(&format!("{id} playing"), 3.0, |state| {
            let media = &state["sources"][&id]["media"];
            media["playing"] == true && media["ends_at"].is_u64()
        });
        assert!(state["sources"][&id]["media"]["position_ms"].as_u64().unwrap() < 1500);
        stage
            .studio
            .wait_for(&format!("the end of {id}"), 6.0, |state| state["sources"][&id]["media"]["playing"] == false);
        let path = copy.finish();
        square(clip, &path);
        if clip != Clip::Silent {
            let sound = Sound::of(&path);
            let heard = sound.tones(&[800.0]).iter().filter(|(_, tones)| !tones.is_empty()).count() as f64 * 0.02;
            assert!((2.0..3.4).contains(&heard), "{id}: {heard} s of its tone are heard");
        }
    }
    // Again and again, until it is stopped.
    let id = Clip::Plain.name().replace(".mp4", "");
    stage.studio.command(json!({ "command": "play", "source": id, "repeat": true }));
    let started = clock::now();
    stage.studio.wait_for("the second round", 8.0, |state| {
        let media = &state["sources"][&id]["media"];
        clock::now() - started > 3.2
            && media["playing"] == true
            && media["position_ms"].as_u64().is_some_and(|ms| ms < 2000)
    });
    stage.studio.command(json!({ "command": "stop", "source": id }));
    stage.studio.wait_for("its stop", 3.0, |state| state["sources"][&id]["media"]["playing"] == false);
    stage.studio.stop();
    let (gap, at) = recording::widest_gap(&stage.studio.file("program.mp4"));
    assert!(gap <= 0.06, "{gap} s at {at} s");
}

/// The white square in the middle of a clip is as wide as it is high, and as big as it should be.
fn square(clip: Clip, path: &Path) {
    let across = |horizontal: bool| {
        // A line of 80 small regions through the middle.
        let regions: Vec<Region> = (0..80)
            .map(|index| {
                let at = f64::from(index) / 80.0;
                if horizontal {
                    Region { x: at, y: 0.45, width: 1.0 / 80.0, height: 0.1 }
                } else {
                    Region { x: 0.45, y: at, width: 0.1, height: 1.0 / 80.0 }
                }
            })
            .collect();
        let frames = Probe::file(path.to_str().unwrap(), &regions);
        let frame = &frames[frames.len() / 2];
        frame.looks.iter().filter(|look| look.luma > 165.0).count() as f64 / 80.0
    };
    let (width, height) = (across(true) * 640.0, across(false) * 360.0);
    assert!((width - 144.0).abs() < 17.0 && (height - 144.0).abs() < 10.0, "{clip:?}: a square of {width}×{height}");
}

/// The studio's own test source: it moves and sounds.
#[test]
fn the_test_source_moves_and_sounds() {
    let _alone = alone();
    let out = RtmpServer::start();
    let setup = studio::Setup::small().with(&source("test", "test", "")).output(
        "net",
        "rtmp",
        &format!("url = \"{}\"", out.url("pgm")),
    );
    let mut studio = Studio::start(&setup);
    studio.wait_source("test", "live", 5.0);
    out.wait_for("pgm", 5.0);
    let mut copy = Copy::start(&out.url("pgm"));
    wait::span(3.0);
    let path = copy.finish();
    let places: Vec<Region> = (0..64)
        .map(|index| Region {
            x: f64::from(index % 8) / 8.0,
            y: f64::from(index / 8) / 8.0,
            width: 0.125,
            height: 0.125,
        })
        .collect();
    let frames = Probe::file(path.to_str().unwrap(), &places);
    let picture = |index: usize| -> Vec<i32> { frames[index].looks.iter().map(|look| look.luma as i32).collect() };
    assert_ne!(picture(frames.len() - 1), picture(frames.len() - 26), "a second later it looks different");
    assert!(Sound::of(&path).peak() > 0.01, "it sounds");
    studio.stop();
}
