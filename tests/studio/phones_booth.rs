//! The interview booth, from outside.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    panel_house::{ANIMATOR, House, MODERATOR},
    support::wait,
};

const HEAD: [u8; 5] = [0x1a, 0x45, 0xdf, 0xa3, 9];

/// A house whose booth is open.
struct Booth {
    house: House,
    cookie: String,
}

impl Booth {
    fn open() -> Self {
        let house = House::open();
        let bearer = format!("Bearer {}", house.login(ANIMATOR));
        let paired = house.request("POST", "/api/booth/pair", &[("Authorization", &bearer)], "");
        assert_eq!(paired.status, 204, "{paired:?}");
        let cookie = paired.header("set-cookie").unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("Path=/api/booth"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { house, cookie }
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
        ask(&self.house, &self.cookie, method, path, body)
    }

    fn start(&self) -> String {
        let (status, start) = self.ask("POST", "/takes", signed().to_string().as_bytes());
        assert_eq!(status, 201, "{start}");
        start["id"].as_str().unwrap().to_owned()
    }

    fn chunk(&self, take: &str, index: u32, data: &[u8]) -> (u16, Value) {
        self.ask("PUT", &format!("/takes/{take}/chunks/{index}"), data)
    }
}

/// As the tablet's browser asks.
pub fn ask(house: &House, cookie: &str, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}/api/booth{path}", house.address()))
        .header("Cookie", cookie)
        .header("Origin", house.address())
        .header("Content-Type", "application/json")
        .body(body)
        .unwrap();
    let mut answer = agent.run(request).unwrap();
    let text = answer.body_mut().read_to_vec().unwrap();
    (answer.status().as_u16(), serde_json::from_slice(&text).unwrap_or(Value::Null))
}

pub fn signed() -> Value {
    json!({ "name": "Zélie Abeille", "credit": "Zélie", "language": "fr", "adult": true, "recorded": true,
            "published": true, "text": "J'accepte d'être filmée." })
}

fn sha(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Files below a folder.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

fn code(answer: &Value) -> &str {
    assert!(answer["error"]["text"]["en"].as_str().is_some_and(|text| text.len() > 10), "a sentence: {answer}");
    answer["error"]["code"].as_str().unwrap()
}

#[test]
fn only_the_booth_s_tablet_records_and_it_opens_nothing_else() {
    let booth = Booth::open();
    let house = &booth.house;
    assert_eq!(house.request("POST", "/api/booth/takes", &[], &signed().to_string()).status, 401);
    let foreign = [("Cookie", &*booth.cookie), ("Origin", "https://example.org")];
    assert_eq!(house.request("POST", "/api/booth/takes", &foreign, &signed().to_string()).status, 403);
    let moderator = format!("Bearer {}", house.login(MODERATOR));
    assert_eq!(house.request("POST", "/api/booth/pair", &[("Authorization", &moderator)], "").status, 403);
    for path in ["/sent", "/questions"] {
        assert_eq!(booth.ask("GET", path, b"").0, 401, "what was sent is the animators'");
    }
    let token = booth.cookie.split('=').nth(1).unwrap();
    assert_eq!(house.role(token), None);
    let (status, about) = booth.ask("GET", "", b"");
    assert_eq!((status, about["questions"].as_array().unwrap().len()), (200, 3));
}

#[test]
fn the_pairing_ends_from_the_desk_and_with_the_pins() {
    let booth = Booth::open();
    let house = &booth.house;
    let desk = |pin: &str, method: &str| {
        let bearer = format!("Bearer {}", house.login(pin));
        house.request(method, "/api/booth/pair", &[("Authorization", &bearer)], "")
    };
    assert_eq!(desk(MODERATOR, "DELETE").status, 403);
    assert_eq!(booth.ask("GET", "", b"").0, 200);
    assert_eq!(desk(ANIMATOR, "DELETE").status, 204);
    assert_eq!(booth.ask("GET", "", b"").0, 401);
    assert_eq!(booth.ask("POST", "/takes", signed().to_string().as_bytes()).0, 401);

    let paired = desk(ANIMATOR, "POST");
    let again = paired.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let status = || house.request("GET", "/api/booth", &[("Cookie", &again), ("Origin", house.address())], "").status;
    assert_eq!(status(), 200);
    let data = house.data().to_str().unwrap().to_owned();
    let reset =
        std::process::Command::new(env!("CARGO_BIN_EXE_plateau")).args(["pins", "--reset", "--data", &data]).output();
    assert!(reset.unwrap().status.success());
    wait::until("the tablet is let out with everybody", 5.0, || (status() == 401).then_some(()));
}

#[test]
fn animators_write_the_questions() {
    let booth = Booth::open();
    let bearer = format!("Bearer {}", booth.house.login(ANIMATOR));
    let put = |questions: Value| {
        let headers = [("Authorization", &*bearer), ("Content-Type", "application/json")];
        booth.house.request("PUT", "/api/booth/questions", &headers, &questions.to_string())
    };
    assert_eq!(put(json!([{ "text": { "fr": "Pourquoi ?", "en": "" }, "seconds": 30 }])).status, 200);
    assert_eq!(booth.ask("GET", "", b"").1["questions"][0]["text"]["en"], "Pourquoi ?");
    for bad in [json!([]), json!([{ "text": { "fr": "", "en": "" }, "seconds": 30 }]), json!({ "a": 1 }), json!([1])] {
        assert_eq!(put(bad.clone()).status, 400, "{bad}");
    }
    let long = json!([{ "text": { "fr": "x".repeat(10_000), "en": "" }, "seconds": 30 }]);
    assert_eq!(code(&put(long).json()), "bad_question");
}

#[test]
fn a_signature_is_needed_point_by_point() {
    let booth = Booth::open();
    let with = |key: &str, value: Value| {
        let mut signed = signed();
        signed[key] = value;
        let (status, answer) = booth.ask("POST", "/takes", signed.to_string().as_bytes());
        assert_eq!(status, 400);
        code(&answer).to_owned()
    };
    assert_eq!(with("name", json!(" ")), "not_signed");
    assert_eq!(with("recorded", json!(false)), "consent_missing");
    assert_eq!(with("adult", json!(false)), "minor");
    assert_eq!(with("name", json!(7)), "bad_json");
    assert_eq!(with("more", json!(7)), "bad_json");
}

#[test]
fn uploads_of_the_wrong_kind_empty_too_long_or_cut_are_told_so() {
    let booth = Booth::open();
    let take = booth.start();
    assert_eq!(booth.chunk(&take, 0, b"<html>").0, 415);
    assert_eq!(code(&booth.chunk(&take, 0, b"").1), "empty_chunk");
    let (status, answer) = booth.chunk(&take, 0, &vec![7; (8 << 20) + 1]);
    assert_eq!((status, code(&answer)), (413, "too_big"));
    assert_eq!(booth.chunk(&take, 1, b"x").0, 409);
    assert_eq!(booth.chunk("0000", 0, &HEAD).0, 404);
    assert_eq!(
        code(&booth.ask("POST", &format!("/takes/{take}/finish"), sha_of(b"").as_bytes()).1),
        "nothing_recorded"
    );
    // Cut in the middle: nothing of the piece is kept, and it can be sent again.
    let mut half = TcpStream::connect(booth.house.host()).unwrap();
    let head = format!(
        "PUT /api/booth/takes/{take}/chunks/0 HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nCookie: {1}\r\nContent-Length: 100\r\n\r\n",
        booth.house.host(),
        booth.cookie
    );
    half.write_all(head.as_bytes()).unwrap();
    half.write_all(&HEAD).unwrap();
    half.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = half.read_to_end(&mut Vec::new());
    assert_eq!(booth.ask("GET", &format!("/takes/{take}"), b"").1, json!({ "next": 0, "bytes": 0 }));
    assert_eq!(booth.chunk(&take, 0, &HEAD), (200, json!({ "next": 1, "bytes": 5 })));
    assert_eq!(booth.chunk(&take, 0, &HEAD), (200, json!({ "next": 1, "bytes": 5 })), "its answer was lost");
    let wrong = booth.ask("POST", &format!("/takes/{take}/finish"), sha_of(b"else").as_bytes());
    assert_eq!((wrong.0, code(&wrong.1)), (422, "hash_differs"));
    assert_eq!(booth.ask("POST", &format!("/takes/{take}/send"), b"").0, 409, "not before it is whole");
    assert_eq!(booth.ask("DELETE", &format!("/takes/{take}"), b"").0, 204);
    assert!(!booth.house.data().join("booth").join(&take).exists());
}

pub fn sha_of(data: &[u8]) -> String {
    json!({ "sha256": sha(data) }).to_string()
}

/// Three seconds as Chromium records them.
pub fn film() -> Vec<u8> {
    let folder = tempfile::TempDir::new().unwrap();
    let film = folder.path().join("film.webm");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x180:r=25:d=3", "-f", "lavfi", "-i", "sine=440:d=3"])
        .args(["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"])
        // As Chromium does, which has no transparency either.
        .args(["-metadata:s:v:0", "alpha_mode=1"])
        .arg(&film)
        .status()
        .unwrap();
    assert!(made.success());
    fs::read(film).unwrap()
}

impl Booth {
    /// A take of this film, whole.
    fn record(&self, film: &[u8]) -> String {
        let take = self.start();
        for (index, piece) in film.chunks(20_000).enumerate() {
            assert_eq!(self.chunk(&take, index as u32, piece).0, 200);
        }
        assert_eq!(self.ask("POST", &format!("/takes/{take}/finish"), sha_of(film).as_bytes()).0, 200);
        take
    }
}

/// A real recording in pieces, across a restart of nothing, watched, sent, and converted.
#[test]
fn an_interview_arrives_whole_and_is_converted() {
    let booth = Booth::open();
    let film = film();
    let record = || booth.record(&film);
    let take = record();
    let path = format!("/api/booth/takes/{take}/recording");
    let watched = booth.house.request("GET", &path, &[("Cookie", &booth.cookie), ("Range", "bytes=0-3")], "");
    assert_eq!((watched.status, watched.header("content-type"), &*watched.body), (206, Some("video/webm"), &HEAD[..4]));
    assert_eq!(booth.house.request("GET", &path, &[], "").status, 401);
    let (status, link) = booth.ask("POST", &format!("/takes/{take}/send"), b"");
    assert_eq!(status, 202);
    assert!(link["qr"].as_str().unwrap().starts_with("<svg"), "a code to take along");
    let (page, token) = link["url"].as_str().unwrap().split_once('#').unwrap();
    assert!(page.ends_with("/booth/mine"), "{page}");
    let mine = |method: &str, token: &str| {
        booth.house.request(method, "/api/booth/mine", &[("Authorization", &format!("Bearer {token}"))], "")
    };
    assert_eq!(mine("GET", token).json()["credit"], "Zélie");
    assert_eq!(code(&mine("DELETE", &"0".repeat(64)).json()), "unknown_link");
    assert_eq!(booth.ask("DELETE", &format!("/takes/{take}"), b"").0, 409, "what was sent is out of its hands");

    let bearer = format!("Bearer {}", booth.house.login(ANIMATOR));
    let sent = wait::until("the conversion", 30.0, || {
        let sent = booth.house.request("GET", "/api/booth/sent", &[("Authorization", &bearer)], "").json();
        assert_ne!(sent[0]["stage"], "failed", "{sent}");
        (sent[0]["stage"] == "converted").then_some(sent)
    });
    assert_eq!((sent[0]["credit"].as_str(), sent[0]["published"].as_bool()), (Some("Zélie"), Some(true)));
    let file = booth.house.data().join("booth").join(&take).join("interview.mp4");
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=codec_name:format=duration", "-of", "csv=p=0"])
        .arg(&file)
        .output()
        .unwrap();
    let told = String::from_utf8(probe.stdout).unwrap();
    assert!(told.contains("h264") && told.contains("aac"), "{told}");
    let seconds: f64 = told.lines().last().unwrap().trim().parse().unwrap();
    assert!((2.8..3.3).contains(&seconds), "{told}");
    assert!(!booth.house.said().contains("Abeille"), "no name in a log");
    let accept = format!("/api/booth/sent/{take}/accept");
    let clips = || booth.house.request("GET", "/api/clips", &[], "").json();
    assert_eq!(clips(), json!([]), "nothing is public before a person has looked at it");
    assert_eq!(booth.ask("POST", &format!("/sent/{take}/accept"), b"").0, 401, "the tablet cannot publish");
    let accepted = booth.house.request("POST", &accept, &[("Authorization", &bearer)], "");
    assert_eq!(accepted.status, 200, "{accepted:?}");
    assert_eq!(booth.house.request("POST", &accept, &[("Authorization", &bearer)], "").json(), accepted.json());
    let public = wait::until("the clip", 10.0, || Some(clips()).filter(|clips| clips[0]["id"].is_string()));
    assert_eq!(public[0]["id"], accepted.json()["clip"]);
    assert!(!public.to_string().contains("Abeille") && public.to_string().contains("Zélie"), "as she is credited");
    assert_eq!(mine("GET", token).json()["stage"], "archived");
    let folder = booth.house.data().join("clips");
    let kept = || walk(&folder).into_iter().filter(|path| path.ends_with("clip.mp4")).count();
    assert_eq!((kept(), mine("DELETE", token).status), (1, 204));
    assert_eq!((clips(), kept()), (json!([]), 0), "what is taken back is erased, and leaves the catalogue");
    assert!(!file.exists());
    assert_eq!(mine("GET", token).status, 404);

    let take = record();
    assert_eq!(booth.ask("POST", &format!("/takes/{take}/send"), b"").0, 202);
    let erase = format!("/api/booth/sent/{take}");
    assert_eq!(booth.house.request("DELETE", &erase, &[("Authorization", &bearer)], "").status, 204);
    assert!(!booth.house.data().join("booth").join(&take).exists(), "an animator may erase it too");

    // While something stands in the way it is public no more, and not said to be erased; the desk is told.
    let take = record();
    let (_, link) = booth.ask("POST", &format!("/takes/{take}/send"), b"");
    let token = link["url"].as_str().unwrap().split_once('#').unwrap().1;
    wait::until("the conversion", 30.0, || (mine("GET", token).json()["stage"] == "converted").then_some(()));
    let accept = format!("/api/booth/sent/{take}/accept");
    assert_eq!(booth.house.request("POST", &accept, &[("Authorization", &bearer)], "").status, 200);
    let bin = booth.house.data().join("bin");
    let _ = fs::remove_dir_all(&bin);
    fs::write(&bin, "in the way").unwrap();
    assert_eq!((kept(), mine("DELETE", token).status, clips()), (1, 507, json!([])));
    let mut desk = booth.house.enter(ANIMATOR);
    let mut told = || {
        let problems = desk.fresh_snapshot()["state"]["health"]["problems"].take();
        problems.as_array().unwrap().iter().any(|problem| problem["code"] == "erasure_unfinished")
    };
    wait::until("the desk is told", 10.0, || told().then_some(()));
    fs::remove_file(&bin).unwrap();
    wait::until("the interview is erased by itself", 10.0, || (kept() == 0 && !told()).then_some(()));
    assert!(!booth.house.data().join("booth").join(&take).exists());
}

/// By their own link or at the desk, in the catalogue, in the bin and in what was exported.
#[test]
fn an_interview_that_is_taken_back_or_erased_is_gone_wherever_it_lies() {
    let booth = Booth::open();
    let film = film();
    let bearer = format!("Bearer {}", booth.house.login(ANIMATOR));
    let desk = |method: &str, path: &str| booth.house.request(method, path, &[("Authorization", &bearer)], "");
    let mut socket = booth.house.enter(ANIMATOR);
    let bundle = |socket: &mut crate::panel_house::Socket, clip: &str| {
        assert_eq!(socket.ask(json!({ "command": "export_start", "form": "bundle" }))["ok"], true);
        let copy = booth.house.data().join("exports/bundle").join(clip);
        wait::until("its copy", 30.0, || copy.join("clip.mp4").exists().then_some(()));
        wait::until("the export", 30.0, || {
            let exports = socket.fresh_snapshot()["state"]["exports"].take();
            (exports[0]["status"] == "done").then_some(())
        });
        copy
    };
    for (by_link, binned) in [(true, false), (true, true), (false, false), (false, true)] {
        let case = format!("by their link: {by_link}, in the bin: {binned}");
        let take = booth.record(&film);
        let (_, link) = booth.ask("POST", &format!("/takes/{take}/send"), b"");
        let own = link["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        wait::until("the conversion", 30.0, || {
            let sent = desk("GET", "/api/booth/sent").json();
            let sent = sent.as_array().unwrap().iter().find(|sent| sent["id"] == take)?.clone();
            (sent["stage"] == "converted").then_some(())
        });
        let clip = desk("POST", &format!("/api/booth/sent/{take}/accept")).json()["clip"].as_str().unwrap().to_owned();
        assert!(!clip.contains("zelie"), "a name that may be erased one day is in no address: {clip}");
        assert_eq!(booth.house.request("GET", &format!("/archive/{clip}"), &[], "").status, 200, "{case}");
        let copy = bundle(&mut socket, &clip);
        let told = fs::read_to_string(copy.join("record.json")).unwrap();
        assert!(told.contains("Zélie") && !told.contains(&take), "{told}");
        if binned {
            assert_eq!(socket.ask(json!({ "command": "clip_remove", "clip": clip }))["ok"], true);
        }
        let gone = match by_link {
            true => {
                let own = format!("Bearer {own}");
                booth.house.request("DELETE", "/api/booth/mine", &[("Authorization", &own)], "")
            }
            false => desk("DELETE", &format!("/api/booth/sent/{take}")),
        };
        assert_eq!(gone.status, 204, "{case}: {gone:?}");
        for command in ["clip_restore", "clip_publish"] {
            let refused = socket.ask(json!({ "command": command, "clip": clip }));
            assert_eq!(refused["error"]["code"], "unknown_clip", "{case}: {command}");
        }
        assert_eq!(booth.house.request("GET", &format!("/clips/{clip}/clip.mp4"), &[], "").status, 404, "{case}");
        assert!(!copy.exists() && !booth.house.data().join("booth").join(&take).exists(), "{case}");
        let left = walk(&booth.house.data()).into_iter().filter(|path| path.to_string_lossy().contains(&clip));
        assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "{case}");
        // Copies of the export may be anywhere: somebody has to ask.
        let errand = wait::until("the errand", 10.0, || {
            let errands = desk("GET", "/api/errands").json();
            errands.as_array().unwrap().iter().find(|errand| errand["title"] == clip.as_str()).cloned()
        });
        assert!(errand["place"].as_str().unwrap().contains("export"), "{case}: {errand}");
    }
}
