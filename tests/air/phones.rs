//! Phones on air: they come, go, and come back; the programme has no gap.

use serde_json::json;

use crate::{
    day::Town,
    stage::{FRAME, Stage},
    support::{
        alone,
        camera::{Camera, Setup},
        clock,
        phone::{Codec, Phone, link},
        probe::median,
        recording, wait,
    },
};

const SLOTS: &str = "[[source]]\nid = \"p1\"\nlabel = \"Téléphone 1\"\nkind = \"phone\"\n\
                     [[source]]\nid = \"p2\"\nkind = \"phone\"\n\
                     [[source]]\nid = \"p3\"\nkind = \"phone\"\n\
                     [[source]]\nid = \"p4\"\nkind = \"phone\"\n\
                     [[scene]]\nid = \"two\"\nlabel = \"Two phones\"\nlayers = [ { source = \"p1\", width = 1.0 }, \
                     { source = \"p2\", x = 0.6, y = 0.6, width = 0.35, height = 0.35 } ]\n";

/// A phone that vanishes on air becomes a slate, keeps its place, and is seen again when it is back;
/// its picture reaches the programme in little time.
#[test]
fn a_phone_that_vanishes_comes_back_to_its_place() {
    let _alone = alone();
    let stage = Stage::start(&[Setup::small(0)], SLOTS);
    let viewer = stage.viewer();
    let film = Camera::start(Setup::small(1));
    let token = link(&stage.studio, "p1");

    let called = clock::now();
    let phone = Phone::call(&stage.studio, "p1", &token, film.port(), Codec::H264);
    stage.studio.wait_source("p1", "live", 5.0);
    stage.studio.take("p1");
    viewer.shows(1, called, 5.0);
    wait::span(3.0);
    let latency = viewer.latency(50).expect("frames are readable");
    assert!(latency <= 0.45, "phone to viewer takes {latency} s");

    let gone = clock::now();
    drop(phone);
    let slate = viewer.first("the slate", gone, 3.0, |frame| frame.source().is_none());
    assert!(slate.arrived - gone < 1.2, "a phone that vanishes is a slate after {} s", slate.arrived - gone);
    stage.studio.wait_source("p1", "lost", 2.0);

    let back = clock::now();
    let phone = Phone::call(&stage.studio, "p1", &token, film.port(), Codec::Vp8);
    let seen = viewer.shows(1, back, 5.0);
    assert!(seen.arrived - back < 2.0, "back after {} s", seen.arrived - back);
    phone.leave(&stage.studio);
    stage.studio.wait_source("p1", "off", 3.0);
}

/// Two phones on air and two more connected: every frame of the programme is there.
#[test]
fn four_phones_and_no_gap() {
    let _alone = alone();
    let mut stage = Stage::start(&[Setup::small(0)], SLOTS);
    let films: Vec<Camera> = (0..4).map(|source| Camera::start(Setup::small(source))).collect();
    let codecs = [Codec::H264, Codec::Vp8, Codec::H264, Codec::Vp8];
    let mut viewer = stage.viewer();
    let phones: Vec<Phone> = films
        .iter()
        .zip(codecs)
        .zip(["p1", "p2", "p3", "p4"])
        .map(|((film, codec), slot)| {
            let phone = Phone::call(&stage.studio, slot, &link(&stage.studio, slot), film.port(), codec);
            stage.studio.wait_source(slot, "live", 8.0);
            phone
        })
        .collect();
    stage.studio.take("two");
    viewer.more(200, 15.0);
    assert_eq!(stage.studio.state()["program"]["scene"], "two");
    drop(phones);
    stage.studio.stop();
    let (gap, at) = recording::widest_gap(&stage.studio.file("program.mp4"));
    assert!(gap <= 0.06, "{gap} s without a picture at {at} s");
    let (hole, at) = recording::widest_hole(&stage.studio.file("program.mp4"));
    assert!(hole < 0.002, "{hole} s without sound at {at} s");
    let arrivals: Vec<f64> = viewer.frames().windows(2).map(|pair| pair[1].arrived - pair[0].arrived).collect();
    let middle = median(arrivals).unwrap();
    assert!((middle - FRAME).abs() < 0.01, "frames come every {middle} s");
}

/// Somebody takes their agreement back while their own phone is on air: the call ends, and two seconds later the phone
/// is neither in what viewers see nor in the programme behind the slate.
#[test]
fn a_phone_whose_holder_withdraws_leaves_the_programme_within_two_seconds() {
    let _alone = alone();
    let mut stage = Stage::start(&[Setup::small(0)], SLOTS);
    let viewer = stage.viewer();
    let film = Camera::start(Setup::small(1));
    let town = Town::of(&stage.studio);
    let (segment, mut citizens) = town.propose("Abeilles", &["Ouardia".into()]);
    town.sign(&mut citizens[0], &["recorded", "live"], false);
    stage.studio.command(json!({ "command": "segment_start", "segment": segment }));
    let called = clock::now();
    let _phone = Phone::call(&stage.studio, "p1", &citizens[0].link, film.port(), Codec::Vp8);
    stage.studio.wait_source("p1", "live", 5.0);
    stage.studio.take("p1");
    viewer.shows(1, called, 5.0);
    wait::span(1.0);

    let no = clock::now();
    town.post("/api/participate/withdraw", &citizens[0].link, &json!({ "points": ["recorded", "live"] }));
    stage.studio.wait_source("p1", "off", 2.0);
    let gone = viewer.first("a picture without the phone", no, 3.0, |frame| frame.source() != Some(1));
    assert!(gone.arrived - no < 2.0, "gone after {} s", gone.arrived - no);
    wait::span((no + 4.0 - clock::now()).max(0.0));
    let later: Vec<_> = viewer.frames().into_iter().filter(|frame| frame.arrived > no + 2.0).collect();
    assert!(later.len() > 20, "viewers see {} pictures", later.len());
    assert!(later.iter().all(|frame| frame.source() != Some(1)), "the phone is seen again");
    stage.studio.stop();
    let programme = recording::frames(&stage.studio.file("program.mp4"));
    let end = programme.last().expect("a recorded picture").0;
    let last = programme.iter().rfind(|(_, frame)| frame.source() == Some(1)).expect("the phone was on air").0;
    assert!(end - last > 2.0, "the phone is in the programme until {} s before its end", end - last);
}
