//! A phone's picture on its way to a player.

use crate::support::{
    camera::{Camera, Setup as Film},
    phone::{Codec, Phone, link},
    probe::Probe,
    rtmp_server::RtmpServer,
    studio::{Setup, Studio},
};

/// Median seconds from a phone's picture to an RTMP player: the phone's coding, WebRTC, the mix, the
/// programme's coding and the player, so more than the way to the programme itself.
pub fn latency(server: &RtmpServer) -> f64 {
    let film = Camera::start(Film::small(3));
    let setup = Setup::small().with("[[source]]\nid = \"p1\"\nkind = \"phone\"\n").output(
        "net",
        "rtmp",
        &format!("url = \"{}\"", server.url("phone")),
    );
    let mut studio = Studio::start(&setup);
    server.wait_for("phone", 20.0);
    let phone = Phone::call(&studio, "p1", &link(&studio, "p1"), film.port(), Codec::H264);
    studio.wait_source("p1", "live", 10.0);
    studio.take("p1");
    let mut player = Probe::stream(&server.url("phone"));
    player.shows(3, 0.0, 10.0);
    player.more(150, 20.0);
    let latency = player.latency(100).expect("frames are readable");
    drop(phone);
    studio.stop();
    latency
}
