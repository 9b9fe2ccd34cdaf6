//! ffmpeg as somebody else's encoder: relays a test camera by SRT, RTMP or UDP.

use std::process::Command;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::process::Process;

/// Relays a camera until dropped.
pub struct Sender {
    process: Process,
    folder: TempDir,
}

impl Sender {
    /// Sends `input` (any address ffmpeg reads, such as a camera's) to `url`, in the container that
    /// its scheme wants.
    pub fn start(input: &str, url: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let format = if url.starts_with("rtmp") { "flv" } else { "mpegts" };
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-fflags", "nobuffer", "-i", input]);
        command.args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "4M", "-g", "25"]);
        command.args(["-pix_fmt", "yuv420p", "-c:a", "aac", "-flush_packets", "1", "-f", format, url]);
        let process = Process::start("sender", folder.path(), &mut command);
        Self { process, folder }
    }

    /// It still sends.
    pub fn alive(&mut self) -> bool {
        self.process.alive()
    }

    /// Stops it where it is: its connection stays and says nothing more.
    pub fn freeze(&self) {
        self.process.signal(Signal::SIGSTOP);
    }

    /// Why it ended.
    pub fn tail(&self) -> String {
        let _ = &self.folder;
        self.process.tail(10)
    }
}
