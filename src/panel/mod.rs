//! The way in: pages, the API, and the control websocket.
//!
//! ```text
//! bind ──► Bound ──► serve ──► router ──► access    PINs, tokens, who may
//!            │                    ├─────► control   the websocket: commands, events, pictures
//!            └─ tls: authority    ├─────► live      the programme for everybody, /live/…
//!               and its page      ├─────► share     its addresses, to scan
//!                                 ├─────► assets    the pages of web/
//!                                 └─────► probes    /healthz, /metrics, /api/kinds
//! ```
//! Nothing here holds state of the show: it asks [`Studio`], and forwards.

mod access;
mod assets;
mod bind;
mod control;
mod failure;
mod live;
mod probes;
mod router;
mod share;
mod tls;

pub use access::{Access, Admission, NewPins, Throttle};
pub use bind::{Bound, bind};
pub use tls::{AUTHORITY_FILE, provider as tls_provider};

use std::sync::Arc;

use axum::http::StatusCode;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::failure::Failure;
use crate::{protocol::Problem, studio::Studio};

/// What every route may use; cheap to clone.
#[derive(Clone)]
struct App {
    studio: Studio,
    access: Arc<Access>,
    /// The studio's language, of `message` in errors.
    language: Arc<str>,
    /// Served over TLS.
    secure: bool,
    /// Where it can be reached.
    addresses: Arc<Addresses>,
    /// Cancelled when the server ends.
    closing: CancellationToken,
    /// The open websockets.
    sockets: TaskTracker,
}

/// Under which addresses other machines reach the studio, the most likely first.
struct Addresses {
    /// `https://192.168.1.20:8443`
    urls: Vec<String>,
    /// Of the page that offers the authority; empty without one.
    authority: Vec<String>,
}

impl App {
    fn failure(&self, status: StatusCode, problem: Problem) -> Failure {
        Failure::new(status, problem, &self.language)
    }
}
