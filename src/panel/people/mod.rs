//! The people's doors: proposing and signing without login but with a personal link, the set's clock,
//! and what the desk looks after.
//!
//! ```text
//! /api/participate/…   a citizen's phone      personal link (Bearer), or nothing for a proposal
//! /api/clock           the set's screen       nothing
//! /api/people/…        contacts, paper, QR    animator
//! /api/report…         who came, and why      animator
//! ```
//! What needs no login is limited: bodies by [`BODY`], requests by [`Limits`], proposals by number.

mod body;
mod clock;
mod day;
mod desk;
mod device;
mod export;
mod film;
mod limits;
mod link;
mod paper;
mod participate;
mod photo;
mod propose;
mod report;
mod status;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;

use self::{day::Day, limits::Limits};
use super::Routes;
use crate::studio::Studio;

/// The longest body, bytes: three drawn signatures.
const BODY: usize = 512 * 1024;

/// What these routes share.
pub struct Door {
    pub(super) day: Day,
    limits: Limits,
    tickets: film::Tickets,
}

impl Door {
    /// Follows the studio from now on.
    pub fn open(studio: &Studio) -> Arc<Self> {
        Arc::new(Self {
            day: Day::follow(studio.clone()),
            limits: Limits::default(),
            tickets: film::Tickets::default(),
        })
    }
}

/// The routes of this folder.
pub fn routes() -> Routes {
    Routes::new()
        .merge(propose::routes())
        .merge(photo::routes())
        .merge(participate::routes())
        .merge(device::routes())
        .merge(export::routes())
        .merge(film::routes())
        .merge(desk::routes())
        .merge(paper::routes())
        .merge(report::routes())
        .layer(DefaultBodyLimit::max(BODY))
        .merge(clock::routes())
}
