//! A tablet's recording into the archive's format: H.264 and AAC in MP4, its index in front.
//!
//! It runs as a process of its own (`plateau convert`), at the lowest priority: neither its load nor
//! a file that makes a decoder fall over can reach the programme.

use std::{
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use gstreamer::{self as gst, prelude::*};

use crate::{
    media::{self, Clock, Descriptions, Folder, Notice, Pipeline},
    protocol::{Fault, Problem},
};

/// Longest a conversion may take.
const PATIENCE: Duration = Duration::from_secs(45 * 60);
/// A conversion that gets nowhere for so long has failed.
const STALLED: Duration = Duration::from_secs(60);

/// Converts in a process of its own.
///
/// # Errors
/// A sentence for an animator.
pub async fn in_a_process(from: &Path, to: &Path) -> Result<(), Problem> {
    let program = std::env::current_exe().map_err(|error| failed(&error.to_string()))?;
    let mut command = tokio::process::Command::new("nice");
    command.args(["-n", "19"]).arg(program).arg("convert").arg(from).arg(to);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().map_err(|error| failed(&error.to_string()))?;
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.map_err(|_| failed("it takes too long"))?.map_err(|error| failed(&error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.lines().last().unwrap_or("it ended early")))
}

/// Converts `from` into `to`, which appears only when it is whole. Blocking.
///
/// # Errors
/// A sentence: not a recording, no picture or no sound, a full disk.
pub fn convert(from: &Path, to: &Path) -> Result<(), Problem> {
    media::init()?;
    // The data folder of data/booth/TAKE/recording.
    let descriptions = Descriptions::new(from.ancestors().nth(3).unwrap_or(Path::new(".")));
    let description = descriptions.launch(Folder::Outputs, "interview")?;
    let (tell, notices) = mpsc::channel();
    let clock = Clock::start();
    let notify = {
        let tell = tell.clone();
        move |notice| _ = tell.send(notice)
    };
    let pipeline = Pipeline::parse("interview", &description, &clock, 0, notify)?;
    let half = to.with_extension("mp4.half");
    let element = |name: &str| pipeline.element(name).ok_or_else(|| failed(&format!("no element `{name}`")));
    element("source")?.set_property_from_str("location", &from.to_string_lossy());
    element("sink")?.set_property_from_str("location", &half.to_string_lossy());
    // Without one of the two, the muxer would wait for it without end.
    let wanted = ["picture", "sound"].map(|name| element(name).map(|element| element.static_pad("sink")));
    let [picture, sound] = wanted;
    let wanted = [picture?, sound?];
    element("decode")?.connect_no_more_pads(move |decoder| {
        if wanted.iter().flatten().any(|pad| !pad.is_linked()) {
            gst::element_error!(decoder, gst::StreamError::Demux, ["no picture or no sound"]);
        }
    });
    let passed = Arc::new(AtomicU64::new(0));
    if let Some(pad) = element("picture")?.static_pad("src") {
        let passed = passed.clone();
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            passed.fetch_add(1, Ordering::Relaxed);
            gst::PadProbeReturn::Ok
        });
    }
    let done = wait(&pipeline, &notices, &passed);
    pipeline.stop(Duration::from_secs(5));
    match done {
        Ok(()) => {
            std::fs::File::open(&half).and_then(|file| file.sync_all()).map_err(|error| failed(&error.to_string()))?;
            std::fs::rename(&half, to).map_err(|error| failed(&error.to_string()))
        }
        Err(problem) => {
            let _ = std::fs::remove_file(&half);
            Err(problem)
        }
    }
}

/// `passed`: pictures that have been decoded. The muxer writes at the end, so the sink's position says nothing.
fn wait(pipeline: &Pipeline, notices: &mpsc::Receiver<Notice>, passed: &AtomicU64) -> Result<(), Problem> {
    if !pipeline.play() {
        return Err(notices.try_recv().map_or_else(|_| failed("it does not start"), |notice| reason(&notice)));
    }
    let (mut reached, mut moved) = (0, Instant::now());
    loop {
        match notices.recv_timeout(Duration::from_secs(1)) {
            Ok(Notice::Ended) => return Ok(()),
            Ok(notice) => return Err(reason(&notice)),
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(failed("it ended early")),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        let now = passed.load(Ordering::Relaxed);
        if now > reached {
            (reached, moved) = (now, Instant::now());
        }
        if moved.elapsed() > STALLED {
            return Err(failed("it gets nowhere"));
        }
    }
}

fn reason(notice: &Notice) -> Problem {
    match notice {
        Notice::Error { message, details, .. } => {
            tracing::debug!(details, "conversion");
            failed(message)
        }
        Notice::Ended => failed("it ended early"),
    }
}

fn failed(detail: &str) -> Problem {
    let detail: String = detail.chars().take(300).collect();
    Problem::new(
        "not_converted",
        Fault::OtherSide,
        format!(
            "L'enregistrement n'a pas pu être converti ({detail}). Il est gardé tel quel dans le dossier de données."
        ),
        format!("The recording could not be converted ({detail}). It is kept as it is in the data folder."),
    )
}
