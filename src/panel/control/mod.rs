//! `GET /api/control`: commands in, the state, meters, pictures and sound out.
//!
//! Two halves of one task for each socket: [`commands`] reads, has commands carried out one after
//! the other, and hands replies over; [`socket`] writes, and holds everything the client follows.
//! They share one bounded queue. A client that doesn't read is left behind, first by pictures,
//! then by events (it gets a new snapshot), at last it is dropped; nobody waits for it.

mod commands;
mod follow;
mod pictures;
mod request;
mod socket;
mod view;
mod window;

use axum::{
    extract::{State, WebSocketUpgrade},
    http::StatusCode,
    response::Response,
    routing::get,
};

use super::{App, Routes, access::Caller, failure::Failure};
use crate::protocol::{Fault, Problem, Role};

/// The longest message that is answered (with `too_big`) rather than cut off, bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// The routes of this folder.
pub fn routes() -> Routes {
    Routes::new().route("/api/control", get(open))
}

async fn open(State(app): State<App>, caller: Caller, upgrade: WebSocketUpgrade) -> Result<Response, Failure> {
    // Whatever moderators do, the desk comes in.
    let quota = if caller.role > Role::Moderator { &app.quotas.desk } else { &app.quotas.moderators };
    let share = quota.take(caller.token.clone()).filter(|_| !app.closing.is_cancelled());
    let share = share.ok_or_else(|| app.failure(StatusCode::SERVICE_UNAVAILABLE, full()))?;
    let upgrade = upgrade.max_message_size(LONGEST).max_frame_size(LONGEST);
    let place = app.sockets.token();
    Ok(upgrade.on_upgrade(async move |stream| {
        let _held = (place, share);
        socket::run(app, caller, stream).await;
    }))
}

fn full() -> Problem {
    Problem::new(
        "full",
        Fault::Operator,
        "Trop d'écrans sont ouverts en même temps. Fermez-en un, puis réessayez.",
        "Too many screens are open at once. Close one, then try again.",
    )
}
