//! The paper form, for those without a phone: printed, signed by hand, entered at the desk.

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Deserialize;

use super::{body::fail, link::invitation};
use crate::{
    panel::{App, Routes, access::Caller, aside::aside, failure::Failure},
    people::Terms,
    protocol::{Problem, Role, Text},
};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().route("/api/people/{person}/paper", get(form)).route("/api/people/paper.css", get(style))
}

#[derive(Deserialize)]
struct Language {
    #[serde(default)]
    language: String,
}

/// The form of one person; its QR code is their personal link.
async fn form(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Query(Language { language }): Query<Language>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    caller.at_least(Role::Animator, &app)?;
    let people = app.studio.people().clone();
    let file = people.file(&person).await.map_err(|problem| fail(&app, problem))?;
    let token = people.new_link(&person, true).await.map_err(|problem| fail(&app, problem))?;
    let link = invitation(&app, &headers, &token);
    let now = app.people.day.now();
    let title = now.segment(&file.segment).map_or_else(String::new, |segment| segment.title.clone());
    let (event, place) = (now.event.clone(), now.place.clone());
    let texts = people.texts();
    let drawn = aside(move || {
        let terms = texts.terms(&language)?;
        let template = texts.paper()?;
        draw(&template, &terms, &[&event, &place, &title, &file.name], &link.qr)
    });
    drawn.await.map(|html| Html(html).into_response()).map_err(|problem| fail(&app, problem))
}

async fn style(State(app): State<App>) -> Result<Response, Failure> {
    let texts = app.studio.people().texts();
    let style = aside(move || texts.paper_style()).await;
    style
        .map(|style| ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], style).into_response())
        .map_err(|problem| fail(&app, problem))
}

fn draw(template: &str, terms: &Terms, about: &[&str; 4], svg: &str) -> Result<String, Problem> {
    let say = |fr: &str, en: &str| Text::new(fr, en).get(&terms.language).to_owned();
    // A part of the agreement, and the lines to fill in under it.
    let part = |id: &str, fields: Vec<String>| {
        let part = terms.parts.iter().find(|part| part.id == id)?;
        Some(context! { title => &part.title, body => &part.body, fields })
    };
    let points: Vec<Value> =
        ["recorded", "live", "archived"].into_iter().filter_map(|id| part(id, Vec::new())).collect();
    let fields = vec![
        say("Nom et prénom", "Name"),
        say("Nom à citer (le vôtre, un pseudonyme, ou aucun)", "Name to be credited (yours, a pseudonym, or none)"),
        say("Contact (facultatif)", "Contact (optional)"),
        say("Date et signature", "Date and signature"),
    ];
    let guardians = vec![
        say("Date de naissance de l'enfant", "The child's date of birth"),
        say("Responsable légal 1 : nom, date, signature", "Guardian 1: name, date, signature"),
        say("Responsable légal 2 : nom, date, signature", "Guardian 2: name, date, signature"),
        say("Si une seule personne signe : pourquoi", "If only one signs: why"),
    ];
    let child = vec![say("Ton prénom, ta signature", "Your name, your signature")];
    let minors: Vec<Value> = [part("guardian", guardians), part("child", child)].into_iter().flatten().collect();
    let [event, place, segment, name] = *about;
    let introduction: Vec<String> = terms.introduction.split("\n\n").map(str::to_owned).collect();
    let text = context! { language => &terms.language, title => &terms.title, hash => &terms.hash };
    let values = context! { terms => text, event, place, segment, name, svg, introduction, points, fields, minors };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.render_str(template, values).map_err(|error| {
        Problem::operator(
            "bad_terms",
            format!("Le formulaire « pipelines/people/paper.html » est mal écrit ({error})."),
            format!("The form pipelines/people/paper.html is wrong ({error})."),
        )
    })
}
