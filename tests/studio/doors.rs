//! What the doors that are not the desk's know of people and of private segments.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    day::{ask, call, enter, good, invite, open, person, signing, state},
    outsiders::{Outsiders, kept, remote},
    panel_house::{ADMIN, ANIMATOR, House, MODERATOR, Socket, WITH_PINS},
    support::{
        camera::{self, Camera},
        picture::{Look, Size, WHOLE},
        ports, wait,
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

    let known = add(&mut admin, "Passé outre", &["Never Agreed", "Not Archived"]);
    let (never, live) = (person(&known, "Never Agreed"), person(&known, "Not Archived"));
    signs(&house, &desk, &live, &["recorded", "live"], named("Ruche12"));
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

#[test]
fn the_clock_holds_back_what_the_set_may_not_be_known_by() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let clock = || house.request("GET", "/api/clock", &[], "").json();
    good(&house, "POST", "/api/questions", "", &json!({ "name": "Lucie", "text": "Une question ?" }));
    let question =
        wait::until("the question", 5.0, || state(&mut socket)["questions"][0]["id"].as_str().map(str::to_owned));
    ask(&mut socket, json!({ "command": "question_accept", "question": question }));
    ask(&mut socket, json!({ "command": "clock_message", "text": "Parlez plus fort" }));
    let told = |message: bool, questions: bool| {
        wait::until("what the clock may tell", 5.0, || {
            let clock = clock();
            let told = (!clock["message"].is_null(), clock["questions"] != json!([]));
            (told == (message, questions)).then_some(())
        });
    };
    told(true, true);
    // In a pause the set may be told something.
    ask(&mut socket, json!({ "command": "slate", "on": true }));
    told(true, false);
    ask(&mut socket, json!({ "command": "slate", "on": false }));
    ask(
        &mut socket,
        json!({ "command": "segment_add", "title": "A", "private": true, "participants": [{ "name": "Nour" }] }),
    );
    let nour = person(&state(&mut socket), "Nour");
    signs(&house, &desk, &nour, &["recorded"], json!({ "kind": "none" }));
    ask(&mut socket, json!({ "command": "segment_start" }));
    told(false, false);
    ask(&mut socket, json!({ "command": "segment_end" }));
    ask(&mut socket, json!({ "command": "slate", "on": false }));
    told(true, true);
    // Nor while somebody on air has taken their word back; a photo has no title then that may not be listed.
    ask(&mut socket, json!({ "command": "segment_add", "title": "Retirée", "participants": [{ "name": "Nour" }] }));
    let nour = state(&mut socket)["rundown"][1]["participants"][0]["id"].as_str().unwrap().to_owned();
    let token = signs(&house, &desk, &nour, &["recorded", "live"], json!({ "kind": "none" }));
    ask(&mut socket, json!({ "command": "segment_start" }));
    told(true, true);
    good(&house, "POST", "/api/participate/withdraw", &token, &json!({ "points": ["live"] }));
    told(false, false);
    ask(&mut socket, json!({ "command": "photo" }));
    let photo = wait::until("the photo", 10.0, || {
        let clips = state(&mut socket)["clips"].take();
        clips.as_array().unwrap().iter().find(|clip| clip["medium"] == "photo").cloned()
    });
    assert_ne!(photo["title"], "Retirée");
    assert!(!photo["id"].as_str().unwrap().contains("retiree"), "{photo}");
    house.close();
}

/// What nobody but an animator may read anywhere: names that their bearers did not choose, and what is
/// private. In small letters, as they would be in a file's name.
const SECRETS: [&str; 8] = [
    "vrainom-pseudonyme",
    "vrainom-sans",
    "vrainom-nonsigne",
    "vrainom-retire",
    "vrainom-prive",
    "titre-prive",
    "resume-prive",
    "repere-prive",
];

/// A day with everybody in it whose name or title is not for all, and whoever knocks at its doors.
struct Day {
    house: House,
    desk: Socket,
    /// The animator's.
    token: String,
    outsiders: Outsiders,
    leaks: Vec<String>,
}

impl Day {
    fn open(remotes: u16) -> Self {
        let config = format!(
            "{WITH_PINS}[[source]]\nid = \"phone1\"\nkind = \"phone\"\n[[output]]\nid = \"page\"\nkind = \"hls\"\nstart = \"auto\"\n\
             [obs_websocket]\nlisten = \"127.0.0.1:{remotes}\"\n"
        );
        let house = House::open_in(Arc::new(TempDir::new().unwrap()), "127.0.0.1:0", &config);
        let (mut desk, token) = (enter(&house, ADMIN), house.login(ANIMATOR));
        let outsiders = Outsiders::come(&house, &token);
        state(&mut desk);
        Self { house, desk, token, outsiders, leaks: Vec::new() }
    }

    /// Puts people into a segment and has those sign who do; the segment's id.
    fn segment(&mut self, new: Value, signing: &[(&str, &[&str], Value)]) -> String {
        let mut new = new;
        new["command"] = json!("segment_add");
        let people: Vec<Value> = signing.iter().map(|(name, ..)| json!({ "name": name })).collect();
        new["participants"] = json!(people);
        ask(&mut self.desk, new);
        let known = state(&mut self.desk);
        for (name, points, credit) in signing.iter().filter(|(_, points, _)| !points.is_empty()) {
            signs(&self.house, &self.token, &person(&known, name), points, credit.clone());
        }
        known["rundown"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// A segment from start to end; its clip.
    fn take_place(&mut self, segment: &str, start: Value) -> String {
        let mut start = start;
        (start["command"], start["segment"]) = (json!("segment_start"), json!(segment));
        ask(&mut self.desk, start);
        wait::span(1.0);
        ask(&mut self.desk, json!({ "command": "segment_end" }));
        self.clip(segment)
    }

    fn clip(&mut self, segment: &str) -> String {
        wait::until("the clip", 30.0, || {
            let state = state(&mut self.desk);
            let clip = state["clips"].as_array().unwrap().iter().find(|clip| clip["segment"] == segment)?;
            Some(clip["id"].as_str().unwrap().to_owned())
        })
    }

    /// Asks for every path that can be asked for, with everything it can be asked with.
    fn knock(&mut self, when: &str) {
        let playlist = self.house.request("GET", "/live/index.m3u8", &[], "").body;
        let playlist = String::from_utf8(playlist).unwrap();
        let file = playlist.lines().find(|line| !line.starts_with('#'));
        self.outsiders.more =
            file.map(|file| ("/live/{session}/{file}", format!("/live/{file}"))).into_iter().collect();
        for told in self.outsiders.knock() {
            let (who, path) = (told.who, &told.path);
            let secrets = secrets(&told.answer);
            self.leaks.extend(secrets.map(|secret| format!("{when}: GET {path} tells {who}: {secret}")));
        }
        // The socket that answered no ping meanwhile has been closed.
        self.desk = enter(&self.house, ADMIN);
    }

    /// Texts that came by another way than by asking for a path.
    fn told(&mut self, door: &str, texts: &[String]) {
        for text in texts {
            let start = || text.chars().take(400).collect::<String>();
            self.leaks.extend(secrets(text).map(|secret| format!("{door} tells {secret}: {}", start())));
        }
    }
}

/// The secrets that a text tells.
fn secrets(text: &str) -> impl Iterator<Item = &'static str> {
    let text = text.to_lowercase();
    SECRETS.into_iter().filter(move |secret| text.contains(secret))
}

#[test]
fn no_door_tells_a_name_or_a_title_that_is_not_for_all() {
    let remotes = ports::tcp();
    let mut day = Day::open(remotes);
    let from_the_start = kept(enter(&day.house, MODERATOR));
    let all = ["recorded", "live", "archived"];
    let named = |name: &str| json!({ "kind": "name", "name": name });
    let none = json!({ "kind": "none" });

    let wishes = [
        ("Vrainom-Pseudonyme", &all[..], named("Abeille75")),
        ("Vrainom-Sans", &all, none.clone()),
        ("Vrainom-Nonsigne", &[], none.clone()),
    ];
    let shown = day.segment(json!({ "title": "Ouverte" }), &wishes);
    let taken_back = day.segment(json!({ "title": "Reprise" }), &[("Vrainom-Retire", &all, named("Vrainom-Retire"))]);
    let private =
        json!({ "title": "Titre-Prive", "summary": "Resume-Prive", "needs": "Resume-Prive", "private": true });
    let private = day.segment(private, &[("Vrainom-Prive", &all, named("Vrainom-Prive"))]);
    let clips = [
        day.take_place(&shown, json!({ "reason": "accord filmé avant l'antenne" })),
        day.take_place(&taken_back, json!({})),
    ];
    let known = state(&mut day.desk);
    let person = |name: &str| person(&known, name);
    good(
        &day.house,
        "POST",
        &format!("/api/people/{}/withdraw", person("Vrainom-Retire")),
        &day.token,
        &json!({ "points": all }),
    );
    let moderator = kept(enter(&day.house, MODERATOR));
    ask(&mut day.desk, json!({ "command": "photo", "title": "Une photo" }));
    let photo = wait::until("the photo", 10.0, || {
        let state = state(&mut day.desk);
        let photo = state["clips"].as_array().unwrap().iter().find(|clip| clip["medium"] == "photo")?;
        Some(photo["id"].as_str().unwrap().to_owned())
    });
    let names = ["Vrainom-Pseudonyme", "Vrainom-Sans", "Vrainom-Nonsigne", "Vrainom-Retire", "Vrainom-Prive"];
    let session = String::from_utf8(day.house.request("GET", "/live/index.m3u8", &[], "").body).unwrap();
    let session =
        session.lines().find_map(|line| line.split_once('/').filter(|_| line.ends_with(".m4s"))).unwrap().0.to_owned();
    let files = [
        "clip.mp4",
        "poster.jpg",
        "clip.json",
        "record.json",
        "captions.fr.vtt",
        "photo.jpg",
        "photo.json",
        "index.m3u8",
    ];
    day.outsiders.known = vec![
        ("clip", clips.iter().chain([&photo]).cloned().collect()),
        ("photo", vec![photo]),
        ("file", files.map(str::to_owned).into()),
        ("session", vec![session]),
        ("person", names.iter().map(|name| person(name)).collect()),
        ("slot", vec!["phone1".into()]),
        ("take", vec!["0123456789abcdef".into()]),
        ("index", vec!["0".into()]),
        ("errand", vec!["1".into()]),
        ("language", vec!["fr".into()]),
        ("ticket", vec!["0".repeat(64)]),
    ];
    let remote = remote(remotes);

    day.knock("before the private segment");
    ask(&mut day.desk, json!({ "command": "segment_start", "segment": private }));
    let lower_third = json!({ "name": "Vrainom-Prive", "role": "Titre-Prive" });
    ask(&mut day.desk, json!({ "command": "title_show", "template": "lower-third", "fields": lower_third }));
    ask(&mut day.desk, json!({ "command": "segment_mark", "label": "Repere-Prive" }));
    ask(&mut day.desk, json!({ "command": "photo" }));
    day.knock("during the private segment");
    ask(&mut day.desk, json!({ "command": "segment_end" }));
    ask(&mut day.desk, json!({ "command": "title_hide" }));
    ask(&mut day.desk, json!({ "command": "slate", "on": false }));
    let clip = day.clip(&private);
    day.outsiders.known[0].1.push(clip);
    day.knock("after the private segment");

    let said: Vec<String> = day.house.said().lines().map(str::to_owned).collect();
    assert!(said.len() > 10, "{said:?}");
    day.told("the log", &said);
    // Until it was taken back, that name was for all.
    let before = std::mem::take(&mut *from_the_start.lock().unwrap());
    let before = before.iter().map(|text| text.replace("Vrainom-Retire", "")).collect();
    let now = |texts: Arc<Mutex<Vec<String>>>| std::mem::take(&mut *texts.lock().unwrap());
    for (door, texts) in [
        ("a moderator's first websocket", before),
        ("a moderator's websocket", now(moderator)),
        ("a remote", now(remote)),
    ] {
        assert!(texts.len() > 20, "{door}: {texts:?}");
        day.told(door, &texts);
    }
    assert!(day.leaks.is_empty(), "{} leaks:\n{}", day.leaks.len(), day.leaks.join("\n"));
    day.house.close();
}

#[test]
fn what_somebody_takes_along_is_all_that_is_held_of_them() {
    let house = open();
    let (desk, mut socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
    let proposal = json!({
        "title": "Les abeilles", "summary": "Un rucher sur le toit", "needs": "Une table", "language": "fr",
        "names": ["Odile Realname", "Marc Realname"]
    });
    let proposed = good(&house, "POST", "/api/participate/propose", "", &proposal);
    let (token, segment) = (proposed["token"].as_str().unwrap(), proposed["segment"].as_str().unwrap());
    ask(&mut socket, json!({ "command": "segment_update", "segment": segment, "state": "ready" }));
    let all = ["recorded", "live", "archived"];
    let mut form = signing(&house, &all, "Odile Realname");
    form["contact"] = json!("odile@example.org");
    let token = good(&house, "POST", "/api/participate/sign", token, &form)["token"].as_str().unwrap().to_owned();
    let marc = person(&state(&mut socket), "Marc Realname");
    signs(&house, &desk, &marc, &all, json!({ "kind": "none" }));
    wait::until("the page", 20.0, || (state(&mut socket)["outputs"]["page"]["status"] == "live").then_some(()));
    ask(&mut socket, json!({ "command": "segment_start" }));
    ask(&mut socket, json!({ "command": "photo", "title": "Au rucher" }));
    wait::span(1.0);
    ask(&mut socket, json!({ "command": "segment_end" }));
    wait::until("the clip and the photo", 30.0, || {
        (state(&mut socket)["clips"].as_array().unwrap().len() == 2).then_some(())
    });
    good(&house, "POST", "/api/participate/withdraw", &token, &json!({ "points": ["archived"] }));

    let answer = call(&house, "GET", "/api/participate/export", &token, &Value::Null);
    assert!(answer.header("content-disposition").is_some_and(|value| value.starts_with("attachment")));
    let export = answer.json();
    assert_eq!((&export["name"], &export["contact"]), (&json!("Odile Realname"), &json!("odile@example.org")));
    for (field, value) in [("title", "Les abeilles"), ("summary", "Un rucher sur le toit"), ("needs", "Une table")] {
        assert_eq!(export["part"][field], value);
    }
    let kinds: Vec<_> =
        export["documents"].as_array().unwrap().iter().map(|document| document["kind"].clone()).collect();
    assert_eq!(kinds, ["signed", "withdrawn"]);
    let mut works: Vec<_> = export["works"].as_array().unwrap().iter().map(|work| work["medium"].clone()).collect();
    works.sort_by_key(Value::to_string);
    assert_eq!(works, ["clip", "photo"], "{}", export["works"]);
    assert!(export["works"].as_array().unwrap().iter().all(|work| work["public"] == false));
    assert_eq!(export["elsewhere"][0]["place"], "La page");
    assert!(export["elsewhere"][0]["asked_at"].is_u64());
    assert!(!export.to_string().contains("Marc Realname"), "what is somebody else's stays here");
    house.close();
}

/// How many of these streams still bring something within two seconds.
fn alive(streams: &mut [TcpStream]) -> usize {
    let end = Instant::now() + Duration::from_secs(2);
    let mut over = vec![false; streams.len()];
    while Instant::now() < end {
        for (stream, over) in streams.iter_mut().zip(&mut over) {
            stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
            match stream.read(&mut [0; 4096]) {
                Ok(0) => *over = true,
                Ok(_) => (),
                Err(error) => *over |= error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        }
    }
    over.iter().filter(|over| !**over).count()
}

#[test]
fn a_crowd_at_one_door_closes_no_other() {
    let config = format!("{WITH_PINS}[[source]]\nid = \"phone1\"\nkind = \"phone\"\n");
    let house = House::open_in(Arc::new(TempDir::new().unwrap()), "127.0.0.1:0", &config);
    let desk = house.login(ANIMATOR);
    let link = good(&house, "POST", "/api/slots/phone1/link", &desk, &Value::Null);
    let link = link["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let stream = |path: &str, token: &str| {
        let mut stream = TcpStream::connect(house.host()).unwrap();
        let host = house.host();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        .unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 200", "{path}");
        stream
    };
    // One who films and one screen come back as often as they like, and hold a few streams of their own.
    let mut tallies: Vec<_> = (0..30).map(|_| stream("/api/camera/tally?slot=phone1", &link)).collect();
    let mut clocks: Vec<_> = (0..110).map(|_| stream("/api/clock/events", "")).collect();
    assert_eq!(alive(&mut tallies), 4);
    assert_eq!(alive(&mut clocks), 10);
    // Moderators cannot take the desk's places, nor one of them all of theirs.
    let enters = |token: &str| house.socket(&[("Authorization", &format!("Bearer {token}"))]);
    let mut sockets = Vec::new();
    for _ in 0..11 {
        let token = house.login(MODERATOR);
        sockets.extend((0..12).filter_map(|_| enters(&token).ok()));
    }
    assert_eq!(sockets.len(), 100);
    assert_eq!(enters(&house.login(MODERATOR)).err(), Some(503));
    for pin in [ANIMATOR, ADMIN] {
        assert!(enters(&house.login(pin)).is_ok());
    }
    house.close();
}
