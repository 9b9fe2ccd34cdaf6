//! `/api/clock`: what the screen on the set shows. No login, so it says no more of the set than viewers may
//! know: no names but those under accepted questions, and none of these while the slate is up; no message
//! from the desk while what happens on the set may not be shown.

use std::convert::Infallible;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use tokio_stream::wrappers::WatchStream;

use super::day::{Asked, Now};
use crate::{
    allowance::household,
    media::unix_ms,
    panel::{App, Routes, audience::Viewer, failure::Failure},
    protocol::{Problem, Segment, SegmentState},
    rights, rundown,
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/clock", get(clock)).route("/api/clock/events", get(events))
}

#[derive(Serialize)]
struct Clock {
    /// Unix milliseconds of the studio's clock.
    now: u64,
    event: String,
    /// Seen outside the house.
    on_air: bool,
    /// A segment is being recorded.
    recording: bool,
    rehearsal: bool,
    segment: Option<Current>,
    next: Option<Next>,
    message: Option<String>,
    /// Accepted, in order; the first may be on the picture already. None while the slate is up.
    questions: Vec<Asked>,
}

#[derive(Serialize)]
struct Current {
    title: String,
    started_at: Option<u64>,
    planned_seconds: u32,
    private: bool,
}

#[derive(Serialize)]
struct Next {
    title: String,
    expected_at: Option<u64>,
}

/// A segment is told by its title only where everybody may know that.
fn draw(app: &App, now: &Now) -> Clock {
    let people = app.studio.people();
    let agreed = |person: &str| people.agreements(person);
    let title = |segment: &Segment| rights::public_title(segment, &agreed).get(&app.language).to_owned();
    let current = now.rundown.iter().find(|segment| segment.state == SegmentState::OnAir);
    let next = now.rundown.iter().find(|segment| segment.state == SegmentState::Ready);
    let secret = rundown::may_lift_slate(current, &agreed).is_err();
    let held_back = now.slate || secret;
    Clock {
        now: unix_ms(),
        event: now.event.clone(),
        on_air: !held_back && (current.is_some() || (now.leaves && !now.rehearsal)),
        recording: current.is_some(),
        rehearsal: now.rehearsal,
        segment: current.map(|segment| Current {
            title: title(segment),
            started_at: segment.started_at,
            planned_seconds: segment.planned_seconds,
            private: segment.private,
        }),
        next: next.map(|segment| Next { title: title(segment), expected_at: segment.expected_at }),
        message: now.message.clone().filter(|_| !secret),
        questions: if held_back { Vec::new() } else { now.questions.clone() },
    }
}

async fn clock(State(app): State<App>) -> Json<Clock> {
    Json(draw(&app, &app.people.day.now()))
}

async fn events(
    State(app): State<App>,
    Viewer(address): Viewer,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let closing = app.closing.clone();
    let share = app.quotas.clocks.take_over(household(address));
    let share = share.ok_or_else(|| app.failure(StatusCode::SERVICE_UNAVAILABLE, full()))?;
    let ended = share.ended();
    let drawn = WatchStream::new(app.people.day.changes()).map(move |now| {
        let _held = &share;
        Ok(Event::default().json_data(draw(&app, &now)).unwrap_or_default())
    });
    Ok(Sse::new(drawn.take_until(closing.cancelled_owned()).take_until(ended)).keep_alive(KeepAlive::default()))
}

fn full() -> Problem {
    Problem::operator("full", "Trop d'horloges sont ouvertes. Fermez-en une.", "Too many clocks are open. Close one.")
}
