//! Signing, withdrawing and erasing are done whole, whatever happens meanwhile: the client goes, the program
//! is killed, a file cannot be reached. And asking again works.

use std::{
    fs,
    io::{ErrorKind, Read},
    net::{Shutdown, TcpStream},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    archive::{Moments, number},
    day::{ask, call, code, enter, good, invite, open, open_in, person, refused, sign, signing, state, traces_in},
    panel_house::{ADMIN, ANIMATOR, House, SOON, Socket},
    support::wait,
};

/// All that can be agreed to.
pub const ALL: [&str; 3] = ["recorded", "live", "archived"];

/// A participant who has signed everything, of a segment of their own.
pub struct Guest {
    pub segment: String,
    pub person: String,
    pub token: String,
    pub title: String,
    /// Stands nowhere by chance, and in no other name.
    pub name: String,
}

impl Guest {
    fn body(&self, house: &House) -> Value {
        let mut form = signing(house, &ALL, &self.name);
        form["credit"] = json!({ "kind": "name", "name": self.name });
        form
    }
}

/// A segment with one participant, named by the number, who signs.
pub fn guest(house: &House, desk: &str, socket: &mut Socket, number: u64) -> Guest {
    let (title, name) = (format!("Séance {number:03}"), format!("Zoubida{number:03}"));
    ask(socket, json!({ "command": "segment_add", "title": title, "participants": [{ "name": name }] }));
    let now = state(socket);
    let segment = now["rundown"].as_array().unwrap().iter().find(|segment| segment["title"] == title).unwrap();
    let (segment, person) = (segment["id"].as_str().unwrap().to_owned(), person(&now, &name));
    let mut guest = Guest { segment, person, token: String::new(), title, name };
    // At the desk, where nobody counts how fast they come.
    let signed = good(house, "POST", &format!("/api/people/{}/sign", guest.person), desk, &guest.body(house));
    guest.token = signed["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    guest
}

/// The segment goes on air for so long.
pub fn on_air(socket: &mut Socket, guest: &Guest, seconds: f64) {
    ask(socket, json!({ "command": "segment_start", "segment": guest.segment }));
    wait::span(seconds);
    ask(socket, json!({ "command": "segment_end" }));
}

/// The clip that everybody can see.
pub fn published(house: &House, guest: &Guest) -> String {
    wait::until("the clip", 30.0, || clip(house, &guest.title))
}

fn clip(house: &House, title: &str) -> Option<String> {
    let clips = house.request("GET", "/api/clips", &[], "").json();
    let clip = clips.as_array().unwrap().iter().find(|clip| clip["title"] == title)?;
    Some(clip["id"].as_str().unwrap().to_owned())
}

pub fn playlist(house: &House) -> String {
    let answer = house.request("GET", "/live/index.m3u8", &[], "");
    if answer.status == 200 { String::from_utf8(answer.body).unwrap() } else { String::new() }
}

/// Segments of the live page that can be had.
fn on_offer(house: &House) -> Vec<String> {
    let playlist = playlist(house);
    let files = playlist.lines().filter(|line| line.ends_with(".m4s") && !line.starts_with('#'));
    let had = |file: &&str| house.request("GET", &format!("/live/{file}"), &[], "").status == 200;
    files.filter(had).map(str::to_owned).collect()
}

/// A segment of the live page that began since there were these.
fn shown_since(house: &House, before: &[String]) -> Vec<String> {
    wait::until("the live page", 30.0, || {
        let new: Vec<_> = on_offer(house).into_iter().filter(|file| !before.contains(file)).collect();
        // The first may have begun before.
        (new.len() >= 2).then(|| new[1..].to_vec())
    })
}

/// What the desk is told is wrong, by its code.
pub fn told(socket: &mut Socket, code: &str) -> bool {
    let problems = state(socket)["health"]["problems"].take();
    problems.as_array().unwrap().iter().any(|problem| problem["code"] == code)
}

/// Sends a request, and goes away without the answer after so long.
pub fn send_and_go(house: &House, method: &str, path: &str, token: &str, body: &Value, after: Duration) {
    let stream = house.send(method, path, token, body);
    std::thread::sleep(after);
    let _ = stream.shutdown(Shutdown::Both);
}

/// What a guest may ask for, and the studio has to do whole.
#[derive(Debug, Clone, Copy)]
pub enum Request {
    Withdraw,
    Erase,
    SignLess,
    DeskWithdraws,
    DeskErases,
    PaperForLess,
}

pub const REQUESTS: [Request; 6] = [
    Request::Withdraw,
    Request::Erase,
    Request::SignLess,
    Request::DeskWithdraws,
    Request::DeskErases,
    Request::PaperForLess,
];

impl Request {
    /// Method, path, token and body.
    fn parts(self, house: &House, desk: &str, guest: &Guest) -> (&'static str, String, String, Value) {
        let mut less = guest.body(house);
        less["points"] = json!(["recorded"]);
        let own = |method, path: &str, body| (method, path.to_owned(), guest.token.clone(), body);
        let of_desk =
            |method, path: &str, body| (method, format!("/api/people/{}{path}", guest.person), desk.to_owned(), body);
        match self {
            Request::Withdraw => own("POST", "/api/participate/withdraw", json!({ "points": ALL })),
            Request::Erase => own("DELETE", "/api/participate/me", Value::Null),
            Request::SignLess => own("POST", "/api/participate/sign", less),
            Request::DeskWithdraws => of_desk("POST", "/withdraw", Value::Null),
            Request::DeskErases => of_desk("DELETE", "", Value::Null),
            Request::PaperForLess => of_desk("POST", "/sign", less),
        }
    }

    pub fn erases(self) -> bool {
        matches!(self, Request::Erase | Request::DeskErases)
    }

    /// Sends it, and goes away without the answer after so long.
    fn send_and_go(self, house: &House, desk: &str, guest: &Guest, after: Duration) {
        let (method, path, token, body) = self.parts(house, desk, guest);
        send_and_go(house, method, &path, &token, &body, after);
    }

    /// Asks as people do, and is told that it was done.
    pub fn ask(self, house: &House, desk: &str, guest: &Guest) {
        let (method, path, token, body) = self.parts(house, desk, guest);
        let answer = call(house, method, &path, &token, &body);
        let told = String::from_utf8_lossy(&answer.body);
        assert!([200, 204].contains(&answer.status), "{self:?} of {}: {} {told}", guest.title, answer.status);
    }

    /// Whether the studio has taken it to heart.
    fn happened(self, house: &House, desk: &str, guest: &Guest) -> bool {
        let file = call(house, "GET", &format!("/api/people/{}", guest.person), desk, &Value::Null);
        file.status == 404 || file.json()["agreed"]["archived"] == false
    }
}

/// Where everybody finds a clip.
fn public_of(house: &House, clip: &str) -> Vec<String> {
    let mut left = Vec::new();
    for path in [
        format!("/archive/{clip}"),
        format!("/clips/{clip}/clip.mp4"),
        format!("/clips/{clip}/poster.jpg"),
        format!("/api/clips/{clip}"),
    ] {
        if house.request("GET", &path, &[], "").status == 200 {
            left.push(path);
        }
    }
    for path in ["/api/clips", "/archive", "/archive/feed.xml", "/sitemap.xml", "/api/now"] {
        let answer = house.request("GET", path, &[], "");
        if String::from_utf8_lossy(&answer.body).contains(clip) {
            left.push(path.to_owned());
        }
    }
    left
}

/// What is left of somebody where nothing may be.
fn left(house: &House, guest: &Guest, clip: &str, erased: bool) -> Vec<String> {
    let mut left = public_of(house, clip);
    let exported = house.data().join("exports");
    let folders = [exported.join("bundle").join(clip), exported.join("site/clips").join(clip)];
    left.extend(folders.iter().filter(|folder| folder.exists()).map(|folder| folder.display().to_string()));
    if erased {
        left.extend(traces_in(&house.data(), &[&guest.name]));
    }
    left
}

/// Waits until nothing is left.
fn all_of_it(house: &House, guest: &Guest, clip: &str, erased: bool) {
    let mut found = Vec::new();
    let gone = wait::within(SOON, || {
        found = left(house, guest, clip, erased);
        found.is_empty().then_some(())
    });
    assert!(gone.is_some(), "{}: {found:?}", guest.title);
}

/// So many guests, each with a clip in the catalogue and in the exports.
fn guests(house: &House, desk: &str, socket: &mut Socket, many: u64) -> Vec<(Guest, String)> {
    let guests: Vec<_> = (0..many).map(|n| guest(house, desk, socket, n)).collect();
    for guest in &guests {
        on_air(socket, guest, 0.3);
    }
    let guests: Vec<_> = guests.into_iter().map(|guest| (published(house, &guest), guest)).collect();
    for form in ["bundle", "site"] {
        ask(socket, json!({ "command": "export_start", "form": form }));
    }
    wait::until("the exports", 60.0, || {
        let exports = state(socket)["exports"].take();
        exports.as_array().unwrap().iter().all(|export| export["status"] == "done").then_some(())
    });
    for (clip, _) in &guests {
        assert!(house.data().join("exports/bundle").join(clip).join("clip.mp4").exists());
        assert!(house.data().join("exports/site/clips").join(clip).join("clip.mp4").exists());
    }
    guests.into_iter().map(|(clip, guest)| (guest, clip)).collect()
}

#[test]
fn a_paper_form_for_less_takes_the_rewind_and_the_name_in_the_picture() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let odile = guest(&house, &desk, &mut socket, 1);
    let before = on_offer(&house);
    ask(&mut socket, json!({ "command": "segment_start" }));
    let fields = json!({ "name": odile.name, "role": "Apicultrice" });
    ask(&mut socket, json!({ "command": "title_show", "template": "lower-third", "fields": fields }));
    ask(
        &mut socket,
        json!({ "command": "title_show", "template": "title-card", "fields": { "title": "Les abeilles" } }),
    );
    let shown = shown_since(&house, &before);

    let mut paper = odile.body(&house);
    paper["points"] = json!(["recorded"]);
    good(&house, "POST", &format!("/api/people/{}/sign", odile.person), &desk, &paper);
    let now = state(&mut socket);
    assert_eq!(now["slate"], true, "at once");
    let titles: Vec<_> = now["titles"].as_array().unwrap().iter().map(|title| &title["template"]).collect();
    assert_eq!(titles, ["title-card"], "the name is off the picture, and nothing else");
    for file in shown {
        assert_eq!(house.request("GET", &format!("/live/{file}"), &[], "").status, 404, "{file}");
    }
    assert!(playlist(&house).contains("#EXT-X-GAP"));
    assert_eq!(code(&mut socket, json!({ "command": "slate", "on": false })), "consent_missing");
    ask(&mut socket, json!({ "command": "segment_end" }));
}

#[test]
fn whoever_is_on_air_without_having_signed_says_no_and_is_heard() {
    let house = open();
    let (desk, mut admin) = (house.login(ANIMATOR), enter(&house, ADMIN));
    ask(&mut admin, json!({ "command": "segment_add", "title": "Débat", "participants": [{ "name": "Nour" }] }));
    let nour = person(&state(&mut admin), "Nour");
    let link = invite(&house, &desk, &nour);
    let before = on_offer(&house);
    ask(&mut admin, json!({ "command": "segment_start", "reason": "accord donné de vive voix" }));
    assert_eq!(state(&mut admin)["slate"], false);
    let shown = shown_since(&house, &before);
    good(&house, "POST", "/api/participate/withdraw", &link, &json!({ "points": ALL }));
    assert_eq!(state(&mut admin)["slate"], true, "at once");
    assert_eq!(code(&mut admin, json!({ "command": "slate", "on": false })), "consent_missing");
    for file in shown {
        assert_eq!(house.request("GET", &format!("/live/{file}"), &[], "").status, 404, "{file}");
    }
    let kinds = |house: &House| {
        let file = good(house, "GET", &format!("/api/people/{nour}"), &desk, &Value::Null);
        file["documents"].as_array().unwrap().iter().map(|document| document["kind"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&house), ["withdrawn"]);
    good(&house, "POST", "/api/participate/withdraw", &link, &json!({ "points": ALL }));
    assert_eq!(kinds(&house), ["withdrawn"], "asking again changes nothing");
    ask(&mut admin, json!({ "command": "segment_end" }));
}

#[test]
fn no_override_covers_whoever_said_no_before_the_start() {
    let house = open();
    let (desk, mut admin) = (house.login(ANIMATOR), enter(&house, ADMIN));
    ask(&mut admin, json!({ "command": "segment_add", "title": "Débat", "participants": [{ "name": "Nour" }] }));
    let link = invite(&house, &desk, &person(&state(&mut admin), "Nour"));
    good(&house, "POST", "/api/participate/withdraw", &link, &json!({ "points": ALL }));
    for private in [false, true] {
        let start = json!({ "command": "segment_start", "private": private, "reason": "accord donné de vive voix" });
        assert_eq!(code(&mut admin, start), "consent_missing");
    }
    assert_eq!(state(&mut admin)["segment"], Value::Null);
    assert!(!house.data().join("decisions.jsonl").exists(), "nothing was overridden");
    // Her own word, and nobody else's, changes it.
    sign(&house, &link, &["recorded", "live"], "Nour");
    ask(&mut admin, json!({ "command": "segment_start" }));
    ask(&mut admin, json!({ "command": "segment_end" }));
}

#[test]
fn asking_again_works() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let odile = guest(&house, &desk, &mut socket, 1);
    let nour = guest(&house, &desk, &mut socket, 2);
    let erase = |token: &str| call(&house, "DELETE", "/api/participate/me", token, &Value::Null).status;
    let desk_erases = |person: &str| call(&house, "DELETE", &format!("/api/people/{person}"), &desk, &Value::Null);
    assert_eq!([erase(&odile.token), erase(&odile.token)], [204, 204]);
    assert_eq!(desk_erases(&odile.person).status, 204, "the desk finishes what a phone began");
    assert_eq!(call(&house, "GET", "/api/participate/me", &odile.token, &Value::Null).status, 401);
    assert_eq!(desk_erases(&nour.person).status, 204);
    assert_eq!(erase(&nour.token), 204);
    assert_eq!(desk_erases(&nour.person).status, 204);
    refused(&desk_erases("nobody"), 404, "unknown_person");
    assert_eq!(erase(&"0".repeat(64)), 401);

    // Signing replaces the link. Whoever did not hear the answer has the old one, and signs the same again.
    ask(&mut socket, json!({ "command": "segment_add", "title": "Trois", "participants": [{ "name": "Léa" }] }));
    let lea = person(&state(&mut socket), "Léa");
    let link = invite(&house, &desk, &lea);
    let form = signing(&house, &ALL, "Léa");
    let sign = |token: &str, form: &Value| call(&house, "POST", "/api/participate/sign", token, form);
    let lost = sign(&link, &form).json()["token"].as_str().unwrap().to_owned();
    let heard = sign(&link, &form).json()["token"].as_str().unwrap().to_owned();
    assert_eq!(call(&house, "GET", "/api/participate/me", &lost, &Value::Null).status, 401);
    refused(&sign(&link, &signing(&house, &["recorded"], "Léa")), 401, "unknown_link");
    assert_eq!(good(&house, "GET", "/api/participate/me", &heard, &Value::Null)["agreed"]["archived"], true);
    refused(&sign(&link, &form), 401, "unknown_link");
    let file = good(&house, "GET", &format!("/api/people/{lea}"), &desk, &Value::Null);
    assert_eq!(file["documents"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_reached_is_not_said_to_be_done() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let (odile, nour) = (guest(&house, &desk, &mut socket, 1), guest(&house, &desk, &mut socket, 2));
    on_air(&mut socket, &odile, 0.5);
    let clip = published(&house, &odile);
    let folder: PathBuf = [&clip[..4], &clip[5..7], &clip[8..10], &clip].iter().collect();
    let record = house.data().join("clips").join(folder).join("record.json");
    // Its loudness is written last, and would make the record whole again.
    wait::until("the loudness", 30.0, || {
        let clips = state(&mut socket)["clips"].take();
        let clip = clips.as_array().unwrap().iter().find(|known| known["id"] == *clip).cloned();
        clip.filter(|clip| !clip["loudness"].is_null())
    });
    let whole = fs::read(&record).unwrap();

    // The record cannot be read: it is recorded, and not done.
    fs::write(&record, &whole[..200]).unwrap();
    let withdraw = || call(&house, "POST", "/api/participate/withdraw", &odile.token, &json!({ "points": ALL }));
    refused(&withdraw(), 503, "withdrawal_unfinished");
    assert_eq!(good(&house, "GET", "/api/participate/me", &odile.token, &Value::Null)["agreed"]["recorded"], false);
    assert_eq!(public_of(&house, &clip), Vec::<String>::new(), "as it is said");
    wait::until("the desk is told", SOON, || told(&mut socket, "withdrawal_unfinished").then_some(()));
    refused(&withdraw(), 503, "withdrawal_unfinished");
    fs::write(&record, &whole).unwrap();
    // By itself, when it can be.
    wait::until("the desk is told that it is done", 30.0, || {
        (!told(&mut socket, "withdrawal_unfinished")).then_some(())
    });
    assert_eq!(left(&house, &odile, &clip, false), Vec::<String>::new());
    assert_eq!(withdraw().status, 200);

    // The rundown cannot be written: a name is left in it.
    let rundown = house.data().join("rundown.json");
    let aside = house.data().join("rundown.aside");
    fs::rename(&rundown, &aside).unwrap();
    fs::create_dir_all(rundown.join("in the way")).unwrap();
    let erase = || call(&house, "DELETE", "/api/participate/me", &nour.token, &Value::Null);
    refused(&erase(), 503, "erasure_unfinished");
    wait::until("the desk is told", SOON, || told(&mut socket, "erasure_unfinished").then_some(()));
    fs::remove_dir_all(&rundown).unwrap();
    fs::rename(&aside, &rundown).unwrap();
    assert_eq!(erase().status, 204, "asking again does it at once");
    assert_eq!(traces_in(&house.data(), &[&nour.name]), Vec::<String>::new());
    wait::until("the desk is told that it is done", SOON, || (!told(&mut socket, "erasure_unfinished")).then_some(()));
}

#[test]
fn what_cannot_be_written_down_counts_all_the_same() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let odile = guest(&house, &desk, &mut socket, 1);
    ask(&mut socket, json!({ "command": "segment_start" }));
    assert_eq!(state(&mut socket)["slate"], false);
    // Another program writes to the agreements, and does not end.
    let other = rusqlite::Connection::open(house.data().join("people.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let withdraw = || call(&house, "POST", "/api/participate/withdraw", &odile.token, &json!({ "points": ALL }));
    refused(&withdraw(), 503, "withdrawal_unfinished");
    assert_eq!(state(&mut socket)["slate"], true);
    assert_eq!(code(&mut socket, json!({ "command": "slate", "on": false })), "consent_missing");
    wait::until("the desk is told", SOON, || told(&mut socket, "withdrawal_unfinished").then_some(()));
    other.execute_batch("ROLLBACK").unwrap();
    // By itself, when it can be.
    wait::until("the desk is told that it is done", SOON, || {
        (!told(&mut socket, "withdrawal_unfinished")).then_some(())
    });
    let file = good(&house, "GET", &format!("/api/people/{}", odile.person), &desk, &Value::Null);
    assert_eq!((&file["documents"][1]["kind"], &file["agreed"]["live"]), (&json!("withdrawn"), &json!(false)));
    assert_eq!(withdraw().status, 200);
    ask(&mut socket, json!({ "command": "segment_end" }));
}

#[test]
fn an_erasure_that_a_crash_cut_short_is_finished_at_the_next_start() {
    let folder = Arc::new(TempDir::new().unwrap());
    let house = open_in(folder.clone());
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let odile = guest(&house, &desk, &mut socket, 1);
    let rundown = house.data().join("rundown.json");
    let named = wait::until("the rundown", SOON, || {
        fs::read_to_string(&rundown).ok().filter(|text| text.contains(&odile.name))
    });
    good(&house, "DELETE", "/api/participate/me", &odile.token, &Value::Null);
    drop((socket, house));
    // As it was left by a program that erased nothing but the database.
    fs::write(&rundown, named).unwrap();
    let house = open_in(folder);
    let mut socket = enter(&house, ANIMATOR);
    assert!(!state(&mut socket).to_string().contains(&odile.name), "nobody sees it meanwhile");
    let traces = || traces_in(&house.data(), &[&odile.name]);
    wait::until("no file with the name", SOON, || traces().is_empty().then_some(()));
}

/// `DROP_ROUNDS` and `DROP_SEED` ask for more rounds, or for the same ones again.
#[test]
fn a_request_whose_client_has_gone_is_carried_out_whole_or_not_at_all() {
    let house = open();
    let seed = number("DROP_SEED", std::process::id().into());
    eprintln!("DROP_SEED={seed}");
    let mut moments = Moments::new(seed);
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let rounds = number("DROP_ROUNDS", 20);
    let guests = guests(&house, &desk, &mut socket, rounds);
    let mut happened = 0;
    for ((guest, clip), request) in guests.iter().zip(REQUESTS.iter().cycle()) {
        let after = Duration::from_secs_f64(moments.next() * 0.02);
        request.send_and_go(&house, &desk, guest, after);
        // What was begun has been written down before this is answered.
        if wait::within(0.5, || request.happened(&house, &desk, guest).then_some(())).is_some() {
            happened += 1;
            all_of_it(&house, guest, clip, request.erases());
        } else {
            assert!(!left(&house, guest, clip, false).is_empty(), "{request:?} of {}: half of it", guest.title);
        }
        request.ask(&house, &desk, guest);
        assert_eq!(left(&house, guest, clip, request.erases()), Vec::<String>::new(), "{request:?} of {}", guest.title);
    }
    eprintln!("{happened} of {rounds} were carried out although nobody waited");
    assert!(happened > 0);
    house.close();
}

/// On air: the slate, and nothing to go back to, although whoever asked has gone.
#[test]
fn a_request_whose_client_has_gone_takes_effect_on_air() {
    let house = open();
    let seed = number("DROP_SEED", std::process::id().into());
    eprintln!("DROP_SEED={seed}");
    let mut moments = Moments::new(seed);
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    for (n, request) in [Request::Withdraw, Request::Erase, Request::SignLess].iter().enumerate() {
        let guest = guest(&house, &desk, &mut socket, n as u64);
        let before = on_offer(&house);
        ask(&mut socket, json!({ "command": "segment_start", "segment": guest.segment }));
        assert_eq!(state(&mut socket)["slate"], false);
        let shown = shown_since(&house, &before);
        request.send_and_go(&house, &desk, &guest, Duration::from_secs_f64(moments.next() * 0.02));
        let done = wait::within(1.0, || request.happened(&house, &desk, &guest).then_some(()));
        if done.is_none() {
            request.ask(&house, &desk, &guest);
        }
        wait::until("the slate", 1.0, || (state(&mut socket)["slate"] == true).then_some(()));
        wait::until("nothing to go back to", 2.0, || {
            let gone = |file: &String| house.request("GET", &format!("/live/{file}"), &[], "").status == 404;
            shown.iter().all(gone).then_some(())
        });
        ask(&mut socket, json!({ "command": "segment_end" }));
        ask(&mut socket, json!({ "command": "slate", "on": false }));
    }
}

/// `KILL_ROUNDS` and `KILL_SEED` ask for more rounds, or for the same ones again.
#[test]
fn a_crash_leaves_no_operation_half_done() {
    let folder = Arc::new(TempDir::new().unwrap());
    let seed = number("KILL_SEED", std::process::id().into());
    eprintln!("KILL_SEED={seed}");
    let mut moments = Moments::new(seed);
    let mut house = open_in(folder.clone());
    let rounds = number("KILL_ROUNDS", 20);
    let guests = {
        let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
        guests(&house, &desk, &mut socket, rounds)
    };
    let mut happened = 0;
    for ((guest, clip), request) in guests.iter().zip(REQUESTS.iter().cycle()) {
        let desk = house.login(ANIMATOR);
        let (method, path, token, body) = request.parts(&house, &desk, guest);
        let mut stream = house.send(method, &path, &token, &body);
        // Rather early than late: most of it is done in a few milliseconds.
        std::thread::sleep(Duration::from_secs_f64(moments.next().powi(2) * 0.08));
        house.kill();
        let answered = answer(&mut stream);
        drop(house);

        house = open_in(folder.clone());
        let first = public_of(&house, clip);
        let desk = house.login(ANIMATOR);
        if request.happened(&house, &desk, guest) {
            happened += 1;
            assert_eq!(first, Vec::<String>::new(), "{request:?} of {}: served before it was carried out", guest.title);
            all_of_it(&house, guest, clip, request.erases());
        } else {
            assert!(!answered, "{request:?} of {}: it was answered, and forgotten", guest.title);
            assert!(!left(&house, guest, clip, false).is_empty(), "{request:?} of {}: half of it", guest.title);
        }
        request.ask(&house, &desk, guest);
        assert_eq!(left(&house, guest, clip, request.erases()), Vec::<String>::new(), "{request:?} of {}", guest.title);
    }
    eprintln!("{happened} of {rounds} had been written down when the program was killed");
    house.close();
}

/// Whether a good answer has come before the end.
fn answer(stream: &mut TcpStream) -> bool {
    let mut text = Vec::new();
    match stream.read_to_end(&mut text) {
        Ok(_) => {}
        Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {}
        Err(error) => panic!("{error}"),
    }
    text.starts_with(b"HTTP/1.1 2")
}
