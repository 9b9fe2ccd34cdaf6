//! Who calls: the holder of a personal link, or somebody of the desk.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
};

use super::links::{Purpose, hash};
use crate::{
    capture::phone::Holder,
    panel::{
        App,
        access::TokenHash,
        failure::Failure,
    },
    protocol::{Problem, Role},
};

/// Somebody who may send a picture. The token comes as `Authorization: Bearer` (RFC 9725, 4.2).
#[derive(Debug, Clone)]
pub struct Guest {
    /// Tells one token's holder from another's.
    pub holder: Holder,
    /// The only slot it may fill; `None`: any.
    slot: Option<String>,
}

impl Guest {
    /// # Errors
    /// When the link is another slot's.
    pub fn may_fill(&self, app: &App, slot: &str) -> Result<(), Failure> {
        match &self.slot {
            Some(own) if own != slot => Err(app.failure(StatusCode::FORBIDDEN, another_slot())),
            _ => Ok(()),
        }
    }

    /// The slot that is meant: its own, else the one asked for.
    ///
    /// # Errors
    /// None is meant, or another's.
    pub fn slot(&self, app: &App, asked: Option<&str>) -> Result<String, Failure> {
        let slot = asked.or(self.slot.as_deref()).ok_or_else(|| app.failure(StatusCode::BAD_REQUEST, no_slot()))?;
        self.may_fill(app, slot)?;
        Ok(slot.to_owned())
    }
}

impl FromRequestParts<App> for Guest {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let shown = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = shown.and_then(|value| value.split_once(' ')).filter(|(way, _)| way.eq_ignore_ascii_case("bearer"));
        token.and_then(|(_, token)| find(app, token.trim())).ok_or_else(|| {
            let failure = app.failure(StatusCode::UNAUTHORIZED, unknown());
            failure.with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        })
    }
}

fn find(app: &App, token: &str) -> Option<Guest> {
    if let Some(Purpose::Camera(slot)) = app.links.opens(token) {
        return Some(Guest { holder: hash(token), slot: Some(slot) });
    }
    let role = app.access.role(&TokenHash::of(token))?;
    (role >= Role::Animator).then(|| Guest { holder: hash(token), slot: None })
}

fn unknown() -> Problem {
    Problem::operator(
        "link_needed",
        "Ce lien n'est pas valable, ou plus. Demandez-en un nouveau à l'animateur.",
        "This link is not valid, or no longer. Ask the host for a new one.",
    )
}

fn another_slot() -> Problem {
    Problem::operator(
        "another_slot",
        "Ce lien est celui d'une autre place. Demandez un nouveau lien à l'animateur.",
        "This link belongs to another place. Ask the host for a new link.",
    )
}

fn no_slot() -> Problem {
    Problem::operator("no_slot", "Il manque la place : `?slot=…`.", "The place is missing: `?slot=…`.")
}
