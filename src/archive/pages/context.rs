//! A record as the templates see it.

use serde_json::{Value, json};

use super::{Place, labels, language_name};
use crate::archive::{
    Medium, PublicRecord, Query,
    forms::{commons, words},
};

/// A record among others.
pub fn card(place: &Place, record: &PublicRecord) -> Value {
    let people = if record.credits.is_empty() { String::new() } else { words::names(record) };
    json!({
        "href": page(place, &record.id), "title": record.title, "language": record.language, "people": people,
        "image": file(place, record, image(record)), "length": length(record), "width": record.width,
        "height": record.height, "medium": record.medium,
    })
}

/// A record on its own page.
pub fn clip(place: &Place, record: &PublicRecord, bytes: u64) -> Value {
    let labels = labels(&place.language);
    let video = record.medium == Medium::Clip;
    let absolute = |name: &str| record.files.as_ref().map(|files| format!("{files}/{name}"));
    let credits = record.credits.iter().map(|credit| {
        let query = Query { person: credit.name.clone(), ..Query::default() };
        json!({ "name": credit.name, "role": credit.role, "href": search_link(place, &query, 0) })
    });
    let tags = record.tags.iter().map(|tag| {
        let query = Query { theme: tag.clone(), ..Query::default() };
        json!({ "name": tag, "href": search_link(place, &query, 0) })
    });
    let chapters = record.chapters.iter().map(|chapter| {
        json!({ "at": words::clock(chapter.at_ms), "seconds": chapter.at_ms as f64 / 1000.0, "label": chapter.label })
    });
    let captions = record.captions.iter().map(|captions| {
        let name = language_name(&captions.language, &place.language);
        let label = if captions.automatic { format!("{name} ({})", labels.get("automatic")) } else { name };
        json!({ "language": captions.language, "label": label, "href": file(place, record, &captions.file()) })
    });
    let transcript: Vec<_> = record.transcript.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).collect();
    json!({
        "id": record.id, "title": record.title, "summary": record.summary, "language": record.language,
        "recorded": record.recorded, "date": labels.day(record.day()), "length": length(record),
        "place": record.occasion(), "names": words::names(record), "credit": words::credit(record),
        "notice": words::notice(record), "width": record.width, "height": record.height,
        "video": video.then(|| file(place, record, "clip.mp4")), "image": file(place, record, image(record)),
        "json": file(place, record, "clip.json"), "href": page(place, &record.id), "page": record.page,
        "absolute_image": absolute(image(record)), "absolute_video": absolute("clip.mp4"),
        "file_name": commons::file_name(record, if video { "mp4" } else { "jpg" }), "size": labels.size(bytes),
        "credits": credits.collect::<Vec<_>>(), "tags": tags.collect::<Vec<_>>(),
        "chapters": chapters.collect::<Vec<_>>(), "captions": captions.collect::<Vec<_>>(), "transcript": transcript,
    })
}

/// The page's other languages.
pub fn languages(place: &Place) -> Value {
    let (path, question) = place.here.split_once('?').unwrap_or((&place.here, ""));
    let rest: Vec<_> = question.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")).collect();
    let link = |id: &str| {
        let all: Vec<_> = rest.iter().copied().map(str::to_owned).chain([format!("lang={id}")]).collect();
        json!({ "id": id, "name": id.to_uppercase(), "href": format!("{path}?{}", all.join("&")) })
    };
    json!([link("fr"), link("en")])
}

/// The address of a search; in a copy, which cannot search, of the front page.
pub fn search_link(place: &Place, query: &Query, offset: u64) -> String {
    if place.still {
        return format!("{}index.html", place.base);
    }
    let mut question = url::form_urlencoded::Serializer::new(String::new());
    let fields = [
        ("q", &query.q),
        ("day", &query.day),
        ("theme", &query.theme),
        ("person", &query.person),
        ("language", &query.language),
    ];
    fields.into_iter().filter(|(_, value)| !value.is_empty()).for_each(|(name, value)| {
        question.append_pair(name, value);
    });
    if offset > 0 {
        question.append_pair("offset", &offset.to_string());
    }
    let question = question.finish();
    match question.as_str() {
        "" => format!("{}archive", place.base),
        question => format!("{}archive?{question}", place.base),
    }
}

fn page(place: &Place, id: &str) -> String {
    let ending = if place.still { "/index.html" } else { "" };
    format!("{}archive/{id}{ending}", place.base)
}

fn file(place: &Place, record: &PublicRecord, name: &str) -> String {
    format!("{}{}/{}/{name}", place.base, record.medium.folder(), record.id)
}

fn image(record: &PublicRecord) -> &'static str {
    match record.medium {
        Medium::Clip => "poster.jpg",
        Medium::Photo => "photo.jpg",
    }
}

fn length(record: &PublicRecord) -> Option<String> {
    (record.medium == Medium::Clip).then(|| words::clock(record.duration_ms))
}
