//! The owner of the state: one task, one inbox, pure decisions.
//!
//! [`start`] puts the house together, from left to right: capture's sources, the mix, the program's
//! encoder, the outputs. From then on commands come in through [`Studio`], and what changes goes out
//! as events to everybody who subscribed.

mod countdown;
mod decide;
mod decisions;
mod files;
mod handle;
mod machine;
mod operations;
mod owner;
mod painter;
mod phones;
mod players;
mod questions;
mod scenes;
mod segments;
mod sweeping;
#[cfg(test)]
mod tests;
mod titles;

pub use handle::{Studio, Subscription};
pub use operations::Signed;
pub use owner::Running;

use std::{path::Path, sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

use self::{files::Files, machine::Machine, operations::Concluded, painter::Painter};

use crate::{
    archive::{self, Archive, Claim},
    audience,
    booth::Booth,
    capture::{self, Destination, Sources},
    config::{self, Config},
    disk,
    media::{self, Clock, Descriptions},
    mix::{Input, Mix, graphics::Graphics},
    outputs::{self, Outputs, monitors::Monitors},
    people::{Operation, Registrar},
    program::{Choice, Entrance, Program},
    protocol::{
        ArchiveCommand, AudienceState, AudioState, Fault, Health, Permitted, Problem, ProgramState, RecordingState,
        Role, Segment, SegmentAdd, SegmentState, SourceState, SourceStatus, State, StudioCommand, StudioInfo,
        Transition, VoicesState,
    },
    retention::{self, Reading, Retention, Sweeper},
    rundown,
    term::Term,
};

/// Where whoever asked hears whether it was done.
type Reply = oneshot::Sender<Result<(), Problem>>;

/// What reaches the owner of the state.
enum Inbox {
    /// From a client.
    Command { command: Permitted<StudioCommand>, reply: Reply },
    /// From a client, for the archive.
    Archive { command: Permitted<ArchiveCommand>, reply: Reply },
    /// The file of a segment's recording is there, or cannot be made: the segment may begin, or not.
    Recordable { role: Role, command: StudioCommand, claim: Box<Result<Claim, Problem>>, reply: Reply },
    /// A client wants to follow.
    Subscribe { reply: oneshot::Sender<Subscription> },
    /// Does the cadence hold, and every running recording?
    Healthy { reply: oneshot::Sender<Result<(), Problem>> },
    /// The holding picture could not be put on air.
    SlateFailed(Problem),
    /// A citizen proposes a segment; the answer is the segment as it was written down.
    Propose { new: Box<SegmentAdd>, reply: oneshot::Sender<Result<Segment, Problem>> },
    /// What somebody signed, took back or had erased has its consequences.
    Conclude { operation: Operation, reply: oneshot::Sender<Concluded> },
    /// What people signed, took back or had erased and has not reached everything.
    Unfinished(Vec<Problem>),
    /// Viewers' messages and blocked names that are older than this are to go; the answer is how many.
    ForgetVoices { term: Term, reply: oneshot::Sender<Result<usize, Problem>> },
    /// These segments are to go, as far as they have not taken place.
    RemoveUnperformed { segments: Vec<String>, reply: oneshot::Sender<Result<(), Problem>> },
    /// What was on air at the last end is taken up, behind the slate where it has to be, or there is no slate.
    Resumed(Result<(), Problem>),
    /// The file for the rest of a segment that was on air at the last end is there, or cannot be made.
    Resumable { segment: Box<Segment>, claim: Box<Result<Claim, Problem>> },
    /// What is wrong with the operator's templates.
    TemplateFaults(Vec<Problem>),
}

/// For the slate to come after a restart.
const RESUMING: Duration = Duration::from_secs(10);

/// The output behind the `record` command.
const RECORDER: &str = "record";

/// Starts the studio: sources, mix, encoder, and the outputs that start by themselves.
pub async fn start(config: Arc<Config>, data: &Path) -> Result<Running, Problem> {
    media::init()?;
    writable(data)?;
    let (rundown, kept, registrar, booth) = {
        let (data, config) = (data.to_owned(), config.clone());
        let opened = tokio::task::spawn_blocking(move || {
            disk::remove_leftovers(&data);
            let (rundown, kept) = rundown::open(&data);
            let registrar = Registrar::open(&data, &config, &rundown)?;
            // Those who speak in the booth agree to something too.
            let booth = Booth::open(&data, registrar.people().register().clone());
            Ok::<_, Problem>((rundown, kept, registrar, booth))
        });
        opened.await.expect("opening does not panic")?
    };
    let machine = {
        let data = data.to_owned();
        let started = tokio::task::spawn_blocking(move || Machine::start(&data)).await;
        started.expect("reading does not panic").map_err(|_| no_thread())?
    };
    let (people, open) = (registrar.people().clone(), registrar.open_operations().await?);
    let clock = Clock::start();
    let descriptions = Descriptions::new(data);
    {
        let (data, left) = (data.to_owned(), outputs::unfinished(data));
        // What a crash left is made whole while the show already runs.
        tokio::task::spawn_blocking(move || left.iter().for_each(|file| outputs::close(&data, file)));
    }

    let choice = Choice::make(&clock, &descriptions, config.video, &config.encoder);
    let program = Program::start(choice.clone(), clock.clone(), &descriptions)?;

    let live = outputs::hls::Live::open(data, config.video.framerate, config.encoder.keyframe_seconds);
    let (state_outputs, outputs, output_reports) = {
        let around = outputs::Surroundings {
            clock: clock.clone(),
            descriptions: descriptions.clone(),
            data: data.to_owned(),
            program: program.clone(),
            flv: outputs::Flv::default(),
            live: live.clone(),
        };
        let (reports, receiver) = mpsc::channel(64);
        let all = config.outputs.iter().cloned().chain([recorder()]).collect();
        let (outputs, mut states) = Outputs::start(all, &around, &reports);
        states.shift_remove(RECORDER);
        (states, outputs, receiver)
    };

    let (reports, archive_reports) = mpsc::unbounded_channel();
    let archive =
        Archive::start(archive::Settings::new(&config, data, people.register().clone()), program.clone(), reports);

    let inputs: Vec<(String, Arc<Input>, AudioState)> = config
        .sources
        .iter()
        .map(|source| (source.id.clone(), Arc::new(Input::new(capture::patience(source))), initial_audio(source)))
        .collect();
    let scenes = scenes::initial(&config, data);
    let first = scenes.first().cloned().unwrap_or_else(|| decide::automatic_scene("none", ""));
    let mix = Mix::start(
        clock.clone(),
        config.video,
        inputs.clone(),
        Arc::new(first.clone()),
        Box::new(Entrance(program.clone())),
    )?;

    let (reports, source_reports) = mpsc::channel(64);
    let around = capture::Surroundings {
        clock: clock.clone(),
        descriptions: descriptions.clone(),
        video: config.video,
        data: data.to_owned(),
        webrtc: config.webrtc.clone(),
    };
    let destinations = config
        .sources
        .iter()
        .cloned()
        .zip(inputs.iter().map(|(_, input, _)| input.clone() as Arc<dyn Destination>))
        .collect();
    let sources = Sources::start(destinations, &around, &reports);

    let graphics = Arc::new(Graphics::new(descriptions.clone(), config.video));
    let looking = graphics.clone();
    // From now on they are drawn from memory.
    let looked = tokio::task::spawn_blocking(move || drop(looking.look())).await;
    looked.expect("looking at templates does not panic");
    let now = media::unix_ms();
    let (questions, blocked) = audience::kept(data);
    let audience = audience::Audience::start(&config, data, now);
    let state = State {
        studio: info(&config, &choice, now),
        program: ProgramState { scene: first.id, since: now, transition: Transition::default(), back: None },
        preview: None,
        slate: false,
        rehearsal: false,
        sources: config.sources.iter().map(|source| (source.id.clone(), initial_source(source))).collect(),
        scenes,
        outputs: state_outputs,
        recording: RecordingState { on: false, since: None, file: None, problem: None },
        titles: Vec::new(),
        title_templates: titles::offered(graphics.templates()),
        clips: owner::recent_clips(&archive),
        exports: archive.exports_asked(),
        segment: rundown.iter().find(|segment| segment.state == SegmentState::OnAir).cloned(),
        rundown,
        drift_seconds: None,
        clock_message: None,
        questions,
        voices: VoicesState { networks: audience::networks(&config), blocked },
        audience: AudienceState::default(),
        health: Health {
            cpu_percent: 0,
            disk_free_bytes: 0,
            disk_minutes_left: 0,
            frames_dropped: 0,
            problems: Vec::new(),
        },
    };
    let monitors = Monitors::new(
        inputs.iter().map(|(id, input, _)| (id.clone(), input.clone())).collect(),
        mix.program(),
        mix.taps(),
        program.shown(),
        clock.clone(),
    );
    let painter = Painter::start(graphics.clone(), mix.orders()).map_err(|_| no_thread())?;
    let (retention, sweeps) = Retention::channel();
    let swept = config.clone();
    let house = owner::House {
        config,
        data: data.to_owned(),
        clock,
        graphics,
        painter,
        machine,
        mix,
        program,
        sources,
        outputs,
        monitors,
        live,
        archive,
        people,
        files: Files::new(data, kept),
        audience,
        booth,
        retention,
    };
    let unfinished = operations::Unfinished { registrar, open };
    let (running, resumed) = owner::run(state, house, unfinished, source_reports, output_reports, archive_reports);
    // Nobody comes in before the slate is there where it has to be.
    let _ = tokio::time::timeout(RESUMING, resumed).await;
    let (studio, runtime) = (running.studio(), Handle::current());
    let sweeper = Sweeper {
        data: data.to_owned(),
        config: swept,
        archive: studio.archive.clone(),
        people: studio.people.clone(),
        booth: studio.booth.clone(),
        desk: Box::new(sweeping::Owner { studio, runtime: runtime.clone() }),
        clock: Arc::new(Reading::now),
        runtime,
    };
    retention::start(sweeper, sweeps)?;
    Ok(running)
}

fn no_thread() -> Problem {
    Problem::new(
        "no_thread",
        Fault::Ours,
        "L'habillage ne démarre pas : l'ordinateur n'a plus de place pour un programme de plus. Fermez-en d'autres.",
        "The graphics do not start: the computer has no room for one more program. Close others.",
    )
}

fn writable(data: &Path) -> Result<(), Problem> {
    disk::private_folder(data)
        .and_then(|()| disk::writable(data))
        .map_err(|error| {
            let folder = data.display();
            Problem::operator(
                "data_unwritable",
                format!("Le dossier de données « {folder} » n'est pas accessible en écriture ({error}). Donnez les droits, ou choisissez-en un autre avec --data."),
                format!("The data folder {folder} cannot be written ({error}). Give rights on it, or choose another with --data."),
            )
        })
}

/// The output to a file that the `record` command starts and stops.
fn recorder() -> config::Output {
    let kind =
        outputs::KINDS.iter().find(|kind| outputs::capabilities(kind).writes_files).expect("a kind writes files");
    let mut settings = config::Settings::default();
    settings.set("path", config::Setting::Text("recordings/{date}_{time}.mp4".into()));
    config::Output { id: RECORDER.into(), label: "Enregistrement".into(), kind, auto: false, settings }
}

fn initial_audio(source: &config::Source) -> AudioState {
    let (picture, _) = capture::carries(source);
    AudioState { gain_db: 0.0, mute: false, follow: source.follow.unwrap_or(picture) }
}

fn initial_source(source: &config::Source) -> SourceState {
    let (picture, sound) = capture::carries(source);
    let capabilities = capture::capabilities(source.kind);
    SourceState {
        label: source.label.clone(),
        kind: source.kind.name.into(),
        capabilities,
        // A place that somebody is invited to is empty until they call.
        status: if capabilities.is_invited { SourceStatus::Off } else { SourceStatus::Starting },
        problem: None,
        picture,
        sound,
        audio: initial_audio(source),
        media: None,
        holder: None,
    }
}

fn info(config: &Config, choice: &Choice, now: u64) -> StudioInfo {
    StudioInfo {
        title: config.plateau.title.clone(),
        place: config.plateau.place.clone(),
        language: config.plateau.language.clone(),
        licence: config.plateau.licence.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
        started_at: now,
        width: config.video.width,
        height: config.video.height,
        framerate: config.video.framerate,
        encoder: choice.element.clone(),
        encoder_hardware: choice.hardware,
        profile: config.encoder.profile.name().into(),
        bitrate_kbps: config.encoder.bitrate_kbps,
    }
}
