//! A clip and those in it, through every door: what they say reaches it wherever it lies.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    day::{ask, call, code, enter, good, open, open_in, person, signing, state, traces_in},
    operations::{self, REQUESTS, Request, guest, on_air, published, told},
    panel_house::{ANIMATOR, House, SOON, Socket},
    support::wait,
};

/// Everywhere the public could come across a clip.
pub fn seen(house: &House, clip: &str) -> Vec<String> {
    let get = |path: &str| house.request("GET", path, &[], "");
    let lists = ["/archive", "/archive/feed.xml", "/archive/sitemap.xml", "/api/clips", "/archive?q=seance"];
    let listed = lists.iter().filter(|path| String::from_utf8_lossy(&get(path).body).contains(clip));
    let own = [
        "archive/ID",
        "archive/ID/embed",
        "api/clips/ID",
        "clips/ID/clip.mp4",
        "clips/ID/poster.jpg",
        "clips/ID/clip.json",
    ];
    let own = own.iter().map(|path| format!("/{}", path.replace("ID", clip)));
    let exports = ["bundle", "site"].map(|name| house.data().join("exports").join(name));
    let copies = traces_in_names(&exports, clip).into_iter();
    listed.map(|path| (*path).to_owned()).chain(own.filter(|path| get(path).status == 200)).chain(copies).collect()
}

fn traces_in_names(folders: &[PathBuf], clip: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten()).flatten() {
        let path = entry.path();
        if path.file_name().unwrap().to_string_lossy().contains(clip) {
            found.push(path.display().to_string());
        } else if path.is_dir() {
            found.extend(traces_in_names(&[path], clip));
        }
    }
    found
}

fn folder_of(house: &House, clip: &str) -> PathBuf {
    let folder: PathBuf = [&clip[..4], &clip[5..7], &clip[8..10], clip].iter().collect();
    house.data().join("clips").join(folder)
}

pub fn exported(socket: &mut Socket) {
    for form in ["bundle", "site"] {
        ask(socket, json!({ "command": "export_start", "form": form }));
    }
    wait::until("the exports", 60.0, || {
        let exports = state(socket)["exports"].take();
        let done = |export: &Value| export["status"] == "done";
        exports.as_array().filter(|exports| exports.iter().all(done)).map(drop)
    });
}

pub fn clip_at_the_desk(socket: &mut Socket, clip: &str) -> Option<Value> {
    let clips = state(socket)["clips"].take();
    clips.as_array().unwrap().iter().find(|known| known["id"] == clip).cloned()
}

#[test]
fn no_way_of_saying_no_stops_at_the_bin() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    for (number, request) in REQUESTS.into_iter().enumerate() {
        let guest = guest(&house, &desk, &mut socket, number as u64);
        on_air(&mut socket, &guest, 0.5);
        let clip = published(&house, &guest);
        ask(&mut socket, json!({ "command": "clip_remove", "clip": clip }));
        assert_eq!(seen(&house, &clip), Vec::<String>::new());
        request.ask(&house, &desk, &guest);
        if request.erases() {
            assert_eq!(traces_in(&house.data(), &[&guest.name]), Vec::<String>::new(), "{request:?}");
        }
        ask(&mut socket, json!({ "command": "clip_restore", "clip": clip }));
        // The desk hears of it a moment after whoever asked has the answer.
        let known = wait::until("it is back at the desk", 5.0, || clip_at_the_desk(&mut socket, &clip));
        assert_eq!((&known["standing"], &known["public"]), (&json!("waiting"), &json!(false)), "{request:?}");
        assert_eq!(seen(&house, &clip), Vec::<String>::new(), "{request:?}");
        let publish = json!({ "command": "clip_publish", "clip": clip, "agreed": true });
        assert_eq!(code(&mut socket, publish), "consent_missing", "{request:?}");
    }
}

#[test]
fn a_record_changed_by_hand_after_a_withdrawal_makes_nothing_public() {
    let mut house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let guest = guest(&house, &desk, &mut socket, 1);
    on_air(&mut socket, &guest, 0.5);
    let clip = published(&house, &guest);
    exported(&mut socket);
    assert_eq!(seen(&house, &clip).len(), 14, "{:?}", seen(&house, &clip));
    Request::Withdraw.ask(&house, &desk, &guest);
    assert_eq!(seen(&house, &clip), Vec::<String>::new());

    let file = folder_of(&house, &clip).join("record.json");
    let whole = fs::read(&file).unwrap();
    let mut record: Value = serde_json::from_slice(&whole).unwrap();
    for (field, value) in [
        ("allowed", json!(true)),
        ("standing", json!("published")),
        ("people", json!([])),
        ("segment", Value::Null),
        ("cleared", json!(1)),
    ] {
        record[field] = value;
    }
    fs::write(&file, record.to_string()).unwrap();
    let named = |socket: &mut Socket| {
        let problems = state(socket)["health"]["problems"].take();
        problems.as_array().unwrap().iter().any(|problem| {
            problem["code"] == "record_damaged" && problem.to_string().contains(&format!("clips/{}", &clip[..4]))
        })
    };
    for restarted in [false, true] {
        if restarted {
            let folder = house.folder();
            drop((socket, house));
            house = open_in(folder);
            socket = enter(&house, ANIMATOR);
        }
        assert_eq!(seen(&house, &clip), Vec::<String>::new());
        wait::until("the desk is told where", 30.0, || named(&mut socket).then_some(()));
        for command in ["clip_publish", "clip_hide"] {
            let command = json!({ "command": command, "clip": clip });
            assert_eq!(code(&mut socket, command), "record_damaged");
        }
        exported(&mut socket);
        assert_eq!(seen(&house, &clip), Vec::<String>::new());
    }
    // From a copy, the desk is told that it is well; and nothing is public that was not.
    fs::write(&file, whole).unwrap();
    wait::until("the desk is told", 30.0, || (!told(&mut socket, "record_damaged")).then_some(()));
    assert_eq!(seen(&house, &clip), Vec::<String>::new());
}

/// As the interface says: a segment without participants, and a private one, wait for the desk.
#[test]
fn a_segment_of_nobody_and_a_private_one_wait_for_the_desk() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    ask(&mut socket, json!({ "command": "segment_add", "title": "Ambiance" }));
    ask(&mut socket, json!({ "command": "segment_start" }));
    wait::span(0.5);
    ask(&mut socket, json!({ "command": "segment_end" }));
    let guest = guest(&house, &desk, &mut socket, 7);
    ask(&mut socket, json!({ "command": "segment_start", "segment": guest.segment, "private": true }));
    wait::span(1.5);
    ask(&mut socket, json!({ "command": "segment_end" }));
    // Straight after it, somebody who may be seen.
    let next = operations::guest(&house, &desk, &mut socket, 8);
    on_air(&mut socket, &next, 1.0);
    let public = published(&house, &next);
    let by_title = |socket: &mut Socket, title: &str| {
        wait::until(title, SOON, || {
            let clips = state(socket)["clips"].take();
            clips.as_array().unwrap().iter().find(|clip| clip["title"] == title).cloned()
        })
    };
    for title in ["Ambiance", &guest.title] {
        let clip = by_title(&mut socket, title);
        let id = clip["id"].as_str().unwrap();
        assert_eq!(
            (&clip["standing"], &clip["clearing"], &clip["public"]),
            (&json!("waiting"), &json!(true), &json!(false))
        );
        assert_eq!(seen(&house, id), Vec::<String>::new());
        let publish = |socket: &mut Socket, agreed: bool| {
            socket.ask(json!({ "command": "clip_publish", "clip": id, "agreed": agreed }))
        };
        let refused = publish(&mut socket, false);
        assert_eq!(refused["error"]["code"], "consent_missing", "{refused}");
        let by_http = call(&house, "POST", &format!("/api/archive/{id}/publish"), &desk, &Value::Null);
        assert_eq!(by_http.json()["error"]["code"], "consent_missing", "both doors say the same");
        assert_eq!(publish(&mut socket, true)["ok"], true);
        assert_eq!(call(&house, "GET", &format!("/api/clips/{id}"), "", &Value::Null).status, 200);
    }
    // The private segment's title is in the names of no files, and not in the log.
    let names = traces_in_names(&[house.data().join("masters"), house.data().join("clips")], "seance-007");
    assert_eq!(names, Vec::<String>::new());
    assert!(!house.said().to_lowercase().contains("ance 007") && !house.said().contains("seance-007"));

    // Nor can it be reached by moving the neighbour's beginning.
    let earlier = json!({ "from_ms": -5000 });
    let refused = call(&house, "PATCH", &format!("/api/archive/{public}"), &desk, &earlier);
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (422, &json!("bad_clip")), "{refused:?}");
    assert_eq!(code(&mut socket, json!({ "command": "clip_update", "clip": public, "from_ms": -5000 })), "bad_clip");
    // What the public API tells says nothing of the rundown or of who agreed.
    let told = call(&house, "GET", "/api/clips", "", &Value::Null).json().to_string();
    for word in [&next.segment, &next.person, &guest.person] {
        assert!(!told.contains(word.as_str()), "{told}");
    }
    assert_eq!(person(&state(&mut socket), &next.name), next.person);
    good(&house, "POST", &format!("/api/archive/{public}/hide"), &desk, &Value::Null);
    assert_eq!(seen(&house, &public), Vec::<String>::new());
}

#[test]
fn the_desk_writes_roles_under_a_clip_and_those_in_it_their_names() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let guest = guest(&house, &desk, &mut socket, 1);
    on_air(&mut socket, &guest, 0.5);
    let clip = published(&house, &guest);
    for (credit, told) in [
        (json!({ "kind": "none" }), json!([])),
        (json!({ "kind": "name", "name": "Abeille75" }), json!([{ "name": "Abeille75", "role": "apicultrice" }])),
    ] {
        let mut form = signing(&house, &["recorded", "live", "archived"], &guest.name);
        form["credit"] = credit;
        good(&house, "POST", &format!("/api/people/{}/sign", guest.person), &desk, &form);
        let credits = json!([{ "name": guest.name, "role": "apicultrice" }]);
        ask(&mut socket, json!({ "command": "clip_update", "clip": clip, "credits": credits }));
        let public = call(&house, "GET", &format!("/api/clips/{clip}"), "", &Value::Null).json();
        assert_eq!(public["credits"], told);
        let files = ["clip.mp4", "poster.jpg", "clip.json"].map(|file| format!("/clips/{clip}/{file}"));
        for path in files.iter().map(String::as_str).chain(["/archive", "/archive/feed.xml"]) {
            let answer = String::from_utf8_lossy(&house.request("GET", path, &[], "").body).into_owned();
            assert!(!answer.contains(&guest.name), "{path}");
        }
    }
    house.close();
}
