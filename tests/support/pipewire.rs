//! PipeWire's own daemon with a virtual microphone.

use std::{
    fs,
    os::unix::net::UnixStream,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::{
    process::{Process, output},
    wait,
};

/// A daemon, its session manager and their bus, with a runtime folder of their own.
pub struct Pipewire {
    manager: Process,
    daemon: Process,
    bus: Process,
    folder: TempDir,
}

impl Pipewire {
    /// Name of the microphone's node.
    pub const NODE: &str = "room";

    /// Starts all of it, with a microphone in a silent room.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let extra = folder.path().join("pipewire/pipewire.conf.d");
        fs::create_dir_all(&extra).expect("a folder can be made");
        fs::write(
            extra.join("room.conf"),
            "context.objects = [ { factory = adapter args = { factory.name = support.null-audio-sink \
             node.name = room media.class = Audio/Source/Virtual audio.position = \"FL,FR\" } } ]\n",
        )
        .expect("a file can be written");
        let bus = format!("unix:path={}", folder.path().join("bus").display());
        let run = |name: &str, arguments: &[&str]| {
            let mut command = Command::new(name);
            command.args(arguments).env("DBUS_SESSION_BUS_ADDRESS", &bus);
            command.env("XDG_RUNTIME_DIR", folder.path()).env("XDG_CONFIG_HOME", folder.path());
            command.env("XDG_STATE_HOME", folder.path()).env("HOME", folder.path());
            command.env_remove("PIPEWIRE_REMOTE");
            command.stdin(Stdio::null());
            Process::start(name, folder.path(), &mut command)
        };
        // The session manager ends without a bus.
        let dbus = run("dbus-daemon", &["--session", "--nofork", "--nopidfile", &format!("--address={bus}")]);
        wait::until("the session bus", 10.0, || UnixStream::connect(folder.path().join("bus")).ok());
        let mut daemon = run("pipewire", &[]);
        wait::until("PipeWire", 10.0, || {
            assert!(daemon.alive(), "pipewire ended: {}", daemon.tail(10));
            UnixStream::connect(folder.path().join("pipewire-0")).ok()
        });
        let manager = run("wireplumber", &[]);
        let pipewire = Self { manager, daemon, bus: dbus, folder };
        wait::until("the room's ports", 10.0, || pipewire.ports().contains("room:capture_FR").then_some(()));
        pipewire
    }

    /// The outputs and links there are.
    fn ports(&self) -> String {
        let mut command = Command::new("pw-link");
        command.args(["--output", "--links"]).env("XDG_RUNTIME_DIR", self.folder.path());
        String::from_utf8_lossy(&command.output().expect("pw-link runs").stdout).into_owned()
    }

    /// Value of `XDG_RUNTIME_DIR` for its clients.
    pub fn runtime(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// Plays a tone into the room until the result is dropped, two minutes at most.
    pub fn play(&self, frequency: usize) -> Process {
        let file = self.folder.path().join("tone.wav");
        let mut command = Command::new("ffmpeg");
        command.args(["-loglevel", "error", "-y", "-f", "lavfi", "-i"]);
        command.arg(format!("sine=frequency={frequency}:sample_rate=48000:duration=120")).args(["-ac", "2"]).arg(&file);
        output(&mut command);
        let mut command = Command::new("pw-play");
        command.args(["--target", "0"]).arg(&file).env("XDG_RUNTIME_DIR", self.folder.path());
        let tone = Process::start("tone", self.folder.path(), &mut command);
        for side in ["FL", "FR"] {
            // A player may not choose a microphone: it is put there by hand, once it has its ports.
            wait::until("the tone's link", 10.0, || {
                let mut command = Command::new("pw-link");
                command.arg(format!("pw-play:output_{side}")).arg(format!("room:input_{side}"));
                let result = command.env("XDG_RUNTIME_DIR", self.folder.path()).output().expect("pw-link runs");
                result.status.success().then_some(())
            });
        }
        tone
    }

    /// All of it still runs.
    pub fn alive(&mut self) -> bool {
        self.bus.alive() && self.daemon.alive() && self.manager.alive()
    }
}
