//! A take, from its signature to its sending.

use axum::{
    Json,
    body::Bytes,
    extract::{
        Path, Request, State,
        rejection::{BytesRejection, JsonRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::{blocking, tablet::Tablet};
use crate::{
    booth::{LONGEST_CHUNK, Progress, Signed, Start},
    panel::{
        App,
        failure::Failure,
        scan::{self, Scan},
    },
    protocol::{Fault, Problem},
};

/// The whole recording's hash, as the tablet made it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whole {
    sha256: String,
}

pub async fn start(
    State(app): State<App>,
    _tablet: Tablet,
    signed: Result<Json<Signed>, JsonRejection>,
) -> Result<(StatusCode, Json<Start>), Failure> {
    let Json(signed) = signed.map_err(|error| malformed(&app, &error))?;
    let booth = app.booth.clone();
    let start = blocking(&app, move || booth.start(signed)).await?;
    Ok((StatusCode::CREATED, Json(start)))
}

pub async fn progress(
    State(app): State<App>,
    _tablet: Tablet,
    Path(take): Path<String>,
) -> Result<Json<Progress>, Failure> {
    let booth = app.booth.clone();
    blocking(&app, move || booth.progress(&take)).await.map(Json)
}

pub async fn chunk(
    State(app): State<App>,
    _tablet: Tablet,
    Path((take, index)): Path<(String, u32)>,
    data: Result<Bytes, BytesRejection>,
) -> Result<Json<Progress>, Failure> {
    let data = data.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => app.failure(StatusCode::PAYLOAD_TOO_LARGE, too_big()),
        _ => app.failure(StatusCode::BAD_REQUEST, cut_off()),
    })?;
    let booth = app.booth.clone();
    blocking(&app, move || booth.chunk(&take, index, &data)).await.map(Json)
}

pub async fn finish(
    State(app): State<App>,
    _tablet: Tablet,
    Path(take): Path<String>,
    whole: Result<Json<Whole>, JsonRejection>,
) -> Result<Json<Progress>, Failure> {
    let Json(Whole { sha256 }) = whole.map_err(|error| malformed(&app, &error))?;
    let booth = app.booth.clone();
    blocking(&app, move || booth.finish(&take, &sha256)).await.map(Json)
}

/// Converted in the background from then on; its person takes their link along, as a code.
pub async fn send(
    State(app): State<App>,
    _tablet: Tablet,
    Path(take): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Scan>), Failure> {
    let booth = app.booth.clone();
    let (sending, runtime) = (booth.clone(), tokio::runtime::Handle::current());
    // Also when the tablet does not wait for the answer.
    let send = move || {
        let token = sending.send(&take)?;
        runtime.spawn(async move { booth.convert_waiting().await });
        Ok(token)
    };
    let token = blocking(&app, send).await?;
    // Behind a `#`, so that it reaches no log.
    Ok((StatusCode::ACCEPTED, Json(Scan::of(format!("{}/booth/mine#{token}", scan::base(&app, &headers))))))
}

pub async fn erase(State(app): State<App>, _tablet: Tablet, Path(take): Path<String>) -> Result<StatusCode, Failure> {
    let booth = app.booth.clone();
    blocking(&app, move || booth.erase(&take)).await.map(|()| StatusCode::NO_CONTENT)
}

/// The person watches what they recorded.
pub async fn watch(
    State(app): State<App>,
    _tablet: Tablet,
    Path(take): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let booth = app.booth.clone();
    let (file, kind) = blocking(&app, move || booth.recording(&take)).await?;
    let Ok(answer) = ServeFile::new(file).oneshot(request).await;
    let mut answer = answer.map(axum::body::Body::new);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(answer)
}

fn malformed(app: &App, error: &JsonRejection) -> Failure {
    let status = error.status();
    app.failure(
        if status == StatusCode::PAYLOAD_TOO_LARGE { status } else { StatusCode::BAD_REQUEST },
        Problem::new(
            "bad_json",
            Fault::OtherSide,
            format!("La demande n'est pas comprise : {}", error.body_text()),
            format!("The request is not understood: {}", error.body_text()),
        ),
    )
}

fn too_big() -> Problem {
    let most = LONGEST_CHUNK >> 20;
    Problem::new(
        "too_big",
        Fault::OtherSide,
        format!("Ce morceau d'enregistrement dépasse {most} Mo."),
        format!("This piece of the recording is larger than {most} MB."),
    )
}

fn cut_off() -> Problem {
    Problem::new(
        "cut_off",
        Fault::OtherSide,
        "L'envoi a été coupé au milieu : rien n'en est gardé, renvoyez ce morceau.",
        "The upload was cut in the middle: nothing of it is kept, send this piece again.",
    )
}
