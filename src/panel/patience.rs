//! A request whose body stops coming is answered, and its connection closed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use tower_http::timeout::{TimeoutBody, TimeoutError};

use super::failure::Failure;
use crate::protocol::{Fault, Problem};

/// How long a body may be silent.
#[derive(Clone)]
pub struct Patience {
    /// From one part of the body to the next. However long an upload takes, it goes on while it sends.
    pub silence: Duration,
    /// Of the answer.
    pub language: Arc<str>,
}

/// Answers 408 where the body has been silent for too long.
pub async fn answer_silence(State(patience): State<Patience>, request: Request, next: Next) -> Response {
    let silent = Arc::new(AtomicBool::new(false));
    let (noted, version) = (Arc::clone(&silent), request.version());
    let request = request.map(|body| {
        Body::new(TimeoutBody::new(patience.silence, body).map_err(move |error| {
            noted.fetch_or(error.is::<TimeoutError>(), Ordering::Relaxed);
            error
        }))
    });
    let response = next.run(request).await;
    // What a route makes of half a body is not what has happened.
    if !silent.load(Ordering::Relaxed) {
        return response;
    }
    let failure = Failure::new(StatusCode::REQUEST_TIMEOUT, too_slow(), &patience.language);
    match version {
        Version::HTTP_2 => failure.into_response(),
        _ => failure.with_header(header::CONNECTION, HeaderValue::from_static("close")).into_response(),
    }
}

fn too_slow() -> Problem {
    Problem::new(
        "body_stalled",
        Fault::OtherSide,
        "L'envoi s'est arrêté en route. Vérifiez la connexion, puis recommencez.",
        "The upload has stopped on its way. Check the connection, then try again.",
    )
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Bytes, extract::rejection::BytesRejection, middleware, routing::post};
    use tokio::{sync::mpsc, time::sleep};
    use tokio_stream::wrappers::ReceiverStream;
    use tower::ServiceExt;

    use super::*;

    const SILENCE: Duration = Duration::from_secs(20);

    /// As most routes read a body.
    async fn length(body: Result<Bytes, BytesRejection>) -> Result<String, StatusCode> {
        body.map(|body| body.len().to_string()).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// Sends `count` bytes, `pause` before each, then nothing more or the end; the answer.
    async fn sent(count: usize, pause: Duration, ends: bool) -> Response {
        let patience = Patience { silence: SILENCE, language: "en".into() };
        let router =
            Router::new().route("/", post(length)).layer(middleware::from_fn_with_state(patience, answer_silence));
        let (bytes, body) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
        let sender = tokio::spawn(async move {
            for _ in 0..count {
                sleep(pause).await;
                if bytes.send(Ok(Bytes::from_static(b"x"))).await.is_err() {
                    return;
                }
            }
            if !ends {
                bytes.closed().await;
            }
        });
        let request = Request::post("/").body(Body::from_stream(ReceiverStream::new(body))).unwrap();
        let response = router.oneshot(request).await.unwrap();
        sender.abort();
        response
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_is_answered_after_its_time() {
        let began = tokio::time::Instant::now();
        let response = sent(1, Duration::ZERO, false).await;
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(response.headers()[header::CONNECTION], "close");
        let took = began.elapsed();
        assert!(took >= SILENCE && took < SILENCE + Duration::from_secs(1), "{took:?}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let error: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(error["error"]["code"], "body_stalled");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_upload_that_keeps_sending_is_taken() {
        let response = sent(30, SILENCE - Duration::from_secs(1), true).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "30");
    }
}
