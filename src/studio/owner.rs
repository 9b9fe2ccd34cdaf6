//! The task that owns the state.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::JoinHandle,
};
use tracing::{error, info, warn};

use super::{
    Inbox, RECORDER, Studio, Subscription,
    decide::{Decision, Effect, Facts, decide},
    decisions,
    files::Files,
    machine::Machine,
    operations::{self, Unfinished},
    painter::{Drawing, Painter},
    phones, players, questions, segments,
};
use crate::{
    archive::{self, Archive, Claim},
    audience::{Arrivals, Audience, queue},
    booth::Booth,
    capture::{Report, Sources},
    config::{self, Config},
    disk::Saved,
    media::{Clock, unix_ms},
    mix::{Meters, Mix, Order, graphics::Graphics},
    outputs::{Line, Outputs, Wish, hls::Live, monitors::Monitors},
    people::{Operation, People},
    program::Program,
    protocol::{
        AudienceState, Event, Fault, Message, OutputState, OutputStatus, Problem, RecordingState, Role, Scene,
        SourceStatus, State, StudioCommand, Text, Transition, VoicesState,
    },
    retention::Retention,
};

mod archived;
mod day;
pub(super) use archived::recent_clips;

/// Events that a slow client may be behind before it has to ask for a snapshot.
const BACKLOG: usize = 256;
/// How often the machine is looked at.
const HEALTH: Duration = Duration::from_secs(1);
/// How often the operator's templates are looked at.
const TEMPLATES: Duration = Duration::from_secs(1);
/// A mixer that has not ticked for this long is a failed cadence.
const CADENCE: u64 = 500_000_000;

/// Everything that runs, from left to right.
pub(super) struct House {
    pub config: Arc<Config>,
    pub data: PathBuf,
    pub clock: Clock,
    pub graphics: Arc<Graphics>,
    pub painter: Painter,
    pub machine: Machine,
    pub mix: Mix,
    pub program: Arc<Program>,
    pub sources: Sources,
    pub outputs: Outputs,
    pub monitors: Monitors,
    pub live: Live,
    pub audience: Audience,
    pub archive: Archive,
    pub booth: Booth,
    pub people: People,
    pub files: Files,
    pub retention: Retention,
}

/// The running studio.
pub struct Running {
    studio: Studio,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// A handle on it.
    pub fn studio(&self) -> Studio {
        self.studio.clone()
    }

    /// Ends the show: recorders finish their files, outputs say goodbye. At most 5 s.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = tokio::time::timeout(Duration::from_secs(5), self.task).await;
    }
}

/// Starts the owner's task. What is returned beside it ends when what was on air at the last end is taken up.
pub(super) fn run(
    state: State,
    house: House,
    Unfinished { registrar, open }: Unfinished,
    sources: mpsc::Receiver<Report>,
    outputs: mpsc::Receiver<(String, OutputState)>,
    archive: mpsc::UnboundedReceiver<archive::Report>,
) -> (Running, oneshot::Receiver<()>) {
    let (sender, inbox) = mpsc::channel(256);
    let (events, _) = broadcast::channel(BACKLOG);
    let (meters_sender, meters) = watch::channel(None);
    tokio::spawn(forward_meters(house.mix.meters(), meters_sender));
    let studio = Studio {
        inbox: sender.clone(),
        meters,
        monitors: house.monitors.clone(),
        live: house.live.clone(),
        archive: house.archive.clone(),
        people: house.people.clone(),
        audience: house.audience.clone(),
        phones: house.sources.phones().clone(),
        operations: operations::start(registrar, sender.clone(), house.archive.clone(), house.booth.clone()),
        booth: house.booth.clone(),
    };
    let arrivals = house.audience.open();
    let (stop, stopped) = oneshot::channel();
    let (resumed, resuming) = oneshot::channel();
    let owner = Owner {
        state,
        rev: 0,
        events,
        house,
        own: sender,
        resumed: Some(resumed),
        written: None,
        claim: None,
        line: Line::default(),
        template_faults: Vec::new(),
        open,
        unfinished: Vec::new(),
    };
    let task = tokio::spawn(owner.run(inbox, sources, outputs, archive, arrivals, stopped));
    (Running { studio, stop, task }, resuming)
}

async fn forward_meters(mut levels: watch::Receiver<Meters>, meters: watch::Sender<Option<Arc<Message>>>) {
    while levels.changed().await.is_ok() {
        let Meters { sources, program } = levels.borrow_and_update().clone();
        if let Some(program) = program {
            meters.send_replace(Some(Arc::new(Message::Meters { sources, program })));
        }
    }
}

struct Owner {
    state: State,
    rev: u64,
    events: broadcast::Sender<Arc<(u64, Event)>>,
    house: House,
    own: mpsc::Sender<Inbox>,
    line: Line,
    /// Ends when what was on air at the last end is taken up.
    resumed: Option<oneshot::Sender<()>>,
    /// The recording's file of the segment that begins now.
    claim: Option<Claim>,
    /// Ends when the last change of the rundown is on the disk.
    written: Option<Saved>,
    /// Templates of the operator that are refused; told with the machine's health.
    template_faults: Vec<Problem>,
    /// Operations that were open when the studio ended, until their conclusions have been drawn.
    open: Vec<Operation>,
    /// What people signed, took back or had erased and has not reached everything.
    unfinished: Vec<Problem>,
}

impl Owner {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Inbox>,
        mut sources: mpsc::Receiver<Report>,
        mut outputs: mpsc::Receiver<(String, OutputState)>,
        mut archive: mpsc::UnboundedReceiver<archive::Report>,
        mut arrivals: mpsc::Receiver<Arrivals>,
        mut stopped: oneshot::Receiver<()>,
    ) {
        self.resume();
        for source in self.house.config.sources.iter() {
            self.draw_stand(&source.id);
        }
        self.watch_templates();
        info!(title = self.state.studio.title, "on the plateau");
        let mut health = tokio::time::interval(HEALTH);
        loop {
            tokio::select! {
                Some(message) = inbox.recv() => self.do_message(message),
                Some(report) = sources.recv() => self.do_source(report),
                Some((id, state)) = outputs.recv() => self.do_output(id, state),
                Some(arrived) = arrivals.recv() => self.do_arrivals(arrived),
                Some(report) = archive.recv() => self.do_archive(report),
                _ = health.tick() => self.do_health(),
                () = next_title_end(&self.state) => self.do_title_ends(),
                () = until(self.way_back().map(|(at, _)| at)) => self.do_player_ends(),
                _ = &mut stopped => break,
            }
        }
        // Outputs first: what they still have of the program is written before its source goes. Their
        // reports must be taken meanwhile, or they would wait for us.
        let House { outputs: running, sources: capture, mix, program, archive, painter, files, .. } = self.house;
        drop(painter);
        let drain = async { while outputs.recv().await.is_some() {} };
        let drain_sources = async { while sources.recv().await.is_some() {} };
        let recordings = tokio::task::spawn_blocking(move || archive.stop());
        let _ = tokio::join!(recordings, running.stop(), capture.stop(), files.end(), drain, drain_sources);
        let _ = tokio::task::spawn_blocking(move || drop((mix, program))).await;
        info!("the show is over");
    }

    fn do_message(&mut self, message: Inbox) {
        match message {
            Inbox::Command { command, reply } => match command.into_parts() {
                (role, command @ StudioCommand::SegmentStart { .. }) => self.do_start(role, command, reply),
                (role, command) => {
                    let done = self.do_command(role, command);
                    self.reply(reply, done);
                }
            },
            Inbox::Archive { command, reply } => self.ask_archive(command.into_parts().1, reply),
            Inbox::Recordable { role, command, claim, reply } => self.do_recordable(role, command, *claim, reply),
            Inbox::Propose { new, reply } => {
                let done = self.do_proposal(*new);
                self.reply(reply, done);
            }
            Inbox::Conclude { operation, reply } => self.do_conclude(&operation, reply),
            Inbox::Unfinished(problems) => self.unfinished = problems,
            Inbox::ForgetVoices { term, reply } => {
                let before = self.state.questions.len() + self.state.voices.blocked.len();
                self.follow(questions::forget(&self.state, &term, unix_ms()));
                let after = self.state.questions.len() + self.state.voices.blocked.len();
                self.reply(reply, Ok(before.saturating_sub(after)));
            }
            Inbox::RemoveUnperformed { segments, reply } => {
                let decision = self.with_around(|state, around| segments::remove_unperformed(state, &segments, around));
                self.follow(decision);
                self.reply(reply, Ok(()));
            }
            Inbox::Subscribe { reply } => {
                let _ = reply.send(Subscription {
                    rev: self.rev,
                    state: Arc::new(self.state.clone()),
                    events: self.events.subscribe(),
                });
            }
            Inbox::TemplateFaults(problems) => self.template_faults = problems,
            Inbox::SlateFailed(problem) => self.do_slate_failed(&problem),
            Inbox::Resumed(slate) => self.do_resumed(slate),
            Inbox::Resumable { segment, claim } => self.do_resumable(&segment, *claim),
            Inbox::Healthy { reply } => {
                let _ = reply.send(self.healthy());
            }
        }
    }

    fn do_command(&mut self, role: Role, command: StudioCommand) -> Result<(), Problem> {
        let decision = self.decide(role, command)?;
        self.follow(decision);
        Ok(())
    }

    fn decide(&self, role: Role, command: StudioCommand) -> Result<Decision, Problem> {
        let (config, graphics) = (self.house.config.clone(), self.house.graphics.clone());
        self.with_around(|state, around| {
            let facts = Facts {
                now: around.now,
                scene_fault: &|scene| scene_fault(&config, scene),
                template_fault: &|template| graphics.fault(template),
                utc_offset_seconds: time::UtcOffset::current_local_offset().map_or(0, |offset| offset.whole_seconds()),
                role,
                around,
            };
            decide(state, command, &facts)
        })
    }

    fn follow(&mut self, decision: Decision) {
        for event in decision.events {
            self.tell(event);
        }
        for effect in decision.effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let house = &self.house;
        match effect {
            Effect::Take(scene, transition) => {
                house.mix.order(Order::Take { scene: Arc::new(scene), transition });
            }
            Effect::TBar(scene, position) => house.mix.order(Order::TBar { scene: Arc::new(scene), position }),
            Effect::Audio(source, audio) => house.mix.order(Order::Audio { source, audio }),
            Effect::Player(source, control) => house.sources.control(&source, control),
            Effect::Output(output, wish) => house.outputs.wish(&output, wish),
            Effect::Record(on) => house.outputs.wish(RECORDER, if on { Wish::Start } else { Wish::Stop }),
            Effect::Slate(on) => self.slate(on),
            Effect::Titles => self.draw_titles(),
            Effect::KeepQuestions => self.keep_voices(),
            Effect::KeepRundown => {
                self.written = Some(house.files.rundown.save(self.state.rundown.clone()));
                house.people.know(&self.state.rundown);
            }
            Effect::Overridden(segment, reason) => decisions::note(&house.data, &segment, &reason),
            Effect::Retract(segment) => self.retract(&segment),
            Effect::Segment(step) => self.step(step),
            Effect::KeepScenes => self.written = Some(house.files.scenes.save(self.state.scenes.clone())),
        }
    }

    /// The desk is told where that fails; nobody waits for it.
    fn keep_voices(&self) {
        drop(self.house.files.voices.save((self.state.questions.clone(), self.state.voices.blocked.clone())));
    }

    fn slate(&self, on: bool) {
        if !on {
            return self.house.program.slate_off();
        }
        let (own, raise) = (self.own.clone(), self.raise_slate());
        tokio::task::spawn_blocking(move || {
            if let Err(problem) = raise() {
                let _ = own.blocking_send(Inbox::SlateFailed(problem));
            }
        });
    }

    /// Puts the holding picture on air. Blocking.
    fn raise_slate(&self) -> impl FnOnce() -> Result<(), Problem> + Send + 'static {
        let (graphics, program) = (self.house.graphics.clone(), self.house.program.clone());
        let studio = &self.state.studio;
        let message = Text::new("De retour dans un instant", "Back in a moment");
        let fields = fields([
            ("title", studio.title.as_str()),
            ("place", studio.place.as_str()),
            ("message", message.get(&studio.language)),
        ]);
        move || graphics.picture("slate", &fields).and_then(|picture| program.slate_on(picture))
    }

    /// Looks at the templates again and again, of which an operator may put some into the data folder.
    fn watch_templates(&self) {
        let (graphics, own) = (self.house.graphics.clone(), self.own.clone());
        let watching = std::thread::Builder::new().name("templates".into()).spawn(move || {
            let mut known = Vec::new();
            while !own.is_closed() {
                let problems = graphics.look();
                if problems != known {
                    for problem in &problems {
                        warn!(code = problem.code, reason = problem.text.en, "a template is refused");
                    }
                    known.clone_from(&problems);
                    let _ = own.blocking_send(Inbox::TemplateFaults(problems));
                }
                std::thread::sleep(TEMPLATES);
            }
        });
        if let Err(error) = watching {
            warn!(%error, "no thread looks at the templates: those of the start serve");
        }
    }

    fn do_slate_failed(&mut self, problem: &Problem) {
        error!(code = problem.code, reason = problem.text.en, "no slate");
        self.tell(Event::SlateChanged { slate: false });
        self.keep_in_the_house();
    }

    fn do_source(&mut self, report: Report) {
        let Some(known) = self.state.sources.get(&report.source) else { return };
        let mut state = known.clone();
        state.status = report.status;
        state.problem = report.problem;
        state.media = report.media;
        state.holder = report.person.map(|person| phones::holder(person, &|id| self.house.people.agreements(id)));
        if state != *known {
            let other = state.status != known.status;
            self.tell(Event::SourceChanged { source: report.source.clone(), state });
            if other {
                self.draw_stand(&report.source);
            }
        }
    }

    /// The picture that stands for a source while it has none: its name and how it fares.
    fn draw_stand(&self, source: &str) {
        let Some(state) = self.state.sources.get(source).filter(|state| state.picture) else { return };
        let how = match state.status {
            SourceStatus::Starting => Text::new("connexion…", "connecting…"),
            SourceStatus::Off => Text::new("à l'arrêt", "off"),
            _ => Text::new("signal perdu, retour automatique", "signal lost, returns by itself"),
        };
        let fields = fields([("label", state.label.as_str()), ("state", how.get(&self.state.studio.language))]);
        self.house.painter.stand(source, fields);
    }

    /// Has what is on the picture drawn anew.
    fn draw_titles(&self) {
        let watermark = self.state.rehearsal.then(|| Drawing {
            template: "watermark".into(),
            fields: indexmap::IndexMap::new(),
            counts_to: None,
        });
        let AudienceState { applause, applause_shown, .. } = self.state.audience;
        let applause = (applause_shown && applause > 0).then(|| Drawing {
            template: "applause".into(),
            fields: fields([("count", applause.to_string().as_str())]),
            counts_to: None,
        });
        let titles = self.state.titles.iter().map(Drawing::from);
        self.house.painter.show(titles.chain(applause).chain(watermark).collect());
    }

    fn do_output(&mut self, id: String, state: OutputState) {
        if id == RECORDER {
            let on = state.status != OutputStatus::Off;
            let recording = RecordingState {
                on,
                since: state.since.or(self.state.recording.since.filter(|_| on)),
                file: state.file,
                problem: state.problem,
            };
            if recording != self.state.recording {
                self.tell(Event::RecordingChanged { recording });
            }
        } else if self.state.outputs.get(&id) != Some(&state) {
            self.tell(Event::OutputChanged { output: id, state });
        }
    }

    /// What viewers said and did.
    fn do_arrivals(&mut self, Arrivals { voices, networks, crowd }: Arrivals) {
        if !voices.is_empty() {
            let list = queue::arrive(&self.state.questions, &self.state.voices.blocked, voices);
            if list != self.state.questions {
                let decision = questions::told(&self.state, list, unix_ms());
                decision.events.into_iter().for_each(|event| self.tell(event));
                decision.effects.into_iter().for_each(|effect| self.carry_out(effect));
            }
        }
        if let Some(networks) = networks.filter(|networks| *networks != self.state.voices.networks) {
            let blocked = self.state.voices.blocked.clone();
            self.tell(Event::VoicesChanged { voices: VoicesState { networks, blocked } });
        }
        let Some(look) = crowd else { return };
        let before = &self.state.audience;
        let audience = AudienceState {
            viewers: look.viewers,
            most: look.most,
            applause: look.applause,
            applause_shown: before.applause_shown,
        };
        if audience != *before {
            let redraw = audience.applause_shown && audience.applause != before.applause;
            self.tell(Event::AudienceChanged { audience });
            if redraw {
                self.draw_titles();
            }
        }
    }

    /// The minute that ended goes to the disk.
    fn note_numbers(&self) {
        let numbers = &self.house.audience.numbers;
        if let Some(minute) = numbers.note(unix_ms(), self.state.audience.viewers, self.state.outputs.iter()) {
            let numbers = numbers.clone();
            tokio::task::spawn_blocking(move || {
                if let Err(error) = numbers.keep(&minute) {
                    warn!(%error, "the day's numbers are not kept");
                }
            });
        }
    }

    fn do_health(&mut self) {
        self.note_numbers();
        let encoder = &self.house.config.encoder;
        let kbps = encoder.bitrate_kbps + encoder.audio_kbps;
        let mut health = self.house.machine.health(kbps, self.house.program.dropped());
        health.problems.extend(self.line.look(self.state.outputs.iter(), encoder.bitrate_kbps));
        health.problems.extend(self.template_faults.iter().cloned());
        health.problems.extend(self.unfinished.iter().cloned());
        health.problems.extend(self.house.files.problems());
        let State { clips, rundown, .. } = &self.state;
        health.problems.extend(archived::unanswered(clips, rundown, self.house.config.archive.answer_hours, unix_ms()));
        health.problems.extend(self.house.retention.problems());
        metrics::gauge!("plateau_cpu_percent").set(f64::from(health.cpu_percent));
        metrics::gauge!("plateau_disk_free_bytes").set(health.disk_free_bytes as f64);
        metrics::gauge!("plateau_pipelines_abandoned").set(crate::media::abandoned() as f64);
        self.refresh();
        let before = &self.state.health;
        // What nobody could see is not worth an event.
        if health.cpu_percent.abs_diff(before.cpu_percent) >= 5
            || health.disk_minutes_left != before.disk_minutes_left
            || health.frames_dropped != before.frames_dropped
            || health.problems != before.problems
        {
            self.tell(Event::HealthChanged { health });
        }
    }

    fn do_title_ends(&mut self) {
        let now = unix_ms();
        let titles =
            self.state.titles.iter().filter(|title| title.until.is_none_or(|until| until > now)).cloned().collect();
        self.tell(Event::TitlesChanged { titles });
        self.carry_out(Effect::Titles);
    }

    /// When a player gives the programme back, and to which scene.
    fn way_back(&self) -> Option<(u64, String)> {
        self.with_around(|state, around| {
            players::way_back(state, &|scene| phones::may_take(state, scene, around).is_ok())
        })
    }

    fn do_player_ends(&mut self) {
        let Some((_, scene)) = self.way_back() else { return };
        let take = StudioCommand::Take { scene: Some(scene), transition: Transition::default() };
        if let Err(problem) = self.do_command(Role::Admin, take) {
            warn!(%problem, "the player stays on air");
        }
    }

    fn healthy(&self) -> Result<(), Problem> {
        let behind = self.house.clock.now().saturating_sub(self.house.mix.pulse());
        if behind > CADENCE {
            return Err(Problem::new(
                "cadence",
                Fault::Ours,
                format!("Le mélangeur est en retard de {} ms.", behind / 1_000_000),
                format!("The mixer is {} ms late.", behind / 1_000_000),
            ));
        }
        let recording = self.state.recording.problem.as_ref().filter(|_| self.state.recording.on);
        let files = self
            .state
            .outputs
            .values()
            .filter(|output| output.capabilities.writes_files && output.status != OutputStatus::Off);
        recording
            .or(files.filter_map(|output| output.problem.as_ref()).next())
            .or(self.segment_not_recorded())
            .map_or(Ok(()), |problem| Err(problem.clone()))
    }

    fn tell(&mut self, event: Event) {
        self.state.apply(&event);
        self.bar();
        self.rev += 1;
        let titles = matches!(event, Event::TitlesChanged { .. });
        if matches!(event, Event::QuestionsChanged { .. }) {
            self.keep_voices();
        }
        // Nobody listening is no error.
        let _ = self.events.send(Arc::new((self.rev, event)));
        if let Some(event) = titles.then(|| questions::settle(&self.state, unix_ms())).flatten() {
            self.tell(event);
        }
    }
}

fn fields<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> indexmap::IndexMap<String, String> {
    pairs.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

/// Sleeps until the first title goes by itself.
async fn next_title_end(state: &State) {
    until(state.titles.iter().filter_map(|title| title.until).min()).await
}

/// Sleeps until a time in Unix milliseconds; for ever without one.
async fn until(at: Option<u64>) {
    match at {
        Some(at) => tokio::time::sleep(Duration::from_millis(at.saturating_sub(unix_ms()))).await,
        None => std::future::pending().await,
    }
}

fn scene_fault(config: &Config, scene: &Scene) -> Option<Problem> {
    let is_source = |id: &str| config.sources.iter().any(|source| source.id == id);
    let fault = config::scene_faults(scene, is_source).into_iter().next()?;
    Some(Problem { code: "bad_scene".into(), fault: Fault::Operator, text: fault.text })
}
