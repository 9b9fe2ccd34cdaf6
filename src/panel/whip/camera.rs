//! `GET /api/camera`: what the camera page needs before it calls.

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};

use super::{Guest, admission::Admitted, call::ice_servers, refused};
use crate::{
    capture::phone::Refusal,
    panel::{App, failure::Failure},
};

#[derive(Deserialize)]
pub struct Asked {
    pub slot: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IceServer {
    urls: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
}

#[derive(Serialize)]
pub struct About {
    slot: String,
    label: String,
    title: String,
    width: u32,
    height: u32,
    framerate: u32,
    ice_servers: Vec<IceServer>,
}

pub async fn about(State(app): State<App>, guest: Guest, Query(asked): Query<Asked>) -> Result<Json<About>, Failure> {
    let Admitted { slot, .. } = guest.admitted(&app, asked.slot.as_deref()).await?;
    let phones = app.studio.phones();
    let label = phones.label(&slot).ok_or_else(|| refused(&app, Refusal::no_slot(&slot)))?.to_owned();
    let state = app.studio.subscribe().await.map(|subscription| subscription.state);
    let studio = &state.ok_or_else(|| app.failure(StatusCode::SERVICE_UNAVAILABLE, Refusal::busy().problem))?.studio;
    let ice_servers = ice_servers(phones.servers()).into_iter().map(|server| {
        let (username, credential) = server.credentials.unzip();
        IceServer { urls: server.url, username, credential }
    });
    Ok(Json(About {
        slot,
        label,
        title: studio.title.clone(),
        width: studio.width,
        height: studio.height,
        framerate: studio.framerate,
        ice_servers: ice_servers.collect(),
    }))
}
