//! Sources that go, come back, freeze, or never come.

use serde_json::Value;

use crate::{
    stage::{FRAME, Stage},
    support::{
        alone,
        camera::{Camera, Setup, tone},
        clock, ports,
        probe::Frame,
        recording,
        rtmp_server::RtmpServer,
        sound::Sound,
        studio::{self, Studio},
        wait,
    },
};

fn gap_free(path: &std::path::Path) {
    let (gap, at) = recording::widest_gap(path);
    assert!(gap <= 0.06, "{gap} s without a picture at {at} s");
    let (hole, at) = recording::widest_hole(path);
    assert!(hole < 0.002, "{hole} s without sound at {at} s");
}

/// Longest time between two arrivals at a viewer.
fn longest_wait(frames: &[Frame]) -> f64 {
    frames.windows(2).map(|pair| pair[1].arrived - pair[0].arrived).fold(0.0, f64::max)
}

fn status(state: &Value, source: &str) -> String {
    state["sources"][source]["status"].as_str().unwrap_or("").to_owned()
}

/// Killing the camera on air, then freezing it: the programme goes on, says so, and shows the camera
/// again by itself when it is back.
#[test]
fn a_camera_that_goes_comes_back_by_itself() {
    let _alone = alone();
    let mut stage = Stage::start(&[Setup::small(0), Setup::small(1)], "");
    let viewer = stage.viewer();
    let began = viewer.count();

    let killed = clock::now();
    stage.cameras[0].kill();
    let slate = viewer.first("the slate of a lost source", killed, 3.0, |frame| frame.source().is_none());
    assert!(slate.arrived - killed < 1.0, "a lost source is noticed after {} s", slate.arrived - killed);
    let state = stage.studio.wait_for("the loss", 3.0, |state| status(state, "cam0") == "lost");
    assert!(state["sources"]["cam0"]["problem"]["text"]["fr"].is_string(), "it says why: {}", state["sources"]["cam0"]);
    assert_eq!(status(&state, "cam1"), "live", "the other camera is not concerned");
    wait::span(2.0);
    let restarted = clock::now();
    stage.cameras[0].restart();
    viewer.shows(0, restarted, 6.0);
    stage.studio.wait_source("cam0", "live", 3.0);

    let frozen = clock::now();
    stage.cameras[0].freeze();
    viewer.first("the slate of a frozen source", frozen, 3.0, |frame| frame.source().is_none());
    stage.studio.wait_source("cam0", "lost", 3.0);
    let thawed = clock::now();
    stage.cameras[0].thaw();
    viewer.shows(0, thawed, 6.0);

    // A camera that is not on air does not touch the programme when it goes.
    stage.cameras[1].kill();
    stage.studio.wait_source("cam1", "lost", 3.0);
    let gone = clock::now();
    viewer.shows(0, gone + 1.0, 5.0);
    let frames = viewer.frames().split_off(began);
    let gone: Vec<&Frame> = frames.iter().filter(|frame| frame.arrived > gone).collect();
    assert!(gone.iter().all(|frame| frame.source() == Some(0)), "nothing of it is seen");
    assert!(longest_wait(&frames) < 0.2, "viewers waited {} s", longest_wait(&frames));

    stage.studio.stop();
    let file = stage.studio.file("program.mp4");
    gap_free(&file);
    let sound = Sound::of(&file);
    let heard = sound.tones(&[tone(0) as f64]);
    let silent = heard.iter().filter(|(_, tones)| tones.is_empty()).count() as f64 * 0.02;
    assert!(silent > 2.0 && silent < 9.0, "its sound is silence while it is lost: {silent} s");
    let last = heard.iter().rev().nth(25).map(|(_, tones)| tones.len());
    assert_eq!(last, Some(1), "and comes back with it");
}

/// Two of three cameras are not there at the start: nothing changes for the third.
#[test]
fn two_missing_from_the_start() {
    let _alone = alone();
    let server = RtmpServer::start();
    let camera = Camera::start(Setup::small(2));
    let mut missing = [Camera::make(Setup::small(0), ports::tcp()), Camera::make(Setup::small(1), ports::tcp())];
    let setup = studio::Setup::small()
        .with(&missing[0].block("cam0"))
        .with(&missing[1].block("cam1"))
        .with(&camera.block("cam2"))
        .output("net", "rtmp", &format!("url = \"{}\"", server.url("pgm")))
        .log();
    let mut studio = Studio::start(&setup);
    studio.wait_source("cam2", "live", 5.0);
    server.wait_for("pgm", 5.0);
    let mut viewer = crate::support::probe::Probe::stream(&server.url("pgm"));
    viewer.more(5, 10.0);
    assert!(viewer.frames().iter().all(|frame| frame.source().is_none()), "the first source is a slate");
    studio.take("cam2");
    viewer.shows(2, 0.0, 3.0);
    viewer.more(75, 6.0);
    let frames = viewer.frames();
    let since = frames.iter().position(|frame| frame.source() == Some(2)).unwrap();
    let cadence = crate::support::probe::Cadence::of(&frames[since..], FRAME);
    assert!(cadence.clean(camera.late()) && cadence.pairs >= 70, "{cadence:?}");
    // One comes after all.
    missing[0].restart();
    studio.wait_source("cam0", "live", 8.0);
    let asked = clock::now();
    studio.take("cam0");
    viewer.shows(0, asked, 3.0);
    studio.stop();
    gap_free(&studio.file("program.mp4"));
}

/// No source at all: the show runs on its slate, is published and recorded, and shows the first one
/// that comes.
#[test]
fn all_missing_from_the_start() {
    let _alone = alone();
    let server = RtmpServer::start();
    let mut camera = Camera::make(Setup::small(0), ports::tcp());
    let setup = studio::Setup::small()
        .with(&camera.block("cam0"))
        .output("net", "rtmp", &format!("url = \"{}\"", server.url("pgm")))
        .log();
    let mut studio = Studio::start(&setup);
    server.wait_for("pgm", 5.0);
    let mut viewer = crate::support::probe::Probe::stream(&server.url("pgm"));
    viewer.more(50, 10.0);
    let came = clock::now();
    camera.restart();
    viewer.shows(0, came, 8.0);
    studio.stop();
    gap_free(&studio.file("program.mp4"));
}
