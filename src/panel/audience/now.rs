//! `GET /api/now` and `GET /api/now/stream`: what is on, for everybody.
//!
//! The text is made when the show changes, not when it is asked for, and any cache may keep it for a
//! second. It says nothing that the programme does not: the names of a segment appear with it, as
//! their bearers chose them, never before; what [`crate::rights`] does not list does not exist here.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event as Sent, KeepAlive, Sse},
    },
    routing::get,
};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    time::{sleep, timeout},
};
use tokio_stream::wrappers::WatchStream;

use super::viewer::Viewer;
use crate::{
    allowance::household,
    archive::forms::words::Licence,
    panel::{App, Routes},
    protocol::{OutputStatus, Question, QuestionState, SegmentState, State as Show},
    rights::{Agreed, listed},
    rundown::is_held_back,
    studio::Studio,
};

/// The text changes at most so often.
const CALM: Duration = Duration::from_millis(200);
/// Before the studio has told anything.
const NOTHING: &[u8] = b"{}";
/// How long that may take.
const FIRST: Duration = Duration::from_secs(2);
/// Segments told ahead.
const AHEAD: usize = 6;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/now", get(now)).route("/api/now/stream", get(stream))
}

/// The text as it is now.
#[derive(Clone)]
pub struct Board {
    text: watch::Receiver<Bytes>,
}

impl Board {
    /// Follows the studio until it ends.
    pub fn new(studio: Studio) -> Self {
        let (sender, text) = watch::channel(Bytes::from_static(NOTHING));
        tokio::spawn(follow(studio, sender));
        Self { text }
    }
}

async fn follow(studio: Studio, text: watch::Sender<Bytes>) {
    while let Some(mut subscription) = studio.subscribe().await {
        let mut show = Show::clone(&subscription.state);
        loop {
            let fresh = made(&show, &|person| studio.people().agreements(person));
            text.send_if_modified(|known| {
                *known != fresh && {
                    *known = fresh;
                    true
                }
            });
            sleep(CALM).await;
            // Waits for something to tell, then takes all there is.
            match subscription.events.recv().await {
                Ok(event) => show.apply(&event.1),
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return,
            }
            while let Ok(event) = subscription.events.try_recv() {
                show.apply(&event.1);
            }
        }
    }
}

#[derive(Serialize)]
struct Now<'a> {
    title: &'a str,
    place: &'a str,
    language: &'a str,
    licence: LicenceOf<'a>,
    /// The live page has a programme.
    live: bool,
    /// The holding picture is on air.
    pause: bool,
    segment: Option<OnAir>,
    next: Vec<Next>,
    /// The question whose card is on the picture.
    question: Option<Card<'a>>,
    /// Rounded, so that it does not change with everybody who comes or goes.
    viewers: u32,
}

#[derive(Serialize)]
struct LicenceOf<'a> {
    id: &'a str,
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct OnAir {
    title: String,
    summary: String,
    language: String,
    names: Vec<String>,
    started_at: Option<u64>,
    planned_seconds: u32,
}

#[derive(Serialize)]
struct Next {
    title: String,
    planned_seconds: u32,
}

#[derive(Serialize)]
struct Card<'a> {
    name: &'a str,
    network: &'a str,
    text: &'a str,
}

fn made(show: &Show, agreed: &dyn Fn(&str) -> Agreed) -> Bytes {
    let public = !show.rehearsal;
    let hls =
        |output: &crate::protocol::OutputState| output.capabilities.is_playlist && output.status == OutputStatus::Live;
    let segment = show.segment.as_ref().filter(|_| public).and_then(|segment| listed(segment, agreed).ok());
    let next = show.rundown.iter().filter(|segment| segment.state == SegmentState::Ready);
    let pause = is_held_back(show, agreed);
    let seen = |question: &&Question| public && !pause && question.state == QuestionState::OnAir;
    let card = show.questions.iter().find(seen);
    let licence = Licence::named(&show.studio.licence);
    let now = Now {
        title: &show.studio.title,
        place: &show.studio.place,
        language: &show.studio.language,
        licence: LicenceOf { id: &show.studio.licence, name: licence.name, url: licence.url },
        live: public && show.outputs.values().any(hls),
        pause,
        segment: segment.map(|segment| OnAir {
            title: segment.title,
            summary: segment.summary,
            language: segment.language,
            names: segment.names,
            started_at: segment.started_at,
            planned_seconds: segment.planned_seconds,
        }),
        next: next
            .filter_map(|segment| listed(segment, agreed).ok())
            .take(AHEAD)
            .map(|segment| Next { title: segment.title, planned_seconds: segment.planned_seconds })
            .collect(),
        question: card.map(|question| Card { name: &question.name, network: &question.network, text: &question.text }),
        viewers: rounded(show.audience.viewers),
    };
    serde_json::to_vec(&now).map(Bytes::from).unwrap_or_else(|_| Bytes::from_static(b"{}"))
}

/// Two digits say enough.
fn rounded(viewers: u32) -> u32 {
    let mut step = 1;
    while viewers / step >= 100 {
        step *= 10;
    }
    viewers / step * step
}

async fn now(State(app): State<App>) -> Response {
    let mut board = app.board.text.clone();
    // The first moment of a studio has nothing to tell yet.
    let told = timeout(FIRST, board.wait_for(|text| text.len() > NOTHING.len())).await;
    let text = told.ok().and_then(Result::ok).map_or(Bytes::from_static(NOTHING), |text| text.clone());
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=1"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, text).into_response()
}

async fn stream(State(app): State<App>, Viewer(address): Viewer) -> Response {
    let Some(share) = app.quotas.boards.take(household(address)) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let texts = WatchStream::new(app.board.text.clone()).map(move |text| {
        // Held as long as the stream.
        let _ = &share;
        Ok::<_, Infallible>(Sent::default().data(String::from_utf8_lossy(&text)))
    });
    let texts = texts.take_until(app.closing.clone().cancelled_owned());
    let alive = KeepAlive::new().interval(Duration::from_secs(15));
    // Not through caches: nginx holds a stream back unless it is told not to.
    ([("x-accel-buffering", "no")], Sse::new(texts).keep_alive(alive)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewers_are_told_in_two_digits() {
        for (viewers, told) in [(0, 0), (7, 7), (99, 99), (100, 100), (109, 100), (1234, 1200), (99_999, 99_000)] {
            assert_eq!(rounded(viewers), told);
        }
    }
}
