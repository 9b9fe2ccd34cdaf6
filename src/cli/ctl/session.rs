//! A conversation with the studio.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::time::timeout;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, ClientRequestBuilder, Message},
};

use super::{Trouble, dial::Target};
use crate::{
    cli::print,
    config::Secret,
    protocol::{Fault, Problem, Text},
    tls::Wire,
};

/// For an answer; a wrong PIN's comes late.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest answer to a login, bytes.
const ANSWER: usize = 64 * 1024;
/// The id of the only command.
const ID: &str = "ctl";

/// A token for a PIN.
pub async fn login(target: &Target, pin: &Secret) -> Result<Secret, Trouble> {
    let body = json!({ "pin": pin.reveal() }).to_string();
    let (status, answer) = post(target, "/api/login", None, body).await?;
    match answer.get("token").and_then(Value::as_str) {
        Some(token) if status.is_success() => Ok(Secret::new(token)),
        _ => Err(refusal(target, answer.get("error"))),
    }
}

/// Forgets a token; it would end by itself too.
pub async fn logout(target: &Target, token: &Secret) {
    let _ = post(target, "/api/logout", Some(token), String::new()).await;
}

async fn post(
    target: &Target,
    path: &str,
    token: Option<&Secret>,
    body: String,
) -> Result<(StatusCode, Value), Trouble> {
    let wire = target.dial().await.map_err(Trouble::Unreachable)?;
    let failed = |error: &dyn std::error::Error| Trouble::Unreachable(target.unreachable(error));
    let (mut sender, connection) = http1::handshake(TokioIo::new(wire)).await.map_err(|error| failed(&error))?;
    let connection = tokio::spawn(connection);
    let mut request =
        Request::post(path).header(header::HOST, target.host_header()).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|error| failed(&error))?;
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER).collect().await.map_err(|error| failed(&*error))?;
        Ok((status, serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null)))
    };
    let answered = timeout(PATIENCE, exchange).await.unwrap_or_else(|_| Err(silence(target)));
    connection.abort();
    answered
}

/// The control websocket.
pub struct Session<'a> {
    target: &'a Target,
    socket: WebSocketStream<Box<dyn Wire>>,
}

impl<'a> Session<'a> {
    /// Opens it.
    pub async fn open(target: &'a Target, token: &Secret) -> Result<Self, Trouble> {
        let wire = target.dial().await.map_err(Trouble::Unreachable)?;
        let address = target
            .websocket()
            .parse()
            .map_err(|error: tungstenite::http::uri::InvalidUri| Trouble::Unreachable(target.unreachable(&error)))?;
        let request =
            ClientRequestBuilder::new(address).with_header("Authorization", format!("Bearer {}", token.reveal()));
        match timeout(PATIENCE, client_async(request, wire)).await {
            Ok(Ok((socket, _))) => Ok(Self { target, socket }),
            Ok(Err(tungstenite::Error::Http(answer))) => {
                let body = answer.body().as_deref().unwrap_or_default();
                let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
                Err(refusal(target, body.get("error")))
            }
            Ok(Err(error)) => Err(Trouble::Unreachable(target.unreachable(&error))),
            Err(_) => Err(silence(target)),
        }
    }

    /// Sends a command and prints the reply.
    pub async fn command(&mut self, mut fields: Map<String, Value>) -> Result<(), Trouble> {
        let id = fields.entry("id").or_insert_with(|| ID.into()).clone();
        self.send(&fields).await?;
        let reply = self.wait_for(|message| message["type"] == "reply" && message["id"] == id).await?;
        print(&format!("{reply}\n"));
        match reply["ok"] == true {
            true => Ok(()),
            false => Err(refusal(self.target, reply.get("error"))),
        }
    }

    /// Prints the state, as the first message brings it.
    pub async fn snapshot(&mut self) -> Result<(), Trouble> {
        let snapshot = self.wait_for(|message| message["type"] == "snapshot").await?;
        print(&format!("{:#}\n", snapshot["state"]));
        Ok(())
    }

    /// Prints every event, one a line; a snapshot where some were missed.
    pub async fn follow(&mut self) -> Result<(), Trouble> {
        self.wait_for(|message| message["type"] == "snapshot").await?;
        while let Some(message) = self.next().await? {
            let told = message["type"] == "event" || message["type"] == "snapshot";
            if told && !print(&format!("{message}\n")) {
                break;
            }
        }
        Ok(())
    }

    async fn send(&mut self, fields: &Map<String, Value>) -> Result<(), Trouble> {
        let text = serde_json::to_string(fields).expect("JSON that was read");
        let sent = self.socket.send(Message::text(text)).await;
        sent.map_err(|error| Trouble::Unreachable(self.target.unreachable(&error)))
    }

    async fn wait_for(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<Value, Trouble> {
        let waiting = async {
            while let Some(message) = self.next().await? {
                if wanted(&message) {
                    return Ok(Some(message));
                }
            }
            Ok(None)
        };
        match timeout(PATIENCE, waiting).await {
            Ok(Ok(Some(message))) => Ok(message),
            Ok(Err(trouble)) => Err(trouble),
            Ok(Ok(None)) | Err(_) => Err(silence(self.target)),
        }
    }

    /// The next JSON message; `None` at the end.
    async fn next(&mut self) -> Result<Option<Value>, Trouble> {
        while let Some(message) = self.socket.next().await {
            match message {
                Ok(Message::Text(text)) => {
                    if let Ok(message) = serde_json::from_str(&text) {
                        return Ok(Some(message));
                    }
                }
                Ok(Message::Close(_)) => return Ok(None),
                Ok(_) => {}
                Err(error) => return Err(Trouble::Unreachable(self.target.unreachable(&error))),
            }
        }
        Ok(None)
    }
}

/// The studio's own sentence, if it gave one.
fn refusal(target: &Target, error: Option<&Value>) -> Trouble {
    let text = error.and_then(|error| serde_json::from_value::<Text>(error["text"].clone()).ok());
    match text {
        Some(text) => Trouble::Refused(text),
        None => silence(target),
    }
}

fn silence(target: &Target) -> Trouble {
    let host = target.host_header();
    Trouble::Unreachable(Problem::new(
        "no_answer",
        Fault::OtherSide,
        format!("{host} n'a pas répondu comme un studio. Vérifiez l'adresse : --url."),
        format!("{host} did not answer as a studio does. Check the address: --url."),
    ))
}
