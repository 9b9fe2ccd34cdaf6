//! What a person decides about a question, and what follows for the picture. Pure.

use super::decide::{Decision, Effect};
use crate::{
    audience::queue::{self, ACCEPTED, BLOCKED},
    protocol::{AudienceState, BlockedName, Event, Problem, Question, QuestionState, State, TitleState, VoicesState},
    term::Term,
};

/// The title on which a question is shown, with the fields `name`, `network` and `text`.
pub const CARD: &str = "comment";

/// A question that is not for the screen.
pub fn reject(state: &State, id: &str, now: u64) -> Result<Decision, Problem> {
    let known = find(state, id)?;
    Ok(put(state, &known.id, QuestionState::Rejected, now))
}

/// The card away: this question's, or whichever is on air.
pub fn hide(state: &State, id: Option<&str>, now: u64) -> Result<Decision, Problem> {
    if let Some(id) = id {
        find(state, id)?;
    }
    let on_air = state.questions.iter().find(|known| known.state == QuestionState::OnAir);
    let on_air = on_air.filter(|known| id.is_none_or(|id| id == known.id));
    Ok(on_air.map_or_else(Decision::default, |known| put(state, &known.id, QuestionState::Shown, now)))
}

/// Somebody is heard again.
pub fn unblock(state: &State, network: &str, name: &str) -> Decision {
    let mut voices = state.voices.clone();
    voices.blocked.retain(|known| known.network != network || !queue::same_name(&known.name, name));
    Decision::new([Event::VoicesChanged { voices }], [Effect::KeepQuestions])
}

/// The applause as a small graphic, or not.
pub fn applause(state: &State, on: bool) -> Decision {
    let audience = AudienceState { applause_shown: on, ..state.audience.clone() };
    Decision::new([Event::AudienceChanged { audience }], [Effect::Titles])
}

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Question, Problem> {
    state.questions.iter().find(|question| question.id == id).ok_or_else(|| {
        Problem::operator(
            "unknown_question",
            "Cette question n'est plus là : retirée par son réseau, ou trop ancienne.",
            "This question is no longer there: taken back by its network, or too old.",
        )
    })
}

/// A question into the queue.
pub fn accept(state: &State, id: &str, now: u64) -> Result<Decision, Problem> {
    let question = find(state, id)?;
    if matches!(question.state, QuestionState::Accepted | QuestionState::OnAir) {
        return Ok(Decision::default());
    }
    if queue::count(&state.questions, |state| state == QuestionState::Accepted) >= ACCEPTED {
        return Err(Problem::operator(
            "queue_full",
            format!("La file a déjà {ACCEPTED} questions : montrez-en ou refusez-en d'abord."),
            format!("The queue already holds {ACCEPTED} questions: show or reject some first."),
        ));
    }
    Ok(put(state, id, QuestionState::Accepted, now))
}

/// An accepted question's card onto the picture.
pub fn show(state: &State, id: &str, now: u64) -> Result<Decision, Problem> {
    let question = find(state, id)?;
    match question.state {
        QuestionState::Waiting | QuestionState::Rejected => Err(Problem::operator(
            "not_accepted",
            "Acceptez d'abord cette question : rien n'arrive à l'écran sans qu'une personne l'ait lue.",
            "Accept this question first: nothing reaches the screen that nobody has read.",
        )),
        QuestionState::OnAir => Ok(Decision::default()),
        _ if !state.title_templates.iter().any(|template| template.id == CARD) => Err(Problem::operator(
            "unknown_template",
            "Le modèle « comment » manque ou est refusé : voyez pipelines/graphics.",
            "The template “comment” is missing or refused: see pipelines/graphics.",
        )),
        _ => Ok(put(state, id, QuestionState::OnAir, now)),
    }
}

/// Whoever asked this is not heard any more.
pub fn block(state: &State, id: &str, now: u64) -> Result<Decision, Problem> {
    let question = find(state, id)?;
    let name = BlockedName { network: question.network.clone(), name: question.name.clone(), since: now };
    let VoicesState { networks, mut blocked } = state.voices.clone();
    blocked.retain(|known| known.network != name.network || !queue::same_name(&known.name, &name.name));
    blocked.push(name);
    if blocked.len() > BLOCKED {
        blocked.remove(0);
    }
    let questions = changed(&state.questions, now, |known| {
        let theirs = queue::is_blocked(&blocked, known) && known.state != QuestionState::Shown;
        theirs.then_some(QuestionState::Rejected)
    });
    let mut decision = told(state, questions, now);
    decision.events.insert(0, Event::VoicesChanged { voices: VoicesState { networks, blocked } });
    decision.effects.push(Effect::KeepQuestions);
    Ok(decision)
}

/// Takes out what was said, and who was blocked, longer ago than the term.
pub fn forget(state: &State, term: &Term, now: u64) -> Decision {
    let (mut questions, mut voices) = (state.questions.clone(), state.voices.clone());
    queue::forget(&mut questions, &mut voices.blocked, term);
    let mut decision = if questions == state.questions { Decision::default() } else { told(state, questions, now) };
    if voices != state.voices {
        decision.events.push(Event::VoicesChanged { voices });
        decision.effects.push(Effect::KeepQuestions);
    }
    decision
}

/// One question into another state. One card at a time: what was on air makes room.
fn put(state: &State, id: &str, to: QuestionState, now: u64) -> Decision {
    let questions = changed(&state.questions, now, |known| match known.id == id {
        true => Some(to),
        false if to == QuestionState::OnAir && known.state == QuestionState::OnAir => Some(QuestionState::Shown),
        false => None,
    });
    told(state, questions, now)
}

fn changed(questions: &[Question], now: u64, to: impl Fn(&Question) -> Option<QuestionState>) -> Vec<Question> {
    let moved = questions.iter().map(|question| match to(question).filter(|to| *to != question.state) {
        Some(state) => Question { state, since: now, ..question.clone() },
        None => question.clone(),
    });
    let mut questions = moved.collect();
    queue::trim(&mut questions);
    questions
}

/// The events of a new list: the list first, then the card that goes with it.
pub fn told(state: &State, questions: Vec<Question>, now: u64) -> Decision {
    let before = on_air(&state.questions).map(|question| &question.id);
    let after = on_air(&questions);
    let mut decision = Decision::default();
    if before != after.map(|question| &question.id) {
        let mut titles: Vec<_> = state.titles.iter().filter(|title| title.template != CARD).cloned().collect();
        titles.extend(after.map(|question| TitleState {
            template: CARD.into(),
            fields: card(question),
            since: now,
            until: None,
            counts_to: None,
        }));
        decision.events.push(Event::TitlesChanged { titles });
        decision.effects.push(Effect::Titles);
    }
    decision.events.insert(0, Event::QuestionsChanged { questions });
    decision
}

/// A card that went some other way (all titles taken away, another text put on it) takes its
/// question along.
pub fn settle(state: &State, now: u64) -> Option<Event> {
    let question = on_air(&state.questions)?;
    let stands = state.titles.iter().any(|title| title.template == CARD && title.fields == card(question));
    let gone = |known: &Question| (known.state == QuestionState::OnAir).then_some(QuestionState::Shown);
    (!stands).then(|| Event::QuestionsChanged { questions: changed(&state.questions, now, gone) })
}

fn on_air(questions: &[Question]) -> Option<&Question> {
    questions.iter().find(|question| question.state == QuestionState::OnAir)
}

fn card(question: &Question) -> indexmap::IndexMap<String, String> {
    let Question { name, network, text, .. } = question;
    [("name", name), ("network", network), ("text", text)].map(|(field, text)| (field.to_owned(), text.clone())).into()
}
