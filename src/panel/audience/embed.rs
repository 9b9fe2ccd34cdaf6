//! `/embed`: the player alone, for other people's pages.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    routing::get,
};

use crate::panel::{App, Routes, assets, failure::Failure, router::POLICY};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/embed", get(embed))
}

/// The one page that may stand in a frame: it takes no login and does nothing in anybody's name.
async fn embed(State(app): State<App>, request: HeaderMap) -> Result<Response, Failure> {
    let mut page = assets::page(&app, "watch.html", &request)?;
    let policy = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *");
    let policy = HeaderValue::try_from(policy).expect("a policy made of a constant");
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(page)
}
