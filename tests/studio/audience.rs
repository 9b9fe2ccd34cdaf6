//! Questions from viewers: in by HTTP without a login, onto the picture by a person's decision alone.

use std::{io::Read, io::Write, net::TcpStream, time::Duration};

use serde_json::{Value, json};

use crate::{
    panel_house::{ADMIN, ANIMATOR, Answer, House, MODERATOR, Socket, WITH_PINS},
    support::wait,
};

fn ask(house: &House, name: &str, text: &str) -> Answer {
    house.request("POST", "/api/questions", &[], &json!({ "name": name, "text": text }).to_string())
}

/// Asks, and waits until the desk has it.
fn asked(house: &House, desk: &mut Socket, name: &str, text: &str) -> String {
    let answer = ask(house, name, text);
    assert_eq!(answer.status, 201, "{answer:?}");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    desk.find("the question", |message| {
        message["event"] == "questions_changed" && state_of(&message["questions"], &id) == Some("waiting".into())
    });
    id
}

fn state_of(questions: &Value, id: &str) -> Option<String> {
    let question = questions.as_array()?.iter().find(|question| question["id"] == id)?;
    question["state"].as_str().map(str::to_owned)
}

fn decide(desk: &mut Socket, command: &str, id: &str) -> Value {
    desk.ask(json!({ "command": command, "question": id }))
}

fn state(desk: &mut Socket) -> Value {
    desk.fresh_snapshot()["state"].clone()
}

fn card(state: &Value) -> Option<Value> {
    let titles = state["titles"].as_array().unwrap();
    titles.iter().find(|title| title["template"] == "comment").map(|title| title["fields"].clone())
}

#[test]
fn a_question_reaches_the_picture_when_a_person_says_so() {
    let house = House::open();
    let mut desk = house.enter(MODERATOR);
    let one = asked(&house, &mut desk, "Lucie", "Faut-il nourrir les abeilles ?");
    let two = asked(&house, &mut desk, "Max", "Et en hiver ?");
    assert_eq!(decide(&mut desk, "question_show", &one)["error"]["code"], "not_accepted");
    for id in [&one, &two] {
        assert_eq!(decide(&mut desk, "question_accept", id)["ok"], true);
    }
    assert_eq!(decide(&mut desk, "question_show", &one)["ok"], true);
    let shown = state(&mut desk);
    let fields = card(&shown).unwrap();
    assert_eq!(
        fields,
        json!({ "name": "Lucie", "network": "page du direct", "text": "Faut-il nourrir les abeilles ?" })
    );
    assert!(shown["questions"][0].get("origin").is_none(), "what a network calls it stays in the studio");

    // One card at a time.
    assert_eq!(decide(&mut desk, "question_show", &two)["ok"], true);
    let shown = state(&mut desk);
    assert_eq!(card(&shown).unwrap()["name"], "Max");
    let states = |shown: &Value| [&one, &two].map(|id| state_of(&shown["questions"], id).unwrap());
    assert_eq!(states(&shown), ["shown", "on_air"]);
    assert_eq!(decide(&mut desk, "question_hide", &two)["ok"], true);
    let hidden = state(&mut desk);
    assert!(card(&hidden).is_none());
    assert_eq!(states(&hidden), ["shown", "shown"]);

    // A card that goes some other way takes its question along.
    decide(&mut desk, "question_show", &one);
    assert_eq!(desk.ask(json!({ "command": "title_hide" }))["ok"], true);
    assert_eq!(states(&state(&mut desk)), ["shown", "shown"]);
    assert_eq!(decide(&mut desk, "question_show", "q0")["error"]["code"], "unknown_question");

    // A rejected one leaves the picture; a restart keeps all of it.
    decide(&mut desk, "question_show", &one);
    decide(&mut desk, "question_reject", &one);
    let rejected = state(&mut desk);
    assert!(card(&rejected).is_none());
    assert_eq!(states(&rejected), ["rejected", "shown"]);
    let folder = house.folder();
    house.close();
    let again = House::open_in(folder, "127.0.0.1:0", WITH_PINS);
    assert_eq!(states(&state(&mut again.enter(ANIMATOR))), ["rejected", "shown"]);
    let kept = std::fs::metadata(again.data().join("audience/questions.json")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&kept.permissions()) & 0o77, 0, "for the studio alone");
    again.close();
}

#[test]
fn what_is_typed_is_cleaned_limited_and_never_markup() {
    let house = House::open();
    let mut desk = house.enter(MODERATOR);
    asked(&house, &mut desk, "A\u{202e}dmin\u{200d}", "<script>alert(1)</script>\u{0}\n\u{200b}http://x.example");
    let question = state(&mut desk)["questions"][0].clone();
    assert_eq!(question["name"], "Admin");
    assert_eq!(question["text"], "<script>alert(1)</script> http://x.example");
    asked(&house, &mut desk, "", "Sans nom ?");
    assert_eq!(state(&mut desk)["questions"][1]["name"], "Anonyme");
    for (body, status, code) in
        [("", 400, "bad_question"), ("[]", 400, "bad_question"), ("{\"name\":7,\"text\":\"a\"}", 400, "bad_question")]
    {
        let answer = house.request_from([127, 0, 0, 2].into(), "POST", "/api/questions", body);
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (status, Some(code)), "{body}");
    }
    let long = json!({ "name": "a", "text": "x".repeat(301) }).to_string();
    let answer = house.request_from([127, 0, 0, 3].into(), "POST", "/api/questions", &long);
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (413, Some("question_too_long")));
    let hidden = json!({ "name": "a", "text": "\u{200b}\u{2066}" }).to_string();
    let answer = house.request_from([127, 0, 0, 3].into(), "POST", "/api/questions", &hidden);
    assert_eq!(answer.json()["error"]["code"], "question_empty");
    let huge = "x".repeat(9000);
    let answer = house.request_from([127, 0, 0, 4].into(), "POST", "/api/questions", &huge);
    assert_eq!(answer.status, 413);
    house.close();
}

#[test]
fn one_viewer_cannot_drown_the_others_and_no_address_is_written_down() {
    let house = House::open();
    let from = |last: u8| {
        let body = json!({ "name": "bot", "text": format!("encore {last}") }).to_string();
        house.request_from([127, 0, 0, last].into(), "POST", "/api/questions", &body)
    };
    let statuses: Vec<u16> = (0..10).map(|_| from(77).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 6, "{statuses:?}");
    let late = from(77);
    assert_eq!(late.status, 429);
    assert!(late.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().unwrap() >= 1));
    assert!(late.json()["error"]["text"]["fr"].as_str().unwrap().contains("Réessayez"));
    assert_eq!(from(78).status, 201);
    // A cache on this machine tells whose question it passes on.
    let forwarded = |from: &str| {
        let body = json!({ "name": "a", "text": from }).to_string();
        house.request("POST", "/api/questions", &[("X-Forwarded-For", &format!("10.9.9.9, {from}"))], &body).status
    };
    assert!((0..6).all(|_| forwarded("198.51.100.7") == 201));
    assert_eq!((forwarded("198.51.100.7"), forwarded("198.51.100.8")), (429, 201));
    let mut desk = house.enter(ADMIN);
    // The same words from the same name are one question.
    let questions = wait::until("the questions", 5.0, || {
        let questions = state(&mut desk)["questions"].clone();
        (questions.as_array().unwrap().len() >= 4).then_some(questions)
    });
    let said = house.said() + &questions.to_string();
    for address in ["127.0.0.77", "127.0.0.78"] {
        assert!(!said.contains(address), "{address} is kept");
    }
    house.close();
}

#[test]
fn a_blocked_name_is_not_heard_until_it_is_heard_again() {
    let house = House::open();
    let mut desk = house.enter(MODERATOR);
    let one = asked(&house, &mut desk, "Troll", "un");
    decide(&mut desk, "question_accept", &one);
    decide(&mut desk, "question_show", &one);
    assert_eq!(decide(&mut desk, "question_block", &one)["ok"], true);
    let blocked = state(&mut desk);
    assert!(card(&blocked).is_none(), "its card is gone at once");
    let since = &blocked["voices"]["blocked"][0]["since"];
    assert!(since.is_u64(), "its term counts from here: {since}");
    assert_eq!(blocked["voices"]["blocked"], json!([{ "network": "page du direct", "name": "Troll", "since": since }]));
    assert_eq!(ask(&house, "tROLL", "deux").status, 201, "it does not learn that it is not heard");
    asked(&house, &mut desk, "Zoé", "trois");
    let questions = state(&mut desk)["questions"].to_string();
    assert!(!questions.contains("deux") && questions.contains("trois"));
    let unblock = json!({ "command": "question_unblock", "network": "page du direct", "name": "Troll" });
    assert_eq!(desk.ask(unblock)["ok"], true);
    asked(&house, &mut desk, "Troll", "quatre");
    house.close();
}

#[test]
fn everybody_may_know_what_is_on_and_is_counted_without_being_known() {
    let house = House::open();
    let now = house.request("GET", "/api/now", &[], "");
    assert_eq!((now.status, now.header("cache-control")), (200, Some("public, max-age=1")));
    let told = now.json();
    assert_eq!((&told["live"], &told["segment"]), (&json!(false), &Value::Null));
    assert_eq!(told["licence"]["url"], "https://creativecommons.org/licenses/by-sa/4.0/");
    assert!(told.get("sources").is_none());

    let mut stream = TcpStream::connect(house.host()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET /api/now/stream HTTP/1.1\r\nHost: {}\r\n\r\n", house.host()).unwrap();
    let mut heard = String::new();
    let mut hear = |wanted: &str| {
        let mut piece = [0; 4096];
        while !heard.contains(wanted) {
            let length = stream.read(&mut piece).unwrap();
            assert!(length > 0, "the stream ended: {heard}");
            heard.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    };
    hear("\"viewers\":0");
    for page in [11, 12, 13, 11] {
        assert_eq!(house.request("POST", "/api/here", &[], &json!({ "page": page }).to_string()).status, 200);
    }
    assert_eq!(house.request("POST", "/api/applause", &[], "{\"times\":3}").status, 204);
    hear("\"viewers\":3");
    let mut desk = house.enter(MODERATOR);
    wait::until("the audience", 5.0, || {
        let audience = state(&mut desk)["audience"].clone();
        (audience["viewers"] == 3 && audience["applause"] == 3).then_some(())
    });
    assert_eq!(desk.ask(json!({ "command": "applause", "on": true }))["ok"], true);
    assert_eq!(state(&mut desk)["audience"]["applause_shown"], true);
    assert!(!house.said().contains("a title is not drawn"), "the applause stands on the picture");
    // The card that everybody sees is told, and nothing that waits.
    let one = asked(&house, &mut desk, "Lucie", "À l'écran ?");
    asked(&house, &mut desk, "Max", "Jamais lue");
    decide(&mut desk, "question_accept", &one);
    decide(&mut desk, "question_show", &one);
    hear("À l'écran ?");
    assert!(!heard.contains("Jamais lue"));
    for path in ["/api/numbers", "/api/destinations"] {
        assert_eq!(house.request("GET", path, &[], "").status, 401, "{path}");
        let token = house.login(MODERATOR);
        let answer = house.request("GET", path, &[("Authorization", &format!("Bearer {token}"))], "");
        assert!(answer.status == 200 && answer.json().is_array(), "{answer:?}");
    }
    for (path, body) in [("/api/here", "{}"), ("/api/here", "x"), ("/api/applause", "{\"times\":-1}")] {
        assert_eq!(house.request("POST", path, &[], body).status, 400, "{path} {body}");
    }
    house.close();
}
