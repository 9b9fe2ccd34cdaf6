//! `/api/slots`: the desk gives a phone its link, or takes it back.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use qrcode::{QrCode, render::svg};
use serde::Serialize;

use super::{Purpose, refused};
use crate::{
    capture::phone::Refusal,
    panel::{App, access::Caller, failure::Failure},
    protocol::{Problem, Role},
};

#[derive(Serialize)]
pub struct Slot {
    id: String,
    label: String,
}

/// Something to scan.
#[derive(Serialize)]
pub struct Scan {
    url: String,
    /// SVG.
    qr: String,
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
    animator(&app, &caller)?;
    let slots = app.studio.phones().slots();
    Ok(Json(slots.map(|(id, label)| Slot { id: id.into(), label: label.into() }).collect()))
}

pub async fn link(
    State(app): State<App>,
    caller: Caller,
    Path(slot): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Link>, Failure> {
    animator(&app, &caller)?;
    known(&app, &slot)?;
    let links = Arc::clone(&app.links);
    let made = tokio::task::spawn_blocking(move || links.make(Purpose::Camera(slot))).await;
    let made = match made {
        Ok(made) => made.map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))?,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    // The token is after the `#`, which browsers keep to themselves: it is in no log.
    let url = format!("{}/camera#{}", base(&app, &headers), made.token.reveal());
    Ok(Json(Link {
        scan: scan(url),
        expires_at: made.until,
        authority: app.addresses.authority.first().cloned().map(|url| scan(format!("{url}/"))),
        fingerprint: app.addresses.fingerprint.clone(),
    }))
}

/// Ends whatever phone is there, and every link to the slot.
pub async fn clear(State(app): State<App>, caller: Caller, Path(slot): Path<String>) -> Result<StatusCode, Failure> {
    animator(&app, &caller)?;
    known(&app, &slot)?;
    let (links, opens) = (Arc::clone(&app.links), Purpose::Camera(slot.clone()));
    match tokio::task::spawn_blocking(move || links.revoke(&opens)).await {
        Ok(done) => done.map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))?,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
    app.studio.phones().hang_up(&slot, None).await.map_err(|refusal| refused(&app, refusal))?;
    Ok(StatusCode::NO_CONTENT)
}

/// The address under which the desk itself reaches the studio, unless that is good on this machine
/// alone.
pub fn base(app: &App, headers: &HeaderMap) -> String {
    let scheme = if app.secure { "https" } else { "http" };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let local = |host: &&str| {
        host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]") || host.contains('/')
    };
    match host.filter(|host| !local(host)) {
        Some(host) => format!("{scheme}://{host}"),
        None => app.addresses.own.first().cloned().unwrap_or_default(),
    }
}

/// An address as a code to scan.
pub fn scan(url: String) -> Scan {
    let code = QrCode::new(&url).map(|code| code.render::<svg::Color<'_>>().min_dimensions(240, 240).build());
    Scan { qr: code.unwrap_or_default(), url }
}

fn known(app: &App, slot: &str) -> Result<(), Failure> {
    match app.studio.phones().label(slot) {
        Some(_) => Ok(()),
        None => Err(refused(app, Refusal::no_slot(slot))),
    }
}

/// # Errors
/// Below an animator.
pub fn animator(app: &App, caller: &Caller) -> Result<(), Failure> {
    if caller.role >= Role::Animator {
        return Ok(());
    }
    Err(app.failure(
        StatusCode::FORBIDDEN,
        Problem::operator(
            "forbidden",
            "Votre code ne permet pas cela. Demandez à un animateur.",
            "Your PIN does not allow this. Ask an animator.",
        ),
    ))
}
