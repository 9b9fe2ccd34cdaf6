//! Staying on air: takes every two seconds on cameras whose clocks drift, for as long as one likes.

use std::time::Duration;

use crate::{
    stage::{FRAME, Stage},
    support::{
        alone,
        camera::Setup,
        clock,
        picture::WHOLE,
        probe::{Cadence, Frame, torn},
        process_tree, recording, wait,
    },
};

/// A minute, on cameras that are a frame off each quarter of a minute or so.
#[test]
fn a_minute_of_takes() {
    soak(Duration::from_secs(60), 2_000.0);
}

/// Half an hour, or as many minutes as `SOAK_MINUTES` says, on cameras as good as those one buys.
#[test]
#[ignore = "half an hour: make soak"]
fn half_an_hour_of_takes() {
    let minutes = std::env::var("SOAK_MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(30);
    soak(Duration::from_secs(60 * minutes), 50.0);
}

fn soak(length: Duration, drift_ppm: f64) {
    let _alone = alone();
    let slow = Setup { drift_ppm, ..Setup::small(1) };
    let fast = Setup { drift_ppm: -drift_ppm, ..Setup::small(2) };
    let mut stage = Stage::start(&[Setup::small(0), slow, fast], "");
    let viewer = stage.viewer();
    let began = clock::now();
    let mut memory = Vec::new();
    let mut number = 0;
    while clock::now() - began < length.as_secs_f64() {
        number = (number + 1) % 3;
        let asked = clock::now();
        stage.studio.take(&format!("cam{number}"));
        viewer.shows(number, asked, 3.0);
        memory.push((clock::now() - began, process_tree::memory(stage.studio.pid()).resident));
        wait::span((asked + 2.0 - clock::now()).max(0.0));
    }
    let health = stage.studio.state()["health"].clone();
    assert_eq!(health["frames_dropped"], 0, "{health}");
    stage.studio.stop();

    let path = stage.studio.file("program.mp4");
    let (gap, at) = recording::widest_gap(&path);
    assert!(gap <= 0.06, "a gap of {gap} s at {at} s");
    let (hole, at) = recording::widest_hole(&path);
    assert!(hole < 0.002, "{hole} s without sound at {at} s");
    let last = recording::video_times(&path).last().expect("it has pictures").0;
    assert!(last > length.as_secs_f64(), "{last} s are recorded");
    let sound = recording::sound_times(&path).last().map(|(time, _)| *time).expect("it has sound");
    assert!((last - sound).abs() < 0.1, "sound ends at {sound} s, the picture at {last} s");
    let frames: Vec<Frame> = recording::frames_of(&path, &[WHOLE]).into_iter().map(|(_, frame)| frame).collect();
    assert_eq!(torn(&frames), Vec::<usize>::new());
    let cadence = Cadence::of(&frames, FRAME);
    // Two clocks that differ owe each other a frame now and then, and no more.
    let owed = (length.as_secs_f64() * drift_ppm / 1e6 / FRAME).ceil() as usize + 4 + stage.late();
    assert!(cadence.lost <= owed && cadence.repeated <= owed && cadence.backward == 0, "{cadence:?}, owed {owed}");

    // Memory: the last quarter against the second, so that the warm-up does not count.
    let mean = |from: f64, to: f64| {
        let part: Vec<f64> = memory
            .iter()
            .filter(|(time, _)| (from * length.as_secs_f64()..to * length.as_secs_f64()).contains(time))
            .map(|(_, bytes)| *bytes as f64 / 1_048_576.0)
            .collect();
        part.iter().sum::<f64>() / part.len() as f64
    };
    let (before, after) = (mean(0.25, 0.5), mean(0.75, 1.0));
    println!("soak: {} takes, {before:.1} then {after:.1} MiB, {cadence:?}", memory.len());
    assert!(after - before < 8.0, "resident memory grew from {before} to {after} MiB");
}
