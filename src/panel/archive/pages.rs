//! `/archive…`: the catalogue's pages, its feed and its site map.

use axum::{
    extract::{OriginalUri, Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::words;
use crate::{
    archive::{
        self, Medium, PublicRecord,
        forms::{feed, sitemap},
        pages::{Listing, PAGE, Place, wanted},
    },
    media::{Descriptions, Folder},
    panel::{A_MOMENT, App, Routes, access::Caller, failure::Failure},
    protocol::{Problem, Role},
};

/// Clips in the feed.
const FEED: u64 = 100;
/// Pages in the site map.
const SITEMAP: u64 = 49_999;
/// Records shown below another of the same day.
const OTHERS: u64 = 9;
/// Other sites may show the player; scripts are still the studio's own.
const EMBEDDED: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors *";

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .route("/archive", get(catalogue))
        .route("/archive/feed.xml", get(rss))
        .route("/archive/sitemap.xml", get(site_map))
        .route("/archive/style.css", get(style))
        .route("/archive/script.js", get(script))
        .route("/archive/{clip}", get(record))
        .route("/archive/{clip}/embed", get(embed))
        .route("/archive/{clip}/edit", get(edit))
        .route("/archive/editor.js", get(editor))
}

#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    offset: u64,
}

#[derive(Deserialize)]
struct Language {
    #[serde(default)]
    lang: Option<String>,
}

/// The reader's language: as just chosen, as chosen before, as the browser says.
struct Reader {
    language: &'static str,
    chosen: bool,
}

impl Reader {
    fn of(asked: Option<&str>, headers: &HeaderMap) -> Self {
        let known = |language: &str| match language {
            "fr" => Some("fr"),
            "en" => Some("en"),
            _ => None,
        };
        if let Some(language) = asked.and_then(known) {
            return Self { language, chosen: true };
        }
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let kept = pairs.find(|(name, _)| *name == "language").and_then(|(_, language)| known(language));
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self { language: kept.unwrap_or_else(|| wanted(accepted)), chosen: false }
    }

    fn place(&self, app: &App, here: &str) -> Place {
        Place {
            language: self.language.into(),
            base: "/".into(),
            still: false,
            address: app.studio.archive().address(),
            here: here.into(),
        }
    }

    fn answer(&self, page: String) -> Response {
        let common = [
            (header::CACHE_CONTROL, "no-cache"),
            (header::VARY, "accept-language, cookie"),
            (header::CONTENT_LANGUAGE, self.language),
        ];
        let mut response = (common, Html(page)).into_response();
        if self.chosen {
            let cookie = format!("language={}; Path=/; Max-Age=31536000; SameSite=Lax", self.language);
            // Letters and digits fit a header.
            response.headers_mut().extend(cookie.parse().ok().map(|cookie| (header::SET_COOKIE, cookie)));
        }
        response
    }
}

async fn catalogue(
    State(app): State<App>,
    OriginalUri(here): OriginalUri,
    query: Result<Query<archive::Query>, QueryRejection>,
    question: Result<Query<Question>, QueryRejection>,
    language: Result<Query<Language>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (Ok(Query(query)), Ok(Query(Question { offset })), Ok(Query(Language { lang }))) = (query, question, language)
    else {
        return Err(app.failure(StatusCode::BAD_REQUEST, words::bad_query()));
    };
    let reader = Reader::of(lang.as_deref(), &headers);
    let place = reader.place(&app, &here.to_string());
    let page = words::ask(&app, move |archive| {
        let (records, total) = archive.find(&query, offset, PAGE);
        let facets = archive.facets();
        let listing = Listing { query: &query, records: &records, total, offset, facets: &facets };
        archive.pages().catalogue(&place, &listing)
    });
    page.await
        .map(|page| reader.answer(page))
        .map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))
}

async fn record(
    State(app): State<App>,
    OriginalUri(here): OriginalUri,
    Path(id): Path<String>,
    language: Result<Query<Language>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let record = words::public_record(&app, id).await?;
    let lang = language.ok().and_then(|Query(Language { lang })| lang);
    let reader = Reader::of(lang.as_deref(), &headers);
    let place = reader.place(&app, &here.to_string());
    let page = words::ask(&app, move |archive| {
        let day = archive::Query { day: record.day().to_owned(), ..archive::Query::default() };
        let (mut others, _) = archive.find(&day, 0, OTHERS + 1);
        others.retain(|other| other.id != record.id);
        others.truncate(OTHERS as usize);
        archive.pages().record(&place, &record, archive.bytes(&record.id), &others)
    });
    page.await
        .map(|page| reader.answer(page))
        .map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))
}

async fn embed(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    let record = words::public_record(&app, id).await?;
    let reader = Reader::of(None, &headers);
    let place = reader.place(&app, "");
    let page = words::ask(&app, move |archive| archive.pages().embed(&place, &record)).await;
    let page = page.map_err(|problem| app.failure(StatusCode::INTERNAL_SERVER_ERROR, problem))?;
    Ok(([(header::CONTENT_SECURITY_POLICY, EMBEDDED)], reader.answer(page)).into_response())
}

/// The desk's page of a clip; whoever isn't logged in is shown the way.
async fn edit(
    State(app): State<App>,
    OriginalUri(here): OriginalUri,
    Path(id): Path<String>,
    language: Result<Query<Language>, QueryRejection>,
    caller: Result<Caller, Failure>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if !caller.is_ok_and(|caller| caller.role >= Role::Animator) {
        return Ok(Redirect::to("/panel").into_response());
    }
    let lang = language.ok().and_then(|Query(Language { lang })| lang);
    let reader = Reader::of(lang.as_deref(), &headers);
    let place = reader.place(&app, &here.to_string());
    let page = words::ask(&app, move |archive| {
        let record = archive.record(&id)?;
        archive.pages().edit(&place, &record, archive.stand(&record))
    });
    page.await.map(|page| reader.answer(page)).map_err(|problem| app.failure(words::status(&problem), problem))
}

async fn editor(State(app): State<App>) -> Result<Response, Failure> {
    part(&app, "editor.js", "text/javascript; charset=utf-8").await
}

/// The address that a feed's links begin with: as configured, else as asked for.
fn address(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let scheme = if app.secure { "https" } else { "http" };
    app.studio.archive().address().unwrap_or_else(|| format!("{scheme}://{host}"))
}

async fn rss(State(app): State<App>, headers: HeaderMap) -> Response {
    let address = address(&app, &headers);
    let text = words::ask(&app, move |archive| {
        let query = archive::Query { medium: Some(Medium::Clip), ..archive::Query::default() };
        let (records, _) = archive.find(&query, 0, FEED);
        let clips: Vec<(PublicRecord, u64)> = records
            .into_iter()
            .map(|record| {
                let bytes = archive.bytes(&record.id);
                (record, bytes)
            })
            .collect();
        let settings = archive.settings();
        let channel = feed::Channel {
            title: &settings.event,
            place: &settings.place,
            language: &settings.language,
            address: &address,
        };
        feed::rss(&channel, &clips)
    });
    xml("application/rss+xml; charset=utf-8", text.await)
}

async fn site_map(State(app): State<App>, headers: HeaderMap) -> Response {
    let address = address(&app, &headers);
    let text = words::ask(&app, move |archive| {
        let (records, _) = archive.find(&archive::Query::default(), 0, SITEMAP);
        sitemap::urls(&address, &records)
    });
    xml("application/xml; charset=utf-8", text.await)
}

fn xml(kind: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, A_MOMENT)], text).into_response()
}

async fn style(State(app): State<App>) -> Result<Response, Failure> {
    part(&app, "style.css", "text/css; charset=utf-8").await
}

async fn script(State(app): State<App>) -> Result<Response, Failure> {
    part(&app, "script.js", "text/javascript; charset=utf-8").await
}

async fn part(app: &App, name: &'static str, kind: &'static str) -> Result<Response, Failure> {
    let text: Result<String, Problem> =
        words::ask(app, move |archive| Descriptions::new(&archive.settings().data).read(Folder::Pages, name)).await;
    let text = text.map_err(|problem| app.failure(StatusCode::NOT_FOUND, problem))?;
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], text).into_response())
}
