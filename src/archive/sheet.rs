//! The documentation sheet of a day: what was done, by whom, with what, and how to do it again.

use serde_json::{Value, json};

use super::{
    Archive, Medium, PublicRecord, Query,
    forms::{
        commons::wiki,
        words::{self, Licence},
    },
    pages::{Place, labels, language_name},
};
use crate::{
    config::Config,
    protocol::{Fault, Problem},
};

impl Archive {
    /// The sheet of a day (`2026-11-24`; `None`: the last one that has something public), from the
    /// template of this name; its ending says in which markup. Blocks.
    ///
    /// # Errors
    /// `no_such_day` where nothing public is from that day, `bad_template`.
    pub fn sheet(&self, day: Option<&str>, template: &str, config: Option<&Config>) -> Result<String, Problem> {
        let settings = self.settings();
        let day = match day {
            Some(day) => day.to_owned(),
            None => self.facets().days.first().map(|day| day.name.clone()).unwrap_or_default(),
        };
        let query = Query { day: day.clone(), ..Query::default() };
        let (mut records, _) = self.find(&query, 0, 1000);
        if day.len() != 10 || records.is_empty() {
            return Err(no_such_day(&day));
        }
        records.reverse();
        let labels = labels(&settings.language);
        let (clips, photos): (Vec<_>, Vec<_>) = records.iter().partition(|record| record.medium == Medium::Clip);
        let mut people: Vec<&str> = Vec::new();
        for credit in records.iter().flat_map(|record| &record.credits) {
            if !credit.name.is_empty() && !people.contains(&credit.name.as_str()) {
                people.push(&credit.name);
            }
        }
        let mut themes: Vec<&str> = records.iter().flat_map(|record| &record.tags).map(String::as_str).collect();
        themes.sort_unstable();
        themes.dedup();
        let total: u64 = clips.iter().map(|record| record.duration_ms).sum();
        let time = |record: &PublicRecord| record.recorded.get(11..16).unwrap_or_default().to_owned();
        let own = json!({
            "day": labels.day(&day), "date": day, "people": people, "themes": themes,
            "from": records.first().map(time), "until": records.last().map(time),
            "count": clips.len(), "minutes": total.div_ceil(60_000),
            "clips": clips.iter().map(|record| entry(record, &settings.language)).collect::<Vec<_>>(),
            "photos": photos.iter().map(|record| entry(record, &settings.language)).collect::<Vec<_>>(),
            "set_up": config.map(set_up),
        });
        let own = match template.rsplit('.').next() {
            Some("wiki") => escaped(own, &wiki),
            Some("md") => escaped(own, &markdown),
            _ => own,
        };
        let place = Place {
            language: settings.language.clone(),
            base: self.address().map_or_else(|| "/".into(), |address| format!("{address}/")),
            still: false,
            address: self.address(),
            here: String::new(),
        };
        self.pages().render(template, &place, own)
    }
}

fn entry(record: &PublicRecord, language: &str) -> Value {
    let credits = record.credits.iter().map(|credit| match credit.role.as_str() {
        "" => credit.name.clone(),
        role => format!("{} ({role})", credit.name),
    });
    let chapters =
        record.chapters.iter().map(|chapter| json!({ "at": words::clock(chapter.at_ms), "label": chapter.label }));
    json!({
        "id": record.id, "title": record.title, "summary": record.summary,
        "language": language_name(&record.language, language),
        "time": record.recorded.get(11..16), "length": words::clock(record.duration_ms),
        "credits": credits.collect::<Vec<_>>().join(", "), "chapters": chapters.collect::<Vec<_>>(),
        "page": record.page, "credit": words::credit(record), "licence": Licence::of(record).name,
        "file": super::forms::commons::file_name(record, if record.medium == Medium::Clip { "webm" } else { "jpg" }),
    })
}

/// The studio as its configuration has it; no address, no secret.
fn set_up(config: &Config) -> Value {
    let sources = config
        .sources
        .iter()
        .map(|source| json!({ "label": source.label, "kind": source.kind.label[language(config)] }));
    let outputs = config
        .outputs
        .iter()
        .map(|output| json!({ "label": output.label, "kind": output.kind.label[language(config)] }));
    let scenes = config.scenes.iter().map(|scene| json!(scene.label));
    json!({
        "sources": sources.collect::<Vec<_>>(), "outputs": outputs.collect::<Vec<_>>(),
        "scenes": scenes.collect::<Vec<_>>(),
        "width": config.video.width, "height": config.video.height, "framerate": config.video.framerate,
        "bitrate": config.encoder.bitrate_kbps, "version": env!("CARGO_PKG_VERSION"),
    })
}

fn language(config: &Config) -> usize {
    usize::from(config.plateau.language != "fr")
}

/// Every text in a value, made safe for a markup.
fn escaped(value: Value, escape: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(escape(&text)),
        Value::Array(list) => list.into_iter().map(|value| escaped(value, escape)).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| match name.as_str() {
                    // Addresses are links, not text.
                    "page" => (name, value),
                    _ => (name, escaped(value, escape)),
                })
                .collect(),
        ),
        other => other,
    }
}

/// A text that Markdown shows as it is.
fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' => {
                safe.push('\\');
                safe.push(character);
            }
            '\n' | '\r' => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe
}

fn no_such_day(day: &str) -> Problem {
    Problem::new(
        "no_such_day",
        Fault::Operator,
        format!("Rien de public n'a été enregistré le « {day} ». Une date s'écrit 2026-11-24."),
        format!("Nothing public was recorded on “{day}”. A date is written 2026-11-24."),
    )
}
