//! The tablet comes in, and learns what to ask.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::blocking;
use crate::{
    booth::{LONGEST_CHUNK, LONGEST_TAKE, Questions},
    panel::{
        App,
        access::{Caller, same_origin},
        failure::Failure,
        whip::{Purpose, animator},
    },
    protocol::Problem,
};

/// The cookie's name.
const COOKIE: &str = "plateau_booth";
/// Seconds; how long the link itself is good is for the studio to say.
const COOKIE_LIFE: u32 = 30 * 24 * 3600;

/// The booth's tablet: by its cookie, or a Bearer token.
pub struct Tablet;

impl FromRequestParts<App> for Tablet {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let bearer = header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let cookie = header(header::COOKIE).and_then(|value| {
            let mut pairs = value.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| token)
        });
        let known = bearer.or(cookie).is_some_and(|token| app.links.opens(token) == Some(Purpose::Booth));
        if !known {
            return Err(app.failure(StatusCode::UNAUTHORIZED, not_paired()));
        }
        if bearer.is_none() && !same_origin(parts) {
            return Err(app.failure(StatusCode::FORBIDDEN, foreign()));
        }
        Ok(Self)
    }
}

#[derive(Serialize)]
pub struct About {
    title: String,
    licence: String,
    questions: Questions,
    longest_chunk: usize,
    longest_take: u64,
}

pub async fn about(State(app): State<App>, _tablet: Tablet) -> Result<Json<About>, Failure> {
    let booth = app.booth.clone();
    let questions = blocking(&app, move || Ok(booth.questions())).await?;
    let state = app.studio.subscribe().await.map(|subscription| subscription.state);
    let (title, licence) =
        state.map_or_else(Default::default, |state| (state.studio.title.clone(), state.studio.licence.clone()));
    Ok(Json(About { title, licence, questions, longest_chunk: LONGEST_CHUNK, longest_take: LONGEST_TAKE }))
}

/// An animator makes this browser the booth's.
pub async fn pair(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    animator(&app, &caller)?;
    let links = Arc::clone(&app.links);
    let made = tokio::task::spawn_blocking(move || links.make(Purpose::Booth)).await;
    let made = match made {
        Ok(made) => made.map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))?,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    let secure = if app.secure { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={}; Path=/api/booth; HttpOnly; SameSite=Strict; Max-Age={COOKIE_LIFE}{secure}",
        made.token.reveal()
    );
    let cookie = HeaderValue::from_str(&cookie).expect("hexadecimal and constants");
    Ok(([(header::SET_COOKIE, cookie)], StatusCode::NO_CONTENT).into_response())
}

fn not_paired() -> Problem {
    Problem::operator(
        "booth_closed",
        "Cette tablette n'est pas celle de la cabine. Un animateur l'ouvre avec son code.",
        "This tablet is not the booth's. A host opens it with their PIN.",
    )
}

fn foreign() -> Problem {
    Problem::operator(
        "foreign_origin",
        "Cette demande vient d'un autre site. Ouvrez la cabine à son adresse.",
        "This request comes from another site. Open the booth at its own address.",
    )
}
