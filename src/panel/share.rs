//! `GET /api/share`: the addresses under which tablets and phones reach this studio, each with the
//! code that a camera reads.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use qrcode::{QrCode, render::svg};
use serde::Serialize;

use super::{App, access::Caller, failure::Failure};
use crate::protocol::{Problem, Role};

/// The least side of a code, in the drawing's own units; it scales.
const SIDE: u32 = 240;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new().route("/api/share", get(share))
}

/// An address and its code.
#[derive(Debug, Serialize)]
struct Door {
    url: String,
    /// SVG, black on white with the margin that scanners ask for.
    qr: String,
}

#[derive(Debug, Serialize)]
struct Doors {
    /// For those who run the show.
    panel: Door,
    /// For citizens.
    participate: Door,
    /// For viewers.
    watch: Door,
    /// Where the studio's own authority is offered, which phones need once; null: none is needed.
    certificate: Option<Door>,
}

async fn share(State(app): State<App>, caller: Caller) -> Result<Json<Doors>, Failure> {
    if caller.role < Role::Animator {
        return Err(app.failure(StatusCode::FORBIDDEN, forbidden()));
    }
    let door = |url: String| door(url).ok_or_else(|| app.failure(StatusCode::INTERNAL_SERVER_ERROR, too_long()));
    let base = app.addresses.own.first().map_or("", String::as_str);
    Ok(Json(Doors {
        panel: door(format!("{base}/panel"))?,
        participate: door(format!("{base}/participate"))?,
        watch: door(format!("{base}/"))?,
        certificate: app.addresses.authority.first().map(|url| door(format!("{url}/"))).transpose()?,
    }))
}

/// `None`: longer than a code can hold, which no address of a machine is.
fn door(url: String) -> Option<Door> {
    let code = QrCode::new(&url).ok()?;
    let drawing = code.render::<svg::Color<'_>>().min_dimensions(SIDE, SIDE).quiet_zone(true).build();
    // A page takes the drawing in, and an XML declaration has no place in a page.
    let qr = drawing.find("<svg").map(|start| drawing[start..].to_owned())?;
    Some(Door { url, qr })
}

fn forbidden() -> Problem {
    Problem::operator(
        "forbidden",
        "Votre code ne permet pas cela. Connectez-vous avec un autre code.",
        "Your PIN does not allow this. Log in with another one.",
    )
}

fn too_long() -> Problem {
    Problem::new(
        "address_too_long",
        crate::protocol::Fault::Ours,
        "L'adresse du studio ne tient pas dans un code à scanner. Dictez-la.",
        "The studio's address does not fit into a code to scan. Read it out.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_has_a_drawing_for_a_page() {
        let door = door("https://192.168.1.20:8443/participate".into()).unwrap();
        assert!(door.qr.starts_with("<svg") && door.qr.trim_end().ends_with("</svg>"), "{}", door.qr);
        let read = resvg::usvg::Tree::from_str(&door.qr, &resvg::usvg::Options::default()).unwrap();
        assert!(read.size().width() >= SIDE as f32 && read.size().width() == read.size().height());
        assert!(super::door("x".repeat(10_000)).is_none());
    }
}
