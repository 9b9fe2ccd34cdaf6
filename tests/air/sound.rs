//! What is heard: the right microphones, without clicks, never too loud, measured as it is.

use serde_json::{Value, json};

use crate::{
    stage::Stage,
    support::{
        alone,
        camera::{Setup, tone},
        recording::{self, Copy},
        sound::{Sound, last_loudness, loudness},
        wait,
    },
};

/// Tones heard in at least nine of ten windows of a part.
fn heard(sound: &Sound, tones: &[f64]) -> Vec<f64> {
    let windows = sound.tones(tones);
    let share = |tone: f64| windows.iter().filter(|(_, heard)| heard.iter().any(|(other, _)| *other == tone)).count();
    tones.iter().copied().filter(|tone| share(*tone) * 10 >= windows.len() * 9).collect()
}

fn between(sound: &Sound, from: f64, to: f64) -> Sound {
    let part = sound.between(from, to);
    assert!(part.span().1 - part.span().0 > (to - from) * 0.9, "the sound lasts from {from} to {to} s");
    part
}

/// Sound follows the picture; a microphone that does not is always heard; mute and gain do what they
/// say; a steady tone is steady.
#[test]
fn the_right_microphones_are_heard() {
    let _alone = alone();
    let microphone = crate::support::camera::Camera::start(Setup { size: None, ..Setup::small(3) });
    let mut stage = Stage::with(&[Setup::small(0), Setup::small(1)], |setup| setup.with(&microphone.block("mic")));
    stage.studio.wait_source("mic", "live", 5.0);
    let audio = |stage: &Stage, source: &str, change: Value| {
        let mut command = json!({ "command": "audio", "source": source });
        command.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        stage.studio.command(command);
    };
    audio(&stage, "mic", json!({ "follow": false, "mute": true }));
    let mut copy = Copy::start(&stage.server.url("pgm"));
    let lasting = |seconds: f64| {
        let from = crate::support::clock::now();
        wait::span(seconds);
        (from, crate::support::clock::now())
    };
    // Each from when a command was carried out to before the next is given, however long that takes.
    let begin = lasting(12.0);
    stage.studio.take("cam1");
    let followed = lasting(2.0);
    audio(&stage, "mic", json!({ "mute": false }));
    let besides = lasting(2.0);
    audio(&stage, "cam1", json!({ "gain_db": -12.0 }));
    let softer = lasting(2.0);
    audio(&stage, "cam1", json!({ "mute": true }));
    let muted = lasting(2.0);
    let path = copy.finish();
    stage.studio.stop();

    let sound = Sound::of(&path);
    // The pictures tell when a moment of the room is seen, and so when it is heard.
    let frames = recording::frames(&path);
    let lead = frames.iter().find_map(|(time, frame)| Some(time - frame.filmed()?)).expect("a camera is seen");
    let all = [tone(0) as f64, tone(1) as f64, tone(3) as f64];
    let part = |(from, to): (f64, f64)| between(&sound, lead + from + 0.5, lead + to - 0.3);
    assert_eq!(heard(&part(begin), &all), [400.0]);
    assert_eq!(heard(&part(followed), &all), [500.0], "sound follows the picture");
    assert_eq!(heard(&part(besides), &all), [500.0, 700.0], "a fixed microphone besides");
    assert_eq!(heard(&part(muted), &all), [700.0], "muted");
    let level = |part: &Sound| {
        let levels: Vec<f64> =
            part.tones(&[500.0]).iter().filter_map(|(_, heard)| heard.first().map(|(_, loud)| *loud)).collect();
        20.0 * (levels.iter().sum::<f64>() / levels.len() as f64).log10()
    };
    let drop = level(&part(besides)) - level(&part(softer));
    assert!((drop - 12.0).abs() < 1.0, "12 dB less are {drop} dB");
    let steady = part(begin);
    assert_eq!(steady.clicks(400.0), Vec::<f64>::new(), "ten seconds of a steady tone");
}

/// Three microphones, each nearly at full scale: the limiter keeps the peak below -1 dBTP, without
/// silence; the meters tell the loudness that ffmpeg finds.
#[test]
fn never_too_loud_and_measured_right() {
    let _alone = alone();
    let loud = |source| Setup { amplitude: 0.9, ..Setup::small(source) };
    let mut stage = Stage::start(&[loud(0), loud(1), loud(2)], "");
    for source in ["cam0", "cam1", "cam2"] {
        stage.studio.command(json!({ "command": "audio", "source": source, "follow": false }));
    }
    let limiting = |meters: &Value| meters["program"]["limiting_db"].as_f64().is_some_and(|db| db > 3.0);
    stage.studio.client().wait_meters("the limiter at work", 5.0, limiting);
    let mut copy = Copy::start(&stage.server.url("pgm"));
    wait::span(8.0);
    let meters = stage.studio.client().meters().unwrap();
    let path = copy.finish();
    stage.studio.stop();
    let found = loudness(&path);
    // AAC at 128 kbit/s overshoots what it was given by some tenths of a decibel.
    assert!(found.true_peak <= 0.0, "{found:?}");
    assert!(found.integrated > -12.0, "loud, but whole: {found:?}");
    let told = meters["program"]["short_term"].as_f64().unwrap();
    // Of the same seconds: how the three tones lie to each other, and so how loud they are, wanders with clocks.
    let last = last_loudness(&path, 3.0);
    assert!((told - last.integrated).abs() < 1.0, "the meter says {told} LUFS, ffmpeg {last:?}");
    for channel in 0..2 {
        let peak = meters["program"]["peak_db"][channel].as_f64().unwrap();
        assert!((-3.0..=-0.9).contains(&peak), "the mix's peak is {peak} dBFS");
    }
    for source in ["cam0", "cam1", "cam2"] {
        let peak = meters["sources"][source][0].as_f64().unwrap();
        assert!((peak + 0.92).abs() < 0.3, "{source} is at {peak} dBFS, it sends -0.92");
    }
}
