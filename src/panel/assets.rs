//! The pages: what the build of web/ left in web/dist, inside the binary.

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};

use super::{App, failure::Failure};
use crate::{
    protocol::{Fault, Problem},
    tokens::hex,
};

/// Read from the disk in debug builds; empty in a checkout that has not built web/.
#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
#[allow_missing = true]
struct Dist;

/// Pages by their address, and the file that holds each.
const PAGES: [(&str, &str); 8] = [
    ("/", "watch.html"),
    ("/panel", "panel.html"),
    ("/panel/report", "report.html"),
    ("/participate", "participate.html"),
    ("/clock", "clock.html"),
    ("/booth", "booth.html"),
    ("/booth/mine", "mine.html"),
    ("/camera", "camera.html"),
];

/// Files whose name changes with their content.
const HASHED: &str = "assets/";

/// A page or a file of web/dist.
pub async fn serve(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Result<Response, Failure> {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Err(app.failure(StatusCode::NOT_FOUND, missing(uri.path())));
    }
    let page = PAGES.iter().find(|(path, _)| *path == uri.path());
    let name = page.map_or(uri.path().trim_start_matches('/'), |(_, file)| file);
    match Dist::get(name) {
        Some(file) => Ok(answer(name, file, &headers)),
        None if page.is_some() && Dist::iter().next().is_none() => {
            Err(app.failure(StatusCode::SERVICE_UNAVAILABLE, unbuilt()))
        }
        None => Err(app.failure(StatusCode::NOT_FOUND, missing(uri.path()))),
    }
}

/// A page by its file, for a route of its own.
pub fn page(app: &App, name: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let found = Dist::get(name).map(|file| answer(name, file, headers));
    found.ok_or_else(|| app.failure(StatusCode::SERVICE_UNAVAILABLE, unbuilt()))
}

fn answer(name: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag = format!("\"{}\"", hex(&hash[..16]));
    let caching = match name.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let common = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, caching.to_owned())];
    if knows(request, &tag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = file.metadata.mimetype();
    let kind = match kind.starts_with("text/") || kind.ends_with("javascript") || kind.ends_with("json") {
        true => format!("{kind}; charset=utf-8"),
        false => kind.to_owned(),
    };
    (common, [(header::CONTENT_TYPE, kind)], file.data).into_response()
}

/// The caller has what this tag stands for (`If-None-Match`).
pub fn knows(request: &HeaderMap, tag: &str) -> bool {
    let known = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|value| value.trim().trim_start_matches("W/") == tag)
}

fn missing(path: &str) -> Problem {
    Problem::operator(
        "not_found",
        format!("Il n'y a rien à l'adresse {path}."),
        format!("There is nothing at the address {path}."),
    )
}

fn unbuilt() -> Problem {
    Problem::new(
        "no_pages",
        Fault::Ours,
        "Ce programme a été construit sans ses pages : lancez « make run », qui les construit.",
        "This program was built without its pages: run “make run”, which builds them.",
    )
}
