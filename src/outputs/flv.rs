//! The programme as FLV: muxed once, whatever the number of destinations.
//!
//! For pipelines with an appsrc `flv`. The muxer runs while somebody holds it. One that failed is left to
//! those who hold it: they notice that nothing comes any more, and what they open next is a new one.

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
};

use gstreamer as gst;
use gstreamer_app as gst_app;
use tracing::error;

use super::{
    link::{self, Link},
    supervisor::Surroundings,
};
use crate::{
    media::{Folder, Notice, Ns, Pipeline},
    program::{Feed, Medium, Packet},
    protocol::Problem,
};

/// The muxer that runs, if one does.
#[derive(Clone, Default)]
pub struct Flv(Arc<Mutex<Weak<Muxer>>>);

/// A running muxer. Dropping it may block for a moment.
pub struct Muxer {
    tags: Arc<Feed>,
    failed: Arc<AtomicBool>,
    // Before the pipeline that it feeds.
    _link: Link,
    _pipeline: Pipeline,
}

impl Flv {
    /// The muxer of what is on air, or a new one, that begins with the next key frame.
    ///
    /// # Errors
    /// A description that cannot be used.
    pub fn muxer(&self, around: &Surroundings) -> Result<Arc<Muxer>, Problem> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(muxer) = current.upgrade().filter(|muxer| !muxer.failed.load(Ordering::Relaxed)) {
            return Ok(muxer);
        }
        let muxer = Arc::new(Muxer::start(around)?);
        *current = Arc::downgrade(&muxer);
        Ok(muxer)
    }
}

impl Muxer {
    fn start(around: &Surroundings) -> Result<Self, Problem> {
        let Surroundings { clock, descriptions, program, .. } = around;
        let (tags, failed) = (Arc::new(Feed::default()), Arc::new(AtomicBool::new(false)));
        let trouble = failed.clone();
        let notify = move |notice| {
            if let Notice::Error { message, details, .. } = notice {
                error!(message, details, "the FLV muxer failed");
            }
            trouble.store(true, Ordering::Relaxed);
        };
        let description = descriptions.launch(Folder::Outputs, "flv")?;
        let pipeline = Pipeline::parse("flv", &description, clock, clock.now(), notify)?;
        let sink = pipeline.part::<gst_app::AppSink>("sink")?;
        let to_tags = tags.clone();
        let receive = move |sink: &gst_app::AppSink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            if let Some(tag) = read(&sample) {
                to_tags.send(&tag);
            }
            Ok(gst::FlowSuccess::Ok)
        };
        sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(receive).build());
        let link = Link::new(program.air(), &pipeline, link::NETWORK, &Arc::default())?;
        pipeline.play();
        Ok(Self { tags, failed, _link: link, _pipeline: pipeline })
    }

    /// A tag a packet, in the order in which they are sent; times are of the muxer's own pipeline. What
    /// comes before the first is in the packets' caps (`streamheader`).
    pub fn tags(&self) -> &Arc<Feed> {
        &self.tags
    }
}

/// Kinds of tags (Adobe Flash Video File Format Specification 10.1, annex E.4.1).
const AUDIO: u8 = 8;
const VIDEO: u8 = 9;

fn read(sample: &gst::Sample) -> Option<Packet> {
    let buffer = sample.buffer_owned()?;
    if buffer.flags().contains(gst::BufferFlags::HEADER) {
        return None;
    }
    let medium = match buffer.map_readable().ok()?.first()? & 0x1f {
        VIDEO => Medium::Picture,
        AUDIO => Medium::Sound,
        _ => return None,
    };
    let key = medium == Medium::Sound || !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
    let pts = buffer.pts()?.nseconds();
    Some(Packet { medium, pts, key, buffer, caps: sample.caps_owned()? })
}

/// Writes a tag's time into it: milliseconds, the highest of four bytes last.
pub(super) fn stamp(tag: &mut gst::BufferRef, pts: Ns) {
    let [highest, rest @ ..] = ((pts / 1_000_000) as u32).to_be_bytes();
    if let Ok(mut map) = tag.map_writable()
        && let Some(time) = map.get_mut(4..8)
    {
        time[..3].copy_from_slice(&rest);
        time[3] = highest;
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::{super::hls::Live, *};
    use crate::{
        config::Video,
        media::{Clock, Descriptions},
        mix::{ProgramSink, compose::black},
        program::{Entrance, tests::small},
    };

    const FRAME: Ns = 40_000_000;

    #[test]
    fn one_muxer_serves_all_while_it_is_held_and_a_failed_one_is_replaced() {
        let (program, pool) = small(Video { width: 320, height: 180, framerate: 25 });
        let nowhere = tempfile::tempdir().unwrap();
        let around = Surroundings {
            clock: Clock::start(),
            descriptions: Descriptions::new(nowhere.path()),
            data: nowhere.path().to_owned(),
            program: program.clone(),
            flv: Flv::default(),
            live: Live::open(nowhere.path(), 25, 2),
        };
        let muxer = || around.flv.muxer(&around).unwrap();
        let first = muxer();
        assert!(Arc::ptr_eq(&first, &muxer()));

        let (sender, tags) = mpsc::channel();
        let _following = first.tags().follow(Box::new(move |tag| drop(sender.send(tag.clone()))));
        let mut entrance = Entrance(program.clone());
        let picture = pool.draw(0, black).unwrap();
        // Sound that is coded before the first picture has nothing to go with.
        let (sender, coded) = mpsc::channel();
        let _watching = program.air().follow(Box::new(move |packet| {
            let _ = sender.send(packet.medium);
        }));
        entrance.picture(0, &picture);
        assert_eq!(coded.recv_timeout(Duration::from_secs(10)), Ok(Medium::Picture));
        // Fewer than the half second that a network is worth.
        for n in 0..12 {
            entrance.sound(n * FRAME, &[[0.1; 2]; 1920]);
            entrance.picture((n + 1) * FRAME, &picture);
        }
        let next = || tags.recv_timeout(Duration::from_secs(10)).expect("a tag");
        let got: Vec<Packet> = (0..20).map(|_| next()).collect();
        let pictures: Vec<&Packet> = got.iter().filter(|tag| tag.medium == Medium::Picture).collect();
        assert!(pictures[0].key && !pictures[1].key, "begins with a key frame");
        assert!((5..13).contains(&pictures.len()), "{} of {} are pictures", pictures.len(), got.len());
        assert!(got.windows(2).all(|pair| pair[0].pts <= pair[1].pts), "in the order of their times");
        let head = pictures[0].caps.structure(0).unwrap().get::<gst::Array>("streamheader").unwrap();
        assert_eq!(head.len(), 4, "the file's head, what is told of it, and a decoder's settings for each medium");

        let mut tag = pictures[0].buffer.clone();
        stamp(tag.make_mut(), 0x0123_4567 * 1_000_000 + 999_999);
        assert_eq!(tag.map_readable().unwrap()[4..8], [0x23, 0x45, 0x67, 0x01]);
        assert_ne!(pictures[0].buffer.map_readable().unwrap()[4..8], [0x23, 0x45, 0x67, 0x01], "others keep theirs");

        first.failed.store(true, Ordering::Relaxed);
        let second = muxer();
        assert!(!Arc::ptr_eq(&first, &second));
        drop((first, second));
        assert!(around.flv.0.lock().unwrap().upgrade().is_none(), "nobody holds it, nothing runs");
    }
}
