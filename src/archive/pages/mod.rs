//! The catalogue's pages, from templates that an operator may change: for the panel, and for a copy
//! that any web host serves.

mod context;
mod labels;
mod values;

pub use labels::{Labels, labels, language_name, wanted};

use minijinja::{AutoEscape, Environment};
use serde_json::{Value, json};

use super::{
    Facet, Facets, PublicRecord, Query, Record, Settings, Stand,
    forms::{
        json_ld,
        words::{self, Licence},
    },
};
use crate::{
    media::{Descriptions, Folder},
    protocol::{Answer, ClipAnswer, Fault, Problem},
};

/// Records on one page.
pub const PAGE: u64 = 48;

/// For whom a page is, and where it will lie.
#[derive(Debug, Clone)]
pub struct Place {
    /// `fr` or `en`.
    pub language: String,
    /// What leads from the page to the front page: `/`, or `../../` in a copy.
    pub base: String,
    /// Part of a copy: nothing there can search.
    pub still: bool,
    /// Where the public finds it, without a slash at the end.
    pub address: Option<String>,
    /// The page itself with its question, to come back in the other language.
    pub here: String,
}

/// Renders pages.
pub struct Pages {
    templates: Environment<'static>,
    settings: Settings,
}

/// What the catalogue's page shows.
pub struct Listing<'a> {
    /// What was looked for.
    pub query: &'a Query,
    /// The records of this page.
    pub records: &'a [PublicRecord],
    /// All that were found.
    pub total: u64,
    /// Records before these.
    pub offset: u64,
    /// By what one may look further.
    pub facets: &'a Facets,
}

impl Pages {
    /// With the templates of this house.
    pub fn new(descriptions: Descriptions, settings: Settings) -> Self {
        let mut templates = Environment::new();
        templates.set_loader(move |name| Ok(descriptions.read(Folder::Pages, name).ok()));
        templates.set_auto_escape_callback(|name| match name.ends_with(".html") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        Self { templates, settings }
    }

    /// The catalogue.
    pub fn catalogue(&self, place: &Place, listing: &Listing<'_>) -> Result<String, Problem> {
        let Listing { query, records, total, offset, facets } = listing;
        let labels = labels(&place.language);
        let searching = **query != Query::default();
        let link = |query: &Query, offset: u64| context::search_link(place, query, offset);
        let heading = match (query.theme.as_str(), query.person.as_str()) {
            ("", "") if query.day.len() == 10 => labels.day(&query.day),
            ("", "") if !query.q.is_empty() => labels.results(&query.q),
            ("", "") if !query.language.is_empty() => language_name(&query.language, &place.language),
            ("", "") => self.settings.event.clone(),
            (theme, "") => theme.to_owned(),
            (_, person) => person.to_owned(),
        };
        let facet = |facet: &Facet, query: Query, label: String| json!({ "name": facet.name, "count": facet.count, "label": label, "href": link(&query, 0) });
        let facets = json!({
            "themes": facets.themes.iter().map(|one| {
                facet(one, Query { theme: one.name.clone(), ..Query::default() }, one.name.clone())
            }).collect::<Vec<_>>(),
            "days": facets.days.iter().map(|one| {
                facet(one, Query { day: one.name.clone(), ..Query::default() }, labels.day(&one.name))
            }).collect::<Vec<_>>(),
            "languages": facets.languages.iter().map(|one| {
                let label = language_name(&one.name, &place.language);
                facet(one, Query { language: one.name.clone(), ..Query::default() }, label)
            }).collect::<Vec<_>>(),
        });
        let mut days: Vec<Value> = Vec::new();
        for group in records.chunk_by(|one, next| one.day() == next.day()) {
            let day = group[0].day();
            let here = Query { day: day.to_owned(), ..Query::default() };
            let href = (!place.still && **query != here).then(|| link(&here, 0));
            let clips: Vec<_> = group.iter().map(|record| context::card(place, record)).collect();
            days.push(json!({ "label": labels.day(day), "href": href, "clips": clips }));
        }
        let shown = offset + records.len() as u64;
        let own = json!({
            "heading": heading, "searching": searching, "found": labels.found(*total), "facets": facets,
            "query": { "q": query.q, "theme": query.theme, "day": query.day, "language": query.language },
            "days": days,
            "earlier": (shown < *total && !place.still).then(|| link(query, shown)),
            "later": (*offset > 0 && !place.still).then(|| link(query, offset.saturating_sub(PAGE))),
        });
        self.render("archive.html", place, own)
    }

    /// A clip's or photo's own page; `others` of the same day below it.
    pub fn record(
        &self,
        place: &Place,
        record: &PublicRecord,
        bytes: u64,
        others: &[PublicRecord],
    ) -> Result<String, Problem> {
        // In a page's script element nothing may look like its end.
        let json_ld = json_ld::object(record).to_string().replace('<', "\\u003c");
        let others: Vec<_> = others.iter().map(|record| context::card(place, record)).collect();
        let mut own = json!({ "clip": context::clip(place, record, bytes), "json_ld": json_ld, "others": others });
        own["licence"] = licence(Licence::of(record));
        self.render("clip.html", place, own)
    }

    /// The player alone, for other sites' pages.
    pub fn embed(&self, place: &Place, record: &PublicRecord) -> Result<String, Problem> {
        let mut own = json!({ "clip": context::clip(place, record, 0) });
        own["licence"] = licence(Licence::of(record));
        self.render("embed.html", place, own)
    }

    /// The desk's page of a record: words, names, captions, beginning and end.
    pub fn edit(&self, place: &Place, record: &Record, stand: Stand) -> Result<String, Problem> {
        let told = record.description();
        let mut own = json!({
            "clip": context::clip(place, &told, 0),
            "public": stand.public, "allowed": stand.allowed, "clearing": stand.clearing,
        });
        own["licence"] = licence(Licence::of(&told));
        own["answers"] = stand.answers.iter().map(answer).collect();
        own["answered"] = json!(stand.answers.iter().all(|one| one.answer == Some(Answer::Fine)));
        let lines = record.credits.iter().map(|credit| match credit.role.as_str() {
            "" => credit.name.clone(),
            role => format!("{} | {role}", credit.name),
        });
        let chapters =
            record.chapters.iter().map(|chapter| format!("{} {}", words::clock(chapter.at_ms), chapter.label));
        own["lines"] = json!({
            "credits": lines.collect::<Vec<_>>().join("\n"), "tags": record.tags.join(", "),
            "chapters": chapters.collect::<Vec<_>>().join("\n"), "transcript": record.transcript,
            "rights": record.rights_notice,
            "withheld": record.transcript_withheld.then(|| typed(record)).flatten(),
            "seconds": record.duration_ms as f64 / 1000.0,
        });
        own["changes"] = json!(record.history.len());
        self.render("edit.html", place, own)
    }

    /// A template with these values, besides what every page has.
    pub fn render(&self, template: &str, place: &Place, own: Value) -> Result<String, Problem> {
        let Settings { event, place: venue, .. } = &self.settings;
        let mut all = json!({
            "lang": place.language, "base": place.base, "still": place.still, "address": place.address,
            "home": if place.still { format!("{}index.html", place.base) } else { format!("{}archive", place.base) },
            "studio": { "event": event, "place": venue }, "licence": licence(Licence::named(&self.settings.licence)),
            "languages": context::languages(place), "t": labels(&place.language).all(),
        });
        if let (Some(all), Value::Object(own)) = (all.as_object_mut(), own) {
            all.extend(own);
        }
        let template = self.templates.get_template(template).map_err(|error| broken(template, &error))?;
        template.render(values::value(&all)).map_err(|error| broken(template.name(), &error))
    }
}

/// What somebody says of the clip, for the template.
fn answer(said: &ClipAnswer) -> Value {
    let (kind, cut) = match said.answer {
        None => ("none", None),
        Some(Answer::Fine) => ("fine", None),
        Some(Answer::Cut { from_ms, until_ms }) => ("cut", Some((from_ms, until_ms))),
    };
    let cut = cut.map(|(from, until)| {
        json!({ "from_ms": from, "until_ms": until, "from": words::clock(from), "until": words::clock(until) })
    });
    json!({ "name": said.name, "kind": kind, "cut": cut })
}

/// The transcript as it was before the last change that took it.
fn typed(record: &Record) -> Option<&Value> {
    record.history.iter().rev().filter_map(|change| change.before.get("transcript")).find(|text| **text != "")
}

fn licence(licence: &Licence) -> Value {
    json!({ "id": licence.id, "name": licence.name, "url": licence.url })
}

fn broken(template: &str, error: &minijinja::Error) -> Problem {
    // The template may be the operator's own: the line is what they need.
    Problem::new(
        "bad_template",
        Fault::Operator,
        format!("Le modèle pipelines/pages/{template} ne va pas : {error:#}. Comparez-le à celui d'origine."),
        format!("The template pipelines/pages/{template} does not work: {error:#}. Compare it with the original."),
    )
}
