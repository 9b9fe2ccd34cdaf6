//! An independent reader (ffmpeg) that looks at every frame of a stream as it arrives.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::{
    clock,
    picture::{Look, Region, Size, WHOLE},
    process::Process,
    wait,
};

/// A frame that arrived.
#[derive(Debug, Clone)]
pub struct Frame {
    /// When it was decoded.
    pub arrived: f64,
    /// What each of the asked regions shows.
    pub looks: Vec<Look>,
}

impl Frame {
    /// The first region.
    pub fn look(&self) -> &Look {
        &self.looks[0]
    }

    /// The camera in the first region, if its strip can be read.
    pub fn source(&self) -> Option<u8> {
        self.look().source()
    }

    /// When the frame of the first region left its camera.
    pub fn filmed(&self) -> Option<f64> {
        self.look().code.map(|code| code.at)
    }
}

/// Reads a stream until it is dropped.
pub struct Probe {
    process: Process,
    frames: Arc<Mutex<Vec<Frame>>>,
    reader: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Probe {
    /// Reads `url` with the least delay ffmpeg can; looks at the whole frame.
    pub fn stream(url: &str) -> Self {
        Self::regions(url, &[WHOLE])
    }

    /// The same for several regions of each frame.
    pub fn regions(url: &str, regions: &[Region]) -> Self {
        let low = ["-fflags", "nobuffer", "-flags", "low_delay", "-probesize", "100000", "-analyzeduration", "0"];
        let live: &[&str] = if url.starts_with("rtmp") { &["-rtmp_live", "live"] } else { &[] };
        Self::start(&[&low, live, &["-i", url]].concat(), regions)
    }

    /// Reads a file from end to end, as fast as it can.
    pub fn file(path: &str, regions: &[Region]) -> Vec<Frame> {
        let mut probe = Self::start(&["-i", path], regions);
        // The reader ends with ffmpeg's output.
        probe.reader.take().expect("a new probe has a reader").join().expect("the reader does not panic");
        assert!(probe.process.wait(5.0).is_some_and(|status| status.success()), "{path}: {}", probe.process.tail(10));
        probe.frames()
    }

    fn start(input: &[&str], regions: &[Region]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-threads", "1"]).args(input);
        command.args(["-map", "0:v:0", "-an", "-filter_threads", "1", "-vf", "extractplanes=y"]);
        command.args(["-fps_mode", "passthrough", "-flush_packets", "1", "-f", "yuv4mpegpipe", "pipe:1"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process::start_piped("probe", folder.path(), &mut command);
        let out = process.child().stdout.take().expect("stdout is a pipe");
        let frames = Arc::new(Mutex::new(Vec::new()));
        let reader = {
            let (frames, regions) = (frames.clone(), regions.to_vec());
            thread::spawn(move || read(BufReader::with_capacity(1 << 20, out), &regions, &frames))
        };
        Self { process, frames, reader: Some(reader), _folder: folder }
    }

    /// All frames so far.
    pub fn frames(&self) -> Vec<Frame> {
        self.frames.lock().expect("the reader does not panic").clone()
    }

    /// How many frames so far.
    pub fn count(&self) -> usize {
        self.frames.lock().expect("the reader does not panic").len()
    }

    /// Waits until `count` frames more have come.
    pub fn more(&mut self, count: usize, seconds: f64) {
        let goal = self.count() + count;
        let frames = self.frames.clone();
        if wait::within(seconds, || (frames.lock().unwrap().len() >= goal).then_some(())).is_none() {
            panic!("{} of {count} frames in {seconds} s: {}", self.count() + count - goal, self.process.tail(5));
        }
    }

    /// Waits for the first frame that arrived after `after` and is as asked.
    pub fn first(&self, what: &str, after: f64, seconds: f64, wanted: impl Fn(&Frame) -> bool) -> Frame {
        let mut next = 0;
        wait::until(what, seconds, || {
            let frames = self.frames.lock().expect("the reader does not panic");
            let found = frames[next..].iter().find(|frame| frame.arrived > after && wanted(frame)).cloned();
            next = frames.len();
            found
        })
    }

    /// Waits for the first frame after `after` that shows a camera.
    pub fn shows(&self, source: u8, after: f64, seconds: f64) -> Frame {
        self.first(&format!("a picture of camera {source}"), after, seconds, |frame| frame.source() == Some(source))
    }

    /// It still reads.
    pub fn alive(&mut self) -> bool {
        self.process.alive()
    }

    /// Median seconds from camera to here over the last `count` readable frames.
    pub fn latency(&self, count: usize) -> Option<f64> {
        let frames = self.frames();
        let recent = &frames[frames.len().saturating_sub(count)..];
        median(recent.iter().filter_map(|frame| Some(frame.arrived - frame.filmed()?)).collect())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.process.signal(Signal::SIGKILL);
        if let Some(reader) = self.reader.take() {
            // Its own panic was reported where it happened.
            let _ = reader.join();
        }
    }
}

/// The middle value; `None` of nothing.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Reads yuv4mpeg with luma only.
fn read(mut out: impl BufRead, regions: &[Region], frames: &Mutex<Vec<Frame>>) {
    let mut line = Vec::new();
    if out.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
        return;
    }
    let header = String::from_utf8_lossy(&line).into_owned();
    let number = |letter: char| {
        let field = header.split_whitespace().find_map(|field| field.strip_prefix(letter));
        field.and_then(|field| field.parse().ok()).unwrap_or_else(|| panic!("no {letter} in {header:?}"))
    };
    let size = Size { width: number('W'), height: number('H') };
    let mut luma = vec![0; size.width * size.height];
    loop {
        line.clear();
        if out.read_until(b'\n', &mut line).unwrap_or(0) == 0 || out.read_exact(&mut luma).is_err() {
            return;
        }
        let arrived = clock::now();
        let looks = regions.iter().map(|&region| Look::at(&luma, size, region)).collect();
        frames.lock().expect("nobody panics with the frames in hand").push(Frame { arrived, looks });
    }
}

/// What a row of frames says about cadence, between neighbours that show the same camera (across a
/// cut the phases of two cameras differ, which is no fault).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// Pairs that could be compared.
    pub pairs: usize,
    /// Frames of the camera between them are missing.
    pub lost: usize,
    /// The same frame twice.
    pub repeated: usize,
    /// The camera's time went back.
    pub backward: usize,
}

impl Cadence {
    /// Looks at the first region of each frame; `frame` is the length of the camera's in seconds.
    pub fn of(frames: &[Frame], frame: f64) -> Self {
        let mut cadence = Self { pairs: 0, lost: 0, repeated: 0, backward: 0 };
        for pair in frames.windows(2) {
            let (Some(one), Some(two)) = (pair[0].look().code, pair[1].look().code) else { continue };
            let (Some(before), Some(after)) = (pair[0].look().number(), pair[1].look().number()) else { continue };
            if one.source != two.source {
                continue;
            }
            cadence.pairs += 1;
            let time = two.at - one.at;
            // Numbers tell neighbours apart even where the camera sent two frames at once; time tells
            // one lap of the numbers from the next.
            match (after + 4 - before) % 4 {
                _ if time < 0.0 => cadence.backward += 1,
                _ if time > 3.5 * frame => cadence.lost += 1,
                0 => cadence.repeated += 1,
                1 => {}
                _ => cadence.lost += 1,
            }
        }
        cadence
    }

    /// No frame lost, repeated or out of order, but for the `late` frames that the camera itself sent
    /// late: one of those may be repeated over and another skipped.
    pub fn clean(&self, late: usize) -> bool {
        // A machine that cannot even send the pictures says nothing about the studio.
        let meaningful = late * 10 < self.pairs;
        meaningful && self.lost <= late && self.repeated <= late && self.backward == 0
    }
}

/// Frames put together from more than one picture, among those whose strips can be read.
pub fn torn(frames: &[Frame]) -> Vec<usize> {
    let torn = |frame: &Frame| frame.looks.iter().any(|look| look.code.is_some() && look.torn());
    frames.iter().enumerate().filter(|(_, frame)| torn(frame)).map(|(index, _)| index).collect()
}
