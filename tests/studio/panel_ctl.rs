//! The command line against a running studio.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::panel_house::{self, ANIMATOR, House, WITH_PINS};

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn ctl_takes_asks_and_says_why_not() {
    let house = House::open();
    let done = house.ctl(ANIMATOR, &["take", "scene=cam2", "transition.kind=fade", "transition.duration_ms=200"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let reply: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(reply["ok"], true);
    let state = house.ctl(ANIMATOR, &["snapshot"]);
    let state: Value = serde_json::from_slice(&state.stdout).unwrap();
    assert_eq!(state["program"]["scene"], "cam2");
    let raw = house.ctl(ANIMATOR, &[r#"{"id":[5],"command":"preview","scene":"cam1"}"#]);
    assert_eq!(
        serde_json::from_slice::<Value>(&raw.stdout).unwrap(),
        json!({ "type": "reply", "id": [5], "ok": true })
    );

    let refused = house.ctl(ANIMATOR, &["take", "scene=nowhere"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("nowhere"), "{refused:?}");
    assert_eq!(serde_json::from_slice::<Value>(&refused.stdout).unwrap()["error"]["code"], "unknown_scene");
    let wrong = house.ctl("000000", &["take", "scene=cam1"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("code"), "{wrong:?}");
    assert_eq!(house.ctl(ANIMATOR, &["take", "cam1"]).status.code(), Some(2));
}

#[test]
fn ctl_follows_line_by_line_until_the_studio_ends() {
    let house = House::open();
    let token = house.login(ANIMATOR);
    let mut command = Command::new(env!("CARGO_BIN_EXE_plateau"));
    command.args(["ctl", "--url", house.address(), "--token", &token, "follow"]).stdout(Stdio::piped());
    let mut follow = command.spawn().unwrap();
    let (send, lines) = mpsc::channel();
    let out = follow.stdout.take().unwrap();
    thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    let mut socket = house.enter(ANIMATOR);
    // Takes go on until one is seen: nobody can know when `follow` begins.
    let seen = (0..100).any(|n| {
        let scene = if n % 2 == 0 { "cam2" } else { "cam1" };
        socket.ask(json!({ "command": "take", "scene": scene }));
        let line = lines.recv_timeout(Duration::from_millis(100)).ok();
        let event = line.map(|line| serde_json::from_str::<Value>(&line).unwrap());
        event.is_some_and(|event| event["type"] == "event" && event["event"] == "program_changed")
    });
    assert!(seen);
    house.close();
    assert_eq!(follow.wait().unwrap().code(), Some(0));
}

#[test]
fn without_a_studio_ctl_says_so() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("http://{free}"), format!("https://{free}"), "ftp://x".into(), "plateau".into()] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plateau"));
        let output = command.args(["ctl", "--url", &url, "--pin", "1", "snapshot"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}: {output:?}");
        assert!(text(&output.stderr).contains("--url"), "{output:?}");
    }
}

#[test]
fn a_busy_port_is_told_before_anything_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = TempDir::new().unwrap();
    let output = panel_house::command(&folder, &format!("127.0.0.1:{port}"), WITH_PINS).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains(&port.to_string()) && said.contains("--listen"), "{said}");
    assert!(!folder.path().join("data").exists(), "nothing was started");
}

#[test]
fn a_bad_configuration_is_told_by_line_and_nothing_starts() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bad.toml");
    std::fs::write(&file, "[plateau]\ntitle = \"x\"\nlangage = \"fr\"\n").unwrap();
    for arguments in [&["check"][..], &["run", "--listen", "127.0.0.1:0"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plateau"));
        command.args(arguments).arg("--config").arg(&file);
        if arguments[0] == "run" {
            command.arg("--data").arg(folder.path().join("data"));
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains("bad.toml:3:"), "{output:?}");
    }
    assert!(!folder.path().join("data").exists());
}
