//! `GET /api/destinations`: what to copy into each network's form, and what it demands.

use axum::{Json, extract::State, routing::get};

use crate::{
    outputs::presets::Sheet,
    panel::{App, Routes, access::Caller},
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/destinations", get(destinations))
}

async fn destinations(State(app): State<App>, _caller: Caller) -> Json<Vec<Sheet>> {
    Json(app.studio.audience().sheets.to_vec())
}
