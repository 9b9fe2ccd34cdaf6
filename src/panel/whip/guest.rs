//! Who calls: the holder of a personal link, or somebody of the desk. Whether they may is asked of
//! [`Admitted`].

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
};

use super::{admission::Admitted, links::Purpose};
use crate::{
    capture::phone::Holder,
    panel::{
        App,
        access::{TokenHash, bearer},
        failure::Failure,
    },
    protocol::{Problem, Role},
    tokens::sha256,
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

    /// Admits the guest to the slot that is meant: its own, else the one asked for, else the first that is
    /// free.
    ///
    /// # Errors
    /// Another's is meant; none is free; as [`Admitted::new`].
    pub async fn admitted(self, app: &App, asked: Option<&str>) -> Result<Admitted, Failure> {
        let meant = asked.or(self.slot.as_deref()).map(str::to_owned);
        let slot = match meant {
            Some(slot) => slot,
            None => app
                .studio
                .phones()
                .free(&self.holder)
                .await
                .ok_or_else(|| app.failure(StatusCode::CONFLICT, none_free()))?,
        };
        Admitted::new(app, self, &slot)
    }
}

impl FromRequestParts<App> for Guest {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let guest = match bearer(&parts.headers) {
            Some(token) => find(app, token).await,
            None => None,
        };
        guest.ok_or_else(|| {
            let failure = app.failure(StatusCode::UNAUTHORIZED, unknown());
            failure.with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        })
    }
}

async fn find(app: &App, token: &str) -> Option<Guest> {
    if let Some(Purpose::Camera(slot)) = app.links.opens(token) {
        return Some(Guest { holder: Holder::Link(sha256(token)), slot: Some(slot) });
    }
    if let Some(role) = app.access.role(&TokenHash::of(token)) {
        return (role >= Role::Animator).then(|| Guest { holder: Holder::Desk(sha256(token)), slot: None });
    }
    // A participant's own link opens whatever place is free, when it is their turn.
    let person = app.studio.people().person_of(token).await?;
    Some(Guest { holder: Holder::Person(person.id), slot: None })
}

pub fn unknown() -> Problem {
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

fn none_free() -> Problem {
    Problem::operator(
        "no_slot_free",
        "Toutes les places pour téléphones sont prises, ou il n'y en a pas. Demandez à l'animateur.",
        "All places for phones are taken, or there are none. Ask the host.",
    )
}
