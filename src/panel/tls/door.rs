//! Before TLS: who types the address without `https://` is shown the way.
//!
//! A TLS client speaks first, with byte 22; anything else is taken for a browser in plain HTTP and
//! sent to the same address with `https://`.

use std::{future::Future, io, pin::Pin, time::Duration};

use axum_server::{
    accept::Accept,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// First byte of a TLS connection: a handshake record.
const HANDSHAKE: u8 = 22;
/// For the first byte, and again for a whole plain request.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest plain request that is read, bytes.
const REQUEST: usize = 4096;

/// Accepts TLS, redirects plain HTTP.
#[derive(Clone)]
pub struct Door {
    tls: RustlsAcceptor,
}

impl Door {
    /// With the certificates of `config`.
    pub fn new(config: RustlsConfig) -> Self {
        Self { tls: RustlsAcceptor::new(config) }
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Door {
    type Stream = <RustlsAcceptor as Accept<TcpStream, S>>::Stream;
    type Service = <RustlsAcceptor as Accept<TcpStream, S>>::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, mut stream: TcpStream, service: S) -> Self::Future {
        let tls = self.tls.clone();
        Box::pin(async move {
            stream.set_nodelay(true)?;
            let mut first = [0];
            match timeout(PATIENCE, stream.peek(&mut first)).await?? {
                1 if first[0] == HANDSHAKE => tls.accept(stream, service).await,
                1 => {
                    timeout(PATIENCE, redirect(&mut stream)).await??;
                    Err(io::Error::new(io::ErrorKind::InvalidData, "plain HTTP, redirected"))
                }
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        })
    }
}

async fn redirect(stream: &mut TcpStream) -> io::Result<()> {
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while request.len() < REQUEST && !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut part).await? {
            0 => break,
            count => request.extend_from_slice(&part[..count]),
        }
    }
    let answer = match secured(&String::from_utf8_lossy(&request)) {
        Some(address) => format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {address}\r\n"),
        None => "HTTP/1.1 400 Bad Request\r\n".to_owned(),
    };
    let answer = format!("{answer}Content-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// The address that was asked for, with `https://`.
fn secured(request: &str) -> Option<String> {
    let mut lines = request.lines();
    let path = lines.next()?.split(' ').nth(1)?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    let (_, host) = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("host"))?;
    let host = host.trim();
    let in_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    let fits = !host.is_empty() && host.bytes().all(in_host);
    (fits && path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()))
        .then(|| format!("https://{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_leads_to_the_same_place() {
        let request = "GET /panel?x=1 HTTP/1.1\r\nAccept: */*\r\nhost: 192.168.1.20:8443\r\n\r\n";
        assert_eq!(secured(request).as_deref(), Some("https://192.168.1.20:8443/panel?x=1"));
        let request = "GET / HTTP/1.1\r\nHost: [fd00::1]:8443\r\n\r\n";
        assert_eq!(secured(request).as_deref(), Some("https://[fd00::1]:8443/"));
    }

    #[test]
    fn nonsense_leads_nowhere() {
        for request in [
            "",
            "GET / HTTP/1.1\r\n\r\n",
            "GET http://elsewhere/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a/@b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: \r\n\r\n",
        ] {
            assert_eq!(secured(request), None, "{request:?}");
        }
    }
}
