//! A connection to the studio, plain or over TLS.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use crate::{
    panel::tls_provider,
    protocol::{Fault, Problem},
};

/// For a connection to stand.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes both ways.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

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
        let config = client_config(self.authority.as_deref())?;
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

fn client_config(authority: Option<&Path>) -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = authority {
        let certificate = CertificateDer::from_pem_file(file)
            .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
        roots.add(certificate).map_err(io::Error::other)?;
    }
    let builder = ClientConfig::builder_with_provider(tls_provider()).with_safe_default_protocol_versions();
    let config = builder.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}

fn bad_url(url: &str) -> Problem {
    Problem::operator(
        "bad_url",
        format!("« {url} » n'est pas l'adresse d'un studio. Par exemple : --url https://192.168.1.20:8443"),
        format!("“{url}” is not the address of a studio. For example: --url https://192.168.1.20:8443"),
    )
}
