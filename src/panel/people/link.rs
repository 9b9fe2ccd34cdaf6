//! Personal links: who holds one, and how one is handed on.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use qrcode::{QrCode, render::svg};
use serde::Serialize;

use super::{body::fail, limits::What};
use crate::{
    panel::{App, failure::Failure},
    people::Person,
    protocol::Problem,
};

/// Whoever holds the personal link that came as `Authorization: Bearer`.
pub struct Holder(pub Person);

impl FromRequestParts<App> for Holder {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        if let Ok(ConnectInfo(from)) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await {
            app.people.limits.admit(app, from.ip(), What::Own)?;
        }
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or("", |(_, token)| token.trim());
        app.studio.people().holder(token).await.map(Holder).map_err(|problem| fail(app, problem))
    }
}

/// A link to hand on.
#[derive(Serialize)]
pub struct Handed {
    /// The address; the secret is behind `#`, where no server and no log sees it.
    pub address: String,
    /// The same as a QR code.
    pub svg: String,
}

/// Where this studio is, as whoever asks knows it: the `Host` they used.
pub fn origin(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let host: String = host.chars().filter(|c| plain(*c)).take(255).collect();
    format!("{}://{host}", if app.secure { "https" } else { "http" })
}

/// A token as a link.
pub fn hand(origin: &str, token: &str) -> Result<Handed, Problem> {
    let address = format!("{origin}/participate#{token}");
    let code = QrCode::new(&address).map_err(|error| {
        Problem::operator(
            "no_qr",
            format!("Cette adresse ne tient pas dans un code QR ({error})."),
            format!("This address does not fit into a QR code ({error})."),
        )
    })?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build();
    Ok(Handed { address, svg })
}
