//! Where a request without a login comes from: for its rate alone.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use crate::panel::App;

/// A viewer's address.
pub struct Viewer(pub IpAddr);

impl FromRequestParts<App> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        // Every server of ours tells; without, all are one viewer, and soon too many.
        let peer = peer.unwrap_or(IpAddr::from([0, 0, 0, 0])).to_canonical();
        let edge = &app.studio.audience().house.edge;
        let believed = peer.is_loopback() || edge.iter().any(|known| known.to_canonical() == peer);
        Ok(Self(if believed { forwarded(&parts.headers).unwrap_or(peer) } else { peer }))
    }
}

/// The last address of `X-Forwarded-For`: the one that our own cache wrote.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}
