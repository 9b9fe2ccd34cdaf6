//! A phone: takes a test camera's film, and sends it by WebRTC to a slot, as WHIP asks.

use std::{sync::mpsc, time::Duration};

use gstreamer::{self as gst, prelude::*};
use gstreamer_sdp as gst_sdp;
use gstreamer_webrtc as gst_webrtc;
use serde_json::{Value, json};

use super::studio::{ANIMATOR_PIN, Studio};

/// How its picture is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// As iPhones do.
    H264,
    /// As Chromium does.
    Vp8,
}

/// A phone on the line; gone without a word when dropped.
pub struct Phone {
    pipeline: gst::Pipeline,
    location: String,
    token: String,
}

/// A personal link's token, as the desk makes it.
pub fn link(studio: &Studio, slot: &str) -> String {
    let login = post(studio, "/api/login", None, "application/json", &json!({ "pin": ANIMATOR_PIN }).to_string());
    let desk: Value = serde_json::from_str(&login.2).unwrap();
    let (status, _, body) = post(studio, &format!("/api/slots/{slot}/link"), desk["token"].as_str(), "", "");
    assert_eq!(status, 200, "{body}");
    let link: Value = serde_json::from_str(&body).unwrap();
    link["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
}

fn post(studio: &Studio, path: &str, token: Option<&str>, kind: &str, body: &str) -> (u16, Option<String>, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into();
    let mut request = agent.post(format!("{}{path}", studio.address())).header("Content-Type", kind);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = request.send(body).unwrap();
    let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), location, answer.body_mut().read_to_string().unwrap())
}

impl Phone {
    /// Sends the camera that listens on `port` to `slot`.
    pub fn call(studio: &Studio, slot: &str, token: &str, port: u16, codec: Codec) -> Self {
        gst::init().unwrap();
        let picture = match codec {
            Codec::H264 => {
                "x264enc bitrate=1800 tune=zerolatency speed-preset=ultrafast key-int-max=250 threads=1 \
                 ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency \
                 ! application/x-rtp,media=video,encoding-name=H264,payload=96"
            }
            Codec::Vp8 => {
                "vp8enc deadline=1 cpu-used=12 threads=1 end-usage=cbr target-bitrate=1800000 keyframe-max-dist=250 \
                 error-resilient=1 ! rtpvp8pay ! application/x-rtp,media=video,encoding-name=VP8,payload=96"
            }
        };
        let description = format!(
            "webrtcbin name=webrtc bundle-policy=max-bundle tcpclientsrc host=127.0.0.1 port={port} ! matroskademux name=d \
             d.video_0 ! queue leaky=downstream max-size-buffers=2 ! videoconvert ! {picture} ! webrtc. \
             d.audio_0 ! queue ! audioconvert ! opusenc ! rtpopuspay \
             ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! webrtc."
        );
        let pipeline = gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
        let webrtc = pipeline.by_name("webrtc").unwrap();
        for index in 0..2i32 {
            let transceiver =
                webrtc.emit_by_name::<Option<gst_webrtc::WebRTCRTPTransceiver>>("get-transceiver", &[&index]);
            transceiver.unwrap().set_property("direction", gst_webrtc::WebRTCRTPTransceiverDirection::Sendonly);
        }
        let (needed, ready) = mpsc::channel();
        webrtc.connect("on-negotiation-needed", false, move |_| {
            let _ = needed.send(());
            None
        });
        pipeline.set_state(gst::State::Playing).unwrap();
        ready.recv_timeout(Duration::from_secs(10)).expect("the phone has pictures to offer");
        let reply = ask(|promise| {
            webrtc.emit_by_name::<()>("create-offer", &[&None::<gst::Structure>, &promise]);
        });
        let offer = reply.unwrap().get::<gst_webrtc::WebRTCSessionDescription>("offer").unwrap();
        ask(|promise| webrtc.emit_by_name::<()>("set-local-description", &[&offer, &promise]));
        let text = offer.sdp().as_text().unwrap();
        let (status, location, body) = post(studio, &format!("/whip/{slot}"), Some(token), "application/sdp", &text);
        assert_eq!(status, 201, "{body}\n{text}");
        let answer = gst_sdp::SDPMessage::parse_buffer(body.as_bytes()).unwrap();
        let answer = gst_webrtc::WebRTCSessionDescription::new(gst_webrtc::WebRTCSDPType::Answer, answer);
        ask(|promise| webrtc.emit_by_name::<()>("set-remote-description", &[&answer, &promise]));
        Self { pipeline, location: location.unwrap(), token: token.to_owned() }
    }

    /// Says goodbye, as RFC 9725 has it.
    pub fn leave(self, studio: &Studio) {
        let url = format!("{}{}", studio.address(), self.location);
        let answer = ureq::delete(url).header("Authorization", format!("Bearer {}", self.token)).call().unwrap();
        assert_eq!(answer.status(), 200);
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

fn ask(step: impl FnOnce(gst::Promise)) -> Option<gst::Structure> {
    let (done, wait) = mpsc::channel();
    let promise = gst::Promise::with_change_func(move |reply| {
        let _ = done.send(reply.ok().flatten().map(|reply| reply.to_owned()));
    });
    step(promise);
    wait.recv_timeout(Duration::from_secs(5)).expect("a step of the negotiation")
}
