//! From a feed into an output's pipeline: starts at a key frame, picture and sound shifted alike, and
//! drops whole groups of pictures rather than let a slow line hold anything up.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;

use crate::{
    media::{Ns, Pipeline},
    program::{Feed, Following, Medium, Packet},
    protocol::Problem,
};

/// How much may wait in front of an output.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Nanoseconds of picture or sound; beyond it packets are dropped up to the next key frame.
    pub queue: Ns,
}

/// A network: better to miss half a second than to be late for ever.
pub const NETWORK: Patience = Patience { queue: 500_000_000 };
/// A disk: it may stall for long, and nothing may be lost.
pub const DISK: Patience = Patience { queue: 20_000_000_000 };

/// What went through a link.
#[derive(Debug, Default)]
pub struct Counters {
    /// Pictures handed to the pipeline.
    pub pictures: AtomicU64,
    /// Pictures dropped because the pipeline was too slow.
    pub dropped: AtomicU64,
}

/// Feeds a pipeline's `picture` and `sound` until dropped.
pub struct Link {
    _following: Following,
}

impl Link {
    /// Joins `feed` to the two appsrcs of a pipeline.
    pub fn new(
        feed: &Arc<Feed>,
        pipeline: &Pipeline,
        patience: Patience,
        counters: &Arc<Counters>,
    ) -> Result<Self, Problem> {
        let mut gate = Gate {
            sources: [source(pipeline, "picture")?, source(pipeline, "sound")?],
            patience,
            counters: counters.clone(),
            origin: None,
            waiting: true,
            up: false,
        };
        Ok(Self { _following: feed.follow(Box::new(move |packet| gate.pass(packet))) })
    }
}

fn source(pipeline: &Pipeline, name: &str) -> Result<gst_app::AppSrc, Problem> {
    let source = pipeline.element(name).and_then(|element| element.downcast::<gst_app::AppSrc>().ok());
    let source = source.ok_or_else(|| {
        Problem::operator(
            "bad_description",
            format!("La description d'une sortie n'a pas d'appsrc « {name} ». Comparez-la à celle d'origine."),
            format!("An output's description has no appsrc `{name}`. Compare it with the original."),
        )
    })?;
    source.set_format(gst::Format::Time);
    source.set_block(false);
    source.set_max_bytes(0);
    Ok(source)
}

struct Gate {
    sources: [gst_app::AppSrc; 2],
    patience: Patience,
    counters: Arc<Counters>,
    /// Program time of the first picture: zero inside the pipeline.
    origin: Option<Ns>,
    /// For a key frame.
    waiting: bool,
    /// The pipeline has taken a picture.
    up: bool,
}

impl Gate {
    fn pass(&mut self, packet: &Packet) {
        let source = &self.sources[packet.medium as usize];
        let full = source.current_level_time().nseconds() > self.patience.queue;
        match packet.medium {
            Medium::Picture => {
                if full {
                    self.waiting = true;
                }
                if self.waiting && (full || !packet.key) {
                    if self.origin.is_some() {
                        self.counters.dropped.fetch_add(1, Ordering::Relaxed);
                    }
                    return;
                }
                self.waiting = false;
                self.origin.get_or_insert(packet.pts);
                self.counters.pictures.fetch_add(1, Ordering::Relaxed);
            }
            Medium::Sound if full => return,
            Medium::Sound => (),
        }
        // Sound from before the first picture has nothing to go with.
        let Some(pts) = self.origin.and_then(|origin| packet.pts.checked_sub(origin)) else { return };
        if source.caps().as_ref() != Some(&packet.caps) {
            source.set_caps(Some(&packet.caps));
        }
        let mut buffer = packet.buffer.clone();
        let stamped = buffer.make_mut();
        stamped.set_pts(gst::ClockTime::from_nseconds(pts));
        // No B-frames: pictures are decoded in the order they are shown.
        stamped.set_dts(gst::ClockTime::from_nseconds(pts));
        let taken = source.push_buffer(buffer).is_ok();
        if packet.medium == Medium::Picture {
            self.up |= taken;
            // It is not up yet, or has failed, which its bus reports.
            self.waiting |= !taken;
            if !self.up {
                self.origin = None;
            }
        }
    }
}
