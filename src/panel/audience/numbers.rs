//! `GET /api/numbers`: the day's samples, for the chart in the panel.

use axum::{Json, Router, extract::State, routing::get};

use crate::{
    audience::Sample,
    panel::{App, access::Caller},
};

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new().route("/api/numbers", get(numbers))
}

async fn numbers(State(app): State<App>, _caller: Caller) -> Json<Vec<Sample>> {
    Json(app.studio.audience().numbers.day())
}
