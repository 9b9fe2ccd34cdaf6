//! What each role is shown.
//!
//! The one place where something is left out. A moderator looks after questions and titles and is shown
//! what viewers see, not the cameras and microphones behind it: nothing of a segment that
//! [`crate::rights`] does not let them know, and nothing of what is made while the slate is up. A change
//! that is left out still takes its revision, or the client would think that it missed one: it arrives
//! as the event `hidden`, which carries nothing.

use axum::extract::ws;
use serde::Serialize;
use serde_json::json;

use crate::{
    outputs::monitors::{ON_AIR, PROGRAM},
    protocol::{
        Event, Health, Message, Participant, ProgramMeter, Question, QuestionState, Role, Segment, State, TitleState,
    },
    rights::{self, Agreed, Thing, Use},
    rundown,
    studio::Studio,
};

/// A level at which nothing is heard, dBFS and LUFS.
const SILENCE: f32 = -90.0;

/// Whether `role` is shown everything.
fn everything(role: Role) -> bool {
    role > Role::Moderator
}

/// What the monitors have for `role` who asks for the picture or the sound of `source`. `None`: it is
/// not theirs to see.
pub fn monitored(role: Role, source: &str) -> Option<&str> {
    match source {
        source if everything(role) => Some(source),
        PROGRAM => Some(ON_AIR),
        _ => None,
    }
}

/// What one client is shown of the state, and has been shown so far.
pub struct View {
    role: Role,
    studio: Studio,
    /// The state as it is, and as a moderator knows it; nothing for those who are shown everything.
    moderated: Option<(State, State)>,
}

impl View {
    /// For a client of this role.
    pub fn new(role: Role, studio: Studio) -> Self {
        Self { role, studio, moderated: None }
    }

    /// The whole state.
    pub fn snapshot(&mut self, rev: u64, state: &State) -> ws::Message {
        let mut shown = state.clone();
        if !everything(self.role) {
            shown = moderated(state, &|person| self.studio.people().agreements(person));
            self.moderated = Some((state.clone(), shown.clone()));
        }
        text(&Message::Snapshot { rev, role: self.role, state: Box::new(shown) })
    }

    /// A change. Where it changes more for this client than the event tells, the whole state.
    pub fn event(&mut self, rev: u64, event: &Event) -> ws::Message {
        let Some((state, shown)) = &mut self.moderated else {
            return text(&Message::Event { rev, event: event.clone() });
        };
        state.apply(event);
        let now = moderated(state, &|person| self.studio.people().agreements(person));
        let event = part(event, &now);
        if let Some(event) = &event {
            shown.apply(event);
        }
        if *shown != now {
            *shown = now;
            return text(&Message::Snapshot { rev, role: self.role, state: Box::new(shown.clone()) });
        }
        match event {
            Some(event) => text(&Message::Event { rev, event }),
            None => text(&json!({ "type": "event", "rev": rev, "event": "hidden" })),
        }
    }

    /// The meters.
    pub fn meters(&self, message: &Message) -> ws::Message {
        match (message, &self.moderated) {
            (Message::Meters { program, .. }, Some((state, _))) => {
                let held_back = rundown::is_held_back(state, &|person| self.studio.people().agreements(person));
                let silent = ProgramMeter {
                    peak_db: [SILENCE; 2],
                    momentary: SILENCE,
                    short_term: SILENCE,
                    integrated: SILENCE,
                    limiting_db: 0.0,
                };
                let program = if held_back { silent } else { *program };
                text(&Message::Meters { sources: Default::default(), program })
            }
            (message, _) => text(message),
        }
    }
}

/// The state as a moderator is shown it. Every part is named, so that a new one has to be thought of.
fn moderated(state: &State, agreed: &dyn Fn(&str) -> Agreed) -> State {
    let held_back = rundown::is_held_back(state, agreed);
    let State {
        studio,
        program,
        preview,
        slate,
        rehearsal,
        sources: _,
        scenes,
        outputs,
        recording,
        titles,
        title_templates,
        segment,
        rundown,
        clips: _,
        exports: _,
        drift_seconds,
        clock_message,
        questions,
        voices,
        audience,
        health,
    } = state;
    State {
        studio: studio.clone(),
        program: program.clone(),
        preview: preview.clone(),
        slate: *slate,
        rehearsal: *rehearsal,
        sources: Default::default(),
        scenes: scenes.clone(),
        outputs: outputs.clone(),
        recording: recording.clone(),
        titles: titles_on_air(titles, held_back),
        title_templates: title_templates.clone(),
        segment: segment.as_ref().and_then(|segment| moderated_segment(segment, agreed)),
        rundown: rundown.iter().filter_map(|segment| moderated_segment(segment, agreed)).collect(),
        clips: Vec::new(),
        exports: Vec::new(),
        drift_seconds: *drift_seconds,
        clock_message: clock_message.clone(),
        questions: questions.iter().map(|question| question_on_air(question, held_back)).collect(),
        voices: voices.clone(),
        audience: audience.clone(),
        // What is wrong with a camera, a recording or a clip is the animators' to see to.
        health: Health { problems: Vec::new(), ..health.clone() },
    }
}

/// The segment with names as they are credited, and nothing else of the people. `None`: it is none of
/// a moderator's.
fn moderated_segment(segment: &Segment, agreed: &dyn Fn(&str) -> Agreed) -> Option<Segment> {
    rights::may(Thing::Segment(segment), Use::Desk(Role::Moderator), agreed).ok()?;
    let credited = segment.participants.iter().filter_map(|participant| {
        let credit = rights::credit(&agreed(&participant.id))?.to_owned();
        Some(Participant { name: credit.clone(), credit: Some(credit), ..participant.clone() })
    });
    Some(Segment {
        needs: String::new(),
        missing: Vec::new(),
        marks: Vec::new(),
        participants: credited.collect(),
        ..segment.clone()
    })
}

fn titles_on_air(titles: &[TitleState], held_back: bool) -> Vec<TitleState> {
    if held_back { Vec::new() } else { titles.to_vec() }
}

/// A card behind the slate is not on air yet.
fn question_on_air(question: &Question, held_back: bool) -> Question {
    let hidden = held_back && question.state == QuestionState::OnAir;
    let state = if hidden { QuestionState::Accepted } else { question.state };
    Question { state, ..question.clone() }
}

/// The same change with what is shown of it. `None`: nothing of it is shown.
fn part(event: &Event, shown: &State) -> Option<Event> {
    let shown = shown.clone();
    Some(match event {
        Event::ProgramChanged { .. } => Event::ProgramChanged { program: shown.program },
        Event::PreviewChanged { .. } => Event::PreviewChanged { preview: shown.preview },
        Event::SlateChanged { .. } => Event::SlateChanged { slate: shown.slate },
        Event::RehearsalChanged { .. } => Event::RehearsalChanged { rehearsal: shown.rehearsal },
        Event::SourceChanged { .. } | Event::ClipsChanged { .. } | Event::ExportsChanged { .. } => return None,
        Event::ScenesChanged { .. } => Event::ScenesChanged { scenes: shown.scenes },
        Event::OutputChanged { output, .. } => {
            Event::OutputChanged { output: output.clone(), state: shown.outputs.get(output)?.clone() }
        }
        Event::RecordingChanged { .. } => Event::RecordingChanged { recording: shown.recording },
        Event::TitlesChanged { .. } => Event::TitlesChanged { titles: shown.titles },
        Event::SegmentChanged { .. } => Event::SegmentChanged { segment: shown.segment },
        Event::RundownChanged { .. } => {
            Event::RundownChanged { rundown: shown.rundown, drift_seconds: shown.drift_seconds }
        }
        Event::ClockMessageChanged { .. } => Event::ClockMessageChanged { clock_message: shown.clock_message },
        Event::QuestionsChanged { .. } => Event::QuestionsChanged { questions: shown.questions },
        Event::VoicesChanged { .. } => Event::VoicesChanged { voices: shown.voices },
        Event::AudienceChanged { .. } => Event::AudienceChanged { audience: shown.audience },
        Event::HealthChanged { .. } => Event::HealthChanged { health: shown.health },
    })
}

/// Any message as it goes out.
pub fn text(message: &impl Serialize) -> ws::Message {
    let json = serde_json::to_string(message).expect("protocol types have text keys and no failing parts");
    ws::Message::Text(json.into())
}
