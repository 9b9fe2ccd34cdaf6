//! A whole day on real media, shortened: twelve segments, twenty participants, two of their phones on air, a
//! booth, a child, somebody who doesn't come, somebody who takes it back; and in the end it adds up.

use std::{collections::BTreeSet, process::Command};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    stage::Stage,
    support::{
        alone,
        camera::{Camera, Setup},
        clock,
        phone::{Codec, Phone},
        recording,
        studio::{ANIMATOR_PIN, Studio},
        wait,
    },
};

const SLOTS: &str = "[[source]]\nid = \"p1\"\nkind = \"phone\"\n[[source]]\nid = \"p2\"\nkind = \"phone\"\n";
const SEGMENTS: usize = 12;
/// In this one there is a child, who agrees to be live and not to be archived.
const CHILD: usize = 3;
/// Nobody of this one comes.
const NO_SHOW: usize = 7;
/// Somebody of this one takes the archive back in the evening.
const TAKEN_BACK: usize = 0;
/// Who proposed these films with their own phone, in the slots `p1` and `p2`.
const FILMED: [usize; 2] = [1, 4];

/// How the day goes in and out of the studio's pages.
pub struct Town<'a> {
    studio: &'a Studio,
    agent: ureq::Agent,
    desk: String,
}

/// Somebody with a personal link.
pub struct Citizen {
    name: String,
    pub link: String,
}

impl<'a> Town<'a> {
    /// Logs an animator in.
    pub fn of(studio: &'a Studio) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut town = Self { studio, agent, desk: String::new() };
        town.desk = word(&town.post("/api/login", "", &json!({ "pin": ANIMATOR_PIN })), "token");
        town
    }

    fn ask(&self, method: &str, path: &str, token: &str, body: &[u8]) -> (u16, String, Value) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.studio.address()))
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json")
            .body(body.to_vec())
            .unwrap();
        let mut answer = self.agent.run(request).unwrap();
        let cookie = answer.headers().get("set-cookie").map_or("", |value| value.to_str().unwrap()).to_owned();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), cookie, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Must be carried out.
    pub fn good(&self, method: &str, path: &str, token: &str, body: &[u8]) -> Value {
        let (status, _, answer) = self.ask(method, path, token, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// As the desk.
    pub fn get(&self, path: &str) -> Value {
        self.good("GET", path, &self.desk, b"")
    }

    pub fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        self.good("POST", path, token, body.to_string().as_bytes())
    }

    /// Proposed, and put in the rundown by an animator: the segment, and who is in it.
    pub fn propose(&self, title: &str, names: &[String]) -> (String, Vec<Citizen>) {
        let proposal = self.post("/api/participate/propose", "", &json!({ "title": title, "names": names }));
        let segment = word(&proposal, "segment");
        self.studio.command(
            json!({ "command": "segment_update", "segment": segment, "state": "ready", "planned_seconds": 60 }),
        );
        let first = Citizen { name: names[0].clone(), link: word(&proposal, "token") };
        let others = names[1..].iter().map(|name| {
            let state = self.studio.wait_for("the participants", 5.0, |state| person(state, name).is_some());
            let path = format!("/api/people/{}/link", person(&state, name).unwrap());
            let link = word(&self.post(&path, &self.desk, &Value::Null), "url").split_once('#').unwrap().1.to_owned();
            Citizen { name: name.clone(), link }
        });
        let citizens = std::iter::once(first).chain(others).collect();
        (segment, citizens)
    }

    /// Signs with the personal link, which is another from then on.
    pub fn sign(&self, citizen: &mut Citizen, points: &[&str], child: bool) {
        let terms = self.get("/api/participate/terms?language=fr");
        let mut form = json!({
            "language": "fr", "hash": terms["hash"], "points": points, "credit": { "kind": "none" },
            "signature": { "name": citizen.name, "typed": true }
        });
        if child {
            (form["minor"], form["birth_date"]) = (json!(true), json!("2015-05-05"));
            form["guardians"] = json!([{ "name": "Anne", "typed": true }, { "name": "Paul", "typed": true }]);
        }
        citizen.link = word(&self.post("/api/participate/sign", &citizen.link, &form), "token");
    }

    /// An interview that a tablet records alone; its clip, once an animator has published it.
    fn booth(&self) -> String {
        let (status, cookie, _) = self.ask("POST", "/api/booth/pair", &self.desk, b"");
        assert_eq!(status, 204);
        let tablet = cookie.split(['=', ';']).nth(1).unwrap();
        let signed = json!({ "name": "Zélie", "credit": "Zélie", "language": "fr", "adult": true, "recorded": true,
                             "published": true, "text": "J'accepte d'être filmée." });
        let take = word(&self.post("/api/booth/takes", tablet, &signed), "id");
        let film = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x180:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2"])
            .args(["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus", "-f", "webm", "-"])
            .output()
            .unwrap()
            .stdout;
        for (index, piece) in film.chunks(20_000).enumerate() {
            self.good("PUT", &format!("/api/booth/takes/{take}/chunks/{index}"), tablet, piece);
        }
        let sha256: String = Sha256::digest(&film).iter().map(|byte| format!("{byte:02x}")).collect();
        self.post(&format!("/api/booth/takes/{take}/finish"), tablet, &json!({ "sha256": sha256 }));
        self.post(&format!("/api/booth/takes/{take}/send"), tablet, &Value::Null);
        wait::until("the interview's conversion", 60.0, || {
            (self.get("/api/booth/sent")[0]["stage"] == "converted").then_some(())
        });
        word(&self.post(&format!("/api/booth/sent/{take}/accept"), &self.desk, &Value::Null), "clip")
    }
}

fn word(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("{field} in {answer}")).to_owned()
}

fn person(state: &Value, name: &str) -> Option<String> {
    let participants = state["rundown"].as_array()?.iter().flat_map(|segment| segment["participants"].as_array());
    let found = participants.flatten().find(|participant| participant["name"] == name)?;
    found["id"].as_str().map(str::to_owned)
}

fn title(n: usize) -> String {
    format!("Séquence {n}")
}

#[test]
fn a_day_is_played_and_adds_up() {
    let _alone = alone();
    let mut stage = Stage::start(&[Setup::small(0)], SLOTS);
    let viewer = stage.viewer();
    let films = [1, 2].map(|source| Camera::start(Setup::small(source)));
    let town = Town::of(&stage.studio);

    // In the morning: eight pairs and four who come alone.
    let mut day: Vec<(String, Vec<Citizen>)> = (0..SEGMENTS)
        .map(|n| {
            let names: Vec<String> = (0..if n < 8 { 2 } else { 1 }).map(|p| format!("Citoyen {n}-{p}")).collect();
            town.propose(&title(n), &names)
        })
        .collect();
    for (n, (_, citizens)) in day.iter_mut().enumerate().filter(|(n, _)| *n != NO_SHOW) {
        for (p, citizen) in citizens.iter_mut().enumerate() {
            let child = (n, p) == (CHILD, 0);
            let points: &[&str] = if child { &["recorded", "live"] } else { &["recorded", "live", "archived"] };
            town.sign(citizen, points, child);
        }
    }
    let phones: Vec<Phone> = FILMED
        .iter()
        .zip(["p1", "p2"])
        .zip(&films)
        .map(|((n, slot), film)| {
            let phone = Phone::call(&stage.studio, slot, &day[*n].1[0].link, film.port(), Codec::H264);
            stage.studio.wait_source(slot, "live", 8.0);
            phone
        })
        .collect();

    for (n, (segment, _)) in day.iter().enumerate() {
        let start = stage.studio.client().command(json!({ "command": "segment_start", "segment": segment }));
        if n == NO_SHOW {
            assert_eq!(start["error"]["code"], "consent_missing");
            stage.studio.command(json!({ "command": "segment_update", "segment": segment, "state": "dropped" }));
            continue;
        }
        assert_eq!(start["ok"], true, "{start}");
        let filmed = FILMED.iter().position(|filmed| *filmed == n);
        let asked = clock::now();
        stage.studio.take(filmed.map_or("cam0", |phone| ["p1", "p2"][phone]));
        viewer.shows(filmed.map_or(0, |phone| phone as u8 + 1), asked, 5.0);
        wait::span(1.0);
        stage.studio.command(json!({ "command": "segment_end" }));
    }
    drop(phones);
    let interview = town.booth();
    town.post("/api/visitors", &town.desk, &json!({ "count": 12 }));
    for _ in 0..6 {
        let answers = json!({ "answers": [["why", "tell"], ["first", "yes"], ["heard", "library"]] });
        town.post("/api/participate/answers", "", &answers);
    }
    let public = || -> BTreeSet<String> {
        let clips = town.get("/api/clips?limit=50");
        clips.as_array().unwrap().iter().map(|clip| word(clip, "title")).collect()
    };
    let agreed = |n: &usize| ![CHILD, NO_SHOW].contains(n);
    let booth = "Zélie, à la cabine".to_owned();
    let all: BTreeSet<String> = (0..SEGMENTS).filter(agreed).map(title).chain([booth]).collect();
    wait::until("what may be published", 20.0, || (public() == all).then_some(()));

    // In the evening.
    town.post("/api/participate/withdraw", &day[TAKEN_BACK].1[0].link, &json!({ "points": ["archived"] }));
    let mut left = all.clone();
    left.remove(&title(TAKEN_BACK));
    wait::until("what was taken back to leave", 10.0, || (public() == left).then_some(()));
    assert_eq!(town.get(&format!("/api/clips?q={}", "cabine"))[0]["id"], interview);
    let report = wait::until("the report", 5.0, || {
        Some(town.get("/api/report")).filter(|report| report["days"][0]["done"] == SEGMENTS - 1)
    });
    let (day, tally) = (&report["days"][0], &report["tally"]);
    assert_eq!((&day["dropped"], &day["participants"]), (&json!(1), &json!(18)), "{report}");
    assert_eq!(tally["visitors_total"], 12);
    assert_eq!(tally["answers"][0]["counts"], json!([{ "of": "tell", "count": 6 }]));
    stage.studio.stop();
    let (gap, at) = recording::widest_gap(&stage.studio.file("program.mp4"));
    assert!(gap <= 0.06, "{gap} s without a picture at {at} s");
}
