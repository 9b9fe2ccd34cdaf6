//! For monitoring and for forms: `/healthz`, `/metrics`, `/api/kinds`.

use std::sync::OnceLock;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;

use super::{App, Routes, access::Caller, failure::Failure};
use crate::{
    audience, capture,
    config::Kind,
    outputs,
    protocol::{Problem, Role},
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/healthz", get(health)).route("/metrics", get(metrics)).route("/api/kinds", get(kinds))
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

async fn health(State(app): State<App>) -> Response {
    let (code, status, problem) = match app.studio.health().await {
        Ok(()) => (StatusCode::OK, "ok", None),
        Err(problem) => (StatusCode::SERVICE_UNAVAILABLE, "failing", Some(problem)),
    };
    (code, Json(Health { status, problem })).into_response()
}

/// The process's one recorder; the first call installs it.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let installed = PrometheusBuilder::new().install_recorder();
        installed.inspect_err(|error| tracing::warn!(%error, "no metrics")).ok()
    };
    RECORDER.get_or_init(install).as_ref()
}

async fn metrics() -> Response {
    const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
    match recorder() {
        Some(recorder) => ([(header::CONTENT_TYPE, TEXT)], recorder.render()).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[derive(Serialize)]
struct Kinds {
    sources: &'static [Kind],
    outputs: &'static [Kind],
    voices: &'static [Kind],
}

async fn kinds(State(app): State<App>, caller: Caller) -> Result<Json<Kinds>, Failure> {
    caller.at_least(Role::Admin, &app)?;
    Ok(Json(Kinds { sources: capture::KINDS, outputs: outputs::KINDS, voices: audience::KINDS }))
}
