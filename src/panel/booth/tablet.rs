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
        access::{Caller, bearer, cookie, same_origin},
        aside::aside,
        failure::Failure,
        whip::Purpose,
    },
    protocol::{Problem, Role},
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
        let bearer = bearer(&parts.headers);
        let known = bearer
            .or_else(|| cookie(&parts.headers, COOKIE))
            .is_some_and(|token| app.links.opens(token) == Some(Purpose::Booth));
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
    caller.at_least(Role::Animator, &app)?;
    let links = Arc::clone(&app.links);
    let made = aside(move || links.make(Purpose::Booth)).await;
    let made = made.map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))?;
    let secure = if app.secure { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={}; Path=/api/booth; HttpOnly; SameSite=Strict; Max-Age={COOKIE_LIFE}{secure}",
        made.token.reveal()
    );
    let cookie = HeaderValue::from_str(&cookie).expect("hexadecimal and constants");
    Ok(([(header::SET_COOKIE, cookie)], StatusCode::NO_CONTENT).into_response())
}

/// Ends the pairing: no browser is the booth's any more.
pub async fn close(State(app): State<App>, caller: Caller) -> Result<StatusCode, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let links = Arc::clone(&app.links);
    let closed = aside(move || links.revoke(&Purpose::Booth)).await;
    closed.map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))?;
    Ok(StatusCode::NO_CONTENT)
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
