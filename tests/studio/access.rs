//! Who comes in, and who doesn't.

use std::{fs, net::Ipv4Addr, os::unix::fs::PermissionsExt, process::Command, sync::Arc, time::Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    panel_house::{ADMIN, ANIMATOR, Answer, House, MODERATOR, SOON, WITH_PINS, WITHOUT_PINS},
    support::wait,
};

#[test]
fn each_pin_opens_its_role() {
    let house = House::open();
    for (pin, role) in [(ADMIN, "admin"), (ANIMATOR, "animator"), (MODERATOR, "moderator")] {
        let answer = house.try_login(pin);
        assert_eq!((answer.status, answer.json()["role"].as_str()), (200, Some(role)));
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        assert!(!cookie.contains("Secure"), "plain HTTP on loopback: {cookie}");
        let shown = cookie.split(';').next().unwrap();
        let me = house.request("GET", "/api/me", &[("Cookie", shown)], "");
        assert_eq!((me.status, me.json()), (200, json!({ "role": role })));
    }
    for body in ["", "[]", "{}", "{\"pin\":1}", "pin"] {
        let answer = house.request("POST", "/api/login", &[], body);
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (400, Some("bad_json")), "{body}");
    }
    assert_eq!(house.request("POST", "/api/login", &[], &"x".repeat(100_000)).status, 413);
}

#[test]
fn a_wrong_pin_waits_longer_each_time_and_for_nobody_else() {
    let house = House::open();
    let guess = |house: &House| {
        let began = Instant::now();
        let answer = house.try_login("000000");
        assert_eq!(answer.status, 401);
        let error = &answer.json()["error"];
        assert_eq!(error["code"], "wrong_pin");
        assert!(error["message"].as_str().unwrap().contains("code"), "in the studio's language: {error}");
        began.elapsed().as_secs_f64()
    };
    let waits: Vec<f64> = (0..4).map(|_| guess(&house)).collect();
    assert!(waits[1] >= 0.2 && waits[2] >= 0.45 && waits[3] >= 0.95, "{waits:?}");
    // The next guess of this address waits two seconds; a right PIN from elsewhere does not.
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| guess(&house));
        let began = Instant::now();
        let body = json!({ "pin": ANIMATOR }).to_string();
        let answer = house.request_from(Ipv4Addr::new(127, 0, 0, 2).into(), "POST", "/api/login", &body);
        assert_eq!(answer.status, 200);
        let elsewhere = began.elapsed().as_secs_f64();
        let here = slow.join().unwrap();
        assert!(here >= 1.9 && elsewhere < here / 2.0, "{here} {elsewhere}");
    });
}

#[test]
fn many_guesses_at_once_are_turned_away_and_the_show_goes_on() {
    let house = House::open();
    let mut socket = house.enter(ANIMATOR);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..12).map(|_| scope.spawn(|| house.try_login("000000"))).collect();
        let began = Instant::now();
        assert_eq!(socket.ask(json!({ "command": "take", "scene": "cam2" }))["ok"], true);
        assert!(began.elapsed().as_secs_f64() < 1.0);
        crowd.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(answers.iter().all(|answer| matches!(answer.status, 401 | 429)));
    assert!(refused.len() >= 6 && refused.iter().all(|answer| answer.header("retry-after").is_some()));
}

#[test]
fn a_token_survives_a_restart() {
    let house = House::open();
    let token = house.login(ANIMATOR);
    let folder = house.folder();
    house.close();
    let house = House::open_in(folder, "127.0.0.1:0", WITH_PINS);
    assert_eq!(house.role(&token).as_deref(), Some("animator"));
    assert!(house.socket(&[("Authorization", &format!("Bearer {token}"))]).is_ok());
}

#[test]
fn logging_out_closes_what_the_token_opened() {
    let house = House::open();
    let token = house.login(ANIMATOR);
    let bearer = format!("Bearer {token}");
    let mut socket = house.socket(&[("Authorization", &bearer)]).unwrap();
    assert_eq!(house.request("POST", "/api/logout", &[("Authorization", &bearer)], "").status, 204);
    assert_eq!(house.role(&token), None);
    assert_eq!(socket.end().unwrap().reason.as_str(), "logged out");
    assert!(matches!(house.socket(&[("Authorization", &bearer)]), Err(401)));
}

#[test]
fn a_browser_shows_where_it_comes_from() {
    let house = House::open();
    let token = house.login(ANIMATOR);
    let (cookie, bearer) = (format!("plateau={token}"), format!("Bearer {token}"));
    let (own, foreign) = (house.address().to_owned(), "https://example.org");
    let status = |headers: &[(&str, &str)]| house.socket(headers).err();
    assert_eq!(status(&[]), Some(401));
    assert_eq!(status(&[("Cookie", "plateau=0000")]), Some(401));
    assert_eq!(status(&[("Cookie", &cookie)]), Some(403));
    assert_eq!(status(&[("Cookie", &cookie), ("Origin", foreign)]), Some(403));
    assert_eq!(status(&[("Cookie", &cookie), ("Origin", "null")]), Some(403));
    assert_eq!(status(&[("Cookie", &cookie), ("Origin", &own)]), None);
    assert_eq!(status(&[("Cookie", &format!("other=1; {cookie}")), ("Origin", &own)]), None);
    assert_eq!(status(&[("Authorization", &bearer), ("Origin", foreign)]), None);
    assert_eq!(house.request("POST", "/api/logout", &[("Cookie", &cookie), ("Origin", foreign)], "").status, 403);
    assert_eq!(house.role(&token).as_deref(), Some("animator"), "still logged in");
}

#[test]
fn pins_are_made_once_and_made_anew_while_the_studio_runs() {
    let folder = Arc::new(TempDir::new().unwrap());
    let house = House::open_in(Arc::clone(&folder), "127.0.0.1:0", WITHOUT_PINS);
    let pin = |line: String| line.split_whitespace().last().unwrap().to_owned();
    let first = pin(house.printed_line("animation "));
    assert!(first.len() == 6 && first.bytes().all(|byte| byte.is_ascii_digit()), "{first}");
    let mut socket = house.enter(&first);
    let mut command = Command::new(env!("CARGO_BIN_EXE_plateau"));
    command.args(["pins", "--reset", "--data"]).arg(house.data()).env("LC_ALL", "fr_FR.UTF-8");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let second = pin(printed.lines().find(|line| line.trim().starts_with("animation ")).unwrap().to_owned());
    assert_eq!(socket.end().unwrap().reason.as_str(), "logged out");
    wait::until("the new PIN", SOON, || (house.try_login(&second).status == 200).then_some(()));
    assert_eq!(house.try_login(&first).status, if first == second { 200 } else { 401 });
    house.close();

    let house = House::open_in(folder, "127.0.0.1:0", WITHOUT_PINS);
    house.printed_line("Public ");
    assert_eq!(house.try_login(&second).status, 200);
    assert!(!house.said().contains(&second), "shown once only");
}

#[test]
fn secrets_stay_out_of_files_and_logs() {
    let house = House::open();
    let token = house.login(ADMIN);
    house.try_login("31415926");
    house.enter(ADMIN).ask(json!({ "command": "take", "scene": "cam2" }));
    let data = house.data();
    let said = house.said();
    let file = fs::read_to_string(data.join("access.json")).unwrap();
    for secret in [ADMIN, ANIMATOR, MODERATOR, "31415926", &token] {
        assert!(!said.contains(secret) && !file.contains(secret), "{secret}");
    }
    assert_eq!(fs::metadata(data.join("access.json")).unwrap().permissions().mode() & 0o777, 0o600);
}
