//! A connection to the studio, plain or over TLS.

use std::{io, path::PathBuf, time::Duration};

use rustls::pki_types::ServerName;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use crate::{
    protocol::{Fault, Problem},
    tls::{self, Wire},
};

/// For a connection to stand.
const PATIENCE: Duration = Duration::from_secs(5);

/// A studio's address.
pub struct Target {
    url: Url,
    host: Host<String>,
    port: u16,
    authority: Option<PathBuf>,
}

impl Target {
    /// From `http://…` or `https://…`, and the certificate to trust besides the machine's own.
    ///
    /// # Errors
    /// What isn't such an address.
    pub fn new(url: &str, authority: Option<PathBuf>) -> Result<Self, Problem> {
        let url: Url = url.parse().map_err(|_| bad_url(url))?;
        let known = matches!(url.scheme(), "http" | "https");
        match (url.host().map(|host| host.to_owned()), url.port_or_known_default()) {
            (Some(host), Some(port)) if known => Ok(Self { url, host, port, authority }),
            _ => Err(bad_url(url.as_str())),
        }
    }

    /// `host:port`, for the header `Host`.
    pub fn host_header(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The address of the control websocket.
    pub fn websocket(&self) -> String {
        let scheme = if self.encrypted() { "wss" } else { "ws" };
        format!("{scheme}://{}/api/control", self.host_header())
    }

    fn encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Connects.
    ///
    /// # Errors
    /// When nothing answers, or it isn't who it should be.
    pub async fn dial(&self) -> Result<Box<dyn Wire>, Problem> {
        let dialled = timeout(PATIENCE, self.try_dial()).await;
        dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|error| self.unreachable(&error))
    }

    async fn try_dial(&self) -> io::Result<Box<dyn Wire>> {
        let (host, name) = match &self.host {
            Host::Domain(name) => (name.clone(), ServerName::try_from(name.clone()).map_err(io::Error::other)?),
            Host::Ipv4(ip) => (ip.to_string(), ServerName::from(std::net::IpAddr::from(*ip))),
            Host::Ipv6(ip) => (ip.to_string(), ServerName::from(std::net::IpAddr::from(*ip))),
        };
        let stream = TcpStream::connect((host, self.port)).await?;
        stream.set_nodelay(true)?;
        if !self.encrypted() {
            return Ok(Box::new(stream));
        }
        let config = tls::client_config(self.authority.as_deref())?;
        Ok(Box::new(TlsConnector::from(config).connect(name, stream).await?))
    }

    /// Why there is no studio at this address.
    pub fn unreachable(&self, error: &dyn std::error::Error) -> Problem {
        let url = &self.url;
        Problem::new(
            "unreachable",
            Fault::OtherSide,
            format!(
                "Le studio ne répond pas à {url} ({error}). Est-il lancé ? Donnez son adresse : --url, et pour https son certificat : --authority."
            ),
            format!(
                "The studio does not answer at {url} ({error}). Is it running? Give its address: --url, and for https its certificate: --authority."
            ),
        )
    }
}

fn bad_url(url: &str) -> Problem {
    Problem::operator(
        "bad_url",
        format!("« {url} » n'est pas l'adresse d'un studio. Par exemple : --url https://192.168.1.20:8443"),
        format!("“{url}” is not the address of a studio. For example: --url https://192.168.1.20:8443"),
    )
}
