//! `publish = "participant"`: who was filmed sees the clip before the public does, and says what they think of it.

use std::{fs, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    archive::{Moments, number},
    archive_rights::{clip_at_the_desk, exported, seen},
    day::{ask, call, code, enter, good, open, person, refused, signing, state},
    operations::{guest, published, send_and_go, told},
    panel_house::{ANIMATOR, Answer, House, MODERATOR, SOON, Socket, WITH_PINS, command},
    support::{recording::Facts, wait, wall_clock::WallClock},
};

const ALL: [&str; 3] = ["recorded", "live", "archived"];
const CONFIG: &str = "[plateau]\npublish = \"participant\"\n[archive]\nanswer_hours = 1\n";

fn open_in(folder: Arc<TempDir>) -> House {
    House::open_in(folder, "127.0.0.1:0", &format!("{WITH_PINS}{CONFIG}"))
}

fn house() -> House {
    open_in(Arc::new(TempDir::new().unwrap()))
}

/// A segment of two who have signed everything: Ada wants to be named, Bo does not.
struct Duo {
    title: String,
    segment: String,
    ada: String,
    bo: String,
}

fn duo(house: &House, socket: &mut Socket, number: u64) -> Duo {
    let desk = house.login(ANIMATOR);
    let (title, ada, bo) = (format!("À deux {number:03}"), format!("Ada{number:03}"), format!("Bo{number:03}"));
    ask(socket, json!({ "command": "segment_add", "title": title, "participants": [{ "name": ada }, { "name": bo }] }));
    let now = state(socket);
    let segment = now["rundown"].as_array().unwrap().iter().find(|segment| segment["title"] == title).unwrap();
    let segment = segment["id"].as_str().unwrap().to_owned();
    let sign = |name: &str, credit: Value| {
        let mut form = signing(house, &ALL, name);
        form["credit"] = credit;
        let signed = good(house, "POST", &format!("/api/people/{}/sign", person(&now, name)), &desk, &form);
        signed["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned()
    };
    let ada = sign(&ada, json!({ "kind": "name", "name": ada }));
    Duo { title, segment, ada, bo: sign(&bo, json!({ "kind": "none" })) }
}

impl Duo {
    /// The segment goes on air for so long; the clip that both are shown then.
    fn film(&self, house: &House, socket: &mut Socket, seconds: f64) -> String {
        ask(socket, json!({ "command": "segment_start", "segment": self.segment }));
        wait::span(seconds);
        ask(socket, json!({ "command": "segment_end" }));
        let clip = cut_clip(socket, &self.title);
        assert!(film(house, &self.ada).is_some() && film(house, &self.bo).is_some());
        clip
    }
}

/// The clip of a segment that has ended, once there is one.
fn cut_clip(socket: &mut Socket, title: &str) -> String {
    wait::until("the clip", 30.0, || {
        let clips = state(socket)["clips"].take();
        let clip = clips.as_array().unwrap().iter().find(|clip| clip["title"] == title)?;
        Some(clip["id"].as_str().unwrap().to_owned())
    })
}

/// What the holder of a link is asked to look at.
fn film(house: &House, token: &str) -> Option<Value> {
    let film = good(house, "GET", "/api/participate/me", token, &Value::Null)["film"].take();
    (!film.is_null()).then_some(film)
}

/// An answer to the cut that there is now.
fn said(house: &House, token: &str, answer: Value) -> Value {
    let cut = film(house, token).expect("a film to answer to")["cut"].take();
    json!({ "cut": cut, "answer": answer })
}

fn answer(house: &House, token: &str, answer: Value) -> Answer {
    call(house, "POST", "/api/participate/answer", token, &said(house, token, answer))
}

fn fine(house: &House, token: &str) {
    let told = answer(house, token, json!({ "kind": "fine" }));
    assert_eq!(told.status, 200, "{}", String::from_utf8_lossy(&told.body));
    assert_eq!(told.json()["film"]["answer"], json!({ "kind": "fine" }));
}

fn cut(house: &House, token: &str, from_ms: u64, until_ms: u64) -> Answer {
    answer(house, token, json!({ "kind": "cut", "from_ms": from_ms, "until_ms": until_ms }))
}

fn ticket(house: &House, token: &str) -> Answer {
    call(house, "POST", "/api/participate/film", token, &Value::Null)
}

fn address(house: &House, token: &str) -> String {
    ticket(house, token).json()["url"].as_str().unwrap().to_owned()
}

/// As a player asks: without the link.
fn play(house: &House, url: &str) -> Answer {
    house.request("GET", url, &[], "")
}

fn is_public(house: &House, clip: &str) -> bool {
    let public = call(house, "GET", &format!("/api/clips/{clip}"), "", &Value::Null).status == 200;
    assert_eq!(public, !seen(house, clip).is_empty(), "{:?}", seen(house, clip));
    public
}

#[test]
fn who_was_filmed_sees_it_first() {
    let mut house = house();
    let mut socket = enter(&house, ANIMATOR);
    let pair = duo(&house, &mut socket, 1);
    assert_eq!(film(&house, &pair.ada), None, "nothing to look at yet");
    refused(&ticket(&house, &pair.ada), 404, "no_film");
    let clip = pair.film(&house, &mut socket, 2.0);
    exported(&mut socket);
    assert_eq!(seen(&house, &clip), Vec::<String>::new(), "the public knows nothing");
    let shown = clip_at_the_desk(&mut socket, &clip).unwrap();
    assert_eq!(
        (&shown["standing"], &shown["public"], &shown["allowed"]),
        (&json!("waiting"), &json!(false), &json!(true))
    );
    assert_eq!(shown["answers"], json!([{ "name": "Ada001", "answer": null }, { "name": null, "answer": null }]));

    // A real film, for a player that sends no link along, and that may ask for a part of it.
    let file = house.folder().path().join("seen.mp4");
    for token in [&pair.ada, &pair.bo] {
        let url = address(&house, token);
        let played = play(&house, &url);
        assert_eq!((played.status, played.header("content-type")), (200, Some("video/mp4")));
        assert_eq!(played.header("cache-control"), Some("private, no-store"));
        fs::write(&file, &played.body).unwrap();
        let media = Facts::of(&file).expect("it plays");
        assert_eq!((media.codec("video"), media.codec("audio")), ("h264", "aac"));
        let told = film(&house, token).unwrap()["duration_ms"].as_f64().unwrap() / 1000.0;
        assert!((media.duration() - told).abs() < 0.2 && told > 1.0, "{told} {}", media.duration());
        let part = house.request("GET", &url, &[("Range", "bytes=0-99")], "");
        assert_eq!((part.status, part.body.len()), (206, 100));
    }
    // Nobody else's link or address opens it.
    refused(&ticket(&house, ""), 401, "unknown_link");
    refused(&play(&house, &format!("/api/participate/film/{}", "0".repeat(64))), 404, "no_film");
    let other = duo(&house, &mut socket, 2);
    refused(&ticket(&house, &other.ada), 404, "no_film");
    let stolen = said(&house, &pair.ada, json!({ "kind": "fine" }));
    refused(&call(&house, "POST", "/api/participate/answer", &other.ada, &stolen), 404, "no_film");
    other.film(&house, &mut socket, 1.0);
    refused(&call(&house, "POST", "/api/participate/answer", &other.ada, &stolen), 409, "clip_changed");
    assert_ne!(play(&house, &address(&house, &other.ada)).body, fs::read(&file).unwrap(), "their own");

    fine(&house, &pair.ada);
    assert!(!is_public(&house, &clip), "one is not everybody");
    assert_eq!(film(&house, &pair.ada).unwrap()["awaited"], 1);
    fine(&house, &pair.bo);
    assert!(is_public(&house, &clip), "everybody has said that it is fine");
    assert_eq!(film(&house, &pair.ada).unwrap()["awaited"], 0);

    // A second answer replaces the first: the clip closes until somebody decides, also after a restart.
    let copied = |path: &String| path.contains("exports");
    wait::until("copies", 30.0, || seen(&house, &clip).iter().any(copied).then_some(()));
    let length = film(&house, &pair.bo).unwrap()["duration_ms"].as_u64().unwrap();
    assert_eq!(cut(&house, &pair.bo, 500, length).status, 200);
    assert_eq!(seen(&house, &clip), Vec::<String>::new());
    wait::until("the desk is asked", SOON, || told(&mut socket, "cut_asked").then_some(()));
    let folder = house.folder();
    drop((socket, house));
    house = open_in(folder);
    let mut socket = enter(&house, ANIMATOR);
    assert_eq!(seen(&house, &clip), Vec::<String>::new());
    assert_eq!(code(&mut socket, json!({ "command": "clip_publish", "clip": clip })), "cut_asked");
    fine(&house, &pair.bo);
    assert!(is_public(&house, &clip));
    wait::until("the desk is not asked any more", SOON, || (!told(&mut socket, "cut_asked")).then_some(()));
    let own = good(&house, "GET", "/api/participate/export", &pair.bo, &Value::Null);
    let kinds: Vec<_> = own["answers"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["fine", "cut", "fine"], "what they said is theirs to take along");
}

#[test]
fn silence_publishes_nothing_and_an_animator_is_asked() {
    let clock = WallClock::new();
    let folder = Arc::new(TempDir::new().unwrap());
    let mut command = command(&folder, "127.0.0.1:0", &format!("{WITH_PINS}{CONFIG}"));
    clock.govern(&mut command);
    let house = House::open_by(folder, command);
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let pair = duo(&house, &mut socket, 1);
    let clip = pair.film(&house, &mut socket, 1.0);
    fine(&house, &pair.ada);
    assert!(!told(&mut socket, "answers_missing"));
    clock.is_wrong_by(1);
    wait::until("an animator is asked", SOON, || told(&mut socket, "answers_missing").then_some(()));
    let problems = state(&mut socket)["health"]["problems"].take();
    let problem = problems.as_array().unwrap().iter().find(|one| one["code"] == "answers_missing").unwrap();
    for language in ["fr", "en"] {
        assert!(problem["text"][language].as_str().unwrap().contains(&pair.title), "{problem}");
    }
    assert!(!is_public(&house, &clip), "silence publishes nothing");

    // Nor does the desk by mistake; it says that it has heard them, and that is written down.
    let path = format!("/api/archive/{clip}/publish");
    refused(&call(&house, "POST", &path, &desk, &Value::Null), 422, "answers_missing");
    let publish = |agreed: bool| json!({ "command": "clip_publish", "clip": clip, "agreed": agreed });
    assert_eq!(code(&mut socket, publish(false)), "answers_missing");
    assert_eq!(code(&mut enter(&house, MODERATOR), publish(true)), "forbidden");
    ask(&mut socket, publish(true));
    assert!(is_public(&house, &clip));
    wait::until("nobody is asked any more", SOON, || (!told(&mut socket, "answers_missing")).then_some(()));
    // Whoever speaks after the desk has decided is heard.
    assert_eq!(cut(&house, &pair.bo, 0, 500).status, 200);
    assert!(!is_public(&house, &clip));
    assert_eq!(code(&mut socket, publish(false)), "cut_asked");
    ask(&mut socket, publish(true));
    assert!(is_public(&house, &clip));
}

#[test]
fn a_cut_is_proposed_confirmed_and_looked_at_anew() {
    let house = house();
    let mut socket = enter(&house, ANIMATOR);
    let pair = duo(&house, &mut socket, 1);
    let clip = pair.film(&house, &mut socket, 4.0);
    let before = film(&house, &pair.bo).unwrap();
    let length = before["duration_ms"].as_u64().unwrap();
    for (from, until) in [(500, 500), (800, 200), (0, length + 1)] {
        refused(&cut(&house, &pair.bo, from, until), 422, "bad_cut");
    }
    fine(&house, &pair.ada);
    let old = said(&house, &pair.ada, json!({ "kind": "fine" }));
    assert_eq!(cut(&house, &pair.bo, 0, length - 1000).status, 200);
    assert_eq!(cut(&house, &pair.bo, 2000, length).status, 200, "in place of the first");
    let proposed = json!({ "kind": "cut", "from_ms": 2000, "until_ms": length });
    // The desk hears of it a moment after whoever asked has the answer.
    let known = wait::until("the second proposal", SOON, || {
        clip_at_the_desk(&mut socket, &clip).filter(|clip| clip["answers"][1]["answer"] == proposed)
    });
    assert_eq!(
        known["answers"],
        json!([{ "name": "Ada001", "answer": { "kind": "fine" } }, { "name": null, "answer": proposed }])
    );
    assert!(!is_public(&house, &clip));
    assert_eq!(code(&mut socket, json!({ "command": "clip_publish", "clip": clip })), "cut_asked");

    // An animator confirms: the existing cut, at the key frame before. Everybody looks at it again.
    let confirm = json!({ "command": "clip_update", "clip": clip, "from_ms": 2000, "until_ms": length });
    assert_eq!(code(&mut enter(&house, MODERATOR), confirm.clone()), "forbidden");
    ask(&mut socket, confirm);
    let after = film(&house, &pair.bo).unwrap();
    let shorter = after["duration_ms"].as_u64().unwrap();
    assert!((length - 2100..=length - 1000).contains(&shorter), "{length} {shorter}");
    assert!(after["cut"] != before["cut"] && after["answer"].is_null() && after["awaited"] == 1, "{after}");
    let file = house.folder().path().join("cut.mp4");
    fs::write(&file, play(&house, &address(&house, &pair.ada)).body).unwrap();
    assert!((Facts::of(&file).expect("it plays").duration() * 1000.0 - shorter as f64).abs() < 200.0);
    refused(&call(&house, "POST", "/api/participate/answer", &pair.ada, &old), 409, "clip_changed");
    assert!(!is_public(&house, &clip));
    fine(&house, &pair.ada);
    assert!(!is_public(&house, &clip));
    fine(&house, &pair.bo);
    assert!(is_public(&house, &clip));
    // A cut that nobody in it has seen is not public, whoever made it.
    ask(&mut socket, json!({ "command": "clip_update", "clip": clip, "from_ms": -2000 }));
    assert!(!is_public(&house, &clip));
}

#[test]
fn not_me_after_all_is_a_withdrawal() {
    let house = house();
    let mut socket = enter(&house, ANIMATOR);
    let pair = duo(&house, &mut socket, 1);
    let clip = pair.film(&house, &mut socket, 1.0);
    let url = address(&house, &pair.ada);
    fine(&house, &pair.ada);
    fine(&house, &pair.bo);
    assert!(is_public(&house, &clip));
    let gone = good(&house, "POST", "/api/participate/withdraw", &pair.bo, &json!({ "points": ALL }));
    assert_eq!((&gone["film"], &gone["agreed"]["archived"]), (&Value::Null, &json!(false)));
    assert!(!is_public(&house, &clip));
    assert_eq!(film(&house, &pair.ada), None);
    refused(&play(&house, &url), 404, "no_film");
    refused(&ticket(&house, &pair.ada), 404, "no_film");
    // Whoever agrees again has said nothing of the clip again.
    let again = good(&house, "POST", "/api/participate/sign", &pair.bo, &signing(&house, &ALL, "Bo001"));
    let bo = again["token"].as_str().unwrap();
    assert_eq!(film(&house, bo).unwrap()["answer"], Value::Null);
    assert_eq!(film(&house, &pair.ada).unwrap()["answer"], json!({ "kind": "fine" }));
    assert!(!is_public(&house, &clip));
    fine(&house, bo);
    assert!(is_public(&house, &clip));
}

#[test]
fn a_childs_guardians_answer_as_they_signed() {
    let house = house();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    ask(&mut socket, json!({ "command": "segment_add", "title": "Les têtards", "participants": [{ "name": "Léo" }] }));
    let leo = person(&state(&mut socket), "Léo");
    let typed = |name: &str| json!({ "name": name, "typed": true });
    let mut form = signing(&house, &ALL, "Léo");
    (form["minor"], form["birth_date"]) = (json!(true), json!("2016-05-04"));
    form["guardians"] = json!([typed("Anne Petit"), typed("Paul Petit")]);
    let signed = good(&house, "POST", &format!("/api/people/{leo}/sign"), &desk, &form);
    let token = signed["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    ask(&mut socket, json!({ "command": "segment_start" }));
    wait::span(1.0);
    ask(&mut socket, json!({ "command": "segment_end" }));
    cut_clip(&mut socket, "Les têtards");
    let me = good(&house, "GET", "/api/participate/me", &token, &Value::Null);
    assert_eq!(me["signed_guardians"], json!(["Anne Petit", "Paul Petit"]));
    let by = |guardians: Value| {
        let mut said = said(&house, &token, json!({ "kind": "fine" }));
        said["guardians"] = guardians;
        call(&house, "POST", "/api/participate/answer", &token, &said)
    };
    let listed = || house.request("GET", "/api/clips", &[], "").json().as_array().unwrap().len();
    for missing in [json!([]), json!(["Anne Petit"]), json!(["Léo", "Paul Petit"])] {
        refused(&by(missing), 422, "guardians_needed");
    }
    // Less than that needs nobody's leave.
    assert_eq!(cut(&house, &token, 0, 500).status, 200);
    assert_eq!(listed(), 0);
    assert_eq!(by(json!(["Paul Petit", "Anne Petit"])).status, 200);
    assert_eq!(listed(), 1);
    let own = good(&house, "GET", "/api/participate/export", &token, &Value::Null);
    assert_eq!(own["answers"][1]["guardians"], json!(["Anne Petit", "Paul Petit"]));
}

/// `DROP_ROUNDS` and `DROP_SEED` ask for more rounds, or for the same ones again.
#[test]
fn an_answer_whose_client_has_gone_or_whose_studio_is_killed_is_kept_or_not_given() {
    let seed = number("DROP_SEED", std::process::id().into());
    eprintln!("DROP_SEED={seed}");
    let mut moments = Moments::new(seed);
    let mut house = house();
    let mut socket = enter(&house, ANIMATOR);
    let pairs: Vec<_> = (0..number("DROP_ROUNDS", 6)).map(|n| duo(&house, &mut socket, n)).collect();
    let clips: Vec<_> = pairs.iter().map(|pair| pair.film(&house, &mut socket, 0.5)).collect();
    for (n, (pair, clip)) in pairs.iter().zip(&clips).enumerate() {
        fine(&house, &pair.ada);
        let fine_of_bo = said(&house, &pair.bo, json!({ "kind": "fine" }));
        let after = Duration::from_secs_f64(moments.next() * 0.02);
        send_and_go(&house, "POST", "/api/participate/answer", &pair.bo, &fine_of_bo, after);
        if n % 2 == 0 {
            house.kill();
            let folder = house.folder();
            drop(house);
            house = open_in(folder);
        }
        wait::span(0.5);
        if film(&house, &pair.bo).unwrap()["answer"].is_object() {
            let status = || call(&house, "GET", &format!("/api/clips/{clip}"), "", &Value::Null).status;
            wait::until("it is public by itself", SOON, || (status() == 200).then_some(()));
        } else {
            assert!(!is_public(&house, clip));
        }
        // Asking again works, and what the first has said is not lost.
        fine(&house, &pair.bo);
        assert!(is_public(&house, clip), "{}", pair.title);
    }
}

/// What was published before the rule was chosen stays; where nobody is asked, nobody is shown anything first.
#[test]
fn another_rule_asks_nobody_and_takes_nothing_back() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let one = guest(&house, &desk, &mut socket, 1);
    ask(&mut socket, json!({ "command": "segment_start", "segment": one.segment }));
    wait::span(0.5);
    ask(&mut socket, json!({ "command": "segment_end" }));
    let clip = published(&house, &one);
    assert_eq!(film(&house, &one.token), None);
    refused(&ticket(&house, &one.token), 404, "no_film");
    let folder = house.folder();
    drop((socket, house));
    let house = open_in(folder);
    assert!(is_public(&house, &clip));
    assert_eq!(film(&house, &one.token), None);
}
