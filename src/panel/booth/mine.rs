//! The person's own link: look, and take back.

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};

use super::{blocking, refused};
use crate::{
    booth::Told,
    panel::{App, access::bearer, failure::Failure},
};

/// A Bearer token; whose, the booth knows.
pub struct Link(String);

impl FromRequestParts<App> for Link {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Failure> {
        Ok(Self(bearer(&parts.headers).unwrap_or_default().to_owned()))
    }
}

pub async fn look(State(app): State<App>, Link(token): Link) -> Result<Json<Told>, Failure> {
    let booth = app.booth.clone();
    blocking(&app, move || booth.mine(&token)).await.map(Json)
}

pub async fn take_back(State(app): State<App>, Link(token): Link) -> Result<StatusCode, Failure> {
    let erased = app.studio.take_back(token).await;
    erased.map(|()| StatusCode::NO_CONTENT).map_err(|refusal| refused(&app, refusal))
}
