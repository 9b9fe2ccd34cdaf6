//! The reading half of a socket: one command after the other.

use std::time::Duration;

use axum::extract::ws::{self, WebSocket};
use futures_util::{StreamExt, stream::SplitStream};
use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

use super::{
    pictures::{PictureFeed, SoundFeed},
    request::{self, Request},
    socket::End,
    view,
};
use crate::{
    panel::{App, access::Caller},
    protocol::{Command, ConnectionCommand, Permitted, Problem, Role},
};

/// A peer that says nothing for this long, not even the answer to a ping, is gone.
const SILENCE: Duration = Duration::from_secs(10);
/// Pictures' widths, pixels.
const WIDTHS: std::ops::RangeInclusive<u32> = 80..=1280;
/// Pictures a second.
const RATES: std::ops::RangeInclusive<u32> = 1..=60;
/// Sources one socket may watch.
const WATCHED: usize = 64;

/// What the reading half hands to the writing half.
pub enum Outgoing {
    /// Answer.
    Reply(Value, Result<(), Problem>),
    /// A snapshot, then the answer.
    Snapshot(Value),
    /// The answer, and from now on these pictures.
    Monitor(Value, Vec<PictureFeed>),
    /// The answer, and from now on this sound.
    Listen(Value, Option<SoundFeed>),
}

/// The reading half.
pub struct Reader<'a> {
    /// The house.
    pub app: &'a App,
    /// Who is at the other end.
    pub caller: &'a Caller,
    /// What it says.
    pub stream: &'a mut SplitStream<WebSocket>,
    /// To the writing half.
    pub queue: mpsc::Sender<Outgoing>,
    /// The last number that came back.
    pub arrived: watch::Sender<u64>,
}

impl Reader<'_> {
    /// Reads until the socket ends.
    pub async fn run(mut self) -> End {
        loop {
            let message = match timeout(SILENCE, self.stream.next()).await {
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(_)) | None) => return End::Left,
                Err(_) => return End::Silent,
            };
            let outgoing = match message {
                ws::Message::Text(text) => self.command(text.as_bytes()).await,
                ws::Message::Binary(_) => Outgoing::Reply(Value::Null, Err(request::binary())),
                ws::Message::Pong(mark) => {
                    if let Ok(mark) = mark.as_ref().try_into() {
                        self.arrived.send_replace(u64::from_be_bytes(mark));
                    }
                    continue;
                }
                ws::Message::Ping(_) => continue,
                ws::Message::Close(_) => return End::Left,
            };
            if self.queue.send(outgoing).await.is_err() {
                return End::Left;
            }
        }
    }

    async fn command(&mut self, text: &[u8]) -> Outgoing {
        let Request { id, command } = match request::parse(text) {
            Ok(request) => request,
            Err((id, problem)) => return Outgoing::Reply(id, Err(problem)),
        };
        let role = self.caller.role;
        match command {
            Command::Connection(command) => match Permitted::check(role, command) {
                Ok(command) => self.connection(id, command),
                Err(problem) => Outgoing::Reply(id, Err(problem)),
            },
            Command::Studio(command) => Outgoing::Reply(id, self.app.studio.command(role, command).await),
            Command::Archive(command) => Outgoing::Reply(id, self.app.studio.archive_command(role, command).await),
        }
    }

    fn connection(&self, id: Value, command: Permitted<ConnectionCommand>) -> Outgoing {
        let done = match command.into_parts().1 {
            ConnectionCommand::Snapshot {} => return Outgoing::Snapshot(id),
            ConnectionCommand::Monitor { sources, width, fps } => {
                self.monitor(sources, width, fps).map(|feeds| Outgoing::Monitor(id.clone(), feeds))
            }
            ConnectionCommand::Listen { source } => {
                source.map(|source| self.listen(source)).transpose().map(|feed| Outgoing::Listen(id.clone(), feed))
            }
        };
        done.unwrap_or_else(|problem| Outgoing::Reply(id, Err(problem)))
    }

    fn monitor(&self, mut sources: Vec<String>, width: u32, fps: u32) -> Result<Vec<PictureFeed>, Problem> {
        if !WIDTHS.contains(&width) {
            return Err(out_of_range("width", width, WIDTHS));
        }
        if !RATES.contains(&fps) {
            return Err(out_of_range("fps", fps, RATES));
        }
        sources.sort();
        sources.dedup();
        if sources.len() > WATCHED {
            return Err(too_many());
        }
        let feeds = sources.into_iter().map(|source| {
            let feed = self.app.studio.monitors().picture(self.monitored(&source)?, width, fps);
            feed.map(|feed| (source.clone(), feed)).ok_or_else(|| unknown_source(&source))
        });
        feeds.collect()
    }

    fn listen(&self, source: String) -> Result<SoundFeed, Problem> {
        let feed = self.app.studio.monitors().sound(self.monitored(&source)?);
        feed.map(|feed| (source.clone(), feed)).ok_or_else(|| unknown_source(&source))
    }

    fn monitored<'s>(&self, source: &'s str) -> Result<&'s str, Problem> {
        view::monitored(self.caller.role, source).ok_or_else(|| Problem::forbidden(Role::Animator))
    }
}

fn unknown_source(source: &str) -> Problem {
    let source: String = source.chars().take(40).collect();
    Problem::operator(
        "unknown_source",
        format!("Il n'y a pas de source « {source} »."),
        format!("There is no source “{source}”."),
    )
}

fn out_of_range(field: &str, value: u32, range: std::ops::RangeInclusive<u32>) -> Problem {
    let (min, max) = range.into_inner();
    Problem::operator(
        "bad_field",
        format!("Champ « {field} » : {value} n'est pas entre {min} et {max}."),
        format!("Field “{field}”: {value} is not between {min} and {max}."),
    )
}

fn too_many() -> Problem {
    Problem::operator(
        "bad_field",
        format!("Champ « sources » : {WATCHED} au plus."),
        format!("Field “sources”: {WATCHED} at most."),
    )
}
