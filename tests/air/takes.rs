//! Takes and fades, by what viewers and the recording see.

use serde_json::json;

use crate::{
    stage::{FRAME, Stage},
    support::{
        alone,
        camera::Setup,
        clock,
        picture::{Region, WHOLE},
        probe::{Cadence, Frame, Probe, torn},
        recording,
    },
};

const LEFT: Region = Region { x: 0.0, y: 0.25, width: 0.5, height: 0.5 };
const RIGHT: Region = Region { x: 0.5, y: 0.25, width: 0.5, height: 0.5 };

/// A scene of two cameras side by side.
fn duo(id: &str, left: &str, right: &str) -> String {
    let layer = |source: &str, x: f64| {
        format!("{{ source = \"{source}\", x = {x}, y = 0.25, width = 0.5, height = 0.5, fit = \"contain\" }}")
    };
    format!("[[scene]]\nid = \"{id}\"\nlabel = \"{id}\"\nlayers = [ {}, {} ]\n", layer(left, 0.0), layer(right, 0.5))
}

/// The order in which cameras were seen, without repetition; unreadable frames are passed over.
fn order(frames: &[Frame]) -> Vec<u8> {
    let mut order: Vec<u8> = frames.iter().filter_map(Frame::source).collect();
    order.dedup();
    order
}

#[test]
fn takes_and_fades() {
    let _alone = alone();
    let cameras = [Setup::small(0), Setup::small(1), Setup::small(2)];
    let mut stage = Stage::start(&cameras, &(duo("ab", "cam0", "cam1") + &duo("ba", "cam1", "cam0")));
    a_hundred_takes(&stage);
    a_composed_take_changes_both_layers_at_once(&stage);
    a_fade_is_monotonic(&stage);
    a_wipe_ends_at_the_new_scene(&stage);
    let took = stage.studio.stop();
    assert!(took < 5.0);
    the_recording_is_whole(&stage);
}

/// Each take shows the right camera, on one frame, with no frame lost or repeated.
fn a_hundred_takes(stage: &Stage) {
    let mut viewer = stage.viewer();
    assert_eq!(stage.studio.state()["program"]["scene"], "cam0", "the show begins with the first source");
    viewer.shows(0, 0.0, 5.0);
    let began = viewer.count();
    let mut delays = Vec::new();
    for number in 1..=100_u8 {
        let source = number % 3;
        let asked = clock::now();
        stage.studio.take(&format!("cam{source}"));
        delays.push(viewer.shows(source, asked, 3.0).arrived - asked);
        // Some at once, some after a while, so that takes fall anywhere between two frames.
        viewer.more(usize::from(number % 4), 3.0);
    }
    let frames = viewer.frames().split_off(began);
    let unreadable = frames.iter().filter(|frame| frame.source().is_none()).count();
    assert_eq!(unreadable, 0, "of {} frames", frames.len());
    assert_eq!(torn(&frames), Vec::<usize>::new());
    let expected: Vec<u8> = (0..=100).map(|number| number % 3).collect();
    assert_eq!(order(&frames), expected, "every take was seen, once, in order");
    let cadence = Cadence::of(&frames, FRAME);
    assert!(cadence.clean(), "{cadence:?}");
    let median = crate::support::probe::median(delays).expect("a hundred");
    assert!(median < 0.25, "{median} s from take to viewer");
}

/// Two layers that change places do it between the same two frames.
fn a_composed_take_changes_both_layers_at_once(stage: &Stage) {
    let viewer = Probe::regions(&stage.server.url("pgm"), &[LEFT, RIGHT]);
    let pair = |frame: &Frame| (frame.looks[0].source(), frame.looks[1].source());
    let scenes = [("ab", (Some(0), Some(1))), ("ba", (Some(1), Some(0)))];
    stage.studio.take("ab");
    viewer.first("the first duo", 0.0, 10.0, |frame| pair(frame) == scenes[0].1);
    let began = viewer.count();
    for number in 1..=30 {
        let (scene, wanted) = scenes[number % 2];
        let asked = clock::now();
        stage.studio.take(scene);
        viewer.first(scene, asked, 3.0, |frame| pair(frame) == wanted);
    }
    let frames = viewer.frames().split_off(began);
    for (index, frame) in frames.iter().enumerate() {
        let seen = pair(frame);
        assert!(scenes.iter().any(|(_, wanted)| *wanted == seen), "frame {index} shows {seen:?}");
    }
    assert_eq!(torn(&frames), Vec::<usize>::new());
}

/// From the darkest camera column to a bright one: each frame is brighter than the last, each row of
/// a frame the same.
fn a_fade_is_monotonic(stage: &Stage) {
    let mut viewer = stage.viewer();
    let asked = clock::now();
    stage.studio.take("cam0");
    viewer.shows(0, asked, 3.0);
    let asked = clock::now();
    stage.studio.command(json!({ "command": "take", "scene": "cam2", "transition": { "kind": "fade", "duration_ms": 600 } }));
    viewer.shows(2, asked, 5.0);
    viewer.more(12, 3.0);
    // Half-way, the strips change from one camera's to the other's: the fade is all around that.
    let frames = viewer.frames();
    let middle = frames.iter().rposition(|frame| frame.source() == Some(0)).expect("the old scene was seen");
    let fade = &frames[middle.saturating_sub(8)..(middle + 10).min(frames.len())];
    let levels: Vec<f32> = fade.iter().map(|frame| frame.look().level()).collect();
    assert!(levels.windows(2).all(|pair| pair[1] > pair[0] - 1.0), "it never turns back: {levels:?}");
    let steps = levels.windows(2).filter(|pair| pair[1] - pair[0] > 2.0).count();
    assert!(steps + 3 >= levels.len() - 1, "and goes on at each frame: {levels:?}");
    let widest = levels.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f32::max);
    assert!(widest < 30.0, "without a leap: {levels:?}");
    for frame in fade {
        let column = frame.look().source_column;
        let (least, most) = column.iter().fold((f32::MAX, f32::MIN), |(l, m), v| (l.min(*v), m.max(*v)));
        assert!(most - least < 26.0, "all rows are at the same point: {column:?}");
    }
}

fn a_wipe_ends_at_the_new_scene(stage: &Stage) {
    let viewer = stage.viewer();
    let asked = clock::now();
    stage.studio.command(json!({ "command": "take", "scene": "cam1", "transition": { "kind": "wipe", "duration_ms": 400 } }));
    let done = viewer.shows(1, asked, 5.0);
    viewer.first("pictures after the wipe", done.arrived + 0.2, 3.0, |frame| frame.source() == Some(1));
    let after: Vec<Frame> = viewer.frames().into_iter().filter(|frame| frame.arrived > done.arrived).collect();
    assert!(after.iter().all(|frame| frame.source() == Some(1)));
    let during: Vec<Frame> =
        viewer.frames().into_iter().filter(|frame| frame.arrived > asked && frame.source().is_none()).collect();
    // The edge comes from the left, where the column is: it is the new camera's from the start.
    assert!((5..=12).contains(&during.len()), "{} frames of wipe", during.len());
    let new = |frame: &&Frame| (frame.look().level() - 89.0).abs() < 26.0;
    assert!(during.iter().skip(1).filter(new).count() + 2 >= during.len(), "the new picture comes in from the left");
}

/// The file agrees with what viewers saw: nothing lost, nothing torn, no gap.
fn the_recording_is_whole(stage: &Stage) {
    let path = stage.studio.file("program.mp4");
    let (gap, at) = recording::widest_gap(&path);
    assert!(gap <= 0.06, "{gap} s at {at} s");
    let frames: Vec<Frame> =
        recording::frames_of(&path, &[WHOLE]).into_iter().map(|(_, frame)| frame).collect();
    // A wipe shows two cameras at once, for its own frames and no others.
    let wiped = torn(&frames);
    assert!(wiped.len() <= 16 && wiped.windows(2).all(|pair| pair[1] == pair[0] + 1), "{wiped:?}");
    let live: Vec<Frame> = frames.into_iter().skip_while(|frame| frame.source().is_none()).collect();
    // From the first cut on, cameras have been there for long.
    let takes: Vec<Frame> = live.into_iter().skip_while(|frame| frame.source() == Some(0)).collect();
    let cadence = Cadence::of(&takes, FRAME);
    assert!(cadence.pairs > 400 && cadence.clean(), "{cadence:?}");
    let (hole, at) = recording::widest_hole(&path);
    assert!(hole < 0.002, "{hole} s of sound are missing at {at} s");
}
