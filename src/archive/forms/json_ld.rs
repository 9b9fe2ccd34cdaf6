//! `clip.json`: schema.org as JSON-LD.

use serde_json::{Map, Value, json};

use super::{words, words::Licence};
use crate::archive::{Medium, PublicRecord};

/// The record as schema.org's `VideoObject` or `ImageObject`.
pub fn object(record: &PublicRecord) -> Value {
    let licence = Licence::of(record);
    let file = |name: &str| record.files.as_ref().map(|files| format!("{files}/{name}"));
    let day = &record.recorded;
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| {
        let empty = value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            object.insert(name.into(), value);
        }
    };
    let people = record.creators().into_iter().map(|name| {
        let kind = if record.credits.is_empty() { "Organization" } else { "Person" };
        json!({ "@type": kind, "name": name })
    });
    put("@context", json!("https://schema.org"));
    put("@type", json!(if record.medium == Medium::Photo { "ImageObject" } else { "VideoObject" }));
    put("@id", json!(record.page));
    put("identifier", json!(record.id));
    put("name", json!(record.title));
    put("description", json!(if record.summary.is_empty() { record.occasion() } else { record.summary.clone() }));
    put("inLanguage", json!(record.language));
    put("creator", people.collect());
    put("keywords", json!(record.tags));
    put("license", json!(licence.url));
    put("creditText", json!(words::credit(record)));
    put("copyrightNotice", json!(words::notice(record)));
    put("acquireLicensePage", json!(record.page));
    put("dateCreated", json!(day));
    put("uploadDate", json!(record.published_at.map_or_else(|| day.clone(), crate::archive::day::utc)));
    put("datePublished", json!(record.published_at.map(crate::archive::day::utc)));
    put("contentUrl", json!(file(record.medium.file())));
    put("url", json!(record.page));
    put("encodingFormat", json!(if record.medium == Medium::Photo { "image/jpeg" } else { "video/mp4" }));
    put("width", json!(record.width));
    put("height", json!(record.height));
    if !record.place.is_empty() {
        put("contentLocation", json!({ "@type": "Place", "name": record.place }));
    }
    put("recordedAt", json!({ "@type": "Event", "name": record.event, "startDate": day }));
    if record.medium == Medium::Clip {
        put("duration", json!(words::duration(record.duration_ms)));
        put("thumbnailUrl", json!(file("poster.jpg")));
        put("embedUrl", json!(record.page.as_ref().map(|page| format!("{page}/embed"))));
        put("transcript", json!(record.transcript));
        let captions = record.captions.iter().map(|captions| {
            let name = captions.file();
            json!({
                "@type": "MediaObject", "encodingFormat": "text/vtt", "inLanguage": captions.language,
                "contentUrl": file(&name), "name": name,
            })
        });
        put("caption", captions.collect());
        let ends = record.chapters.iter().skip(1).map(|next| next.at_ms).chain([record.duration_ms]);
        let chapters = record.chapters.iter().zip(ends).map(|(chapter, end)| {
            json!({
                "@type": "Clip", "name": chapter.label,
                "startOffset": chapter.at_ms as f64 / 1000.0, "endOffset": end as f64 / 1000.0,
                "url": record.page.as_ref().map(|page| format!("{page}#t={}", chapter.at_ms / 1000)),
            })
        });
        put("hasPart", chapters.collect());
    }
    Value::Object(object)
}
