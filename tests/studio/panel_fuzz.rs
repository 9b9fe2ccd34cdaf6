//! Whatever a client sends, it gets a reply, keeps its socket, and changes nothing by mistake.

use std::cell::RefCell;

use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::panel_house::{ANIMATOR, House, Socket};

fn refused(reply: &Value, code: &str) {
    assert_eq!(reply["ok"], false, "{reply}");
    let error = &reply["error"];
    assert_eq!(error["code"], code, "{reply}");
    for language in ["fr", "en"] {
        assert!(error["text"][language].as_str().is_some_and(|text| text.len() > 10), "{reply}");
    }
    assert_eq!(error["message"], error["text"]["fr"], "the studio speaks French: {reply}");
    assert!(error["fault"].is_string());
}

/// What commands can change; sources and health change by themselves.
fn decided(socket: &mut Socket) -> Value {
    let mut state = socket.fresh_snapshot()["state"].take();
    for part in ["health", "sources"] {
        state[part] = Value::Null;
    }
    state
}

#[test]
fn each_bad_message_gets_its_answer() {
    let house = House::open();
    let mut socket = house.enter(ANIMATOR);
    let before = decided(&mut socket);
    for (text, code) in [
        ("", "bad_json"),
        ("take", "bad_json"),
        ("{\"id\":1,\"command\":\"take\"", "bad_json"),
        ("{\"id\":1}{\"id\":2}", "bad_json"),
        ("\u{0}", "bad_json"),
        ("[]", "not_an_object"),
        ("\"take\"", "not_an_object"),
        ("null", "not_an_object"),
        ("{}", "bad_field"),
        (r#"{"command":null}"#, "bad_field"),
        (r#"{"command":{"take":{}}}"#, "bad_field"),
        (r#"{"command":""}"#, "unknown_command"),
        (r#"{"command":"launch"}"#, "unknown_command"),
        (r#"{"command":"TAKE"}"#, "unknown_command"),
        (r#"{"command":"take","scene":["cam2"]}"#, "bad_field"),
        (r#"{"command":"take","scene":"cam2","transition":"fade"}"#, "bad_field"),
        (r#"{"command":"take","scene":"cam2","transition":{"duration_ms":1.5}}"#, "bad_field"),
        (r#"{"command":"take","scene":"cam2","transition":{"duration_ms":99999999999}}"#, "bad_field"),
        (r#"{"command":"take","scene":"cam2","transitoin":{}}"#, "bad_field"),
        (r#"{"command":"slate","on":1}"#, "bad_field"),
        (r#"{"command":"record"}"#, "bad_field"),
        (r#"{"command":"audio","source":"cam1","gain_db":"loud"}"#, "bad_field"),
        (r#"{"command":"monitor","sources":"cam1"}"#, "bad_field"),
    ] {
        refused(&socket.ask_text(text), code);
    }
    for bytes in [64 * 1024 + 1, 1024 * 1024, 15 * 1024 * 1024] {
        let text = json!({ "id": 1, "command": "take", "scene": "x".repeat(bytes) }).to_string();
        refused(&socket.ask_text(&text), "too_big");
    }
    refused(&socket.ask_text(&"[".repeat(60_000)), "bad_json");
    socket.send(Message::binary(vec![0; 100]));
    refused(&socket.find("a reply", |message| message["type"] == "reply"), "bad_json");
    refused(&socket.ask(json!({ "command": "take", "scene": "no such scene" })), "unknown_scene");
    assert_eq!(decided(&mut socket), before);
}

#[test]
fn a_reply_repeats_the_id_whatever_it_is() {
    let house = House::open();
    let mut socket = house.enter(ANIMATOR);
    for id in [json!(7), json!(-1.5), json!("seven"), json!(null), json!([1, "a"]), json!({ "n": { "m": [] } })] {
        assert_eq!(socket.ask(json!({ "id": id, "command": "preview", "scene": "cam1" }))["id"], id);
        assert_eq!(socket.ask(json!({ "id": id, "command": "fly" }))["id"], id);
    }
    assert_eq!(socket.ask(json!({ "command": "preview", "scene": "cam1" }))["id"], Value::Null);
}

/// Any JSON, some of it nearly a command.
fn message() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("cam2")),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,8}", inner, 0..4).prop_map(Value::from_iter),
        ]
    });
    // Nothing that would be carried out: `scene` is never a text.
    let near = (prop::sample::select(vec!["take", "preview", "scene_save", "output_start"]), value.clone())
        .prop_filter("it might be right", |(_, value)| !value.is_string() && !value.is_null())
        .prop_map(|(command, value)| json!({ "command": command, "scene": value, "output": value }).to_string());
    let text = value.prop_map(|value| value.to_string());
    prop_oneof![near, text, ".{0,200}"].prop_filter("a command by chance", |text| !text.contains("\"snapshot\""))
}

#[test]
fn no_message_changes_the_state_or_ends_the_socket() {
    let house = House::open();
    let mut socket = house.enter(ANIMATOR);
    let before = decided(&mut socket);
    // The runner's closure may only borrow.
    let asked = RefCell::new(socket);
    proptest!(Config { cases: 500, failure_persistence: None, ..Config::default() }, |(text in message())| {
        let reply = asked.borrow_mut().ask_text(&text);
        prop_assert_eq!(&reply["ok"], &json!(false), "{}", text);
    });
    let mut socket = asked.into_inner();
    assert_eq!(decided(&mut socket), before);
    assert_eq!(socket.ask(json!({ "command": "take", "scene": "cam2" }))["ok"], true);
}
