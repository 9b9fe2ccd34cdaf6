//! The forms through other people's readers (`tests/support/read_forms.py`), field by field.

use std::{collections::BTreeMap, fs};

use serde_json::json;

use super::*;
use crate::archive::forms::words;

/// Everything that has broken a form somewhere, in every field.
const NASTY: &str = "<script>alert('é')</script> & &amp; \"]]>\" \u{202e}עברית\u{202c} 🌱 </title> {{x}} \\ %s";

fn record() -> Record {
    let files = "https://plateau.example/clips/2026-11-24-le-jardin";
    Record {
        id: "2026-11-24-le-jardin".into(),
        standing: Standing::Published,
        title: format!("Titre {NASTY}"),
        summary: format!("Résumé {NASTY}"),
        language: "fr".into(),
        credits: vec![
            Credit { name: format!("Awa {NASTY}"), role: format!("jardinière {NASTY}") },
            Credit { name: "Luc Martin".into(), role: String::new() },
        ],
        tags: vec![format!("thème {NASTY}"), "jardin".into()],
        event: format!("Événement {NASTY}"),
        place: format!("Lieu {NASTY}"),
        licence: "CC-BY-SA-4.0".into(),
        recorded_at: 1_795_600_800_000,
        recorded: "2026-11-24T11:00:00+01:00".into(),
        published_at: Some(1_795_604_400_000),
        duration_ms: 3_725_400,
        width: 1280,
        height: 720,
        chapters: vec![
            Chapter { at_ms: 0, label: format!("Un {NASTY}") },
            Chapter { at_ms: 61_500, label: "Deux".into() },
        ],
        captions: vec![Captions { language: "fr".into(), automatic: false }],
        transcript: format!("Dit {NASTY}"),
        page: Some("https://plateau.example/archive/2026-11-24-le-jardin".into()),
        files: Some(files.into()),
        ..Record::default()
    }
}

/// What an independent reader finds in a file.
fn read(form: &str, file: &Path) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/test-venv/bin/python");
    let script = root.join("tests/support/read_forms.py");
    let output = Command::new(&python).arg(script).arg(form).arg(file).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}; `make test-tools` makes it", python.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_feed_parser_finds_what_the_record_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.xml");
    let bare = Record { credits: Vec::new(), tags: Vec::new(), summary: String::new(), ..record() };
    let (record, bare) = (record().description(), bare.description());
    let channel =
        forms::feed::Channel { title: NASTY, place: NASTY, language: "fr", address: "https://plateau.example" };
    fs::write(&file, forms::feed::rss(&channel, &[(record.clone(), 42), (bare.clone(), 7)])).unwrap();
    let feed = read("feed", &file);
    assert_eq!(
        (&feed["version"], &feed["title"], &feed["language"]),
        (&json!("rss20"), &json!(NASTY), &json!("fr")),
        "{feed:#}"
    );
    assert_eq!(feed["link"], "https://plateau.example/archive");
    for (record, bytes, entry) in [(&record, "42", &feed["entries"][0]), (&bare, "7", &feed["entries"][1])] {
        let said = [record.summary.as_str(), &words::credit(record)].join("\n\n");
        let files = record.files.as_ref().unwrap();
        let wanted = json!({
            "id": record.id, "title": record.title, "link": record.page, "summary": said.trim(),
            "published": [2026, 11, 25, 11, 0, 0], "duration": "1:02:05", "authors": record.creators(),
            "rights": words::notice(record), "tags": record.tags, "image": format!("{files}/poster.jpg"),
            "licences": ["https://creativecommons.org/licenses/by-sa/4.0/"],
            "enclosures": [[format!("{files}/clip.mp4"), "video/mp4", bytes]],
        });
        assert_eq!(*entry, wanted);
    }
}

#[test]
fn a_json_ld_processor_finds_what_the_record_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clip.json");
    let record = record().description();
    fs::write(&file, serde_json::to_vec(&forms::json_ld::object(&record)).unwrap()).unwrap();
    let found = read("json-ld", &file);
    let (page, files) = (record.page.as_ref().unwrap(), record.files.as_ref().unwrap());
    let named = |kind: &str, name: &str| typed(kind, json!({ "name": name }));
    let mut wanted = typed(
        "VideoObject",
        json!({
            "identifier": record.id, "name": record.title, "description": record.summary, "inLanguage": "fr",
            "creator": [named("Person", &record.credits[0].name), named("Person", "Luc Martin")],
            "keywords": record.tags, "license": "https://creativecommons.org/licenses/by-sa/4.0/",
            "creditText": words::credit(&record), "copyrightNotice": words::notice(&record),
            "acquireLicensePage": page, "dateCreated": record.recorded, "uploadDate": "2026-11-25T11:00:00Z",
            "datePublished": "2026-11-25T11:00:00Z", "contentUrl": format!("{files}/clip.mp4"), "url": page,
            "encodingFormat": "video/mp4", "width": 1280, "height": 720,
            "contentLocation": named("Place", &record.place),
            "recordedAt": typed("Event", json!({ "name": record.event, "startDate": record.recorded })),
            "duration": "PT1H2M5.400S", "thumbnailUrl": format!("{files}/poster.jpg"),
            "embedUrl": format!("{page}/embed"), "transcript": record.transcript,
            "caption": typed("MediaObject", json!({
                "encodingFormat": "text/vtt", "inLanguage": "fr", "name": "captions.fr.vtt",
                "contentUrl": format!("{files}/captions.fr.vtt"),
            })),
            "hasPart": [
                typed("Clip", json!({ "name": record.chapters[0].label, "startOffset": 0.0, "endOffset": 61.5,
                    "url": format!("{page}#t=0") })),
                typed("Clip", json!({ "name": "Deux", "startOffset": 61.5, "endOffset": 3725.4,
                    "url": format!("{page}#t=61") })),
            ],
        }),
    );
    wanted["@id"] = page.as_str().into();
    let fields = |value: &Value| -> BTreeMap<String, Value> { serde_json::from_value(value.clone()).unwrap() };
    let (found, wanted) = (fields(&found), fields(&wanted));
    for name in found.keys().chain(wanted.keys()) {
        assert_eq!(found.get(name), wanted.get(name), "{name}");
    }
}

/// A thing of schema.org as the processor shows it: full addresses, values in lists.
fn typed(kind: &str, properties: Value) -> Value {
    let Value::Object(properties) = properties else { unreachable!("given as an object") };
    let list = |value: Value| if value.is_array() { value } else { json!([value]) };
    let mut thing: serde_json::Map<_, _> =
        properties.into_iter().map(|(name, value)| (format!("http://schema.org/{name}"), list(value))).collect();
    thing.insert("@type".into(), json!([format!("http://schema.org/{kind}")]));
    Value::Object(thing)
}
