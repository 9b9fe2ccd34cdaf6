//! One remote: identification, then its requests and what it is told, until one of the two leaves.

use std::{net::IpAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::{broadcast, watch},
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::{
    OBS_VERSION, OBS_WEBSOCKET_VERSION, RPC_VERSION,
    auth::Challenge,
    codec::Codec,
    desk::Desk,
    events::{Notice, intent},
    meters,
    request::{self, Fields, Refusal, status},
    server::House,
    show::Show,
};
use crate::{panel::Admission, protocol::Message as Panel};

/// For saying who one is.
const IDENTIFY: Duration = Duration::from_secs(10);
/// A client that takes nothing for this long is dropped.
const PATIENCE: Duration = Duration::from_secs(10);
/// For a goodbye.
const GOODBYE: Duration = Duration::from_millis(300);

/// Why a session is ended from here: `WebSocketCloseCode` and a reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close(pub u16, pub &'static str);

/// How a session ends.
pub(super) enum End {
    /// The other side left, or takes nothing.
    Left,
    /// It is sent away, and told why.
    Sent(Close),
    /// The studio ends.
    Closing,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Sent(close)
    }
}

/// Serves one remote.
pub(super) async fn run(house: &House, socket: WebSocketStream<TcpStream>, codec: Codec, peer: IpAddr) {
    let mut line = Line { socket, codec, incoming: 0, outgoing: 0 };
    let subscriptions = tokio::select! {
        () = house.closing.cancelled() => Err(End::Closing),
        identified = identify(house, &mut line, peer) => identified,
    };
    let end = match subscriptions {
        Ok(subscriptions) => match Session::open(house, line, subscriptions).await {
            Some(mut session) => {
                metrics::gauge!("plateau_remote_sessions").increment(1.0);
                let end = session.serve(house).await;
                metrics::gauge!("plateau_remote_sessions").decrement(1.0);
                line = session.line;
                end
            }
            None => return,
        },
        Err(end) => end,
    };
    match end {
        End::Left => {}
        End::Sent(Close(code, reason)) => {
            tracing::info!(code, reason, "a remote was sent away");
            line.close(code, reason).await;
        }
        End::Closing => {
            let exit = Notice::new(intent::GENERAL, "ExitStarted", Value::Null);
            let _ = timeout(GOODBYE, line.send(&exit.message())).await;
            line.close(CloseCode::Away.into(), "The studio is shutting down.").await;
        }
    }
}

/// The websocket, in the form agreed on.
pub(super) struct Line {
    socket: WebSocketStream<TcpStream>,
    codec: Codec,
    incoming: u64,
    outgoing: u64,
}

impl Line {
    async fn send(&mut self, message: &Value) -> Result<(), End> {
        self.outgoing += 1;
        match timeout(PATIENCE, self.socket.send(self.codec.write(message))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Left),
        }
    }

    /// The next message's `op` and `d`. Cancel safe.
    async fn receive(&mut self) -> Result<(u64, Value), End> {
        loop {
            let message = match self.socket.next().await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed)) | None => return Err(End::Left),
                Some(Err(Error::Capacity(_))) => return Err(Close(4002, "Your message is too long.").into()),
                Some(Err(_)) => return Err(End::Left),
                Some(Ok(message)) => message,
            };
            self.incoming += 1;
            let undecoded = Close(4002, "Your message cannot be decoded: is it in the agreed form?");
            let mut value = self.codec.read(&message).ok_or(undecoded)?;
            let op = value.get("op").and_then(Value::as_u64).ok_or(Close(4006, "Your message has no `op`."))?;
            return match value.get_mut("d").map(Value::take) {
                Some(d @ Value::Object(_)) => Ok((op, d)),
                None | Some(Value::Null) => Err(Close(4003, "Your payload is missing data (`d`).").into()),
                Some(_) => Err(Close(4004, "Your payload's data (`d`) is not an object.").into()),
            };
        }
    }

    async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        let _ = timeout(GOODBYE, self.socket.close(Some(frame))).await;
        // Unread bytes at the moment of closing would make the kernel tear the goodbye up.
        let _ = timeout(GOODBYE, async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
    }
}

/// Hello, Identify, Identified. Returns what events the client subscribes to.
async fn identify(house: &House, line: &mut Line, peer: IpAddr) -> Result<u32, End> {
    let challenge = Challenge::new();
    let mut hello = json!({
        "obsStudioVersion": OBS_VERSION,
        "obsWebSocketVersion": OBS_WEBSOCKET_VERSION,
        "rpcVersion": RPC_VERSION,
    });
    if house.password.is_some() {
        hello["authentication"] = json!({ "challenge": challenge.challenge, "salt": challenge.salt });
    }
    line.send(&json!({ "op": 0, "d": hello })).await?;
    let silent = |_| End::from(Close(4007, "You did not identify yourself in time."));
    let (op, d) = timeout(IDENTIFY, line.receive()).await.map_err(silent)??;
    match op {
        1 => {}
        0..=9 => return Err(Close(4007, "You attempted to send a non-Identify message while not identified.").into()),
        _ => return Err(Close(4006, "Unknown OpCode.").into()),
    }
    if let Some(password) = &house.password {
        let missing = Close(
            4009,
            "Your payload's data is missing an `authentication` string, however authentication is required.",
        );
        let answer = d.get("authentication").and_then(Value::as_str).ok_or(missing)?;
        let admission = house.throttle().admit(peer, Instant::now());
        match admission {
            Admission::After(wait) => sleep(wait).await,
            Admission::Refused(_) => return Err(Close(4009, "Too many wrong passwords. Wait a moment.").into()),
        }
        if !challenge.accepts(password, answer) {
            house.throttle().failed(peer, Instant::now());
            return Err(Close(4009, "Authentication failed.").into());
        }
        house.throttle().succeeded(peer, Instant::now());
    }
    match d.get("rpcVersion").map(Value::as_u64) {
        Some(Some(RPC_VERSION)) => {}
        Some(Some(_)) => return Err(Close(4010, "Your requested RPC version is not supported by this server.").into()),
        Some(None) => return Err(Close(4004, "Your `rpcVersion` is not an unsigned number.").into()),
        None => return Err(Close(4003, "Your payload's data is missing an `rpcVersion`.").into()),
    }
    let subscriptions = subscriptions(&d)?.unwrap_or(intent::ALL);
    line.send(&identified()).await?;
    Ok(subscriptions)
}

fn identified() -> Value {
    json!({ "op": 2, "d": { "negotiatedRpcVersion": RPC_VERSION } })
}

fn subscriptions(d: &Value) -> Result<Option<u32>, Close> {
    let wrong = Close(4004, "Your `eventSubscriptions` is not an unsigned number.");
    match d.get("eventSubscriptions") {
        None | Some(Value::Null) => Ok(None),
        // Bits beyond 32 are for events that this server does not have.
        Some(value) => value.as_u64().map(|bits| Some(bits as u32)).ok_or(wrong),
    }
}

/// An identified remote.
pub(super) struct Session {
    line: Line,
    pub(super) show: Show,
    news: broadcast::Receiver<Notice>,
    meters: watch::Receiver<Option<std::sync::Arc<Panel>>>,
    subscriptions: u32,
}

impl Session {
    async fn open(house: &House, line: Line, subscriptions: u32) -> Option<Self> {
        let show = Show::follow(house.studio.clone(), house.desk.clone()).await?;
        let (news, meters) = (Desk::follow(&house.desk), house.studio.meters());
        Some(Self { line, show, news, meters, subscriptions })
    }

    async fn serve(&mut self, house: &House) -> End {
        loop {
            let message = tokio::select! {
                () = house.closing.cancelled() => return End::Closing,
                message = self.line.receive() => message,
                told = Self::tell(&mut self.show, &mut self.news, &mut self.meters, self.subscriptions) => {
                    match told {
                        Some(notices) => {
                            if let Err(end) = self.send_notices(notices).await {
                                return end;
                            }
                            continue;
                        }
                        None => return End::Closing,
                    }
                }
            };
            let done = match message {
                Ok((op, d)) => self.message(op, &d).await,
                Err(end) => Err(end),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// Waits for something to tell. `None`: the studio is closing. Cancel safe.
    async fn tell(
        show: &mut Show,
        news: &mut broadcast::Receiver<Notice>,
        levels: &mut watch::Receiver<Option<std::sync::Arc<Panel>>>,
        subscriptions: u32,
    ) -> Option<Vec<Notice>> {
        tokio::select! {
            open = show.changed() => open.then(|| std::mem::take(&mut show.notices)),
            notice = news.recv() => Some(notice.ok().into_iter().collect()),
            Ok(()) = levels.changed(), if subscriptions & intent::INPUT_VOLUME_METERS != 0 => {
                let newest = levels.borrow_and_update().clone();
                Some(newest.and_then(|message| meters::levels(&message)).into_iter().collect())
            }
        }
    }

    async fn send_notices(&mut self, notices: Vec<Notice>) -> Result<(), End> {
        for notice in notices {
            if notice.intent & self.subscriptions != 0 {
                self.line.send(&notice.message()).await?;
            }
        }
        Ok(())
    }

    async fn message(&mut self, op: u64, d: &Value) -> Result<(), End> {
        match op {
            1 => Err(Close(4008, "You are already Identified with the obs-websocket server.").into()),
            3 => {
                if let Some(subscriptions) = subscriptions(d)? {
                    self.subscriptions = subscriptions;
                }
                self.line.send(&identified()).await
            }
            6 => {
                let id = d.get("requestId").ok_or(Close(4003, "Your payload data is missing a `requestId`."))?;
                let request = match d.get("requestType") {
                    Some(Value::String(request)) => request,
                    Some(_) => return Err(Close(4004, "Your `requestType` is not a string.").into()),
                    None => return Err(Close(4003, "Your payload's data is missing an `requestType`.").into()),
                };
                let answer = self.answer(request, d.get("requestData")).await;
                let mut d = response(request, answer);
                d["requestId"] = id.clone();
                self.flush().await?;
                self.line.send(&json!({ "op": 7, "d": d })).await
            }
            8 => {
                let d = self.batch(d).await?;
                self.line.send(&json!({ "op": 9, "d": d })).await
            }
            _ => Err(Close(4006, "Unknown OpCode.").into()),
        }
    }

    /// What a request came to, and the events it caused: they are told before its answer.
    pub(super) async fn answer(&mut self, request: &str, data: Option<&Value>) -> request::Answer {
        let mut answer = request::answer(&mut self.show, request, &Fields::of(data)).await?;
        if request == "GetStats" {
            answer["webSocketSessionIncomingMessages"] = self.line.incoming.into();
            answer["webSocketSessionOutgoingMessages"] = self.line.outgoing.into();
        }
        Ok(answer)
    }

    /// Tells what the last request caused.
    pub(super) async fn flush(&mut self) -> Result<(), End> {
        let notices = std::mem::take(&mut self.show.notices);
        self.send_notices(notices).await
    }

    /// Lets `duration` go by, telling what happens meanwhile.
    pub(super) async fn pause(&mut self, duration: Duration) -> Result<(), End> {
        let end = sleep(duration);
        tokio::pin!(end);
        loop {
            let told = tokio::select! {
                () = &mut end => return Ok(()),
                told = Self::tell(&mut self.show, &mut self.news, &mut self.meters, self.subscriptions) => told,
            };
            self.send_notices(told.ok_or(End::Closing)?).await?;
        }
    }
}

/// `requestType`, `requestStatus` and `responseData`.
pub(super) fn response(request: &str, answer: request::Answer) -> Value {
    let (status, data) = match answer {
        Ok(data) => (json!({ "result": true, "code": status::SUCCESS }), data),
        Err(Refusal { code, comment }) => (json!({ "result": false, "code": code, "comment": comment }), Value::Null),
    };
    let mut d = json!({ "requestType": request, "requestStatus": status });
    if !data.is_null() {
        d["responseData"] = data;
    }
    d
}
