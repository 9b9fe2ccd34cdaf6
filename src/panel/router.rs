//! Every path, and the headers that every answer carries.

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};

use super::{
    App, Routes, access, archive, assets, audience, booth, control, live,
    patience::{Patience, answer_silence},
    people, probes, share, whip,
};

/// Scripts, styles and pictures are the studio's own; pictures may also be made in the page.
/// hls.js runs its parser in a worker made from a blob.
pub const POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
     connect-src 'self' ws: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// From one part of a request's body to the next.
const SILENCE: Duration = Duration::from_secs(20);

fn routes() -> Routes {
    Routes::new()
        .merge(access::routes())
        .merge(control::routes())
        .merge(archive::routes())
        .merge(live::routes())
        .merge(audience::routes())
        .merge(people::routes())
        .merge(probes::routes())
        .merge(whip::routes())
        .merge(booth::routes())
        .merge(share::routes())
}

/// Every path that is routed, in axum's form: `/api/clips/{clip}`. The methods that a path takes stand in
/// the `Allow` of its answer to any other. All other paths are files of the pages.
pub fn paths() -> Vec<&'static str> {
    routes().into_paths()
}

/// All routes.
pub fn router(app: App) -> Router {
    let patience = Patience { silence: SILENCE, language: app.language.clone() };
    routes()
        .into_router()
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(patience, answer_silence))
        .layer(middleware::from_fn(harden))
        .with_state(app)
}

/// Adds the protecting headers where a route has not set its own.
async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
