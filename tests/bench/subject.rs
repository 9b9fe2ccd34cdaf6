//! The studio as it is measured: three 720p25 cameras, one network, one recording, no panel.

use std::time::Duration;

use crate::support::{
    clock,
    probe::Probe,
    process_tree,
    rtmp_server::RtmpServer,
    studio::{Setup, Studio},
    wait,
};

/// What is on air while CPU is measured.
#[derive(Debug, Clone, Copy)]
pub enum Composition {
    /// One camera full-frame, two small.
    Composed,
    /// One of three cameras, full-frame.
    Full,
}

/// A running studio.
pub struct Subject {
    studio: Studio,
    /// Seconds from its start to its first published frame.
    pub started_in: f64,
}

impl Subject {
    /// Starts it on cameras that listen on these ports, and waits until all are on air.
    pub fn start(server: &RtmpServer, ports: &[u16]) -> Self {
        let mut setup = Setup::small()
            .size(1280, 720)
            .encoder("profile = \"interactive\"\npreset = \"veryfast\"\nbitrate_kbps = 2500\nkeyframe_seconds = 2");
        for (index, port) in ports.iter().enumerate() {
            setup = setup.with(&format!(
                "[[source]]\nid = \"cam{index}\"\nkind = \"matroska-tcp\"\nhost = \"127.0.0.1\"\nport = {port}\n"
            ));
        }
        let small = |source: &str, y: f64| {
            format!("{{ source = \"{source}\", x = 0.703125, y = {y}, width = 0.25, height = 0.25 }}")
        };
        let setup = setup
            .with(&format!(
                "[[scene]]\nid = \"trio\"\nlabel = \"Trio\"\nlayers = [ {{ source = \"cam0\" }}, {}, {} ]\n",
                small("cam1", 60.0 / 720.0),
                small("cam2", 300.0 / 720.0)
            ))
            .output("net", "rtmp", &format!("url = \"{}\"", server.url("pgm")))
            .log();
        let studio = Studio::start(&setup);
        server.wait_for("pgm", 20.0);
        let started_in = studio.started().elapsed().as_secs_f64();
        for index in 0..ports.len() {
            studio.wait_source(&format!("cam{index}"), "live", 10.0);
        }
        Self { studio, started_in }
    }

    /// Core-seconds a second over a window.
    pub fn cpu(&self, composition: Composition, length: Duration) -> f64 {
        self.studio.take(match composition {
            Composition::Composed => "trio",
            Composition::Full => "cam0",
        });
        window(self.studio.pid(), length)
    }

    /// Memory now.
    pub fn resident_mib(&self) -> f64 {
        process_tree::memory(self.studio.pid()).resident as f64 / 1_048_576.0
    }

    /// Camera to player (median), and each take to its first frame there, seconds.
    pub fn latencies(&self, server: &RtmpServer, takes: usize) -> (f64, Vec<f64>) {
        player_latencies(server, "pgm", takes, |source| self.studio.take(&format!("cam{source}")))
    }

    /// Ends it.
    pub fn stop(mut self) {
        self.studio.stop();
    }
}

/// CPU of a process tree over a window that begins when it has settled.
pub fn window(pid: u32, length: Duration) -> f64 {
    /// Seconds for the encoder's rate control and the caches to settle.
    const SETTLE: f64 = 2.0;
    wait::span(SETTLE);
    let (began, before) = (clock::now(), process_tree::cpu(pid));
    wait::span(length.as_secs_f64());
    (process_tree::cpu(pid) - before) / (clock::now() - began)
}

/// Reads the stream like a player: median seconds from camera to player, then for each take, made at
/// moments that share no rhythm with the frames, seconds to the first frame of the new camera.
pub fn player_latencies(server: &RtmpServer, name: &str, takes: usize, mut take: impl FnMut(u8)) -> (f64, Vec<f64>) {
    let mut player = Probe::stream(&server.url(name));
    player.more(100, 20.0);
    let latency = player.latency(75).expect("frames are readable");
    let mut delays = Vec::new();
    for number in 1..=takes {
        let source = u8::try_from(number % 3).expect("below three");
        let asked = clock::now();
        take(source);
        delays.push(player.shows(source, asked, 5.0).arrived - asked);
        wait::span(0.7 + 0.013 * (number % 5) as f64);
    }
    (latency, delays)
}
