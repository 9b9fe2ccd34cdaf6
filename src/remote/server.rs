//! The port: who is let in, and in which form.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use nix::sys::socket::{setsockopt, sockopt};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    accept_hdr_async_with_config,
    tungstenite::{
        handshake::server::{ErrorResponse, Request, Response},
        http::{HeaderMap, HeaderValue, StatusCode, header},
        protocol::WebSocketConfig,
    },
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{codec::Codec, desk::Desk, session};
use crate::{
    config::{ObsWebsocket, Secret},
    descriptors::{Place, Places},
    panel::Throttle,
    protocol::{Fault, Problem},
    studio::Studio,
};

/// Remotes at a time.
const SESSIONS: usize = 64;
/// For the websocket's handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The longest message that is read, bytes: a batch of some hundred requests.
const LONGEST: usize = 1 << 20;
/// Seconds of silence after which the kernel asks whether the other side is still there; two more
/// questions later it is not. Not by pings: a client that only reads when it has asked something
/// never answers one.
const IDLE: u32 = 30;

/// Holds the port.
pub struct Bound {
    listener: TcpListener,
    password: Option<Secret>,
}

/// What every session needs.
pub(super) struct House {
    /// The show.
    pub studio: Studio,
    /// What remotes share.
    pub desk: Arc<Desk>,
    /// Asked of each, if there is one.
    pub password: Option<Secret>,
    /// Wrong passwords, by address.
    pub throttle: Mutex<Throttle>,
    /// The studio ends.
    pub closing: CancellationToken,
}

impl House {
    /// Who failed how often.
    pub fn throttle(&self) -> std::sync::MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the port of `[obs_websocket]`. Blocking.
///
/// # Errors
/// It is busy or forbidden, or this machine does not have the address.
pub fn bind(config: ObsWebsocket) -> Result<Bound, Problem> {
    let open = || {
        let listener = TcpListener::bind(config.listen)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    let listener = open().map_err(|error| refused(config.listen, &error))?;
    Ok(Bound { listener, password: config.password })
}

impl Bound {
    /// Serves until `closing`, then says goodbye: within one second. Connections take their `places`.
    pub async fn serve(self, studio: Studio, places: Places, closing: CancellationToken) {
        let listener = match tokio::net::TcpListener::from_std(self.listener) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!(%error, "no remotes"),
        };
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, password = self.password.is_some(), "remotes welcome (obs-websocket)");
        }
        let sessions = TaskTracker::new();
        let house = Arc::new(House {
            studio,
            desk: Arc::new(Desk::new()),
            password: self.password,
            throttle: Mutex::default(),
            closing: closing.clone(),
        });
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted,
                () = closing.cancelled() => break,
            };
            match stream {
                // Above the limit a client finds the door closing at once.
                Ok(_) if sessions.len() >= SESSIONS => {}
                Ok((stream, peer)) => {
                    if let Some(place) = places.take() {
                        sessions.spawn(welcome(house.clone(), stream, peer.ip(), place));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a remote was not let in");
                    // Out of descriptors, most likely: let some go.
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
        sessions.close();
        let _ = timeout(Duration::from_millis(900), sessions.wait()).await;
    }
}

async fn welcome(house: Arc<House>, stream: TcpStream, peer: IpAddr, _place: Place) {
    // Without these it works too, only later.
    let _ = stream.set_nodelay(true);
    let _ = setsockopt(&stream, sockopt::KeepAlive, &true);
    let _ = setsockopt(&stream, sockopt::TcpKeepIdle, &IDLE);
    let _ = setsockopt(&stream, sockopt::TcpKeepInterval, &10);
    let _ = setsockopt(&stream, sockopt::TcpKeepCount, &3);
    let mut codec = Codec::default();
    let open = house.password.is_none();
    let limits = WebSocketConfig::default().max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
    #[allow(clippy::result_large_err, reason = "tungstenite's own type")]
    let callback = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        if open && foreign(request.headers()) {
            return Err(forbidden());
        }
        let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
        if let Some((chosen, name)) = offered.iter().find_map(|value| Codec::choose(value.to_str().ok()?)) {
            codec = chosen;
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(name));
        }
        Ok(response)
    };
    match timeout(HANDSHAKE, accept_hdr_async_with_config(stream, callback, Some(limits))).await {
        Ok(Ok(socket)) => session::run(&house, socket, codec, peer).await,
        Ok(Err(error)) => tracing::debug!(%error, "no websocket"),
        Err(_) => tracing::debug!("a remote that never said what it wants"),
    }
}

/// A page of some site, opened on this machine or another: where no password is asked, any page
/// could reach the port through its reader's browser. Programs send no `Origin`, or this machine's.
fn foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let host = origin.to_str().ok().and_then(|origin| url::Url::parse(origin).ok());
    match host.as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name != "localhost",
        Some(url::Host::Ipv4(address)) => !address.is_loopback(),
        Some(url::Host::Ipv6(address)) => !address.is_loopback(),
        None => true,
    }
}

fn forbidden() -> ErrorResponse {
    let body = "Give [obs_websocket] a password, and pages of other sites may connect with it.\n";
    let mut response = ErrorResponse::new(Some(body.into()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

fn refused(listen: SocketAddr, error: &io::Error) -> Problem {
    Problem::new(
        "obs_websocket_port",
        Fault::Operator,
        format!(
            "[obs_websocket] ne peut pas écouter sur {listen} ({error}). OBS ou un autre studio s'en sert peut-être : donnez une autre adresse à `listen`, ou arrêtez-le."
        ),
        format!(
            "[obs_websocket] cannot listen on {listen} ({error}). Perhaps OBS or another studio uses it: give `listen` another address, or stop it."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_are_foreign_and_programs_are_not() {
        let from = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
            foreign(&headers)
        };
        assert!(!foreign(&HeaderMap::new()));
        for origin in ["http://localhost:3000", "http://127.0.0.1:4455", "https://[::1]"] {
            assert!(!from(origin), "{origin}");
        }
        for origin in ["https://evil.example", "http://localhost.evil.example", "null", "http://192.168.1.4", "%"] {
            assert!(from(origin), "{origin}");
        }
    }

    #[test]
    fn a_busy_port_is_told_before_the_show() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = ObsWebsocket { listen: taken.local_addr().unwrap(), password: None };
        assert_eq!(bind(config).err().unwrap().code, "obs_websocket_port");
    }
}
