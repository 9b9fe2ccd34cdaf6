//! What ffprobe and ffmpeg say about a file; and streams copied into one to be looked at.

use std::{path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    picture::{Region, WHOLE},
    probe::{Frame, Probe},
    process::{Process, output},
    sound::Sound,
    wait,
};

/// Facts about a file.
#[derive(Debug, Clone)]
pub struct Facts {
    /// ffprobe's `format` and `streams`.
    pub json: Value,
}

impl Facts {
    /// Asks ffprobe; `None` if it is not a media file (yet).
    pub fn of(path: &Path) -> Option<Self> {
        let result = Command::new("ffprobe")
            .args(["-v", "error", "-show_format", "-show_streams", "-of", "json"])
            .arg(path)
            .output()
            .expect("ffprobe runs");
        let json: Value = serde_json::from_slice(&result.stdout).ok()?;
        json["streams"].as_array().is_some_and(|streams| !streams.is_empty()).then_some(Self { json })
    }

    /// Seconds.
    pub fn duration(&self) -> f64 {
        number(&self.json["format"]["duration"])
    }

    /// The first stream of a kind (`video`, `audio`).
    pub fn stream(&self, kind: &str) -> &Value {
        let streams = self.json["streams"].as_array().expect("checked in `of`");
        streams.iter().find(|stream| stream["codec_type"] == kind).unwrap_or(&Value::Null)
    }

    /// Codec of the first stream of a kind.
    pub fn codec(&self, kind: &str) -> &str {
        self.stream(kind)["codec_name"].as_str().unwrap_or("")
    }
}

fn number(value: &Value) -> f64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

/// Presentation time of each video frame in seconds, in order, and whether it is a key frame.
pub fn video_times(path: &Path) -> Vec<(f64, bool)> {
    let text = ffprobe(path, "v:0", "packet=pts_time,flags");
    let mut times: Vec<(f64, bool)> = text
        .lines()
        .filter_map(|line| {
            let (time, flags) = line.split_once(',')?;
            // A packet to be discarded belongs to an edit list's outside.
            (!flags.contains('D')).then_some((time.parse().ok()?, flags.contains('K')))
        })
        .collect();
    times.sort_by(|one, two| one.0.total_cmp(&two.0));
    times
}

/// Presentation time in seconds and length in samples of each decoded piece of sound.
pub fn sound_times(path: &Path) -> Vec<(f64, usize)> {
    let text = ffprobe(path, "a:0", "frame=pts_time,nb_samples");
    let piece = |line: &str| {
        let mut fields = line.split(',');
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    text.lines().filter_map(piece).collect()
}

fn ffprobe(path: &Path, stream: &str, entries: &str) -> String {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-select_streams", stream, "-show_entries", entries, "-of", "csv=p=0"]).arg(path);
    String::from_utf8(output(&mut command)).expect("ffprobe speaks UTF-8")
}

/// Every frame of a file with its presentation time.
pub fn frames(path: &Path) -> Vec<(f64, Frame)> {
    frames_of(path, &[WHOLE])
}

/// The same for several regions.
pub fn frames_of(path: &Path, regions: &[Region]) -> Vec<(f64, Frame)> {
    let frames = Probe::file(path.to_str().expect("test paths are UTF-8"), regions);
    let times = video_times(path);
    assert_eq!(times.len(), frames.len(), "{}: ffprobe and ffmpeg count the same frames", path.display());
    times.into_iter().map(|(time, _)| time).zip(frames).collect()
}

/// The widest gap between neighbouring video frames, seconds, and where it begins.
pub fn widest_gap(path: &Path) -> (f64, f64) {
    let times = video_times(path);
    let gaps = times.windows(2).map(|pair| (pair[1].0 - pair[0].0, pair[0].0));
    gaps.max_by(|one, two| one.0.total_cmp(&two.0)).unwrap_or((f64::INFINITY, 0.0))
}

/// The widest hole in the sound, seconds, and where it begins.
pub fn widest_hole(path: &Path) -> (f64, f64) {
    let times = sound_times(path);
    let rate = Sound::rate(path);
    let holes = times.windows(2).map(|pair| (pair[1].0 - pair[0].0 - pair[0].1 as f64 / rate, pair[0].0));
    holes.max_by(|one, two| one.0.total_cmp(&two.0)).unwrap_or((f64::INFINITY, 0.0))
}

/// A flash of a clapper and its beep.
#[derive(Debug, Clone, Copy)]
pub struct Flash {
    /// Presentation time of the first white frame, seconds.
    pub time: f64,
    /// The camera.
    pub source: Option<u8>,
    /// How far the beep is from it, seconds: positive is sound late. `None`: no beep within 0.45 s.
    pub offset: Option<f64>,
}

/// How far sound is from picture in a file from clappers, for each flash in the midst of its camera's
/// pictures (at a cut or at the file's edges a beep may be cut off).
pub fn lip_sync(path: &Path) -> Vec<Flash> {
    /// Around a flash, seconds of the same camera.
    const MIDST: f64 = 0.48;
    let frames = frames(path);
    let sound = Sound::of(path);
    let beeps = sound.beeps(super::camera::BEEP as f64);
    let (first, last) = sound.span();
    let mut flashes = Vec::new();
    for pair in frames.windows(2) {
        let ((_, before), (time, frame)) = (&pair[0], &pair[1]);
        if !frame.look().flash() || before.look().flash() || time - MIDST < first || time + MIDST > last {
            continue;
        }
        let around: Vec<_> = frames.iter().filter(|(other, _)| (other - time).abs() < MIDST).collect();
        if around.len() < 20 || around.iter().any(|(_, other)| other.source() != frame.source()) {
            continue;
        }
        let nearest = beeps.iter().map(|beep| beep - time).min_by(|one, two| one.abs().total_cmp(&two.abs()));
        let offset = nearest.filter(|offset| offset.abs() < 0.45);
        flashes.push(Flash { time: *time, source: frame.source(), offset });
    }
    flashes
}

/// A stream being copied into a file by ffmpeg, its timestamps kept.
pub struct Copy {
    process: Process,
    folder: TempDir,
}

impl Copy {
    /// Starts copying, and returns when the file has begun.
    pub fn start(url: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin"]);
        if url.starts_with("rtmp") {
            command.args(["-rtmp_live", "live"]);
        }
        command
            .args(["-copyts", "-i", url, "-map", "0", "-c", "copy", "-flush_packets", "1"])
            .arg(folder.path().join("copy.mkv"));
        let mut process = Process::start("copy", folder.path(), &mut command);
        // ffmpeg looks at a stream for a while before it writes anything.
        wait::until("the beginning of the copy", 15.0, || {
            assert!(process.alive(), "no copy of {url}: {}", process.tail(5));
            let file = std::fs::metadata(folder.path().join("copy.mkv")).ok()?;
            (file.len() > 0).then_some(())
        });
        Self { process, folder }
    }

    /// Ends the copy; the file lives as long as this.
    pub fn finish(&mut self) -> std::path::PathBuf {
        self.process.signal(nix::sys::signal::Signal::SIGINT);
        assert!(self.process.wait(8.0).is_some(), "ffmpeg ends its copy");
        self.folder.path().join("copy.mkv")
    }
}
