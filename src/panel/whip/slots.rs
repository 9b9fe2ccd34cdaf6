//! `/api/slots`: the desk gives a phone its link, or takes it back.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde::Serialize;

use super::{Purpose, refused};
use crate::{
    capture::phone::Refusal,
    panel::{
        App,
        access::Caller,
        aside::aside,
        failure::Failure,
        scan::{Scan, base},
    },
    protocol::Role,
};

#[derive(Serialize)]
pub struct Slot {
    id: String,
    label: String,
}

#[derive(Serialize)]
pub struct Link {
    #[serde(flatten)]
    scan: Scan,
    /// Unix milliseconds.
    expires_at: u64,
    /// Where the certificate is offered that a phone has to accept first; `null`: none is needed.
    authority: Option<Scan>,
    /// SHA-256 of that certificate.
    fingerprint: Option<String>,
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Slot>>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let slots = app.studio.phones().slots();
    Ok(Json(slots.map(|(id, label)| Slot { id: id.into(), label: label.into() }).collect()))
}

pub async fn link(
    State(app): State<App>,
    caller: Caller,
    Path(slot): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Link>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    known(&app, &slot)?;
    let links = Arc::clone(&app.links);
    let made = aside(move || links.make(Purpose::Camera(slot))).await;
    let made = made.map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))?;
    // The token is after the `#`, which browsers keep to themselves: it is in no log.
    let url = format!("{}/camera#{}", base(&app, &headers), made.token.reveal());
    Ok(Json(Link {
        scan: Scan::of(url),
        expires_at: made.until,
        authority: app.addresses.authority.first().cloned().map(|url| Scan::of(format!("{url}/"))),
        fingerprint: app.addresses.fingerprint.clone(),
    }))
}

/// Ends whatever phone is there, and every link to the slot.
pub async fn clear(State(app): State<App>, caller: Caller, Path(slot): Path<String>) -> Result<StatusCode, Failure> {
    caller.at_least(Role::Animator, &app)?;
    known(&app, &slot)?;
    let (links, opens) = (Arc::clone(&app.links), Purpose::Camera(slot.clone()));
    let revoked = aside(move || links.revoke(&opens)).await;
    revoked.map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))?;
    app.studio.phones().hang_up(&slot, None).await.map_err(|refusal| refused(&app, refusal))?;
    Ok(StatusCode::NO_CONTENT)
}

fn known(app: &App, slot: &str) -> Result<(), Failure> {
    match app.studio.phones().label(slot) {
        Some(_) => Ok(()),
        None => Err(refused(app, Refusal::no_slot(slot))),
    }
}
