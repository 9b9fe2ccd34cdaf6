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
        let token = token(parts, app).await?;
        app.studio.people().holder(token).await.map(Holder).map_err(|problem| fail(app, problem))
    }
}

/// Whoever signs by a personal link, perhaps by the one that ended when they did and did not hear the answer.
pub struct Signer {
    /// The participation.
    pub person: String,
    /// The link has ended.
    pub again: bool,
}

impl FromRequestParts<App> for Signer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let signer = app.studio.people().signer(token(parts, app).await?).await;
        let (person, again) = signer.map_err(|problem| fail(app, problem))?;
        Ok(Self { person, again })
    }
}

/// Whoever erases their data by a personal link, perhaps by the one that ended when they did: the participation.
pub struct Eraser(pub String);

impl FromRequestParts<App> for Eraser {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let token = token(parts, app).await?;
        app.studio.people().eraser(token).await.map(Eraser).map_err(|problem| fail(app, problem))
    }
}

/// A token that came as `Authorization: Bearer`, whatever it is good for.
pub struct Token(pub String);

impl FromRequestParts<App> for Token {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        token(parts, app).await.map(|token| Self(token.to_owned()))
    }
}

/// The token that came, as long as not too many come from there.
async fn token<'a>(parts: &'a mut Parts, app: &App) -> Result<&'a str, Failure> {
    if let Ok(ConnectInfo(from)) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await {
        app.people.limits.admit(app, from.ip(), What::Own)?;
    }
    Ok(bearer(&parts.headers).unwrap_or_default())
}

/// A token as a link to hand on. The secret is behind `#`, where no server and no log sees it.
pub fn invitation(app: &App, headers: &HeaderMap, token: &str) -> Scan {
    Scan::of(format!("{}/participate#{token}", base(app, headers)))
}

/// A guardian's token as a link to hand on.
pub fn guardian(app: &App, headers: &HeaderMap, token: &str) -> Scan {
    Scan::of(format!("{}/participate#guardian={token}", base(app, headers)))
}
