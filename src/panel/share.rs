//! `GET /api/share`: the addresses under which tablets and phones reach this studio, each with the
//! code that a camera reads.

use axum::{Json, extract::State, routing::get};
use serde::Serialize;

use super::{App, Routes, access::Caller, failure::Failure, scan::Scan};
use crate::protocol::Role;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/share", get(share))
}

#[derive(Debug, Serialize)]
struct Doors {
    /// For those who run the show.
    panel: Scan,
    /// For citizens.
    participate: Scan,
    /// For viewers.
    watch: Scan,
    /// Where the studio's own authority is offered, which phones need once; null: none is needed.
    certificate: Option<Scan>,
}

async fn share(State(app): State<App>, caller: Caller) -> Result<Json<Doors>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let base = app.addresses.own.first().map_or("", String::as_str);
    Ok(Json(Doors {
        panel: Scan::of(format!("{base}/panel")),
        participate: Scan::of(format!("{base}/participate")),
        watch: Scan::of(format!("{base}/")),
        certificate: app.addresses.authority.first().map(|url| Scan::of(format!("{url}/"))),
    }))
}
