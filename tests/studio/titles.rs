//! Titles and scenes that cannot be: refused with a sentence, and the show goes on.

use std::{fs, sync::Arc};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    day::{ask, enter, good, open, signing, state},
    panel_house::{ADMIN, ANIMATOR, House, MODERATOR, Socket, WITH_PINS},
};

fn show(template: &str, fields: Value) -> Value {
    json!({ "command": "title_show", "template": template, "fields": fields })
}

/// The code of a refusal, which has its sentence in both languages.
fn refused(socket: &mut Socket, command: Value) -> String {
    let reply = socket.ask(command.clone());
    assert_eq!(reply["ok"], false, "{command}");
    let error = &reply["error"];
    assert!(error["text"]["fr"].as_str().unwrap().len() > 10 && error["text"]["en"].as_str().unwrap().len() > 10);
    error["code"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_too_long_empty_or_unknown_is_refused_and_what_is_on_air_stays() {
    let house = House::open();
    let mut socket = house.enter(ANIMATOR);
    let html = json!({ "name": "<b>Mme Ruche</b> & fils", "role": "<script>alert(1)</script>" });
    assert_eq!(socket.ask(show("lower-third", html.clone()))["ok"], true);
    for (command, code) in [
        (show("lower-third", json!({ "name": "x".repeat(10_000) })), "text_too_long"),
        (show("lower-third", json!({ "name": "A", "colour": "red" })), "unknown_field"),
        (show("lower-third", json!({ "name": " ", "role": "B" })), "name_empty"),
        (show("title-card", json!({})), "title_empty"),
        (show("../slate", json!({})), "unknown_template"),
        (show("countdown", json!({ "time": "soon" })), "bad_countdown"),
    ] {
        assert_eq!(refused(&mut socket, command), code);
    }
    for (scene, why) in [
        (json!({ "id": "a", "label": " ", "layers": [{ "source": "cam1" }] }), "an empty name"),
        (
            json!({ "id": "a", "label": "A", "layers": [{ "source": "cam1", "x": 0.6, "width": 0.6 }] }),
            "out of the frame",
        ),
        (json!({ "id": "a", "label": "A", "layers": [{ "source": "cam1", "y": -0.1 }] }), "above the frame"),
        (json!({ "id": "a", "label": "A", "layers": [{ "source": "cam1", "width": 0.0 }] }), "nothing to see"),
        (json!({ "id": "a", "label": "A".repeat(10_000), "layers": [{ "source": "cam1" }] }), "a long name"),
        (json!({ "id": "A b", "label": "A", "layers": [{ "source": "cam1" }] }), "a bad id"),
        (json!({ "id": "a", "label": "A", "layers": [] }), "no layer"),
    ] {
        assert_eq!(refused(&mut socket, json!({ "command": "scene_save", "scene": scene })), "bad_scene", "{why}");
    }
    let state = socket.fresh_snapshot()["state"].clone();
    assert_eq!(state["titles"].as_array().map(Vec::len), Some(1));
    assert_eq!(state["titles"][0]["fields"], html);
    assert_eq!(state["scenes"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_countdown_goes_by_itself_when_it_is_over() {
    let house = House::open();
    let mut socket = house.enter(ANIMATOR);
    assert_eq!(socket.ask(show("clock", json!({})))["ok"], true);
    assert_eq!(socket.ask(show("countdown", json!({ "label": "Le direct", "seconds": "1" })))["ok"], true);
    let titles = socket.fresh_snapshot()["state"]["titles"].clone();
    let (since, end) = (titles[1]["since"].as_u64().unwrap(), titles[1]["counts_to"].as_u64().unwrap());
    assert_eq!(end - since, 1000);
    assert!(titles[0]["counts_to"].is_null() && titles[0]["until"].is_null(), "{titles}");
    let gone = socket.find("its going", |message| {
        message["event"] == "titles_changed" && message["titles"].as_array().is_some_and(|titles| titles.len() == 1)
    });
    assert_eq!(gone["titles"][0]["template"], "clock");
}

#[test]
fn a_refused_template_is_told_and_the_programs_own_serves() {
    let folder = Arc::new(TempDir::new().unwrap());
    let own = folder.path().join("data/pipelines/graphics");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("lower-third.svg"), "<svg").unwrap();
    let outside =
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"/etc/hostname\" width=\"9\" height=\"9\"/></svg>";
    fs::write(own.join("ours.svg"), outside).unwrap();
    let house = House::open_in(folder, "127.0.0.1:0", WITH_PINS);
    let mut socket = house.enter(ANIMATOR);
    let told = socket.find("the templates' faults", |message| {
        let health = if message["type"] == "snapshot" { &message["state"]["health"] } else { &message["health"] };
        health["problems"].as_array().is_some_and(|problems| problems.len() >= 2)
    });
    let told = told.to_string();
    assert!(told.contains("lower-third.svg") && told.contains("ours.svg"), "{told}");
    assert_eq!(socket.ask(show("lower-third", json!({ "name": "Mme Ruche", "role": "Apicultrice" })))["ok"], true);
    assert_eq!(refused(&mut socket, show("ours", json!({}))), "unknown_template");
}

#[test]
fn a_title_calls_nobody_by_a_name_that_they_did_not_choose() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let mut moderator = enter(&house, MODERATOR);
    let people = ["Ouardia Haddad", "Thomas Le Goff", "Inès"].map(|name| json!({ "name": name }));
    ask(&mut socket, json!({ "command": "segment_add", "title": "Table ronde", "participants": people }));
    let known = state(&mut socket);
    let credits = [
        json!({ "kind": "none" }),
        json!({ "kind": "name", "name": "Tom" }),
        json!({ "kind": "name", "name": "Inès B." }),
    ];
    for (person, credit) in known["rundown"][0]["participants"].as_array().unwrap().iter().zip(credits) {
        let mut form = signing(&house, &["recorded", "live"], person["name"].as_str().unwrap());
        form["credit"] = credit;
        good(&house, "POST", &format!("/api/people/{}/sign", person["id"].as_str().unwrap()), &desk, &form);
    }
    // Before the segment, during it, and afterwards.
    for then in [Some("segment_start"), Some("segment_end"), None] {
        for (name, role) in [
            ("Ouardia Haddad", ""),
            ("HADDAD  Ouardia", "Apicultrice"),
            ("Ouardia", "Haddad"),
            ("Avec Inès B. et Thomas Le Goff", ""),
            ("Ines", "Chez elle"),
        ] {
            let title = show("lower-third", json!({ "name": name, "role": role }));
            assert_eq!(refused(&mut socket, title.clone()), "name_not_chosen", "{name}");
            let mut said = title;
            said["agreed"] = json!(true);
            assert_eq!(refused(&mut moderator, said), "name_not_chosen", "a moderator does not overrule");
        }
        for name in ["Tom", "Inès B.", "Haddadi Ouardia", "Mme Ruche"] {
            ask(&mut socket, show("lower-third", json!({ "name": name, "role": "" })));
        }
        then.iter().for_each(|then| ask(&mut socket, json!({ "command": then })));
    }
    // An animator may know better: she has just said so, or it is somebody else.
    let mut said = show("lower-third", json!({ "name": "Ouardia Haddad", "role": "" }));
    said["agreed"] = json!(true);
    ask(&mut socket, said);
    assert_eq!(state(&mut socket)["titles"][0]["fields"]["name"], "Ouardia Haddad");
}

#[test]
fn what_was_typed_before_the_start_names_nobody_after_it() {
    let house = open();
    let mut admin = enter(&house, ADMIN);
    ask(&mut admin, json!({ "command": "segment_add", "title": "Débat", "participants": [{ "name": "Nour Haddad" }] }));
    ask(&mut admin, show("lower-third", json!({ "name": "Nour Haddad", "role": "" })));
    ask(&mut admin, show("title-card", json!({ "title": "Le débat", "subtitle": "" })));
    ask(&mut admin, json!({ "command": "segment_start", "reason": "accord donné de vive voix" }));
    let titles = state(&mut admin)["titles"].take();
    let left: Vec<_> = titles.as_array().unwrap().iter().map(|title| &title["template"]).collect();
    assert_eq!(left, ["title-card"]);
    ask(&mut admin, json!({ "command": "segment_end" }));
}
