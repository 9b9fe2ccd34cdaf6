//! A studio on air: live cameras, an RTMP server that publishes it, a recording of all of it.

use crate::support::{
    camera::{self, Camera},
    probe::Probe,
    rtmp_server::RtmpServer,
    studio::{Setup, Studio},
};

/// Seconds of a frame at the studio's rate.
pub const FRAME: f64 = 0.04;

/// Everything that is on air in a test. The studio goes first when it is dropped.
pub struct Stage {
    pub studio: Studio,
    pub server: RtmpServer,
    pub cameras: Vec<Camera>,
}

impl Stage {
    /// Small cameras `cam0`, `cam1`, … of these setups, an RTMP destination `net` that publishes
    /// `pgm`, and the recording `program.mp4`; further tables in `more`. Waits until it is published
    /// and every camera is live.
    pub fn start(cameras: &[camera::Setup], more: &str) -> Self {
        Self::with(cameras, |setup| setup.with(more))
    }

    /// The same with another change of the setup.
    pub fn with(cameras: &[camera::Setup], change: impl FnOnce(Setup) -> Setup) -> Self {
        let server = RtmpServer::start();
        let cameras: Vec<Camera> = cameras.iter().map(|setup| Camera::start(*setup)).collect();
        let mut setup = Setup::small();
        for (index, camera) in cameras.iter().enumerate() {
            setup = setup.with(&camera.block(&format!("cam{index}")));
        }
        let setup = change(setup.output("net", "rtmp", &format!("url = \"{}\"", server.url("pgm"))).log());
        let studio = Studio::start(&setup);
        let stage = Self { studio, server, cameras };
        for index in 0..stage.cameras.len() {
            stage.studio.wait_source(&format!("cam{index}"), "live", 10.0);
        }
        stage.studio.wait_output("net", "live", 10.0);
        stage.server.wait_for("pgm", 10.0);
        stage
    }

    /// Frames that the cameras themselves sent late.
    pub fn late(&self) -> usize {
        self.cameras.iter().map(Camera::late).sum()
    }

    /// Reads what the RTMP server sends to viewers.
    pub fn viewer(&self) -> Probe {
        let mut probe = Probe::stream(&self.server.url("pgm"));
        probe.more(5, 15.0);
        probe
    }
}
