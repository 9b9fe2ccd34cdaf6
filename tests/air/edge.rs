//! Many viewers: the shipped nginx in front of the studio, with five hundred connections.

use std::{collections::HashMap, thread, time::Instant};

use crate::{
    stage::{FRAME, Stage},
    support::{
        alone,
        camera::Setup,
        clock,
        edge::{Edge, wrk},
        probe::{Cadence, Probe},
        wait,
    },
};

fn get(address: &str) -> (u16, String, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(address).call().unwrap();
    let cache = answer.headers().get("cache-control").map_or("", |value| value.to_str().unwrap()).to_owned();
    let status = answer.status().as_u16();
    (status, cache, String::from_utf8_lossy(&answer.body_mut().read_to_vec().unwrap()).into_owned())
}

/// The studio sends each file once, whatever the number of viewers, and says every five seconds at most that it
/// still may be shown; a player behind the edge shows the programme with its cadence meanwhile, and so does one that is not.
#[test]
fn the_studio_sends_each_file_once() {
    let _alone = alone();
    let mut stage = Stage::with(&[Setup::small(0)], |setup| {
        setup.with("[[output]]\nid = \"page\"\nkind = \"hls\"\nstart = \"auto\"\n")
    });
    stage.studio.wait_output("page", "live", 10.0);
    let began = Instant::now();
    let edge = Edge::start(stage.studio.address().trim_start_matches("http://"));
    let playlist = format!("{}/live/index.m3u8", edge.address());
    let segments = wait::until("three segments", 20.0, || {
        let (status, _, text) = get(&playlist);
        let names: Vec<_> = text.lines().filter(|line| line.ends_with(".m4s")).map(str::to_owned).collect();
        (status == 200 && names.len() >= 3).then_some(names)
    });
    let witness = stage.viewer();
    let from = witness.count();
    let mut behind = Probe::stream(&playlist);
    behind.more(5, 20.0);

    let address = format!("{}/live/{}", edge.address(), segments[1]);
    let crowd = [address.clone(), playlist.clone(), format!("{}/api/now", edge.address())]
        .map(|address| thread::spawn(move || wrk(&address, 166, 6)));
    let rates = crowd.map(|crowd| crowd.join().unwrap());
    assert!(rates.iter().all(|(rate, bad)| *rate > 50.0 && *bad == 0), "{rates:?}");
    let (_, caching, _) = get(&address);
    assert_eq!(caching, "public, max-age=5, must-revalidate");

    // A part that is not there yet, wanted by many at once.
    let (_, _, text) = get(&playlist);
    let hint = text.split("TYPE=PART,URI=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let address = format!("{}/live/{hint}", edge.address());
            thread::spawn(move || get(&address).0)
        })
        .collect();
    assert!(waiting.into_iter().all(|asked| asked.join().unwrap() == 200));

    // From the cache, sent by the studio, only asked whether it is still the same.
    let mut asked: HashMap<String, [u32; 3]> = HashMap::new();
    for (cache, path) in edge.log() {
        let how = match cache.as_str() {
            "HIT" | "UPDATING" | "STALE" => 0,
            "REVALIDATED" => 2,
            _ => 1,
        };
        asked.entry(path).or_default()[how] += 1;
    }
    let most = began.elapsed().as_secs() as u32 / 5;
    for (path, [cached, sent, confirmed]) in &asked {
        if path.contains("m4s") || path.contains("init-") {
            assert!(
                *sent == 1 && *confirmed <= most,
                "{path}: {cached} from the cache, {sent} sent, {confirmed} of {most} confirmed"
            );
        }
    }
    let of = |path: &str| asked.get(path).copied().unwrap_or_default();
    let segment = of(&format!("/live/{}", segments[1]));
    assert!(segment[0] > 1000, "{segment:?}");
    // Kept for a second: some forty seconds of test are some forty requests.
    assert!(of("/live/index.m3u8")[1] < 80, "{:?}", of("/live/index.m3u8"));
    assert!(of("/api/now")[1] < 40, "{:?}", of("/api/now"));
    assert_eq!(get(&format!("{}/panel", edge.address())).0, 404, "the control room is not for this door");

    let shown = clock::now();
    behind.first("the programme behind the edge", shown, 10.0, |frame| frame.source() == Some(0));
    let cadence = Cadence::of(&witness.frames().split_off(from), FRAME);
    assert!(cadence.clean(stage.late()) && cadence.pairs > 100, "{cadence:?}, {} sent late", stage.late());
    println!("requests a second through the edge: {rates:?}");
    stage.studio.stop();
}
