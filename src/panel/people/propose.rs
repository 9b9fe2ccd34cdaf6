//! `POST /api/participate/propose`: from "I'd like to talk about my beehives" to a place in the queue.

use std::net::SocketAddr;

use axum::{
    Json,
    body::Bytes,
    extract::{ConnectInfo, State, rejection::BytesRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde::{Deserialize, Serialize};

use super::{
    body::{fail, read},
    limits::What,
};
use crate::{
    panel::{App, Routes, failure::Failure},
    protocol::{NewParticipant, Problem, SegmentAdd, SegmentState},
};

/// Proposals that may wait for the desk.
const PROPOSALS: usize = 100;
/// People whom a citizen may name, themselves included.
const NAMES: usize = 10;
/// What a citizen may ask for, seconds.
const LENGTHS: std::ops::RangeInclusive<u32> = 60..=1800;

/// The route of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/participate/propose", post(propose))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proposal {
    title: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    needs: String,
    #[serde(default)]
    planned_seconds: Option<u32>,
    /// Whoever proposes first.
    names: Vec<String>,
}

#[derive(Serialize)]
struct Proposed {
    token: String,
    segment: String,
}

async fn propose(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    app.people.limits.admit(&app, from.ip(), What::Propose)?;
    let proposal: Proposal = read(&app, body)?;
    let waiting = app.people.day.now();
    let waiting = waiting.rundown.iter().filter(|segment| segment.state == SegmentState::Proposed).count();
    if waiting >= PROPOSALS {
        return Err(app.failure(StatusCode::SERVICE_UNAVAILABLE, full()));
    }
    let seconds = proposal.planned_seconds.unwrap_or(420);
    if !LENGTHS.contains(&seconds) || proposal.names.is_empty() || proposal.names.len() > NAMES {
        return Err(fail(&app, bad_proposal()));
    }
    let new = SegmentAdd {
        title: proposal.title,
        summary: proposal.summary,
        language: proposal.language,
        needs: proposal.needs,
        planned_seconds: seconds,
        participants: proposal.names.into_iter().map(|name| NewParticipant { id: None, name }).collect(),
        day: None,
        fixed_at: None,
        position: None,
        private: false,
    };
    let segment = app.studio.propose(new).await.map_err(|problem| fail(&app, problem))?;
    let person = segment.participants.first().map(|first| first.id.as_str()).unwrap_or_default();
    let token = app.studio.people().new_link(person, false).await.map_err(|problem| fail(&app, problem))?;
    Ok((StatusCode::CREATED, Json(Proposed { token, segment: segment.id })).into_response())
}

fn bad_proposal() -> Problem {
    Problem::operator(
        "bad_proposal",
        format!("Donnez de 1 à {NAMES} noms, et une durée de 1 à 30 minutes."),
        format!("Give from 1 to {NAMES} names, and a length from 1 to 30 minutes."),
    )
}

fn full() -> Problem {
    Problem::operator(
        "full",
        "Il y a déjà beaucoup de propositions en attente. Parlez-en à l'accueil.",
        "Many proposals are waiting already. Talk to somebody at the desk.",
    )
}
