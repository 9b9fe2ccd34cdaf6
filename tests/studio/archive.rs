//! Clips from outside: a segment goes through the desk, and the catalogue shows what came of it.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    sync::Arc,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    panel_house::{ANIMATOR, Answer, House, MODERATOR, SOON, Socket, WITH_PINS},
    support::wait,
};

/// A house with a socket at its desk.
pub struct Desk {
    pub house: House,
    pub socket: Socket,
}

impl Desk {
    pub fn open() -> Self {
        Self::open_in(Arc::new(TempDir::new().unwrap()))
    }

    fn open_in(folder: Arc<TempDir>) -> Self {
        let house = House::open_in(folder, "127.0.0.1:0", WITH_PINS);
        let socket = house.enter(ANIMATOR);
        Self { house, socket }
    }

    /// Has a command carried out.
    pub fn ask(&mut self, command: Value) {
        let reply = self.socket.ask(command.clone());
        assert_eq!(reply["ok"], true, "{command}: {reply}");
    }

    /// A segment of this title without participants, of some length; its clip's id, once somebody has
    /// published it.
    pub fn segment(&mut self, title: &str, seconds: f64) -> String {
        self.ask(json!({ "command": "segment_add", "title": title, "summary": "Un résumé" }));
        self.ask(json!({ "command": "segment_start" }));
        wait::span(seconds);
        self.ask(json!({ "command": "segment_end" }));
        let id = self.socket.publish(title);
        assert_eq!(self.get(&format!("/api/clips/{id}")).json()["title"], title);
        id
    }

    /// A page or a file, as the public gets it.
    pub fn get(&self, path: &str) -> Answer {
        self.house.request("GET", path, &[("Accept-Language", "fr")], "")
    }

    fn clips(&self) -> Vec<Value> {
        self.get("/api/clips").json().as_array().unwrap().clone()
    }

    /// Everywhere the public could see a clip.
    fn seen(&self, id: &str) -> Vec<String> {
        let mut seen = Vec::new();
        for path in ["/archive", "/archive/feed.xml", "/archive/sitemap.xml", "/api/clips", "/archive?q=secret"] {
            if String::from_utf8_lossy(&self.get(path).body).contains(id) {
                seen.push(path.to_owned());
            }
        }
        for path in [
            "archive/ID",
            "archive/ID/embed",
            "api/clips/ID",
            "clips/ID/clip.mp4",
            "clips/ID/poster.jpg",
            "clips/ID/clip.json",
        ] {
            let path = format!("/{}", path.replace("ID", id));
            if self.get(&path).status != 404 {
                seen.push(path);
            }
        }
        seen
    }

    fn folder(&self, id: &str) -> PathBuf {
        let (year, month, day) = (&id[..4], &id[5..7], &id[8..10]);
        self.house.data().join("clips").join(year).join(month).join(day).join(id)
    }
}

fn plateau(folder: &TempDir, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plateau"));
    command.arg("archive").args(words).arg("--data").arg(folder.path().join("data")).env("LANG", "C.UTF-8");
    command.output().unwrap()
}

/// Id and title of every clip.
fn listed(folder: &TempDir) -> Vec<(String, String)> {
    let ends = |line: &str| {
        let mut words = line.split('\t');
        Some((words.next()?.to_owned(), words.next_back()?.to_owned()))
    };
    String::from_utf8_lossy(&plateau(folder, &["list"]).stdout).lines().filter_map(ends).collect()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_segment_is_in_the_catalogue_when_it_ends() {
    let mut desk = Desk::open();
    let title = "Le jardin <b>partagé</b> & co";
    let first = desk.segment(title, 1.0);
    let id = desk.segment(title, 3.0);
    assert_eq!(id, format!("{first}-2"));
    let clips = desk.clips();
    assert_eq!(clips[1]["id"], first.as_str(), "newest first");
    assert_eq!((&clips[0]["id"], &clips[0]["title"]), (&id.as_str().into(), &title.into()));

    let whole = desk.get(&format!("/clips/{id}/clip.mp4"));
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("video/mp4")));
    let piece = desk.house.request("GET", &format!("/clips/{id}/clip.mp4"), &[("Range", "bytes=4-7")], "");
    assert_eq!((piece.status, &piece.body[..]), (206, &b"ftyp"[..]));
    assert_eq!(piece.header("content-range"), Some(format!("bytes 4-7/{}", whole.body.len()).as_str()));
    assert_eq!(desk.get(&format!("/clips/{id}/poster.jpg")).body[..3], [0xff, 0xd8, 0xff]);
    let json = desk.get(&format!("/clips/{id}/clip.json")).json();
    assert_eq!((&json["@type"], &json["name"]), (&"VideoObject".into(), &title.into()));
    assert_eq!(json["license"], "https://creativecommons.org/licenses/by-sa/4.0/");
    for path in [format!("/clips/{id}/record.json"), format!("/clips/{id}/SHA256SUMS"), "/clips/../x/clip.mp4".into()] {
        assert_eq!(desk.get(&path).status, 404, "{path}");
    }

    let page = String::from_utf8(desk.get(&format!("/archive/{id}")).body).unwrap();
    assert!(page.contains("&lt;b&gt;partagé") && !page.contains("<b>"), "{page}");
    assert!(page.contains("Réutiliser") && page.contains("rel=\"license") && page.contains("VideoObject"));
    let english = desk.house.request("GET", &format!("/archive/{id}"), &[("Accept-Language", "en")], "");
    assert!(String::from_utf8(english.body).unwrap().contains("How to reuse this"));
    let front = String::from_utf8(desk.get("/archive").body).unwrap();
    assert!(front.contains(&format!("/archive/{id}")) || front.contains(&format!("archive&#x2f;{id}")), "{front}");
    for (question, found) in [
        ("q=jardin+PARTAGE", true),
        ("q=partag", true),
        ("q=potager", false),
        ("q=%22%27*", false),
        ("day=1999", false),
    ] {
        let page = String::from_utf8(desk.get(&format!("/archive?{question}")).body).unwrap();
        assert_eq!(page.contains(&id), found, "{question}");
    }
    let embedded = desk.get(&format!("/archive/{id}/embed"));
    assert!(embedded.header("content-security-policy").unwrap().contains("frame-ancestors *"));

    // Taken out, put back, changed.
    desk.ask(json!({ "command": "clip_hide", "clip": id }));
    assert_eq!(desk.seen(&id), Vec::<String>::new());
    desk.ask(json!({ "command": "clip_publish", "clip": id }));
    assert_eq!(desk.seen(&id).len(), 10, "{:?}", desk.seen(&id));
    desk.ask(json!({ "command": "clip_update", "clip": id, "title": "Un autre titre", "tags": ["jardin"],
        "credits": [{ "name": "Awa Diop", "role": "jardinière" }] }));
    assert_eq!(desk.get(&format!("/clips/{id}/clip.json")).json()["name"], "Un autre titre");
    let exif = Command::new("exiftool")
        .args(["-XMP-dc:Title", "-XMP-dc:Creator", "-s3"])
        .arg(desk.folder(&id).join("clip.mp4"))
        .output()
        .unwrap();
    assert_eq!(text(&exif).trim(), "Un autre titre\nAwa Diop");
    assert!(String::from_utf8(desk.get("/archive?theme=jardin").body).unwrap().contains(&id));
    let refused = desk.socket.ask(json!({ "command": "clip_update", "clip": id, "title": " " }));
    assert_eq!(refused["error"]["code"], "bad_clip");
    let unknown = desk.socket.ask(json!({ "command": "clip_hide", "clip": "../../etc" }));
    assert_eq!(unknown["error"]["code"], "unknown_clip");

    captions(&mut desk, &id);
    photos(&mut desk);

    desk.ask(json!({ "command": "clip_remove", "clip": id }));
    assert_eq!(desk.seen(&id), Vec::<String>::new());
    desk.ask(json!({ "command": "clip_restore", "clip": id }));
    assert_eq!(desk.seen(&id), Vec::<String>::new(), "what comes back waits for a person");
    desk.ask(json!({ "command": "clip_publish", "clip": id, "agreed": true }));
    assert_eq!(desk.get(&format!("/archive/{id}")).status, 200);
}

fn captions(desk: &mut Desk, id: &str) {
    let put = |pin: &str, body: &str| {
        let bearer = format!("Bearer {}", desk.house.login(pin));
        desk.house.request("PUT", &format!("/api/archive/{id}/captions/fr"), &[("Authorization", &bearer)], body)
    };
    assert_eq!(desk.house.request("PUT", &format!("/api/archive/{id}/captions/fr"), &[], "WEBVTT").status, 401);
    assert_eq!(put(MODERATOR, "WEBVTT").status, 403);
    assert_eq!(put(ANIMATOR, "1\n00:00:01 --> 00:00:02\nMicroDVD").json()["error"]["code"], "bad_captions");
    let answer = put(ANIMATOR, "WEBVTT\n\n00:00.200 --> 00:01.500\nBonjour <i>aubergine</i>\n");
    assert_eq!(answer.status, 200, "{answer:?}");
    let served = desk.get(&format!("/clips/{id}/captions.fr.vtt"));
    assert_eq!(served.header("content-type"), Some("text/vtt; charset=utf-8"));
    assert!(String::from_utf8(served.body).unwrap().starts_with("WEBVTT\n"));
    let page = String::from_utf8(desk.get(&format!("/archive/{id}")).body).unwrap();
    assert!(page.contains("kind=\"captions\"") && page.contains("Bonjour aubergine"), "{page}");
    assert!(String::from_utf8(desk.get("/archive?q=aubergine").body).unwrap().contains(id));
}

fn photos(desk: &mut Desk) {
    desk.ask(json!({ "command": "photo", "source": "cam1", "title": "Le plateau" }));
    let photo = wait::until("the photo at the desk", SOON, || {
        let snapshot = desk.socket.fresh_snapshot();
        snapshot["state"]["clips"].as_array().unwrap().iter().find(|clip| clip["medium"] == "photo").cloned()
    });
    let id = photo["id"].as_str().unwrap();
    let path = format!("/photos/{id}/photo.jpg");
    assert_eq!(desk.get(&path).status, 404, "nobody has looked at it");
    let refused = desk.socket.ask(json!({ "command": "clip_publish", "clip": id }));
    assert_eq!(refused["error"]["code"], "consent_missing");
    desk.ask(json!({ "command": "clip_publish", "clip": id, "agreed": true }));
    let jpeg = desk.get(&path);
    assert_eq!(jpeg.status, 200);
    let bearer = format!("Bearer {}", desk.house.login(ANIMATOR));
    let bad = desk.house.request("POST", "/api/archive/photos", &[("Authorization", &bearer)], "GIF89a");
    assert_eq!(bad.json()["error"]["code"], "bad_photo");
}

#[test]
fn nobody_is_published_without_having_agreed() {
    let mut desk = Desk::open();
    desk.ask(json!({ "command": "segment_add", "title": "secret", "participants": [{ "name": "Awa" }] }));
    let refused = desk.socket.ask(json!({ "command": "segment_start" }));
    assert_eq!(refused["error"]["code"], "consent_missing");
}

#[test]
fn what_cannot_be_recorded_does_not_begin() {
    let folder = Arc::new(TempDir::new().unwrap());
    let mut desk = Desk::open_in(folder.clone());
    let masters = folder.path().join("data/masters");
    fs::write(&masters, "in the way").unwrap();
    desk.ask(json!({ "command": "segment_add", "title": "Patience" }));
    let refused = desk.socket.ask(json!({ "command": "segment_start" }));
    assert_eq!(refused["error"]["code"], "segment_not_recorded", "{refused}");
    assert!(refused["error"]["text"]["fr"].as_str().unwrap().contains("n'a pas commencé"), "{refused}");
    let state = desk.socket.fresh_snapshot()["state"].clone();
    assert_eq!((&state["segment"], &state["rundown"][0]["state"]), (&Value::Null, &json!("ready")));

    // Where it can be, its file is there when the desk is told; of two at once, one begins and one leaves nothing.
    fs::remove_file(&masters).unwrap();
    desk.ask(json!({ "command": "segment_add", "title": "Bousculade" }));
    let both = [0, 1].map(|n| desk.socket.fresh_snapshot()["state"]["rundown"][n]["id"].clone());
    let files = || fs::read_dir(&masters).map_or(0, Iterator::count);
    let mut other = desk.house.enter(ANIMATOR);
    let starts = std::thread::scope(|scope| {
        let second = scope.spawn(|| other.ask(json!({ "command": "segment_start", "segment": both[1] })));
        let first = desk.socket.ask(json!({ "command": "segment_start", "segment": both[0] }));
        [first, second.join().unwrap()]
    });
    let codes: Vec<_> = starts.iter().map(|reply| reply["error"]["code"].as_str()).collect();
    assert!(codes.contains(&None) && codes.contains(&Some("segment_on_air")), "{starts:?}");
    wait::until("one recording, with its note", SOON, || (files() == 2).then_some(()));
    wait::span(1.5);
    desk.ask(json!({ "command": "segment_end" }));
    wait::until("its clip", SOON, || {
        let clips = desk.socket.fresh_snapshot()["state"]["clips"].clone();
        (clips.as_array().unwrap().len() == 1).then_some(())
    });
}

#[test]
fn the_files_alone_are_the_archive() {
    let folder = Arc::new(TempDir::new().unwrap());
    let mut desk = Desk::open_in(folder.clone());
    let id = desk.segment("Premier", 1.5);
    let Desk { house, socket } = desk;
    drop(socket);
    house.close();
    let whole = plateau(&folder, &["verify"]);
    assert!(whole.status.success(), "{}", text(&whole));
    // Without its index nothing is lost.
    for name in ["archive.sqlite", "archive.sqlite-wal", "archive.sqlite-shm"] {
        let _ = fs::remove_file(folder.path().join("data").join(name));
    }
    assert!(text(&plateau(&folder, &["list"])).contains(&id));
    fs::write(folder.path().join("data/archive.sqlite"), vec![7; 5000]).unwrap();
    assert!(text(&plateau(&folder, &["verify", "--rebuild"])).contains("all is there"));

    // A file that was edited, one that is missing, one that nobody knows.
    let place = folder.path().join("data/clips").join(&id[..4]).join(&id[5..7]).join(&id[8..10]).join(&id);
    let json = fs::read(place.join("clip.json")).unwrap();
    fs::write(place.join("clip.json"), "{}").unwrap();
    fs::rename(place.join("poster.jpg"), place.join("picture.jpg")).unwrap();
    fs::create_dir_all(folder.path().join("data/clips/.work/half")).unwrap();
    let damaged = plateau(&folder, &["verify", "--json"]);
    assert_eq!(damaged.status.code(), Some(1));
    for (name, fault) in [
        ("clip.json", "changed"),
        ("poster.jpg", "missing"),
        ("picture.jpg", "orphaned"),
        (".work/half", "half_written"),
    ] {
        let found = text(&damaged).lines().any(|line| line.contains(name) && line.contains(fault));
        assert!(found, "{name}: {}", text(&damaged));
    }
    fs::write(place.join("clip.json"), json).unwrap();
    fs::rename(place.join("picture.jpg"), place.join("poster.jpg")).unwrap();
    fs::remove_dir(folder.path().join("data/clips/.work/half")).unwrap();
    assert!(plateau(&folder, &["verify"]).status.success());

    // Out, and in again.
    let out = folder.path().join("out");
    let to = out.to_str().unwrap();
    assert!(plateau(&folder, &["export", to]).status.success());
    assert!(out.join(&id).join("clip.mp4").exists());
    let sums =
        Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(out.join(&id)).output().unwrap();
    assert!(sums.status.success(), "{}", text(&sums));
    let site = folder.path().join("site");
    let made = plateau(&folder, &["export", "--form", "site", site.to_str().unwrap()]);
    assert!(made.status.success(), "{}", text(&made));
    let front = fs::read_to_string(site.join("index.html")).unwrap();
    assert!(front.contains(&id) && !front.contains("href=\"/") && !front.contains("href=\"&#x2f;"), "{front}");
    assert!(
        site.join("archive").join(&id).join("index.html").exists()
            && site.join("clips").join(&id).join("clip.mp4").exists()
    );
    let film = out.join(&id).join("clip.mp4");
    let taken = plateau(&folder, &["import", film.to_str().unwrap(), "--title", "D'ailleurs", "--agreed"]);
    assert!(taken.status.success() && text(&taken).contains("-d-ailleurs"), "{}", text(&taken));
    let poem = folder.path().join("poem.mp4");
    fs::write(&poem, "no film").unwrap();
    let refused = plateau(&folder, &["import", poem.to_str().unwrap(), "--title", "x"]);
    assert!(!refused.status.success() && text(&refused).contains("H.264"), "{}", text(&refused));
    let sheet = plateau(&folder, &["sheet", "--form", "wiki"]);
    assert!(
        text(&sheet).contains("== Ce qui a été fait ==") || text(&sheet).contains("== What was done =="),
        "{}",
        text(&sheet)
    );
}

/// Moments that look random, the same ones for the same seed (splitmix64).
pub struct Moments(u64);

impl Moments {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0..1
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// `KILL_ROUNDS` and `KILL_SEED` ask for more rounds, or for the same ones again.
#[test]
fn a_crash_loses_nothing_that_was_recorded() {
    let folder = Arc::new(TempDir::new().unwrap());
    let seed = number("KILL_SEED", std::process::id().into());
    eprintln!("KILL_SEED={seed}");
    let mut moments = Moments::new(seed);
    // Clips that were asked for, by the titles they may have.
    let mut clips: Vec<Vec<String>> = Vec::new();
    let rounds = number("KILL_ROUNDS", 20);
    for round in 0..=rounds {
        let mut desk = Desk::open_in(folder.clone());
        // The desk is told of the newest only.
        let there = wait::until("every clip", SOON, || {
            let there = listed(&folder);
            let found = |titles: &Vec<String>| there.iter().any(|(_, title)| titles.contains(title));
            clips.iter().all(found).then_some(there)
        });
        let state = desk.socket.fresh_snapshot()["state"].take();
        if !state["segment"].is_null() {
            desk.ask(json!({ "command": "segment_end" }));
        }
        wait::until("nothing half made", SOON, || plateau(&folder, &["verify"]).status.success().then_some(()));
        if round == rounds {
            return desk.house.close();
        }
        match round % 4 {
            0 | 1 => {
                let title = format!("Coupure {round}");
                desk.ask(json!({ "command": "segment_add", "title": title }));
                desk.ask(json!({ "command": "segment_start" }));
                clips.push(vec![title]);
                wait::span(1.0 + moments.next() * 0.6);
                if round % 4 == 1 {
                    desk.socket.send(json!({ "command": "segment_end" }).to_string());
                    wait::span(moments.next() * 0.5);
                }
            }
            2 => {
                let titles = clips.last_mut().unwrap();
                let (clip, _) = there.iter().find(|(_, title)| titles.contains(title)).unwrap();
                let title = format!("Corrigé {round}");
                let update = json!({ "command": "clip_update", "clip": clip, "title": title });
                titles.push(title);
                desk.socket.send(update.to_string());
                wait::span(moments.next() * 0.15);
            }
            _ => {
                for form in ["bundle", "site"] {
                    desk.socket.send(json!({ "command": "export_start", "form": form }).to_string());
                }
                wait::span(moments.next() * 0.5);
            }
        }
        desk.house.kill();
    }
}
