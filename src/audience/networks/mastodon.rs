//! A hashtag on a Mastodon server: asked for every few seconds, or with a token streamed
//! (docs.joinmastodon.org/methods/timelines, …/streaming).

use std::{io, time::Duration};

use reqwest::{RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use tokio::time::{sleep, timeout};
use tokio_util::io::StreamReader;
use url::Url;

use super::{
    lines::Lines,
    wire::{PATIENCE, body, client, trouble},
};
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
    name: "mastodon",
    label: ["Mastodon", "Mastodon"],
    keys: &[
        Key {
            name: "server",
            value: ValueType::Url(&["https", "http"]),
            required: true,
            help: ["L'adresse du serveur.", "The server's address."],
        },
        Key {
            name: "hashtag",
            value: ValueType::Text,
            required: true,
            help: ["Le mot-dièse, avec ou sans « # ».", "The hashtag, with or without “#”."],
        },
        Key {
            name: "token",
            value: ValueType::Secret,
            required: false,
            help: [
                "Un jeton d'accès (read:statuses) : les messages arrivent aussitôt, les suppressions aussi.",
                "An access token (read:statuses): messages come at once, and so do deletions.",
            ],
        },
    ],
};

/// Between two questions: a server allows 300 in five minutes.
const EVERY: Duration = Duration::from_secs(5);
/// Longest answer, and longest line of a stream, bytes.
const LONGEST: usize = 4 << 20;
const LINE: usize = 256 * 1024;
/// A stream says something every fifteen seconds, if only `:thump`.
const SILENCE: Duration = Duration::from_secs(60);
/// What a server asks of those who asked too much.
const PEACE: Duration = Duration::from_secs(60);

struct Mastodon {
    server: Url,
    hashtag: String,
    token: Option<Secret>,
    /// The newest message that was seen; ids are numbers that grow, as texts.
    newest: Option<String>,
}

/// Opens a hashtag.
pub fn open(settings: &Settings) -> Box<dyn Network> {
    let server = settings.text("server").and_then(|url| Url::parse(url).ok());
    Box::new(Mastodon {
        server: server.expect("a required address was checked"),
        hashtag: settings.text("hashtag").unwrap_or_default().trim().trim_start_matches('#').to_owned(),
        token: settings.secret("token").cloned(),
        newest: None,
    })
}

#[derive(Deserialize)]
struct Status {
    id: String,
    content: String,
    #[serde(default)]
    spoiler_text: String,
    #[serde(default)]
    visibility: String,
    account: Account,
}

#[derive(Deserialize)]
struct Account {
    id: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    acct: String,
}

impl Network for Mastodon {
    fn talk<'a>(&'a mut self, desk: &'a Desk) -> Talk<'a> {
        Box::pin(async move {
            let host = self.server.host_str().unwrap_or_default().to_owned();
            let talked = match self.token.clone() {
                Some(token) => self.stream(desk, &token).await,
                None => self.poll(desk).await,
            };
            talked.unwrap_or_else(|error| trouble(&host, &error))
        })
    }
}

impl Mastodon {
    fn address(&self, path: &[&str]) -> Url {
        let mut url = self.server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn poll(&mut self, desk: &Desk) -> io::Result<Ended> {
        let client = client().await?;
        loop {
            let newest = self.newest.clone();
            let mut request = client.get(self.address(&["api", "v1", "timelines", "tag", &self.hashtag]));
            request = request.query(&[("limit", "40")]);
            if let Some(newest) = &newest {
                request = request.query(&[("since_id", newest)]);
            }
            let answer = send(request).await?;
            if let Some(ended) = self.judge(&answer) {
                return Ok(ended);
            }
            let body = timeout(SILENCE, body(answer, LONGEST))
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            let statuses: Vec<Status> = serde_json::from_slice(&body).map_err(io::Error::other)?;
            // The server tells the newest first. What was there before us was not said to us.
            for status in statuses.into_iter().rev() {
                if newest.is_some() {
                    tell(desk, &status);
                }
                self.seen(status.id);
            }
            // A hashtag that nobody has used yet: everything from now on is new.
            self.newest.get_or_insert_with(|| "0".to_owned());
            desk.live();
            sleep(EVERY).await;
        }
    }

    fn seen(&mut self, id: String) {
        let newer = self.newest.as_ref().is_none_or(|newest| (newest.len(), newest) < (id.len(), &id));
        if newer {
            self.newest = Some(id);
        }
    }

    async fn stream(&mut self, desk: &Desk, token: &Secret) -> io::Result<Ended> {
        use futures_util::TryStreamExt;
        let client = client().await?;
        let request = client.get(self.address(&["api", "v1", "streaming", "hashtag"]));
        let answer = send(request.query(&[("tag", &self.hashtag)]).bearer_auth(token.reveal())).await?;
        if let Some(ended) = self.judge(&answer) {
            return Ok(ended);
        }
        desk.live();
        let stream = answer.bytes_stream().map_err(io::Error::other);
        let mut lines = Lines::new(StreamReader::new(Box::pin(stream)), LINE);
        // Server-sent events: `event:` and `data:` lines, an empty one ends each.
        let (mut event, mut data) = (String::new(), String::new());
        loop {
            let line = timeout(SILENCE, lines.next()).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            let Some(line) = line else { return Err(io::Error::other("closed by the server")) };
            if let Some(name) = line.strip_prefix("event:") {
                event = name.trim().to_owned();
            } else if let Some(more) = line.strip_prefix("data:") {
                if data.len() + more.len() <= LINE {
                    data.push_str(more.trim_start());
                }
            } else if line.is_empty() {
                match event.as_str() {
                    "update" => {
                        if let Ok(status) = serde_json::from_str::<Status>(&data) {
                            tell(desk, &status);
                        }
                    }
                    "status.update" => {
                        // Changed words were never accepted by anybody.
                        if let Ok(status) = serde_json::from_str::<Status>(&data) {
                            desk.gone(Taken::Message(status.id.clone()));
                            tell(desk, &status);
                        }
                    }
                    "delete" => desk.gone(Taken::Message(data.trim().trim_matches('"').to_owned())),
                    _ => {}
                }
                event.clear();
                data.clear();
            }
        }
    }

    /// What an answer's status means, if it ends the conversation.
    fn judge(&self, answer: &Response) -> Option<Ended> {
        let host = self.server.host_str().unwrap_or_default();
        match answer.status() {
            StatusCode::OK => None,
            StatusCode::TOO_MANY_REQUESTS => {
                let asked = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
                let wait = asked.map_or(PEACE, |seconds: u64| Duration::from_secs(seconds.clamp(1, 900)));
                let problem = Problem::new(
                    "too_many_requests",
                    Fault::OtherSide,
                    format!("« {host} » demande une pause : trop de demandes. Le studio reprend tout seul."),
                    format!("“{host}” asks for a pause: too many requests. The studio goes on by itself."),
                );
                Some(Ended { problem: Some(problem), refused: false, wait: Some(wait) })
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::UNPROCESSABLE_ENTITY => {
                let (fr, en) = match self.token {
                    Some(_) => (
                        format!(
                            "« {host} » refuse le jeton : faux, ou expiré. Faites-en un autre là-bas (read:statuses)."
                        ),
                        format!(
                            "“{host}” refuses the token: wrong, or expired. Make another over there (read:statuses)."
                        ),
                    ),
                    None => (
                        format!("« {host} » ne montre pas ce mot-dièse sans compte. Donnez un jeton (`token`)."),
                        format!("“{host}” does not show this hashtag without an account. Give a `token`."),
                    ),
                };
                Some(Ended::refused(Problem::new("token_refused", Fault::Operator, fr, en)))
            }
            status => Some(Ended::lost(Problem::new(
                "bad_answer",
                Fault::OtherSide,
                format!("« {host} » répond {status}. Est-ce bien un serveur Mastodon ? Le studio réessaie tout seul."),
                format!("“{host}” answers {status}. Is it a Mastodon server? The studio tries again by itself."),
            ))),
        }
    }
}

async fn send(request: RequestBuilder) -> io::Result<Response> {
    let answered = timeout(PATIENCE * 2, request.send()).await;
    answered.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?.map_err(io::Error::other)
}

fn tell(desk: &Desk, status: &Status) {
    // What its author did not mean for everybody does not go on a screen.
    if !matches!(status.visibility.as_str(), "" | "public" | "unlisted") {
        return;
    }
    let name = [&status.account.display_name, &status.account.acct].into_iter().find(|name| !name.trim().is_empty());
    let words = words_of_html(&status.content);
    let text = if status.spoiler_text.is_empty() { words } else { format!("{} : {words}", status.spoiler_text) };
    desk.said(name.map_or("?", String::as_str), &text, Some(&status.id), Some(&status.account.id));
}
