//! The way in: pages, the API, and the control websocket.
//!
//! ```text
//! bind ──► Bound ──► serve ──► router ──► access    PINs, tokens, who may
//!            │                    ├─────► control   the websocket: commands, events, pictures
//!            └─ tls: authority    ├─────► live      the programme for everybody, /live/…
//!               and its page      ├─────► people    proposals, agreements, the clock, the report
//!                                 ├─────► assets    the pages of web/
//!                                 ├─────► whip      phones as cameras, /whip/…
//!                                 ├─────► booth     the interview booth, /api/booth/…
//!                                 ├─────► share     its addresses, to scan
//!                                 └─────► probes    /healthz, /metrics, /api/kinds
//! ```
//! Nothing here holds state of the show: it asks [`Studio`], and forwards.

mod access;
mod archive;
mod aside;
mod assets;
mod audience;
mod bind;
mod booth;
mod control;
mod failure;
mod live;
mod patience;
mod people;
mod places;
mod probes;
mod quota;
mod router;
mod routes;
mod scan;
mod share;
mod tls;
mod whip;

/// Of what shows or names people: a cache keeps it for five seconds and then asks again, so that what was
/// taken back is nowhere ten seconds later.
const A_MOMENT: &str = "public, max-age=5, must-revalidate";

pub use access::{Access, Admission, NewPins, Throttle};
pub use bind::{Bound, bind};
pub use router::paths;
pub use tls::AUTHORITY_FILE;
pub use whip::Links;

use std::sync::Arc;

use axum::http::StatusCode;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{failure::Failure, routes::Routes};
use crate::{booth::Booth, protocol::Problem, studio::Studio};

/// What every route may use; cheap to clone.
#[derive(Clone)]
struct App {
    studio: Studio,
    access: Arc<Access>,
    /// The studio's language, of `message` in errors.
    language: Arc<str>,
    /// Served over TLS.
    secure: bool,
    /// What is on, for everybody.
    board: audience::Board,
    /// Cancelled when the server ends.
    closing: CancellationToken,
    /// What the server waits for when it ends.
    sockets: TaskTracker,
    /// How many connections may stay open.
    quotas: Arc<quota::Quotas>,
    /// What the people's pages share.
    people: Arc<people::Door>,
    /// Personal links that the desk gave out.
    links: Arc<whip::Links>,
    /// Interviews that a tablet records alone.
    booth: Booth,
    /// Where the studio is reached.
    addresses: Arc<Addresses>,
}

/// Where the studio is reached from outside.
struct Addresses {
    /// `https://192.168.1.20:8443`, the most likely first.
    own: Vec<String>,
    /// Where its authority's certificate is offered.
    authority: Vec<String>,
    /// SHA-256 of that certificate.
    fingerprint: Option<String>,
}

impl App {
    fn failure(&self, status: StatusCode, problem: Problem) -> Failure {
        Failure::new(status, problem, &self.language)
    }
}
