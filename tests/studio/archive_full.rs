//! A disk that fills while a segment is recorded.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    panel_house::{self, ANIMATOR, House, SOON, Socket, WITH_PINS},
    support::{recording, small_disk::SmallDisk, wait},
};

/// What a minute of recording takes at the rate of [`SMALL`], bytes.
const MINUTE: u64 = (400 + 128) * 125 * 60;
/// A live page, and a rate that makes a small disk last for minutes.
const SMALL: &str = "[[output]]\nid = \"live\"\nkind = \"hls\"\nstart = \"auto\"\n";

fn ask(socket: &mut Socket, command: Value) {
    let reply = socket.ask(command.clone());
    assert_eq!(reply["ok"], true, "{command}: {reply}");
}

/// The desk is told.
fn warned(socket: &mut Socket, code: &str) -> Value {
    wait::until(code, SOON, || {
        let health = socket.fresh_snapshot()["state"]["health"].clone();
        health["problems"].as_array().unwrap().iter().any(|problem| problem["code"] == code).then_some(health)
    })
}

/// The last segment that the live page offers.
fn newest(house: &House) -> Option<String> {
    let list = String::from_utf8(house.request("GET", "/live/index.m3u8", &[], "").body).ok()?;
    let variant = list.lines().rfind(|line| line.contains(".m3u8") && !line.starts_with('#')).map(str::to_owned);
    let list = match variant {
        Some(name) => String::from_utf8(house.request("GET", &format!("/live/{name}"), &[], "").body).ok()?,
        None => list,
    };
    list.lines().rfind(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned)
}

/// Decodes to the end without a complaint; the time of its last picture, in seconds.
fn decodes(file: &Path) -> f64 {
    let decoded =
        Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(file).args(["-f", "null", "-"]).output().unwrap();
    let said = String::from_utf8_lossy(&decoded.stderr);
    assert!(decoded.status.success() && said.trim().is_empty(), "{}: {said}", file.display());
    recording::video_times(file).last().expect("it has pictures").0
}

#[test]
fn a_full_disk_ends_the_recording_whole_and_the_live_goes_on() {
    let folder = Arc::new(TempDir::new().unwrap());
    let Some(disk) = SmallDisk::mount(&folder.path().join("data"), 64) else { return };
    let plain = panel_house::command(&folder, "127.0.0.1:0", WITH_PINS);
    let config = folder.path().join("plateau.toml");
    let text = fs::read_to_string(&config).unwrap() + SMALL;
    fs::write(&config, text.replace("[encoder]\n", "[encoder]\nbitrate_kbps = 400\naudio_kbps = 128\n")).unwrap();
    let house = House::open_by(folder.clone(), disk.command(&plain));
    let mut socket = house.enter(ANIMATOR);

    ask(&mut socket, json!({ "command": "segment_add", "title": "Plein" }));
    ask(&mut socket, json!({ "command": "segment_start" }));
    ask(&mut socket, json!({ "command": "record", "on": true }));
    wait::span(4.0);
    disk.fill(9 * MINUTE);
    let health = warned(&mut socket, "disk_nearly_full");
    assert!((8..10).contains(&health["disk_minutes_left"].as_u64().unwrap()), "{health}");
    disk.fill(MINUTE + MINUTE / 2);
    let health = warned(&mut socket, "disk_full_soon");
    assert!(health["disk_minutes_left"].as_u64().unwrap() < 2, "{health}");

    // The last kilobytes go while it records.
    disk.fill(400_000);
    let recorded = wait::until("the end of both recordings", 30.0, || {
        let state = socket.fresh_snapshot()["state"].clone();
        let problems = state["health"]["problems"].as_array().unwrap();
        let ended = problems.iter().any(|problem| problem["code"] == "segment_not_recorded");
        (ended && !state["recording"]["problem"].is_null()).then_some(state)
    });
    assert_eq!(recorded["segment"]["title"], "Plein", "the show goes on");
    let before = wait::until("a live page", SOON, || newest(&house));
    wait::until("the live to go on", SOON, || newest(&house).filter(|name| *name != before));
    let shown = newest(&house).unwrap();
    assert_eq!(house.request("GET", &format!("/live/{shown}"), &[], "").status, 200);

    // It is a closed file that any player takes.
    let length = decodes(&films(&disk.path("masters"))[0]);
    assert!(length > 3.0, "{length} s");
    let by_hand = films(&disk.path("recordings"));
    assert!(decodes(&by_hand[0]) > 3.0);
    ask(&mut socket, json!({ "command": "segment_end" }));

    // What would not be recorded does not begin.
    ask(&mut socket, json!({ "command": "segment_add", "title": "De trop" }));
    let refused = socket.ask(json!({ "command": "segment_start" }));
    assert_eq!(refused["error"]["code"], "segment_not_recorded", "{refused}");
    assert_eq!(films(&disk.path("masters")).len(), 1);

    // Somebody makes room: the clip comes with the next start, of all that was recorded.
    drop(socket);
    house.close();
    disk.empty();
    let house = House::open_by(folder.clone(), disk.command(&plain));
    let mut socket = house.enter(ANIMATOR);
    let clip = wait::until("the clip", SOON, || {
        let clips = socket.fresh_snapshot()["state"]["clips"].clone();
        clips.as_array().unwrap().iter().find(|clip| clip["title"] == "Plein").cloned()
    });
    let made = clip["duration_ms"].as_f64().unwrap() / 1000.0;
    assert!(made > 2.0 && made <= length + 0.1, "{made} s of {length} s");
    drop(socket);
    house.close();
    // The one that was asked for by hand is whole as well, and attempts that could not begin left nothing.
    let by_hand = films(&disk.path("recordings"));
    let lengths: Vec<_> = by_hand.iter().map(|film| decodes(film)).collect();
    assert!(lengths[0] > 3.0, "{lengths:?}");
}

/// The films in a folder, oldest first.
fn films(folder: &Path) -> Vec<PathBuf> {
    let mut films: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    films.retain(|path| path.extension() == Some("mp4".as_ref()));
    films.sort();
    films
}
