//! What the routes of this folder share.

use axum::http::StatusCode;
use tokio::sync::Semaphore;

use crate::{
    archive::{Archive, PublicRecord},
    panel::{App, aside::aside, failure::Failure},
    protocol::{Fault, Problem},
};

/// Questions that the public may have answered at a time; more wait.
static TURNS: Semaphore = Semaphore::const_new(6);

/// Asks the archive for the public, on a thread that may block.
pub async fn ask<T: Send + 'static>(app: &App, ask: impl FnOnce(&Archive) -> T + Send + 'static) -> T {
    // Nobody ever closes it.
    let _turn = TURNS.acquire().await;
    work(app, ask).await
}

/// Works with the archive on a thread that may block.
pub async fn work<T: Send + 'static>(app: &App, ask: impl FnOnce(&Archive) -> T + Send + 'static) -> T {
    let archive = app.studio.archive().clone();
    aside(move || ask(&archive)).await
}

/// A record that everybody may see.
pub async fn public_record(app: &App, id: String) -> Result<PublicRecord, Failure> {
    let asked = id.clone();
    let record = ask(app, move |archive| archive.public(&asked)).await;
    record.ok_or_else(|| app.failure(StatusCode::NOT_FOUND, unknown(&id)))
}

/// The same for all that nobody may know of: not there.
pub fn unknown(id: &str) -> Problem {
    let id: String = id.chars().take(100).collect();
    Problem::new(
        "unknown_clip",
        Fault::OtherSide,
        format!("« {id} » n'est pas dans le catalogue. Cherchez-le depuis /archive."),
        format!("“{id}” is not in the catalogue. Look for it from /archive."),
    )
}

/// How a problem of the archive is answered.
pub fn status(problem: &Problem) -> StatusCode {
    match problem.code.as_str() {
        "unknown_clip" => StatusCode::NOT_FOUND,
        "forbidden" => StatusCode::FORBIDDEN,
        "record_damaged" => StatusCode::CONFLICT,
        "bad_template" => StatusCode::INTERNAL_SERVER_ERROR,
        "clip_unwritable" => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A question that cannot be read.
pub fn bad_query() -> Problem {
    Problem::new(
        "bad_query",
        Fault::OtherSide,
        "Cette recherche n'est pas lisible. Repartez de /archive.",
        "This search cannot be read. Start again from /archive.",
    )
}
