//! What a phone offers (SDP, RFC 8866), read strictly and written anew.
//!
//! Only what the studio understands reaches the media framework: one picture and one sound, one codec
//! each, the extension that congestion control needs. What is left out of the offer is left out of
//! the answer, and the phone does not use it: without the orientation extension (3GPP TS 26.114) it
//! turns its picture itself. Candidates behind mDNS names are left out too: they cannot be looked up
//! here, and the phone's own checks tell its address (RFC 8445, peer-reflexive candidates).

use std::fmt::Write;

use gstreamer as gst;

use super::Refusal;

/// Transport-wide congestion control: the feedback by which a phone adapts to its Wi-Fi.
const CONGESTION: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// Media sections; more is nothing a phone's camera needs.
const SECTIONS: usize = 2;
/// Candidates of a section that are tried.
const CANDIDATES: usize = 32;

/// The picture's codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// RFC 6184.
    H264,
    /// RFC 7741.
    Vp8,
    /// RFC 7587.
    Opus,
}

impl Codec {
    /// The description under pipelines/sources that decodes it, and its RTP encoding name.
    pub fn of(encoding: &str) -> Option<(Self, &'static str)> {
        match encoding.to_ascii_uppercase().as_str() {
            "H264" => Some((Self::H264, "phone-h264")),
            "VP8" => Some((Self::Vp8, "phone-vp8")),
            "OPUS" => Some((Self::Opus, "phone-opus")),
            _ => None,
        }
    }
}

/// A checked offer.
#[derive(Debug, Clone)]
pub struct Offer {
    text: String,
    sections: Vec<Section>,
}

impl Offer {
    /// Reads an offer.
    ///
    /// # Errors
    /// Text that is no SDP; no section for a picture; none of the codecs; no encryption.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
        if lines.first() != Some(&"v=0") || !lines.iter().any(|line| line.starts_with("m=")) {
            return Err(Refusal::not_sdp());
        }
        if lines.iter().any(|line| line.chars().any(|c| c.is_control()) || (!line.is_empty() && !is_line(line))) {
            return Err(Refusal::not_sdp());
        }
        let first = lines.iter().position(|line| line.starts_with("m=")).unwrap_or(lines.len());
        let (session, media) = lines.split_at(first);
        let sections: Vec<&[&str]> = media.chunk_by(|_, next| !next.starts_with("m=")).collect();
        if sections.len() > SECTIONS {
            return Err(Refusal::too_many_sections());
        }
        let sections: Vec<Section> =
            sections.into_iter().map(|lines| Section::read(session, lines)).collect::<Result<_, _>>()?;
        let count = |kind| sections.iter().filter(|section| section.kind == kind).count();
        if count("video") != 1 || count("audio") > 1 {
            return Err(Refusal::no_picture());
        }
        let mids: Vec<String> = sections.iter().map(|section| section.mid.clone()).collect();
        if mids.len() == 2 && mids[0] == mids[1] {
            return Err(Refusal::not_sdp());
        }
        let mut written =
            format!("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n", mids.join(" "));
        sections.iter().for_each(|section| section.write(&mut written));
        Ok(Self { text: written, sections })
    }

    /// What the media framework is given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The ICE session's name on the phone's side.
    pub fn ufrag(&self) -> &str {
        &self.sections[0].ufrag
    }

    /// The index of a section.
    pub fn index(&self, mid: &str) -> Option<u32> {
        let index = self.sections.iter().position(|section| section.mid == mid);
        index.and_then(|index| u32::try_from(index).ok())
    }

    /// What is asked of the phone for each section, as caps of a transceiver, and whether lost packets may
    /// be asked for again.
    ///
    /// webrtcbin leaves out of its answer what no transceiver of its own asks for: the numbers by which
    /// congestion control knows each packet, and retransmissions.
    pub fn asked(&self) -> impl Iterator<Item = (gst::Caps, bool)> {
        self.sections.iter().map(|section| (section.caps(), section.format.retransmission.is_some()))
    }
}

/// `x=…`
fn is_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() > 2 && bytes.len() <= 4096 && bytes[0].is_ascii_lowercase() && bytes[1] == b'='
        || matches!(line, "s=" | "i=" | "u=")
}

/// A candidate (RFC 8839, 5.1) that may be of use here, without its `a=`.
pub fn useful_candidate(candidate: &str) -> bool {
    let fields: Vec<&str> = candidate.trim_start_matches("candidate:").split(' ').collect();
    let address = fields.get(4).copied().unwrap_or_default();
    candidate.len() <= 512
        && candidate.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && fields.len() >= 8
        && address.parse::<std::net::IpAddr>().is_ok()
        && fields[5].parse::<u16>().is_ok()
        && fields[6] == "typ"
}

/// A codec as offered.
#[derive(Debug, Clone)]
struct Format {
    payload: u8,
    name: &'static str,
    parameters: String,
    retransmission: Option<u8>,
}

#[derive(Debug, Clone)]
struct Section {
    kind: &'static str,
    mid: String,
    ufrag: String,
    password: String,
    fingerprint: String,
    setup: &'static str,
    format: Format,
    feedback: bool,
    extension: Option<u8>,
    sources: Vec<(u32, String)>,
    candidates: Vec<String>,
}

impl Section {
    fn read(session: &[&str], lines: &[&str]) -> Result<Self, Refusal> {
        let fields: Vec<&str> = lines[0].trim_start_matches("m=").split(' ').collect();
        if fields.len() < 4 {
            return Err(Refusal::not_sdp());
        }
        let mut head = fields.into_iter();
        let kind = match head.next() {
            Some("video") => "video",
            Some("audio") => "audio",
            _ => return Err(Refusal::too_many_sections()),
        };
        let secured = head.nth(1).is_some_and(|protocol| protocol.ends_with("RTP/SAVPF"));
        let payloads: Vec<u8> = head.take(64).filter_map(|payload| payload.parse().ok()).collect();
        let attributes = Attributes { session, lines };
        let fingerprint = attributes.get("fingerprint").filter(|print| is_fingerprint(print));
        let ice = |name, least: usize| {
            let of = |value: &&str| (least..=256).contains(&value.len()) && value.bytes().all(is_ice);
            attributes.get(name).filter(of)
        };
        let (Some(fingerprint), Some(ufrag), Some(password), true) =
            (fingerprint, ice("ice-ufrag", 4), ice("ice-pwd", 22), secured)
        else {
            return Err(Refusal::no_encryption());
        };
        let mid = attributes.get("mid").filter(|mid| (1..=32).contains(&mid.len()) && mid.bytes().all(is_token));
        let (Some(mid), true) = (mid, attributes.has("rtcp-mux")) else { return Err(Refusal::not_sdp()) };
        if attributes.has("recvonly") || attributes.has("inactive") {
            return Err(Refusal::no_picture());
        }
        let setup = match attributes.get("setup") {
            Some("active") => "active",
            Some("passive") => "passive",
            _ => "actpass",
        };
        let format = attributes.format(kind, &payloads).ok_or_else(Refusal::no_codec)?;
        let feedback = format!("rtcp-fb:{} transport-cc", format.payload);
        let extension = attributes.all("extmap").find_map(|value| {
            let (id, uri) = value.split_once(' ')?;
            let id = id.split('/').next()?.parse().ok().filter(|id| (1..=14).contains(id))?;
            (uri == CONGESTION).then_some(id)
        });
        let sources = attributes.all("ssrc").filter_map(|value| {
            let (source, rest) = value.split_once(' ')?;
            let name = rest.strip_prefix("cname:").filter(|name| name.len() <= 255 && name.bytes().all(is_name))?;
            Some((source.parse().ok()?, name.to_owned()))
        });
        let candidates = attributes.all("candidate").filter(|candidate| useful_candidate(candidate));
        Ok(Self {
            kind,
            mid: mid.into(),
            ufrag: ufrag.into(),
            password: password.into(),
            fingerprint: fingerprint.into(),
            setup,
            feedback: attributes.has(&feedback),
            extension,
            sources: sources.take(2).collect(),
            candidates: candidates.take(CANDIDATES).map(str::to_owned).collect(),
            format,
        })
    }

    fn caps(&self) -> gst::Caps {
        let mut name = self.format.name.split('/');
        let (encoding, rate) = (name.next().unwrap_or_default(), name.next().and_then(|rate| rate.parse().ok()));
        let mut caps = gst::Structure::builder("application/x-rtp")
            .field("media", self.kind)
            .field("encoding-name", encoding.to_ascii_uppercase())
            .field("clock-rate", rate.unwrap_or(90_000i32))
            .field("payload", i32::from(self.format.payload));
        if self.feedback {
            caps = caps.field("rtcp-fb-transport-cc", true);
        }
        if let Some(id) = self.extension {
            caps = caps.field(format!("extmap-{id}"), CONGESTION);
        }
        gst::Caps::builder_full().structure(caps.build()).build()
    }

    fn write(&self, text: &mut String) {
        let Format { payload, name, parameters, retransmission } = &self.format;
        let again = retransmission.map(|again| format!(" {again}")).unwrap_or_default();
        let mut line = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).expect("a String takes everything");
            text.push_str("\r\n");
        };
        line(format_args!("m={} 9 UDP/TLS/RTP/SAVPF {payload}{again}", self.kind));
        line(format_args!("c=IN IP4 0.0.0.0"));
        line(format_args!("a=rtcp:9 IN IP4 0.0.0.0"));
        line(format_args!("a=ice-ufrag:{}", self.ufrag));
        line(format_args!("a=ice-pwd:{}", self.password));
        line(format_args!("a=ice-options:trickle"));
        line(format_args!("a=fingerprint:{}", self.fingerprint));
        line(format_args!("a=setup:{}", self.setup));
        line(format_args!("a=mid:{}", self.mid));
        if let Some(id) = self.extension {
            line(format_args!("a=extmap:{id} {CONGESTION}"));
        }
        line(format_args!("a=sendonly"));
        line(format_args!("a=rtcp-mux"));
        line(format_args!("a=rtcp-rsize"));
        line(format_args!("a=rtpmap:{payload} {name}"));
        if self.feedback {
            line(format_args!("a=rtcp-fb:{payload} transport-cc"));
        }
        if self.kind == "video" {
            for feedback in ["ccm fir", "nack", "nack pli"] {
                line(format_args!("a=rtcp-fb:{payload} {feedback}"));
            }
        }
        if !parameters.is_empty() {
            line(format_args!("a=fmtp:{payload} {parameters}"));
        }
        if let Some(again) = retransmission {
            line(format_args!("a=rtpmap:{again} rtx/90000"));
            line(format_args!("a=fmtp:{again} apt={payload}"));
        }
        if let ([(first, _), (second, _)], Some(_)) = (&*self.sources, retransmission) {
            line(format_args!("a=ssrc-group:FID {first} {second}"));
        }
        let sources = if retransmission.is_some() { 2 } else { 1 };
        for (source, name) in self.sources.iter().take(sources) {
            line(format_args!("a=ssrc:{source} cname:{name}"));
        }
        for candidate in &self.candidates {
            line(format_args!("a=candidate:{candidate}"));
        }
    }
}

struct Attributes<'a> {
    session: &'a [&'a str],
    lines: &'a [&'a str],
}

impl<'a> Attributes<'a> {
    fn all(&self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let of = move |line: &&'a str| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':');
        self.lines.iter().filter_map(of)
    }

    /// The section's own, else the session's.
    fn get(&self, name: &'a str) -> Option<&'a str> {
        let session = Attributes { session: &[], lines: self.session };
        self.all(name).next().or_else(|| session.all(name).next())
    }

    fn has(&self, flag: &str) -> bool {
        self.lines.iter().any(|line| line.strip_prefix("a=") == Some(flag))
    }

    /// The codec the phone likes best of those we know: of several H.264, constrained baseline with
    /// packetization mode 1 comes first (RFC 7742 has every browser send it).
    fn format(&self, kind: &str, payloads: &[u8]) -> Option<Format> {
        let named = |payload: u8| {
            self.all("rtpmap").find_map(|value| value.strip_prefix(&format!("{payload} ")).map(str::to_owned))
        };
        let parameters = |payload: u8| {
            let of = |value: &'a str| value.strip_prefix(&format!("{payload} "));
            self.all("fmtp").find_map(of).unwrap_or_default()
        };
        let known = |payload: u8| -> Option<(&'static str, String, u8)> {
            let name = named(payload)?;
            let value = |key: &str| parameter(parameters(payload), key);
            match (kind, name.to_ascii_lowercase().as_str()) {
                ("video", "vp8/90000") => Some(("VP8/90000", String::new(), 0)),
                ("video", "h264/90000") => {
                    let mode = value("packetization-mode").unwrap_or("0");
                    let profile = value("profile-level-id").filter(|id| id.len() == 6 && id.bytes().all(is_hex));
                    let profile = profile.unwrap_or("42e01f").to_ascii_lowercase();
                    let baseline = profile.starts_with("42");
                    let rank = u8::from(!baseline) * 2 + u8::from(mode != "1");
                    let mode = if mode == "1" { 1 } else { 0 };
                    let text =
                        format!("level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={profile}");
                    Some(("H264/90000", text, rank))
                }
                ("audio", "opus/48000/2") => Some(("OPUS/48000/2", "minptime=10;useinbandfec=1".into(), 0)),
                _ => None,
            }
        };
        let offered: Vec<_> =
            payloads.iter().filter_map(|payload| known(*payload).map(|codec| (*payload, codec))).collect();
        let favourite = offered.first()?.1.0;
        let (payload, (name, text, _)) =
            offered.into_iter().filter(|(_, codec)| codec.0 == favourite).min_by_key(|(_, codec)| codec.2)?;
        let again = payloads.iter().copied().find(|again| {
            named(*again).is_some_and(|name| name.eq_ignore_ascii_case("rtx/90000"))
                && parameter(parameters(*again), "apt").is_some_and(|apt| apt.parse() == Ok(payload))
        });
        Some(Format { payload, name, parameters: text, retransmission: again })
    }
}

fn parameter<'a>(parameters: &'a str, key: &str) -> Option<&'a str> {
    parameters.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == key).map(|p| p.1)
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// `ice-char` (RFC 8839, 5.4).
fn is_ice(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+')
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

/// `sha-256 AB:CD:…` (RFC 8122, section 5).
fn is_fingerprint(text: &str) -> bool {
    let Some((hash, print)) = text.split_once(' ') else { return false };
    matches!(hash.to_ascii_lowercase().as_str(), "sha-256" | "sha-384" | "sha-512")
        && (95..=191).contains(&print.len())
        && print.split(':').all(|byte| byte.len() == 2 && byte.bytes().all(is_hex))
}

#[cfg(test)]
#[path = "offer_tests.rs"]
mod tests;
