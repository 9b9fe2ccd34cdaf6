//! Participants' phones as cameras: who holds one, and that none goes live without its holder's agreement.

use super::decide::{Decision, Effect};
use crate::{
    protocol::{Event, PhoneHolder, Problem, Scene, SourceState, State},
    rights::{self, Agreed},
    rundown::Around,
};

/// Whoever holds a slot, as the desk is told of them.
pub fn holder(person: String, agreed: &dyn Fn(&str) -> Agreed) -> PhoneHolder {
    let name = rights::credit(&agreed(&person)).map(str::to_owned);
    PhoneHolder { person, name }
}

/// The sources whose holder has chosen another name, or none any more.
pub fn renamed(state: &State, around: &Around<'_>) -> Vec<Event> {
    let changed = |(source, known): (&String, &SourceState)| {
        let held = known.holder.as_ref()?;
        let now = holder(held.person.clone(), around.agreed);
        let state = SourceState { holder: Some(now.clone()), ..known.clone() };
        (now != *held).then(|| Event::SourceChanged { source: source.clone(), state })
    };
    state.sources.iter().filter_map(changed).collect()
}

/// Whether a scene may be seen and heard on air.
///
/// # Errors
/// `phone_not_live`, with the phone.
pub fn may_take(state: &State, scene: &Scene, around: &Around<'_>) -> Result<(), Problem> {
    barred(state, around, |source| !state.slate && scene.carries(source))
}

/// Whether a decision sends no phone live whose holder has not agreed to that. A phone that is live already
/// is the admission's to hang up: nothing that takes it away is refused.
///
/// # Errors
/// As [`may_take`].
pub fn may_follow(state: &State, decision: &Decision, around: &Around<'_>) -> Result<(), Problem> {
    if state.sources.values().all(|source| source.holder.is_none()) {
        return Ok(());
    }
    let mut after = state.clone();
    decision.events.iter().for_each(|event| after.apply(event));
    let shown = |source: &str| {
        let shows = |effect: &Effect| match effect {
            Effect::Take(scene, _) | Effect::TBar(scene, _) => scene.carries(source),
            _ => false,
        };
        after.is_on_air(source) || (!after.slate && decision.effects.iter().any(shows))
    };
    barred(&after, around, |source| !state.is_on_air(source) && shown(source))
}

fn barred(state: &State, around: &Around<'_>, shown: impl Fn(&str) -> bool) -> Result<(), Problem> {
    for (id, source) in &state.sources {
        let Some(PhoneHolder { person, name }) = &source.holder else { continue };
        if shown(id) && rights::may_film(&state.rundown, person, true, around.agreed).is_err() {
            return Err(not_live(&source.label, name.as_deref()));
        }
    }
    Ok(())
}

fn not_live(label: &str, name: Option<&str>) -> Problem {
    let (fr, en) = (name.unwrap_or("la personne qui filme"), name.unwrap_or("whoever films"));
    Problem::operator(
        "phone_not_live",
        format!(
            "« {label} » ne peut pas passer en direct : {fr} n'a pas donné son accord pour être en direct, ou ce n'est pas son tour. Demandez-lui de signer pour le direct, ou prenez une autre scène."
        ),
        format!(
            "“{label}” cannot go live: {en} has not agreed to be live, or it is not their turn. Ask them to sign for that, or take another scene."
        ),
    )
}
