//! `/api/participate/…`: a citizen's own page.

use std::net::SocketAddr;

use axum::{
    Json,
    body::Bytes,
    extract::{ConnectInfo, Query, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{
    body::{fail, read},
    device::Device,
    film,
    limits::What,
    link::{self, Eraser, Holder, Signer, Token, invitation},
    status::{self, Status},
};
use crate::{
    panel::{App, Routes, aside::aside, failure::Failure, scan::Scan},
    people::{GuardianForm, Point, Signature, Signing},
    protocol::Problem,
    rights::{self, Rule},
    studio,
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .route("/api/participate/me", get(me).delete(erase))
        .route("/api/participate/terms", get(terms))
        .route("/api/participate/preparation", get(preparation))
        .route("/api/participate/sign", post(sign))
        .route("/api/participate/guardian_link", post(guardian_link))
        .route("/api/participate/guardian", get(guardian).post(sign_as_guardian))
        .route("/api/participate/withdraw", post(withdraw))
        .route("/api/participate/invite", post(invite))
        .route("/api/participate/survey", get(survey))
        .route("/api/participate/answers", post(answers))
}

#[derive(Deserialize)]
struct Language {
    #[serde(default)]
    language: String,
}

pub(super) async fn show(app: &App, person: &str) -> Result<Status, Failure> {
    let people = app.studio.people();
    let file = people.file(person).await.map_err(|problem| fail(app, problem))?;
    let film = film::asked(app, &file.segment, &file.id).await;
    let seen_first = app.studio.archive().settings().publish == Rule::Participant;
    let agreed = |person: &str| people.agreements(person);
    Ok(status::draw(&app.people.day.now(), file, film, seen_first, people.one_guardian(), &agreed))
}

async fn me(State(app): State<App>, Holder(person): Holder) -> Result<Json<Status>, Failure> {
    show(&app, &person.id).await.map(Json)
}

/// Files are read off the async threads.
async fn text<T: Send + 'static>(
    app: &App,
    from: SocketAddr,
    read: impl FnOnce(&crate::people::Texts) -> Result<T, Problem> + Send + 'static,
) -> Result<Json<T>, Failure> {
    app.people.limits.admit(app, from.ip(), What::Own)?;
    let texts = app.studio.people().texts();
    aside(move || read(&texts)).await.map(Json).map_err(|problem| fail(app, problem))
}

async fn terms(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(Language { language }): Query<Language>,
) -> Result<impl IntoResponse, Failure> {
    text(&app, from, move |texts| texts.terms(&language)).await
}

async fn preparation(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(Language { language }): Query<Language>,
) -> Result<impl IntoResponse, Failure> {
    text(&app, from, move |texts| texts.preparation(&language)).await
}

async fn survey(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
) -> Result<impl IntoResponse, Failure> {
    text(&app, from, |texts| texts.survey()).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    /// Pairs of a question's id and an answer's.
    answers: Vec<(String, String)>,
}

async fn answers(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Failure> {
    app.people.limits.admit(&app, from.ip(), What::Answer)?;
    let Answers { answers } = read(&app, body)?;
    app.studio.people().answer(answers).await.map_err(|problem| fail(&app, problem))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
struct Signed {
    /// The person's own link from now on.
    token: String,
    status: Status,
    /// What is still to be done, where the answer is 202.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

/// 200; or 202 where the signature is kept and has not reached everything yet: the link must not get lost.
async fn sign(
    State(app): State<App>,
    Signer { person, again }: Signer,
    Device { id, cookie }: Device,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1], Json<Signed>), Failure> {
    let signing = Signing { device: Some(id), ..read(&app, body)? };
    let signed = app.studio.sign(&person, signing, None, again).await;
    let studio::Signed { token, finished } = signed.map_err(|problem| fail(&app, problem))?;
    let status = if finished.is_ok() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let signed = Signed { token, status: show(&app, &person).await?, error: finished.err() };
    Ok((status, [(header::SET_COOKIE, cookie)], Json(signed)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guardian {
    /// From 1.
    guardian: usize,
}

/// A link for a guardian whose signature this person's form waits for.
async fn guardian_link(
    State(app): State<App>,
    Holder(person): Holder,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Scan>, Failure> {
    let Guardian { guardian } = read(&app, body)?;
    let token = app.studio.people().guardian_link(&person.id, guardian).await.map_err(|problem| fail(&app, problem))?;
    Ok(Json(link::guardian(&app, &headers, &token)))
}

/// A guardian's page.
#[derive(Serialize)]
struct GuardianPage {
    event: String,
    place_name: String,
    /// The segment's title; empty where it is gone.
    title: String,
    #[serde(flatten)]
    form: GuardianForm,
    /// What is still to be done, where the answer is 202.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

async fn show_guardian(app: &App, token: &str, error: Option<Problem>) -> Result<Json<GuardianPage>, Failure> {
    let form = app.studio.people().guardian_form(token).await.map_err(|problem| fail(app, problem))?;
    let now = app.people.day.now();
    let title = now.segment(&form.segment).map(|segment| segment.title.clone()).unwrap_or_default();
    Ok(Json(GuardianPage { event: now.event.clone(), place_name: now.place.clone(), title, form, error }))
}

async fn guardian(State(app): State<App>, Token(token): Token) -> Result<Json<GuardianPage>, Failure> {
    show_guardian(&app, &token, None).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuardianSigns {
    /// SHA-256 of the text that was shown.
    hash: String,
    signature: Signature,
}

/// 200; or 202 where the signature is kept and has not reached everything yet.
async fn sign_as_guardian(
    State(app): State<App>,
    Token(token): Token,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<GuardianPage>), Failure> {
    let GuardianSigns { hash, signature } = read(&app, body)?;
    let signed = app.studio.sign_as_guardian(token.clone(), signature, hash).await;
    let finished = signed.map_err(|problem| fail(&app, problem))?;
    let status = if finished.is_ok() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, show_guardian(&app, &token, finished.err()).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    points: Vec<Point>,
    #[serde(default)]
    language: String,
}

async fn withdraw(
    State(app): State<App>,
    Holder(person): Holder,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Failure> {
    let Withdrawal { points, language } = read(&app, body)?;
    app.studio.withdraw(&person.id, points, language).await.map_err(|problem| fail(&app, problem))?;
    show(&app, &person.id).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invitation {
    person: String,
}

/// A link for somebody of the same segment who has not signed yet.
async fn invite(
    State(app): State<App>,
    Holder(person): Holder,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Scan>, Failure> {
    let Invitation { person: other } = read(&app, body)?;
    let now = app.people.day.now();
    let segment = now.segment(&person.segment);
    let fellow = segment.and_then(|segment| segment.participants.iter().find(|fellow| fellow.id == other));
    let fellow = fellow.filter(|fellow| fellow.id != person.id);
    if !fellow.is_some_and(|fellow| rights::may_be_invited(&app.studio.people().agreements(&fellow.id))) {
        return Err(app.failure(StatusCode::FORBIDDEN, not_to_invite()));
    }
    let token = app.studio.people().new_link(&other, true).await.map_err(|problem| fail(&app, problem))?;
    Ok(Json(invitation(&app, &headers, &token)))
}

async fn erase(State(app): State<App>, Eraser(person): Eraser) -> Result<StatusCode, Failure> {
    app.studio.erase(&person).await.map_err(|problem| fail(&app, problem))?;
    Ok(StatusCode::NO_CONTENT)
}

fn not_to_invite() -> Problem {
    Problem::operator(
        "not_to_invite",
        "Cette personne n'est pas dans votre séquence, ou a déjà son lien. L'accueil peut en donner un autre.",
        "This person is not in your segment, or has a link already. The desk can give another.",
    )
}
