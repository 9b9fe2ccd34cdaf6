//! From the muxer into the timeline.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;

use super::{Live, timeline::Part};
use crate::{
    media::{Clock, Ns, Pipeline},
    outputs::link::program_time,
    protocol::Problem,
};

/// What the muxer is being told, for the segmenter.
type Keys = Arc<Mutex<Ahead>>;

#[derive(Default)]
struct Ahead {
    /// Key frames on their way through the muxer: times in the pipeline, nanoseconds.
    keys: VecDeque<Ns>,
    /// Program time of zero in the pipeline.
    origin: Ns,
}

/// Joins a pipeline's `picture`, `mux` and `sink` to the live page, until the pipeline is gone.
///
/// # Errors
/// Another output feeds the page; a description without these elements.
pub fn attach(pipeline: &Pipeline, live: &Live, clock: &Clock, rewind: Ns) -> Result<(), Problem> {
    let sink = pipeline.part::<gst_app::AppSink>("sink")?;
    let mux = pipeline.part::<gst::Element>("mux")?;
    let picture = pipeline.part::<gst::Element>("picture")?.static_pad("src").expect("a source has one");
    mux.set_property("chunk-duration", live.part_length());

    let keys = Keys::default();
    let generation = live.begin(&pipeline.bin().name(), rewind)?;
    split_at_keys(&picture, &mux, keys.clone());
    let began = before(SystemTime::now(), clock.now());
    let feeder = Feeder { live: live.clone(), generation, keys, header: None, at: 0, began, independent: true };
    receive(&sink, feeder);
    Ok(())
}

/// The muxer ends a fragment where it is told; it is told at every key frame, before it gets it.
fn split_at_keys(picture: &gst::Pad, mux: &gst::Element, keys: Keys) {
    let mux = mux.downgrade();
    picture.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        if let (Some(buffer), Some(mux)) = (info.buffer(), mux.upgrade())
            && !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT)
            && let Some(at) = running_time(pad, buffer)
        {
            if let Some(origin) = program_time(buffer).and_then(|program| program.checked_sub(at.nseconds())) {
                lock(&keys).origin = origin;
            }
            if !at.is_zero() {
                mux.emit_by_name::<()>("split-at-running-time", &[&at]);
                lock(&keys).keys.push_back(at.nseconds());
            }
        }
        gst::PadProbeReturn::Ok
    });
}

fn running_time(pad: &gst::Pad, buffer: &gst::Buffer) -> Option<gst::ClockTime> {
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    event.segment().downcast_ref::<gst::ClockTime>()?.to_running_time(buffer.pts()?)
}

fn receive(sink: &gst_app::AppSink, feeder: Feeder) {
    // A part comes as one list: the boxes and the samples.
    sink.set_property("buffer-list", true);
    let feeder = Arc::new(Mutex::new(feeder));
    let ending = feeder.clone();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                if let Some(list) = sample.buffer_list() {
                    lock(&feeder).part(list);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .eos(move |_| lock(&ending).end())
            .build(),
    );
}

/// The segmenter: one pipeline's parts, in order.
struct Feeder {
    live: Live,
    generation: u64,
    keys: Keys,
    header: Option<Bytes>,
    /// Time in the pipeline at which the next part begins.
    at: Ns,
    /// The date of program time zero.
    began: SystemTime,
    /// The next part begins with a key frame.
    independent: bool,
}

impl Feeder {
    fn part(&mut self, list: &gst::BufferListRef) {
        let mut buffers = list.iter().peekable();
        let flags = gst::BufferFlags::HEADER | gst::BufferFlags::DISCONT;
        if let Some(header) = buffers.next_if(|first| first.flags().contains(flags)) {
            let header = join([header]);
            // Sent again although nothing has changed, it begins nothing.
            if self.header.as_ref() != Some(&header) {
                self.live.header(self.generation, header.clone());
                self.header = Some(header);
            }
        }
        let Some(length) = buffers.peek().and_then(|boxes| boxes.duration()).map(gst::ClockTime::nseconds) else {
            return;
        };
        let data = join(buffers);
        let at = self.at + lock(&self.keys).origin;
        self.at += length;
        let last = self.reached(self.at);
        let part = Part { at, length, independent: std::mem::replace(&mut self.independent, last), data };
        self.live.part_made(self.generation, part, self.began + Duration::from_nanos(at), last);
    }

    /// A key frame is at `end`: the muxer had to see it to end the part there.
    fn reached(&self, end: Ns) -> bool {
        /// Less than any frame, more than any rounding.
        const NEAR: Ns = 1_000_000;
        let keys = &mut lock(&self.keys).keys;
        let mut reached = false;
        while keys.front().is_some_and(|key| *key <= end + NEAR) {
            keys.pop_front();
            reached = true;
        }
        reached
    }

    fn end(&mut self) {
        self.live.end(self.generation);
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.end();
    }
}

fn join<'a>(buffers: impl IntoIterator<Item = &'a gst::BufferRef>) -> Bytes {
    let mut data = Vec::new();
    for buffer in buffers {
        // Memory made by the muxer or the encoder can always be read.
        if let Ok(map) = buffer.map_readable() {
            data.extend_from_slice(&map);
        }
    }
    data.into()
}

fn before(date: SystemTime, length: Ns) -> SystemTime {
    date.checked_sub(Duration::from_nanos(length)).unwrap_or(date)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
