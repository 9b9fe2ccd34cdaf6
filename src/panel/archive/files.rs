//! `/clips/{clip}/…` and `/photos/{photo}/…`: plain files, with ranges, of what is public. Whoever is
//! logged in at the desk also sees what is not.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::words;
use crate::{
    archive::Medium,
    panel::{A_MOMENT, App, Routes, access::Caller, failure::Failure},
    protocol::Role,
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/clips/{clip}/{file}", get(clip)).route("/photos/{photo}/{file}", get(photo))
}

async fn clip(
    State(app): State<App>,
    Path((id, file)): Path<(String, String)>,
    caller: Result<Caller, Failure>,
    request: Request,
) -> Response {
    serve(&app, Medium::Clip, id, file, caller.ok(), request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn photo(
    State(app): State<App>,
    Path((id, file)): Path<(String, String)>,
    caller: Result<Caller, Failure>,
    request: Request,
) -> Response {
    serve(&app, Medium::Photo, id, file, caller.ok(), request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn serve(
    app: &App,
    medium: Medium,
    id: String,
    file: String,
    caller: Option<Caller>,
    request: Request,
) -> Result<Response, Failure> {
    let missing = app.failure(StatusCode::NOT_FOUND, words::unknown(&id));
    let desk = caller.is_some_and(|caller| caller.role >= Role::Animator);
    let Some(kind) = kind(&file) else { return Err(missing) };
    let place = words::ask(app, move |archive| archive.file(medium, &id, &file, desk));
    let Some((path, public)) = place.await else { return Err(missing) };
    let Ok(response) = ServeFile::new(path).oneshot(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        return Err(missing);
    }
    let mut response = response.map(Body::new);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    // What may be taken out of the catalogue at any moment stays nowhere for long.
    let caching = if public { A_MOMENT } else { "private, no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    Ok(response)
}

/// The files that are served, and as what.
fn kind(file: &str) -> Option<&'static str> {
    let captions = |name: &str| {
        let language = name.strip_prefix("captions.")?.strip_suffix(".vtt")?;
        language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-').then_some("text/vtt; charset=utf-8")
    };
    match file {
        "clip.mp4" => Some("video/mp4"),
        "poster.jpg" | "photo.jpg" => Some("image/jpeg"),
        "clip.json" => Some("application/ld+json; charset=utf-8"),
        name => captions(name),
    }
}
