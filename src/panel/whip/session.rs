//! `/whip/{slot}/{session}`: more of a phone's addresses, and its goodbye (RFC 9725, 4.2 and 4.3).

use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};

use super::{
    Guest,
    admission::Admitted,
    call::{is, too_long, wrong_type},
    fragment::Fragment,
    refused,
};
use crate::{
    capture::phone::useful_candidate,
    panel::{App, failure::Failure},
    protocol::{Fault, Problem},
};

/// A fragment's type.
pub const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

pub async fn candidates(
    State(app): State<App>,
    guest: Guest,
    Path((slot, session)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Failure> {
    Admitted::new(&app, guest, &slot)?;
    let body = body.map_err(|_| app.failure(StatusCode::PAYLOAD_TOO_LARGE, too_long()))?;
    if !is(&headers, FRAGMENT) {
        return Err(app.failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, wrong_type(FRAGMENT)));
    }
    let restart = || app.failure(StatusCode::UNPROCESSABLE_ENTITY, no_restart());
    match headers.get(header::IF_MATCH).map(|value| value.to_str().unwrap_or_default().trim()) {
        Some("*") => return Err(restart()),
        Some(tag) if tag.trim_matches('"') != session => {
            return Err(app.failure(StatusCode::PRECONDITION_FAILED, another_session()));
        }
        _ => {}
    }
    let fragment = Fragment::read(&String::from_utf8_lossy(&body));
    let Fragment { ufrag, candidates } = fragment.ok_or_else(|| app.failure(StatusCode::BAD_REQUEST, no_fragment()))?;
    let useful = candidates.into_iter().filter(|(_, candidate)| useful_candidate(candidate)).collect();
    let done = app.studio.phones().candidates(&slot, &session, ufrag, useful).await;
    match done.map_err(|refusal| refused(&app, refusal))? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(restart()),
    }
}

pub async fn goodbye(
    State(app): State<App>,
    guest: Guest,
    Path((slot, session)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    guest.may_fill(&app, &slot)?;
    let done = app.studio.phones().hang_up(&slot, Some(&session)).await;
    done.map(|()| StatusCode::OK).map_err(|refusal| refused(&app, refusal))
}

fn no_restart() -> Problem {
    Problem::new(
        "no_ice_restart",
        Fault::OtherSide,
        "Le studio ne reprend pas une liaison sous une autre adresse : rappelez, la place vous est gardée.",
        "The studio does not move a connection to another address: call again, your place is kept.",
    )
}

fn another_session() -> Problem {
    Problem::new(
        "another_session",
        Fault::OtherSide,
        "Cette liaison n'est plus celle-là.",
        "This is another connection by now.",
    )
}

fn no_fragment() -> Problem {
    Problem::new("not_sdp", Fault::OtherSide, "Ce n'est pas un fragment SDP.", "This is no SDP fragment.")
}
