//! The ears, on sound that is known.

use std::{f64::consts::TAU, path::PathBuf, process::Command};

use crate::support::{
    alone,
    process::output,
    recording,
    sound::{Sound, loudness},
};

/// A file of AAC from ffmpeg's own generators.
fn aac(folder: &tempfile::TempDir, source: &str) -> PathBuf {
    let path = folder.path().join("sound.mp4");
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-y", "-f", "lavfi", "-i", source, "-ar", "48000", "-ac", "2"]);
    command.args(["-c:a", "aac", "-b:a", "128k"]).arg(&path);
    output(&mut command);
    path
}

#[test]
fn tones_are_told_apart() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = aac(&folder, "aevalsrc=exprs='0.2*sin(2*PI*if(lt(t\\,1)\\,500\\,600)*t)':s=48000:d=2");
    let tones = Sound::of(&path).tones(&[400.0, 500.0, 600.0, 700.0]);
    for (time, heard) in tones.iter().filter(|(time, _)| (0.1..1.9).contains(time) && (time - 1.0).abs() > 0.05) {
        let expected = if *time < 1.0 { 500.0 } else { 600.0 };
        assert_eq!(heard[0].0, expected, "at {time}");
        assert!((heard[0].1 - 0.2).abs() < 0.04, "as loud as made: {}", heard[0].1);
        assert!(heard.len() == 1 || heard[1].1 < heard[0].1 / 4.0, "and nothing beside it at {time}: {heard:?}");
    }
}

#[test]
fn a_steady_tone_has_no_click_and_a_cut_one_has() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let steady = Sound::of(&aac(&folder, "aevalsrc=exprs='0.2*sin(2*PI*500*t)':s=48000:d=3"));
    assert_eq!(steady.between(0.1, 2.9).clicks(500.0), Vec::<f64>::new());
    // 0.7 ms are missing at one second.
    let cut =
        Sound::of(&aac(&folder, "aevalsrc=exprs='0.2*sin(2*PI*500*(t+if(gte(t\\,1)\\,0.0007\\,0)))':s=48000:d=3"));
    let clicks = cut.between(0.1, 2.9).clicks(500.0);
    assert!(clicks.len() == 1 && (clicks[0] - 1.0).abs() < 0.01, "{clicks:?}");
    let hole = Sound::of(&aac(&folder, "aevalsrc=exprs='0.2*sin(2*PI*500*t)*not(between(t\\,1\\,1.02))':s=48000:d=3"));
    assert!(!hole.between(0.1, 2.9).clicks(500.0).is_empty(), "20 ms of silence");
}

#[test]
fn a_beep_is_where_it_begins() {
    let samples: Vec<f32> =
        (0..48_000)
            .map(|n| {
                if (24_000..25_920).contains(&n) {
                    (TAU * 1000.0 * n as f64 / 48_000.0).sin() as f32 * 0.2
                } else {
                    0.0
                }
            })
            .collect();
    let beeps = Sound::from_samples(samples).beeps(1000.0);
    assert!(beeps.len() == 1 && (beeps[0] - 0.5).abs() < 0.002, "{beeps:?}");
}

#[test]
fn loudness_is_that_of_the_standard() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    // EBU Tech 3341, case 1: 1 kHz stereo at -23 dBFS peak is -23 LUFS.
    let path = aac(&folder, "aevalsrc=exprs='0.0708*sin(2*PI*1000*t)|0.0708*sin(2*PI*1000*t)':s=48000:d=10");
    let loudness = loudness(&path);
    assert!((loudness.integrated + 23.0).abs() < 0.3, "{loudness:?}");
    assert!((loudness.true_peak + 23.0).abs() < 1.5, "coding overshoots: {loudness:?}");
}

#[test]
fn a_hole_in_the_sound_is_found() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hole.mkv");
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=3"]);
    command.args(["-af", "aselect='not(between(t,1,1.2))'", "-c:a", "pcm_s16le"]).arg(&path);
    output(&mut command);
    let (hole, at) = recording::widest_hole(&path);
    assert!((0.15..0.3).contains(&hole) && (0.8..1.1).contains(&at), "{hole} s at {at} s");
}
