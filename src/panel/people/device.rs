//! Which device a citizen signs on, so that the desk sees where one phone signs for a whole group; and how it forgets.
//!
//! A cookie of random bits, for a day, for the citizens' doors alone. It opens nothing. The studio keeps its hash
//! together with the segment: it cannot be told that somebody of another segment came with it.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::IntoResponse,
    routing::post,
};

use crate::{
    panel::{App, Routes, access::cookie},
    tokens,
};

/// The cookie's name.
const COOKIE: &str = "plateau_device";
/// How long a browser keeps it, seconds.
const LIFE: u32 = 24 * 3600;
/// Its random bytes, and their length once written.
const BYTES: usize = 16;

/// The route of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/participate/forget", post(forget))
}

/// Whatever the studio has put on this device of a citizen's pages is taken off it.
async fn forget(State(app): State<App>) -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, set(&app, "", 0))])
}

/// The device that somebody signs on.
pub struct Device {
    /// The random bits that it came with, or gets now.
    pub id: String,
    /// To be known again by.
    pub cookie: HeaderValue,
}

impl FromRequestParts<App> for Device {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let ours = |id: &&str| id.len() == 2 * BYTES && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let known = cookie(&parts.headers, COOKIE).filter(ours).map(str::to_owned);
        let id = known.unwrap_or_else(tokens::random::<BYTES>);
        Ok(Self { cookie: set(app, &id, LIFE), id })
    }
}

fn set(app: &App, id: &str, seconds: u32) -> HeaderValue {
    let secure = if app.secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={id}; Path=/api/participate; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&cookie).expect("hexadecimal and constants")
}
