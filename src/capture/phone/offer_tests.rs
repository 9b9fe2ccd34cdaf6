use super::*;
use crate::capture::phone::Reason;

/// As a browser offers, shortened: two video codecs with retransmission, H.264 in two profiles, mDNS.
pub const BROWSER: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS x\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:pKoF\r\na=ice-pwd:bZ1tTbG5yLVqKLcZ8P1xwYuV\r\na=ice-options:trickle\r\na=fingerprint:sha-256 5D:0A:E0:43:10:61:E6:1C:13:3B:9E:0F:E7:7C:F0:B4:6F:5D:0A:E0:43:10:61:E6:1C:13:3B:9E:0F:E7:7C:F0\r\na=setup:actpass\r\na=mid:0\r\na=extmap:14 urn:ietf:params:rtp-hdrext:toffset\r\na=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=ssrc:111222 cname:abc\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 108 109\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:pKoF\r\na=ice-pwd:bZ1tTbG5yLVqKLcZ8P1xwYuV\r\na=fingerprint:sha-256 5D:0A:E0:43:10:61:E6:1C:13:3B:9E:0F:E7:7C:F0:B4:6F:5D:0A:E0:43:10:61:E6:1C:13:3B:9E:0F:E7:7C:F0\r\na=setup:actpass\r\na=mid:1\r\na=extmap:13 urn:3gpp:video-orientation\r\na=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=64001f\r\na=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\na=rtpmap:108 H264/90000\r\na=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\na=rtpmap:109 rtx/90000\r\na=fmtp:109 apt=108\r\na=ssrc-group:FID 333 444\r\na=ssrc:333 cname:abc\r\na=ssrc:444 cname:abc\r\na=candidate:1 1 udp 2113937151 4c1f-9a.local 51312 typ host generation 0\r\na=candidate:2 1 udp 2113937151 192.168.1.30 51312 typ host generation 0\r\n";

fn reason(text: &str) -> Reason {
    Offer::read(text).unwrap_err().reason
}

#[test]
fn a_browser_s_offer_is_reduced_to_what_is_understood() {
    let offer = Offer::read(BROWSER).unwrap();
    let text = offer.text();
    assert!(text.contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"), "the phone's favourite: {text}");
    assert!(text.contains("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"), "{text}");
    assert!(!text.contains("video-orientation"), "or it would send its picture lying on its side");
    assert!(text.contains("extmap:3 ") && text.contains("rtcp-fb:96 transport-cc"), "{text}");
    assert!(!text.contains(".local") && text.contains("192.168.1.30"), "{text}");
    assert!(text.contains("a=ssrc-group:FID 333 444"), "{text}");
    assert_eq!((offer.ufrag(), offer.index("0"), offer.index("1"), offer.index("2")), ("pKoF", Some(0), Some(1), None));
    assert!(Offer::read(text).is_ok(), "what is written can be read");
}

#[test]
fn of_several_h264_the_constrained_baseline_is_taken() {
    let text = BROWSER.replace("VP8/90000", "VP9/90000");
    let offer = Offer::read(&text).unwrap();
    assert!(offer.text().contains("m=video 9 UDP/TLS/RTP/SAVPF 108 109\r\n"), "{}", offer.text());
    assert!(offer.text().contains("packetization-mode=1;profile-level-id=42e01f"), "{}", offer.text());
}

#[test]
fn what_is_no_offer_is_told_apart_from_what_cannot_be_taken() {
    for text in ["", "hello", "v=0", "v=0\r\no=-", "{\"sdp\":1}", "v=0\r\nm=video\u{0} 9", "v=1\r\nm=video 9 x 1\r\n"] {
        assert_eq!(reason(text), Reason::NotAnOffer, "{text:?}");
    }
    for (from, to) in [("VP8", "AV1"), ("sha-256 5D", "sha-256 XX"), ("RTP/SAVPF 96", "RTP/AVP 96")] {
        let text = BROWSER.replace(from, to).replace("H264", "H265");
        assert_eq!(reason(&text), Reason::Unsupported, "{to}");
    }
    assert_eq!(reason(&BROWSER.replace("opus", "speex")), Reason::Unsupported);
    assert_eq!(reason(&BROWSER.replace("a=sendonly", "a=recvonly")), Reason::Unsupported);
    let data = format!("{BROWSER}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n");
    assert_eq!(reason(&data), Reason::Unsupported);
    let twice = format!("{BROWSER}{}", &BROWSER[BROWSER.find("m=video").unwrap()..]);
    assert_eq!(reason(&twice), Reason::Unsupported);
    let sound = &BROWSER[..BROWSER.find("m=video").unwrap()];
    assert_eq!(reason(sound), Reason::Unsupported);
}

#[test]
fn candidates_are_addresses() {
    assert!(useful_candidate("candidate:1 1 udp 2113937151 192.168.1.30 51312 typ host generation 0"));
    assert!(useful_candidate("candidate:1 1 tcp 1518280447 2001:db8::7 9 typ host tcptype active"));
    for wrong in
        ["", "candidate:1 1 udp 1 phone.local 51312 typ host", "candidate:1 1 udp 1 10.0.0.1 x typ host", "1 2 3"]
    {
        assert!(!useful_candidate(wrong), "{wrong}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_fall_over(at in 0usize..BROWSER.len(), noise in "\\PC{0,40}") {
        let cut = (at..).find(|at| BROWSER.is_char_boundary(*at)).unwrap();
        let _ = Offer::read(&format!("{}{noise}{}", &BROWSER[..cut], &BROWSER[cut..]));
        let _ = Offer::read(&noise);
    }
}
