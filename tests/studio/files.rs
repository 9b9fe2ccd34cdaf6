//! The small files of the studio's state: whole after a crash, and a disk that is full is told of.

use std::{fs, path::Path, sync::Arc};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    panel_house::{self, ANIMATOR, House, SOON, WITH_PINS},
    support::{small_disk::SmallDisk, wait},
};

/// Saves the scene `number` under a label that says which change it was.
fn save(number: usize, label: &str) -> Value {
    let scene = json!({ "id": format!("scene{number}"), "label": label, "layers": [{ "source": "cam1" }] });
    json!({ "command": "scene_save", "scene": scene })
}

/// The labels in scenes.json, as they were saved.
fn labels(data: &Path) -> Vec<String> {
    let text = fs::read(data.join("scenes.json")).unwrap();
    let scenes: Value =
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&text)));
    scenes.as_array().unwrap().iter().map(|scene| scene["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn scenes_that_are_saved_while_the_program_is_killed_are_there_whole() {
    /// Scenes, of which every change rewrites all.
    const SCENES: usize = 30;
    const ROUNDS: usize = 20;
    let folder = Arc::new(TempDir::new().unwrap());
    let data = folder.path().join("data");
    let (mut before, mut cut_short) = (vec![String::new(); SCENES], 0);
    for round in 0..ROUNDS {
        let mut house = House::open_in(folder.clone(), "127.0.0.1:0", WITH_PINS);
        let mut socket = house.enter(ANIMATOR);
        let changes: Vec<_> = (0..4 * SCENES).map(|n| format!("round {round} change {n} {}", "é".repeat(20))).collect();
        for (n, label) in changes.iter().enumerate() {
            socket.send(save(n % SCENES, label).to_string());
        }
        // Killed while most of them are still to come.
        let told = 1 + round * 5;
        for _ in 0..told {
            let reply = socket.find("a reply", |message| message["type"] == "reply");
            assert_eq!(reply["ok"], true, "{reply}");
        }
        house.kill();
        // As many changes as it has, one after the other, and no fewer than were told to be saved.
        let found = labels(&data);
        let written = (0..=changes.len()).find(|made| {
            let mut state = before.clone();
            for (n, label) in changes[..*made].iter().enumerate() {
                state[n % SCENES].clone_from(label);
            }
            state.retain(|label| !label.is_empty());
            state == found
        });
        let written = written.unwrap_or_else(|| panic!("round {round}: never written: {found:#?}"));
        assert!(written >= told, "round {round}: {told} changes were told to be saved, {written} are");
        cut_short += usize::from(written < changes.len());
        before = found;
        before.resize(SCENES, String::new());
    }
    assert!(cut_short > ROUNDS / 4, "only {cut_short} rounds were cut short");
    let house = House::open_in(folder, "127.0.0.1:0", WITH_PINS);
    let scenes = house.enter(ANIMATOR).snapshot()["state"]["scenes"].take();
    let shown: Vec<_> = scenes.as_array().unwrap().iter().filter(|scene| scene["automatic"] != true).collect();
    assert_eq!(shown.len(), labels(&data).len());
    let left: Vec<_> = fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().ends_with(".new"))
        .collect();
    assert!(left.is_empty(), "{left:?} stays after the next start");
}

#[test]
fn a_full_disk_says_which_changes_are_not_kept_until_they_are() {
    let folder = Arc::new(TempDir::new().unwrap());
    let Some(disk) = SmallDisk::mount(&folder.path().join("data"), 16) else { return };
    let house = House::open_by(folder.clone(), disk.command(&panel_house::command(&folder, "127.0.0.1:0", WITH_PINS)));
    let mut socket = house.enter(ANIMATOR);
    assert_eq!(socket.ask(save(0, "before"))["ok"], true);
    disk.fill(0);
    assert_eq!(socket.ask(save(1, &"full ".repeat(10)))["ok"], true, "the show goes on");
    assert_eq!(socket.ask(json!({ "command": "segment_add", "title": "Plein" }))["ok"], true);
    let mut problem = |code: &str| {
        let problems = socket.fresh_snapshot()["state"]["health"]["problems"].take();
        problems.as_array().unwrap().iter().find(|problem| problem["code"] == code).cloned()
    };
    for (code, file) in [("scenes_not_kept", "scenes.json"), ("rundown_not_kept", "rundown.json")] {
        let told = wait::until(code, SOON, || problem(code));
        assert_eq!(told["fault"], "operator");
        for text in [&told["text"]["fr"], &told["text"]["en"]] {
            assert!(text.as_str().unwrap().contains(file), "{told}");
        }
    }
    assert_eq!(labels(&disk.path("")), ["before"], "what was there is untouched");
    disk.empty();
    for code in ["scenes_not_kept", "rundown_not_kept"] {
        wait::until("the end of the problem", 20.0, || problem(code).is_none().then_some(()));
    }
    assert_eq!(labels(&disk.path("")).len(), 2);
    assert!(fs::read_to_string(disk.path("rundown.json")).unwrap().contains("Plein"));
}
