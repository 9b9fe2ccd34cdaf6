//! A problem as an HTTP answer: `{"error":{"code","message","fault","text"}}`.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::protocol::{Problem, ReplyError};

/// Why a request failed.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    error: Box<ReplyError>,
    header: Option<(HeaderName, HeaderValue)>,
}

#[derive(Serialize)]
struct Body {
    error: Box<ReplyError>,
}

impl Failure {
    /// `problem` told in `language`.
    pub fn new(status: StatusCode, problem: Problem, language: &str) -> Self {
        Self { status, error: Box::new(reply_error(problem, language)), header: None }
    }

    /// With one more header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some((name, value));
        self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Body { error: self.error })).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// A problem as it goes out, its `message` in `language`.
pub fn reply_error(problem: Problem, language: &str) -> ReplyError {
    let Problem { code, fault, text } = problem;
    ReplyError { code, message: text.get(language).to_owned(), fault, text }
}
