//! `GET /api/participate/export`: everything that is held about a person, for them to take along.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

use super::{body::fail, link::Holder};
use crate::{
    archive::{Medium, Record, Standing},
    panel::{App, Routes, aside::aside, failure::Failure},
    people::{File, Place},
    protocol::{Segment, SegmentState},
    rights::Use,
};

/// The route of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/participate/export", get(export))
}

#[derive(Serialize)]
struct Export {
    /// Who they are, what they agree to, and every document with its text and signatures, oldest first.
    #[serde(flatten)]
    file: File,
    /// What they proposed or take part in; `null`: it is in the rundown no more.
    part: Option<Part>,
    /// Clips and photos of it, whoever may see them.
    works: Vec<Work>,
    /// Where it went besides the studio's own pages.
    elsewhere: Vec<Place>,
}

/// The segment, without the others who take part.
#[derive(Serialize)]
struct Part {
    title: String,
    summary: String,
    needs: String,
    language: String,
    day: String,
    planned_seconds: u32,
    state: SegmentState,
    private: bool,
    rehearsed: bool,
    /// Unix milliseconds, as all times here.
    started_at: Option<u64>,
    ended_at: Option<u64>,
    /// Moments that the desk marked, with their words.
    marks: Vec<(u64, String)>,
}

impl From<&Segment> for Part {
    fn from(segment: &Segment) -> Self {
        Self {
            title: segment.title.clone(),
            summary: segment.summary.clone(),
            needs: segment.needs.clone(),
            language: segment.language.clone(),
            day: segment.day.clone(),
            planned_seconds: segment.planned_seconds,
            state: segment.state,
            private: segment.private,
            rehearsed: segment.rehearsed,
            started_at: segment.started_at,
            ended_at: segment.ended_at,
            marks: segment.marks.iter().map(|mark| (mark.at, mark.label.clone())).collect(),
        }
    }
}

#[derive(Serialize)]
struct Work {
    id: String,
    medium: Medium,
    title: String,
    summary: String,
    standing: Standing,
    public: bool,
    recorded_at: u64,
    published_at: Option<u64>,
    duration_ms: u64,
    transcript: String,
    page: Option<String>,
}

impl Work {
    fn of(record: Record, public: bool) -> Self {
        Self {
            public,
            id: record.id,
            medium: record.medium,
            title: record.title,
            summary: record.summary,
            standing: record.standing,
            recorded_at: record.recorded_at,
            published_at: record.published_at,
            duration_ms: record.duration_ms,
            transcript: record.transcript,
            page: record.page,
        }
    }
}

async fn export(State(app): State<App>, Holder(person): Holder) -> Result<Response, Failure> {
    let people = app.studio.people();
    let file = people.file(&person.id).await.map_err(|problem| fail(&app, problem))?;
    let elsewhere = people.places_of(&person.segment).await.map_err(|problem| fail(&app, problem))?;
    let (archive, part) = (app.studio.archive().clone(), person.clone());
    let works = aside(move || {
        let public = |record: &Record| archive.verdict(record, Use::Publish).is_ok();
        let works = archive.works_of(&part.segment, &part.id).into_iter();
        works.map(|record| (public(&record), record)).map(|(public, record)| Work::of(record, public)).collect()
    })
    .await;
    let export = Export { file, part: app.people.day.now().segment(&person.segment).map(Part::from), works, elsewhere };
    let attachment = "attachment; filename=\"plateau.json\"";
    Ok(([(header::CONTENT_DISPOSITION, attachment)], Json(export)).into_response())
}
