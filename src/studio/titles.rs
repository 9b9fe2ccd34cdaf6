//! Which titles may be shown, and what becomes of them. Pure.

use indexmap::IndexMap;

use super::{
    countdown,
    decide::{Decision, Effect, Facts},
    segments,
};
use crate::{
    protocol::{Event, Problem, Role, State, TitleState, TitleTemplate},
    rights,
};

/// Characters of one text; far beyond what a title can hold.
const LONGEST: usize = 500;
/// Texts of one title.
const FIELDS: usize = 20;
/// Seconds that a title may stay by itself.
const SECONDS: std::ops::RangeInclusive<u32> = 1..=3600;
/// The template whose `time` is the studio's clock.
pub const CLOCK: &str = "clock";

/// The templates as people are asked for their texts: a clock asks for none.
pub fn offered(mut templates: Vec<TitleTemplate>) -> Vec<TitleTemplate> {
    for template in templates.iter_mut().filter(|template| template.id == CLOCK) {
        template.fields.retain(|field| field != "time");
    }
    templates
}

/// Shows a title, in place of the one of the same template.
///
/// # Errors
/// No such template or one that is refused; a text that is unknown to it, too long, or missing;
/// `name_not_chosen` for a name that its bearer did not choose, unless an animator says that they have
/// `agreed` to it.
pub fn show(
    state: &State,
    template: String,
    fields: IndexMap<String, String>,
    seconds: Option<u32>,
    agreed: bool,
    facts: &Facts<'_>,
) -> Result<Decision, Problem> {
    let known = state.title_templates.iter().find(|known| known.id == template);
    let known = known.ok_or_else(|| unknown_template(state, &template))?;
    if let Some(problem) = (facts.template_fault)(&template) {
        return Err(problem);
    }
    check(known, &fields)?;
    if seconds.is_some_and(|seconds| !SECONDS.contains(&seconds)) {
        return Err(Problem::operator(
            "bad_seconds",
            "Un titre reste de 1 à 3600 secondes.",
            "A title stays from 1 to 3600 seconds.",
        ));
    }
    let text = text_of(&fields);
    let misnamed = rights::misnamed(&state.rundown, &text, facts.around.agreed);
    if let Some((person, chosen)) = misnamed.first()
        && !(agreed && facts.role > Role::Moderator)
    {
        return Err(name_not_chosen(&person.name, chosen.as_deref(), facts.role));
    }
    let mut until = seconds.map(|seconds| facts.now + u64::from(seconds) * 1000);
    let mut counts_to = None;
    if template == countdown::TEMPLATE {
        let end = countdown::end(&fields, facts.now, facts.utc_offset_seconds)?;
        counts_to = Some(end);
        until = until.or(Some(end + countdown::LINGERS_MS));
    }
    let mut titles: Vec<_> = state.titles.iter().filter(|title| title.template != template).cloned().collect();
    titles.push(TitleState { template, fields, since: facts.now, until, counts_to });
    let mut decision = Decision::new([Event::TitlesChanged { titles }], [Effect::Titles]);
    decision.append(segments::name_is_shown(state, &text, facts.around));
    Ok(decision)
}

/// All that a title says.
pub fn text_of(fields: &IndexMap<String, String>) -> String {
    fields.values().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Whether it has one of these names in it.
pub fn names_any(title: &TitleState, names: &[&str]) -> bool {
    let text = text_of(&title.fields);
    names.iter().any(|name| rights::holds_name(&text, name))
}

fn name_not_chosen(name: &str, chosen: Option<&str>, role: Role) -> Problem {
    let (fr, en) = match chosen {
        Some(chosen) => (
            format!("{name} veut être appelé·e « {chosen} » à l'écran"),
            format!("{name} wants to be called “{chosen}” on screen"),
        ),
        None => (
            format!("{name} n'a pas choisi d'être nommé·e à l'écran"),
            format!("{name} has not chosen to be named on screen"),
        ),
    };
    let (what_fr, what_en) = if role > Role::Moderator {
        ("Changez le titre, ou confirmez.", "Change the title, or confirm.")
    } else {
        ("Changez le titre, ou demandez à l'animateur.", "Change the title, or ask the host.")
    };
    Problem::operator("name_not_chosen", format!("{fr}. {what_fr}"), format!("{en}. {what_en}"))
}

fn unknown_template(state: &State, template: &str) -> Problem {
    let template: String = template.chars().take(40).collect();
    let known = state.title_templates.iter().map(|known| known.id.as_str()).collect::<Vec<_>>().join(", ");
    Problem::operator(
        "unknown_template",
        format!("Le modèle « {template} » n'existe pas. Il y a : {known}."),
        format!("There is no template “{template}”. There are: {known}."),
    )
}

fn check(template: &TitleTemplate, fields: &IndexMap<String, String>) -> Result<(), Problem> {
    let label = &template.label;
    if fields.len() > FIELDS {
        return Err(Problem::operator(
            "too_many_fields",
            format!("Un titre a {FIELDS} textes au plus."),
            format!("A title has {FIELDS} texts at most."),
        ));
    }
    let counts = template.id == countdown::TEMPLATE;
    // What the studio writes itself may be given, and is not looked at.
    let more: &[&str] = match template.id.as_str() {
        CLOCK => &["time"],
        countdown::TEMPLATE => &countdown::FIELDS,
        _ => &[],
    };
    for (field, text) in fields {
        if !template.fields.contains(field) && !more.contains(&field.as_str()) {
            let field: String = field.chars().take(40).collect();
            let known = template.fields.join(", ");
            return Err(Problem::operator(
                "unknown_field",
                format!("« {} » n'a pas de texte « {field} ». Il a : {known}.", label.fr),
                format!("“{}” has no text “{field}”. It has: {known}.", label.en),
            ));
        }
        let length = text.chars().count();
        if length > LONGEST {
            return Err(Problem::operator(
                "text_too_long",
                format!("Le texte « {field} » a {length} caractères ; {LONGEST} au plus. Raccourcissez-le."),
                format!("The text “{field}” has {length} characters; at most {LONGEST}. Make it shorter."),
            ));
        }
    }
    if template.id == CLOCK || counts {
        return Ok(());
    }
    let blank = |field: &str| fields.get(field).is_none_or(|text| text.trim().is_empty());
    let nameless = template.fields.iter().any(|field| field == "name") && blank("name");
    if nameless {
        return Err(Problem::operator(
            "name_empty",
            "Le nom est vide. Écrivez qui parle, puis montrez le titre.",
            "The name is empty. Write who speaks, then show the title.",
        ));
    }
    if !template.fields.is_empty() && template.fields.iter().all(|field| blank(field)) {
        return Err(Problem::operator(
            "title_empty",
            "Ce titre est vide : écrivez au moins un de ses textes avant de le montrer.",
            "This title is empty: write at least one of its texts before you show it.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Text;

    fn template(id: &str, fields: &[&str]) -> TitleTemplate {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        TitleTemplate { id: id.into(), label: Text::new("Bandeau", "Lower third"), fields }
    }

    fn code(template: &TitleTemplate, fields: &[(&str, &str)]) -> Option<String> {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        check(template, &fields).err().map(|problem| {
            assert!(!problem.text.fr.is_empty() && !problem.text.en.is_empty());
            problem.code
        })
    }

    #[test]
    fn a_name_in_a_title_is_found_as_a_word() {
        let title = |text: &str| TitleState {
            template: "lower-third".into(),
            fields: [("name".to_owned(), text.to_owned())].into_iter().collect(),
            since: 0,
            until: None,
            counts_to: None,
        };
        for (text, name, found) in [
            ("Odile Ruche", "Odile Ruche", true),
            ("ODILE RUCHE, apicultrice", "Odile Ruche", true),
            ("Avec Odile-Ruche !", "odile ruche", true),
            ("Odile Ruchette", "Odile Ruche", false),
            ("Anne", "A", false),
            ("Élodie", "élodie", true),
            ("—", "—", false),
            ("Odile", "", false),
        ] {
            assert_eq!(names_any(&title(text), &[name]), found, "{text} {name}");
        }
    }

    #[test]
    fn each_mistake_is_refused_with_its_field_named() {
        let lower_third = template("lower-third", &["name", "role"]);
        let long = "é".repeat(501);
        for (fields, expected) in [
            (&[("name", "Mme Ruche"), ("role", "")][..], None),
            (&[("name", "<b>Ruche</b>")], None),
            (&[("name", &"é".repeat(500)[..])], None),
            (&[("name", &long[..])], Some("text_too_long")),
            (&[("name", "A"), ("rôle", "B")], Some("unknown_field")),
            (&[("name", "  "), ("role", "Apicultrice")], Some("name_empty")),
            (&[], Some("name_empty")),
        ] {
            assert_eq!(code(&lower_third, fields).as_deref(), expected, "{fields:?}");
        }
        let many: Vec<_> = (0..21).map(|n| n.to_string()).collect();
        let many: Vec<_> = many.iter().map(|name| (name.as_str(), "")).collect();
        assert_eq!(code(&lower_third, &many).as_deref(), Some("too_many_fields"));
        assert_eq!(code(&template("title-card", &["title"]), &[("title", "\n")]).as_deref(), Some("title_empty"));
        assert_eq!(code(&template("banner", &[]), &[]), None);
        let [clock] = offered(vec![template("clock", &["time"])]).try_into().unwrap();
        assert!(clock.fields.is_empty());
        assert_eq!(code(&clock, &[("time", "noon")]), None);
        assert_eq!(code(&template("countdown", &["label", "time"]), &[("seconds", "60")]), None);
        let told = check(&lower_third, &[("name".to_owned(), long)].into_iter().collect()).unwrap_err();
        assert!(told.text.fr.contains("« name »") && told.text.en.contains("501"), "{told:?}");
    }
}
