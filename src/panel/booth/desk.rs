//! What animators do with the booth: its questions, and what was sent.

use axum::{
    Json,
    extract::{Path, Request, State, rejection::JsonRejection},
    http::StatusCode,
    response::Response,
};
use serde::Serialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::{blocking, refused};
use crate::{
    booth::{Questions, Told},
    panel::{App, access::Caller, failure::Failure},
    protocol::{Problem, Role},
};

pub async fn questions(State(app): State<App>, caller: Caller) -> Result<Json<Questions>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let booth = app.booth.clone();
    blocking(&app, move || Ok(booth.questions())).await.map(Json)
}

pub async fn ask(
    State(app): State<App>,
    caller: Caller,
    questions: Result<Json<Questions>, JsonRejection>,
) -> Result<Json<Questions>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let Json(questions) = questions.map_err(|error| {
        let text = error.body_text();
        let problem = Problem::operator(
            "bad_json",
            format!("Les questions ne sont pas comprises : {text}"),
            format!("The questions are not understood: {text}"),
        );
        app.failure(StatusCode::BAD_REQUEST, problem)
    })?;
    let booth = app.booth.clone();
    blocking(&app, move || booth.ask(questions)).await.map(Json)
}

pub async fn sent(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Told>>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let booth = app.booth.clone();
    blocking(&app, move || Ok(booth.sent())).await.map(Json)
}

/// What the archive made of it.
#[derive(Serialize)]
pub struct Accepted {
    clip: String,
}

/// Into the archive.
pub async fn accept(
    State(app): State<App>,
    caller: Caller,
    Path(take): Path<String>,
) -> Result<Json<Accepted>, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let accepted = app.studio.accept_take(take).await;
    accepted.map(|clip| Json(Accepted { clip })).map_err(|refusal| refused(&app, refusal))
}

/// Erased, with all that the archive made of it.
pub async fn remove(State(app): State<App>, caller: Caller, Path(take): Path<String>) -> Result<StatusCode, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let erased = app.studio.erase_take(take).await;
    erased.map(|()| StatusCode::NO_CONTENT).map_err(|refusal| refused(&app, refusal))
}

pub async fn interview(
    State(app): State<App>,
    caller: Caller,
    Path(take): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let booth = app.booth.clone();
    let file = blocking(&app, move || booth.with(&take, |take| Ok(take.interview()))).await?;
    let Ok(answer) = ServeFile::new(file).oneshot(request).await;
    Ok(answer.map(axum::body::Body::new))
}
