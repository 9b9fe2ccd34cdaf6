//! `/api/people/…`, `/api/errands`, `/api/visitors`: what the desk looks after. Animators and above.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{
    body::{fail, read},
    link::invitation,
};
use crate::{
    panel::{App, Routes, access::Caller, failure::Failure, scan::Scan},
    people::{Errand, File, Point},
    protocol::Role,
    studio::Signed,
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .route("/api/people/{person}", get(file).delete(erase))
        .route("/api/people/{person}/link", post(link))
        .route("/api/people/{person}/sign", post(paper))
        .route("/api/people/{person}/withdraw", post(withdraw))
        .route("/api/errands", get(errands))
        .route("/api/errands/{errand}", post(errand))
        .route("/api/visitors", post(visitors))
}

async fn file(State(app): State<App>, caller: Caller, Path(person): Path<String>) -> Result<Json<File>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    app.studio.people().file(&person).await.map(Json).map_err(|problem| fail(&app, problem))
}

async fn erase(State(app): State<App>, caller: Caller, Path(person): Path<String>) -> Result<StatusCode, Failure> {
    caller.at_least(Role::Animator, &app)?;
    app.studio.erase(&person).await.map_err(|problem| fail(&app, problem))?;
    Ok(StatusCode::NO_CONTENT)
}

/// An invitation to sign, as an address and a QR code.
async fn link(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Scan>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let token = app.studio.people().new_link(&person, true).await.map_err(|problem| fail(&app, problem))?;
    Ok(Json(invitation(&app, &headers, &token)))
}

/// A paper form, entered here. The answer is the person's own link, to be given to them; 202 where the
/// agreement is kept and has not reached everything yet, which the desk's list of problems tells.
async fn paper(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Scan>), Failure> {
    caller.at_least(Role::Animator, &app)?;
    let signed = app.studio.sign(&person, read(&app, body)?, Some(caller.role), false).await;
    let Signed { token, finished } = signed.map_err(|problem| fail(&app, problem))?;
    let status = if finished.is_ok() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(invitation(&app, &headers, &token))))
}

/// Somebody says at the desk that they no longer agree.
async fn withdraw(State(app): State<App>, caller: Caller, Path(person): Path<String>) -> Result<StatusCode, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let withdrawn = app.studio.withdraw(&person, Point::ALL.to_vec(), app.language.to_string()).await;
    withdrawn.map_err(|problem| fail(&app, problem))?;
    Ok(StatusCode::NO_CONTENT)
}

/// An errand with the title of its segment; what had none goes by its id in the archive.
#[derive(Serialize)]
struct Titled {
    #[serde(flatten)]
    errand: Errand,
    title: String,
}

async fn errands(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Titled>>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let errands = app.studio.people().errands().await.map_err(|problem| fail(&app, problem))?;
    let now = app.people.day.now();
    let title = |id: &str| now.segment(id).map_or_else(|| id.to_owned(), |segment| segment.title.clone());
    Ok(Json(errands.into_iter().map(|errand| Titled { title: title(&errand.segment), errand }).collect()))
}

#[derive(Deserialize)]
struct Done {
    done: bool,
}

async fn errand(
    State(app): State<App>,
    caller: Caller,
    Path(errand): Path<i64>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let Done { done } = read(&app, body)?;
    app.studio.people().errand_done(errand, done).await.map_err(|problem| fail(&app, problem))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Visitors {
    count: i64,
}

/// Those who only look; anybody of the team may count.
async fn visitors(
    State(app): State<App>,
    _caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Failure> {
    let Visitors { count } = read(&app, body)?;
    app.studio.people().visitors(count).await.map_err(|problem| fail(&app, problem))?;
    Ok(StatusCode::NO_CONTENT)
}
