//! One phone's connection: the offer answered, its media decoded into the source's destination.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use gstreamer::{self as gst, prelude::*};
use gstreamer_sdp as gst_sdp;
use gstreamer_webrtc as gst_webrtc;

use super::{
    Refusal,
    offer::{Codec, Offer},
};
use crate::{
    capture::{
        Destination,
        placement::Medium,
        source::{Ends, Surroundings},
    },
    config::Source,
    media::{Folder, Notice, Ns, Picture, Pipeline, parse, unix_ms},
};

/// For each step of the negotiation.
const STEP: Duration = Duration::from_secs(3);
/// For finding our own addresses; a STUN server that is silent costs no more than this.
const GATHERING: Duration = Duration::from_millis(1200);
/// Longest a connection may take to end.
const STOPPING: Duration = Duration::from_secs(2);
/// Milliseconds that late packets are waited for, where the configuration doesn't say.
const LATENCY_MS: i64 = 60;
/// Kilobits a second that a phone may send, where the configuration doesn't say.
const BITRATE_KBPS: i64 = 2500;

/// What a connection has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The phone has gone, or never got through.
    Left,
    /// An element failed.
    Failed,
}

/// One phone's connection; ends when dropped.
pub struct Session {
    pipeline: Arc<Pipeline>,
    webrtc: gst::Element,
    gate: Arc<Gate>,
    offer: Offer,
}

impl Session {
    /// Answers an offer and starts to receive. Returns the answer, SDP with all of our candidates.
    /// Blocks for at most a few seconds. `tell` is called from other threads and must not block.
    ///
    /// # Errors
    /// When the media framework cannot answer.
    pub fn answer(
        source: &Source,
        around: &Surroundings,
        destination: &Arc<dyn Destination>,
        offer: Offer,
        tell: impl Fn(Word) + Send + Sync + 'static,
    ) -> Result<(Self, String), Refusal> {
        let tell = Arc::new(tell);
        let description =
            around.descriptions.launch(Folder::Sources, "phone").map_err(|problem| failed(&problem.text.en))?;
        let notify = {
            let (tell, id) = (tell.clone(), source.id.clone());
            move |notice| {
                if let Notice::Error { element, message, details, .. } = notice {
                    tracing::warn!(source = id, element, message, details, "phone");
                    tell(Word::Failed);
                }
            }
        };
        let pipeline = Arc::new(
            Pipeline::parse(&source.id, &description, &around.clock, 0, notify)
                .map_err(|problem| failed(&problem.text.en))?,
        );
        let webrtc = pipeline.element("webrtc").ok_or_else(|| failed("no element `webrtc`"))?;
        let latency = source.settings.integer("latency_ms").unwrap_or(LATENCY_MS);
        webrtc.set_property_from_str("latency", &latency.to_string());
        if let Some(stun) = &around.webrtc.stun {
            webrtc.set_property_from_str("stun-server", stun);
        }
        for turn in around.webrtc.turn_for("studio", unix_ms() / 1000) {
            webrtc.emit_by_name::<bool>("add-turn-server", &[&turn.reveal()]);
        }
        let gate =
            Arc::new(Gate { open: AtomicBool::new(true), seen: AtomicBool::new(false), behind: destination.clone() });
        let ends = Arc::new(Ends::new(&pipeline, source, around, gate.clone()));
        decode_what_comes(&webrtc, &pipeline, around, ends);
        webrtc.connect_notify(Some("connection-state"), move |webrtc, _| {
            let state = webrtc.property::<gst_webrtc::WebRTCPeerConnectionState>("connection-state");
            tracing::debug!(?state, "phone");
            if matches!(
                state,
                gst_webrtc::WebRTCPeerConnectionState::Failed | gst_webrtc::WebRTCPeerConnectionState::Closed
            ) {
                tell(Word::Left);
            }
        });
        let session = Self { pipeline, webrtc, gate, offer };
        if !session.pipeline.play() {
            return Err(failed("it does not start"));
        }
        let answer = session.negotiate()?;
        let kbps = source.settings.integer("bitrate_kbps").unwrap_or(BITRATE_KBPS);
        Ok((session, capped(&answer, kbps)))
    }

    fn negotiate(&self) -> Result<String, Refusal> {
        let parse = |text: &str| gst_sdp::SDPMessage::parse_buffer(text.as_bytes()).map_err(|_| Refusal::not_sdp());
        let description =
            |kind, text: &str| Ok::<_, Refusal>(gst_webrtc::WebRTCSessionDescription::new(kind, parse(text)?));
        let offer = description(gst_webrtc::WebRTCSDPType::Offer, self.offer.text())?;
        for (caps, again) in self.offer.asked() {
            let direction = gst_webrtc::WebRTCRTPTransceiverDirection::Recvonly;
            let transceiver =
                self.webrtc.emit_by_name::<gst_webrtc::WebRTCRTPTransceiver>("add-transceiver", &[&direction, &caps]);
            transceiver.set_property("do-nack", again);
        }
        self.ask(|promise| self.webrtc.emit_by_name::<()>("set-remote-description", &[&offer, &promise]))?;
        let reply = self.ask(|promise| {
            self.webrtc.emit_by_name::<()>("create-answer", &[&None::<gst::Structure>, &promise]);
        })?;
        let answer = reply
            .and_then(|reply| reply.get::<gst_webrtc::WebRTCSessionDescription>("answer").ok())
            .ok_or_else(|| failed("no answer"))?;
        let (gathered, complete) = mpsc::channel();
        let watch = self.webrtc.connect_notify(Some("ice-gathering-state"), move |_, _| _ = gathered.send(()));
        self.ask(|promise| self.webrtc.emit_by_name::<()>("set-local-description", &[&answer, &promise]))?;
        let end = Instant::now() + GATHERING;
        let gathering = || self.webrtc.property::<gst_webrtc::WebRTCICEGatheringState>("ice-gathering-state");
        while gathering() != gst_webrtc::WebRTCICEGatheringState::Complete {
            if complete.recv_timeout(end.saturating_duration_since(Instant::now())).is_err() {
                break;
            }
        }
        self.webrtc.disconnect(watch);
        let local = self.webrtc.property::<Option<gst_webrtc::WebRTCSessionDescription>>("local-description");
        let local = local.ok_or_else(|| failed("no description of our own"))?;
        local.sdp().as_text().map_err(|error| failed(&error.to_string()))
    }

    /// Carries out one step and waits for its promise.
    fn ask(&self, step: impl FnOnce(gst::Promise)) -> Result<Option<gst::Structure>, Refusal> {
        let (done, wait) = mpsc::channel();
        let promise = gst::Promise::with_change_func(move |reply| {
            let _ = done.send(reply.map(|reply| reply.map(|reply| reply.to_owned())));
        });
        step(promise);
        let reply = wait.recv_timeout(STEP).map_err(|_| failed("it takes too long"))?;
        let reply = reply.map_err(|error| failed(&format!("{error:?}")))?;
        let error = reply.as_ref().and_then(|reply| reply.get::<gst::glib::Error>("error").ok());
        match error {
            Some(error) => Err(failed(error.message())),
            None => Ok(reply),
        }
    }

    /// The offer it answers.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// One more address of the phone's.
    pub fn candidate(&self, section: u32, candidate: &str) {
        self.webrtc.emit_by_name::<()>("add-ice-candidate", &[&section, &candidate]);
    }

    /// A picture of its own has arrived.
    pub fn has_been_seen(&self) -> bool {
        self.gate.seen.load(Ordering::Acquire)
    }

    /// Nothing more of it is shown, from this moment on.
    pub fn mute(&self) {
        self.gate.open.store(false, Ordering::Release);
    }

    /// Ends it; blocks for at most two seconds.
    pub fn stop(self) {
        self.mute();
        self.pipeline.stop(STOPPING);
    }
}

fn failed(detail: &str) -> Refusal {
    Refusal::failed(detail)
}

/// Each stream gets the decoder of its codec, and ends in the source's destination.
fn decode_what_comes(webrtc: &gst::Element, pipeline: &Arc<Pipeline>, around: &Surroundings, ends: Arc<Ends>) {
    let (bin, descriptions) = (pipeline.bin().downgrade(), around.descriptions.clone());
    webrtc.connect_pad_added(move |_, pad| {
        let Some(bin) = bin.upgrade().filter(|_| pad.direction() == gst::PadDirection::Src) else { return };
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let encoding = caps.structure(0).and_then(|caps| caps.get::<String>("encoding-name").ok());
        let Some((codec, decoder)) = encoding.as_deref().and_then(Codec::of) else {
            return tracing::warn!(?encoding, "a phone's stream is left aside");
        };
        let medium = if codec == Codec::Opus { Medium::Sound } else { Medium::Picture };
        let attached = descriptions.launch(Folder::Sources, decoder).and_then(|text| {
            let broken = |reason: String| Refusal::failed(&reason).problem;
            let decoder = parse::bin(decoder, &text, true)?;
            bin.add(&decoder).map_err(|error| broken(error.to_string()))?;
            let (input, output) = (decoder.static_pad("sink"), decoder.static_pad("src"));
            let (Some(input), Some(output)) = (input, output) else { return Err(broken("no pads".into())) };
            ends.attach(&output, medium)?;
            decoder.sync_state_with_parent().map_err(|error| broken(error.to_string()))?;
            pad.link(&input).map_err(|error| broken(format!("{error:?}")))?;
            Ok(())
        });
        if let Err(problem) = attached {
            tracing::warn!(%problem, "a phone's stream is left aside");
        }
    });
}

/// Adds the most that the picture may take, kilobits a second (`b=AS`, RFC 8866, 5.8: right after the
/// section's `c=`).
fn capped(answer: &str, kbps: i64) -> String {
    let mut picture = false;
    let mut text = String::with_capacity(answer.len() + 32);
    for line in answer.lines() {
        if line.starts_with("m=") {
            picture = line.starts_with("m=video");
        }
        text.push_str(line);
        text.push_str("\r\n");
        if picture && line.starts_with("c=") {
            text.push_str(&format!("b=AS:{kbps}\r\n"));
        }
    }
    text
}

/// Lets a connection's media through until another has taken its place.
struct Gate {
    open: AtomicBool,
    /// A picture has passed.
    seen: AtomicBool,
    behind: Arc<dyn Destination>,
}

impl Gate {
    fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }
}

impl Destination for Gate {
    fn picture(&self, picture: Picture, now: Ns) {
        if self.is_open() {
            self.seen.store(true, Ordering::Release);
            self.behind.picture(picture, now);
        }
    }

    fn sound(&self, at: i64, chunk: &[[f32; 2]], now: Ns) {
        if self.is_open() {
            self.behind.sound(at, chunk, now);
        }
    }

    fn hold(&self, now: Ns) {
        if self.is_open() {
            self.behind.hold(now);
        }
    }

    fn picture_lost(&self, now: Ns) -> bool {
        self.behind.picture_lost(now)
    }

    fn sound_lost(&self, now: Ns) -> bool {
        self.behind.sound_lost(now)
    }
}
