//! Disks and files that do not answer: nobody at the desk waits for them.

use std::{
    fs,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use nix::{sys::stat::Mode, unistd::mkfifo};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    panel_house::{self, ANIMATOR, House, SOON, Socket, WITH_PINS},
    support::{small_disk::SmallDisk, wait},
};

/// Sends a command; its reply, and how long that took.
fn ask(socket: &mut Socket, command: Value) -> (Value, Duration) {
    let asked = Instant::now();
    let reply = socket.ask(command);
    (reply, asked.elapsed())
}

/// What is pressed in a show, again and again for `seconds`; how long each was waited for, shortest first.
fn press(socket: &mut Socket, seconds: f64) -> Vec<Duration> {
    let name = json!({ "name": "Mme Ruche", "role": "" });
    let commands = [
        json!({ "command": "take", "scene": "cam2" }),
        json!({ "command": "preview", "scene": "cam1" }),
        json!({ "command": "audio", "source": "cam1", "gain_db": -6.0 }),
        json!({ "command": "title_show", "template": "lower-third", "fields": name }),
        json!({ "command": "slate", "on": true }),
        json!({ "command": "title_hide" }),
        json!({ "command": "slate", "on": false }),
        json!({ "command": "take", "scene": "cam1" }),
    ];
    let mut waited = Vec::new();
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    for command in commands.iter().cycle() {
        if Instant::now() > end {
            break;
        }
        let (reply, time) = ask(socket, command.clone());
        assert_eq!(reply["ok"], true, "{command}: {reply}");
        waited.push(time);
        thread::sleep(Duration::from_millis(20));
    }
    waited.sort();
    waited
}

/// Nobody waited: one may have come when the machine had much to do.
fn at_once(waited: &[Duration]) {
    let (most, longest) = (waited[waited.len() * 9 / 10], waited[waited.len() - 1]);
    assert!(most < Duration::from_millis(200) && longest < Duration::from_millis(1500), "{most:?} {longest:?}");
}

/// What the desk is told is wrong, by its code.
fn problem(socket: &mut Socket, code: &str) -> Option<Value> {
    let problems = socket.fresh_snapshot()["state"]["health"]["problems"].take();
    problems.as_array().unwrap().iter().find(|problem| problem["code"] == code).cloned()
}

fn save(number: usize) -> Value {
    let scene = json!({ "id": format!("scene{number}"), "label": "A", "layers": [{ "source": "cam1" }] });
    json!({ "command": "scene_save", "scene": scene })
}

#[test]
fn a_data_folder_that_does_not_answer_holds_up_no_command() {
    let folder = Arc::new(TempDir::new().unwrap());
    let Some(disk) = SmallDisk::mount(&folder.path().join("data"), 64) else { return };
    let house = House::open_by(folder.clone(), disk.command(&panel_house::command(&folder, "127.0.0.1:0", WITH_PINS)));
    let mut socket = house.enter(ANIMATOR);
    assert_eq!(socket.ask(json!({ "command": "segment_add", "title": "Abeilles" }))["ok"], true);
    at_once(&press(&mut socket, 1.0));

    let Some(hang) = disk.hang() else { return };
    at_once(&press(&mut socket, 6.0));
    let told = wait::until("the disk's silence", SOON, || problem(&mut socket, "disk_silent"));
    assert!(told["text"]["fr"].as_str().unwrap().contains("ne répond pas"), "{told}");
    // What is to be on the disk is waited for, but not for long; and not again while the disk is known to be silent.
    let (reply, time) = ask(&mut socket, save(0));
    assert!(reply["ok"] == true && time < Duration::from_secs(5), "{time:?}: {reply}");
    wait::until("what is not kept", SOON, || problem(&mut socket, "scenes_not_kept"));
    let (reply, time) = ask(&mut socket, save(1));
    assert!(reply["ok"] == true && time < Duration::from_millis(1500), "{time:?}: {reply}");
    let (reply, time) = ask(&mut socket, json!({ "command": "segment_start" }));
    assert!(time < Duration::from_secs(5), "{time:?}");
    assert_eq!(reply["error"]["code"], "segment_not_recorded", "{reply}");
    // The slate is really there: it would have gone again.
    assert_eq!(socket.ask(json!({ "command": "slate", "on": true }))["ok"], true);
    wait::span(2.0);
    assert_eq!(socket.fresh_snapshot()["state"]["slate"], true);
    at_once(&press(&mut socket, 2.0));

    hang.end();
    for code in ["disk_silent", "scenes_not_kept"] {
        wait::until("the end of the problem", 20.0, || problem(&mut socket, code).is_none().then_some(()));
    }
    let scenes: Value = serde_json::from_slice(&fs::read(disk.path("scenes.json")).unwrap()).unwrap();
    assert_eq!(scenes.as_array().map(Vec::len), Some(2));
    assert_eq!(socket.ask(json!({ "command": "segment_start" }))["ok"], true);
}

#[test]
fn films_that_do_not_answer_hold_up_no_command() {
    let folder = Arc::new(TempDir::new().unwrap());
    fs::create_dir_all(folder.path().join("data")).unwrap();
    // More than there are threads that serve commands.
    let films = 2 * thread::available_parallelism().unwrap().get() + 2;
    let films: String = (0..films)
        .map(|number| {
            // Whoever opens it to read waits for somebody who writes.
            mkfifo(&folder.path().join(format!("data/film{number}.mp4")), Mode::S_IRWXU).unwrap();
            format!("[[source]]\nid = \"film{number}\"\nkind = \"media\"\npath = \"film{number}.mp4\"\n")
        })
        .collect();
    let house = House::open_in(folder, "127.0.0.1:0", &format!("{WITH_PINS}{films}"));
    let mut socket = house.enter(ANIMATOR);
    at_once(&press(&mut socket, 3.0));
    let film = wait::until("the film to be given up", 30.0, || {
        let film = socket.fresh_snapshot()["state"]["sources"]["film0"].take();
        (film["status"] == "lost").then_some(film)
    });
    assert_eq!(film["problem"]["code"], "no_answer", "{film}");
    assert_eq!(socket.ask(json!({ "command": "play", "source": "film0" }))["ok"], true);
    at_once(&press(&mut socket, 1.0));
    house.close();
}
