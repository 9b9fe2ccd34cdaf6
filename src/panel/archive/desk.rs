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
    archive::{self, Publication, Record},
    panel::{App, Routes, access::Caller, failure::Failure},
    protocol::{Problem, Role},
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
    change(&app, &caller, move |archive| archive.update(archive::Update { clip: id, ..update })).await
}

async fn publish(
    State(app): State<App>,
    Path(id): Path<String>,
    question: Result<Query<Agreed>, QueryRejection>,
    caller: Caller,
) -> Result<Json<Value>, Failure> {
    let agreed = question.is_ok_and(|Query(Agreed { agreed })| agreed);
    change(&app, &caller, move |archive| archive.publish(&id, agreed)).await
}

async fn hide(State(app): State<App>, Path(id): Path<String>, caller: Caller) -> Result<Json<Value>, Failure> {
    change(&app, &caller, move |archive| archive.hide(&id)).await
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
    #[serde(default)]
    author: String,
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
    change(&app, &caller, move |archive| archive.add_photo(&body, &title, &author, Publication::default(), None)).await
}

async fn change(
    app: &App,
    caller: &Caller,
    change: impl FnOnce(&archive::Archive) -> Result<Record, Problem> + Send + 'static,
) -> Result<Json<Value>, Failure> {
    caller.at_least(Role::Animator, app)?;
    match words::work(app, change).await {
        Ok(record) => Ok(Json(json!({ "id": record.id, "title": record.title }))),
        Err(problem) => {
            let status = match problem.code.as_str() {
                "unknown_clip" => StatusCode::NOT_FOUND,
                "clip_unwritable" => StatusCode::INSUFFICIENT_STORAGE,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Err(app.failure(status, problem))
        }
    }
}
