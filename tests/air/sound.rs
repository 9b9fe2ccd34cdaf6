//! What is heard: the right microphones, without clicks, never too loud, measured as it is.

use serde_json::{Value, json};

use crate::{
    stage::Stage,
    support::{
        alone,
        camera::{Setup, tone},
        recording::Copy,
        sound::{Sound, last_loudness, loudness},
        wait,
    },
};

/// What is heard one after the other: each set of tones that lasts at least 0.2 s, with its part of the
/// sound. Changes take as long as they take on a busy machine; their order and their effect are judged.
fn phases(sound: &Sound, tones: &[f64]) -> Vec<(Vec<f64>, (f64, f64))> {
    let mut phases: Vec<(Vec<f64>, (f64, f64))> = Vec::new();
    for (time, heard) in sound.tones(tones) {
        let heard: Vec<f64> =
            tones.iter().copied().filter(|tone| heard.iter().any(|(other, _)| other == tone)).collect();
        match phases.last_mut() {
            Some((last, (_, end))) if *last == heard => *end = time,
            _ => {
                phases.retain(|(_, (begin, end))| end - begin >= 0.2);
                phases.push((heard, (time, time)));
            }
        }
    }
    phases.retain(|(_, (begin, end))| end - begin >= 0.2);
    // What a short disturbance had cut in two is one again.
    phases.dedup_by(|next, last| {
        next.0 == last.0 && {
            last.1.1 = next.1.1;
            true
        }
    });
    phases
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
        wait::span(2.0);
    };
    audio(&stage, "mic", json!({ "follow": false, "mute": true }));
    let mut copy = Copy::start(&stage.server.url("pgm"));
    wait::span(12.0);
    stage.studio.take("cam1");
    wait::span(2.0);
    audio(&stage, "mic", json!({ "mute": false }));
    audio(&stage, "cam1", json!({ "gain_db": -12.0 }));
    audio(&stage, "cam1", json!({ "mute": true }));
    let path = copy.finish();
    stage.studio.stop();

    let sound = Sound::of(&path);
    let phases = phases(&sound, &[tone(0) as f64, tone(1) as f64, tone(3) as f64]);
    let heard: Vec<&[f64]> = phases.iter().map(|(tones, _)| tones.as_slice()).collect();
    // Camera 0; the sound follows the picture to camera 1; a fixed microphone besides; camera 1 muted.
    let wanted: [&[f64]; 4] = [&[400.0], &[500.0], &[500.0, 700.0], &[700.0]];
    assert_eq!(heard, wanted, "{phases:?}");
    let (from, to) = phases[2].1;
    let level = |from: f64, to: f64| {
        let part = sound.between(from, to).tones(&[500.0]);
        let levels: Vec<f64> = part.iter().filter_map(|(_, heard)| heard.first().map(|(_, loud)| *loud)).collect();
        20.0 * (levels.iter().sum::<f64>() / levels.len() as f64).log10()
    };
    let drop = level(from + 0.1, from + 0.5) - level(to - 0.5, to - 0.1);
    assert!((drop - 12.0).abs() < 1.0, "12 dB less are {drop} dB");
    let (from, to) = phases[0].1;
    assert!(to - from > 10.0, "{phases:?}");
    let steady = sound.between(from + 0.5, to - 0.1);
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
