//! The live page: what ffmpeg makes of it, what a player waits for, what a pause does to it.

use std::{path::Path, time::Duration};

use serde_json::json;

use crate::{
    stage::{FRAME, Stage},
    support::{
        alone,
        camera::Setup,
        clock,
        probe::{Cadence, Probe},
        recording::{self, Copy, lip_sync},
        wait,
    },
};

/// An answer over HTTP.
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

fn get(stage: &Stage, path: &str, header: Option<(&str, &str)>) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = agent.get(format!("{}/live/{path}", stage.studio.address()));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let response = request.call().unwrap();
    let (parts, mut body) = response.into_parts();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.read_to_vec().unwrap() }
}

fn stage(camera: Setup) -> Stage {
    Stage::with(&[camera], |setup| setup.with("[[output]]\nid = \"page\"\nkind = \"hls\"\n"))
}

fn start(stage: &Stage) {
    stage.studio.command(json!({ "command": "output_start", "output": "page" }));
    stage.studio.wait_output("page", "live", 5.0);
}

fn number(text: &str, tag: &str) -> u64 {
    text.lines().find_map(|line| line.strip_prefix(tag)).unwrap().parse().unwrap()
}

/// The names of the whole segments.
fn segments(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn ffmpeg_shows_it_with_lips_in_sync_and_every_segment_stands_alone() {
    let _alone = alone();
    let mut stage = stage(Setup::clapper(0));
    let before = get(&stage, "index.m3u8", None);
    assert_eq!(before.status, 404);
    assert!(before.text().contains("not_live"), "{}", before.text());
    start(&stage);
    let address = format!("{}/live/index.m3u8", stage.studio.address());
    wait::until("five segments", 15.0, || (segments(get(&stage, "index.m3u8", None).text()).len() >= 5).then_some(()));

    let mut viewer = Probe::stream(&address);
    viewer.more(100, 20.0);
    let frames = viewer.frames();
    let cadence = Cadence::of(&frames, FRAME);
    assert!(cadence.clean(stage.late()) && cadence.pairs > 80, "{cadence:?}");
    drop(viewer);
    let mut copy = Copy::start(&address);
    wait::span(7.0);
    let copy = copy.finish();
    let flashes = lip_sync(&copy);
    assert!(flashes.len() >= 3, "{flashes:?}");
    for flash in flashes {
        let offset = flash.offset.expect("each flash has its beep");
        assert!(offset.abs() <= 0.04, "sound {offset} s late");
    }

    let list = get(&stage, "index.m3u8", None);
    let session = number(list.text(), "#EXT-X-MEDIA-SEQUENCE:");
    let header = get(&stage, &format!("{session}/init-1.mp4"), None).body;
    let folder = tempfile::tempdir().unwrap();
    for (index, name) in segments(list.text()).iter().enumerate() {
        let file = folder.path().join(format!("{index}.mp4"));
        let segment = get(&stage, name, None);
        assert_eq!((segment.status, segment.header("content-type")), (200, "video/mp4"));
        std::fs::write(&file, [&header[..], &segment.body].concat()).unwrap();
        stands_alone(&file);
        let kept = stage.studio.data().join("live").join(name);
        wait::until("the segment on the disk", 5.0, || (std::fs::read(&kept).ok()? == segment.body).then_some(()));
    }
    stage.studio.stop();
}

fn stands_alone(file: &Path) {
    let times = recording::video_times(file);
    assert!(times[0].1, "{}: it begins with a key frame", file.display());
    let frames = recording::frames(file);
    assert_eq!(frames.len(), times.len());
    assert!(frames.iter().all(|(_, frame)| frame.source() == Some(0)), "{}: every picture is whole", file.display());
    let sound = recording::sound_times(file);
    assert!((sound[0].0 - times[0].0).abs() < 0.04, "sound from {}, picture from {}", sound[0].0, times[0].0);
}

/// Waiting for the next part, again and again, is how a player stays close; ranges, caching, errors.
#[test]
fn a_player_that_waits_stays_within_a_second_of_the_newest_part() {
    let _alone = alone();
    let mut stage = stage(Setup::small(0));
    start(&stage);
    let list = get(&stage, "index.m3u8", None);
    assert_eq!(list.header("content-type"), "application/vnd.apple.mpegurl");
    assert_eq!((list.header("cache-control"), list.header("access-control-allow-origin")), ("public, max-age=1", "*"));
    let mut waits = Vec::new();
    for _ in 0..20 {
        let list = get(&stage, "index.m3u8", None);
        let hint = list.text().split("TYPE=PART,URI=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let (session, rest) = hint.split_once('/').unwrap();
        let numbers: Vec<u64> = rest.trim_end_matches(".m4s").split('.').map(|text| text.parse().unwrap()).collect();
        let msn = session.parse::<u64>().unwrap() + numbers[0];
        let asked = clock::now();
        let waited = get(&stage, &format!("index.m3u8?_HLS_msn={msn}&_HLS_part={}&_HLS_skip=YES", numbers[1]), None);
        waits.push(clock::now() - asked);
        assert!(waited.text().contains(&format!("URI=\"{hint}\"")), "{hint} is there: {}", waited.text());
        assert_eq!(waited.header("cache-control"), "no-cache");
        let part = get(&stage, &hint, None);
        assert_eq!((part.status, part.header("cache-control")), (200, "public, max-age=5, must-revalidate"));
        let known = get(&stage, &hint, Some(("If-None-Match", part.header("etag"))));
        assert_eq!((known.status, known.body.len()), (304, 0));
        assert_eq!(known.header("cache-control"), part.header("cache-control"));
        assert_eq!(&part.body[4..8], if numbers[1] == 0 { b"styp" } else { b"moof" });
        let piece = get(&stage, &hint, Some(("Range", "bytes=4-7")));
        assert_eq!((piece.status, &piece.body[..]), (206, &part.body[4..8]));
        assert_eq!(piece.header("content-range"), format!("bytes 4-7/{}", part.body.len()));
        assert_eq!(get(&stage, &hint, Some(("Range", "bytes=99999999-"))).status, 416);
    }
    assert!(waits.iter().all(|waited| *waited < 1.0), "{waits:?}");
    for bad in ["index.m3u8?_HLS_part=1", "index.m3u8?_HLS_msn=99999999999", "index.m3u8?_HLS_msn=x"] {
        assert_eq!(get(&stage, bad, None).status, 400, "{bad}");
    }
    assert_eq!(get(&stage, "1/0.m4s", None).status, 404);
    stage.studio.stop();
}

/// Stopped and started again, one and the same viewer sees it go on.
#[test]
fn a_pause_is_a_discontinuity() {
    let _alone = alone();
    let mut stage = stage(Setup::small(0));
    start(&stage);
    wait::until("four segments", 15.0, || (segments(get(&stage, "index.m3u8", None).text()).len() >= 4).then_some(()));
    let mut viewer = Probe::stream(&format!("{}/live/index.m3u8", stage.studio.address()));
    viewer.more(10, 15.0);
    stage.studio.command(json!({ "command": "output_stop", "output": "page" }));
    stage.studio.wait_output("page", "off", 5.0);
    let paused = get(&stage, "index.m3u8", None);
    assert!(!paused.text().contains("ENDLIST"));
    let restarted = clock::now();
    start(&stage);
    let resumed = get(&stage, "index.m3u8", None);
    assert_eq!(resumed.text().matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{}", resumed.text());
    assert!(resumed.text().contains("init-2.mp4"));
    let again = viewer.first("a picture filmed after the pause", restarted, 20.0, |frame| {
        frame.filmed().is_some_and(|filmed| filmed > restarted)
    });
    assert_eq!(again.source(), Some(0));
    stage.studio.stop();
}
