//! The playlist's text, the waiting, and a real encoder's pictures cut into pieces.

use std::{
    process::Command,
    slice::from_ref,
    sync::mpsc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use gstreamer::prelude::*;

use super::{
    feeder,
    live::{Ask, Live, NoPlaylist},
    playlist,
    timeline::{Job, Part, Shape, Timeline, part_frames},
};
use crate::media::{self, Clock, Descriptions, Folder, Notice, Pipeline};

const MS: u64 = 1_000_000;

fn part(length_ms: u64, independent: bool, data: &'static str) -> Part {
    Part { at: 0, length: length_ms * MS, independent, data: Bytes::from_static(data.as_bytes()) }
}

/// Half past noon on a day of 2026.
fn noon(ms: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_523_400_000 + ms)
}

fn timeline() -> Timeline {
    let mut timeline = Timeline::new(Shape { session: 1000, target: 2, part: 200 * MS });
    timeline.rewind = 60_000 * MS;
    timeline.begin(Bytes::from_static(b"head"));
    timeline
}

/// `count` whole segments of two seconds in ten parts.
fn fill(timeline: &mut Timeline, count: u64) -> Vec<Job> {
    let mut jobs = Vec::new();
    for _ in 0..count {
        for n in 0..10 {
            timeline.add(part(200, n == 0, "x"), noon(0));
        }
        jobs.extend(timeline.close());
    }
    jobs
}

#[test]
fn what_is_retracted_is_a_gap_and_gone() {
    let mut timeline = timeline();
    for n in 0..4 {
        timeline.add(Part { at: n * 2000 * MS, ..part(2000, true, "x") }, noon(0));
        timeline.close();
    }
    timeline.add(Part { at: 8000 * MS, ..part(200, true, "now") }, noon(0));
    let jobs = timeline.retract(from_ref(&(2500 * MS..4500 * MS)));
    assert!(jobs.contains(&Job::Remove(1)) && jobs.contains(&Job::Remove(2)), "{jobs:?}");
    assert!(!jobs.contains(&Job::Remove(0)) && !jobs.contains(&Job::Remove(3)), "{jobs:?}");
    assert_eq!(timeline.segment(1), None);
    assert!(timeline.segment(0).is_some() && timeline.segment(3).is_some());
    let text = playlist::text(&timeline, false, false);
    assert_eq!(text.matches("#EXT-X-GAP\n#EXTINF").count(), 2, "{text}");
    assert!(!text.contains("1000/1.0.m4s"), "no part of it is offered: {text}");
}

/// A segment of the rundown that begins at 2 s and ends at 6 s; parts come one after the other.
#[tokio::test]
async fn what_is_retracted_under_way_is_a_gap_up_to_the_slate() {
    let data = tempfile::tempdir().unwrap();
    let live = live(data.path());
    let feeding = live.begin("page", 60_000 * MS).unwrap();
    live.header(feeding, Bytes::from_static(b"head"));
    let mark = |at_ms: u64| {
        let (sender, receiver) = mpsc::channel();
        sender.send(at_ms * MS).unwrap();
        receiver
    };
    let make = |from_ms: u64, until_ms: u64| {
        for at in (from_ms..until_ms).step_by(200) {
            let last = (at + 200) % 1000 == 0;
            live.part_made(feeding, Part { at: at * MS, ..part(200, at % 1000 == 0, "x") }, noon(at), last);
        }
    };
    let text = async || String::from_utf8(live.playlist(Ask::default()).await.unwrap().to_vec()).unwrap();
    live.segment_begins("one", mark(2000));
    make(0, 3400);
    let first = sequence(&text().await);
    let (slate_comes, slate) = mpsc::channel();
    live.retract("other", None);
    assert!(!text().await.contains("GAP"));
    live.retract("one", Some(slate));
    // The second before the mark holds what is too near to it.
    assert!(live.file(&format!("{first}/0.m4s")).await.is_some());
    for gone in ["1.m4s", "2.m4s", "1.4.m4s", "2.0.m4s", "3.0.m4s", "3.1.m4s"] {
        assert!(live.file(&format!("{first}/{gone}")).await.is_none(), "{gone}");
    }
    let told = text().await;
    assert_eq!(told.matches("#EXT-X-GAP\n#EXTINF").count(), 2, "{told}");
    assert!(told.contains("/3.0.m4s\",INDEPENDENT=YES,GAP=YES\n"), "{told}");
    // What the encoder still had of it; who waits for the hinted part gets none.
    let hinted = tokio::spawn({
        let live = live.clone();
        async move { live.file(&format!("{first}/3.2.m4s")).await }
    });
    make(3400, 4000);
    assert!(hinted.await.unwrap().is_none());
    assert!(live.file(&format!("{first}/3.m4s")).await.is_none());
    slate_comes.send(4000 * MS).unwrap();
    make(4000, 5000);
    live.retract("one", Some(mark(4000)));
    make(5000, 6000);
    live.segment_ends("one", mark(6000));
    make(6000, 8000);
    for served in ["0.m4s", "4.m4s", "4.0.m4s", "5.m4s", "6.m4s", "7.m4s"] {
        assert!(live.file(&format!("{first}/{served}")).await.is_some(), "{served}");
    }
    // Afterwards all of it goes, once more and for good.
    for _ in 0..2 {
        live.retract("one", None);
        assert_eq!(text().await.matches("#EXT-X-GAP\n#EXTINF").count(), 6);
    }
    assert!(live.file(&format!("{first}/7.m4s")).await.is_some());
    let folder = data.path().join(format!("live/{first}"));
    let names = || std::fs::read_dir(&folder).map_or(0, |files| files.count());
    for _ in 0..500 {
        if names() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(names(), 3, "a header and two segments are on the disk");
}

/// What an earlier run left on the disk is offered to nobody, not even before it is deleted.
#[tokio::test]
async fn an_earlier_session_is_gone_at_the_start() {
    let data = tempfile::tempdir().unwrap();
    let old = data.path().join("live/1700000000");
    std::fs::create_dir_all(&old).unwrap();
    std::fs::write(old.join("0.m4s"), "old").unwrap();
    let live = live(data.path());
    live.retract("of the earlier run", None);
    assert!(live.file("1700000000/0.m4s").await.is_none());
    for _ in 0..500 {
        if !old.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!old.exists());
}

/// A segment that has left the playlist stays on the disk for a while, but not if it is retracted.
#[test]
fn what_has_left_the_playlist_is_retracted_too() {
    let mut timeline = timeline();
    timeline.rewind = 0;
    for n in 0..20 {
        timeline.add(Part { at: n * 2000 * MS, ..part(2000, true, "x") }, noon(0));
        timeline.close();
        timeline.kept(n, true);
    }
    assert_eq!((timeline.segments[0].number, timeline.serves(5)), (12, true));
    assert!(timeline.retract(from_ref(&(10_500 * MS..11_000 * MS))).contains(&Job::Remove(5)));
    assert!(!timeline.serves(5) && timeline.serves(4) && timeline.serves(6) && timeline.serves(19));
}

#[test]
fn the_playlist_tells_parts_a_pause_and_what_comes_next() {
    let mut timeline = timeline();
    timeline.add(part(200, true, "a"), noon(0));
    timeline.add(part(120, false, "b"), noon(200));
    timeline.close();
    timeline.begin(Bytes::from_static(b"other head"));
    timeline.add(part(200, true, "c"), noon(5000));
    timeline.add(part(200, false, "d"), noon(5200));
    let running = "\
#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.00000,CAN-SKIP-UNTIL=12
#EXT-X-PART-INF:PART-TARGET=0.20000
#EXT-X-MEDIA-SEQUENCE:1000
#EXT-X-DISCONTINUITY-SEQUENCE:125
#EXT-X-MAP:URI=\"1000/init-1.mp4\"
#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:30:00.000Z
#EXT-X-PART:DURATION=0.20000,URI=\"1000/0.0.m4s\",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.12000,URI=\"1000/0.1.m4s\"
#EXTINF:0.32000,
1000/0.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI=\"1000/init-2.mp4\"
#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:30:05.000Z
#EXT-X-PART:DURATION=0.20000,URI=\"1000/1.0.m4s\",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI=\"1000/1.1.m4s\"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"1000/1.2.m4s\"
";
    assert_eq!(playlist::text(&timeline, false, false), running);
    timeline.close();
    let ended = playlist::text(&timeline, false, true);
    assert!(ended.ends_with("#EXTINF:0.40000,\n1000/1.m4s\n#EXT-X-ENDLIST\n"), "{ended}");
}

#[test]
fn a_delta_leaves_out_what_is_older_than_six_target_durations() {
    let mut timeline = timeline();
    fill(&mut timeline, 20);
    let whole = playlist::text(&timeline, false, false);
    let delta = playlist::text(&timeline, true, false);
    assert_eq!(whole.matches("#EXTINF").count(), 20);
    assert_eq!(delta.matches("#EXTINF").count(), 6);
    assert!(delta.contains("#EXT-X-SKIP:SKIPPED-SEGMENTS=14\n"), "{delta}");
    assert_eq!(whole.matches("#EXT-X-PART:").count(), 30, "parts of the last three target durations");
    assert!(!whole.contains("SKIP:"));
}

#[test]
fn what_is_older_than_the_rewind_goes_and_is_deleted_later() {
    let mut timeline = timeline();
    let mut jobs = Vec::new();
    for n in 0..100 {
        jobs.extend(fill(&mut timeline, 1));
        jobs.extend(timeline.kept(n, true));
        assert!(timeline.segments.len() <= 30, "60 s of 2 s");
    }
    assert_eq!(timeline.segments[0].number, 70);
    let removed: Vec<_> =
        jobs.iter().filter_map(|job| if let Job::Remove(n) = job { Some(*n) } else { None }).collect();
    assert_eq!(removed, (0..40).collect::<Vec<_>>(), "thirty stay for players about to ask");
    assert!(timeline.segment(80).is_none() && timeline.segment(99).is_some(), "memory holds the newest");
    assert!(timeline.part(99, 9).is_some() && timeline.part(80, 0).is_none());
}

#[test]
fn a_disk_that_fails_or_is_full_leaves_what_memory_holds() {
    let mut timeline = timeline();
    timeline.rewind = 3_600_000 * MS;
    for n in 0..50 {
        fill(&mut timeline, 1);
        timeline.kept(n, false);
    }
    assert_eq!(timeline.segments.len(), 38, "bounded");
    assert!(timeline.segments.iter().all(|segment| timeline.segment(segment.number).is_some()), "each can be served");
    let mut full = self::timeline();
    for n in 0..20 {
        fill(&mut full, 1);
        full.kept(n, true);
    }
    assert_eq!(full.shrink(), Some(0..=0));
    let left = std::iter::from_fn(|| full.shrink()).count();
    assert_eq!((left, full.segments.len()), (11, 8));
}

#[test]
fn discontinuities_that_left_are_counted_once() {
    let mut timeline = timeline();
    timeline.rewind = 0;
    fill(&mut timeline, 4);
    timeline.begin(Bytes::from_static(b"again"));
    fill(&mut timeline, 30);
    assert_eq!(timeline.discontinuities, 1);
    assert!(!playlist::text(&timeline, false, false).contains("#EXT-X-DISCONTINUITY\n"));
}

#[test]
fn parts_are_whole_frames_of_a_length_without_rounding() {
    for (rate, frames, length) in [(25, 5, 200), (30, 6, 200), (50, 10, 200), (60, 12, 200), (24, 6, 250), (12, 3, 250)]
    {
        assert_eq!(part_frames(rate), (frames, length * MS), "{rate}");
    }
    for rate in 5..=60 {
        let (frames, longest) = part_frames(rate);
        assert!(u64::from(frames) * 1_000_000_000 / u64::from(rate) <= longest && longest <= 700 * MS, "{rate}");
    }
}

fn live(data: &std::path::Path) -> Live {
    Live::open(data, 25, 1)
}

fn ask(msn: u64, part: Option<u64>) -> Ask {
    Ask { msn: Some(msn), part, skip: false }
}

fn sequence(text: &str) -> u64 {
    text.lines().find_map(|line| line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:")).unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_player_waits_for_a_part_for_a_segment_and_not_for_ever() {
    let data = tempfile::tempdir().unwrap();
    let live = live(data.path());
    assert!(matches!(live.playlist(Ask::default()).await, Err(NoPlaylist::Nothing(_))));
    let feeding = live.begin("page", 60_000 * MS).unwrap();
    live.header(feeding, Bytes::from_static(b"head"));
    live.part_made(feeding, part(200, true, "one"), noon(0), false);
    let first = sequence(std::str::from_utf8(&live.playlist(Ask::default()).await.unwrap()).unwrap());

    assert!(live.playlist(ask(first, Some(0))).await.is_ok(), "it is there");
    for bad in [ask(first + 3, None), ask(first, Some(100_000)), Ask { msn: None, part: Some(0), skip: false }] {
        assert!(matches!(live.playlist(bad).await, Err(NoPlaylist::Bad(_))), "{bad:?}");
    }

    let waiting = |wanted| {
        let live = live.clone();
        tokio::spawn(async move { String::from_utf8(live.playlist(wanted).await.unwrap().to_vec()).unwrap() })
    };
    let (for_part, for_segment) = (waiting(ask(first, Some(1))), waiting(ask(first, None)));
    let hinted = tokio::spawn({
        let live = live.clone();
        async move { live.file(&format!("{first}/0.1.m4s")).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!for_part.is_finished() && !for_segment.is_finished() && !hinted.is_finished());
    live.part_made(feeding, part(200, false, "two"), noon(200), false);
    assert!(for_part.await.unwrap().contains("/0.1.m4s\"\n#EXT-X-PRELOAD"));
    assert_eq!(hinted.await.unwrap().unwrap(), "two", "the hinted part is sent when it is made");
    assert!(!for_segment.is_finished());
    live.part_made(feeding, part(200, false, "three"), noon(400), true);
    assert!(for_segment.await.unwrap().contains("#EXTINF:0.60000,"));
    assert_eq!(live.file(&format!("{first}/0.m4s")).await.unwrap(), "onetwothree");
    assert_eq!(live.file(&format!("{first}/0.2.m4s")).await.unwrap(), "three", "parts stay for a while");

    let began = tokio::time::Instant::now();
    assert!(live.playlist(ask(first + 1, Some(0))).await.is_ok(), "as it is");
    assert_eq!(began.elapsed().as_secs(), 3, "three target durations");
    for wrong in ["../0.m4s", "1/0.m4s", "0/init-2.mp4", "0.9.m4s", "x.m4s", "+1.m4s"] {
        assert!(live.file(&format!("{first}/{wrong}")).await.is_none(), "{wrong}");
        assert!(live.file(wrong).await.is_none(), "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_is_a_discontinuity_and_a_long_one_an_end() {
    let data = tempfile::tempdir().unwrap();
    let live = live(data.path());
    let text = async || String::from_utf8(live.playlist(Ask::default()).await.unwrap().to_vec()).unwrap();
    let feeding = live.begin("page", 60_000 * MS).unwrap();
    live.header(feeding, Bytes::from_static(b"head"));
    live.part_made(feeding, part(200, true, "one"), noon(0), false);
    assert!(live.begin("other", 0).is_err(), "one output at a time");
    live.end(feeding);
    tokio::time::advance(Duration::from_secs(29)).await;
    assert!(!text().await.contains("ENDLIST"));

    let again = live.begin("page", 60_000 * MS).unwrap();
    live.header(again, Bytes::from_static(b"head"));
    live.part_made(again, part(200, true, "two"), noon(29_000), false);
    live.part_made(feeding, part(200, true, "late"), noon(29_000), false);
    live.end(feeding);
    tokio::time::advance(Duration::from_secs(40)).await;
    let resumed = text().await;
    assert!(resumed.contains("#EXT-X-DISCONTINUITY\n") && !resumed.contains("ENDLIST"), "{resumed}");
    assert_eq!(resumed.matches("#EXT-X-PART:").count(), 2, "what an earlier pipeline still sends is not ours");

    live.end(again);
    tokio::time::advance(Duration::from_secs(31)).await;
    assert!(text().await.ends_with("#EXT-X-ENDLIST\n"));
    let other = live.begin("other", 60_000 * MS).unwrap();
    live.header(other, Bytes::from_static(b"head"));
    live.part_made(other, part(200, true, "three"), noon(70_000), false);
    assert!(!text().await.contains("ENDLIST"), "the show goes on");
}

/// The pipeline of the description, fed by an encoder in it, with a key frame where it is asked for.
fn film(live: &Live, seconds: u64, early_key: u64) {
    media::init().unwrap();
    let data = tempfile::tempdir().unwrap();
    let description = Descriptions::new(data.path()).launch(Folder::Outputs, "hls").unwrap();
    let description = description
        .replace(
            "appsrc name=picture",
            "videotestsrc num-buffers=FRAMES pattern=ball ! video/x-raw,width=320,height=180,framerate=25/1 \
             ! x264enc name=encoder key-int-max=25 bframes=0 tune=zerolatency speed-preset=ultrafast option-string=scenecut=0 \
             ! h264parse ! video/x-h264,stream-format=avc,alignment=au ! identity name=picture silent=true",
        )
        .replace(
            "appsrc name=sound",
            "audiotestsrc num-buffers=SOUNDS samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=2 ! avenc_aac ! aacparse",
        )
        .replace("FRAMES", &(seconds * 25).to_string())
        .replace("SOUNDS", &(seconds * 48_000 / 1024).to_string());
    let (notify, notices) = mpsc::channel();
    let clock = Clock::start();
    let pipeline = Pipeline::parse("page", &description, &clock, 0, move |notice| {
        let _ = notify.send(notice);
    })
    .unwrap();
    feeder::attach(&pipeline, live, &clock, 3_600_000 * MS).unwrap();
    let encoder = pipeline.element("encoder").unwrap();
    let early = gstreamer::ClockTime::from_mseconds(early_key);
    let sink = encoder.static_pad("sink").unwrap();
    let source = encoder.static_pad("src").unwrap();
    sink.add_probe(gstreamer::PadProbeType::BUFFER, move |_, info| {
        if info.buffer().and_then(|buffer| buffer.pts()) == Some(early) {
            source.send_event(gstreamer_video::UpstreamForceKeyUnitEvent::builder().all_headers(true).build());
        }
        gstreamer::PadProbeReturn::Ok
    });
    pipeline.play();
    match notices.recv_timeout(Duration::from_secs(30)) {
        Ok(Notice::Ended) => (),
        other => panic!("{other:?}"),
    }
    assert!(pipeline.stop(Duration::from_secs(5)));
}

fn ffprobe(file: &std::path::Path, stream: &str, entries: &str) -> Vec<String> {
    let out = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", stream, "-show_entries", entries, "-of", "csv=p=0"])
        .arg(file)
        .output()
        .unwrap();
    assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Every segment begins with a key frame and is decodable with the header alone, parts make up their
/// segment byte for byte, lengths are what the playlist says, sound goes on over every seam.
#[tokio::test]
async fn real_pictures_become_segments_that_stand_alone() {
    let data = tempfile::tempdir().unwrap();
    let live = live(data.path());
    let filming = live.clone();
    tokio::task::spawn_blocking(move || film(&filming, 5, 1_600)).await.unwrap();
    let text = String::from_utf8(live.playlist(Ask::default()).await.unwrap().to_vec()).unwrap();
    let session = sequence(&text);
    let lengths: Vec<f64> =
        text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.trim_end_matches(',').parse().ok()).collect();
    // An early key frame at 1.6 s; the next come a second after it.
    assert_eq!(lengths[..4], [1.0, 0.6, 1.0, 1.0], "{text}");

    let header = live.file(&format!("{session}/init-1.mp4")).await.unwrap();
    let mut whole = header.to_vec();
    let mut ends = 0.0;
    for (number, length) in lengths.iter().enumerate() {
        let segment = live.file(&format!("{session}/{number}.m4s")).await.unwrap();
        let parts = text.matches(&format!("URI=\"{session}/{number}.")).count();
        if parts > 0 {
            let mut joined = Vec::new();
            for part in 0..parts {
                joined.extend(live.file(&format!("{session}/{number}.{part}.m4s")).await.unwrap());
            }
            assert_eq!(joined, segment, "the parts of segment {number}");
        }
        whole.extend(&segment);
        let file = data.path().join(format!("{number}.mp4"));
        std::fs::write(&file, [&header[..], &segment].concat()).unwrap();
        let pictures = ffprobe(&file, "v:0", "packet=pts_time,flags");
        assert_eq!(pictures.len(), (length * 25.0).round() as usize, "pictures of segment {number}");
        assert!(pictures[0].split_once(',').unwrap().1.starts_with('K'), "{number}: {}", pictures[0]);
        let first: f64 = pictures[0].split_once(',').unwrap().0.parse().unwrap();
        assert!((first - ends).abs() < 0.001, "segment {number} begins at {first}, wanted {ends}");
        // The encoder's own remark in the first picture is a line as well.
        let decoded = ffprobe(&file, "v:0", "frame=pict_type").into_iter().filter(|line| line.starts_with(['I', 'P']));
        assert_eq!(decoded.count(), pictures.len(), "each is decoded");
        let sound: f64 = ffprobe(&file, "a:0", "packet=pts_time")[0].trim_end_matches(',').parse().unwrap();
        assert!((sound - first).abs() < 0.03, "segment {number}: picture from {first}, sound from {sound}");
        ends += length;
    }
    let file = data.path().join("whole.mp4");
    std::fs::write(&file, whole).unwrap();
    let sound: Vec<f64> = ffprobe(&file, "a:0", "packet=pts_time")
        .iter()
        .map(|line| line.trim_end_matches(',').parse().unwrap())
        .collect();
    assert!(sound.len() > 220, "{}", sound.len());
    assert!(sound.windows(2).all(|pair| (pair[1] - pair[0] - 1024.0 / 48_000.0).abs() < 0.001), "no hole, no overlap");

    let parts: Vec<f64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#EXT-X-PART:DURATION=")?.split(',').next()?.parse().ok())
        .collect();
    // The last holds all that there was at the end.
    let parts = &parts[..parts.len() - 1];
    assert!(!parts.is_empty() && parts.iter().all(|length| *length <= 0.2), "{parts:?}");
}
