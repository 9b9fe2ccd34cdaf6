//! The control websocket: order, roles, slow and silent clients, the end.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::panel_house::{ADMIN, ANIMATOR, House, MODERATOR, SOON};

#[test]
fn what_one_does_the_others_see_in_order_and_without_gaps() {
    let house = House::open();
    let (mut one, mut other) = (house.enter(ANIMATOR), house.enter(ADMIN));
    let first = one.snapshot();
    assert_eq!((first["role"].as_str(), first["state"]["program"]["scene"].as_str()), (Some("animator"), Some("cam1")));
    let mut rev = other.snapshot()["rev"].as_u64().unwrap();
    for scene in ["cam2", "cam1", "cam2"] {
        one.send(json!({ "id": scene, "command": "take", "scene": scene }).to_string());
        let changed = one.find("its own event before the reply", |message| {
            assert_ne!(message["type"], "reply", "the event comes first");
            message["event"] == "program_changed"
        });
        assert_eq!(changed["program"]["scene"], scene);
        let reply = one.find("the reply", |message| message["type"] == "reply");
        assert_eq!(reply, json!({ "type": "reply", "id": scene, "ok": true }));
    }
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let event = other.find("an event", |message| message["type"] == "event");
        assert_eq!(event["rev"], rev + 1);
        rev += 1;
        if event["event"] == "program_changed" {
            seen.push(event["program"]["scene"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(seen, ["cam2", "cam1", "cam2"]);
    assert_eq!(other.fresh_snapshot()["state"]["program"]["scene"], "cam2");
}

#[test]
fn meters_come_by_themselves_and_have_no_revision() {
    let house = House::open();
    let meters = house.enter(ANIMATOR).find("meters", |message| message["type"] == "meters");
    assert!(meters.get("rev").is_none() && meters["program"]["peak_db"].is_array(), "{meters}");
    assert!(meters["sources"].get("cam1").is_some());
}

#[test]
fn a_moderator_sees_no_cameras_and_may_not_switch() {
    let house = House::open();
    let (mut moderator, mut animator) = (house.enter(MODERATOR), house.enter(ANIMATOR));
    let first = moderator.snapshot();
    assert_eq!(first["state"]["sources"], json!({}));
    assert_eq!(first["state"]["program"]["scene"], "cam1");
    for command in [
        json!({ "id": 1, "command": "take", "scene": "cam2" }),
        json!({ "id": 1, "command": "output_start", "output": "x" }),
        json!({ "id": 1, "command": "monitor", "sources": ["program", "cam1"] }),
        json!({ "id": 1, "command": "listen", "source": "cam1" }),
    ] {
        let reply = moderator.ask(command.clone());
        assert_eq!((&reply["ok"], reply["error"]["code"].as_str()), (&json!(false), Some("forbidden")), "{command}");
    }
    assert_eq!(animator.fresh_snapshot()["state"]["program"]["scene"], "cam1");
    // A change of a camera's strip is not shown, but its revision is not missing either.
    let mut rev = moderator.fresh_snapshot()["rev"].as_u64().unwrap();
    assert_eq!(animator.ask(json!({ "command": "audio", "source": "cam1", "mute": true }))["ok"], true);
    assert_eq!(animator.ask(json!({ "command": "take", "scene": "cam2" }))["ok"], true);
    let mut kinds = Vec::new();
    while kinds.last().map(String::as_str) != Some("program_changed") {
        let event = moderator.find("an event", |message| message["type"] == "event");
        rev += 1;
        assert_eq!(event["rev"], rev);
        assert!(!event.to_string().contains("gain_db"), "{event}");
        kinds.push(event["event"].as_str().unwrap().to_owned());
    }
    assert!(kinds.contains(&"hidden".to_owned()), "{kinds:?}");
    let meters = moderator.find("meters", |message| message["type"] == "meters");
    assert_eq!(meters["sources"], json!({}));
}

/// A binary message taken apart: kind, id, capture time, data.
fn unframe(message: &[u8]) -> (u8, String, u64, &[u8]) {
    let (kind, length) = (message[0], usize::from(message[1]));
    let id = String::from_utf8(message[2..2 + length].to_vec()).unwrap();
    let captured = u64::from_be_bytes(message[2 + length..10 + length].try_into().unwrap());
    (kind, id, captured, &message[10 + length..])
}

/// Captured within the last two seconds; what is scheduled a little ahead counts too.
fn assert_fresh(captured: u64) {
    let now = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC).unwrap();
    let now = u64::try_from(now.tv_sec()).unwrap() * 1_000_000 + u64::try_from(now.tv_nsec()).unwrap() / 1000;
    assert!(captured <= now + 500_000 && now < captured + 2_000_000, "captured {captured}, now {now}");
}

#[test]
fn pictures_come_framed_fresh_and_in_order() {
    let house = House::open();
    let mut socket = house.enter(ANIMATOR);
    let watch = json!({ "id": 1, "command": "monitor", "sources": ["cam1", "program"], "width": 160, "fps": 10 });
    assert_eq!(socket.ask(watch)["ok"], true);
    let (mut counts, mut last) = (BTreeMap::from([("cam1".to_owned(), 0), ("program".to_owned(), 0)]), 0);
    let end = Instant::now() + Duration::from_secs_f64(SOON);
    while counts.values().any(|count| *count < 5) {
        assert!(Instant::now() < end, "{counts:?}");
        let message = socket.binary();
        let (kind, id, captured, data) = unframe(&message);
        assert_eq!(kind, 1);
        assert_fresh(captured);
        assert!(data.starts_with(&[0xff, 0xd8]) && data.ends_with(&[0xff, 0xd9]), "a JPEG");
        if id == "program" {
            assert!(captured > last, "never an older one");
            last = captured;
        }
        *counts.get_mut(&id).expect("nothing that was not asked for") += 1;
    }
    for (command, code) in [
        (json!({ "command": "monitor", "sources": ["cam9"] }), "unknown_source"),
        (json!({ "command": "listen", "source": "cam9" }), "unknown_source"),
        (json!({ "command": "monitor", "sources": ["cam1"], "width": 0 }), "bad_field"),
        (json!({ "command": "monitor", "sources": ["cam1"], "fps": 1000 }), "bad_field"),
    ] {
        assert_eq!(socket.ask(command.clone())["error"]["code"], code, "{command}");
    }
    socket.binary(); // What was refused changed nothing.
}

#[test]
fn headphones_hear_the_program() {
    let house = House::open();
    let mut socket = house.enter(ANIMATOR);
    assert_eq!(socket.ask(json!({ "id": 1, "command": "listen", "source": "program" }))["ok"], true);
    for _ in 0..5 {
        let message = socket.binary();
        let (kind, id, captured, data) = unframe(&message);
        assert_eq!((kind, id.as_str()), (2, "program"));
        assert_fresh(captured);
        assert!(!data.is_empty() && data.len() % 4 == 0, "whole stereo samples");
    }
}

#[test]
fn a_client_that_does_not_read_holds_nobody_up_and_is_dropped() {
    let house = House::open();
    let token = house.login(ANIMATOR);
    let mut deaf = TcpStream::connect(house.host()).unwrap();
    let hello = format!(
        "GET /api/control HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n",
        house.host()
    );
    deaf.write_all(hello.as_bytes()).unwrap();
    let mut answer = [0; 12];
    deaf.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
    let began = Instant::now();
    let mut socket = house.enter(ANIMATOR);
    for n in 0..20 {
        let asked = Instant::now();
        let scene = if n % 2 == 0 { "cam2" } else { "cam1" };
        assert_eq!(socket.ask(json!({ "command": "take", "scene": scene }))["ok"], true);
        assert!(asked.elapsed() < Duration::from_secs(1));
    }
    // It answers no ping: the studio closes, and says so.
    deaf.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = Vec::new();
    deaf.read_to_end(&mut rest).unwrap();
    let waited = began.elapsed().as_secs_f64();
    assert!((8.0..16.0).contains(&waited), "{waited}");
    assert!(rest.windows(6).any(|window| window == b"silent"));
}

#[test]
fn the_end_is_said_to_every_client_within_a_second() {
    let house = House::open();
    let mut sockets: Vec<_> = (0..5).map(|_| house.enter(ANIMATOR)).collect();
    for socket in &mut sockets {
        socket.snapshot();
    }
    let began = Instant::now();
    house.ask_to_end();
    for socket in &mut sockets {
        assert_eq!(socket.end().map(|frame| frame.code), Some(CloseCode::Away));
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    house.close();
}
