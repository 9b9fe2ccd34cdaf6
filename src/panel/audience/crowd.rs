//! `POST /api/here {"page"}` and `POST /api/applause {"times"}`: counted, never kept.

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::viewer::Viewer;
use crate::{
    audience::Crowd,
    panel::{App, Routes},
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .route("/api/here", post(here))
        .route("/api/applause", post(applause))
        .layer(DefaultBodyLimit::max(256))
}

#[derive(Deserialize)]
struct Here {
    /// A random number that this opening of the page made, below 2^53.
    page: u64,
}

#[derive(Deserialize)]
struct Applause {
    times: u32,
}

async fn here(State(app): State<App>, Viewer(address): Viewer, body: Bytes) -> Response {
    let (audience, now) = (app.studio.audience(), Instant::now());
    let Ok(Here { page }) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    if audience.gate.sign(address, now).is_err() {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    audience.crowd.here(page, now);
    Json(json!({ "again_in_seconds": Crowd::BEAT.as_secs() })).into_response()
}

async fn applause(State(app): State<App>, Viewer(address): Viewer, body: Bytes) -> StatusCode {
    let (audience, now) = (app.studio.audience(), Instant::now());
    let Ok(Applause { times }) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST };
    if audience.gate.sign(address, now).is_err() {
        return StatusCode::TOO_MANY_REQUESTS;
    }
    audience.crowd.clap(times, now);
    StatusCode::NO_CONTENT
}
