//! What a command leads to: pure decisions. State and command in; events and effects out, or the
//! reason why not. Needs neither GStreamer nor a clock of its own.

use super::{
    phones, players, questions,
    segments::{self, SegmentStep},
    titles,
};
use crate::{
    capture::Control,
    outputs::Wish,
    protocol::{
        AudioState, Event, Layer, OutputStatus, Problem, ProgramState, RecordingState, Role, Scene, Segment, State,
        StudioCommand, Transition,
    },
    rundown::{Around, is_held_back, may_lift_slate},
};

/// What has to be done besides telling everybody.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A scene on air.
    Take(Scene, Transition),
    /// A fade by hand.
    TBar(Scene, f64),
    /// The holding picture on air, or away.
    Slate(bool),
    /// A strip of the sound desk.
    Audio(String, AudioState),
    /// A player.
    Player(String, Control),
    /// An output.
    Output(String, Wish),
    /// The recording outside the outputs.
    Record(bool),
    /// The graphics have changed.
    Titles,
    /// The scenes are to be kept.
    KeepScenes,
    /// The blocked names are to be kept.
    KeepQuestions,
    /// The rundown is to be kept, and the list of who takes part.
    KeepRundown,
    /// What was shown of a segment leaves the live page.
    Retract(String),
    /// The segment on air begins, is marked, ends.
    Segment(SegmentStep),
    /// A segment was started over a missing agreement, for this reason.
    Overridden(Box<Segment>, String),
}

/// What a command leads to.
#[derive(Debug, Default, PartialEq)]
pub struct Decision {
    /// Told to everybody, in order, and applied to the state.
    pub events: Vec<Event>,
    /// Carried out, in order.
    pub effects: Vec<Effect>,
}

impl Decision {
    pub(super) fn new(events: impl Into<Vec<Event>>, effects: impl Into<Vec<Effect>>) -> Self {
        Self { events: events.into(), effects: effects.into() }
    }

    /// What another decision leads to follows.
    pub(super) fn append(&mut self, other: Self) {
        self.events.extend(other.events);
        self.effects.extend(other.effects);
    }
}

/// What the decisions need to know that is not in the state.
pub struct Facts<'a> {
    /// Unix milliseconds.
    pub now: u64,
    /// What is wrong with a scene.
    pub scene_fault: &'a dyn Fn(&Scene) -> Option<Problem>,
    /// Who asks.
    pub role: Role,
    /// What the rundown needs to know.
    pub around: &'a Around<'a>,
    /// What is wrong with the file of a title's template.
    pub template_fault: &'a dyn Fn(&str) -> Option<Problem>,
    /// Of the machine's local time.
    pub utc_offset_seconds: i32,
}

/// What a moderator may put on the picture or take away, as long as they see the picture themselves.
fn changes_picture(command: &StudioCommand) -> bool {
    matches!(
        command,
        StudioCommand::TitleShow { .. }
            | StudioCommand::TitleHide { .. }
            | StudioCommand::QuestionShow { .. }
            | StudioCommand::QuestionHide { .. }
            | StudioCommand::Applause { .. }
    )
}

fn held_back() -> Problem {
    Problem::operator(
        "held_back",
        "Le carton d'attente est à l'antenne : rien d'autre ne se voit. Montrez cela quand l'image est revenue.",
        "The holding picture is on air: nothing else is seen. Show this when the picture is back.",
    )
}

/// Decides. What would send a phone live whose holder has not agreed to that is refused, whichever command
/// it is.
pub fn decide(state: &State, command: StudioCommand, facts: &Facts<'_>) -> Result<Decision, Problem> {
    let decision = lead_to(state, command, facts)?;
    phones::may_follow(state, &decision, facts.around)?;
    Ok(decision)
}

fn lead_to(state: &State, command: StudioCommand, facts: &Facts<'_>) -> Result<Decision, Problem> {
    if facts.role == Role::Moderator && changes_picture(&command) && is_held_back(state, facts.around.agreed) {
        return Err(held_back());
    }
    match command {
        StudioCommand::Preview { scene } => {
            let scene = find_scene(state, &scene)?.id.clone();
            Ok(Decision::new([Event::PreviewChanged { preview: Some(scene) }], []))
        }
        StudioCommand::Take { scene, transition } => take(state, scene, transition, facts),
        StudioCommand::TBar { position } => t_bar(state, position, facts),
        StudioCommand::Slate { on } if !on && state.slate => {
            may_lift_slate(state.segment.as_ref(), facts.around.agreed)?;
            Ok(Decision::new([Event::SlateChanged { slate: on }], [Effect::Slate(on)]))
        }
        StudioCommand::Slate { on } => Ok(if on == state.slate {
            Decision::default()
        } else {
            Decision::new([Event::SlateChanged { slate: on }], [Effect::Slate(on)])
        }),
        StudioCommand::Play { source, repeat } => player(state, source, Control::Play { repeat }),
        StudioCommand::Stop { source } => player(state, source, Control::Stop),
        StudioCommand::Audio { source, gain_db, mute, follow } => audio(state, source, gain_db, mute, follow),
        StudioCommand::TitleShow { template, fields, seconds, agreed } => {
            titles::show(state, template, fields, seconds, agreed, facts)
        }
        StudioCommand::TitleHide { template } => {
            let titles = state
                .titles
                .iter()
                .filter(|title| template.as_ref().is_some_and(|template| *template != title.template))
                .cloned()
                .collect();
            Ok(Decision::new([Event::TitlesChanged { titles }], [Effect::Titles]))
        }
        StudioCommand::OutputStart { output } => output_start(state, output, Wish::Start, facts),
        StudioCommand::OutputStop { output } => wish(state, output, Wish::Stop),
        StudioCommand::OutputRetry { output } => output_start(state, output, Wish::Retry, facts),
        StudioCommand::SceneSave { scene } => scene_save(state, scene, facts),
        StudioCommand::SceneRemove { scene } => scene_remove(state, &scene),
        StudioCommand::QuestionAccept { question } => questions::accept(state, &question, facts.now),
        StudioCommand::QuestionReject { question } => questions::reject(state, &question, facts.now),
        StudioCommand::QuestionShow { question } => questions::show(state, &question, facts.now),
        StudioCommand::QuestionHide { question } => questions::hide(state, question.as_deref(), facts.now),
        StudioCommand::QuestionBlock { question } => questions::block(state, &question, facts.now),
        StudioCommand::QuestionUnblock { network, name } => Ok(questions::unblock(state, &network, &name)),
        StudioCommand::Applause { on } => Ok(questions::applause(state, on)),
        StudioCommand::OutputTest { output } => output_test(state, output),
        StudioCommand::Record { on } => Ok(record(state, on, facts)),
        StudioCommand::Rehearsal { on } => Ok(rehearsal(state, on)),
        StudioCommand::SegmentAdd(new) => segments::add(state, new, facts.around),
        StudioCommand::SegmentUpdate(new) => segments::update(state, new, facts.around),
        StudioCommand::SegmentMove { segment, position } => segments::move_to(state, &segment, position, facts.around),
        StudioCommand::SegmentRemove { segment } => segments::remove(state, &segment, facts.around),
        StudioCommand::SegmentStart { segment, private, reason } => {
            segments::start(state, segment.as_deref(), private, reason.as_deref(), facts)
        }
        StudioCommand::SegmentEnd {} => segments::end(state, facts.around),
        StudioCommand::SegmentMark { label } => segments::mark(state, label, facts.around),
        StudioCommand::ClockMessage { text } => segments::clock_message(&text),
    }
}

fn find_scene<'a>(state: &'a State, id: &str) -> Result<&'a Scene, Problem> {
    state.scenes.iter().find(|scene| scene.id == id).ok_or_else(|| {
        let known = state.scenes.iter().map(|scene| scene.id.as_str()).collect::<Vec<_>>().join(", ");
        Problem::operator(
            "unknown_scene",
            format!("La scène « {id} » n'existe pas. Il y a : {known}."),
            format!("There is no scene “{id}”. There are: {known}."),
        )
    })
}

fn unknown(code: &str, fr: &str, en: &str, id: &str) -> Problem {
    Problem::operator(code, format!("{fr} « {id} » n'existe pas."), format!("There is no {en} “{id}”."))
}

fn take(state: &State, scene: Option<String>, transition: Transition, facts: &Facts<'_>) -> Result<Decision, Problem> {
    let from_preview = scene.is_none();
    let id = scene.or_else(|| state.preview.clone()).ok_or_else(|| {
        Problem::operator(
            "nothing_in_preview",
            "Rien n'est en prévisualisation. Choisissez d'abord une scène.",
            "Nothing is in preview. Choose a scene first.",
        )
    })?;
    let scene = find_scene(state, &id)?.clone();
    if !(40..=5000).contains(&transition.duration_ms) {
        return Err(Problem::operator(
            "bad_transition",
            "La durée d'une transition va de 40 à 5000 ms.",
            "A transition lasts from 40 to 5000 ms.",
        ));
    }
    let back = players::behind(state, &id);
    let program = ProgramState { scene: id, since: facts.now, transition, back };
    let mut events = vec![Event::ProgramChanged { program }];
    if from_preview {
        // As on every switcher: what was on air is what can be cut back to.
        events.push(Event::PreviewChanged { preview: Some(state.program.scene.clone()) });
    }
    Ok(Decision::new(events, [Effect::Take(scene, transition)]))
}

fn t_bar(state: &State, position: f64, facts: &Facts<'_>) -> Result<Decision, Problem> {
    if !(0.0..=1.0).contains(&position) {
        return Err(Problem::operator("bad_position", "La position va de 0 à 1.", "The position goes from 0 to 1."));
    }
    if position >= 1.0 {
        return take(state, None, Transition { duration_ms: 40, ..Transition::default() }, facts);
    }
    let preview = state.preview.as_ref().unwrap_or(&state.program.scene);
    let scene = find_scene(state, preview)?.clone();
    Ok(Decision::new([], [Effect::TBar(scene, position)]))
}

fn player(state: &State, source: String, control: Control) -> Result<Decision, Problem> {
    match state.sources.get(&source) {
        None => Err(unknown("unknown_source", "La source", "source", &source)),
        Some(known) if !known.capabilities.has_transport => Err(Problem::operator(
            "not_a_player",
            format!("« {} » n'est pas un fichier : il ne se lit pas.", known.label),
            format!("“{}” is not a file: it cannot be played.", known.label),
        )),
        Some(_) => Ok(Decision::new([], [Effect::Player(source, control)])),
    }
}

fn audio(
    state: &State,
    source: String,
    gain_db: Option<f32>,
    mute: Option<bool>,
    follow: Option<bool>,
) -> Result<Decision, Problem> {
    let mut changed =
        state.sources.get(&source).cloned().ok_or_else(|| unknown("unknown_source", "La source", "source", &source))?;
    if let Some(gain) = gain_db {
        if !(-60.0..=12.0).contains(&gain) {
            return Err(Problem::operator(
                "bad_gain",
                "Le gain va de -60 à +12 dB.",
                "The gain goes from -60 to +12 dB.",
            ));
        }
        changed.audio.gain_db = gain;
    }
    changed.audio.mute = mute.unwrap_or(changed.audio.mute);
    changed.audio.follow = follow.unwrap_or(changed.audio.follow);
    let effect = Effect::Audio(source.clone(), changed.audio.clone());
    Ok(Decision::new([Event::SourceChanged { source, state: changed }], [effect]))
}

fn leaves(state: &State, output: &str) -> bool {
    state.outputs.get(output).is_some_and(|output| output.capabilities.leaves_the_house)
}

/// In a rehearsal an output that leaves the house only seems to start: nothing is sent.
fn output_start(state: &State, output: String, start: Wish, facts: &Facts<'_>) -> Result<Decision, Problem> {
    if !leaves(state, &output) {
        return wish(state, output, start);
    }
    if state.rehearsal {
        return wish(state, output, Wish::Simulate);
    }
    if !state.slate {
        may_lift_slate(state.segment.as_ref(), facts.around.agreed)?;
    }
    wish(state, output, start)
}

fn output_test(state: &State, output: String) -> Result<Decision, Problem> {
    match state.outputs.get(&output) {
        Some(known) if known.status != OutputStatus::Off => Err(Problem::operator(
            "output_running",
            format!("« {} » est en marche : un test l'interromprait. Arrêtez-la d'abord.", known.label),
            format!("“{}” is running: a test would interrupt it. Stop it first.", known.label),
        )),
        _ => wish(state, output, Wish::Test),
    }
}

fn wish(state: &State, output: String, wish: Wish) -> Result<Decision, Problem> {
    if !state.outputs.contains_key(&output) {
        return Err(unknown("unknown_output", "La sortie", "output", &output));
    }
    Ok(Decision::new([], [Effect::Output(output, wish)]))
}

fn scene_save(state: &State, scene: Scene, facts: &Facts<'_>) -> Result<Decision, Problem> {
    if state.scenes.iter().any(|known| known.id == scene.id && known.automatic) {
        return Err(Problem::operator(
            "scene_automatic",
            "Cette scène est celle d'une caméra : donnez un autre nom à la vôtre.",
            "This scene is a camera's own: give yours another name.",
        ));
    }
    if let Some(problem) = (facts.scene_fault)(&scene) {
        return Err(problem);
    }
    let scene = Scene { automatic: false, ..scene };
    let mut scenes = state.scenes.clone();
    match scenes.iter_mut().find(|known| known.id == scene.id) {
        Some(known) => *known = scene.clone(),
        None => scenes.push(scene.clone()),
    }
    let mut effects = vec![Effect::KeepScenes];
    if state.program.scene == scene.id {
        effects.push(Effect::Take(scene, Transition::default()));
    }
    Ok(Decision::new([Event::ScenesChanged { scenes }], effects))
}

fn scene_remove(state: &State, id: &str) -> Result<Decision, Problem> {
    let scene = find_scene(state, id)?;
    if scene.automatic {
        return Err(Problem::operator(
            "scene_automatic",
            "Cette scène est celle d'une caméra : elle reste.",
            "This scene is a camera's own: it stays.",
        ));
    }
    if state.program.scene == id {
        return Err(Problem::operator(
            "scene_on_air",
            "Cette scène est à l'antenne. Passez d'abord à une autre.",
            "This scene is on air. Take another first.",
        ));
    }
    let scenes = state.scenes.iter().filter(|scene| scene.id != id).cloned().collect();
    let mut events = vec![Event::ScenesChanged { scenes }];
    if state.preview.as_deref() == Some(id) {
        events.push(Event::PreviewChanged { preview: None });
    }
    Ok(Decision::new(events, [Effect::KeepScenes]))
}

fn record(state: &State, on: bool, facts: &Facts<'_>) -> Decision {
    if on == state.recording.on {
        return Decision::default();
    }
    let recording = RecordingState { on, since: on.then_some(facts.now), file: None, problem: None };
    Decision::new([Event::RecordingChanged { recording }], [Effect::Record(on)])
}

fn rehearsal(state: &State, on: bool) -> Decision {
    if on == state.rehearsal {
        return Decision::default();
    }
    // At its beginning what really leaves is stopped, at its end what only seemed to: nobody goes on
    // air by ending a rehearsal.
    let on_air = state.outputs.iter().filter(|(_, output)| output.status != OutputStatus::Off);
    let leaving = on_air.filter(|(id, _)| leaves(state, id));
    let stops = leaving.map(|(id, _)| Effect::Output(id.clone(), Wish::Stop));
    let effects: Vec<_> = stops.chain([Effect::Titles]).collect();
    Decision::new([Event::RehearsalChanged { rehearsal: on }], effects)
}

/// The full-frame scene that every source with a picture has.
pub fn automatic_scene(id: &str, label: &str) -> Scene {
    let layer = Layer {
        source: id.into(),
        x: 0.0,
        y: 0.0,
        width: 1.0,
        height: 1.0,
        fit: crate::protocol::Fit::Contain,
        crop: crate::protocol::Crop::default(),
    };
    Scene { id: id.into(), label: label.into(), layers: vec![layer], automatic: true, microphones: Vec::new() }
}

impl State {
    /// Applies an event: each carries the whole changed part.
    pub fn apply(&mut self, event: &Event) {
        match event.clone() {
            Event::ProgramChanged { program } => self.program = program,
            Event::PreviewChanged { preview } => self.preview = preview,
            Event::SlateChanged { slate } => self.slate = slate,
            Event::RehearsalChanged { rehearsal } => self.rehearsal = rehearsal,
            Event::SourceChanged { source, state } => drop(self.sources.insert(source, state)),
            Event::ScenesChanged { scenes } => self.scenes = scenes,
            Event::OutputChanged { output, state } => drop(self.outputs.insert(output, state)),
            Event::RecordingChanged { recording } => self.recording = recording,
            Event::TitlesChanged { titles } => self.titles = titles,
            Event::SegmentChanged { segment } => self.segment = segment,
            Event::ClipsChanged { clips } => self.clips = clips,
            Event::ExportsChanged { exports } => self.exports = exports,
            Event::RundownChanged { rundown, drift_seconds } => {
                (self.rundown, self.drift_seconds) = (rundown, drift_seconds);
            }
            Event::ClockMessageChanged { clock_message } => self.clock_message = clock_message,
            Event::QuestionsChanged { questions } => self.questions = questions,
            Event::VoicesChanged { voices } => self.voices = voices,
            Event::AudienceChanged { audience } => self.audience = audience,
            Event::HealthChanged { health } => self.health = health,
        }
    }
}
