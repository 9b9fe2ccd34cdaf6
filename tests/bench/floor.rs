//! The least that encodes once for a network and a file.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    selector,
    subject::{player_latencies, window},
    support::{process::Process, rtmp_server::RtmpServer},
};

/// x264 as the studio sets it in the profile `interactive`.
const X264: &str = "x264enc speed-preset=veryfast tune=zerolatency bitrate=2500 vbv-buf-capacity=1000 key-int-max=50 option-string=scenecut=0";

/// From raw picture (before) and sound (element `sound`) to RTMP and file.
pub fn tail(address: &str, file: &str) -> String {
    format!(
        "{X264} ! video/x-h264,profile=high ! h264parse ! tee name=v \
         sound. ! queue ! avenc_aac aac-ms=false bitrate=128000 ! aacparse ! tee name=a \
         flvmux streamable=true name=f ! rtmp2sink location={address} sync=false async=false \
         mp4mux fragment-duration=2000 name=m ! filesink location={file} sync=false async=false \
         v. ! queue ! f. a. ! queue ! f. v. ! queue ! m. a. ! queue ! m. "
    )
}

/// A running floor; ends when dropped.
pub struct Floor {
    process: Process,
    _folder: TempDir,
}

impl Floor {
    /// gst-launch: one camera full-frame, two small above it.
    pub fn compositor(server: &RtmpServer, ports: &[u16]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("floor.mp4").display().to_string();
        let mut description = String::from(
            "compositor name=c background=black sink_1::width=320 sink_1::height=180 sink_1::xpos=900 sink_1::ypos=60 \
             sink_2::width=320 sink_2::height=180 sink_2::xpos=900 sink_2::ypos=300 ",
        );
        for (index, port) in ports.iter().enumerate() {
            description += &format!(
                "tcpclientsrc host=127.0.0.1 port={port} ! matroskademux name=d{index} d{index}.video_0 ! queue ! c.sink_{index} "
            );
            description += &if index == 0 {
                "d0.audio_0 ! queue ! audioconvert name=sound ".to_owned()
            } else {
                format!("d{index}.audio_0 ! fakesink sync=false async=false ")
            };
        }
        description += "c. ! video/x-raw,width=1280,height=720,framerate=25/1 ! queue ! videoconvert ! ";
        description += &tail(&server.url("floor"), &file);
        let mut command = Command::new("gst-launch-1.0");
        command.arg("-q").args(description.split_whitespace());
        let process = Process::start("gst3comp", folder.path(), &mut command);
        server.wait_for("floor", 20.0);
        Self { process, _folder: folder }
    }

    /// This program's own input-selector.
    pub fn selector(server: &RtmpServer, ports: &[u16]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut command = Command::new(std::env::current_exe().expect("we run from a file"));
        command.arg(selector::WORD).arg(server.url("floor")).arg(folder.path().join("floor.mp4"));
        command.args(ports.iter().map(u16::to_string)).stdin(Stdio::piped()).stdout(Stdio::null());
        let process = Process::start_piped("gstsel", folder.path(), &mut command);
        server.wait_for("floor", 20.0);
        Self { process, _folder: folder }
    }

    /// Core-seconds a second over a window.
    pub fn cpu(&self, length: Duration) -> f64 {
        window(self.process.pid(), length)
    }

    /// Camera to player (median), and each take to its first frame there, seconds.
    pub fn latencies(&mut self, server: &RtmpServer, takes: usize) -> (f64, Vec<f64>) {
        let stdin = self.process.child().stdin.take().expect("stdin is a pipe");
        let mut out = &stdin;
        let result = player_latencies(server, "floor", takes, |source| writeln!(out, "{source}").expect("it listens"));
        // Its end is the end of the process.
        drop(stdin);
        result
    }
}
