//! Addresses as codes that a camera reads.

use axum::http::{HeaderMap, header};
use qrcode::{QrCode, render::svg};
use serde::Serialize;

use super::App;

/// The least side of a code, in the drawing's own units; it scales.
const SIDE: u32 = 240;

/// An address and its code.
#[derive(Debug, Serialize)]
pub struct Scan {
    /// The address.
    pub url: String,
    /// SVG, black on white with the margin that scanners ask for.
    pub qr: String,
}

impl Scan {
    /// An address with its code; without one where it is longer than a code can hold, which no address
    /// of a machine is.
    pub fn of(url: String) -> Self {
        let drawn = QrCode::new(&url)
            .map(|code| code.render::<svg::Color<'_>>().min_dimensions(SIDE, SIDE).quiet_zone(true).build());
        // A page takes the drawing in, and an XML declaration has no place in a page.
        let qr = drawn.ok().and_then(|drawing| drawing.find("<svg").map(|start| drawing[start..].to_owned()));
        Self { url, qr: qr.unwrap_or_default() }
    }
}

/// The address under which whoever asks reaches the studio, unless that is good on this machine alone:
/// then the one that phones and tablets reach.
pub fn base(app: &App, headers: &HeaderMap) -> String {
    let scheme = if app.secure { "https" } else { "http" };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let good = |host: &&str| {
        let local = host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
        !local && host.len() <= 255 && host.chars().all(plain)
    };
    match host.filter(good) {
        Some(host) => format!("{scheme}://{host}"),
        None => app.addresses.own.first().cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_drawing_for_a_page() {
        let scan = Scan::of("https://192.168.1.20:8443/participate".into());
        assert!(scan.qr.starts_with("<svg") && scan.qr.trim_end().ends_with("</svg>"), "{}", scan.qr);
        let read = resvg::usvg::Tree::from_str(&scan.qr, &resvg::usvg::Options::default()).unwrap();
        assert!(read.size().width() >= SIDE as f32 && read.size().width() == read.size().height());
        assert_eq!(Scan::of("x".repeat(10_000)).qr, "");
    }
}
