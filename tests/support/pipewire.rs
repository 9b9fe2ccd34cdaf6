//! PipeWire's own daemon with a virtual microphone, as far as it goes without a session bus.

use std::{
    fs,
    os::unix::net::UnixStream,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::{process::Process, wait};

/// A daemon and its session manager, with a runtime folder of their own.
pub struct Pipewire {
    daemon: Process,
    manager: Process,
    folder: TempDir,
}

impl Pipewire {
    /// Name of the node whose sound is captured.
    pub const NODE: &str = "room";

    /// Starts both, with a null sink.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let extra = folder.path().join("pipewire/pipewire.conf.d");
        fs::create_dir_all(&extra).expect("a folder can be made");
        fs::write(
            extra.join("room.conf"),
            "context.objects = [ { factory = adapter args = { factory.name = support.null-audio-sink \
             node.name = room media.class = Audio/Sink audio.position = \"FL,FR\" monitor.channel-volumes = true } } ]\n",
        )
        .expect("a file can be written");
        let run = |name: &str| {
            let mut command = Command::new(name);
            command.env("XDG_RUNTIME_DIR", folder.path()).env("XDG_CONFIG_HOME", folder.path());
            command.env("XDG_STATE_HOME", folder.path()).env("HOME", folder.path());
            command.env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("PIPEWIRE_REMOTE");
            command.stdin(Stdio::null());
            Process::start(name, folder.path(), &mut command)
        };
        let mut daemon = run("pipewire");
        wait::until("PipeWire", 10.0, || {
            assert!(daemon.alive(), "pipewire ended: {}", daemon.tail(10));
            UnixStream::connect(folder.path().join("pipewire-0")).ok()
        });
        let manager = run("wireplumber");
        Self { daemon, manager, folder }
    }

    /// Value of `XDG_RUNTIME_DIR` for its clients.
    pub fn runtime(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// Plays a tone into the room until the result is dropped.
    pub fn play(&self, frequency: usize) -> Process {
        let mut command = Command::new("gst-launch-1.0");
        command.args(["-q", "audiotestsrc", &format!("freq={frequency}"), "volume=0.5", "is-live=true", "!"]);
        command.args(["audio/x-raw,rate=48000,channels=2", "!", "pipewiresink", "target-object=room"]);
        command.env("XDG_RUNTIME_DIR", self.folder.path());
        Process::start("tone", self.folder.path(), &mut command)
    }

    /// Both still run.
    pub fn alive(&mut self) -> bool {
        self.daemon.alive() && self.manager.alive()
    }
}
