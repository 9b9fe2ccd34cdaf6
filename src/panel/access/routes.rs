//! `POST /api/login`, `POST /api/logout`, `GET /api/me`.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{Caller, Refusal, caller::COOKIE};
use crate::{
    config::Secret,
    panel::{App, Routes, aside::aside, failure::Failure},
    protocol::{Problem, Role},
};

/// More than any login needs, bytes.
const BODY: usize = 4096;
/// How long a browser keeps its token, seconds; how long it opens is for the studio to say.
const COOKIE_LIFE: u64 = 365 * 24 * 3600;

/// The routes of this folder.
pub fn routes() -> Routes {
    Routes::new()
        .route("/api/login", post(login))
        .route("/api/logout", post(logout))
        .route("/api/me", get(me))
        .layer(DefaultBodyLimit::max(BODY))
}

#[derive(Deserialize)]
struct Login {
    pin: String,
}

#[derive(Serialize)]
struct LoggedIn<'a> {
    role: Role,
    token: &'a str,
}

#[derive(Serialize)]
struct Me {
    role: Role,
}

async fn login(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Bytes,
) -> Result<Response, Failure> {
    let Ok(Login { pin }) = serde_json::from_slice(&body) else {
        return Err(app.failure(StatusCode::BAD_REQUEST, malformed()));
    };
    match app.access.login(from.ip(), Secret::new(pin)).await {
        Ok((role, token)) => {
            tracing::info!(?role, client = %from.ip(), "logged in");
            let cookie = cookie(&app, token.reveal(), COOKIE_LIFE);
            Ok(([(header::SET_COOKIE, cookie)], Json(LoggedIn { role, token: token.reveal() })).into_response())
        }
        Err(Refusal::Wrong) => {
            tracing::warn!(client = %from.ip(), "wrong PIN");
            Err(app.failure(StatusCode::UNAUTHORIZED, wrong()))
        }
        Err(Refusal::Slow(wait)) => {
            let seconds = wait.as_secs() + 1;
            let failure = app.failure(StatusCode::TOO_MANY_REQUESTS, slow(seconds));
            Err(failure.with_header(header::RETRY_AFTER, HeaderValue::from(seconds)))
        }
        Err(Refusal::Failed(problem)) => Err(app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem)),
    }
}

async fn logout(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    let access = Arc::clone(&app.access);
    match aside(move || access.logout(&caller.token)).await {
        Ok(()) => Ok(([(header::SET_COOKIE, cookie(&app, "", 0))], StatusCode::NO_CONTENT).into_response()),
        Err(problem) => Err(app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem)),
    }
}

async fn me(caller: Caller) -> Json<Me> {
    Json(Me { role: caller.role })
}

fn cookie(app: &App, token: &str, seconds: u64) -> HeaderValue {
    let secure = if app.secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&cookie).expect("hexadecimal and constants")
}

fn malformed() -> Problem {
    Problem::operator("bad_json", "La demande doit être {\"pin\": \"…\"}.", "The request must be {\"pin\": \"…\"}.")
}

fn wrong() -> Problem {
    Problem::operator(
        "wrong_pin",
        "Ce code n'est pas le bon. Demandez-le à la personne qui a lancé le studio.",
        "This PIN is not the right one. Ask the person who started the studio.",
    )
}

fn slow(seconds: u64) -> Problem {
    Problem::operator(
        "too_many_attempts",
        format!("Trop d'essais à la fois. Réessayez dans {seconds} s."),
        format!("Too many attempts at once. Try again in {seconds} s."),
    )
}
