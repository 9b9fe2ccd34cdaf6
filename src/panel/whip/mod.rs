//! Phones as cameras: their links, their calls, and what is told to them.
//!
//! ```text
//! /whip/{slot}                 call       a phone's offer in, the studio's answer out (RFC 9725)
//! /whip/{slot}/{session}       session    more addresses, goodbye
//! /api/camera, …/tally         camera     what the camera page needs; ON AIR, as it changes
//! /api/slots/…                 slots      the desk makes links and clears slots
//! ```
//! A token is always looked at first: who has none learns nothing of the slots. Then [`admission`] asks the
//! authority on rights, at each call and again whenever its answer may have changed.

mod admission;
mod call;
mod camera;
mod fragment;
mod guest;
mod links;
mod session;
mod slots;
mod tally;

pub use admission::watch;
pub use guest::Guest;
pub use links::{Links, Purpose};

use axum::{
    extract::DefaultBodyLimit,
    http::StatusCode,
    routing::{get, patch, post},
};

use super::{App, Routes, failure::Failure};
use crate::capture::phone::{Reason, Refusal};

/// More than any offer, bytes.
const BODY: usize = 64 * 1024;

/// The routes of this folder.
pub fn routes() -> Routes {
    Routes::new()
        .route("/whip/{slot}", post(call::call).options(call::options))
        .route("/whip/{slot}/{session}", patch(session::candidates).delete(session::goodbye))
        .route("/api/camera", get(camera::about))
        .route("/api/camera/tally", get(tally::follow))
        .route("/api/slots", get(slots::list))
        .route("/api/slots/{slot}", axum::routing::delete(slots::clear))
        .route("/api/slots/{slot}/link", post(slots::link))
        .layer(DefaultBodyLimit::max(BODY))
}

fn refused(app: &App, Refusal { reason, problem }: Refusal) -> Failure {
    let status = match reason {
        Reason::NotAnOffer => StatusCode::BAD_REQUEST,
        Reason::Unsupported => StatusCode::UNPROCESSABLE_ENTITY,
        Reason::NoSlot | Reason::NoSession => StatusCode::NOT_FOUND,
        Reason::Taken => StatusCode::CONFLICT,
        Reason::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Reason::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    };
    app.failure(status, problem)
}
