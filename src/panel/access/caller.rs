//! Who sends a request.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};

use super::TokenHash;
use crate::{
    panel::{App, failure::Failure},
    protocol::{Problem, Role},
};

/// A client that has logged in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What it may do.
    pub role: Role,
    /// Its token's name.
    pub token: TokenHash,
    /// It showed its token by itself; else a browser did, by a cookie.
    pub bearer: bool,
}

/// The cookie's name.
pub const COOKIE: &str = "plateau";

impl Caller {
    /// Lets those through who may do what `least` may.
    ///
    /// # Errors
    /// A sentence for everybody else.
    pub fn at_least(&self, least: Role, app: &App) -> Result<(), Failure> {
        if self.role >= least { Ok(()) } else { Err(app.failure(StatusCode::FORBIDDEN, Problem::forbidden(least))) }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let caller = find(parts, app).ok_or_else(|| app.failure(StatusCode::UNAUTHORIZED, unknown()))?;
        if !caller.bearer && !same_origin(parts) {
            return Err(app.failure(StatusCode::FORBIDDEN, foreign()));
        }
        Ok(caller)
    }
}

fn find(parts: &Parts, app: &App) -> Option<Caller> {
    let (token, bearer) = match bearer(&parts.headers) {
        Some(token) => (token, true),
        None => (cookie(&parts.headers, COOKIE)?, false),
    };
    let token = TokenHash::of(token);
    Some(Caller { role: app.access.role(&token)?, token, bearer })
}

/// The token of `Authorization: Bearer` (RFC 6750 §2.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The cookie of this name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, token)| token)
}

/// A browser shows its cookies whichever page asks. What can change something, or opens a
/// websocket, must say that it comes from this very server; a plain read need not.
pub fn same_origin(parts: &Parts) -> bool {
    let websocket = parts.headers.contains_key(header::SEC_WEBSOCKET_KEY);
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or(parts.uri.authority().map(|authority| authority.as_str()));
    match parts.headers.get(header::ORIGIN) {
        None => parts.method.is_safe() && !websocket,
        Some(origin) => {
            let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            origin.is_some_and(|(_, origin)| host.is_some_and(|host| host.eq_ignore_ascii_case(origin)))
        }
    }
}

fn unknown() -> Problem {
    Problem::operator(
        "login_needed",
        "Vous n'êtes pas connecté. Entrez le code de la régie.",
        "You are not logged in. Enter the control room's PIN.",
    )
}

fn foreign() -> Problem {
    Problem::operator(
        "foreign_origin",
        "Cette demande vient d'un autre site. Ouvrez la régie à son adresse.",
        "This request comes from another site. Open the control room at its own address.",
    )
}
