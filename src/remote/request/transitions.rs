//! The ways from one scene to the next.

use serde_json::{Value, json};

use super::{Answer, Fields, Refusal, scenes, status};
use crate::{
    protocol::{StudioCommand, TransitionKind},
    remote::{
        desk::{TRANSITIONS, named, transition_kind, transition_name},
        events::with,
        names,
        show::Show,
    },
};

/// The studio's own limits, milliseconds.
const DURATION: (f64, f64) = (40.0, 5000.0);
/// A T-bar nearer to its end than this is at its end: a fader's travel is not exact.
const END: f64 = 0.99;

fn described(kind: TransitionKind) -> Value {
    let more = json!({
        "transitionKind": transition_kind(kind),
        "transitionFixed": kind == TransitionKind::Cut,
        "transitionConfigurable": false,
    });
    with(named(kind), more)
}

/// `GetTransitionKindList`
pub fn kinds() -> Answer {
    Ok(json!({ "transitionKinds": TRANSITIONS.map(|(_, kind)| transition_kind(kind)) }))
}

/// `GetSceneTransitionList`
pub fn list(show: &Show) -> Answer {
    let current = show.desk.transition().kind;
    let name = transition_name(current);
    Ok(json!({
        "currentSceneTransitionName": name,
        "currentSceneTransitionUuid": names::uuid("transition", name),
        "currentSceneTransitionKind": transition_kind(current),
        "transitions": TRANSITIONS.map(|(_, kind)| described(kind)),
    }))
}

/// `GetCurrentSceneTransition`
pub fn current(show: &Show) -> Answer {
    let transition = show.desk.transition();
    let duration = (transition.kind != TransitionKind::Cut).then_some(transition.duration_ms);
    Ok(with(described(transition.kind), json!({ "transitionDuration": duration, "transitionSettings": null })))
}

/// `SetCurrentSceneTransition`
pub fn choose(show: &Show, fields: &Fields<'_>) -> Answer {
    let wanted = fields.text("transitionName")?;
    let known = TRANSITIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let absent = || Refusal::new(status::NOT_FOUND, "There are the transitions Cut, Fade and Wipe.");
    show.desk.choose_kind(known.ok_or_else(absent)?.1);
    Ok(Value::Null)
}

/// `SetCurrentSceneTransitionDuration`
pub fn choose_duration(show: &Show, fields: &Fields<'_>) -> Answer {
    show.desk.choose_duration(fields.number("transitionDuration", DURATION.0, DURATION.1)?.round() as u32);
    Ok(Value::Null)
}

/// `GetCurrentSceneTransitionCursor`
pub fn cursor(show: &Show) -> Answer {
    Ok(json!({ "transitionCursor": show.cursor() }))
}

/// `TriggerStudioModeTransition`
pub async fn trigger(show: &mut Show) -> Answer {
    scenes::in_studio_mode(show)?;
    // With nothing else in preview, the picture stays as it is.
    if show.state.preview.is_some() {
        let transition = show.desk.transition();
        show.command(StudioCommand::Take { scene: None, transition }).await?;
    }
    Ok(Value::Null)
}

/// `SetTBarPosition`; released short of its end, it stays where it is.
pub async fn t_bar(show: &mut Show, fields: &Fields<'_>) -> Answer {
    scenes::in_studio_mode(show)?;
    let position = fields.number("position", 0.0, 1.0)?;
    let position = if position >= END { 1.0 } else { position };
    show.command(StudioCommand::TBar { position }).await?;
    Ok(Value::Null)
}
