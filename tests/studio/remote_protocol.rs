//! The remotes' port against clients that don't keep to the protocol.

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, ClientRequestBuilder, Message, WebSocket, client, http::StatusCode};

use crate::support::{
    ports,
    studio::{Setup, Studio},
    wait,
};

fn studio(port: u16, password: &str) -> Studio {
    Studio::start(
        &Setup::small()
            .with("[[source]]\nid = \"cam1\"\nkind = \"test\"\n")
            .with(&format!("[obs_websocket]\nlisten = \"127.0.0.1:{port}\"\n{password}\n")),
    )
}

/// A websocket, or the status of the refusal.
pub fn connect(port: u16, headers: &[(&str, &str)]) -> Result<WebSocket<TcpStream>, StatusCode> {
    let stream = wait::until("the remotes' port", 5.0, || TcpStream::connect(("127.0.0.1", port)).ok());
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let address = format!("ws://127.0.0.1:{port}").parse().unwrap();
    let request = headers
        .iter()
        .fold(ClientRequestBuilder::new(address), |request, (name, value)| request.with_header(*name, *value));
    match client::client(request, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => Err(answer.status()),
        Err(error) => panic!("{error}"),
    }
}

pub fn read(socket: &mut WebSocket<TcpStream>) -> Value {
    match socket.read().unwrap() {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

pub fn send(socket: &mut WebSocket<TcpStream>, message: &Value) {
    socket.send(Message::text(message.to_string())).unwrap();
}

/// The code and reason with which the studio closes.
fn closed(socket: &mut WebSocket<TcpStream>) -> (u16, String) {
    loop {
        match socket.read() {
            Ok(Message::Close(Some(frame))) => return (frame.code.into(), frame.reason.to_string()),
            Ok(_) => {}
            Err(error) => panic!("no goodbye: {error}"),
        }
    }
}

fn identified(port: u16) -> WebSocket<TcpStream> {
    let mut socket = connect(port, &[]).unwrap();
    assert!(read(&mut socket)["d"].get("authentication").is_none());
    send(&mut socket, &json!({ "op": 1, "d": { "rpcVersion": 1, "eventSubscriptions": 0 } }));
    assert_eq!(read(&mut socket), json!({ "op": 2, "d": { "negotiatedRpcVersion": 1 } }));
    socket
}

#[test]
fn each_mistake_is_answered_by_its_code_and_the_show_goes_on() {
    let port = ports::tcp();
    let studio = studio(port, "");
    for (message, code) in [
        ("{", 4002),
        ("[]", 4006),
        ("{}", 4006),
        (r#"{"op":1}"#, 4003),
        (r#"{"op":1,"d":7}"#, 4004),
        (r#"{"op":1,"d":{}}"#, 4003),
        (r#"{"op":1,"d":{"rpcVersion":"1"}}"#, 4004),
        (r#"{"op":1,"d":{"rpcVersion":2}}"#, 4010),
        (r#"{"op":1,"d":{"rpcVersion":1,"eventSubscriptions":"all"}}"#, 4004),
        (r#"{"op":6,"d":{"requestType":"GetVersion","requestId":"1"}}"#, 4007),
        (r#"{"op":99,"d":{}}"#, 4006),
        (r#"{"request-type":"GetVersion"}"#, 4006),
    ] {
        let mut socket = connect(port, &[]).unwrap();
        read(&mut socket);
        socket.send(Message::text(message)).unwrap();
        assert_eq!(closed(&mut socket).0, code, "{message}");
    }
    for (message, code) in [
        (json!({ "op": 1, "d": { "rpcVersion": 1 } }), 4008),
        (json!({ "op": 6, "d": { "requestType": "GetVersion" } }), 4003),
        (json!({ "op": 6, "d": { "requestId": "1" } }), 4003),
        (json!({ "op": 6, "d": { "requestId": "1", "requestType": 7 } }), 4004),
        (json!({ "op": 8, "d": { "requestId": "1" } }), 4003),
        (json!({ "op": 8, "d": { "requestId": "1", "requests": [], "executionType": 9 } }), 4005),
        (json!({ "op": 3, "d": { "eventSubscriptions": -1 } }), 4004),
        (json!({ "op": 5, "d": {} }), 4006),
    ] {
        let mut socket = identified(port);
        send(&mut socket, &message);
        assert_eq!(closed(&mut socket).0, code, "{message}");
    }
    let mut socket = identified(port);
    socket.send(Message::binary(vec![0x80])).unwrap();
    assert_eq!(closed(&mut socket).0, 4002);
    // Odd requests are answered, and the socket stays.
    let mut socket = identified(port);
    for (request, code) in [
        (json!({ "requestType": "Explode", "requestId": 1 }), 204),
        (json!({ "requestType": "Sleep", "requestId": 1 }), 204),
        (json!({ "requestType": "SetInputMute", "requestId": 1, "requestData": [] }), 300),
        (json!({ "requestType": "SetInputMute", "requestId": 1, "requestData": { "inputName": "cam1" } }), 300),
        (
            json!({ "requestType": "SetInputMute", "requestId": 1, "requestData": { "inputName": "x".repeat(9999), "inputMuted": true } }),
            600,
        ),
        (
            json!({ "requestType": "GetSourceScreenshot", "requestId": 1, "requestData": { "sourceName": "cam1", "imageFormat": "bmp" } }),
            400,
        ),
        (
            json!({ "requestType": "GetSourceScreenshot", "requestId": 1, "requestData": { "sourceName": "cam1", "imageFormat": "jpg", "imageWidth": 1e9 } }),
            402,
        ),
        (json!({ "requestType": "GetVersion", "requestId": null, "requestData": null }), 100),
    ] {
        send(&mut socket, &json!({ "op": 6, "d": request }));
        let answer = read(&mut socket);
        assert_eq!((&answer["op"], &answer["d"]["requestStatus"]["code"]), (&json!(7), &json!(code)), "{answer}");
        assert_eq!(answer["d"]["requestId"], request["requestId"]);
    }
    assert_eq!(studio.state()["program"]["scene"], "cam1");
}

#[test]
fn pages_of_other_sites_may_not_connect_where_no_password_is_asked() {
    let port = ports::tcp();
    let _studio = studio(port, "");
    assert_eq!(connect(port, &[("Origin", "https://evil.example")]).err(), Some(StatusCode::FORBIDDEN));
    assert!(connect(port, &[("Origin", "http://localhost:8080")]).is_ok());
}

#[test]
fn wrong_passwords_are_told_and_slow_down() {
    let port = ports::tcp();
    let _studio = studio(port, "password = \"secret\"");
    let attempt = |authentication: Option<&str>| {
        let mut socket = connect(port, &[("Origin", "https://remote.example")]).unwrap();
        assert!(read(&mut socket)["d"]["authentication"]["challenge"].is_string());
        send(&mut socket, &json!({ "op": 1, "d": { "rpcVersion": 1, "authentication": authentication } }));
        closed(&mut socket)
    };
    // The reasons are what remotes look for.
    let (code, reason) = attempt(None);
    assert!(code == 4009 && reason.contains("missing an `authentication` string"), "{code} {reason}");
    let began = Instant::now();
    for _ in 0..4 {
        let (code, reason) = attempt(Some("AAAA"));
        assert!(code == 4009 && reason.contains("Authentication failed"), "{code} {reason}");
    }
    assert!(began.elapsed() > Duration::from_millis(1500), "{:?}", began.elapsed());
}
