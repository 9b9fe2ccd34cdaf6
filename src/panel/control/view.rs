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
    rights::{self, Agreed, Register, Thing, Use},
    rundown,
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
    register: Register,
    /// The state as it is, and as a moderator knows it; nothing for those who are shown everything.
    moderated: Option<(State, State)>,
}

/// How a moderator is told of a change.
#[derive(Debug)]
enum Told {
    /// By what they may know of it.
    Part(Box<Event>),
    /// Not at all.
    Nothing,
    /// By the whole state, because the change means more to them than the event tells.
    Whole(Box<State>),
}

impl View {
    /// For a client of this role, by what people have agreed to.
    pub fn new(role: Role, register: Register) -> Self {
        Self { role, register, moderated: None }
    }

    /// The whole state.
    pub fn snapshot(&mut self, rev: u64, state: &State) -> ws::Message {
        let state = Box::new(self.begin(state));
        text(&Message::Snapshot { rev, role: self.role, state })
    }

    fn begin(&mut self, state: &State) -> State {
        if everything(self.role) {
            return state.clone();
        }
        let shown = moderated(state, &|person| self.register.agreed(person));
        self.moderated = Some((state.clone(), shown.clone()));
        shown
    }

    /// A change.
    pub fn event(&mut self, rev: u64, event: &Event) -> ws::Message {
        match self.tell(event) {
            None => text(&Message::Event { rev, event: event.clone() }),
            Some(Told::Part(event)) => text(&Message::Event { rev, event: *event }),
            Some(Told::Nothing) => text(&json!({ "type": "event", "rev": rev, "event": "hidden" })),
            Some(Told::Whole(state)) => text(&Message::Snapshot { rev, role: self.role, state }),
        }
    }

    /// `None`: all of it may be told.
    fn tell(&mut self, event: &Event) -> Option<Told> {
        let (state, shown) = self.moderated.as_mut()?;
        state.apply(event);
        let now = moderated(state, &|person| self.register.agreed(person));
        let event = part(event, &now);
        if let Some(event) = &event {
            shown.apply(event);
        }
        let whole = *shown != now;
        *shown = now;
        Some(match event {
            _ if whole => Told::Whole(Box::new(shown.clone())),
            Some(event) => Told::Part(Box::new(event)),
            None => Told::Nothing,
        })
    }

    /// The meters.
    pub fn meters(&self, message: &Message) -> ws::Message {
        match (message, &self.moderated) {
            (Message::Meters { program, .. }, Some((state, _))) => {
                let held_back = rundown::is_held_back(state, &|person| self.register.agreed(person));
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
        Some(Participant { name: credit.clone(), credit: Some(credit), guardians_missing: 0, ..participant.clone() })
    });
    Some(Segment {
        needs: String::new(),
        names_shown: Vec::new(),
        missing: Vec::new(),
        same_device: Vec::new(),
        unrecorded: Vec::new(),
        answered_otherwise: Vec::new(),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        protocol::{
            AudienceState, Export, Participant, Problem, ProgramState, RecordingState, SegmentState, StudioInfo,
            Transition, VoicesState,
        },
        rights::Entry,
    };

    /// What no moderator may ever hold.
    const SECRET: &str = "SECRET";

    fn state() -> State {
        let studio = StudioInfo {
            title: "Fête".into(),
            place: String::new(),
            language: "fr".into(),
            licence: "CC0-1.0".into(),
            version: "0.0.0".into(),
            started_at: 0,
            width: 320,
            height: 180,
            framerate: 25,
            encoder: "x264enc".into(),
            encoder_hardware: false,
            profile: "balanced".into(),
            bitrate_kbps: 1000,
        };
        State {
            studio,
            program: ProgramState { scene: "cam1".into(), since: 0, transition: Transition::default(), back: None },
            preview: None,
            slate: false,
            rehearsal: false,
            sources: Default::default(),
            scenes: Vec::new(),
            outputs: Default::default(),
            recording: RecordingState { on: false, since: None, file: None, problem: None },
            titles: Vec::new(),
            title_templates: Vec::new(),
            segment: None,
            rundown: Vec::new(),
            clips: Vec::new(),
            exports: Vec::new(),
            drift_seconds: None,
            clock_message: None,
            questions: Vec::new(),
            voices: VoicesState::default(),
            audience: AudienceState::default(),
            health: health(&[]),
        }
    }

    fn health(problems: &[&str]) -> Health {
        let problems = problems.iter().map(|text| Problem::operator("clip", *text, *text)).collect();
        Health { cpu_percent: 0, disk_free_bytes: 0, disk_minutes_left: 0, frames_dropped: 0, problems }
    }

    fn segment(state: SegmentState, private: bool) -> Segment {
        let someone = |id: &str| Participant {
            id: id.into(),
            name: format!("{SECRET} {id}"),
            credit: None,
            recorded: true,
            live: true,
            archived: true,
            agrees: true,
            refused: false,
            guardians_missing: 0,
        };
        Segment {
            id: format!("{state:?}{private}"),
            title: if private { SECRET.into() } else { "Les abeilles".into() },
            summary: if private { SECRET.into() } else { String::new() },
            language: "fr".into(),
            needs: SECRET.into(),
            day: "2026-11-29".into(),
            planned_seconds: 300,
            state,
            participants: vec![someone("named"), someone("unnamed")],
            fixed_at: None,
            planned_at: None,
            expected_at: None,
            started_at: Some(1000),
            ended_at: None,
            private,
            overridden: false,
            waived: Vec::new(),
            rehearsed: false,
            marks: Vec::new(),
            missing: vec![SECRET.into()],
            same_device: vec![vec![SECRET.into()]],
            clip: None,
            names_shown: Vec::new(),
            unrecorded: vec![SECRET.into()],
            answered_otherwise: vec![SECRET.into()],
            role_hint: String::new(),
        }
    }

    fn some_event() -> impl Strategy<Value = Event> {
        let states = prop::sample::select(vec![
            SegmentState::Proposed,
            SegmentState::Ready,
            SegmentState::OnAir,
            SegmentState::Done,
            SegmentState::Dropped,
        ]);
        let rundown = prop::collection::vec((states, any::<bool>()), 0..4).prop_map(|list| Event::RundownChanged {
            rundown: list.into_iter().map(|(state, private)| segment(state, private)).collect(),
            drift_seconds: None,
        });
        let on_air = prop::option::of(any::<bool>()).prop_map(|private| Event::SegmentChanged {
            segment: private.map(|private| segment(SegmentState::OnAir, private)),
        });
        let card = prop::sample::select(vec![QuestionState::Waiting, QuestionState::OnAir, QuestionState::Shown])
            .prop_map(|state| {
                let (id, name, text, network) = ("q1".into(), "Lucie".into(), "Et en hiver ?".into(), "page".into());
                let question = Question { id, name, text, network, at: 0, state, since: 0, origin: Default::default() };
                Event::QuestionsChanged { questions: vec![question] }
            });
        let title = any::<bool>().prop_map(|shown| {
            let fields = [("name".to_owned(), "Lower third".to_owned())].into_iter().collect();
            let title = TitleState { template: "lower-third".into(), fields, since: 0, until: None, counts_to: None };
            Event::TitlesChanged { titles: if shown { vec![title] } else { Vec::new() } }
        });
        prop_oneof![
            any::<bool>().prop_map(|slate| Event::SlateChanged { slate }),
            on_air,
            rundown,
            title,
            card,
            Just(Event::HealthChanged { health: health(&[SECRET]) }),
            Just(Event::ExportsChanged { exports: Vec::<Export>::new() }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        /// Whatever happens, a moderator who applies what they are told holds what they may know, no more and no
        /// less, also where somebody changes their mind between two events.
        #[test]
        fn a_moderator_holds_what_they_may_know(events in prop::collection::vec((some_event(), any::<[bool; 2]>()), 1..12)) {
            let register = Register::default();
            let mut view = View::new(Role::Moderator, register.clone());
            let (mut whole, mut held) = (state(), view.begin(&state()));
            for (event, [live, refused]) in events {
                for (person, credit) in [("named", Some("Abeille75".to_owned())), ("unnamed", None)] {
                    let agreed = Agreed { recorded: true, live, archived: true, refused, credit, ..Agreed::default() };
                    register.put(person, Some(Entry { segment: "s".into(), listed: true, agreed }));
                }
                whole.apply(&event);
                match view.tell(&event).expect("a moderator is not told everything") {
                    Told::Part(event) => held.apply(&event),
                    Told::Nothing => (),
                    Told::Whole(state) => held = *state,
                }
                let agreed = |person: &str| register.agreed(person);
                prop_assert_eq!(&held, &moderated(&whole, &agreed));
                let json = serde_json::to_string(&held).unwrap();
                prop_assert!(!json.contains(SECRET), "{}", json);
                let held_back = whole.slate || whole.segment.as_ref().is_some_and(|segment| segment.private || !live);
                prop_assert!(!held_back || !json.contains("Lower third") && !json.contains(r#""state":"on_air","since""#), "{}", json);
                prop_assert!(held_back || held.titles == whole.titles);
            }
        }
    }
}
