//! `GET /api/camera/tally`: whether a slot is on air, as server-sent events, until either side leaves
//! or the guest may not fill the slot any more.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::{Guest, admission::Admitted, camera::Asked, refused};
use crate::{
    capture::phone::Refusal,
    panel::{App, failure::Failure},
    protocol::{SourceStatus, State as Show},
    studio::Subscription,
};

/// A sign of life, so that a page knows a dead line from a quiet show.
const ALIVE: Duration = Duration::from_secs(2);

/// What the person who films has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Tally {
    on_air: bool,
    preview: bool,
    status: SourceStatus,
}

impl Tally {
    fn of(show: &Show, slot: &str) -> Self {
        let shows = |scene: &str| {
            let scene = show.scenes.iter().find(|known| known.id == scene);
            scene.is_some_and(|scene| scene.carries(slot))
        };
        Self {
            on_air: show.is_on_air(slot),
            preview: show.preview.as_deref().is_some_and(shows),
            status: show.sources.get(slot).map_or(SourceStatus::Off, |source| source.status),
        }
    }
}

pub async fn follow(State(app): State<App>, guest: Guest, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let holder = guest.holder.clone();
    let admitted = guest.admitted(&app, asked.slot.as_deref()).await?;
    if app.studio.phones().label(&admitted.slot).is_none() {
        return Err(refused(&app, Refusal::no_slot(&admitted.slot)));
    }
    let busy = || app.failure(StatusCode::SERVICE_UNAVAILABLE, Refusal::busy().problem);
    let share = app.quotas.tallies.take_over(holder).ok_or_else(busy)?;
    let (ended, place) = (share.ended(), (app.sockets.token(), share));
    let subscription = app.studio.subscribe().await.ok_or_else(busy)?;
    let follower = Follower { show: (*subscription.state).clone(), subscription, admitted, app, told: None };
    let events = stream::unfold((follower, place), async |(mut follower, place)| {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), (follower, place)))
    });
    Ok(Sse::new(events.take_until(ended)).into_response())
}

struct Follower {
    app: App,
    admitted: Admitted,
    subscription: Subscription,
    show: Show,
    told: Option<Tally>,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        // Events that change no tally don't put it off.
        let alive = tokio::time::Instant::now() + ALIVE;
        loop {
            if !self.admitted.still(&self.app) {
                return None;
            }
            let tally = Tally::of(&self.show, &self.admitted.slot);
            if self.told != Some(tally) {
                self.told = Some(tally);
                return Event::default().event("tally").json_data(tally).ok();
            }
            tokio::select! {
                () = self.app.closing.cancelled() => return None,
                () = tokio::time::sleep_until(alive) => return Some(Event::default().comment("alive")),
                event = self.subscription.events.recv() => match event {
                    Ok(event) => self.show.apply(&event.1),
                    Err(RecvError::Lagged(_)) => {
                        self.subscription = self.app.studio.subscribe().await?;
                        self.show = (*self.subscription.state).clone();
                    }
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }
}
