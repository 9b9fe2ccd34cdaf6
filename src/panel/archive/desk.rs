//! `/api/archive/…`: files that people at the desk bring.

use axum::{
    Json,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Path, Query, State,
        rejection::{JsonRejection, QueryRejection},
    },
    http::StatusCode,
    routing::{patch, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::words;
use crate::{
    archive::{self, Record},
    panel::{App, Routes, access::Caller, failure::Failure},
    protocol::{ArchiveCommand, Problem, Role},
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .route("/api/archive/{clip}/captions/{language}", put(captions).delete(no_captions))
        .route("/api/archive/photos", post(photo))
        .route("/api/archive/{clip}", patch(update))
        .route("/api/archive/{clip}/publish", post(publish))
        .route("/api/archive/{clip}/hide", post(hide))
        .layer(DefaultBodyLimit::max(archive::LARGEST_PHOTO))
}

async fn captions(
    State(app): State<App>,
    Path((id, language)): Path<(String, String)>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let done = move |archive: &archive::Archive| archive.caption(&id, &language, Some(&body), false);
    change(&app, &caller, done).await
}

async fn no_captions(
    State(app): State<App>,
    Path((id, language)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Failure> {
    change(&app, &caller, move |archive| archive.caption(&id, &language, None, false)).await
}

async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    caller: Caller,
    body: Result<Json<archive::Update>, JsonRejection>,
) -> Result<Json<Value>, Failure> {
    let Ok(Json(update)) = body else {
        return Err(app.failure(StatusCode::BAD_REQUEST, words::bad_query()));
    };
    let command = ArchiveCommand::ClipUpdate(Box::new(archive::Update { clip: id.clone(), ..update }));
    carry_out(&app, &caller, id, command).await
}

async fn publish(
    State(app): State<App>,
    Path(id): Path<String>,
    question: Result<Query<Agreed>, QueryRejection>,
    caller: Caller,
) -> Result<Json<Value>, Failure> {
    let agreed = question.is_ok_and(|Query(Agreed { agreed })| agreed);
    carry_out(&app, &caller, id.clone(), ArchiveCommand::ClipPublish { clip: id, agreed }).await
}

async fn hide(State(app): State<App>, Path(id): Path<String>, caller: Caller) -> Result<Json<Value>, Failure> {
    carry_out(&app, &caller, id.clone(), ArchiveCommand::ClipHide { clip: id }).await
}

#[derive(Deserialize)]
struct Agreed {
    #[serde(default)]
    agreed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    #[serde(default)]
    title: String,
    author: Option<String>,
}

async fn photo(
    State(app): State<App>,
    described: Result<Query<Described>, QueryRejection>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let Ok(Query(Described { title, author })) = described else {
        return Err(app.failure(StatusCode::BAD_REQUEST, words::bad_query()));
    };
    let author = author.filter(|author| !author.trim().is_empty());
    change(&app, &caller, move |archive| archive.keep_photo(&body, &title, author.as_deref())).await
}

/// As the same command by the websocket: one door.
async fn carry_out(app: &App, caller: &Caller, id: String, command: ArchiveCommand) -> Result<Json<Value>, Failure> {
    let failed = |problem: Problem| app.failure(words::status(&problem), problem);
    app.studio.archive_command(caller.role, command).await.map_err(failed)?;
    words::work(app, move |archive| archive.record(&id)).await.map(|record| told(&record)).map_err(failed)
}

/// What a websocket is too small for. Carried out on a thread of its own, also when who asked has left.
async fn change(
    app: &App,
    caller: &Caller,
    change: impl FnOnce(&archive::Archive) -> Result<Record, Problem> + Send + 'static,
) -> Result<Json<Value>, Failure> {
    caller.at_least(Role::Animator, app)?;
    let changed = words::work(app, change).await;
    changed.map(|record| told(&record)).map_err(|problem| app.failure(words::status(&problem), problem))
}

fn told(record: &Record) -> Json<Value> {
    Json(json!({ "id": record.id, "title": record.title }))
}
