//! Personal links: who holds one, and how one is handed on.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use super::{body::fail, limits::What};
use crate::{
    panel::{
        App,
        access::bearer,
        failure::Failure,
        scan::{Scan, base},
    },
    people::Person,
};

/// Whoever holds the personal link that came as `Authorization: Bearer`.
pub struct Holder(pub Person);

impl FromRequestParts<App> for Holder {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        if let Ok(ConnectInfo(from)) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await {
            app.people.limits.admit(app, from.ip(), What::Own)?;
        }
        let token = bearer(&parts.headers).unwrap_or_default();
        app.studio.people().holder(token).await.map(Holder).map_err(|problem| fail(app, problem))
    }
}

/// A token as a link to hand on. The secret is behind `#`, where no server and no log sees it.
pub fn invitation(app: &App, headers: &HeaderMap, token: &str) -> Scan {
    Scan::of(format!("{}/participate#{token}", base(app, headers)))
}
