//! A day with people in it: proposals, agreements, the gate, withdrawal, erasure, the report.

use std::{fs, path::Path, sync::Arc};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    panel_house::{ADMIN, ANIMATOR, Answer, House, MODERATOR, Socket, WITH_PINS},
    support::wait,
};

/// A name that stands nowhere by chance.
const NAME: &str = "Zéphyrine Quatrelivres";
/// What of it would betray it, whatever the encoding does to accents.
const TRACES: [&str; 2] = ["phyrine", "Quatrelivres"];
const CONTACT: &str = "zq-7714@example.org";
/// How somebody else wants to be called in public.
const CREDIT: &str = "Trompe-la-Mort";

/// A studio with a live page.
pub fn open() -> House {
    open_in(Arc::new(TempDir::new().unwrap()))
}

pub fn open_in(folder: Arc<TempDir>) -> House {
    let config =
        format!("{WITH_PINS}[[output]]\nid = \"page\"\nlabel = \"La page\"\nkind = \"hls\"\nstart = \"auto\"\n");
    House::open_in(folder, "127.0.0.1:0", &config)
}

/// A socket that has read its first snapshot.
pub fn enter(house: &House, pin: &str) -> Socket {
    let mut socket = house.enter(pin);
    socket.snapshot();
    socket
}

pub fn call(house: &House, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    house.request(method, path, &[("Authorization", &bearer), ("Content-Type", "application/json")], &body)
}

pub fn good(house: &House, method: &str, path: &str, token: &str, body: &Value) -> Value {
    let answer = call(house, method, path, token, body);
    assert!((200..300).contains(&answer.status), "{method} {path}: {}", String::from_utf8_lossy(&answer.body));
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

pub fn refused(answer: &Answer, status: u16, code: &str) {
    let told = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, status, "{told}");
    let error = &answer.json()["error"];
    assert_eq!(error["code"], code, "{told}");
    for language in ["fr", "en"] {
        assert!(error["text"][language].as_str().is_some_and(|text| text.len() > 15), "{told}");
    }
}

/// A citizen proposes; their personal link and their segment.
pub fn propose(house: &House, title: &str, names: &[&str]) -> (String, String) {
    let answer = good(house, "POST", "/api/participate/propose", "", &json!({ "title": title, "names": names }));
    (answer["token"].as_str().unwrap().to_owned(), answer["segment"].as_str().unwrap().to_owned())
}

pub fn signing(house: &House, points: &[&str], name: &str) -> Value {
    let terms = good(house, "GET", "/api/participate/terms?language=fr", "", &Value::Null);
    let stroke: Vec<_> = (0..30).map(|n| [f64::from(n) / 30.0, 0.3 + f64::from(n % 7) / 20.0]).collect();
    json!({
        "language": "fr", "hash": terms["hash"], "points": points,
        "credit": { "kind": "none" }, "signature": { "name": name, "strokes": [stroke] }
    })
}

/// Signs and returns the link that is good from then on.
pub fn sign(house: &House, token: &str, points: &[&str], name: &str) -> String {
    let signed = good(house, "POST", "/api/participate/sign", token, &signing(house, points, name));
    signed["token"].as_str().unwrap().to_owned()
}

pub fn ask(socket: &mut Socket, command: Value) {
    let reply = socket.ask(command.clone());
    assert_eq!(reply["ok"], true, "{command}: {reply}");
}

pub fn code(socket: &mut Socket, command: Value) -> String {
    let reply = socket.ask(command);
    assert_eq!(reply["ok"], false, "{reply}");
    reply["error"]["code"].as_str().unwrap().to_owned()
}

pub fn state(socket: &mut Socket) -> Value {
    socket.fresh_snapshot()["state"].take()
}

/// A link for a participant, as the desk hands it on.
pub fn invite(house: &House, desk: &str, person: &str) -> String {
    let handed = good(house, "POST", &format!("/api/people/{person}/link"), desk, &Value::Null);
    assert!(handed["qr"].as_str().unwrap().contains("<svg"));
    let address = handed["url"].as_str().unwrap();
    assert!(address.starts_with(&format!("{}/participate#", house.address())), "{address}");
    address.split('#').nth(1).unwrap().to_owned()
}

pub fn person(state: &Value, name: &str) -> String {
    let segments = state["rundown"].as_array().unwrap().iter();
    let mut people = segments.flat_map(|segment| segment["participants"].as_array().unwrap());
    people.find(|person| person["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn nobody_is_shown_without_having_agreed() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    ask(
        &mut socket,
        json!({ "command": "segment_add", "title": "Les abeilles", "planned_seconds": 300,
                "participants": [{ "name": "Odile" }, { "name": "Marc" }] }),
    );
    let before = state(&mut socket);
    assert_eq!(before["rundown"][0]["state"], "ready");
    assert_eq!(before["rundown"][0]["missing"], json!(["Odile", "Marc"]));
    let start = json!({ "command": "segment_start" });
    let reply = socket.ask(start.clone());
    assert_eq!(reply["error"]["code"], "consent_missing");
    let said = reply["error"]["message"].as_str().unwrap();
    assert!(said.contains("Odile") && said.contains("Marc"), "{said}");
    // An override is the administrator's, with a reason; and an animator cannot.
    assert_eq!(code(&mut socket, json!({ "command": "segment_start", "reason": "vite" })), "forbidden");
    assert_eq!(state(&mut socket)["segment"], Value::Null);

    let odile = sign(&house, &invite(&house, &desk, &person(&before, "Odile")), &["recorded", "live"], "Odile");
    assert_eq!(code(&mut socket, start.clone()), "consent_missing");
    // Marc agrees to be recorded, no more: privately it goes, with the slate on air.
    sign(&house, &invite(&house, &desk, &person(&before, "Marc")), &["recorded"], "Marc");
    assert_eq!(code(&mut socket, start), "consent_missing");
    ask(&mut socket, json!({ "command": "segment_start", "private": true }));
    let now = state(&mut socket);
    assert_eq!((&now["segment"]["title"], &now["slate"]), (&json!("Les abeilles"), &json!(true)));
    assert_eq!(code(&mut socket, json!({ "command": "slate", "on": false })), "segment_private");
    assert_eq!(code(&mut socket, json!({ "command": "segment_start" })), "segment_on_air");
    ask(&mut socket, json!({ "command": "segment_mark", "label": "le miel" }));
    ask(&mut socket, json!({ "command": "segment_end" }));
    let now = state(&mut socket);
    assert_eq!((&now["segment"], &now["rundown"][0]["state"]), (&Value::Null, &json!("done")));
    assert_eq!(now["rundown"][0]["marks"][0]["label"], "le miel");
    assert_eq!(now["slate"], true, "whoever sits there has not agreed to be live: the desk lifts the slate");
    ask(&mut socket, json!({ "command": "slate", "on": false }));

    // The other way: live, until somebody takes it back.
    ask(&mut socket, json!({ "command": "segment_add", "title": "Encore", "participants": [{ "name": "Léa" }] }));
    let lea = invite(&house, &desk, &person(&state(&mut socket), "Léa"));
    let lea = sign(&house, &lea, &["recorded", "live"], "Léa");
    ask(&mut socket, json!({ "command": "segment_start" }));
    assert_eq!(state(&mut socket)["slate"], false);
    good(&house, "POST", "/api/participate/withdraw", &lea, &json!({ "points": ["live"] }));
    let now = state(&mut socket);
    assert_eq!(now["slate"], true, "at once");
    assert_eq!(now["segment"]["missing"], json!(["Léa"]));
    assert_eq!(code(&mut socket, json!({ "command": "slate", "on": false })), "consent_missing");
    ask(&mut socket, json!({ "command": "segment_end" }));
    assert_eq!(call(&house, "GET", "/api/participate/me", &odile, &Value::Null).json()["agreed"]["live"], true);
}

#[test]
fn an_override_is_written_down_without_a_name() {
    let house = open();
    let mut admin = enter(&house, ADMIN);
    ask(&mut admin, json!({ "command": "segment_add", "title": "Débat", "participants": [{ "name": NAME }] }));
    assert_eq!(code(&mut admin, json!({ "command": "segment_start", "reason": "  " })), "empty");
    ask(&mut admin, json!({ "command": "segment_start", "reason": "accord filmé avant l'antenne" }));
    let now = state(&mut admin);
    assert_eq!((&now["segment"]["overridden"], &now["slate"]), (&json!(true), &json!(false)));
    let log = house.data().join("decisions.jsonl");
    let line =
        wait::until("the log of decisions", 5.0, || fs::read_to_string(&log).ok().filter(|text| !text.is_empty()));
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["role"], &line["reason"]), (&json!("admin"), &json!("accord filmé avant l'antenne")));
    assert_eq!(line["missing"], json!([person(&now, NAME)]));
    assert!(!line.to_string().contains(TRACES[1]));
}

#[test]
fn a_power_cut_changes_nothing_that_was_answered() {
    let house = open();
    let desk = house.login(ANIMATOR);
    let mut socket = enter(&house, ANIMATOR);
    let (token, segment) = propose(&house, "Le jardin", &["Nour"]);
    ask(
        &mut socket,
        json!({ "command": "segment_update", "segment": segment, "state": "ready", "planned_seconds": 600 }),
    );
    let token = sign(&house, &token, &["recorded"], "Nour");
    ask(&mut socket, json!({ "command": "segment_start", "private": true }));
    // Expectations go by the minute, which may be over meanwhile; what was recorded before the cut may have
    // become a clip already.
    let answered = |state: &Value| {
        let mut rundown = state["rundown"].clone();
        for segment in rundown.as_array_mut().unwrap() {
            (segment["planned_at"], segment["expected_at"]) = (Value::Null, Value::Null);
            // What was recorded until the cut becomes a clip, sooner or later.
            segment["clip"] = Value::Null;
        }
        rundown
    };
    let before = answered(&state(&mut socket));
    let folder = house.folder();
    drop((socket, house)); // SIGKILL
    let house = open_in(folder);
    let mut socket = enter(&house, ANIMATOR);
    let now = state(&mut socket);
    assert_eq!(answered(&now), before);
    assert_eq!(now["segment"]["private"], true, "it goes on");
    assert_eq!(now["slate"], true, "and is still not shown");
    assert_eq!(house.role(&desk).as_deref(), Some("animator"));
    assert_eq!(call(&house, "GET", "/api/participate/me", &token, &Value::Null).json()["agreed"]["recorded"], true);
    ask(&mut socket, json!({ "command": "segment_end" }));
}

#[test]
fn bad_input_is_a_sentence_and_disturbs_nobody() {
    let house = open();
    let mut socket = enter(&house, ANIMATOR);
    let (token, segment) = propose(&house, "<script>alert(1)</script>", &["<img src=x onerror=alert(2)>"]);
    let rundown = state(&mut socket)["rundown"].take();
    assert_eq!(rundown[0]["title"], "<script>alert(1)</script>", "text is text");
    let send = |path: &str, token: &str, body: &Value| call(&house, "POST", path, token, body);
    let own = "/api/participate/propose";
    refused(&send(own, "", &json!({ "title": "x".repeat(10_000), "names": ["A"] })), 422, "too_long");
    refused(&send(own, "", &json!({ "title": " ", "names": ["A"] })), 422, "empty");
    refused(&send(own, "", &json!({ "title": "A", "names": [] })), 422, "bad_proposal");
    refused(
        &send(own, "", &json!({ "title": "A", "names": ["A"], "planned_seconds": 9_000_000 })),
        422,
        "bad_proposal",
    );
    refused(&send(own, "", &json!({ "title": 7, "names": ["A"] })), 400, "bad_json");
    refused(&send(own, "", &json!({ "title": "A", "names": ["A"], "state": "ready" })), 400, "bad_json");
    refused(&house.request("POST", own, &[], "{"), 400, "bad_json");
    refused(&house.request("POST", own, &[], &"x".repeat(600_000)), 413, "too_big");
    let me = |token: &str| call(&house, "GET", "/api/participate/me", token, &Value::Null);
    for forged in ["", "x", &"0".repeat(64), &token[1..]] {
        refused(&me(forged), 401, "unknown_link");
    }
    let form = signing(&house, &["recorded"], "A");
    for (field, value, code) in [
        ("signature", json!({ "name": "A", "strokes": [] }), "empty_signature"),
        ("birth_date", json!("2999-01-01"), "bad_birth_date"),
        ("birth_date", json!("2018-01-01"), "guardians_needed"),
        ("hash", json!("?"), "text_changed"),
        ("points", json!([]), "nothing_agreed"),
    ] {
        let mut bad = form.clone();
        bad[field] = value;
        let answer = send("/api/participate/sign", &token, &bad);
        refused(&answer, if code == "text_changed" { 409 } else { 422 }, code);
    }
    refused(&send("/api/participate/sign", &token, &json!({ "points": ["everything"] })), 400, "bad_json");
    // Nobody invites for somebody else's segment, and nobody reads the desk's pages.
    let (other, _) = propose(&house, "Autre", &["B"]);
    let stranger = person(&state(&mut socket), "B");
    refused(&send("/api/participate/invite", &token, &json!({ "person": stranger })), 403, "not_to_invite");
    for (method, path) in [("GET", format!("/api/people/{stranger}")), ("GET", "/api/report".into())] {
        assert_eq!(call(&house, method, &path, &other, &Value::Null).status, 401, "{path}");
        let moderator = house.login(MODERATOR);
        refused(&call(&house, method, &path, &moderator, &Value::Null), 403, "forbidden");
    }
    assert_eq!(state(&mut socket)["rundown"][0]["id"], segment, "the day is as it was");
    // Then too much.
    let flood = (0..60).map(|_| send(own, "", &json!({ "title": "", "names": ["A"] })).status);
    assert!(flood.collect::<Vec<_>>().contains(&429));
}

#[test]
fn the_others_of_a_segment_are_told_no_name_that_was_not_chosen() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let names = ["Odile Vrainom", "Marc Vrainom", "Léa Vrainom", "Nour Vrainom"];
    let people: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    ask(&mut socket, json!({ "command": "segment_add", "title": "Table ronde", "participants": people }));
    let known = state(&mut socket);
    let [odile, marc, lea, nour] = names.map(|name| person(&known, name));
    let odile = sign(&house, &invite(&house, &desk, &odile), &["recorded"], names[0]);
    for (person, credit) in [(&marc, json!({ "kind": "name", "name": "Abeille75" })), (&lea, json!({ "kind": "none" }))]
    {
        let mut form = signing(&house, &["recorded"], "x");
        form["credit"] = credit;
        good(&house, "POST", &format!("/api/people/{person}/sign"), &desk, &form);
    }
    let me = good(&house, "GET", "/api/participate/me", &odile, &Value::Null);
    let told = |person: &str| {
        let fellows = me["segment"]["fellows"].as_array().unwrap();
        fellows.iter().find(|fellow| fellow["id"] == person).unwrap().clone()
    };
    for (person, name, may_be_invited) in
        [(&marc, json!("Abeille75"), false), (&lea, Value::Null, false), (&nour, json!("N. V."), true)]
    {
        let told = told(person);
        assert_eq!((&told["name"], &told["may_be_invited"]), (&name, &json!(may_be_invited)), "{told}");
        let invited = call(&house, "POST", "/api/participate/invite", &odile, &json!({ "person": person }));
        assert_eq!(invited.status == 200, may_be_invited, "{told}");
    }
    let text = me.to_string();
    assert_eq!(text.matches("Vrainom").count(), 1, "their own: {text}");
}

#[test]
fn a_moderator_is_shown_credits_and_no_more() {
    let house = open();
    let (mut desk, mut moderator) = (enter(&house, ANIMATOR), enter(&house, MODERATOR));
    propose(&house, "Une proposition", &[NAME]);
    ask(&mut desk, json!({ "command": "segment_add", "title": "Prête", "participants": [{ "name": NAME }] }));
    let seen = state(&mut moderator);
    assert!(!seen.to_string().contains(TRACES[1]), "{seen}");
    assert_eq!(seen["rundown"].as_array().unwrap().len(), 1);
    assert_eq!(code(&mut moderator, json!({ "command": "segment_start" })), "forbidden");
}

/// Everything that anybody can fetch.
fn public(house: &House) -> String {
    let paths = [
        "/",
        "/participate",
        "/clock",
        "/archive",
        "/api/clock",
        "/api/clips",
        "/archive/feed.xml",
        "/live/index.m3u8",
        "/metrics",
        "/healthz",
        "/api/participate/terms",
        "/api/participate/survey",
    ];
    paths.iter().map(|path| String::from_utf8_lossy(&house.request("GET", path, &[], "").body).into_owned()).collect()
}

/// Files that contain one of these texts.
pub fn traces_in(folder: &Path, traces: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // One that has gone meanwhile holds nothing.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // What is no text between them does not hide what is.
            let bytes = fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let holds = |trace: &&str| text.contains(*trace);
            if traces.iter().any(holds) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn withdrawing_and_erasing_leave_no_trace() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let (token, segment) = propose(&house, "Les abeilles d'ici", &[NAME, "Marc"]);
    ask(&mut socket, json!({ "command": "segment_update", "segment": segment, "state": "ready" }));
    let mut form = signing(&house, &["recorded", "live", "archived"], NAME);
    form["contact"] = json!(CONTACT);
    let signed = good(&house, "POST", "/api/participate/sign", &token, &form);
    assert_eq!(call(&house, "GET", "/api/participate/me", &token, &Value::Null).status, 401, "the old link has ended");
    let token = signed["token"].as_str().unwrap().to_owned();
    // The other signs by the link that the first hands on.
    let marc = person(&state(&mut socket), "Marc");
    let handed = good(&house, "POST", "/api/participate/invite", &token, &json!({ "person": marc }));
    let marc = handed["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let mut form = signing(&house, &["recorded", "live", "archived"], "Marc");
    form["credit"] = json!({ "kind": "name", "name": CREDIT });
    good(&house, "POST", "/api/participate/sign", &marc, &form);
    let marc = person(&state(&mut socket), "Marc");
    refused(&call(&house, "POST", "/api/participate/invite", &token, &json!({ "person": marc })), 403, "not_to_invite");

    ask(&mut socket, json!({ "command": "segment_start" }));
    let playlist = || String::from_utf8(house.request("GET", "/live/index.m3u8", &[], "").body).unwrap();
    let began = state(&mut socket)["segment"]["started_at"].as_u64().unwrap();
    // Three segments of two seconds of it can be gone back to.
    wait::until("the segment on the live page", 30.0, || (playlist().matches("#EXTINF").count() >= 3).then_some(()));
    ask(&mut socket, json!({ "command": "segment_end" }));
    assert!(began > 0 && !playlist().contains("#EXT-X-GAP"));
    let said = public(&house) + &house.said();
    let traces = [TRACES[0], TRACES[1], CONTACT];
    assert!(traces.iter().all(|trace| !said.contains(trace)), "she wanted not to be credited");
    // All have agreed: the clip is published with the one name that wants to be on it.
    let clips = || house.request("GET", "/api/clips", &[], "").json();
    let clip = wait::until("the clip", 30.0, || clips()[0]["id"].as_str().map(str::to_owned));
    assert!(clips().to_string().contains(CREDIT), "{}", clips());
    assert_eq!(traces_in(&house.data().join("clips"), &traces), Vec::<String>::new());
    let page = format!("/archive/{clip}");
    let film = format!("/clips/{clip}/clip.mp4");
    assert_eq!([&page, &film].map(|path| house.request("GET", path, &[], "").status), [200, 200]);

    let status = good(&house, "POST", "/api/participate/withdraw", &token, &json!({ "points": ["archived"] }));
    assert_eq!(status["agreed"]["archived"], false);
    assert_eq!(state(&mut socket)["rundown"][0]["missing"], json!([NAME]));
    wait::until("the clip leaving the catalogue", 10.0, || (clips() == json!([])).then_some(()));
    assert!([&page, &film].iter().all(|path| house.request("GET", path, &[], "").status >= 400));
    assert!(!public(&house).contains(&clip));
    let text = playlist();
    assert!(text.contains("#EXT-X-GAP"), "{text}");
    for (gap, line) in text.lines().skip_while(|line| *line != "#EXT-X-GAP").zip(text.lines().skip(2)) {
        if gap == "#EXT-X-GAP" && line.ends_with(".m4s") {
            assert_eq!(house.request("GET", &format!("/live/{line}"), &[], "").status, 404, "{line}");
        }
    }
    let errands = good(&house, "GET", "/api/errands", &desk, &Value::Null);
    assert_eq!((&errands[0]["place"], &errands[0]["title"]), (&json!("La page"), &json!("Les abeilles d'ici")));
    good(&house, "POST", &format!("/api/errands/{}", errands[0]["id"]), &desk, &json!({ "done": true }));

    // What she takes along is all there is; then it is gone, everywhere.
    let export = good(&house, "GET", "/api/participate/export", &token, &Value::Null);
    assert_eq!((&export["name"], &export["contact"]), (&json!(NAME), &json!(CONTACT)));
    assert_eq!(export["documents"].as_array().unwrap().len(), 2);
    assert!(!traces_in(&house.data(), &traces).is_empty());
    assert_eq!(call(&house, "DELETE", "/api/participate/me", &token, &Value::Null).status, 204);
    assert_eq!(call(&house, "GET", "/api/participate/me", &token, &Value::Null).status, 401);
    wait::until("no file with a trace", 20.0, || traces_in(&house.data(), &traces).is_empty().then_some(()));
    let everything = public(&house) + &house.said() + &state(&mut socket).to_string();
    assert!(traces.iter().all(|trace| !everything.contains(trace)));
    // He asks at the desk; his name leaves the clip's files, and what they were before.
    assert!(!traces_in(&house.data(), &[CREDIT]).is_empty());
    assert_eq!(call(&house, "DELETE", &format!("/api/people/{marc}"), &desk, &Value::Null).status, 204);
    wait::until("no file with his name", 20.0, || traces_in(&house.data(), &[CREDIT]).is_empty().then_some(()));
}

#[test]
fn paper_counts_as_much_and_gives_a_link() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    ask(
        &mut socket,
        json!({ "command": "segment_add", "title": "Sans téléphone <b>", "participants": [{ "name": "Jean & Co" }] }),
    );
    let jean = person(&state(&mut socket), "Jean & Co");
    let paper = call(&house, "GET", &format!("/api/people/{jean}/paper?language=fr"), &desk, &Value::Null);
    let html = String::from_utf8(paper.body).unwrap();
    assert!(
        html.contains("Jean &amp; Co") && html.contains("Sans téléphone &lt;b&gt;") && html.contains("<svg"),
        "{html}"
    );
    assert_eq!(call(&house, "GET", "/api/people/paper.css", "", &Value::Null).status, 200);
    let mut form = signing(&house, &["recorded", "live"], "Jean");
    form["signature"] = json!({ "name": "Jean", "typed": true });
    let handed = good(&house, "POST", &format!("/api/people/{jean}/sign"), &desk, &form);
    let own = handed["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let file = good(&house, "GET", &format!("/api/people/{jean}"), &desk, &Value::Null);
    assert_eq!(
        (&file["documents"][0]["kind"], &file["documents"][0]["entered_by"]),
        (&json!("paper"), &json!("animator"))
    );
    ask(&mut socket, json!({ "command": "segment_start" }));
    ask(&mut socket, json!({ "command": "segment_end" }));
    good(&house, "POST", "/api/participate/withdraw", &own, &json!({ "points": ["recorded", "live", "archived"] }));
    assert_eq!(state(&mut socket)["rundown"][0]["missing"], json!(["Jean & Co"]));
}

/// Sends a photo by a personal link; the status, and the error's code if there is one.
fn give(house: &House, token: &str, photo: &[u8]) -> (u16, String) {
    let url = format!("http://{}/api/participate/photo?title=La%20ruche", house.host());
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.post(url).header("Authorization", format!("Bearer {token}")).send(photo).unwrap();
    let told: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap_or_default();
    (answer.status().as_u16(), told["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_participant_gives_photos_to_the_archive() {
    let house = open();
    let mut desk = enter(&house, ANIMATOR);
    let (token, _) = propose(&house, "Les abeilles", &[NAME]);
    let film = ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x240", "-frames:v", "1", "-f", "mjpeg", "-"];
    let photo = std::process::Command::new("ffmpeg").args(film).output().unwrap().stdout;
    assert_eq!(give(&house, &token, &photo), (409, "consent_missing".into()));
    assert_eq!(give(&house, &"0".repeat(64), &photo), (401, "unknown_link".into()));
    let token = sign(&house, &token, &["recorded", "archived"], NAME);
    assert_eq!(give(&house, &token, b"GIF89a"), (422, "bad_photo".into()));
    assert_eq!(give(&house, &token, &vec![0; (24 << 20) + 1]), (413, "too_big".into()));
    assert_eq!(give(&house, &token, &photo), (201, String::new()));
    let photos = |desk: &mut Socket| {
        let clips = state(desk)["clips"].take();
        clips.as_array().unwrap().iter().filter(|clip| clip["medium"] == "photo").cloned().collect::<Vec<_>>()
    };
    let id = wait::until("the photo at the desk", 10.0, || {
        photos(&mut desk).first().map(|photo| photo["id"].as_str().unwrap().to_owned())
    });
    let path = format!("/photos/{id}/photo.jpg");
    assert_eq!(house.request("GET", &path, &[], "").status, 404, "nobody has looked at it");
    ask(&mut desk, json!({ "command": "clip_publish", "clip": id, "agreed": true }));
    assert_eq!(house.request("GET", &path, &[], "").status, 200);
    good(&house, "POST", "/api/participate/withdraw", &token, &json!({ "points": ["archived"], "language": "fr" }));
    wait::until("its leaving", 10.0, || (house.request("GET", &path, &[], "").status == 404).then_some(()));
    // A bucket of twelve for each address.
    let answers: Vec<u16> = (0..12).map(|_| give(&house, &token, &photo).0).collect();
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
    house.close();
}

#[test]
fn a_day_of_twelve_segments_adds_up() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let mut links = Vec::new();
    for n in 0..10 {
        let names: Vec<String> = (0..2).map(|p| format!("Citoyen {n}-{p}")).collect();
        let (token, segment) = propose(&house, &format!("Séquence {n}"), &[&names[0], &names[1]]);
        ask(
            &mut socket,
            json!({ "command": "segment_update", "segment": segment, "state": "ready", "planned_seconds": 60 }),
        );
        links.push((segment, token, names));
    }
    for title in ["Ouverture", "Clôture"] {
        ask(&mut socket, json!({ "command": "segment_add", "title": title, "planned_seconds": 60 }));
    }
    let opening = state(&mut socket)["rundown"][10]["id"].as_str().unwrap().to_owned();
    ask(&mut socket, json!({ "command": "segment_move", "segment": opening, "position": 0 }));
    // Everybody signs, but the two of 7, who do not show up.
    for (n, (_, token, names)) in links.iter_mut().enumerate().filter(|(n, _)| *n != 7) {
        *token = if n == 3 {
            // A child, both guardians, and the child's own assent.
            let mut form = signing(&house, &["recorded", "live"], &names[0]);
            let typed = |name: &str| json!({ "name": name, "typed": true });
            (form["minor"], form["birth_date"]) = (json!(true), json!("2014-05-05"));
            form["guardians"] = json!([typed("Anne"), typed("Paul")]);
            let signed = good(&house, "POST", "/api/participate/sign", token, &form);
            signed["token"].as_str().unwrap().to_owned()
        } else {
            sign(&house, token, &["recorded", "live", "archived"], &names[0])
        };
        let fellow = invite(&house, &desk, &person(&state(&mut socket), &names[1]));
        sign(&house, &fellow, &["recorded", "live", "archived"], &names[1]);
    }
    let clock = || good(&house, "GET", "/api/clock", "", &Value::Null);
    for n in 0..12 {
        let next = state(&mut socket)["rundown"].as_array().unwrap().iter().find(|s| s["state"] == "ready").cloned();
        let Some(next) = next else { break };
        let reply = socket.ask(json!({ "command": "segment_start" }));
        if next["title"] == "Séquence 7" {
            assert_eq!(reply["error"]["code"], "consent_missing");
            ask(&mut socket, json!({ "command": "segment_update", "segment": next["id"], "state": "dropped" }));
            continue;
        }
        assert_eq!(reply["ok"], true, "{n}: {reply}");
        wait::until("the clock", 5.0, || (clock()["segment"]["title"] == next["title"]).then_some(()));
        ask(&mut socket, json!({ "command": "segment_end" }));
    }
    let (_, first, _) = &links[0];
    good(&house, "POST", "/api/participate/withdraw", first, &json!({ "points": ["archived"] }));
    let now = state(&mut socket);
    let rundown = now["rundown"].as_array().unwrap();
    let count = |state: &str| rundown.iter().filter(|segment| segment["state"] == state).count();
    assert_eq!((count("done"), count("dropped"), count("ready")), (11, 1, 0));
    let waiting: Vec<_> = rundown.iter().filter(|s| s["state"] == "done" && s["missing"] != json!([])).collect();
    let titles: Vec<_> = waiting.iter().map(|segment| segment["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Séquence 0", "Séquence 3"], "a withdrawal, and a child who did not agree to the archive");

    // The set sees the questions that were accepted, and those alone.
    for text in ["Faut-il nourrir les abeilles ?", "Autre chose"] {
        good(&house, "POST", "/api/questions", "", &json!({ "name": "Lucie", "text": text }));
    }
    let question = wait::until("the questions", 5.0, || {
        let questions = state(&mut socket)["questions"].take();
        let first =
            questions.as_array()?.iter().find(|question| question["text"] == "Faut-il nourrir les abeilles ?")?;
        first["id"].as_str().map(str::to_owned)
    });
    ask(&mut socket, json!({ "command": "question_accept", "question": question }));
    let asked = json!([{ "name": "Lucie", "text": "Faut-il nourrir les abeilles ?" }]);
    wait::until("the question on the set", 5.0, || (clock()["questions"] == asked).then_some(()));

    for _ in 0..6 {
        let answers = json!({ "answers": [["why", "tell"], ["first", "yes"], ["heard", "library"]] });
        assert_eq!(call(&house, "POST", "/api/participate/answers", "", &answers).status, 204);
    }
    refused(
        &call(&house, "POST", "/api/participate/answers", "", &json!({ "answers": [["name", NAME]] })),
        422,
        "bad_answer",
    );
    good(&house, "POST", "/api/visitors", &desk, &json!({ "count": 12 }));
    let report = wait::until("the report", 5.0, || {
        let report = good(&house, "GET", "/api/report", &desk, &Value::Null);
        (report["days"][0]["done"] == 11).then_some(report)
    });
    let day = &report["days"][0];
    assert_eq!((&day["dropped"], &day["participants"]), (&json!(1), &json!(18)));
    assert_eq!(report["tally"]["visitors_total"], 12);
    assert_eq!(report["tally"]["answers"][0]["counts"], json!([{ "of": "tell", "count": 6 }]));
    let csv = call(&house, "GET", "/api/report.csv", &desk, &Value::Null);
    let csv = String::from_utf8(csv.body).unwrap();
    assert!(csv.starts_with("what,of,count\n") && csv.contains(",11\n") && !csv.contains("Citoyen"), "{csv}");
}
