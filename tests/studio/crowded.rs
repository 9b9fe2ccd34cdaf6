//! More connections than the machine has descriptors for.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{
    recording::Facts,
    studio::{Setup, Studio},
    wait,
};

const SOURCE: &str = "[[source]]\nid = \"cam1\"\nlabel = \"Caméra 1\"\nkind = \"test\"\n";

/// A question of which one byte is sent.
fn unfinished(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    // Above the limit it may be closed already.
    let _ = stream.write_all(
        b"POST /api/questions HTTP/1.1\r\nHost: studio\r\nContent-Type: application/json\r\nContent-Length: 8000\r\n\r\n{",
    );
    stream
}

/// All that comes until the connection is closed.
fn rest(mut stream: &TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("it is still open"),
        _ => String::from_utf8_lossy(&answer).into_owned(),
    }
}

#[test]
fn idle_connections_leave_room_for_the_recording() {
    let mut studio = Studio::start(&Setup::small().with(SOURCE).descriptors(256, 256));
    studio.wait_source("cam1", "live", 10.0);
    let began = Instant::now();
    let held: Vec<TcpStream> = (0..300).map(|_| unfinished(studio.address())).collect();
    let open = || fs::read_dir(format!("/proc/{}/fd", studio.pid())).unwrap().count();
    wait::until("as many connections as are let in", 10.0, || (open() > 150).then_some(()));

    studio.command(json!({ "command": "segment_add", "title": "Pendant la foule" }));
    studio.command(json!({ "command": "segment_start" }));
    wait::span(2.0);
    assert!(open() < 256, "{}", open());
    studio.command(json!({ "command": "segment_end" }));
    let state = studio.wait_for("the clip", 20.0, |state| state["clips"].as_array().is_some_and(|all| all.len() == 1));
    let problems = state["health"]["problems"].as_array().unwrap();
    assert!(problems.iter().all(|problem| problem["code"] != "segment_not_recorded"), "{problems:?}");
    let id = state["clips"][0]["id"].as_str().unwrap();
    let clip = studio.file(&format!("clips/{}/{}/{}/{id}/clip.mp4", &id[..4], &id[5..7], &id[8..10]));
    let facts = Facts::of(&clip).expect("the clip is a film");
    assert!(facts.duration() > 1.5, "{}", facts.duration());

    let answer = rest(&held[0]);
    let (status, body) = answer.split_once("\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    assert_eq!(status, "HTTP/1.1 408 Request Timeout");
    assert!(body.contains("body_stalled"), "{body}");
    assert!(began.elapsed() > Duration::from_secs(19), "{:?}", began.elapsed());
    // Then there is room again.
    wait::until("a newcomer", 10.0, || ureq::get(format!("{}/healthz", studio.address())).call().ok());
    assert!(rest(&held[299]).is_empty(), "what came last found no place");
    assert!(studio.log().contains("few file descriptors"), "{}", studio.log());
    studio.stop();
}

#[test]
fn the_limit_is_raised_as_far_as_the_system_allows() {
    let studio = Studio::start(&Setup::small().with(SOURCE).descriptors(256, 5000));
    let limits = fs::read_to_string(format!("/proc/{}/limits", studio.pid())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let values: Vec<&str> = files.split_whitespace().collect();
    assert_eq!(values[3..5], ["5000", "5000"], "{files}");
    assert!(!studio.log().contains("few file descriptors"));
}
