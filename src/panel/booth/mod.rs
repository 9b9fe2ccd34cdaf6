//! `/api/booth/…`: the interview booth's tablet, and the desk's hand on it.
//!
//! The tablet holds a link of its own (a cookie that opens nothing but these routes), which an
//! animator's PIN gives it once. It can neither see nor touch what was sent.

mod desk;
mod mine;
mod tablet;
mod takes;

use axum::{
    extract::DefaultBodyLimit,
    http::StatusCode,
    routing::{delete, get, post, put},
};

use super::{App, Routes, aside::aside, failure::Failure};
use crate::booth::{LONGEST_CHUNK, Reason, Refusal};

/// More than any other request needs, bytes.
const BODY: usize = 64 * 1024;

/// The routes of this folder.
pub fn routes() -> Routes {
    let chunks = Routes::new()
        .route("/api/booth/takes/{take}/chunks/{index}", put(takes::chunk))
        .layer(DefaultBodyLimit::max(LONGEST_CHUNK));
    Routes::new()
        .route("/api/booth", get(tablet::about))
        .route("/api/booth/pair", post(tablet::pair).delete(tablet::close))
        .route("/api/booth/takes", post(takes::start))
        .route("/api/booth/takes/{take}", get(takes::progress).delete(takes::erase))
        .route("/api/booth/takes/{take}/finish", post(takes::finish))
        .route("/api/booth/takes/{take}/send", post(takes::send))
        .route("/api/booth/takes/{take}/recording", get(takes::watch))
        .route("/api/booth/mine", get(mine::look).delete(mine::take_back))
        .route("/api/booth/questions", get(desk::questions).put(desk::ask))
        .route("/api/booth/sent", get(desk::sent))
        .route("/api/booth/sent/{take}", delete(desk::remove))
        .route("/api/booth/sent/{take}/accept", post(desk::accept))
        .route("/api/booth/sent/{take}/interview.mp4", get(desk::interview))
        .layer(DefaultBodyLimit::max(BODY))
        .merge(chunks)
}

fn refused(app: &App, Refusal { reason, problem }: Refusal) -> Failure {
    let status = match reason {
        Reason::Bad => StatusCode::BAD_REQUEST,
        Reason::Unknown => StatusCode::NOT_FOUND,
        Reason::Conflict => StatusCode::CONFLICT,
        Reason::TooBig => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::WrongKind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Reason::Damaged => StatusCode::UNPROCESSABLE_ENTITY,
        Reason::Busy => StatusCode::TOO_MANY_REQUESTS,
        Reason::Disk => StatusCode::INSUFFICIENT_STORAGE,
    };
    app.failure(status, problem)
}

/// Work that blocks, off the async threads.
async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Failure> {
    aside(work).await.map_err(|refusal| refused(app, refusal))
}
