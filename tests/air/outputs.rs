//! Destinations that go, refuse, or hang; and the slate that only viewers see.

use serde_json::json;

use crate::{
    stage::{FRAME, Stage},
    support::{
        alone,
        camera::Setup,
        clock,
        probe::{Cadence, Frame, Probe},
        recording::{self, Copy},
        rtmp_server::{DeafServer, RtmpServer},
        studio::Studio,
        wait,
    },
};

fn seconds_until(what: &str, limit: f64, look: impl Fn() -> bool) -> f64 {
    let began = clock::now();
    wait::until(what, limit, || look().then_some(()));
    clock::now() - began
}

/// The server goes for 5 s and comes back, freezes and comes back; another refuses; a third never
/// answers. None of it is seen in the other's picture or in the recording, and none delays an end.
#[test]
fn a_failing_destination_is_its_own_affair() {
    let _alone = alone();
    let other = RtmpServer::start();
    let deaf = DeafServer::start();
    let mut stage = Stage::with(&[Setup::small(0), Setup::small(1)], |setup| {
        setup
            .output("other", "rtmp", &format!("url = \"{}\"", other.url("pgm")))
            .output("closed", "rtmp", &format!("url = \"{}\"", other.closed_url("pgm")))
            .output("deaf", "rtmp", &format!("url = \"{}\"", deaf.url("pgm")))
    });
    stage.studio.wait_output("other", "live", 10.0);
    let witness = Probe::stream(&other.url("pgm"));
    witness.shows(0, 0.0, 10.0);
    let began = witness.count();

    refused(&stage);
    outage(&mut stage);
    freeze(&stage);
    deaf_does_not_hold(&stage, &deaf);

    let frames = witness.frames().split_off(began);
    let cadence = Cadence::of(&frames, FRAME);
    assert!(cadence.clean(stage.late()) && cadence.pairs > 200, "the other destination saw nothing of it: {cadence:?}");
    let took = stage.studio.stop();
    assert!(took < 4.0, "the end took {took} s");
    let file = stage.studio.file("program.mp4");
    let (gap, at) = recording::widest_gap(&file);
    assert!(gap <= 0.06, "the recording has a gap of {gap} s at {at} s");
    let (hole, at) = recording::widest_hole(&file);
    assert!(hole < 0.002, "{hole} s without sound at {at} s");
}

fn refused(stage: &Stage) {
    let state = stage.studio.wait_for("the refusal", 15.0, |state| state["outputs"]["closed"]["status"] == "refused");
    let problem = &state["outputs"]["closed"]["problem"];
    assert_eq!(problem["fault"], "operator", "a wrong key is corrected here: {problem}");
    assert!(problem["text"]["en"].as_str().is_some_and(|text| text.to_lowercase().contains("key")), "{problem}");
}

fn outage(stage: &mut Stage) {
    stage.server.kill();
    let noticed =
        seconds_until("the loss being noticed", 3.0, || stage.studio.state()["outputs"]["net"]["status"] == "retrying");
    assert!(noticed < 2.0, "noticed after {noticed} s");
    wait::span(5.0 - noticed);
    let back = clock::now();
    stage.server.restart();
    stage.server.wait_for("pgm", 5.0);
    let took = clock::now() - back;
    assert!(took < 2.0, "published again {took} s after the server's return");
    stage.studio.wait_output("net", "live", 2.0);
    let state = stage.studio.state();
    assert!(state["outputs"]["net"]["reconnections"].as_u64() >= Some(1), "{}", state["outputs"]["net"]);
    stage.viewer().shows(0, 0.0, 5.0);
}

/// A server that stops in the middle, its connection open: bytes that stop moving are a loss.
fn freeze(stage: &Stage) {
    stage.server.freeze();
    // Five seconds without a byte taken, and what its kernel still takes on its behalf: up to a megabyte.
    wait::until("the frozen server being noticed", 25.0, || {
        (stage.studio.state()["outputs"]["net"]["status"] != "live").then_some(())
    });
    stage.server.thaw();
    stage.studio.wait_output("net", "live", 8.0);
    stage.server.wait_for("pgm", 5.0);
}

fn deaf_does_not_hold(stage: &Stage, deaf: &DeafServer) {
    assert!(deaf.connections() >= 1);
    assert_ne!(stage.studio.state()["outputs"]["deaf"]["status"], "live", "it never published");
    let asked = clock::now();
    stage.studio.command(json!({ "command": "output_stop", "output": "deaf" }));
    stage.studio.wait_output("deaf", "off", 3.0);
    assert!(clock::now() - asked < 2.0, "stopping took {} s", clock::now() - asked);
    // Left on for the end of the show, which it must not hold either.
    stage.studio.command(json!({ "command": "output_start", "output": "deaf" }));
    stage.studio.wait_for("another attempt", 3.0, |state| state["outputs"]["deaf"]["status"] != "off");
}

/// While the slate is up viewers see no camera and hear nothing, from a key frame on; the recording
/// sees no slate. Viewers' connection and cadence go on.
#[test]
fn the_slate_is_for_viewers_only() {
    let _alone = alone();
    let mut stage = Stage::start(&[Setup::small(0)], "");
    let mut copy = Copy::start(&stage.server.url("pgm"));
    let viewer = stage.viewer();
    for _ in 0..2 {
        let asked = clock::now();
        viewer.shows(0, asked, 5.0);
        stage.studio.command(json!({ "command": "slate", "on": true }));
        assert_eq!(stage.studio.wait_for("the slate", 2.0, |state| state["slate"] == true)["program"]["scene"], "cam0");
        viewer.first("the slate", asked, 3.0, |frame| frame.source().is_none());
        wait::span(2.0);
        let asked = clock::now();
        stage.studio.command(json!({ "command": "slate", "on": false }));
        let back = viewer.shows(0, asked, 4.0);
        assert!(back.filmed().unwrap() > asked - 0.5, "what was filmed under the slate is not shown later");
    }
    wait::span(1.0);
    let copy = copy.finish();
    stage.studio.stop();

    let times = recording::video_times(&copy);
    let frames = recording::frames(&copy);
    let shown: Vec<bool> = frames.iter().map(|(_, frame)| frame.source().is_some()).collect();
    let first = shown.iter().position(|&shown| shown).expect("the camera was seen");
    let changes: Vec<usize> = (first + 1..shown.len()).filter(|&index| shown[index] != shown[index - 1]).collect();
    assert_eq!(changes.len(), 4, "on, off, on, off: {changes:?}");
    for change in changes {
        assert!(times[change].1, "the change at {} s is a key frame", times[change].0);
    }
    let widest = times.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(0.0, f64::max);
    assert!(widest <= 0.06, "viewers have a gap of {widest} s");
    let sound = crate::support::sound::Sound::of(&copy);
    let silent = sound.tones(&[400.0]).iter().filter(|(_, tones)| tones.is_empty()).count() as f64 * 0.02;
    assert!(silent > 3.0, "{silent} s of silence");

    let file = stage.studio.file("program.mp4");
    let frames: Vec<Frame> = recording::frames(&file).into_iter().map(|(_, frame)| frame).collect();
    // The first three seconds are for the studio and the camera to find each other's rhythm.
    let live: Vec<Frame> = frames.into_iter().skip_while(|frame| frame.source().is_none()).skip(75).collect();
    assert!(live.iter().all(|frame| frame.source() == Some(0)), "the recording knows no slate");
    let cadence = Cadence::of(&live, FRAME);
    assert!(cadence.clean(stage.late()), "{cadence:?}, {} sent late", stage.late());
    let (gap, at) = recording::widest_gap(&file);
    assert!(gap <= 0.06, "{gap} s at {at} s");
}

/// Nobody at the other end at first: tried until somebody is there.
#[test]
fn a_destination_that_comes_later() {
    let _alone = alone();
    let mut stage = Stage::start(&[Setup::small(0)], "");
    stage.studio.command(json!({ "command": "output_stop", "output": "net" }));
    stage.studio.wait_output("net", "off", 3.0);
    stage.server.kill();
    stage.studio.command(json!({ "command": "output_start", "output": "net" }));
    let state = stage.studio.wait_for("a problem", 5.0, |state| state["outputs"]["net"]["problem"].is_object());
    assert_ne!(state["outputs"]["net"]["status"], "live");
    assert_eq!(state["outputs"]["net"]["problem"]["fault"], "other_side");
    stage.server.restart();
    stage.server.wait_for("pgm", 3.0);
    stage.studio.wait_output("net", "live", 3.0);
    assert!(Studio::alive(&mut stage.studio));
    stage.studio.stop();
}
