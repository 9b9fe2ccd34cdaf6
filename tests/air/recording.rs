//! What is recorded is there: while it grows, after its end, after a crash.

use std::{fs, path::Path, process::Command};

use serde_json::json;

use crate::support::{
    alone,
    camera::{Camera, Setup},
    clock,
    picture::WHOLE,
    probe::{Cadence, Frame, Probe},
    process::output,
    recording::{self, Facts},
    studio::{self, Studio},
    wait,
};

/// Types of the boxes at the top of an MP4; `None` while it ends in the middle of one.
fn boxes(path: &Path) -> Option<Vec<String>> {
    let bytes = fs::read(path).ok()?;
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let head = bytes.get(at..at + 8)?;
        let size = match u32::from_be_bytes(head[..4].try_into().unwrap()) {
            0 => bytes.len() - at,
            1 => usize::try_from(u64::from_be_bytes(bytes.get(at + 8..at + 16)?.try_into().unwrap())).ok()?,
            size => size as usize,
        };
        assert!(size >= 8, "a box of {size} bytes at {at} in {}", path.display());
        found.push(String::from_utf8_lossy(&head[4..]).into_owned());
        at += size;
    }
    (at == bytes.len()).then_some(found)
}

/// One index for all, no fragments.
fn finished(path: &Path) -> bool {
    boxes(path).is_some_and(|boxes| boxes.iter().any(|name| name == "moov") && !boxes.iter().any(|name| name == "moof"))
}

/// An MP4 that any player seeks in, without a gap; returns its length in seconds.
fn ordinary(path: &Path) -> f64 {
    assert!(finished(path), "{}: {:?}", path.display(), boxes(path));
    let facts = Facts::of(path).expect("a media file");
    assert_eq!((facts.codec("video"), facts.codec("audio")), ("h264", "aac"));
    let (gap, at) = recording::widest_gap(path);
    assert!(gap <= 0.06, "{gap} s at {at} s");
    let last = recording::video_times(path).last().expect("it has pictures").0;
    assert!(
        (facts.duration() - last).abs() < 0.3,
        "it knows its length: {} s, the last frame is at {last} s",
        facts.duration()
    );
    seeks(path, last / 2.0);
    facts.duration()
}

/// A player that jumps to `time` sees what is there.
fn seeks(path: &Path, time: f64) {
    let all = recording::frames(path);
    let wanted = all.iter().find(|(at, _)| *at >= time - 0.001).expect("inside the file");
    let folder = tempfile::tempdir().unwrap();
    let still = folder.path().join("still.mkv");
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-ss", &time.to_string(), "-i"]).arg(path);
    command.args(["-frames:v", "1", "-an", "-c:v", "ffv1"]).arg(&still);
    output(&mut command);
    let seen = Probe::file(still.to_str().unwrap(), &[WHOLE]);
    let (seen, wanted) = (seen[0].filmed().expect("readable"), wanted.1.filmed().expect("readable"));
    assert!((seen - wanted).abs() < 0.045, "jumped to {time} s: the frame filmed at {seen}, not {wanted}");
}

/// The frames from the camera's third second on: until then the studio finds its rhythm.
fn live_frames(path: &Path) -> Vec<Frame> {
    let frames = recording::frames(path).into_iter().map(|(_, frame)| frame);
    frames.skip_while(|frame| frame.source().is_none()).skip(75).collect()
}

#[test]
fn a_recording_is_never_lost() {
    let _alone = alone();
    let camera = Camera::start(Setup::small(1));
    let setup = studio::Setup::small().with(&camera.block("cam1")).log();
    let mut studio = Studio::start(&setup);
    studio.wait_source("cam1", "live", 5.0);
    while_it_grows(&studio);
    by_hand(&studio);
    studio.stop();
    let first = studio.file("program.mp4");
    ordinary(&first);
    let cadence = Cadence::of(&live_frames(&first), 0.04);
    assert!(cadence.clean(camera.late()) && cadence.pairs > 100, "{cadence:?}");
    let kept = fs::read(&first).unwrap();

    // The next show takes the next name, and is cut off by a power failure.
    let folder = studio.folder();
    drop(studio);
    let mut studio = Studio::start_in(folder.clone(), &setup);
    studio.wait_source("cam1", "live", 5.0);
    let second = studio.file("program-2.mp4");
    wait::until("a second part of some length", 20.0, || {
        Facts::of(&second).filter(|facts| facts.codec("video") == "h264")?;
        let state = studio.state();
        (state["outputs"]["log"]["status"] == "live").then_some(())
    });
    wait::span(5.0);
    let cut = clock::now();
    studio.kill();
    drop(studio);

    let mut studio = Studio::start_in(folder, &setup);
    studio.wait_source("cam1", "live", 5.0);
    wait::until("the second part being made whole", 10.0, || finished(&second).then_some(()));
    // Of some length, so that there is something to seek in.
    wait::span(2.0);
    studio.stop();
    let length = ordinary(&second);
    assert!(length > 4.5, "{length} s were recovered");
    let frames = live_frames(&second);
    let last = frames.last().and_then(Frame::filmed).expect("the last frame is readable");
    assert!(cut - last <= 0.6, "the last {} s are missing", cut - last);
    assert!(Cadence::of(&frames, 0.04).clean(camera.late()));
    ordinary(&studio.file("program-3.mp4"));
    assert_eq!(fs::read(&first).unwrap(), kept, "the first part was not touched");
}

/// At any moment the file can be read, up to half a second ago.
fn while_it_grows(studio: &Studio) {
    let folder = tempfile::tempdir().unwrap();
    let path = studio.file("program.mp4");
    wait::until("something to play", 5.0, || Facts::of(&path).filter(|facts| facts.codec("video") == "h264"));
    for round in 0..4 {
        // Anywhere within a key frame interval.
        wait::span(0.9);
        let copy = folder.path().join(format!("{round}.mp4"));
        fs::copy(&path, &copy).unwrap();
        let now = clock::now();
        let frames = Probe::file(copy.to_str().unwrap(), &[WHOLE]);
        let last = frames.iter().rev().find_map(Frame::filmed).expect("a readable frame");
        assert!(now - last <= 0.5, "the file is {} s behind", now - last);
    }
}

/// `record` makes a file of its own.
fn by_hand(studio: &Studio) {
    studio.command(json!({ "command": "record", "on": true }));
    let state = studio.wait_for("the recording", 3.0, |state| {
        state["recording"]["on"] == true && state["recording"]["file"].is_string()
    });
    let path = studio.file(state["recording"]["file"].as_str().unwrap());
    wait::span(3.0);
    studio.command(json!({ "command": "record", "on": false }));
    studio.wait_for("its end", 3.0, |state| state["recording"]["on"] == false);
    wait::until("a finished file", 5.0, || finished(&path).then_some(()));
    let length = ordinary(&path);
    assert!((2.0..4.5).contains(&length), "{length} s");
}
