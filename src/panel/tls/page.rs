//! The page in plain HTTP beside the studio: how a phone learns to trust it, and nothing else.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, Uri, header, uri},
    response::{Html, IntoResponse, Redirect},
    routing::get,
};

use super::Authority;

/// Nothing but its own text and style.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

#[derive(Clone)]
struct Page {
    authority: Arc<Authority>,
    https_port: u16,
}

/// The page, for a studio whose HTTPS is on `https_port`.
pub fn page(authority: Arc<Authority>, https_port: u16) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/authority.crt", get(certificate))
        .fallback(async || Redirect::to("/"))
        .with_state(Page { authority, https_port })
}

async fn certificate(State(page): State<Page>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"open-plateau.crt\""),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, page.authority.der().to_vec())
}

async fn show(State(page): State<Page>, uri: Uri, headers: HeaderMap) -> impl IntoResponse {
    let link = match host(&uri, &headers) {
        Some(host) => format!("https://{host}:{}/panel", page.https_port),
        None => format!("https://localhost:{}/panel", page.https_port),
    };
    let html = include_str!("page.html")
        .replace("{fingerprint}", &rows(&page.authority.fingerprint()))
        .replace("{link}", &link);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, Html(html))
}

/// The name under which the visitor found us; only letters that need no escaping.
fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let given = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority: uri::Authority = given.or(uri.authority().map(|a| a.as_str()))?.parse().ok()?;
    let host = authority.host();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    (!host.is_empty() && host.bytes().all(plain)).then(|| host.to_owned())
}

/// Four rows of eight pairs, to be compared by eye.
fn rows(fingerprint: &str) -> String {
    let pairs: Vec<_> = fingerprint.split(':').collect();
    pairs.chunks(8).map(|row| row.join(" ")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_leads_back_to_where_the_visitor_came_from() {
        let found = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(value))]);
            host(&Uri::from_static("/"), &headers)
        };
        assert_eq!(found("192.168.1.20:8444").as_deref(), Some("192.168.1.20"));
        assert_eq!(found("[fd00::1]:8444").as_deref(), Some("[fd00::1]"));
        assert_eq!(found("plateau.local").as_deref(), Some("plateau.local"));
        assert_eq!(found("\"><script>"), None);
        assert_eq!(found("a'onload=b:1"), None);
    }

    #[test]
    fn the_fingerprint_stands_in_four_rows() {
        let fingerprint = ["AB"; 32].join(":");
        assert_eq!(rows(&fingerprint), [["AB"; 8].join(" ").as_str(); 4].join("\n"));
    }
}
