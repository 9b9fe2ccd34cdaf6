//! Chats of networks: read, followed in what they take back, and survived in what they do wrong.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    panel_house::{House, MODERATOR, Socket, WITH_PINS},
    support::networks::{Connection, FakeMastodon, FakeOwncast, Ngircd, Scripted},
};

/// A studio that reads these chats, and a moderator at its desk.
fn house(voices: &str) -> (House, Socket) {
    let house = House::open_in(Arc::new(TempDir::new().unwrap()), "127.0.0.1:0", &format!("{voices}\n{WITH_PINS}"));
    let desk = house.enter(MODERATOR);
    (house, desk)
}

fn voices(id: &str, kind: &str, rest: &str) -> String {
    format!("[[voices]]\nid = \"{id}\"\nlabel = \"{id}!\"\nkind = \"{kind}\"\n{rest}\n")
}

/// Waits until the state's part is as asked.
fn until(desk: &mut Socket, what: &str, seconds: u32, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..seconds * 5 {
        let state = desk.fresh_snapshot()["state"].clone();
        if wanted(&state) {
            return state;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("waited in vain for {what}: {:#}", desk.fresh_snapshot()["state"]["voices"])
}

fn stands(desk: &mut Socket, id: &str, status: &str, seconds: u32) -> Value {
    let state =
        until(desk, &format!("{id} {status}"), seconds, |state| state["voices"]["networks"][id]["status"] == status);
    state["voices"]["networks"][id].clone()
}

fn texts(state: &Value) -> Vec<String> {
    let questions = state["questions"].as_array().unwrap();
    questions.iter().map(|question| question["text"].as_str().unwrap().to_owned()).collect()
}

fn hears(desk: &mut Socket, text: &str) -> Value {
    let state = until(desk, text, 15, |state| texts(state).iter().any(|known| known == text));
    let questions = state["questions"].as_array().unwrap();
    questions.iter().find(|question| question["text"] == text).unwrap().clone()
}

fn forgets(desk: &mut Socket, text: &str) {
    until(desk, &format!("no {text}"), 10, |state| !texts(state).iter().any(|known| known == text));
}

#[test]
fn a_real_irc_server_is_read_and_found_again_after_it_went() {
    let mut server = Ngircd::start();
    let (house, mut desk) = house(&voices("irc", "irc", &format!("server = \"{}\"\nchannel = \"Miel\"", server.url())));
    stands(&mut desk, "irc", "live", 15);
    let mut zoe = server.talker("zoe", "#miel");
    zoe.say("Bonjour <b>à tous</b> \u{202e}!");
    let question = hears(&mut desk, "Bonjour <b>à tous</b> !");
    assert_eq!((&question["name"], &question["network"]), (&json!("zoe"), &json!("irc!")));
    zoe.say("\u{1}ACTION applaudit\u{1}");
    hears(&mut desk, "applaudit");
    zoe.say("\u{1}VERSION\u{1}");
    server.kill();
    let lost = stands(&mut desk, "irc", "retrying", 10);
    assert_eq!(lost["problem"]["fault"], "other_side");
    server.restart();
    stands(&mut desk, "irc", "live", 40);
    server.talker("max", "#miel").say("De retour ?");
    let state = until(&mut desk, "the return", 10, |state| texts(state).contains(&"De retour ?".to_owned()));
    assert!(!state["questions"].to_string().contains("VERSION"), "messages for programs are nobody's question");
    house.close();
}

fn welcome(server: &Scripted) -> Connection {
    let mut client = server.next(20.0);
    assert_eq!(client.expect("CAP "), "CAP REQ :twitch.tv/tags twitch.tv/commands");
    client.expect("PASS ");
    assert!(client.expect("NICK ").starts_with("NICK justinfan"));
    client
}

#[test]
fn twitch_takes_back_what_was_said_and_asks_to_reconnect() {
    let server = Scripted::start();
    let address = format!("channel = \"#Plateau\"\nserver = \"irc://127.0.0.1:{}\"", server.port());
    let (house, mut desk) = house(&voices("twitch", "twitch", &address));
    let mut client = welcome(&server);
    client.send(&[
        ":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands",
        ":tmi.twitch.tv 001 justinfan1 :Welcome, GLHF!",
    ]);
    assert_eq!(client.expect("JOIN "), "JOIN #plateau");
    client.send(&[
        ":justinfan1.tmi.twitch.tv 353 justinfan1 = #plateau :justinfan1",
        ":justinfan1.tmi.twitch.tv 366 justinfan1 #plateau :End of /NAMES list",
    ]);
    stands(&mut desk, "twitch", "live", 10);
    let say = |id: &str, nick: &str, name: &str, text: &str| {
        format!(
            "@badge-info=;display-name={name};id={id};user-id=7 :{nick}!{nick}@{nick}.tmi.twitch.tv PRIVMSG #plateau :{text}"
        )
    };
    client.send(&[
        "PING :tmi.twitch.tv",
        &say("a", "zoe", "Zoé", "première"),
        &say("b", "zoe", "Zoé", "deuxième"),
        &say("c", "max", "", "troisième"),
    ]);
    assert_eq!(client.expect("PONG"), "PONG :tmi.twitch.tv");
    assert_eq!(hears(&mut desk, "troisième")["name"], "max");
    // On air, and then deleted over there.
    let first = hears(&mut desk, "première");
    for command in ["question_accept", "question_show"] {
        assert_eq!(desk.ask(json!({ "command": command, "question": first["id"] }))["ok"], true);
    }
    client.send(&["@login=zoe;target-msg-id=a :tmi.twitch.tv CLEARMSG #plateau :première"]);
    forgets(&mut desk, "première");
    assert_eq!(desk.fresh_snapshot()["state"]["titles"], json!([]), "its card is gone with it");
    client.send(&["@ban-duration=600 :tmi.twitch.tv CLEARCHAT #plateau :zoe"]);
    forgets(&mut desk, "deuxième");
    hears(&mut desk, "troisième");
    // A megabyte without an end, then with one; nonsense; and all goes on.
    client.send(&[
        &say("d", "zoe", "Zoé", &"x".repeat(1 << 20)),
        "@;;= :: PRIVMSG",
        ":",
        &say("e", "zoe", "Zoé", "quatrième"),
    ]);
    hears(&mut desk, "quatrième");
    client.send(&[":tmi.twitch.tv CLEARCHAT #plateau"]);
    forgets(&mut desk, "troisième");
    client.send(&[":tmi.twitch.tv RECONNECT"]);
    // Refused capabilities are survived, and a server that says nothing is not waited for.
    let mut client = welcome(&server);
    client.send(&[
        ":irc.example 421 * CAP :Unknown command",
        ":irc.example CAP * NAK :twitch.tv/tags twitch.tv/commands",
        ":irc.example 001 x :Hi",
        ":irc.example 366 x #plateau :End",
    ]);
    stands(&mut desk, "twitch", "live", 10);
    client.send(&[":lou!lou@host PRIVMSG #plateau :sans étiquettes"]);
    assert_eq!(hears(&mut desk, "sans étiquettes")["name"], "lou");
    drop(client);
    let _deaf = server.next(20.0);
    let silent = until(&mut desk, "the silence", 40, |state| {
        let network = &state["voices"]["networks"]["twitch"];
        network["status"] == "retrying" && network["problem"]["code"] == "no_answer"
    });
    assert!(silent["voices"]["networks"]["twitch"]["retry_at"].is_number());
    house.close();
}

#[test]
fn mastodon_is_polled_or_streamed_and_its_refusals_are_told() {
    let server = FakeMastodon::start();
    server.post("Hier", "<p>avant nous</p>");
    let with = |token: &str| format!("server = \"{}\"\nhashtag = \"#miel\"\n{token}", server.url());
    let all = voices("asked", "mastodon", &with(""))
        + &voices("told", "mastodon", &with("token = \"good\""))
        + &voices("expired", "mastodon", &with("token = \"old\""));
    let (house, mut desk) = house(&all);
    stands(&mut desk, "asked", "live", 10);
    stands(&mut desk, "told", "live", 10);
    let expired = stands(&mut desk, "expired", "refused", 10);
    assert_eq!(
        (&expired["problem"]["code"], &expired["problem"]["fault"]),
        (&json!("token_refused"), &json!("operator"))
    );
    server.trouble("429 Too Many Requests", "Retry-After: 1\r\n", String::new());
    let id = server.post("Zoé", "<p>Vive le <a href=\"x\">#<span>miel</span></a> &amp; les abeilles</p>");
    let networks = |state: &Value| {
        let questions = state["questions"].as_array().unwrap().iter();
        let ours = questions.filter(|question| question["text"] == "Vive le #miel & les abeilles");
        let mut networks: Vec<_> = ours.map(|question| question["network"].as_str().unwrap().to_owned()).collect();
        networks.sort();
        networks
    };
    let state = until(&mut desk, "both", 25, |state| networks(state) == ["asked!", "told!"]);
    assert!(!texts(&state).contains(&"avant nous".to_owned()), "what was said before us was not said to us");
    server.delete(&id);
    until(&mut desk, "the deletion", 10, |state| networks(state) == ["asked!"]);
    server.trouble("200 OK", "", "[".repeat(5 << 20));
    let broken = stands(&mut desk, "asked", "retrying", 15);
    assert_eq!(broken["problem"]["fault"], "other_side");
    stands(&mut desk, "asked", "live", 20);
    server.hang_up();
    stands(&mut desk, "told", "retrying", 10);
    stands(&mut desk, "told", "live", 20);
    assert_eq!(server.wrong(), Vec::<String>::new());
    house.close();
}

#[test]
fn owncast_is_read_and_what_it_hides_is_gone() {
    let server = FakeOwncast::start();
    let (house, mut desk) = house(&voices("own", "owncast", &format!("server = \"{}\"", server.url())));
    stands(&mut desk, "own", "live", 10);
    server.send("{\"type\":\"USER_JOINED\",\"id\":\"x\"}\n{\"type\":\"NAME_CHANGE\"}");
    server.chat("m1", "Zoé", "<p>Bonjour <em>vous</em></p>\n");
    assert_eq!(hears(&mut desk, "Bonjour vous")["name"], "Zoé");
    server.chat("m2", "Max", &"y".repeat(1 << 20));
    server.chat("m3", "Lou", "après le mégaoctet");
    hears(&mut desk, "après le mégaoctet");
    server.send("{\"type\":\"VISIBILITY-UPDATE\",\"id\":\"v\",\"visible\":false,\"ids\":[\"m1\"]}");
    forgets(&mut desk, "Bonjour vous");
    assert_eq!(server.registrations(), 1);
    server.hang_up();
    until(&mut desk, "its return", 20, |_| server.listeners() == 1);
    assert_eq!(server.registrations(), 1, "its name is still good");
    server.send("{\"type\":\"ERROR_NEEDS_REGISTRATION\"}");
    until(&mut desk, "another registration", 20, |_| server.registrations() == 2);
    house.close();
}

#[test]
fn a_name_that_is_not_there_and_a_certificate_that_does_not_fit_are_told_in_words() {
    let plain = Scripted::start();
    let all = voices("lost", "irc", "server = \"ircs://nobody.invalid\"\nchannel = \"a\"")
        + &voices("wrong", "mastodon", "server = \"https://127.0.0.1:1\"\nhashtag = \"a\"")
        + &voices("plain", "irc", &format!("server = \"ircs://127.0.0.1:{}\"\nchannel = \"a\"", plain.port()));
    let (house, mut desk) = house(&all);
    let lost = until(&mut desk, "the missing name", 20, |state| {
        state["voices"]["networks"]["lost"]["problem"]["code"] == "dns_failed"
    });
    assert!(lost["voices"]["networks"]["lost"]["problem"]["text"]["fr"].as_str().unwrap().contains("nobody.invalid"));
    until(&mut desk, "a refused connection", 20, |state| {
        state["voices"]["networks"]["wrong"]["problem"]["code"] == "chat_lost"
    });
    // It takes the connection and never says a word of TLS.
    until(&mut desk, "the silence", 25, |state| state["voices"]["networks"]["plain"]["problem"]["code"] == "no_answer");
    house.close();
}
