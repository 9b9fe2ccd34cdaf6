//! `GET /api/numbers`: the day's samples, for the chart in the panel.

use axum::{Json, extract::State, routing::get};

use crate::{
    audience::Sample,
    panel::{App, Routes, access::Caller},
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/numbers", get(numbers))
}

async fn numbers(State(app): State<App>, _caller: Caller) -> Json<Vec<Sample>> {
    Json(app.studio.audience().numbers.day())
}
