//! The writing half of a socket, and the life of both halves.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{self, CloseFrame, WebSocket, close_code};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    commands::{Outgoing, Reader},
    follow::Follower,
    pictures::{Headphones, Pictures},
    view,
    window::Window,
};
use crate::{
    panel::{App, access::Caller, failure::reply_error},
    protocol::{Message, Problem},
};

/// Replies that may wait for a slow client; then its next command waits.
const QUEUE: usize = 64;
/// Pings, and a look at whether the client is still logged in.
const TICK: Duration = Duration::from_secs(1);
/// A client that takes nothing for this long is dropped.
const PATIENCE: Duration = Duration::from_secs(10);
/// For saying goodbye, and again for the other side's goodbye; an ending studio waits for both.
const GOODBYE: Duration = Duration::from_millis(250);
/// Batches of pictures on their way: the one that arrives and the one behind it.
const PICTURES: usize = 2;
/// Pieces of sound on their way, a third of a second or so; later ones are dropped.
const SOUNDS: usize = 16;

/// Why a socket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client closed, or the connection broke.
    Left,
    /// No sign of life.
    Silent,
    /// It takes nothing.
    Stalled,
    /// Its token is no longer good.
    LoggedOut,
    /// The studio ends.
    Closing,
}

impl End {
    fn close_frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            End::Left | End::Stalled => return None,
            End::Silent => (close_code::POLICY, "silent"),
            End::LoggedOut => (close_code::POLICY, "logged out"),
            End::Closing => (close_code::AWAY, "the studio is shutting down"),
        };
        Some(CloseFrame { code, reason: reason.into() })
    }
}

/// Serves a client until one of the two leaves.
pub async fn run(app: App, caller: Caller, stream: WebSocket) {
    let (mut sink, mut stream) = stream.split();
    let (queue, outgoing) = mpsc::channel(QUEUE);
    let (arrived, answers) = watch::channel(0);
    metrics::gauge!("plateau_panel_sockets").increment(1.0);
    let end = tokio::select! {
        () = app.closing.cancelled() => End::Closing,
        end = Reader { app: &app, caller: &caller, stream: &mut stream, queue, arrived }.run() => end,
        end = Writer::new(&app, &caller, &mut sink).run(outgoing, answers) => end,
    };
    metrics::gauge!("plateau_panel_sockets").decrement(1.0);
    tracing::debug!(role = ?caller.role, ?end, "control socket ended");
    if let Some(frame) = end.close_frame() {
        let said = timeout(GOODBYE, sink.send(ws::Message::Close(Some(frame)))).await;
        if matches!(said, Ok(Ok(()))) {
            // Unread bytes at the moment of closing would make the kernel tear the goodbye up.
            let _ = timeout(GOODBYE, async { while let Some(Ok(_)) = stream.next().await {} }).await;
        }
    }
}

struct Writer<'a> {
    app: &'a App,
    caller: &'a Caller,
    sink: &'a mut SplitSink<WebSocket, ws::Message>,
    pictures: Pictures,
    headphones: Headphones,
    /// The number in the last ping.
    mark: u64,
    pictures_sent: Window,
    sounds_sent: Window,
}

impl<'a> Writer<'a> {
    fn new(app: &'a App, caller: &'a Caller, sink: &'a mut SplitSink<WebSocket, ws::Message>) -> Self {
        Self {
            app,
            caller,
            sink,
            pictures: Pictures::default(),
            headphones: Headphones::default(),
            mark: 0,
            pictures_sent: Window::new(PICTURES),
            sounds_sent: Window::new(SOUNDS),
        }
    }

    async fn run(mut self, outgoing: mpsc::Receiver<Outgoing>, answers: watch::Receiver<u64>) -> End {
        match self.serve(outgoing, answers).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    /// What matters most first: an event before the reply of the command that caused it, pictures
    /// last.
    async fn serve(
        &mut self,
        mut outgoing: mpsc::Receiver<Outgoing>,
        mut answers: watch::Receiver<u64>,
    ) -> Result<std::convert::Infallible, End> {
        let follower = Follower::new(self.app.studio.clone(), self.caller.role).await;
        let mut follower = follower.ok_or(End::Closing)?;
        self.send(follower.first()).await?;
        let mut meters = self.app.studio.meters();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                message = follower.next() => self.send(message.ok_or(End::Closing)?).await?,
                Some(outgoing) = outgoing.recv() => self.carry_out(outgoing, &mut follower).await?,
                Ok(()) = answers.changed() => self.do_arrived(*answers.borrow_and_update()),
                piece = self.headphones.next() => self.do_sound(piece).await?,
                _ = tick.tick() => self.do_tick().await?,
                Ok(()) = meters.changed() => {
                    let newest = meters.borrow_and_update().clone();
                    self.do_meters(newest, &follower).await?;
                }
                batch = self.pictures.batch(), if self.pictures_sent.is_open() => self.do_pictures(batch).await?,
            }
        }
    }

    async fn carry_out(&mut self, outgoing: Outgoing, follower: &mut Follower) -> Result<(), End> {
        match outgoing {
            Outgoing::Reply(id, result) => self.reply(id, result).await,
            Outgoing::Snapshot(id) => {
                let snapshot = follower.snapshot().await.ok_or(End::Closing)?;
                self.send(snapshot).await?;
                self.reply(id, Ok(())).await
            }
            Outgoing::Monitor(id, feeds) => {
                self.pictures = Pictures::of(feeds);
                self.reply(id, Ok(())).await
            }
            Outgoing::Listen(id, feed) => {
                self.headphones = Headphones::of(feed);
                self.reply(id, Ok(())).await
            }
        }
    }

    async fn reply(&mut self, id: serde_json::Value, result: Result<(), Problem>) -> Result<(), End> {
        let error = result.err().map(|problem| reply_error(problem, &self.app.language));
        self.send(view::text(&Message::Reply { id, ok: error.is_none(), error })).await
    }

    fn do_arrived(&mut self, mark: u64) {
        self.pictures_sent.arrived(mark);
        self.sounds_sent.arrived(mark);
    }

    async fn do_sound(&mut self, piece: Bytes) -> Result<(), End> {
        if self.sounds_sent.is_open() {
            self.send(ws::Message::Binary(piece)).await?;
            let mark = self.ping().await?;
            self.sounds_sent.sent(mark);
        }
        Ok(())
    }

    async fn do_tick(&mut self) -> Result<(), End> {
        if self.app.access.role(&self.caller.token).is_none() {
            return Err(End::LoggedOut);
        }
        self.ping().await.map(drop)
    }

    async fn do_meters(&mut self, newest: Option<Arc<Message>>, follower: &Follower) -> Result<(), End> {
        match newest {
            Some(message) => self.send(follower.meters(&message)).await,
            None => Ok(()),
        }
    }

    async fn do_pictures(&mut self, batch: Vec<Bytes>) -> Result<(), End> {
        for picture in batch {
            self.send(ws::Message::Binary(picture)).await?;
        }
        let mark = self.ping().await?;
        self.pictures_sent.sent(mark);
        Ok(())
    }

    async fn ping(&mut self) -> Result<u64, End> {
        self.mark += 1;
        self.send(ws::Message::Ping(Bytes::copy_from_slice(&self.mark.to_be_bytes()))).await?;
        Ok(self.mark)
    }

    async fn send(&mut self, message: ws::Message) -> Result<(), End> {
        match timeout(PATIENCE, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(End::Stalled),
        }
    }
}
