//! A clip's loudness as EBU R128 defines it, from its own sound.

use std::{path::Path, sync::mpsc, time::Duration};

use ebur128::{EbuR128, Mode};
use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;

use super::Loudness;

/// Between two pieces of sound, before the file counts as unreadable.
const PATIENCE: Duration = Duration::from_secs(20);
/// Digital silence, as it is told: LUFS and dBTP.
const SILENCE: f64 = -120.0;

/// Decodes and measures; takes about a second for a minute of sound. `None`: it has none, or it
/// cannot be read.
pub fn measure(path: &Path) -> Option<Loudness> {
    let text = "filesrc name=file ! qtdemux ! aacparse ! avdec_aac ! audioconvert ! audioresample ! \
                audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2 ! \
                appsink name=out sync=false max-buffers=64";
    let pipeline = gst::parse::launch(text).ok()?.downcast::<gst::Pipeline>().ok()?;
    pipeline.by_name("file")?.set_property("location", path.to_str()?);
    let sink = pipeline.by_name("out")?.downcast::<gst_app::AppSink>().ok()?;
    let (sender, pieces) = mpsc::sync_channel(64);
    let ended = sender.clone();
    let take = move |sink: &gst_app::AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        sender.send(sample.buffer_owned()).map_err(|_| gst::FlowError::Eos)?;
        Ok(gst::FlowSuccess::Ok)
    };
    let end = move |_: &gst_app::AppSink| drop(ended.send(None));
    sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(take).eos(end).build());
    let mut meter = EbuR128::new(2, 48_000, Mode::I | Mode::TRUE_PEAK | Mode::HISTOGRAM).ok()?;
    let mut heard = false;
    if pipeline.set_state(gst::State::Playing).is_ok() {
        while let Ok(Some(piece)) = pieces.recv_timeout(PATIENCE) {
            let Ok(map) = piece.map_readable() else { break };
            let samples: Vec<f32> =
                map.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect();
            heard |= meter.add_frames_f32(&samples).is_ok();
        }
    }
    drop(pieces);
    let _ = pipeline.set_state(gst::State::Null);
    if !heard {
        return None;
    }
    let peak = (0..2).filter_map(|channel| meter.true_peak(channel).ok()).fold(0.0, f64::max);
    let tenth = |value: f64| if value.is_finite() { (value.max(SILENCE) * 10.0).round() / 10.0 } else { SILENCE };
    Some(Loudness { integrated_lufs: tenth(meter.loudness_global().ok()?), true_peak_dbtp: tenth(20.0 * peak.log10()) })
}
