//! The rundown's commands as decisions: the rules of [`crate::rundown`], told as events and effects.

use super::{
    decide::{Decision, Effect, Facts},
    phones, titles,
};
use crate::{
    people::{Kind, Operation},
    protocol::{Event, Problem, Segment, SegmentAdd, SegmentState, SegmentUpdate, State, TitleState},
    rights::{self, Thing, Use},
    rundown::{self, Around, clean},
};

/// Characters of a message on the set's clock.
const MAX_MESSAGE: usize = 200;

/// What happened to a segment, for those who carry it out besides the studio.
#[derive(Debug, Clone, PartialEq)]
pub enum SegmentStep {
    /// It is on air: its recording begins.
    Begin(Box<Segment>),
    /// A moment worth finding again.
    Mark(String),
    /// It is over: its clip is cut.
    End(Box<Segment>),
    /// What may be done with a segment's clip and photos has changed.
    Publish(Box<Segment>),
}

/// Puts a segment into the rundown.
pub fn add(state: &State, new: SegmentAdd, around: &Around<'_>) -> Result<Decision, Problem> {
    change(state, around, |segments| rundown::add(segments, new, SegmentState::Ready, around).map(drop))
}

/// Changes a segment.
pub fn update(state: &State, new: SegmentUpdate, around: &Around<'_>) -> Result<Decision, Problem> {
    change(state, around, |segments| rundown::change(segments, new, around))
}

/// Moves a segment.
pub fn move_to(state: &State, id: &str, position: usize, around: &Around<'_>) -> Result<Decision, Problem> {
    change(state, around, |segments| rundown::move_to(segments, id, position))
}

/// Takes a segment that is not on air out of the rundown.
pub fn remove(state: &State, id: &str, around: &Around<'_>) -> Result<Decision, Problem> {
    change(state, around, |segments| rundown::remove(segments, id))
}

/// Starts a segment, or the next one.
pub fn start(
    state: &State,
    id: Option<&str>,
    private: Option<bool>,
    reason: Option<&str>,
    facts: &Facts<'_>,
) -> Result<Decision, Problem> {
    let mut segments = state.rundown.clone();
    let started = rundown::start(&mut segments, id, private, reason, facts.role, facts.around)?;
    // What is on the picture already is seen in this segment from now on.
    let misnames = |title: &&TitleState| {
        !rights::misnamed(&segments, &titles::text_of(&title.fields), facts.around.agreed).is_empty()
    };
    let (gone, left): (Vec<_>, Vec<_>) = state.titles.iter().partition(misnames);
    for title in &left {
        rundown::note_names(&mut segments, &titles::text_of(&title.fields), facts.around);
    }
    let mut decision = redraw(state, segments, facts.around);
    if !gone.is_empty() {
        decision.events.push(Event::TitlesChanged { titles: left.into_iter().cloned().collect() });
        decision.effects.push(Effect::Titles);
    }
    decision.effects.push(Effect::KeepRundown);
    if started.overridden {
        decision.effects.push(Effect::Overridden(Box::new(started.clone()), reason.unwrap_or_default().to_owned()));
    }
    decision.effects.push(Effect::Segment(SegmentStep::Begin(Box::new(started))));
    Ok(decision)
}

/// Ends the segment on air.
pub fn end(state: &State, around: &Around<'_>) -> Result<Decision, Problem> {
    end_at(state, around.now, around)
}

/// Marks this moment of the segment on air.
pub fn mark(state: &State, label: String, around: &Around<'_>) -> Result<Decision, Problem> {
    let mut decision = change(state, around, |segments| rundown::mark(segments, &label, around).map(drop))?;
    decision.effects.push(Effect::Segment(SegmentStep::Mark(label)));
    Ok(decision)
}

/// A message on the set's clock; empty: none.
pub fn clock_message(text: &str) -> Result<Decision, Problem> {
    let text = clean(text, "text", MAX_MESSAGE)?;
    let clock_message = (!text.is_empty()).then_some(text);
    Ok(Decision::new([Event::ClockMessageChanged { clock_message }], []))
}

/// The rundown after a change, kept.
fn change(
    state: &State,
    around: &Around<'_>,
    change: impl FnOnce(&mut Vec<Segment>) -> Result<(), Problem>,
) -> Result<Decision, Problem> {
    let mut segments = state.rundown.clone();
    change(&mut segments)?;
    let mut decision = redraw(state, segments, around);
    decision.effects.push(Effect::KeepRundown);
    Ok(decision)
}

fn end_at(state: &State, at: u64, around: &Around<'_>) -> Result<Decision, Problem> {
    let mut segments = state.rundown.clone();
    let ended = rundown::end(&mut segments, at, state.rehearsal)?;
    let mut decision = redraw(state, segments, around);
    decision.effects.push(Effect::KeepRundown);
    decision.effects.push(Effect::Segment(SegmentStep::End(Box::new(ended))));
    Ok(decision)
}

/// A citizen's proposal at the end of the rundown, and its id.
pub fn propose(state: &State, new: SegmentAdd, around: &Around<'_>) -> Result<(Decision, String), Problem> {
    let mut segments = state.rundown.clone();
    let id = rundown::add(&mut segments, new, SegmentState::Proposed, around)?;
    let mut decision = redraw(state, segments, around);
    decision.effects.push(Effect::KeepRundown);
    Ok((decision, id))
}

/// What follows at once when somebody has signed, taken back or had erased something: the slate, names off
/// the rundown and the picture, the live page. To be decided again does no harm.
pub fn conclude(state: &State, operation: &Operation, around: &Around<'_>) -> Decision {
    let Operation { kind, person, segment, names, .. } = operation;
    let mut segments = state.rundown.clone();
    if *kind == Kind::Answered {
        // The clip's affair alone.
        return Decision { effects: vec![Effect::KeepRundown], ..Decision::default() };
    }
    if *kind == Kind::Erased {
        rundown::forget(&mut segments, person);
    }
    let known = segments.iter().find(|known| known.id == *segment);
    let started = known.is_some_and(|segment| segment.started_at.is_some());
    let may_be_shown =
        known.is_some_and(|segment| rights::may(Thing::Segment(segment), Use::Air, around.agreed).is_ok());
    let listed = state.rundown.iter().flat_map(|segment| &segment.participants).find(|known| known.id == *person);
    let listed = listed.into_iter().flat_map(|known| [Some(&known.name), known.credit.as_ref()]).flatten();
    let agreed = (around.agreed)(person);
    let chosen = rights::credit(&agreed).filter(|_| may_be_shown);
    let gone: Vec<&str> = names.iter().chain(listed).map(String::as_str).filter(|name| Some(*name) != chosen).collect();
    let mut decision = redraw(state, segments, around);
    let titles: Vec<_> = state.titles.iter().filter(|title| !titles::names_any(title, &gone)).cloned().collect();
    if titles.len() < state.titles.len() {
        // First: what is told next may be told as a whole.
        decision.events.insert(0, Event::TitlesChanged { titles });
        decision.effects.push(Effect::Titles);
    }
    if started && (*kind != Kind::Signed || !may_be_shown) {
        decision.effects.push(Effect::Retract(segment.clone()));
    }
    decision.effects.push(Effect::KeepRundown);
    decision
}

/// A text is on the picture: the segment on air knows whom it names.
pub fn name_is_shown(state: &State, text: &str, around: &Around<'_>) -> Decision {
    let mut segments = state.rundown.clone();
    if !rundown::note_names(&mut segments, text, around) {
        return Decision::default();
    }
    let mut decision = redraw(state, segments, around);
    decision.effects.push(Effect::KeepRundown);
    decision
}

/// Takes out segments that have not taken place.
pub fn remove_unperformed(state: &State, ids: &[String], around: &Around<'_>) -> Decision {
    let mut segments = state.rundown.clone();
    rundown::remove_unperformed(&mut segments, ids);
    let mut decision = redraw(state, segments, around);
    decision.effects.push(Effect::KeepRundown);
    decision
}

/// Ends what was on air when the studio ended and nobody took up again; `at` is the best guess.
pub fn close(state: &State, at: u64, around: &Around<'_>) -> Decision {
    end_at(state, at, around).unwrap_or_default()
}

/// What follows when time has passed or agreements have changed: events only where something did.
pub fn refresh(state: &State, around: &Around<'_>) -> Decision {
    redraw(state, state.rundown.clone(), around)
}

/// The rundown with its times and agreements drawn anew, as events; and what that means for clips and
/// for what is on air: where somebody in the picture has not agreed, or no longer does, the slate.
fn redraw(state: &State, mut segments: Vec<Segment>, around: &Around<'_>) -> Decision {
    let drift_seconds = rundown::draw(&mut segments, around);
    let mut decision = Decision::default();
    let segment = segments.iter().find(|segment| segment.state == SegmentState::OnAir).cloned();
    // The slate first: what may not be shown is never on air, not for a frame.
    let barred =
        segment.as_ref().is_some_and(|segment| rights::may(Thing::Segment(segment), Use::Air, around.agreed).is_err());
    if barred && !state.slate {
        decision.events.push(Event::SlateChanged { slate: true });
        decision.effects.push(Effect::Slate(true));
    }
    for segment in &segments {
        let before = state.rundown.iter().find(|before| before.id == segment.id);
        if before.is_some_and(|before| before.state == segment.state && differs(before, segment)) {
            decision.effects.push(Effect::Segment(SegmentStep::Publish(Box::new(segment.clone()))));
        }
    }
    decision.events.extend(phones::renamed(state, around));
    if segment != state.segment {
        decision.events.push(Event::SegmentChanged { segment });
    }
    // A drift that grows by the second is no news by itself.
    let drifted = minutes(drift_seconds) != minutes(state.drift_seconds);
    if segments != state.rundown || drifted {
        decision.events.push(Event::RundownChanged { rundown: segments, drift_seconds });
    }
    decision
}

fn differs(before: &Segment, now: &Segment) -> bool {
    before.participants != now.participants || before.missing != now.missing
}

fn minutes(drift: Option<i32>) -> Option<i32> {
    drift.map(|seconds| seconds.div_euclid(60))
}
