//! One encoding of the program: H.264 and AAC, each in a pipeline of its own.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use tracing::{error, info};

use super::feed::{Medium, Packet};
use crate::{
    config::{self, Profile, Video},
    media::{Clock, Descriptions, Folder, Notice, Ns, Picture, Pipeline},
    mix::{RATE, Stereo},
    protocol::{Fault, Problem},
};

/// Hardware encoders in the order they are tried: description, element.
pub const HARDWARE: [(&str, &str); 4] =
    [("nvh264", "nvh264enc"), ("vah264", "vah264enc"), ("vaapih264", "vaapih264enc"), ("v4l2h264", "v4l2h264enc")];

/// What an AAC encoder puts in front of its first sample: 1024 samples at 48 kHz, nanoseconds.
const PRIMING: Ns = 21_333_333;

/// The studio's colours: BT.709, limited range.
const BT709: &str = "bt709";

/// Pictures waiting for the encoder; more than this and it does not keep up.
const LONGEST_QUEUE: u64 = 15;

/// The encoder that this machine and the configuration lead to.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The file under pipelines/encoders.
    pub description: String,
    /// The element, as shown to people.
    pub element: String,
    /// The machine's own circuit encodes.
    pub hardware: bool,
    video: Video,
    config: config::Encoder,
}

/// The descriptions of an encoder, read: the slate's must start whether the disk answers or not.
#[derive(Debug, Clone)]
pub struct Texts {
    picture: String,
    sound: String,
}

/// A running encoder. Dropping it ends it.
pub struct Encoder {
    picture: gst_app::AppSrc,
    sound: gst_app::AppSrc,
    encoder: gst::Element,
    /// A picture has come out.
    begun: Arc<AtomicBool>,
    dropped: Arc<AtomicU64>,
    frame: Ns,
    _pipelines: [Pipeline; 2],
}

impl Choice {
    /// A hardware encoder where one really encodes a frame now; x264 otherwise.
    pub fn make(clock: &Clock, descriptions: &Descriptions, video: Video, config: &config::Encoder) -> Self {
        let choice = |description: &str, element: &str, hardware| Self {
            description: description.into(),
            element: element.into(),
            hardware,
            video,
            config: config.clone(),
        };
        let tried = HARDWARE
            .iter()
            .filter(|(_, element)| !config.software_only && gst::ElementFactory::find(element).is_some())
            .map(|(description, element)| choice(description, element, true))
            .find(|choice| choice.really_encodes(clock, descriptions));
        let chosen = tried.unwrap_or_else(|| {
            let description = format!("x264-{}", config.profile.name());
            choice(&description, "x264enc", false)
        });
        info!(encoder = chosen.element, hardware = chosen.hardware, profile = config.profile.name(), "encoder chosen");
        chosen
    }

    /// Reads its descriptions.
    ///
    /// # Errors
    /// `no_description`
    pub fn read(&self, descriptions: &Descriptions) -> Result<Texts, Problem> {
        let text = |name| descriptions.launch(Folder::Encoders, name);
        Ok(Texts { picture: text(&self.description)?, sound: text("aac")? })
    }

    /// Encodes a few frames and waits for one to come out.
    fn really_encodes(&self, clock: &Clock, descriptions: &Descriptions) -> bool {
        let (coded, arrived) = mpsc::channel();
        let coded = Mutex::new(coded);
        let sent = move |packet: &Packet| {
            if packet.medium == Medium::Picture {
                let _ = coded.lock().map(|coded| coded.send(()));
            }
        };
        let Ok(texts) = self.read(descriptions) else { return false };
        let Ok(encoder) = Encoder::start("probe", self, clock, &texts, sent) else { return false };
        let Some(pool) = crate::media::PicturePool::new(self.video.width, self.video.height) else { return false };
        for n in 0..9 {
            if let Some(picture) = pool.draw(0, crate::mix::compose::black) {
                encoder.picture(n * encoder.frame, &picture);
            }
        }
        arrived.recv_timeout(Duration::from_secs(2)).is_ok()
    }
}

impl Encoder {
    /// Starts encoding; `packet` is called from its threads for all that comes out.
    pub fn start(
        name: &'static str,
        choice: &Choice,
        clock: &Clock,
        texts: &Texts,
        packet: impl Fn(&Packet) + Send + Sync + 'static,
    ) -> Result<Self, Problem> {
        let notify = move |notice: Notice| {
            if let Notice::Error { element, message, details, .. } = notice {
                error!(encoder = name, element, message, details, "the encoder failed");
                metrics::counter!("plateau_encoder_errors_total").increment(1);
            }
        };
        let video = Pipeline::parse(name, &texts.picture, clock, 0, notify)?;
        let audio = Pipeline::parse(name, &texts.sound, clock, 0, notify)?;
        let begun = Arc::new(AtomicBool::new(false));
        let out = begun.clone();
        let packet = Arc::new(move |coded: &Packet| {
            if coded.medium == Medium::Picture {
                out.store(true, Ordering::Release);
            }
            packet(coded);
        });
        let encoder = video.part::<gst::Element>("encoder")?;
        choice.configure(&encoder);
        audio
            .part::<gst::Element>("encoder")?
            .set_property_from_str("bitrate", &(choice.config.audio_kbps * 1000).to_string());

        let picture = video.part::<gst_app::AppSrc>("picture")?;
        let Video { width, height, framerate } = choice.video;
        let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::I420, width, height)
            .fps(gst::Fraction::new(framerate as i32, 1))
            .par(gst::Fraction::new(1, 1))
            .colorimetry(&BT709.parse().expect("GStreamer knows its own name of BT.709"))
            .build();
        picture.set_caps(info.ok().and_then(|info| info.to_caps().ok()).as_ref());
        source(&picture);
        sink(&video.part("coded")?, Medium::Picture, packet.clone());

        let sound = audio.part::<gst_app::AppSrc>("sound")?;
        let caps = gst::Caps::builder("audio/x-raw")
            .field("format", "F32LE")
            .field("layout", "interleaved")
            .field("rate", RATE as i32)
            .field("channels", 2i32)
            .build();
        sound.set_caps(Some(&caps));
        source(&sound);
        sink(&audio.part("coded")?, Medium::Sound, packet);

        if !(video.play() && audio.play()) {
            return Err(Problem::new(
                "encoder_failed",
                Fault::Ours,
                format!("L'encodeur {} ne démarre pas.", choice.element),
                format!("The encoder {} does not start.", choice.element),
            ));
        }
        let frame = 1_000_000_000 / u64::from(framerate);
        Ok(Self { picture, sound, encoder, begun, dropped: Arc::default(), frame, _pipelines: [video, audio] })
    }

    /// The picture of program time `at`.
    pub fn picture(&self, at: Ns, picture: &Picture) {
        if self.picture.current_level_buffers() >= LONGEST_QUEUE {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("plateau_encoder_dropped_frames_total").increment(1);
            return;
        }
        // Fails only once the pipeline has failed, which its bus reports.
        let _ = self.picture.push_buffer(picture.to_buffer(at, self.frame));
    }

    /// Sound from program time `at` on.
    pub fn sound(&self, at: Ns, block: &[Stereo]) {
        let bytes: Vec<u8> = block.iter().flatten().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        let stamped = buffer.make_mut();
        stamped.set_pts(gst::ClockTime::from_nseconds(at));
        stamped.set_duration(gst::ClockTime::from_nseconds(block.len() as u64 * 1_000_000_000 / RATE));
        let _ = self.sound.push_buffer(buffer);
    }

    /// Whether its first picture, a key frame, has come out.
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// The picture of program time `at`, not pushed yet, becomes a key frame; without a time, the next. (A
    /// time at or before the last key frame's would be taken as served.) Before it [has
    /// begun](Self::has_begun), does nothing: asked then, GStreamer 1.22 takes all that is asked later as
    /// served.
    pub fn force_key(&self, at: Option<Ns>) {
        if !self.has_begun() {
            return;
        }
        let at = at.map(gst::ClockTime::from_nseconds);
        let event = gst_video::UpstreamForceKeyUnitEvent::builder().running_time(at).all_headers(true).build();
        if let Some(pad) = self.encoder.static_pad("src") {
            pad.send_event(event);
        }
    }

    /// Time from one picture to the next.
    pub fn frame(&self) -> Ns {
        self.frame
    }

    /// Pictures that the encoder was too slow for.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Choice {
    /// Sets what the operator decided on an encoder element, whichever it is.
    fn configure(&self, encoder: &gst::Element) {
        let key = self.config.keyframe_seconds * self.video.framerate;
        let set = |names: &[&str], value: &str| {
            if let Some(name) = names.iter().find(|name| encoder.has_property(name)) {
                encoder.set_property_from_str(name, value);
            }
        };
        set(&["key-int-max", "gop-size", "keyframe-period"], &key.to_string());
        set(&["bitrate"], &self.config.bitrate_kbps.to_string());
        if self.element == "x264enc" {
            set(&["speed-preset"], &self.config.preset);
        }
        if self.element == "v4l2h264enc" {
            let bits = self.config.bitrate_kbps * 1000;
            set(&["extra-controls"], &format!("controls,video_bitrate={bits},video_gop_size={key}"));
        }
        if self.config.profile == Profile::Balanced && self.hardware {
            set(&["zerolatency", "zero-latency"], "false");
        }
    }
}

fn source(source: &gst_app::AppSrc) {
    source.set_format(gst::Format::Time);
    source.set_is_live(false);
    source.set_block(false);
    source.set_max_bytes(0);
}

fn sink(sink: &gst_app::AppSink, medium: Medium, packet: Arc<impl Fn(&Packet) + Send + Sync + 'static>) {
    sink.set_property("sync", false);
    sink.set_property("async", false);
    // What [`Medium`] promises, whatever a description gives: its parser changes over, or it is refused.
    let caps = match medium {
        Medium::Picture => gst::Caps::builder("video/x-h264").field("stream-format", "avc").field("alignment", "au"),
        Medium::Sound => gst::Caps::builder("audio/mpeg").field("mpegversion", 4).field("stream-format", "raw"),
    };
    sink.set_caps(Some(&caps.build()));
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                if let Some(coded) = read(&sample, medium) {
                    packet(&coded);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
}

/// A packet in program time: encoders shift their segment, running time does not move.
fn read(sample: &gst::Sample, medium: Medium) -> Option<Packet> {
    let buffer = sample.buffer_owned()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    // Sound that an encoder puts before the start (its priming) has no place in the program.
    let pts = segment.to_running_time(buffer.pts()?)?.nseconds();
    // Neither FLV nor MPEG-TS can say that an AAC decoder puts a frame of silence first.
    let pts = if medium == Medium::Sound { pts.checked_sub(PRIMING)? } else { pts };
    let key = medium == Medium::Sound || !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
    Some(Packet { medium, pts, key, buffer, caps: sample.caps_owned()? })
}
