//! Lips: sound and picture together, however they came in and whenever an output was started.

use std::time::Duration;

use serde_json::json;

use crate::{
    stage::Stage,
    support::{
        alone,
        camera::Setup,
        recording::{Copy, Flash, lip_sync},
        wait,
    },
};

/// Cameras 0: ordinary; 1: its picture starts late; 2: its sound starts late; 3: `audio_delay_ms`.
#[test]
fn sound_and_picture_stay_together() {
    let _alone = alone();
    let late = Duration::from_millis(1_480);
    let cameras = [
        Setup::clapper(0),
        Setup { picture_after: late, ..Setup::clapper(1) },
        Setup { sound_after: late, ..Setup::clapper(2) },
    ];
    let delayed = crate::support::camera::Camera::start(Setup::clapper(3));
    let mut stage = Stage::with(&cameras, |setup| setup.with(&(delayed.block("cam3") + "audio_delay_ms = 200\n")));
    stage.studio.wait_source("cam3", "live", 10.0);
    let round = |stage: &Stage| {
        for scene in ["cam0", "cam1", "cam2", "cam3"] {
            stage.studio.take(scene);
            wait::span(4.2);
        }
    };
    // What viewers get who were there from the start, then what those get whose network came later.
    let mut early = Copy::start(&stage.server.url("pgm"));
    round(&stage);
    let early = early.finish();
    stage.studio.command(json!({ "command": "output_stop", "output": "net" }));
    stage.studio.wait_output("net", "off", 5.0);
    wait::until("the end of the publication", 5.0, || (!stage.server.publishes("pgm")).then_some(()));
    stage.studio.command(json!({ "command": "output_start", "output": "net" }));
    stage.studio.wait_output("net", "live", 5.0);
    stage.server.wait_for("pgm", 5.0);
    let mut later = Copy::start(&stage.server.url("pgm"));
    round(&stage);
    let later = later.finish();
    stage.studio.stop();
    check("the stream", &lip_sync(&early), 2);
    check("the stream of a late start", &lip_sync(&later), 2);
    check("the file", &lip_sync(&stage.studio.file("program.mp4")), 5);
}

/// At least `count` flashes of each camera, each within 40 ms of its beep.
fn check(what: &str, flashes: &[Flash], count: usize) {
    for (source, wanted) in [(0, 0.0), (1, 0.0), (2, 0.0), (3, 0.2)] {
        let of: Vec<&Flash> = flashes.iter().filter(|flash| flash.source == Some(source)).collect();
        assert!(of.len() >= count, "{what}: {} flashes of camera {source}: {flashes:?}", of.len());
        for flash in of {
            let offset =
                flash.offset.unwrap_or_else(|| panic!("{what}: camera {source} without a beep at {} s", flash.time));
            assert!((offset - wanted).abs() <= 0.04, "{what}: camera {source}: sound {offset} s late, wanted {wanted}");
        }
    }
}
