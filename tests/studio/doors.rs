//! What the doors that are not the desk's know of people and of private segments.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    day::{ask, call, enter, good, invite, open, person, signing, state},
    panel_house::{ADMIN, ANIMATOR, House, MODERATOR, Socket, WITH_PINS},
    support::{
        camera::{self, Camera},
        picture::{Look, Size, WHOLE},
        wait,
    },
};

/// Signs by the link that the desk hands on; the person's own link from then on.
fn signs(house: &House, desk: &str, person: &str, points: &[&str], credit: Value) -> String {
    let mut form = signing(house, points, "Signature");
    form["credit"] = credit;
    let link = invite(house, desk, person);
    good(house, "POST", "/api/participate/sign", &link, &form)["token"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_on_names_people_as_they_chose_and_nobody_else() {
    let house = open();
    let (desk, mut admin) = (house.login(ANIMATOR), enter(&house, ADMIN));
    let now = || house.request("GET", "/api/now", &[], "").json();
    let on_air = |title: &str| {
        wait::until(title, 5.0, || Some(now()["segment"].clone()).filter(|segment| segment["title"] == title))
    };
    let add = |admin: &mut Socket, title: &str, names: &[&str]| {
        let people: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        ask(admin, json!({ "command": "segment_add", "title": title, "participants": people }));
        state(admin)
    };

    let known = add(&mut admin, "Les trois", &["Own Realname", "Pseudo Realname", "Hidden Realname"]);
    let all = ["recorded", "live", "archived"];
    let named = |name: &str| json!({ "kind": "name", "name": name });
    signs(&house, &desk, &person(&known, "Own Realname"), &all, named("Own Realname"));
    let pseudo = signs(&house, &desk, &person(&known, "Pseudo Realname"), &all, named("Abeille75"));
    signs(&house, &desk, &person(&known, "Hidden Realname"), &all, json!({ "kind": "none" }));
    ask(&mut admin, json!({ "command": "segment_start" }));
    assert_eq!(on_air("Les trois")["names"], json!(["Own Realname", "Abeille75"]));
    // Whoever takes it back is not named any more; nor is the segment listed, whose picture has gone.
    good(&house, "POST", "/api/participate/withdraw", &pseudo, &json!({ "points": ["recorded"] }));
    wait::until("nobody is named", 5.0, || now()["segment"].is_null().then_some(()));
    assert!(!now().to_string().contains("Abeille75"));
    ask(&mut admin, json!({ "command": "segment_end" }));
    ask(&mut admin, json!({ "command": "slate", "on": false }));

    let known = add(&mut admin, "Passé outre", &["Never Agreed", "Only Recorded"]);
    let (never, recorded) = (person(&known, "Never Agreed"), person(&known, "Only Recorded"));
    signs(&house, &desk, &recorded, &["recorded"], named("Ruche12"));
    ask(&mut admin, json!({ "command": "segment_start", "reason": "accord filmé avant l'antenne" }));
    assert_eq!(on_air("Passé outre")["names"], json!(["Ruche12"]));
    assert!(!now().to_string().contains("Never Agreed"));
    assert_eq!(call(&house, "DELETE", &format!("/api/people/{never}"), &desk, &Value::Null).status, 204);
    wait::until("an erased person's segment is not listed", 5.0, || now()["segment"].is_null().then_some(()));
    ask(&mut admin, json!({ "command": "segment_end" }));

    let known = add(&mut admin, "À venir", &["Later Realname"]);
    let next = || now()["next"].as_array().unwrap().iter().any(|next| next["title"] == "À venir");
    wait::until("the next segment", 5.0, || next().then_some(()));
    let later = person(&known, "Later Realname");
    let token = signs(&house, &desk, &later, &all, named("Later Realname"));
    good(&house, "POST", "/api/participate/withdraw", &token, &json!({ "points": ["live"] }));
    wait::until("what somebody refuses is not announced", 5.0, || (!next()).then_some(()));
    house.close();
}

/// What a moderator's monitor and headphones carried: whether a picture shows the camera, the sound's peak.
#[derive(Debug, Default)]
struct Carried {
    pictures: Vec<Option<u8>>,
    peaks: Vec<f32>,
}

/// Reads a socket for `length`: what it carried, every text, and the highest level of its meters.
fn carried(socket: &mut Socket, length: Duration) -> (Carried, Vec<Value>, f64) {
    let (mut carried, mut texts, mut level) = (Carried::default(), Vec::new(), f64::MIN);
    let end = Instant::now() + length;
    while Instant::now() < end {
        match socket.next().unwrap_or_else(|frame| panic!("closed: {frame:?}")) {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["type"] == "meters" {
                    level = level.max(message["program"]["peak_db"][0].as_f64().unwrap());
                } else {
                    texts.push(message);
                }
            }
            Message::Binary(bytes) => {
                assert_eq!(&bytes[2..2 + usize::from(bytes[1])], b"program");
                let data = &bytes[10 + usize::from(bytes[1])..];
                match bytes[0] {
                    1 => carried.pictures.push(camera_in(data)),
                    _ => carried.peaks.push(
                        data.as_chunks::<2>()
                            .0
                            .iter()
                            .map(|two| f32::from(i16::from_le_bytes(*two)).abs())
                            .fold(0.0, f32::max),
                    ),
                }
            }
            _ => (),
        }
    }
    (carried, texts, level)
}

/// The number in the code of a picture, if one of the test's cameras filmed it.
fn camera_in(jpeg: &[u8]) -> Option<u8> {
    let picture = turbojpeg::decompress(jpeg, turbojpeg::PixelFormat::GRAY).unwrap();
    let size = Size { width: picture.width, height: picture.height };
    let luma: Vec<u8> = picture.pixels.chunks(picture.pitch).flat_map(|row| &row[..size.width]).copied().collect();
    Look::at(&luma, size, WHOLE).source()
}

#[test]
fn behind_the_slate_a_moderator_sees_and_hears_what_viewers_do() {
    const TITLE: &str = "Temoignage-Confidentiel";
    let camera = Camera::start(camera::Setup::small(2));
    let config = format!(
        "{WITH_PINS}[[scene]]\nid = \"aquarium\"\nlabel = \"Aquarium\"\nlayers = [ {{ source = \"set\" }} ]\n{}",
        camera.block("set")
    );
    let house = House::open_in(Arc::new(TempDir::new().unwrap()), "127.0.0.1:0", &config);
    let (mut desk, mut moderator) = (enter(&house, ANIMATOR), enter(&house, MODERATOR));
    ask(&mut desk, json!({ "command": "take", "scene": "aquarium" }));
    ask(&mut moderator, json!({ "command": "monitor", "sources": ["program"], "width": 320, "fps": 25 }));
    ask(&mut moderator, json!({ "command": "listen", "source": "program" }));
    let open =
        |carried: &Carried| carried.pictures.contains(&Some(2)) && carried.peaks.iter().any(|peak| *peak > 1000.0);
    wait::until("the set on the moderator's monitor", 10.0, || {
        let (carried, _, level) = carried(&mut moderator, Duration::from_millis(300));
        (open(&carried) && level > -40.0).then_some(())
    });

    ask(
        &mut desk,
        json!({ "command": "segment_add", "title": TITLE, "summary": TITLE, "private": true, "participants": [{ "name": "Hidden Realname" }] }),
    );
    let person = person(&state(&mut desk), "Hidden Realname");
    let token = house.login(ANIMATOR);
    signs(&house, &token, &person, &["recorded"], json!({ "kind": "name", "name": TITLE }));
    ask(&mut desk, json!({ "command": "segment_start" }));
    ask(
        &mut desk,
        json!({ "command": "title_show", "template": "lower-third", "fields": { "name": TITLE, "role": "" } }),
    );
    ask(&mut desk, json!({ "command": "segment_mark", "label": TITLE }));
    // What was on its way when the segment started is not of the segment: the encoder's few pictures.
    let (_, mut texts, _) = carried(&mut moderator, Duration::from_millis(500));
    let (seen, more, level) = carried(&mut moderator, Duration::from_secs(2));
    texts.extend(more);
    assert!(seen.pictures.len() > 5 && seen.peaks.len() > 5, "the monitor goes on: {seen:?}");
    assert!(seen.pictures.iter().all(Option::is_none), "{:?}", seen.pictures);
    assert!(seen.peaks.iter().all(|peak| *peak == 0.0), "{:?}", seen.peaks);
    assert!(level <= -89.0, "the meters tell {level} dB");
    texts.push(state(&mut moderator));
    assert_eq!((&texts.last().unwrap()["slate"], &texts.last().unwrap()["segment"]), (&json!(true), &Value::Null));
    // The desk sees and hears it.
    ask(&mut desk, json!({ "command": "monitor", "sources": ["program"], "width": 320, "fps": 25 }));
    ask(&mut desk, json!({ "command": "listen", "source": "program" }));
    wait::until("the set on the desk's monitor", 10.0, || {
        open(&carried(&mut desk, Duration::from_millis(300)).0).then_some(())
    });
    assert_eq!(state(&mut desk)["segment"]["title"], TITLE);

    // What a moderator asks for meanwhile is refused in words.
    let refused = moderator
        .ask(json!({ "command": "title_show", "template": "lower-third", "fields": { "name": "Lucie", "role": "" } }));
    assert_eq!(refused["error"]["code"], "held_back", "{refused}");
    ask(&mut desk, json!({ "command": "segment_end" }));
    ask(&mut desk, json!({ "command": "title_hide" }));
    ask(&mut desk, json!({ "command": "slate", "on": false }));
    wait::until("the set on the moderator's monitor again", 10.0, || {
        let (carried, more, _) = carried(&mut moderator, Duration::from_millis(300));
        texts.extend(more);
        open(&carried).then_some(())
    });
    texts.push(state(&mut moderator));
    let leaks: Vec<_> = texts.iter().filter(|text| text.to_string().contains(TITLE)).collect();
    assert!(leaks.is_empty(), "{leaks:?}");
    house.close();
}

#[test]
fn the_clock_says_of_a_private_segment_only_that_it_is_one() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let clock = || house.request("GET", "/api/clock", &[], "").json();
    ask(
        &mut socket,
        json!({ "command": "segment_add", "title": "Victime-X", "private": true, "participants": [{ "name": "Nour" }] }),
    );
    let nour = person(&state(&mut socket), "Nour");
    signs(&house, &desk, &nour, &["recorded"], json!({ "kind": "none" }));
    wait::until("the next one", 5.0, || (clock()["next"]["title"] == "Séquence privée").then_some(()));
    ask(&mut socket, json!({ "command": "segment_start" }));
    wait::until("the one under way", 5.0, || (clock()["segment"]["title"] == "Séquence privée").then_some(()));
    ask(&mut socket, json!({ "command": "segment_end" }));
    wait::until("the end", 5.0, || clock()["segment"].is_null().then_some(()));
    assert!(!clock().to_string().contains("Victime-X"));
    // A title whose people have taken their word back is not told either.
    ask(&mut socket, json!({ "command": "segment_add", "title": "Retirée", "participants": [{ "name": "Nour" }] }));
    let known = state(&mut socket);
    let nour = known["rundown"][1]["participants"][0]["id"].as_str().unwrap();
    let token = signs(&house, &desk, nour, &["recorded", "live"], json!({ "kind": "none" }));
    ask(&mut socket, json!({ "command": "segment_start" }));
    wait::until("the title", 5.0, || (clock()["segment"]["title"] == "Retirée").then_some(()));
    good(&house, "POST", "/api/participate/withdraw", &token, &json!({ "points": ["live"] }));
    wait::until("no title", 5.0, || (clock()["segment"]["title"] == "Séquence").then_some(()));
    house.close();
}
