//! `POST /api/participate/photo?title=`: a participant's own photo, a JPEG, from their phone.
//!
//! It waits for an animator, who alone knows who is in it.

use std::net::SocketAddr;

use axum::{
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, Query, State, rejection::BytesRejection},
    http::StatusCode,
    routing::post,
};
use serde::Deserialize;

use super::{body::fail, limits::What, link::Holder};
use crate::{
    archive::LARGEST_PHOTO,
    panel::{App, Routes, aside::aside, failure::Failure},
    protocol::Problem,
    rights,
};

/// The route of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/participate/photo", post(give)).layer(DefaultBodyLimit::max(LARGEST_PHOTO))
}

#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    title: String,
}

async fn give(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Holder(person): Holder,
    Query(Described { title }): Query<Described>,
    jpeg: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Failure> {
    app.people.limits.admit(&app, from.ip(), What::Photo)?;
    if !rights::may_give_photo(&app.studio.people().agreements(&person.id)) {
        return Err(app.failure(StatusCode::CONFLICT, not_agreed()));
    }
    let jpeg = jpeg.map_err(|_| app.failure(StatusCode::PAYLOAD_TOO_LARGE, too_big()))?;
    let archive = app.studio.archive().clone();
    let keep = move || archive.give_photo(&jpeg, &title, &person.id, &person.segment);
    aside(keep).await.map(|_| StatusCode::CREATED).map_err(|problem| fail(&app, problem))
}

fn not_agreed() -> Problem {
    Problem::operator(
        "consent_missing",
        "Une photo donnée aux archives est publiée sous leur licence : signez d'abord votre accord pour l'archivage.",
        "A photo given to the archive is published under its licence: first sign your agreement to be archived.",
    )
}

fn too_big() -> Problem {
    let most = LARGEST_PHOTO >> 20;
    Problem::operator(
        "too_big",
        format!("Cette photo dépasse {most} Mo. Envoyez-en une plus petite."),
        format!("This photo is larger than {most} MB. Send a smaller one."),
    )
}
