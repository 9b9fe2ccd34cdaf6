//! What is heard of stereo behind every description that encodes AAC.

use std::{fs, process::Command};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;

use super::*;
use crate::media::{self, parse};

type Stereo = [f32; 2];

const RATE: usize = 48_000;
/// Of each signal.
const SECONDS: usize = 3;

/// Names and texts of the descriptions that have an AAC encoder.
fn encoders() -> Vec<(String, String)> {
    media::init().unwrap();
    let descriptions = Descriptions::new(Path::new("/nonexistent"));
    let mut found = Vec::new();
    for folder in [Folder::Sources, Folder::Normalise, Folder::Encoders, Folder::Outputs] {
        for file in descriptions.list(folder) {
            let Some(name) = file.strip_suffix(".launch") else { continue };
            let text = descriptions.launch(folder, name).unwrap();
            if text.split_whitespace().any(makes_aac) {
                found.push((format!("{}/{file}", folder.name()), text));
            }
        }
    }
    found
}

fn makes_aac(word: &str) -> bool {
    let aac = gst::Caps::builder("audio/mpeg").field("mpegversion", 4).build();
    gst::ElementFactory::find(word).is_some_and(|factory| {
        factory.has_type(gst::ElementFactoryType::AUDIO_ENCODER) && factory.can_src_any_caps(&aac)
    })
}

/// Sound through a description's own encoder and back.
fn through(name: &str, description: &str, sound: &[Stereo], folder: &Path) -> Vec<Stereo> {
    let pipeline = parse::launch(name, description).unwrap().downcast::<gst::Pipeline>().unwrap();
    if let Some(from) = pipeline.by_name("sound").and_then(|from| from.downcast::<gst_app::AppSrc>().ok()) {
        return decoded(&pushed(&pipeline, &from, sound));
    }
    let (source, sink) = (pipeline.by_name("source").unwrap(), pipeline.by_name("sink").unwrap());
    let [raw, film, made] = ["sound.raw", "film.mkv", "made.mp4"].map(|name| folder.join(name));
    fs::write(&raw, bytes(sound)).unwrap();
    let _ = fs::remove_file(&film);
    ffmpeg(&[
        ["-f", "lavfi", "-i", &format!("testsrc=size=320x180:rate=25:duration={SECONDS}")].as_slice(),
        &["-f", "f32le", "-ar", "48000", "-ac", "2", "-i", raw.to_str().unwrap()],
        &["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_f32le", film.to_str().unwrap()],
    ]);
    source.set_property("location", film.to_str().unwrap());
    sink.set_property("location", made.to_str().unwrap());
    run(&pipeline);
    stereo(&ffmpeg(&[&["-i", made.to_str().unwrap(), "-f", "f32le", "-ar", "48000", "-ac", "2", "pipe:1"]]))
}

/// What a description's `coded` gives for what its `sound` takes.
fn pushed(pipeline: &gst::Pipeline, from: &gst_app::AppSrc, sound: &[Stereo]) -> Vec<gst::Sample> {
    let caps = gst::Caps::builder("audio/x-raw").field("format", "F32LE").field("layout", "interleaved");
    from.set_caps(Some(&caps.field("rate", RATE as i32).field("channels", 2).build()));
    from.set_format(gst::Format::Time);
    from.set_max_bytes(0);
    let to = pipeline.by_name("coded").unwrap().downcast::<gst_app::AppSink>().unwrap();
    to.set_property("sync", false);
    pipeline.set_state(gst::State::Playing).unwrap();
    for (n, block) in sound.chunks(RATE / 50).enumerate() {
        let mut buffer = gst::Buffer::from_mut_slice(bytes(block));
        buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_mseconds(n as u64 * 20));
        from.push_buffer(buffer).unwrap();
    }
    from.end_of_stream().unwrap();
    let samples = std::iter::from_fn(|| to.pull_sample().ok()).collect();
    pipeline.set_state(gst::State::Null).unwrap();
    samples
}

fn decoded(samples: &[gst::Sample]) -> Vec<Stereo> {
    let description = "appsrc name=in format=time max-bytes=0 ! aacparse ! avdec_aac ! audioconvert \
                       ! audio/x-raw,format=F32LE,layout=interleaved,channels=2 ! appsink name=out sync=false";
    let pipeline = parse::launch("decoder", description).unwrap().downcast::<gst::Pipeline>().unwrap();
    let from = pipeline.by_name("in").unwrap().downcast::<gst_app::AppSrc>().unwrap();
    let to = pipeline.by_name("out").unwrap().downcast::<gst_app::AppSink>().unwrap();
    from.set_caps(samples[0].caps_owned().as_ref());
    pipeline.set_state(gst::State::Playing).unwrap();
    samples.iter().for_each(|sample| _ = from.push_buffer(sample.buffer_owned().unwrap()).unwrap());
    from.end_of_stream().unwrap();
    let heard = std::iter::from_fn(|| to.pull_sample().ok())
        .flat_map(|sample| stereo(&sample.buffer().unwrap().map_readable().unwrap()))
        .collect();
    pipeline.set_state(gst::State::Null).unwrap();
    heard
}

fn run(pipeline: &gst::Pipeline) {
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.bus().unwrap().timed_pop_filtered(gst::ClockTime::from_seconds(60), &ends);
    pipeline.set_state(gst::State::Null).unwrap();
    assert_eq!(end.expect("it ends within a minute").type_(), gst::MessageType::Eos);
}

fn ffmpeg(arguments: &[&[&str]]) -> Vec<u8> {
    let output = Command::new("ffmpeg").args(["-v", "error", "-nostdin"]).args(arguments.concat()).output();
    let output = output.expect("ffmpeg is installed (make packages-test)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn bytes(sound: &[Stereo]) -> Vec<u8> {
    sound.iter().flatten().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn stereo(bytes: &[u8]) -> Vec<Stereo> {
    let sample = |four: &[u8]| f32::from_le_bytes(four.try_into().unwrap());
    bytes.chunks_exact(8).map(|both| [sample(&both[..4]), sample(&both[4..])]).collect()
}

/// Level of what `of` makes of each sample, dB, without the first and last half second.
fn level(sound: &[Stereo], of: impl Fn(&Stereo) -> f32) -> f64 {
    let middle = &sound[RATE / 2..sound.len() - RATE / 2];
    let power: f64 = middle.iter().map(|both| f64::from(of(both)).powi(2)).sum::<f64>() / middle.len() as f64;
    10.0 * power.max(1e-20).log10()
}

/// A tone, and noise that falls by 3 dB an octave as music and speech do; −12 dB at most.
fn signals() -> [(&'static str, Vec<f32>); 2] {
    let count = SECONDS * RATE;
    let tone = (0..count).map(|n| 0.25 * (std::f64::consts::TAU * 1000.0 * n as f64 / RATE as f64).sin() as f32);
    let mut seed = 1u32;
    let mut bands = [0f32; 8];
    let noise = (1..=count).map(|n| {
        for (band, value) in bands.iter_mut().enumerate().filter(|(band, _)| n % (1 << band) == 0) {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223 + band as u32);
            *value = (seed >> 8) as f32 / (1 << 23) as f32 - 1.0;
        }
        0.03 * bands.iter().sum::<f32>()
    });
    [("a tone", tone.collect()), ("noise", noise.collect())]
}

#[test]
fn a_channel_stays_on_its_side_and_the_middle_in_the_middle() {
    let encoders = encoders();
    assert!(encoders.iter().any(|(name, _)| name == "encoders/aac.launch"), "{encoders:?}");
    let folder = tempfile::tempdir().unwrap();
    let mono = |both: &Stereo| (both[0] + both[1]) / 2.0;
    for (name, description) in &encoders {
        for (signal, samples) in signals() {
            let alone: Vec<Stereo> = samples.iter().map(|&sample| [0.0, sample]).collect();
            let heard = through(name, description, &alone, folder.path());
            let [left, right] = [0, 1].map(|side| level(&heard, |both| both[side]));
            let sum = level(&heard, mono);
            println!("{name}, {signal} on the right: left {left:.1} dB, right {right:.1} dB, mono {sum:.1} dB");
            assert!((right - level(&alone, |both| both[1])).abs() < 1.0, "{name}: {signal} is lost");
            assert!(right - left > 40.0, "{name}: {signal} of the right is heard {:.1} dB below", right - left);
            assert!(
                (right - sum - 6.02).abs() < 0.5,
                "{name}: the mono sum of {signal} is {:.1} dB below",
                right - sum
            );

            let middle: Vec<Stereo> = samples.iter().map(|&sample| [sample, sample]).collect();
            let heard = through(name, description, &middle, folder.path());
            let (side, sum) = (level(&heard, |both| both[0]), level(&heard, mono));
            println!("{name}, {signal} in the middle: left {side:.1} dB, mono {sum:.1} dB");
            assert!((side - sum).abs() < 0.5, "{name}: {signal} in the middle loses {:.1} dB as mono", side - sum);
        }
    }
}
