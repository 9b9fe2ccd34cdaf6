//! `POST /whip/{slot}`: a phone calls (RFC 9725, section 4.2).

use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use percent_encoding::percent_decode_str;

use super::{BODY, Guest, admission::Admitted, refused};
use crate::{
    capture::phone::{Caller, Offer, Phones, Refusal},
    config::Webrtc,
    media::unix_ms,
    panel::{App, failure::Failure},
    protocol::{Fault, Problem},
    tokens::random,
};

/// The camera page's name for its phone (other clients need not say).
const DEVICE: &str = "plateau-device";
/// The camera page tries again by itself.
const AGAIN: &str = "plateau-again";
/// An offer's type.
pub const SDP: &str = "application/sdp";

pub async fn call(
    State(app): State<App>,
    guest: Guest,
    Path(slot): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let phones = app.studio.phones();
    let Admitted { holder, .. } = Admitted::new(&app, guest, &slot)?;
    if phones.label(&slot).is_none() {
        return Err(refused(&app, Refusal::no_slot(&slot)));
    }
    let body = body.map_err(|_| app.failure(StatusCode::PAYLOAD_TOO_LARGE, too_long()))?;
    if !is(&headers, SDP) {
        return Err(app.failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, wrong_type(SDP)));
    }
    let offer = Offer::read(&String::from_utf8_lossy(&body)).map_err(|refusal| refused(&app, refusal))?;
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = Caller {
        holder,
        device: said(DEVICE).map(|device| device.chars().take(64).collect()),
        again: said(AGAIN).is_some(),
    };
    let answer = phones.call(&slot, caller, offer).await.map_err(|refusal| refused(&app, refusal))?;
    let mut response = (StatusCode::CREATED, answer.sdp).into_response();
    let header = |text: String| HeaderValue::try_from(text).ok();
    let own = [
        (header::CONTENT_TYPE, Some(HeaderValue::from_static(SDP))),
        (header::LOCATION, header(format!("/whip/{slot}/{}", answer.session))),
        (header::ETAG, header(format!("\"{}\"", answer.session))),
        (header::HeaderName::from_static("accept-patch"), Some(HeaderValue::from_static(super::session::FRAGMENT))),
    ];
    for (name, value) in own {
        if let Some(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
    servers(phones).for_each(|link| _ = response.headers_mut().append(header::LINK, link));
    Ok(response)
}

/// The servers that help phones far away, before they offer (RFC 9725, section 4.6).
pub async fn options(State(app): State<App>, guest: Guest, Path(slot): Path<String>) -> Result<Response, Failure> {
    Admitted::new(&app, guest, &slot)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    headers.insert(header::HeaderName::from_static("accept-post"), HeaderValue::from_static(SDP));
    servers(app.studio.phones()).for_each(|link| _ = headers.append(header::LINK, link));
    Ok(response)
}

fn servers(phones: &Phones) -> impl Iterator<Item = HeaderValue> {
    let link = |IceServer { url, credentials }: IceServer| {
        let credentials = credentials.map(|(name, password)| {
            format!("; username=\"{name}\"; credential=\"{password}\"; credential-type=\"password\"")
        });
        HeaderValue::try_from(format!("<{url}>; rel=\"ice-server\"{}", credentials.unwrap_or_default())).ok()
    };
    ice_servers(phones.servers()).into_iter().filter_map(link)
}

/// A server as browsers know it.
pub struct IceServer {
    /// `stun:host:port`
    pub url: String,
    /// Name and password.
    pub credentials: Option<(String, String)>,
}

/// The configured servers as browsers know them, for a guest who was admitted.
pub fn ice_servers(webrtc: &Webrtc) -> Vec<IceServer> {
    let plain = |text: &str| {
        let (scheme, rest) = text.split_once("://")?;
        Some(match rest.rsplit_once('@') {
            None => IceServer { url: format!("{scheme}:{rest}"), credentials: None },
            Some((who, place)) => {
                let (name, password) = who.split_once(':')?;
                let text = |escaped: &str| percent_decode_str(escaped).decode_utf8_lossy().into_owned();
                IceServer { url: format!("{scheme}:{place}"), credentials: Some((text(name), text(password))) }
            }
        })
    };
    // A name of its own for each call: a TURN server's log says nothing of people.
    let turn = webrtc.turn_for(&random::<8>(), unix_ms() / 1000);
    webrtc.stun.as_deref().into_iter().chain(turn.iter().map(|turn| turn.reveal())).filter_map(plain).collect()
}

/// Whether a body is of this type.
pub fn is(headers: &HeaderMap, wanted: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().is_some_and(|given| given.trim().eq_ignore_ascii_case(wanted))
}

pub fn wrong_type(wanted: &str) -> Problem {
    Problem::new(
        "wrong_type",
        Fault::OtherSide,
        format!("Le contenu doit être de type {wanted}."),
        format!("The content must be of type {wanted}."),
    )
}

pub fn too_long() -> Problem {
    Problem::new(
        "too_big",
        Fault::OtherSide,
        format!("Cette offre dépasse {} Ko : ce n'est pas celle d'un téléphone.", BODY / 1024),
        format!("This offer is longer than {} KB: it is not a phone's.", BODY / 1024),
    )
}
