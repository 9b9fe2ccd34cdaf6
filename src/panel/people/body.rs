//! Bodies in and problems out.

use axum::{body::Bytes, extract::rejection::BytesRejection, http::StatusCode};
use serde::de::DeserializeOwned;

use crate::{
    panel::{App, failure::Failure},
    protocol::{Fault, Problem},
};

/// A body as JSON.
pub fn read<T: DeserializeOwned>(app: &App, body: Result<Bytes, BytesRejection>) -> Result<T, Failure> {
    let body = body.map_err(|_| app.failure(StatusCode::PAYLOAD_TOO_LARGE, too_big()))?;
    let mut deserializer = serde_json::Deserializer::from_slice(&body);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    read.map_err(|error| {
        let field: String = error.path().to_string().chars().take(60).collect();
        app.failure(StatusCode::BAD_REQUEST, bad_body(&field))
    })
}

/// A problem with the status that says most of it.
pub fn fail(app: &App, problem: Problem) -> Failure {
    let status = match problem.code.as_str() {
        "unknown_link" | "expired_link" => StatusCode::UNAUTHORIZED,
        "forbidden" => StatusCode::FORBIDDEN,
        "unknown_person" | "unknown_segment" | "unknown_errand" => StatusCode::NOT_FOUND,
        "text_changed" | "segment_on_air" | "segment_over" => StatusCode::CONFLICT,
        "busy" | "closing" | "withdrawal_unfinished" | "erasure_unfinished" | "answer_unfinished" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ if problem.fault == Fault::Ours => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    app.failure(status, problem)
}

fn bad_body(field: &str) -> Problem {
    Problem::operator(
        "bad_json",
        format!("La demande n'est pas lisible (champ « {field} »). Rechargez la page et recommencez."),
        format!("The request cannot be read (field “{field}”). Reload the page and try again."),
    )
}

fn too_big() -> Problem {
    Problem::operator(
        "too_big",
        "La demande est trop grande. Raccourcissez le texte, ou effacez la signature et recommencez.",
        "The request is too big. Shorten the text, or clear the signature and sign again.",
    )
}
