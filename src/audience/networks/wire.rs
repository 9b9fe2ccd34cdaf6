//! Connections to networks, plain or over TLS, with what can go wrong in words.

use std::{
    error::Error,
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;
use url::Url;

use crate::{
    audience::connector::Ended,
    protocol::{Fault, Problem},
    tls::{self, Wire},
};

/// For a connection to stand, or for a piece to be written.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What the machine trusts; read once.
pub async fn trust() -> io::Result<Arc<ClientConfig>> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone());
    }
    let read = tokio::task::spawn_blocking(|| tls::client_config(None));
    let config = read.await.map_err(io::Error::other)??;
    Ok(CONFIG.get_or_init(|| config).clone())
}

/// Connects to the address's host, within [`PATIENCE`].
///
/// # Errors
/// As [`trouble`] tells them.
pub async fn dial(url: &Url, port: u16, encrypted: bool) -> io::Result<Box<dyn Wire>> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let dialled = timeout(PATIENCE, async {
        let stream = TcpStream::connect((host.as_str(), url.port().unwrap_or(port))).await?;
        stream.set_nodelay(true)?;
        if !encrypted {
            return Ok(Box::new(stream) as Box<dyn Wire>);
        }
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        let stream = TlsConnector::from(trust().await?).connect(name, stream).await?;
        Ok(Box::new(stream) as Box<dyn Wire>)
    });
    dialled.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// A client for web interfaces: bounded in time, and no redirect to another house.
///
/// # Errors
/// The machine's own trouble.
pub async fn client() -> io::Result<reqwest::Client> {
    let trust = trust().await?;
    let builder = reqwest::Client::builder().tls_backend_preconfigured((*trust).clone());
    let agent = concat!("OpenPlateau/", env!("CARGO_PKG_VERSION"));
    let builder = builder.user_agent(agent).connect_timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    builder.build().map_err(io::Error::other)
}

/// The body of an answer, if it is not longer than `longest` bytes.
///
/// # Errors
/// Longer, or cut off.
pub async fn body(mut answer: reqwest::Response, longest: usize) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(io::Error::other)? {
        if body.len() + piece.len() > longest {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the answer is too long"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// What went wrong on the way to `host`, for a person.
pub fn trouble(host: &str, error: &(dyn Error + 'static)) -> Ended {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        said = format!("{said}: {deeper}");
        cause = deeper.source();
    }
    let low = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
    let (code, fr, en) = if has(&["lookup", "resolve", "dns", "name or service"]) {
        (
            "dns_failed",
            format!("Le nom « {host} » est introuvable. Vérifiez-le ; sinon c'est l'accès à Internet qui manque."),
            format!("The name “{host}” cannot be found. Check it; else it is the way to the Internet that is missing."),
        )
    } else if has(&["certificate", "unknownissuer", "notvalidforname"]) {
        (
            "bad_certificate",
            format!(
                "Le certificat de « {host} » ne convient pas : rien n'est lu de là. Vérifiez l'adresse, et l'heure de cette machine."
            ),
            format!(
                "The certificate of “{host}” does not fit: nothing is read from there. Check the address, and this machine's clock."
            ),
        )
    } else if has(&["timed out", "timedout", "deadline"]) {
        (
            "no_answer",
            format!(
                "« {host} » accepte la connexion ou se tait : pas de réponse à temps. Le studio réessaie tout seul."
            ),
            format!("“{host}” says nothing: no answer in time. The studio tries again by itself."),
        )
    } else {
        (
            "chat_lost",
            format!("La liaison avec « {host} » est perdue ({said}). Le studio réessaie tout seul."),
            format!("The connection to “{host}” is lost ({said}). The studio tries again by itself."),
        )
    };
    Ended::lost(Problem::new(code, Fault::OtherSide, fr, en))
}
