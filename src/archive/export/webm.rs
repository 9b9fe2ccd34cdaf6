//! A film for Wikimedia Commons, which takes no H.264 and no AAC.

use std::{
    io,
    ops::ControlFlow,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use gstreamer::{self as gst, prelude::*};

use crate::priority;

/// Without progress for this long, a conversion has failed.
const STALLED: Duration = Duration::from_secs(120);
/// How often it is asked whether to go on.
const LOOK: Duration = Duration::from_millis(200);

const PIPELINE: &str = "webmmux name=mux ! filesink name=to \
     filesrc name=from ! qtdemux name=demux \
     demux.video_0 ! queue ! h264parse ! avdec_h264 ! videoconvert ! \
     vp9enc deadline=1 cpu-used=6 threads=1 end-usage=cq cq-level=33 target-bitrate=3000000 \
     keyframe-max-dist=250 ! queue ! mux. \
     demux.audio_0 ! queue ! aacparse ! avdec_aac ! audioconvert ! audioresample ! \
     opusenc bitrate=128000 ! queue ! mux.";

/// VP9 and Opus in WebM, at the lowest priority. Blocks for about as long as the film lasts;
/// `go_on` is asked meanwhile.
///
/// # Errors
/// What the pipeline says; `Interrupted` where it was not to go on.
pub fn webm(from: &Path, to: &Path, mut go_on: impl FnMut() -> ControlFlow<()>) -> io::Result<()> {
    let broken = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    let pipeline = gst::parse::launch(PIPELINE).map_err(|error| broken(&error))?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().map_err(|_| broken(&"no pipeline"))?;
    for (name, path) in [("from", from), ("to", to)] {
        let element = pipeline.by_name(name).ok_or_else(|| broken(&"no such element"))?;
        element.set_property("location", path.to_str().ok_or(io::ErrorKind::InvalidFilename)?);
    }
    let bus = pipeline.bus().ok_or_else(|| broken(&"no bus"))?;
    let (told, over) = mpsc::channel();
    bus.set_sync_handler(move |_, message| {
        match message.view() {
            gst::MessageView::Eos(_) => drop(told.send(Ok(()))),
            gst::MessageView::Error(error) => drop(told.send(Err(error.error().to_string()))),
            gst::MessageView::StreamStatus(status) if status.get().0 == gst::StreamStatusType::Enter => {
                priority::lower(19);
            }
            _ => (),
        }
        gst::BusSyncReply::Drop
    });
    let started = pipeline.set_state(gst::State::Playing).is_ok();
    let mut last = (None, Instant::now());
    let result = loop {
        match over.recv_timeout(LOOK) {
            Ok(Ok(())) => break Ok(()),
            Ok(Err(message)) => break Err(broken(&message)),
            Err(_) if go_on().is_break() => break Err(io::ErrorKind::Interrupted.into()),
            Err(_) => {
                let at = pipeline.query_position::<gst::ClockTime>();
                if at != last.0 {
                    last = (at, Instant::now());
                }
                if !started || last.1.elapsed() > STALLED {
                    break Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
    };
    let _ = pipeline.set_state(gst::State::Null);
    bus.unset_sync_handler();
    result
}
