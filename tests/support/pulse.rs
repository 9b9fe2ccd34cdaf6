//! PulseAudio's own daemon with a null sink whose monitor is a microphone.

use std::{os::unix::net::UnixStream, path::PathBuf, process::Command};

use tempfile::TempDir;

use super::{process::Process, wait};

/// A daemon with a runtime folder of its own.
pub struct Pulse {
    process: Process,
    folder: TempDir,
}

impl Pulse {
    /// Name of the microphone.
    pub const MICROPHONE: &str = "room.monitor";

    /// Starts it.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut command = Command::new("pulseaudio");
        let socket = folder.path().join("native");
        command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]);
        command.arg("--load=module-null-sink sink_name=room rate=48000 channels=2");
        command.arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()));
        command
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("PULSE_RUNTIME_PATH", folder.path());
        command.env_remove("PULSE_SERVER").env_remove("DBUS_SESSION_BUS_ADDRESS");
        let mut process = Process::start("pulseaudio", folder.path(), &mut command);
        wait::until("PulseAudio", 10.0, || {
            assert!(process.alive(), "pulseaudio ended: {}", process.tail(10));
            UnixStream::connect(&socket).ok()
        });
        Self { process, folder }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("native")
    }

    /// Value of `PULSE_SERVER` for its clients.
    pub fn server(&self) -> String {
        format!("unix:{}", self.socket().display())
    }

    /// Plays a tone into the room until the result is dropped.
    pub fn play(&self, frequency: usize) -> Process {
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-f", "lavfi", "-i"]);
        command.arg(format!("sine=frequency={frequency}:sample_rate=48000"));
        command.args(["-ac", "2", "-f", "pulse", "-device", "room", "tone"]);
        command.env("PULSE_SERVER", self.server()).env("HOME", self.folder.path());
        Process::start("tone", self.folder.path(), &mut command)
    }

    /// Ends it, as unplugging the microphone would.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}
