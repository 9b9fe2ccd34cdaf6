//! `POST /api/questions {"name","text"}`

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::viewer::Viewer;
use crate::{
    audience::{
        Late, clean,
        queue::{NAME, TEXT},
    },
    media::unix_ms,
    panel::{App, Routes, failure::Failure},
    protocol::{Problem, Text},
};

/// More than any question needs, bytes.
const BODY: usize = 8 * 1024;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/questions", post(ask)).layer(DefaultBodyLimit::max(BODY))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    name: String,
    text: String,
}

async fn ask(
    State(app): State<App>,
    Viewer(address): Viewer,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    // Counted before it is read: a flood of nonsense is a flood.
    app.studio.audience().gate.question(address, Instant::now()).map_err(|late| too_often(&app, late))?;
    let body = body.map_err(|_| app.failure(StatusCode::PAYLOAD_TOO_LARGE, too_long()))?;
    let asked = serde_json::from_slice::<Asked>(&body);
    let Asked { name, text } = asked.map_err(|_| app.failure(StatusCode::BAD_REQUEST, malformed()))?;
    // One more than allowed, so that what is too long is seen to be.
    let (name, text) = (clean::line(&name, NAME), clean::line(&text, TEXT + 1));
    if text.is_empty() {
        return Err(app.failure(StatusCode::BAD_REQUEST, empty()));
    }
    if clean::length(&text) > TEXT {
        return Err(app.failure(StatusCode::PAYLOAD_TOO_LARGE, too_long()));
    }
    let name = match name.is_empty() {
        true => Text::new("Anonyme", "Anonymous").get(&app.language).to_owned(),
        false => name,
    };
    let network = Text::new("page du direct", "live page");
    let id = app.studio.audience().intake.ask(name, text, network.get(&app.language), unix_ms());
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

fn too_often(app: &App, Late(wait): Late) -> Failure {
    let seconds = wait.as_secs() + 1;
    let problem = Problem::operator(
        "too_often",
        format!("Beaucoup de questions arrivent en même temps. Réessayez dans {seconds} s."),
        format!("Many questions come at once. Try again in {seconds} s."),
    );
    let failure = app.failure(StatusCode::TOO_MANY_REQUESTS, problem);
    failure.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

fn malformed() -> Problem {
    Problem::operator(
        "bad_question",
        "Une question s'envoie en JSON : {\"name\": \"…\", \"text\": \"…\"}.",
        "A question is sent as JSON: {\"name\": \"…\", \"text\": \"…\"}.",
    )
}

fn empty() -> Problem {
    Problem::operator("question_empty", "Écrivez d'abord votre question.", "Write your question first.")
}

fn too_long() -> Problem {
    Problem::operator(
        "question_too_long",
        format!("Votre question est trop longue : {TEXT} caractères au plus."),
        format!("Your question is too long: {TEXT} characters at most."),
    )
}
