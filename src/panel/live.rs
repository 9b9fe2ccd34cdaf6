//! `/live/…`: the programme for everybody, made so that any cache in front carries the crowd.

use std::ops::RangeInclusive;

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use serde::Deserialize;

use super::{A_MOMENT, App, Routes, assets::knows, failure::Failure};
use crate::{
    outputs::hls::{Ask, NoPlaylist},
    protocol::{Fault, Problem},
};

/// For the playlist as it is now, and for what isn't there.
const A_SECOND: &str = "public, max-age=1";
/// What a waiting player gets is that of one moment; caches still join those who wait together.
const NOT_AT_ALL: &str = "no-cache";
/// A player's page may be anywhere.
const ANYWHERE: (header::HeaderName, &str) = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/live/index.m3u8", get(playlist)).route("/live/{session}/{file}", get(file))
}

#[derive(Deserialize)]
struct Directives {
    #[serde(rename = "_HLS_msn")]
    msn: Option<u64>,
    #[serde(rename = "_HLS_part")]
    part: Option<u64>,
    #[serde(rename = "_HLS_skip")]
    skip: Option<String>,
}

async fn playlist(State(app): State<App>, directives: Result<Query<Directives>, QueryRejection>) -> Response {
    let answer = |failure: Failure, caching| ([ANYWHERE, (header::CACHE_CONTROL, caching)], failure).into_response();
    let Ok(Query(Directives { msn, part, skip })) = directives else {
        return answer(app.failure(StatusCode::BAD_REQUEST, malformed()), A_SECOND);
    };
    let ask = Ask { msn, part, skip: skip.is_some_and(|skip| matches!(&*skip, "YES" | "v2")) };
    let found = tokio::select! {
        found = app.studio.live().playlist(ask) => found,
        // Nobody waits for a server that ends.
        () = app.closing.cancelled() => app.studio.live().playlist(Ask { msn: None, part: None, ..ask }).await,
    };
    match found {
        Ok(text) => {
            let caching = if msn.is_some() { NOT_AT_ALL } else { A_SECOND };
            let kind = (header::CONTENT_TYPE, "application/vnd.apple.mpegurl");
            ([kind, ANYWHERE, (header::CACHE_CONTROL, caching)], text).into_response()
        }
        Err(NoPlaylist::Nothing(problem)) => answer(app.failure(StatusCode::NOT_FOUND, problem), A_SECOND),
        Err(NoPlaylist::Bad(problem)) => answer(app.failure(StatusCode::BAD_REQUEST, problem), A_SECOND),
    }
}

async fn file(State(app): State<App>, Path((session, file)): Path<(String, String)>, request: HeaderMap) -> Response {
    let name = format!("{session}/{file}");
    let found = tokio::select! {
        found = app.studio.live().file(&name) => found,
        () = app.closing.cancelled() => None,
    };
    let Some(data) = found else {
        let failure = app.failure(StatusCode::NOT_FOUND, gone());
        return ([ANYWHERE, (header::CACHE_CONTROL, A_SECOND)], failure).into_response();
    };
    // Names are never used twice.
    let tag = format!("\"{session}-{file}\"");
    let headers = [
        (header::CONTENT_TYPE, "video/mp4"),
        ANYWHERE,
        (header::CACHE_CONTROL, A_MOMENT),
        (header::ACCEPT_RANGES, "bytes"),
        (header::ETAG, &tag),
    ];
    if knows(&request, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let wanted = request.get(header::RANGE).and_then(|range| range.to_str().ok());
    match wanted.and_then(|range| within(range, data.len())) {
        None => (headers, data).into_response(),
        Some(None) => {
            let range = content_range("*".into(), data.len());
            (StatusCode::RANGE_NOT_SATISFIABLE, headers, [(header::CONTENT_RANGE, range)]).into_response()
        }
        Some(Some(range)) => {
            let told = content_range(format!("{}-{}", range.start(), range.end()), data.len());
            let piece: Bytes = data.slice(range);
            (StatusCode::PARTIAL_CONTENT, headers, [(header::CONTENT_RANGE, told)], piece).into_response()
        }
    }
}

fn content_range(range: String, length: usize) -> HeaderValue {
    HeaderValue::try_from(format!("bytes {range}/{length}")).expect("digits and dashes are a header's value")
}

/// The bytes that one `Range` asks for, last included; `Some(None)`: there are none. `None`: not a
/// single range of bytes, which RFC 9110 lets a server ignore.
fn within(range: &str, length: usize) -> Option<Option<RangeInclusive<usize>>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let range = match (first.trim().is_empty(), last.trim().is_empty()) {
        (true, true) => return None,
        (true, false) => length.saturating_sub(number(last)?)..=length.checked_sub(1)?,
        (false, true) => number(first)?..=length.checked_sub(1)?,
        (false, false) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..=last.min(length.checked_sub(1)?)
        }
    };
    Some((range.start() <= range.end()).then_some(range))
}

fn malformed() -> Problem {
    Problem::new(
        "bad_directive",
        Fault::OtherSide,
        "`_HLS_msn` et `_HLS_part` doivent être des nombres entiers. Rechargez la liste sans paramètres.",
        "`_HLS_msn` and `_HLS_part` must be whole numbers. Reload the playlist without parameters.",
    )
}

fn gone() -> Problem {
    Problem::new(
        "not_in_live",
        Fault::OtherSide,
        "Ce morceau du direct n'existe pas, ou plus. Rechargez /live/index.m3u8.",
        "This piece of the live programme does not exist, or no longer. Reload /live/index.m3u8.",
    )
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        for (range, wanted) in [
            ("bytes=0-0", Some(Some(0..=0))),
            ("bytes=5-", Some(Some(5..=9))),
            ("bytes=5-99", Some(Some(5..=9))),
            ("bytes=-3", Some(Some(7..=9))),
            ("bytes=-99", Some(Some(0..=9))),
            ("bytes=10-", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=4-2", None),
            ("bytes=0-1,4-5", None),
            ("bytes=-", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(within(range, 10), wanted, "{range}");
        }
    }
}
