//! Phones as cameras, from outside: who may call, what is told to those who may not.

use serde_json::{Value, json};

use crate::{
    day::{ask, enter, good, invite, person, propose, sign, state},
    panel_house::{ANIMATOR, Answer, House, MODERATOR, Socket, WITH_PINS},
    support::wait,
};

const SLOTS: &str = "[[source]]\nid = \"phone1\"\nlabel = \"Téléphone 1\"\nkind = \"phone\"\n\
                     [[source]]\nid = \"phone2\"\nkind = \"phone\"\n";

/// As a browser offers, shortened.
const OFFER: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS x\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:pKoF\r\na=ice-pwd:bZ1tTbG5yLVqKLcZ8P1xwYuV\r\na=ice-options:trickle\r\na=fingerprint:sha-256 5D:0A:E0:43:10:61:E6:1C:13:3B:9E:0F:E7:7C:F0:B4:6F:5D:0A:E0:43:10:61:E6:1C:13:3B:9E:0F:E7:7C:F0\r\na=setup:actpass\r\na=mid:0\r\na=extmap:14 urn:ietf:params:rtp-hdrext:toffset\r\na=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=ssrc:111222 cname:abc\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 108 109\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:pKoF\r\na=ice-pwd:bZ1tTbG5yLVqKLcZ8P1xwYuV\r\na=fingerprint:sha-256 5D:0A:E0:43:10:61:E6:1C:13:3B:9E:0F:E7:7C:F0:B4:6F:5D:0A:E0:43:10:61:E6:1C:13:3B:9E:0F:E7:7C:F0\r\na=setup:actpass\r\na=mid:1\r\na=extmap:13 urn:3gpp:video-orientation\r\na=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=64001f\r\na=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\na=rtpmap:108 H264/90000\r\na=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\na=rtpmap:109 rtx/90000\r\na=fmtp:109 apt=108\r\na=ssrc-group:FID 333 444\r\na=ssrc:333 cname:abc\r\na=ssrc:444 cname:abc\r\na=candidate:1 1 udp 2113937151 4c1f-9a.local 51312 typ host generation 0\r\na=candidate:2 1 udp 2113937151 192.168.1.30 51312 typ host generation 0\r\n";

/// A studio with two places for phones.
struct Place {
    house: House,
    desk: String,
}

impl Place {
    fn open() -> Self {
        Self::open_with("")
    }

    fn open_with(more: &str) -> Self {
        let folder = std::sync::Arc::new(tempfile::TempDir::new().unwrap());
        let house = House::open_in(folder, "127.0.0.1:0", &format!("{WITH_PINS}{SLOTS}{more}"));
        let desk = house.login(ANIMATOR);
        Self { house, desk }
    }

    fn link(&self, slot: &str) -> String {
        let bearer = format!("Bearer {}", self.desk);
        let answer = self.house.request("POST", &format!("/api/slots/{slot}/link"), &[("Authorization", &bearer)], "");
        assert_eq!(answer.status, 200, "{answer:?}");
        let link = answer.json();
        assert!(link["qr"].as_str().unwrap().contains("<svg"), "{link}");
        let (page, token) = link["url"].as_str().unwrap().split_once('#').unwrap();
        assert_eq!(page, format!("{}/camera", self.house.address()));
        token.to_owned()
    }

    fn ask(&self, method: &str, path: &str, token: &str, kind: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.house.request(method, path, &[("Authorization", &bearer), ("Content-Type", kind)], body)
    }

    fn call(&self, slot: &str, token: &str, offer: &str) -> Answer {
        self.ask("POST", &format!("/whip/{slot}"), token, "application/sdp", offer)
    }

    fn status(&self, slot: &str) -> String {
        let snapshot = self.house.enter(ANIMATOR).snapshot();
        snapshot["state"]["sources"][slot]["status"].as_str().unwrap().to_owned()
    }
}

fn code(answer: &Answer) -> Value {
    let error = answer.json()["error"].clone();
    assert!(error["text"]["fr"].as_str().is_some_and(|text| text.len() > 10), "a sentence: {error}");
    error["code"].clone()
}

#[test]
fn a_token_is_looked_at_before_the_slot() {
    let place = Place::open();
    for slot in ["phone1", "cam1", "nowhere"] {
        let path = format!("/whip/{slot}");
        let without = place.house.request("POST", &path, &[("Content-Type", "application/sdp")], OFFER);
        assert_eq!((without.status, without.header("www-authenticate")), (401, Some("Bearer")));
        let cookie = format!("plateau={}", place.desk);
        let by_cookie = place.house.request("POST", &path, &[("Cookie", &cookie)], OFFER);
        assert_eq!(by_cookie.status, 401, "a browser's cookie is no phone's token");
        assert_eq!(place.call(slot, "0123", OFFER).status, 401);
        assert_eq!(place.call(slot, &place.house.login(MODERATOR), OFFER).status, 401);
        assert_eq!(code(&place.call(slot, "", "x")), "link_needed");
    }
    assert_eq!(place.call("nowhere", &place.desk, OFFER).status, 404);
    assert_eq!(place.call("cam1", &place.desk, OFFER).status, 404, "a camera of another kind is no slot");
    assert_eq!(place.house.request("GET", "/whip/phone1", &[], "").status, 405);
}

#[test]
fn a_link_opens_its_slot_until_it_is_taken_back() {
    let place = Place::open();
    let token = place.link("phone1");
    assert_eq!(code(&place.call("phone2", &token, OFFER)), "another_slot");
    let about = place.ask("GET", "/api/camera", &token, "", "");
    assert_eq!((about.status, about.json()["label"].as_str()), (200, Some("Téléphone 1")));
    let moderator = place.house.login(MODERATOR);
    let refused = place.ask("POST", "/api/slots/phone1/link", &moderator, "", "");
    assert_eq!((refused.status, code(&refused)), (403, json!("forbidden")));
    assert_eq!(place.ask("POST", "/api/slots/cam1/link", &place.desk, "", "").status, 404);
    assert_eq!(place.ask("DELETE", "/api/slots/phone1", &place.desk, "", "").status, 204);
    assert_eq!(place.call("phone1", &token, OFFER).status, 401);
    assert!(!place.house.said().contains(&token), "a token is in no log");
}

#[test]
fn what_is_no_offer_is_told_in_a_sentence_and_changes_nothing() {
    let place = Place::open();
    let token = place.link("phone1");
    for (offer, status, wanted) in [
        ("", 400, "not_sdp"),
        ("hello", 400, "not_sdp"),
        ("v=0\r\nm=video", 400, "not_sdp"),
        (&*OFFER.replace("VP8", "AV1").replace("H264", "H265"), 422, "no_codec"),
        (&*OFFER.replace("a=fingerprint", "a=print"), 422, "no_encryption"),
        (&*OFFER.replace("a=sendonly", "a=recvonly"), 422, "no_picture"),
        (&*"v=0\r\n".repeat(20_000), 413, "too_big"),
    ] {
        let answer = place.call("phone1", &token, offer);
        assert_eq!((answer.status, code(&answer)), (status, json!(wanted)));
    }
    let typed = place.ask("POST", "/whip/phone1", &token, "application/json", OFFER);
    assert_eq!((typed.status, code(&typed)), (415, json!("wrong_type")));
    wait::until("nothing changed", 3.0, || (place.status("phone1") == "off").then_some(()));
    assert_eq!(place.house.request("GET", "/healthz", &[], "").status, 200);
}

#[test]
fn a_call_is_answered_replaced_by_its_own_and_refused_to_others() {
    let place = Place::open();
    let token = place.link("phone1");
    let first = place.call("phone1", &token, OFFER);
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.header("content-type"), Some("application/sdp"));
    let location = first.header("location").unwrap().to_owned();
    let tag = first.header("etag").unwrap().to_owned();
    let answer = String::from_utf8(first.body).unwrap();
    for wanted in ["m=audio", "m=video", "VP8/90000", "a=recvonly", "a=setup:active", "b=AS:2500", "a=candidate:"] {
        assert!(answer.contains(wanted), "{wanted} in {answer}");
    }
    for wanted in ["rtx/90000", " nack\r\n", " nack pli\r\n"] {
        assert!(answer.contains(wanted), "what is lost is asked for again: {wanted} in {answer}");
    }
    // Both travel in one stream of numbered packets, from which the phone learns what the Wi-Fi carries.
    assert_eq!(answer.matches("transport-wide-cc-extensions-01").count(), 2, "{answer}");
    assert_eq!(answer.matches(" transport-cc\r\n").count(), 2, "{answer}");
    assert_ne!(place.status("phone1"), "off");

    let other = place.call("phone1", &place.link("phone1"), OFFER);
    assert_eq!((other.status, code(&other)), (409, json!("slot_taken")));
    assert_eq!(place.call("phone2", &place.link("phone2"), OFFER).status, 201, "another slot is not concerned");

    const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
    let more = "a=ice-ufrag:pKoF\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n";
    let patch = |tag: &str, body: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", &*bearer), ("Content-Type", FRAGMENT), ("If-Match", tag)];
        place.house.request("PATCH", &location, &headers, body).status
    };
    assert_eq!(patch(&tag, more), 204);
    assert_eq!(patch("\"else\"", more), 412);
    assert_eq!(patch("*", more), 422, "a restart is a new call");
    assert_eq!(patch(&tag, &more.replace("pKoF", "else")), 422);
    assert_eq!(patch(&tag, "hello"), 400);
    assert_eq!(place.ask("PATCH", &location, &token, "text/plain", more).status, 415);

    let second = place.call("phone1", &token, OFFER);
    assert_eq!(second.status, 201, "the same person calls again: {second:?}");
    let now = second.header("location").unwrap();
    assert_ne!(now, location);
    assert_eq!(place.ask("DELETE", &location, &token, "", "").status, 404, "the older one is over");
    assert_eq!(place.ask("DELETE", now, &token, "", "").status, 200);
    wait::until("the slot is free", 3.0, || (place.status("phone1") == "off").then_some(()));
    assert_eq!(place.house.request("GET", "/healthz", &[], "").status, 200);
}

#[test]
fn two_phones_with_one_link_do_not_fight_for_the_place() {
    let place = Place::open();
    let bearer = format!("Bearer {}", place.link("phone1"));
    let call = |device: &str, again: bool| {
        let mut headers =
            vec![("Authorization", &*bearer), ("Content-Type", "application/sdp"), ("Plateau-Device", device)];
        if again {
            headers.push(("Plateau-Again", "1"));
        }
        place.house.request("POST", "/whip/phone1", &headers, OFFER)
    };
    assert_eq!(call("a", false).status, 201);
    assert_eq!(call("b", false).status, 201, "a person's touch takes over");
    let back = call("a", true);
    assert_eq!((back.status, code(&back)), (409, json!("slot_replaced")), "a page's own attempt does not");
    assert_eq!(call("b", true).status, 201, "its own place is not another's");
}

/// Puts a segment with these people into the rundown; their invitations.
fn segment(place: &Place, desk: &mut Socket, title: &str, names: &[&str]) -> Vec<String> {
    let people: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    ask(desk, json!({ "command": "segment_add", "title": title, "planned_seconds": 300, "participants": people }));
    let known = state(desk);
    names.iter().map(|name| invite(&place.house, &place.desk, &person(&known, name))).collect()
}

#[test]
fn a_participant_s_own_link_opens_a_place_that_is_free() {
    let place = Place::open();
    let mut desk = enter(&place.house, ANIMATOR);
    ask(&mut desk, json!({ "command": "take", "scene": "cam1" }));
    let invitations = segment(&place, &mut desk, "Abeilles", &["Zélie", "Ode"]);
    let tokens: Vec<_> =
        invitations.iter().map(|token| sign(&place.house, token, &["recorded"], "Signature")).collect();
    let slot = |token: &str| place.ask("GET", "/api/camera", token, "", "").json()["slot"].clone();
    assert_eq!(slot(&tokens[0]), "phone1");
    assert_eq!(place.call("phone1", &tokens[0], OFFER).status, 201);
    assert_eq!(slot(&tokens[0]), "phone1", "it stays hers");
    assert_eq!(slot(&tokens[1]), "phone2");
    assert_eq!(place.call("phone1", &tokens[1], OFFER).status, 409);
    assert!(!place.house.said().contains("Zélie"), "no name in a log");
}

/// Every route of a phone by every way of not having agreed: none of them tells a server's password or
/// takes a picture.
#[test]
fn a_participant_films_only_with_their_agreement_and_in_their_turn() {
    let turn = "[webrtc]\nturn = [\"turn:turnuser:turnSecret99@127.0.0.1:9\"]\n";
    let place = Place::open_with(turn);
    let (house, mut desk) = (&place.house, enter(&place.house, ANIMATOR));
    ask(&mut desk, json!({ "command": "take", "scene": "cam1" }));
    let doors = |token: &str| {
        let answers = [
            place.ask("GET", "/api/camera?slot=phone1", token, "", ""),
            place.ask("OPTIONS", "/whip/phone1", token, "", ""),
            place.call("phone1", token, OFFER),
            place.ask("PATCH", "/whip/phone1/0123456789abcdef", token, "application/trickle-ice-sdpfrag", "a=x"),
            place.ask("GET", "/api/camera/tally?slot=phone1", token, "", ""),
        ];
        for answer in &answers {
            let whole = format!("{} {}", answer.head, String::from_utf8_lossy(&answer.body));
            assert!(!whole.contains("turnSecret99"), "{whole}");
        }
        answers.map(|answer| answer.status)
    };
    let refused = [403; 5];
    let no_slot_is_taken = || assert_eq!(place.status("phone1"), "off");

    let (proposed, _) = propose(house, "Une idée", &["Stranger"]);
    assert_eq!(doors(&proposed), refused, "a proposal nobody has accepted");
    let tokens = segment(&place, &mut desk, "Abeilles", &["Unsigned", "Withdrawn", "Erased", "Dropped"]);
    assert_eq!(doors(&tokens[0]), refused, "unsigned");
    let withdrawn = sign(house, &tokens[1], &["recorded", "live"], "W");
    good(house, "POST", "/api/participate/withdraw", &withdrawn, &json!({ "points": ["recorded"] }));
    assert_eq!(doors(&withdrawn), refused, "withdrawn");
    let erased = sign(house, &tokens[2], &["recorded", "live"], "E");
    good(house, "DELETE", "/api/participate/me", &erased, &Value::Null);
    assert_eq!(doors(&erased), [401; 5], "nobody's link");
    let dropped = sign(house, &tokens[3], &["recorded", "live"], "D");
    assert_eq!(place.ask("GET", "/api/camera?slot=phone1", &dropped, "", "").status, 200, "it is her turn");
    let id =
        state(&mut desk)["rundown"].as_array().unwrap().iter().find(|one| one["title"] == "Abeilles").unwrap()["id"]
            .clone();
    ask(&mut desk, json!({ "command": "segment_update", "segment": id, "state": "dropped" }));
    assert_eq!(doors(&dropped), refused, "dropped");
    no_slot_is_taken();

    // Recorded only: not where the slot, or the segment, is on air.
    let tokens = segment(&place, &mut desk, "Ruches", &["Recorded"]);
    let recorded = sign(house, &tokens[0], &["recorded"], "R");
    let about = || place.ask("GET", "/api/camera?slot=phone1", &recorded, "", "").status;
    assert_eq!(about(), 200);
    ask(&mut desk, json!({ "command": "take", "scene": "phone1" }));
    wait::until("the slot is on air", 5.0, || (about() == 403).then_some(()));
    assert_eq!(doors(&recorded), refused, "the slot is on air");
    ask(&mut desk, json!({ "command": "take", "scene": "cam1" }));
    ask(&mut desk, json!({ "command": "segment_start", "private": true }));
    wait::until("a private segment is only recorded", 5.0, || (about() == 200).then_some(()));
    ask(&mut desk, json!({ "command": "segment_end" }));
    wait::until("it is over", 5.0, || (about() == 403).then_some(()));
    assert_eq!(doors(&recorded), refused, "over");
}

#[test]
fn a_phone_is_hung_up_when_its_holder_may_not_film_any_more() {
    let place = Place::open();
    let (house, mut desk) = (&place.house, enter(&place.house, ANIMATOR));
    ask(&mut desk, json!({ "command": "take", "scene": "cam1" }));
    let calls = |token: &str| {
        let taken = || (place.call("phone1", token, OFFER).status == 201).then_some(());
        wait::until("the phone calls", 5.0, taken);
        assert_eq!(place.status("phone1"), "starting");
    };
    let hung_up = |why: &str| wait::until(why, 3.0, || (place.status("phone1") == "off").then_some(()));
    let everybody = ["Withdraws", "Erased", "Less", "Dropped"];
    let tokens = segment(&place, &mut desk, "Abeilles", &everybody);
    let tokens: Vec<_> = tokens.iter().map(|token| sign(house, token, &["recorded", "live"], "S")).collect();

    calls(&tokens[0]);
    good(house, "POST", "/api/participate/withdraw", &tokens[0], &json!({ "points": ["recorded"] }));
    hung_up("who withdraws");
    calls(&tokens[1]);
    good(house, "DELETE", "/api/participate/me", &tokens[1], &Value::Null);
    hung_up("who is erased");
    calls(&tokens[2]);
    ask(&mut desk, json!({ "command": "take", "scene": "phone1" }));
    assert_eq!(place.status("phone1"), "starting", "who agreed to be live stays");
    sign(house, &tokens[2], &["recorded"], "S");
    hung_up("who is live no longer, and in the picture");
    ask(&mut desk, json!({ "command": "take", "scene": "cam1" }));
    calls(&tokens[3]);
    let id = state(&mut desk)["rundown"][0]["id"].clone();
    ask(&mut desk, json!({ "command": "segment_update", "segment": id, "state": "dropped" }));
    hung_up("whose segment is dropped");

    let link = place.link("phone1");
    calls(&link);
    let data = house.data().to_str().unwrap().to_owned();
    let reset =
        std::process::Command::new(env!("CARGO_BIN_EXE_plateau")).args(["pins", "--reset", "--data", &data]).output();
    assert!(reset.unwrap().status.success());
    wait::until("links end with the PINs", 5.0, || (place.call("phone1", &link, OFFER).status == 401).then_some(()));
    wait::until("so do calls", 5.0, || house.said().contains("a phone leaves").then_some(()));
}

#[test]
fn the_tally_says_who_is_on_air() {
    use std::io::{Read, Write};
    let place = Place::open();
    let token = place.link("phone1");
    let mut line = std::net::TcpStream::connect(place.house.host()).unwrap();
    line.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    let host = place.house.host();
    let request = format!("GET /api/camera/tally HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n");
    line.write_all(request.as_bytes()).unwrap();
    let mut seen = String::new();
    let began = std::time::Instant::now();
    let mut until = |wanted: &str| {
        let mut buffer = [0; 4096];
        while !seen.contains(wanted) {
            assert!(began.elapsed().as_secs() < 20, "no {wanted} in {seen}");
            let length = line.read(&mut buffer).unwrap();
            assert!(length > 0, "it ended before {wanted}: {seen}");
            seen += &String::from_utf8_lossy(&buffer[..length]);
        }
    };
    // The first source of the configuration is on air when the studio starts.
    until("\"on_air\":true,\"preview\":false");
    let mut desk = place.house.enter(ANIMATOR);
    assert_eq!(desk.ask(json!({ "command": "take", "scene": "cam1" }))["ok"], true);
    until("\"on_air\":false,\"preview\":false");
    assert_eq!(desk.ask(json!({ "command": "preview", "scene": "phone1" }))["ok"], true);
    until("\"on_air\":false,\"preview\":true");
    assert_eq!(desk.ask(json!({ "command": "take", "scene": "phone1" }))["ok"], true);
    until("\"on_air\":true,\"preview\":true");
    until(": alive");
}

/// Whoever agreed to be recorded and not to be live is sent live by no command; the desk reads who films, by
/// the name that the person chose.
#[test]
fn no_command_sends_a_phone_live_whose_holder_has_not_agreed_to_it() {
    let port = crate::support::ports::tcp();
    let place = Place::open_with(&format!("[obs_websocket]\nlisten = \"127.0.0.1:{port}\"\n"));
    let (house, mut desk) = (&place.house, enter(&place.house, ANIMATOR));
    ask(&mut desk, json!({ "command": "take", "scene": "cam1" }));
    let layers = |source: &str| json!([{ "source": source }]);
    let save = |id: &str, scene: Value| {
        let mut scene = scene;
        scene["id"] = json!(id);
        scene["label"] = json!(id);
        json!({ "command": "scene_save", "scene": scene })
    };
    ask(&mut desk, save("pair", json!({ "layers": [{ "source": "cam1" }, { "source": "phone1", "width": 0.3 }] })));
    ask(&mut desk, save("heard", json!({ "layers": layers("cam1"), "microphones": ["phone1"] })));
    ask(&mut desk, save("shown", json!({ "layers": layers("cam1") })));
    let invitation = segment(&place, &mut desk, "Abeilles", &["Ouardia Haddad"]).remove(0);
    let mut form = crate::day::signing(house, &["recorded"], "Ouardia Haddad");
    form["credit"] = json!({ "kind": "name", "name": "Wardia" });
    let signed = good(house, "POST", "/api/participate/sign", &invitation, &form);
    let token = signed["token"].as_str().unwrap();
    assert_eq!(place.call("phone1", token, OFFER).status, 201);
    let holder = |desk: &mut Socket| state(desk)["sources"]["phone1"]["holder"]["name"].clone();
    wait::until("the desk reads who films", 3.0, || (holder(&mut desk) == "Wardia").then_some(()));

    ask(&mut desk, json!({ "command": "take", "scene": "shown" }));
    ask(&mut desk, json!({ "command": "preview", "scene": "phone1" }));
    let refused = |desk: &mut Socket, command: Value| {
        let reply = desk.ask(command.clone());
        assert_eq!((&reply["ok"], &reply["error"]["code"]), (&json!(false), &json!("phone_not_live")), "{command}");
        let text = reply["error"]["text"]["fr"].as_str().unwrap();
        assert!(text.contains("Téléphone 1") && text.contains("Wardia") && !text.contains("Ouardia"), "{text}");
    };
    for kind in ["cut", "fade", "wipe"] {
        let transition = json!({ "kind": kind, "duration_ms": 200 });
        refused(&mut desk, json!({ "command": "take", "scene": "phone1", "transition": transition }));
        refused(&mut desk, json!({ "command": "take", "transition": transition }));
    }
    for scene in ["pair", "heard"] {
        refused(&mut desk, json!({ "command": "take", "scene": scene }));
    }
    for position in [0.0, 0.3, 1.0] {
        refused(&mut desk, json!({ "command": "t_bar", "position": position }));
    }
    refused(&mut desk, save("shown", json!({ "layers": layers("phone1") })));
    refused(&mut desk, save("shown", json!({ "layers": layers("cam1"), "microphones": ["phone1"] })));
    refused(&mut desk, json!({ "command": "audio", "source": "phone1", "follow": false }));
    // Behind the holding picture nothing is live; it cannot be lifted over the phone.
    ask(&mut desk, json!({ "command": "slate", "on": true }));
    ask(&mut desk, json!({ "command": "take", "scene": "phone1" }));
    refused(&mut desk, json!({ "command": "slate", "on": false }));
    ask(&mut desk, json!({ "command": "take", "scene": "cam1" }));
    ask(&mut desk, json!({ "command": "slate", "on": false }));

    // By the protocol of other programs' remotes.
    let mut remote = crate::remote_protocol::connect(port, &[]).unwrap();
    crate::remote_protocol::read(&mut remote);
    crate::remote_protocol::send(&mut remote, &json!({ "op": 1, "d": { "rpcVersion": 1, "eventSubscriptions": 0 } }));
    crate::remote_protocol::read(&mut remote);
    for (kind, data) in [
        ("SetCurrentProgramScene", json!({ "sceneName": "phone1" })),
        ("SetCurrentProgramScene", json!({ "sceneName": "pair" })),
    ] {
        let request = json!({ "requestType": kind, "requestId": "1", "requestData": data });
        crate::remote_protocol::send(&mut remote, &json!({ "op": 6, "d": request }));
        let answer = crate::remote_protocol::read(&mut remote);
        assert_eq!(answer["d"]["requestStatus"]["result"], false, "{answer}");
    }
    assert_eq!(state(&mut desk)["program"]["scene"], "cam1");
    assert_eq!(place.status("phone1"), "starting", "the phone is not hung up by what was refused");

    // Whoever agrees to be live may be taken; whoever is not to be named is not.
    let form = crate::day::signing(house, &["recorded", "live"], "Ouardia Haddad");
    good(house, "POST", "/api/participate/sign", token, &form);
    wait::until("no name is left", 3.0, || holder(&mut desk).is_null().then_some(()));
    assert!(!state(&mut desk)["sources"]["phone1"]["holder"].is_null(), "the phone is still a participant's");
    ask(&mut desk, json!({ "command": "take", "scene": "phone1" }));
    assert_eq!(state(&mut enter(house, MODERATOR))["sources"], json!({}), "a moderator sees no source");
}
