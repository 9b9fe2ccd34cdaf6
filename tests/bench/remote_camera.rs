//! A camera in a process of its own, so that what it takes is not counted.

use std::{
    io::Read,
    net::TcpStream,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::support::{
    camera::{Camera, Setup},
    ports,
    process::Process,
    wait,
};

/// First argument of such a process.
pub const WORD: &str = "camera";

/// Frames of its film: four seconds, so that the encoder sees no short loop.
const FILM: usize = 100;

/// 1280×720 at 25 with sound; ends when dropped.
pub struct RemoteCamera {
    _process: Process,
    port: u16,
    _folder: TempDir,
}

impl RemoteCamera {
    /// Starts it and waits until it listens.
    pub fn start(source: u8) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port = ports::tcp();
        let mut command = Command::new(std::env::current_exe().expect("we run from a file"));
        command.args([WORD, &source.to_string(), &port.to_string()]).stdin(Stdio::piped()).stdout(Stdio::null());
        let process = Process::start_piped("camera", folder.path(), &mut command);
        wait::until("a camera", 20.0, || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { _process: process, port, _folder: folder }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// The process itself: films until its stdin ends.
pub fn run(arguments: &[String]) {
    let number = |index: usize| arguments[index].parse::<u16>().expect("a camera's number and its port");
    let source = u8::try_from(number(0)).expect("a camera's number");
    let mut camera = Camera::make(Setup { film: FILM, ..Setup::full(source) }, number(1));
    camera.restart();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
