//! `GET /api/clips`, `GET /api/clips/{clip}`.

use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::words;
use crate::{
    archive::{
        self, Medium, PublicRecord,
        forms::words::{Licence, credit, notice},
    },
    panel::{A_MOMENT, App, Routes, failure::Failure},
};

/// Records in one answer, unless more are asked for.
const USUAL: u64 = 1000;
/// At most.
const MOST: u64 = 10_000;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/clips", get(list)).route("/api/clips/{clip}", get(one))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    offset: u64,
    #[serde(default = "usual")]
    limit: u64,
}

fn usual() -> u64 {
    USUAL
}

async fn list(
    State(app): State<App>,
    query: Result<Query<archive::Query>, QueryRejection>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Failure> {
    let (Ok(Query(mut query)), Ok(Query(page))) = (query, page) else {
        return Err(app.failure(StatusCode::BAD_REQUEST, words::bad_query()));
    };
    query.medium.get_or_insert(Medium::Clip);
    let (records, total) =
        words::ask(&app, move |archive| archive.find(&query, page.offset, page.limit.min(MOST))).await;
    let clips: Vec<_> = records.iter().map(public).collect();
    Ok(([("x-total-count", total.to_string())], open(), Json(clips)).into_response())
}

async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let record = words::public_record(&app, id).await?;
    Ok((open(), Json(public(&record))).into_response())
}

/// Any site may read it.
fn open() -> [(header::HeaderName, &'static str); 2] {
    [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (header::CACHE_CONTROL, A_MOMENT)]
}

/// What everybody may know of a record.
fn public(record: &PublicRecord) -> Value {
    let licence = Licence::of(record);
    let folder = format!("/{}/{}", record.medium.folder(), record.id);
    let files = match record.medium {
        Medium::Clip => json!({
            "video": format!("{folder}/clip.mp4"), "poster": format!("{folder}/poster.jpg"),
            "metadata": format!("{folder}/clip.json"),
        }),
        Medium::Photo => {
            json!({ "photo": format!("{folder}/photo.jpg"), "metadata": format!("{folder}/clip.json") })
        }
    };
    let captions = record.captions.iter().map(|captions| {
        json!({
            "language": captions.language, "automatic": captions.automatic,
            "url": format!("{folder}/{}", captions.file()),
        })
    });
    json!({
        "id": record.id, "medium": record.medium, "title": record.title, "summary": record.summary,
        "language": record.language, "credits": record.credits, "tags": record.tags, "event": record.event,
        "place": record.place, "recorded": record.recorded, "recorded_at": record.recorded_at,
        "published_at": record.published_at, "duration_ms": record.duration_ms, "width": record.width,
        "height": record.height, "chapters": record.chapters, "captions": captions.collect::<Vec<_>>(),
        "loudness": record.loudness,
        "licence": { "id": licence.id, "name": licence.name, "url": licence.url },
        "credit": credit(record), "copyright": notice(record), "page": format!("/archive/{}", record.id),
        "files": files,
    })
}
