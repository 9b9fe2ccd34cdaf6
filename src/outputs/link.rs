//! From a feed into an output's pipeline: starts at a key frame, picture and sound shifted alike, and
//! drops whole groups of pictures rather than let a slow line hold anything up.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicU64, Ordering},
};

use gstreamer as gst;
use gstreamer_app as gst_app;

use super::flv;
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

/// Tags of sound that wait for a picture at most, while none comes; three are usual. A picture shows with
/// the sound before it, so nothing is later for it, and each thread on the way wakes a third as often.
const BATCH: usize = 6;

/// What went through a link.
#[derive(Debug, Default)]
pub struct Counters {
    /// Pictures handed to the pipeline.
    pub pictures: AtomicU64,
    /// Pictures dropped because the pipeline was too slow.
    pub dropped: AtomicU64,
}

/// Feeds a pipeline's `picture` and `sound`, or its `flv`, until dropped.
pub struct Link {
    _following: Following,
}

impl Link {
    /// Joins `feed` to the appsrcs of a pipeline: one for each medium, or one for tags of both.
    pub fn new(
        feed: &Arc<Feed>,
        pipeline: &Pipeline,
        patience: Patience,
        counters: &Arc<Counters>,
    ) -> Result<Self, Problem> {
        let tags = pipeline.element("flv").is_some();
        let names = if tags { ["flv", "flv"] } else { ["picture", "sound"] };
        let mut gate = Gate {
            sources: [source(pipeline, names[0])?, source(pipeline, names[1])?],
            tags,
            batch: Vec::new(),
            patience,
            counters: counters.clone(),
            origin: None,
            waiting: true,
            up: false,
        };
        Ok(Self { _following: feed.follow(Box::new(move |packet| gate.pass(packet))) })
    }
}

/// What the key frames' second timestamp counts in: program time, which goes on from one pipeline to the
/// next.
static PROGRAM_TIME: LazyLock<gst::Caps> = LazyLock::new(|| gst::Caps::new_empty_simple("timestamp/x-program"));

/// The program time of a key frame that came through a link.
pub fn program_time(buffer: &gst::BufferRef) -> Option<Ns> {
    let stamps = buffer.iter_meta::<gst::ReferenceTimestampMeta>();
    stamps.filter(|stamp| stamp.reference() == &**PROGRAM_TIME).map(|stamp| stamp.timestamp().nseconds()).next()
}

fn source(pipeline: &Pipeline, name: &str) -> Result<gst_app::AppSrc, Problem> {
    let source = pipeline.part::<gst_app::AppSrc>(name)?;
    source.set_format(gst::Format::Time);
    source.set_block(false);
    source.set_max_bytes(0);
    Ok(source)
}

struct Gate {
    sources: [gst_app::AppSrc; 2],
    /// Packets are FLV tags, which carry their time inside.
    tags: bool,
    /// Tags of sound that leave with the next picture.
    batch: Vec<gst::Buffer>,
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
        let taken = if self.tags {
            flv::stamp(stamped, pts);
            self.batch.push(buffer);
            if packet.medium == Medium::Sound && self.batch.len() < BATCH {
                return;
            }
            source.push_buffer_list(self.batch.drain(..).collect::<gst::BufferList>()).is_ok()
        } else {
            if packet.medium == Medium::Picture && packet.key {
                let program = gst::ClockTime::from_nseconds(packet.pts);
                gst::ReferenceTimestampMeta::add(stamped, &PROGRAM_TIME, program, gst::ClockTime::NONE);
            }
            source.push_buffer(buffer).is_ok()
        };
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
