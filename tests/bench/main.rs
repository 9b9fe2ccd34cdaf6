//! The studio's figures beside the least that could do the same, measured in the same run.
//!
//! `cargo bench --bench figures [-- [--quick] [mix] [crowd] [browser]]` measures all, or the parts named, and
//! prints one JSON object a line:
//! `{"bench":…,"value":…,"unit":…,"floor":…,"ratio":…,"limit":…,"ok":…,"date":…,"machine":…}`.
//! CPU is user and system time of the process and its children in core-seconds a second; cameras and
//! the RTMP server run in processes of their own and do not count. Progress goes to stderr.
//!
//! Floors: `gst3comp` is gst-launch's compositor on three cameras, `gstsel` an input-selector
//! ([`selector`]); both encode once, with the same x264 settings, into RTMP and a fragmented MP4.

#![allow(clippy::unwrap_used, reason = "in a test a surprise is a failure")]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod crowd;
mod floor;
mod phone;
mod remote_camera;
mod report;
mod selector;
mod subject;

use std::{path::Path, time::Duration};

use report::{Figure, Report};
use support::{probe::median, rtmp_server::RtmpServer};

use crate::{
    floor::Floor,
    remote_camera::RemoteCamera,
    subject::{Composition, Subject},
};

/// What can be measured alone.
const PARTS: [&str; 3] = ["mix", "crowd", "browser"];

/// How long and how often is measured.
struct Plan {
    rounds: usize,
    window: Duration,
    takes: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(remote_camera::WORD) => return remote_camera::run(&arguments[1..]),
        Some(selector::WORD) => return selector::run(&arguments[1..]),
        _ => {}
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let plan = if quick {
        Plan { rounds: 1, window: Duration::from_secs(6), takes: 8 }
    } else {
        Plan { rounds: 3, window: Duration::from_secs(15), takes: 20 }
    };
    let parts: Vec<&str> = PARTS.into_iter().filter(|part| arguments.iter().any(|argument| argument == part)).collect();
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let report = Report::new();
    let cameras: Vec<RemoteCamera> = (0..3).map(RemoteCamera::start).collect();
    let ports: Vec<u16> = cameras.iter().map(RemoteCamera::port).collect();
    if wanted("mix") {
        mix(&plan, &report, &ports);
    }
    if wanted("crowd") {
        eprintln!("destinations and viewers");
        crowd::measure(&report, ports[0], plan.window);
    }
    drop(cameras);
    if wanted("browser") {
        eprintln!("a browser");
        browser::measure(&report, Path::new(env!("CARGO_BIN_EXE_plateau")));
    }
}

/// What one round of the studio gave.
#[derive(Default)]
struct Rounds {
    composed: Vec<f64>,
    full: Vec<f64>,
    compositor: Vec<f64>,
    selector: Vec<f64>,
    start: Vec<f64>,
    latency: Vec<f64>,
    take: Vec<f64>,
    selector_latency: Vec<f64>,
    selector_take: Vec<f64>,
    resident: Vec<f64>,
}

/// The studio and the two floors on the same cameras.
fn mix(plan: &Plan, report: &Report, ports: &[u16]) {
    let server = RtmpServer::start();
    let mut rounds = Rounds::default();
    // The contenders take turns, so that whatever else the machine does meets them all.
    for round in 1..=plan.rounds {
        eprintln!("round {round} of {}: studio", plan.rounds);
        let studio = Subject::start(&server, ports);
        rounds.start.push(studio.started_in);
        rounds.composed.push(studio.cpu(Composition::Composed, plan.window));
        rounds.full.push(studio.cpu(Composition::Full, plan.window));
        rounds.resident.push(studio.resident_mib());
        let (latency, takes) = studio.latencies(&server, plan.takes);
        rounds.latency.push(latency);
        rounds.take.extend(takes);
        studio.stop();
        eprintln!("round {round}: gst3comp");
        rounds.compositor.push(Floor::compositor(&server, ports).cpu(plan.window));
        eprintln!("round {round}: gstsel");
        let mut selector = Floor::selector(&server, ports);
        rounds.selector.push(selector.cpu(plan.window));
        let (latency, takes) = selector.latencies(&server, plan.takes);
        rounds.selector_latency.push(latency);
        rounds.selector_take.extend(takes);
    }
    let middle = |values: &[f64]| median(values.to_vec()).expect("each round measures");
    let core = "core-s/s";
    report.print(&Figure::beside(
        "cpu_composed_vs_gst3comp",
        core,
        middle(&rounds.composed),
        middle(&rounds.compositor),
        1.3,
    ));
    report.print(&Figure::beside("cpu_full_vs_gstsel", core, middle(&rounds.full), middle(&rounds.selector), 1.3));
    report.print(
        &Figure::at_most("camera_to_rtmp_player", "s", middle(&rounds.latency), 0.15)
            .floor(middle(&rounds.selector_latency)),
    );
    report.print(
        &Figure::at_most("take_to_rtmp_player", "s", middle(&rounds.take), 0.18).floor(middle(&rounds.selector_take)),
    );
    report.print(&Figure::at_most("phone_to_rtmp_player", "s", phone::latency(&server), 0.30));
    report.print(&Figure::at_most("resident", "MiB", middle(&rounds.resident), 200.0));
    report.print(&Figure::at_most("start_to_published", "s", middle(&rounds.start), 1.5));
}
