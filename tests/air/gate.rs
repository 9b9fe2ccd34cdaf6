//! What is only recorded is seen by nobody, whatever happens.

use serde_json::json;

use crate::{
    stage::Stage,
    support::{alone, camera::Setup, clock, recording, studio::Studio, wait},
};

/// A private segment takes the set off the air before it begins; after a power cut in its midst viewers
/// still see nothing of it, from the first picture on; the recording goes on all the while.
#[test]
fn a_private_segment_stays_in_the_house() {
    let _alone = alone();
    let mut stage = Stage::start(&[Setup::small(0)], "");
    let viewer = stage.viewer();
    viewer.shows(0, clock::now(), 5.0);
    stage.studio.command(json!({ "command": "segment_add", "title": "Entre nous", "private": true }));
    let asked = clock::now();
    stage.studio.command(json!({ "command": "segment_start" }));
    viewer.first("the slate", asked, 3.0, |frame| frame.source().is_none());
    let (folder, setup) = (stage.studio.folder(), stage.studio.setup().clone());
    stage.studio.kill();
    stage.studio = Studio::start_in(folder, &setup);
    stage.studio.wait_output("net", "live", 10.0);
    stage.server.wait_for("pgm", 10.0);
    let viewer = stage.viewer();
    stage.studio.wait_source("cam0", "live", 10.0);
    let state = stage.studio.wait_for("the segment", 3.0, |state| state["segment"]["title"] == "Entre nous");
    assert_eq!(state["slate"], true);
    wait::span(3.0);
    let seen = viewer.frames();
    assert!(seen.len() > 20 && seen.iter().all(|frame| frame.source().is_none()), "{} pictures", seen.len());

    stage.studio.command(json!({ "command": "segment_end" }));
    let asked = clock::now();
    stage.studio.command(json!({ "command": "slate", "on": false }));
    viewer.shows(0, asked, 4.0);
    stage.studio.stop();
    let recorded = recording::frames(&stage.studio.file("program-2.mp4"));
    let filmed = recorded.iter().filter(|(_, frame)| frame.source() == Some(0)).count();
    assert!(filmed > 75, "the recording has {filmed} pictures of the set");
}
