//! The camera and the readers, without a studio between them.

use std::{path::Path, process::Command, time::Duration};

use crate::support::{
    alone,
    camera::{Camera, Setup},
    clock,
    picture::{Region, Size},
    probe::{Cadence, Probe, torn},
    process::output,
    recording, strip,
};

const FRAME: f64 = 0.04;

#[test]
fn a_code_survives_the_way_through_luma() {
    for source in 0..4 {
        for at in [0.0, 1.001, 4_294_967.295, 123_456.789] {
            let row = strip::encode(source, at, 640);
            assert_eq!(row.len(), 640);
            let cells = std::array::from_fn(|cell| f32::from(row[strip::edge(640, cell) + 8]));
            let code = strip::decode(&cells).expect("a clean strip is readable");
            assert_eq!(code.source, source);
            assert!((code.at - at).abs() < 0.0011, "{} for {at}", code.at);
        }
    }
    let mut cells = std::array::from_fn(|cell| f32::from(strip::encode(1, 5.0, 40)[cell]));
    cells[20] = 251.0 - cells[20];
    assert_eq!(strip::decode(&cells), None, "one wrong cell is noticed");
}

#[test]
fn every_frame_arrives_with_its_code_and_in_time() {
    let _alone = alone();
    for setup in [Setup::small(2), Setup::full(1)] {
        let camera = Camera::start(setup);
        let mut probe = Probe::stream(&camera.url());
        probe.more(50, 10.0);
        let frames = probe.frames();
        assert!(frames.iter().all(|frame| frame.source() == Some(setup.source)));
        assert!(torn(&frames).is_empty());
        let cadence = Cadence::of(&frames, FRAME);
        assert!(cadence.clean(0) && cadence.pairs >= 49, "{cadence:?}");
        let latency = probe.latency(40).expect("frames are readable");
        assert!((0.0..0.1).contains(&latency), "{latency} s from camera to probe");
    }
}

#[test]
fn two_halves_of_different_cameras_are_torn() {
    let _alone = alone();
    let (one, two) = (Camera::start(Setup::small(0)), Camera::start(Setup::small(1)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("torn.mkv");
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-i", &one.url(), "-i", &two.url(), "-filter_complex"]);
    command.args(["[1:v]crop=640:180:0:180[low];[0:v][low]overlay=0:180:enable='gte(n,5)'", "-frames:v", "10"]);
    command.args(["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "2M"]).arg(&path);
    output(&mut command);
    let frames = Probe::file(path.to_str().unwrap(), &[crate::support::picture::WHOLE]);
    let torn = torn(&frames);
    assert_eq!(torn, (5..10).collect::<Vec<_>>(), "the first five are whole");
}

#[test]
fn a_picture_in_a_corner_is_read_there() {
    let _alone = alone();
    let (one, two) = (Camera::start(Setup::small(0)), Camera::start(Setup::full(3)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corner.mkv");
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-i", &one.url(), "-i", &two.url(), "-filter_complex"]);
    command.args(["[1:v]scale=320:180[small];[0:v][small]overlay=320:180", "-frames:v", "10"]);
    command.args(["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "4M"]).arg(&path);
    output(&mut command);
    let regions =
        [Region { x: 0.0, y: 0.0, width: 1.0, height: 1.0 }, Region { x: 0.5, y: 0.5, width: 0.5, height: 0.5 }];
    for frame in Probe::file(path.to_str().unwrap(), &regions) {
        assert_eq!((frame.looks[0].source(), frame.looks[1].source()), (Some(0), Some(3)));
        assert!(!frame.looks[1].torn());
    }
}

#[test]
fn killed_and_restarted_on_the_same_port() {
    let _alone = alone();
    let mut camera = Camera::start(Setup::small(1));
    let mut probe = Probe::stream(&camera.url());
    probe.more(5, 10.0);
    camera.kill();
    crate::support::wait::until("the reader's end", 5.0, || (!probe.alive()).then_some(()));
    camera.restart();
    let mut probe = Probe::stream(&camera.url());
    probe.more(5, 10.0);
}

#[test]
fn frozen_keeps_the_connection_and_loses_what_is_missed() {
    let _alone = alone();
    let camera = Camera::start(Setup::small(1));
    let mut probe = Probe::stream(&camera.url());
    probe.more(10, 10.0);
    camera.freeze();
    let frozen = clock::now();
    crate::support::wait::span(1.0);
    let before = probe.count();
    camera.thaw();
    let next = probe.shows(1, frozen + 0.9, 5.0);
    assert!(probe.alive());
    assert!(next.filmed().unwrap() > frozen + 0.9, "nothing old is sent");
    assert!(probe.frames()[before - 1].arrived < frozen + 0.2, "nothing came while frozen");
}

/// What the stream itself says, by a copy of it.
fn copy(camera: &Camera, seconds: &str, folder: &Path) -> std::path::PathBuf {
    let path = folder.join("copy.mkv");
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-copyts", "-i", &camera.url(), "-t", seconds]);
    command
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le", "-fps_mode", "passthrough"])
        .arg(&path);
    output(&mut command);
    path
}

#[test]
fn flash_and_beep_are_one_moment() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = copy(&Camera::start(Setup::clapper(0)), "4.5", folder.path());
    let offsets = recording::lip_sync(&path);
    assert!(offsets.len() >= 3, "{offsets:?}");
    for flash in offsets {
        let offset = flash.offset.expect("each flash has its beep");
        assert!(offset.abs() < 0.003, "{offset} s");
    }
}

#[test]
fn late_sound_is_measured_as_late() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = copy(&Camera::start(Setup::clapper(0)), "4.5", folder.path());
    let late = folder.path().join("late.mkv");
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-i"]).arg(&path).args(["-itsoffset", "0.1", "-i"]).arg(&path);
    command.args(["-map", "0:v", "-map", "1:a", "-c", "copy"]).arg(&late);
    output(&mut command);
    let offsets = recording::lip_sync(&late);
    assert!(offsets.len() >= 3);
    for flash in offsets {
        let offset = flash.offset.expect("each flash has its beep");
        assert!((offset - 0.1).abs() < 0.003, "{offset} s");
    }
}

#[test]
fn sound_may_begin_before_the_picture() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup { picture_after: Duration::from_millis(1480), ..Setup::clapper(0) };
    let path = copy(&Camera::start(setup), "4.5", folder.path());
    let first = recording::video_times(&path)[0].0;
    assert!((first - 1.48).abs() < 0.02, "the first picture is at {first} s");
    let offsets = recording::lip_sync(&path);
    assert!(
        !offsets.is_empty() && offsets.iter().all(|flash| flash.offset.is_some_and(|offset| offset.abs() < 0.003)),
        "{offsets:?}"
    );
}

#[test]
fn a_slow_clock_is_slow() {
    let _alone = alone();
    // 20 % is no camera's, but shows in a second what a real one shows in an hour.
    let camera = Camera::start(Setup { drift_ppm: 200_000.0, ..Setup::small(0) });
    let mut probe = Probe::stream(&camera.url());
    probe.more(40, 10.0);
    let frames = probe.frames();
    let (first, last) = (frames[5].filmed().unwrap(), frames[35].filmed().unwrap());
    let frame = (last - first) / 30.0;
    assert!((frame - 0.048).abs() < 0.002, "{frame} s a frame");
}

#[test]
fn a_portrait_camera_has_a_readable_code() {
    let _alone = alone();
    let camera = Camera::start(Setup { size: Some(Size { width: 360, height: 640 }), rate: 30, ..Setup::small(3) });
    let mut probe = Probe::stream(&camera.url());
    probe.more(10, 10.0);
    assert!(probe.frames().iter().all(|frame| frame.source() == Some(3) && !frame.look().torn()));
}
