//! One source's pipeline: its description, normalised, its buffers placed and handed over.

use std::sync::{Arc, Mutex};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use tracing::warn;

use super::{
    Destination,
    kinds::Behaviour,
    placement::{Medium, Placement},
};
use crate::{
    config::{Source, Video},
    media::{Clock, Descriptions, Folder, Notice, Ns, Picture, Pipeline, parse},
    protocol::{Fault, Problem},
};

/// What every source's pipeline is built with.
#[derive(Clone)]
pub struct Surroundings {
    /// The studio's clock.
    pub clock: Clock,
    /// Where descriptions are.
    pub descriptions: Descriptions,
    /// The studio's picture.
    pub video: Video,
    /// The data folder, for relative paths.
    pub data: std::path::PathBuf,
    /// Servers that help phones far away.
    pub webrtc: crate::config::Webrtc,
}

/// Builds a source's pipeline; it is not playing yet.
pub fn build(
    source: &Source,
    behaviour: &Behaviour,
    around: &Surroundings,
    destination: &Arc<dyn Destination>,
    notify: impl Fn(Notice) + Send + Sync + 'static,
) -> Result<Pipeline, Problem> {
    let description = around.descriptions.launch(Folder::Sources, &(behaviour.description)(&source.settings))?;
    // A file counts from when it starts; live sources share the studio's zero.
    let origin = if behaviour.paced { around.clock.now() } else { 0 };
    let pipeline = Pipeline::parse(&source.id, &description, &around.clock, origin, notify)?;
    (behaviour.configure)(&pipeline, &source.settings, around)?;
    let ends = Ends { paced: behaviour.paced, ..Ends::new(&pipeline, source, around, destination.clone()) };
    for (name, medium) in [("video", Medium::Picture), ("audio", Medium::Sound)] {
        if let Some(pad) = pipeline.element(name).and_then(|element| element.static_pad("src")) {
            ends.attach(&pad, medium)?;
        }
    }
    if let Some(decoder) = pipeline.element("decode") {
        decoder.connect_pad_added(move |_, pad| {
            let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
            let name = caps.structure(0).map(|structure| structure.name().to_string()).unwrap_or_default();
            let medium = match name.as_str() {
                "video/x-raw" => Medium::Picture,
                "audio/x-raw" => Medium::Sound,
                _ => return,
            };
            if let Err(problem) = ends.attach(pad, medium) {
                warn!(%problem, "a stream is left aside");
            }
        });
    }
    Ok(pipeline)
}

/// Where decoded streams end: the first picture and the first sound are taken.
pub(super) struct Ends {
    bin: gst::glib::WeakRef<gst::Pipeline>,
    around: Surroundings,
    /// The pipeline's sinks wait for each buffer's time (files); live sources set the pace themselves.
    paced: bool,
    placement: Arc<Mutex<Placement>>,
    destination: Arc<dyn Destination>,
    /// Positive: sound later; negative: picture later.
    delay: i64,
    taken: Mutex<[bool; 2]>,
}

impl Ends {
    /// For a live source's pipeline.
    pub(super) fn new(
        pipeline: &Pipeline,
        source: &Source,
        around: &Surroundings,
        destination: Arc<dyn Destination>,
    ) -> Self {
        Self {
            bin: pipeline.bin().downgrade(),
            around: around.clone(),
            paced: false,
            placement: Arc::default(),
            destination,
            delay: i64::from(source.audio_delay_ms) * 1_000_000,
            taken: Mutex::default(),
        }
    }

    /// Takes the first stream of each medium; later ones are left alone.
    pub(super) fn attach(&self, pad: &gst::Pad, medium: Medium) -> Result<(), Problem> {
        let Some(pipeline) = self.bin.upgrade() else { return Ok(()) };
        {
            let mut taken = self.taken.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if std::mem::replace(&mut taken[medium as usize], true) {
                return Ok(());
            }
        }
        let name = if medium == Medium::Picture { "picture" } else { "sound" };
        let description = self.around.descriptions.launch(Folder::Normalise, name)?;
        let broken = |reason: String| {
            Problem::new(
                "bad_description",
                Fault::Operator,
                format!("La description « normalise/{name} » ne convient pas : {reason}."),
                format!("The description normalise/{name} does not fit: {reason}."),
            )
        };
        let end = parse::bin(&format!("normalise/{name}"), &description, false)?;
        let inside = |name: &str| end.by_name(name).ok_or_else(|| broken(format!("no element `{name}`")));
        let target = inside("in")?.static_pad("sink").ok_or_else(|| broken("`in` has no sink pad".into()))?;
        let ghost = gst::GhostPad::with_target(&target).map_err(|error| broken(error.to_string()))?;
        end.add_pad(&ghost).map_err(|error| broken(error.to_string()))?;
        let sink = inside("out")?.downcast::<gst_app::AppSink>().map_err(|_| broken("`out` is no appsink".into()))?;
        sink.set_property("sync", self.paced);
        sink.set_property("async", self.paced);
        sink.set_property("max-buffers", 4u32);
        match medium {
            Medium::Picture => {
                let convert = inside("convert")?.static_pad("sink").ok_or_else(|| broken("no sink pad".into()))?;
                fit(&convert, inside("size")?, self.around.video);
                self.take_pictures(&sink);
            }
            Medium::Sound => self.take_sound(&sink),
        }
        pipeline.add(&end).map_err(|error| broken(error.to_string()))?;
        end.sync_state_with_parent().map_err(|error| broken(error.to_string()))?;
        pad.link(&ghost).map_err(|error| broken(format!("{error:?}")))?;
        Ok(())
    }

    fn take_pictures(&self, sink: &gst_app::AppSink) {
        let (clock, placement, destination) =
            (self.around.clock.clone(), self.placement.clone(), self.destination.clone());
        let delay = (-self.delay).max(0);
        let take = move |sample: gst::Sample| {
            let (pts, duration) = stamps(&sample)?;
            let now = clock.now();
            let placed = placement.lock().ok()?.place(Medium::Picture, pts.unwrap_or(now as i64), duration, now as i64);
            let info = gst_video::VideoInfo::from_caps(sample.caps()?).ok()?;
            let picture = Picture::new(sample.buffer_owned()?, &info, (placed + delay).max(0) as Ns)?;
            destination.picture(picture, now);
            Some(())
        };
        let take = Arc::new(take);
        let preroll = take.clone();
        sink.set_callbacks(
            gst_app::AppSinkCallbacks::builder()
                .new_preroll(move |sink| {
                    // A cued file shows its first picture.
                    sink.pull_preroll().ok().and_then(|sample| preroll(sample));
                    Ok(gst::FlowSuccess::Ok)
                })
                .new_sample(move |sink| {
                    take(sink.pull_sample().map_err(|_| gst::FlowError::Eos)?);
                    Ok(gst::FlowSuccess::Ok)
                })
                .build(),
        );
    }

    fn take_sound(&self, sink: &gst_app::AppSink) {
        let (clock, placement, destination) =
            (self.around.clock.clone(), self.placement.clone(), self.destination.clone());
        let delay = self.delay.max(0);
        let take = move |sample: gst::Sample| {
            let (pts, duration) = stamps(&sample)?;
            let now = clock.now();
            let pts = pts.unwrap_or(now as i64 - duration);
            let placed = placement.lock().ok()?.place(Medium::Sound, pts, duration, now as i64);
            let map = sample.buffer()?.map_readable().ok()?;
            let chunk: Vec<[f32; 2]> = map
                .chunks_exact(8)
                .map(|both| {
                    let channel = |at: usize| f32::from_le_bytes([both[at], both[at + 1], both[at + 2], both[at + 3]]);
                    [channel(0), channel(4)]
                })
                .collect();
            destination.sound(placed + delay, &chunk, now);
            Some(())
        };
        sink.set_callbacks(
            gst_app::AppSinkCallbacks::builder()
                .new_sample(move |sink| {
                    take(sink.pull_sample().map_err(|_| gst::FlowError::Eos)?);
                    Ok(gst::FlowSuccess::Ok)
                })
                .build(),
        );
    }
}

/// A sample's running time (where it has one) and duration, nanoseconds.
fn stamps(sample: &gst::Sample) -> Option<(Option<i64>, i64)> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts = buffer.pts().and_then(|pts| segment.to_running_time_full(pts)).map(|time| match time {
        gst::Signed::Positive(time) => time.nseconds() as i64,
        gst::Signed::Negative(time) => -(time.nseconds() as i64),
    });
    Some((pts, buffer.duration().map_or(0, |duration| duration.nseconds() as i64)))
}

/// Sets the normalised size each time a source's own changes: its shape kept, square pixels, even
/// sides, no larger than the studio's frame.
fn fit(pad: &gst::Pad, filter: gst::Element, video: Video) {
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        if let Some(gst::PadProbeData::Event(event)) = &info.data
            && let gst::EventView::Caps(caps) = event.view()
            && let Ok(own) = gst_video::VideoInfo::from_caps(caps.caps())
        {
            filter.set_property("caps", normalised(&own, video));
        }
        gst::PadProbeReturn::Ok
    });
}

fn normalised(own: &gst_video::VideoInfo, video: Video) -> gst::Caps {
    let par = own.par();
    let width = f64::from(own.width()) * f64::from(par.numer()) / f64::from(par.denom().max(1));
    let height = f64::from(own.height());
    let scale = (f64::from(video.width) / width).min(f64::from(video.height) / height).min(1.0);
    let even = |length: f64| (((length * scale / 2.0).round() as i32) * 2).max(2);
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", even(width))
        .field("height", even(height))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1));
    // Naming the colours of a picture that has them already would cost it its passage untouched.
    if own.colorimetry().to_string() == "bt709" { caps.build() } else { caps.field("colorimetry", "bt709").build() }
}
