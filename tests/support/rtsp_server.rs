//! An RTSP camera by gst-rtsp-server, filming what a [`super::camera::Camera`] shows.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::{ports, process::Process, sender::Sender};

/// Serves `rtsp://127.0.0.1:PORT/camera` until dropped.
pub struct RtspServer {
    process: Process,
    _sender: Sender,
    port: u16,
    _folder: TempDir,
}

impl RtspServer {
    /// Relays the camera at this address.
    pub fn start(camera: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/rtsp_server.py");
        // Debian's own interpreter is the one that has python3-gi.
        let mut command = Command::new("/usr/bin/python3");
        let relay = ports::udp();
        command.arg(script).arg(relay.to_string()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process::start_piped("rtsp", folder.path(), &mut command);
        let mut line = String::new();
        let out = process.child().stdout.take().expect("stdout is a pipe");
        BufReader::new(out).read_line(&mut line).expect("the server prints its port");
        let port = line.trim().parse().unwrap_or_else(|_| panic!("no port in {line:?}: {}", process.tail(10)));
        let sender = Sender::start(camera, &format!("udp://127.0.0.1:{relay}?pkt_size=1316"));
        Self { process, _sender: sender, port, _folder: folder }
    }

    /// Where to look.
    pub fn url(&self) -> String {
        format!("rtsp://127.0.0.1:{}/camera", self.port)
    }

    /// Ends it.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}
