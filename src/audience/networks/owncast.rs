//! Owncast's chat: a name is registered, then a websocket read. Owncast calls this interface internal
//! and may change it (owncast.online/api, “Chat”).

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{self, protocol::WebSocketConfig},
};
use url::Url;

use super::wire::{PATIENCE, body, client, dial, trouble};
use crate::{
    audience::{
        clean::words_of_html,
        connector::{Desk, Ended, Network, Talk},
        queue::Taken,
    },
    config::{Key, Kind, Secret, Settings, ValueType},
    protocol::{Fault, Problem},
};

/// The row of the registry.
pub const KIND: Kind = Kind {
    name: "owncast",
    label: ["Owncast", "Owncast"],
    keys: &[Key {
        name: "server",
        value: ValueType::Url(&["https", "http"]),
        required: true,
        help: ["L'adresse du serveur.", "The server's address."],
    }],
};

/// Longest message that is read; longer ones than [`LOOKED_AT`] are passed over.
const LONGEST: usize = 8 << 20;
const LOOKED_AT: usize = 64 * 1024;
/// After this much silence the server is asked whether it is there, and again this long after it is gone.
const SILENCE: Duration = Duration::from_secs(45);

struct Owncast {
    server: Url,
    /// Given at registration; good for long.
    token: Option<Secret>,
}

/// Opens a chat.
pub fn open(settings: &Settings) -> Box<dyn Network> {
    let server = settings.text("server").and_then(|url| Url::parse(url).ok());
    Box::new(Owncast { server: server.expect("a required address was checked"), token: None })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    access_token: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    body: String,
    user: Option<User>,
    #[serde(default)]
    ids: Vec<String>,
    visible: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    display_name: String,
}

impl Network for Owncast {
    fn talk<'a>(&'a mut self, desk: &'a Desk) -> Talk<'a> {
        Box::pin(async move {
            let talked = self.converse(desk).await;
            talked.unwrap_or_else(|error| trouble(self.server.host_str().unwrap_or_default(), &error))
        })
    }
}

impl Owncast {
    async fn converse(&mut self, desk: &Desk) -> io::Result<Ended> {
        let token = match self.token.clone() {
            Some(token) => token,
            None => match self.register().await? {
                Ok(token) => self.token.insert(token).clone(),
                Err(ended) => return Ok(ended),
            },
        };
        let encrypted = self.server.scheme() == "https";
        let wire = dial(&self.server, if encrypted { 443 } else { 80 }, encrypted).await?;
        let mut address = self.server.join("ws").map_err(io::Error::other)?;
        address.query_pairs_mut().append_pair("accessToken", token.reveal());
        // Cannot fail between schemes of one kind; the host header needs it.
        let _ = address.set_scheme(if encrypted { "wss" } else { "ws" });
        let limits = WebSocketConfig::default().max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
        let joined = timeout(PATIENCE, client_async_with_config(address.as_str(), wire, Some(limits)));
        let mut socket = match joined.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))? {
            Ok((socket, _)) => socket,
            Err(error) => {
                // The token may be what it did not like.
                self.token = None;
                return Err(io::Error::other(without_address(&error)));
            }
        };
        desk.live();
        let mut asked = false;
        loop {
            let message = match timeout(SILENCE, socket.next()).await {
                Ok(Some(message)) => message.map_err(|error| io::Error::other(without_address(&error)))?,
                Ok(None) => return Err(io::Error::other("closed by the server")),
                Err(_) if asked => return Err(io::ErrorKind::TimedOut.into()),
                Err(_) => {
                    asked = true;
                    let ping = socket.send(tungstenite::Message::Ping(Default::default()));
                    timeout(PATIENCE, ping)
                        .await
                        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
                        .map_err(io::Error::other)?;
                    continue;
                }
            };
            asked = false;
            match message {
                tungstenite::Message::Text(text) if text.len() <= LOOKED_AT => {
                    // Several events may come in one message, a line each.
                    for event in text.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok()) {
                        if !self.read(event, desk) {
                            return Err(io::Error::other("it wants another registration"));
                        }
                    }
                }
                tungstenite::Message::Close(_) => return Err(io::Error::other("closed by the server")),
                _ => {}
            }
        }
    }

    /// `false`: the token is not good any more.
    fn read(&mut self, event: Event, desk: &Desk) -> bool {
        match (event.kind.as_str(), event.user) {
            ("CHAT", Some(user)) => {
                desk.said(&user.display_name, &words_of_html(&event.body), Some(&event.id), Some(&user.id));
            }
            ("VISIBILITY-UPDATE", _) if event.visible == Some(false) => {
                event.ids.into_iter().take(1000).for_each(|id| desk.gone(Taken::Message(id)));
            }
            ("ERROR_NEEDS_REGISTRATION", _) => {
                self.token = None;
                return false;
            }
            _ => {}
        }
        true
    }

    async fn register(&self) -> io::Result<Result<Secret, Ended>> {
        let address = self.server.join("api/chat/register").map_err(io::Error::other)?;
        let request = client().await?.post(address).json(&json!({ "displayName": "Open Plateau" }));
        let answered = timeout(PATIENCE, request.send()).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
        let answer = answered.map_err(io::Error::other)?;
        let status = answer.status();
        if !status.is_success() {
            let host = self.server.host_str().unwrap_or_default();
            return Ok(Err(Ended::lost(Problem::new(
                "bad_answer",
                Fault::OtherSide,
                format!(
                    "« {host} » répond {status}. Le tchat d'Owncast y est-il ouvert ? Le studio réessaie tout seul."
                ),
                format!("“{host}” answers {status}. Is Owncast's chat open there? The studio tries again by itself."),
            ))));
        }
        let body = timeout(PATIENCE, body(answer, LOOKED_AT))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let registered: Registered = serde_json::from_slice(&body).map_err(io::Error::other)?;
        Ok(Ok(Secret::new(registered.access_token)))
    }
}

/// What went wrong, without the address, which carries the token.
fn without_address(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Http(answer) => format!("the websocket is answered {}", answer.status()),
        tungstenite::Error::Url(_) => "the address is no websocket's".into(),
        other => other.to_string(),
    }
}
