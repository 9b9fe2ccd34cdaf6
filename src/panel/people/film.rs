//! `/api/participate/film…`, `/api/participate/answer`: whoever is in a clip sees it before the public does, and
//! says what they think of it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, Request, State, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use serde::Serialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::{
    body::{fail, read},
    link::Holder,
    participate::show,
    status::Status,
};
use crate::{
    archive::{Asked, Medium, Standing},
    panel::{App, Routes, aside::aside, failure::Failure},
    people::{Answering, Person},
    protocol::Problem,
    rights::Answer,
};

/// An address of a film is good for so long.
const GOOD: Duration = Duration::from_secs(3600);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .route("/api/participate/answer", post(answer))
        .route("/api/participate/film", post(ticket))
        .route("/api/participate/film/{ticket}", get(film))
}

/// Who may watch by which address: a player cannot send the personal link along, which is to be in no address.
#[derive(Default)]
pub struct Tickets(Mutex<HashMap<String, (Person, Instant)>>);

impl Tickets {
    fn give(&self, person: Person) -> String {
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, (_, since)| since.elapsed() < GOOD);
        let ticket = crate::tokens::random::<32>();
        tickets.insert(ticket.clone(), (person, Instant::now()));
        ticket
    }

    fn holder(&self, ticket: &str) -> Option<Person> {
        let tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.get(ticket).filter(|(_, since)| since.elapsed() < GOOD).map(|(person, _)| person.clone())
    }
}

/// A clip that somebody is asked to look at.
#[derive(Serialize)]
pub struct Film {
    /// Which cut it is: an answer names it.
    cut: String,
    /// Milliseconds.
    duration_ms: u64,
    /// What they said of it.
    answer: Option<Answer>,
    /// How many others in it have not said that it is fine.
    awaited: usize,
    /// What the desk has decided.
    standing: Standing,
}

/// What this person is asked to look at.
pub(super) async fn asked(app: &App, segment: &str, person: &str) -> Option<Film> {
    let Asked { record, cut, answer, awaited } = find(app, segment, person).await?;
    Some(Film { cut, duration_ms: record.duration_ms, answer, awaited, standing: record.standing })
}

async fn find(app: &App, segment: &str, person: &str) -> Option<Asked> {
    let (archive, segment, person) = (app.studio.archive().clone(), segment.to_owned(), person.to_owned());
    aside(move || archive.asked_of(&segment, &person)).await
}

#[derive(Serialize)]
struct Address {
    url: String,
}

async fn ticket(State(app): State<App>, Holder(person): Holder) -> Result<Json<Address>, Failure> {
    if find(&app, &person.segment, &person.id).await.is_none() {
        return Err(nothing(&app));
    }
    Ok(Json(Address { url: format!("/api/participate/film/{}", app.people.tickets.give(person)) }))
}

/// The authority is asked with each request: whoever withdraws ends what the others see as well.
async fn film(State(app): State<App>, Path(ticket): Path<String>, request: Request) -> Result<Response, Failure> {
    let person = app.people.tickets.holder(&ticket).ok_or_else(|| nothing(&app))?;
    let Asked { record, .. } = find(&app, &person.segment, &person.id).await.ok_or_else(|| nothing(&app))?;
    let archive = app.studio.archive().clone();
    let place = aside(move || archive.file(Medium::Clip, &record.id, Medium::Clip.file(), true)).await;
    let (path, _) = place.ok_or_else(|| nothing(&app))?;
    let Ok(response) = ServeFile::new(path).oneshot(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        return Err(nothing(&app));
    }
    let mut response = response.map(Body::new);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

async fn answer(
    State(app): State<App>,
    Holder(person): Holder,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Failure> {
    let said: Answering = read(&app, body)?;
    let Asked { record, cut, .. } = find(&app, &person.segment, &person.id).await.ok_or_else(|| nothing(&app))?;
    if cut != said.cut {
        return Err(app.failure(StatusCode::CONFLICT, cut_anew()));
    }
    if let Answer::Cut { from_ms, until_ms } = said.answer
        && !(from_ms < until_ms && until_ms <= record.duration_ms)
    {
        return Err(app.failure(StatusCode::UNPROCESSABLE_ENTITY, not_within()));
    }
    app.studio.answer(&person.id, said).await.map_err(|problem| fail(&app, problem))?;
    show(&app, &person.id).await.map(Json)
}

fn nothing(app: &App) -> Failure {
    let problem = Problem::operator(
        "no_film",
        "Il n'y a pas de vidéo à regarder pour le moment. Rechargez votre page.",
        "There is no video to look at now. Reload your page.",
    );
    app.failure(StatusCode::NOT_FOUND, problem)
}

fn cut_anew() -> Problem {
    Problem::operator(
        "clip_changed",
        "La vidéo a été coupée entre-temps. Regardez-la de nouveau, puis répondez.",
        "The video has been cut meanwhile. Watch it again, then answer.",
    )
}

fn not_within() -> Problem {
    Problem::operator(
        "bad_cut",
        "Le début doit venir avant la fin, et la fin ne peut pas dépasser celle de la vidéo.",
        "The beginning has to come before the end, and the end cannot be later than the video's.",
    )
}
