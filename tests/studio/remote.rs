//! Other programs' remotes: the real client libraries drive a show from end to end.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::support::{
    ports,
    studio::{Setup, Studio},
};

/// Of `[obs_websocket]`.
const PASSWORD: &str = "Sésame, ouvre-toi";

/// Two cameras, a composed scene, something to stream to, and the remotes' port.
fn show(port: u16) -> Setup {
    let sources = ["cam1", "cam2"].map(|id| format!("[[source]]\nid = \"{id}\"\nkind = \"test\"\n"));
    Setup::small()
        .with(&sources.concat())
        .with(
            "[[scene]]\nid = \"duo\"\nlayers = [{ source = \"cam1\", width = 0.5 }, { source = \"cam2\", x = 0.5, width = 0.5 }]\n",
        )
        .with("[[output]]\nid = \"live\"\nkind = \"hls\"\n")
        .with(&format!("[obs_websocket]\nlisten = \"127.0.0.1:{port}\"\npassword = {{ env = \"REMOTE_PASSWORD\" }}\n"))
        .env("REMOTE_PASSWORD", PASSWORD)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/obs")
}

/// A client's script that runs; what it prints, line by line.
struct Script {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Script {
    fn start(command: &mut Command) -> Self {
        let what = format!("{command:?}: is it installed? `make test-tools` does");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect(&what);
        let out = child.stdout.take().unwrap();
        let (send, lines) = mpsc::channel();
        // Ends with the script.
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        Self { child, lines }
    }

    /// Waits for a line that starts with `start`, and returns the rest of it.
    fn line(&self, start: &str) -> String {
        loop {
            match self.lines.recv_timeout(Duration::from_secs(90)) {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(start) {
                        return rest.trim().to_owned();
                    }
                }
                Err(_) => panic!("the script ended or hangs, without saying “{start}”; what it says is above"),
            }
        }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a script did is what the studio did.
fn assert_driven(studio: &Studio, recorded: &str) {
    assert!(studio.file(recorded).metadata().is_ok_and(|file| file.len() > 10_000), "{recorded} is there");
    // This client hears of each step in its order, a moment after the remote has its answer.
    studio.wait_for("the stream, the recording and the slate to be off", 5.0, |state| {
        state["outputs"]["live"]["status"] == "off" && state["recording"]["on"] == false && state["slate"] == false
    });
    assert!(!studio.log().contains(PASSWORD), "the password is never logged");
}

#[test]
fn obsws_python_drives_a_show() {
    let port = ports::tcp();
    let studio = Studio::start(&show(port));
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-venv/bin/python");
    let mut command = Command::new(python);
    let script = Script::start(command.arg(folder().join("drive.py")).args(["127.0.0.1", &port.to_string(), PASSWORD]));
    let recorded = script.line("recorded");
    script.line("done");
    assert_driven(&studio, &recorded);
    let state = studio.state();
    assert_eq!((&state["program"]["scene"], &state["preview"]), (&"duo".into(), &"cam2".into()));
    assert_eq!(state["sources"]["cam1"]["audio"]["mute"], false);
}

fn obs_websocket_js(form: &str) {
    let port = ports::tcp();
    let mut studio = Studio::start(&show(port));
    let mut command = Command::new("node");
    let address = format!("ws://127.0.0.1:{port}");
    let script = Script::start(command.arg(folder().join("drive.mjs")).args([&address, PASSWORD, form]));
    let recorded = script.line("recorded");
    script.line("waiting");
    assert_driven(&studio, &recorded);
    assert_eq!(studio.state()["sources"]["cam1"]["audio"]["mute"], true);
    studio.stop();
    script.line("done");
}

#[test]
fn obs_websocket_js_drives_a_show_in_messagepack() {
    obs_websocket_js("msgpack");
}

#[test]
fn obs_websocket_js_drives_a_show_in_json() {
    obs_websocket_js("json");
}
