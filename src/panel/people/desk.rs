//! `/api/people/…`, `/api/errands`, `/api/visitors`: what the desk looks after. Animators and above.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{
    body::{fail, read},
    link::invitation,
    participate::forget,
};
use crate::{
    panel::{App, access::Caller, failure::Failure, scan::Scan},
    people::{Errand, File, Point, Signing},
    protocol::Role,
};

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
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
    let file = app.studio.people().file(&person).await.map_err(|problem| fail(&app, problem))?;
    forget(&app, &person, &file.segment).await?;
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

/// A paper form, entered here. The answer is the person's own link, to be given to them.
async fn paper(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Scan>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let signing: Signing = read(&app, body)?;
    let signed = app.studio.people().sign(&person, signing, Some(caller.role)).await;
    let token = signed.map_err(|problem| fail(&app, problem))?;
    app.studio.people_changed().await;
    Ok(Json(invitation(&app, &headers, &token)))
}

/// Somebody says at the desk that they no longer agree.
async fn withdraw(State(app): State<App>, caller: Caller, Path(person): Path<String>) -> Result<StatusCode, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let people = app.studio.people();
    let file = people.file(&person).await.map_err(|problem| fail(&app, problem))?;
    let language = app.language.to_string();
    let changed = people.withdraw(&person, Point::ALL.to_vec(), language).await;
    if changed.map_err(|problem| fail(&app, problem))? {
        app.studio.people_changed().await;
        app.studio.retract(&file.segment).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// An errand with the title of its segment.
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
    let title = |id: &str| now.segment(id).map_or_else(String::new, |segment| segment.title.clone());
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
