//! Keeps every source going: starts it, watches it, starts it again with backoff.

use std::{sync::Arc, time::Duration};

use indexmap::IndexMap;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::Instant,
};
use tracing::{info, warn};

use super::{
    Destination,
    kinds::{self, Behaviour},
    phone::Phones,
    player::Player,
    source::{self, Surroundings},
};
use crate::{
    config::Source,
    media::{Notice, Pipeline, within},
    protocol::{Fault, MediaState, Problem, SourceStatus},
};

/// How often a running source is looked at.
const WATCH: Duration = Duration::from_millis(100);
/// A source that has not sent anything this long after its start is started again.
const FIRST_DATA: Duration = Duration::from_secs(10);
/// A source that has stopped sending is started again after this.
const FROZEN: Duration = Duration::from_secs(3);
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// Longest a player's file may take to be opened, rewound or asked how long it is.
const ANSWERING: Duration = Duration::from_secs(5);
/// Longest a pipeline may take to stop.
const STOPPING: Duration = Duration::from_secs(2);

/// What the operator does with a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// From the start, once or again and again.
    Play {
        /// Starts again at its end.
        repeat: bool,
    },
    /// Back to the first picture.
    Stop,
}

/// How a source fares; sent when it changes.
#[derive(Debug, Clone)]
pub struct Report {
    /// The source.
    pub source: String,
    /// Where it stands.
    pub status: SourceStatus,
    /// Why it is not live.
    pub problem: Option<Problem>,
    /// A player's position.
    pub media: Option<MediaState>,
    /// The participation, by id, whose own phone fills the slot.
    pub person: Option<String>,
}

/// Every source's supervisor.
pub struct Sources {
    controls: IndexMap<String, mpsc::Sender<Control>>,
    phones: Phones,
    tasks: Vec<JoinHandle<()>>,
}

impl Sources {
    /// Starts them all.
    pub fn start(
        sources: Vec<(Source, Arc<dyn Destination>)>,
        around: &Surroundings,
        reports: &mpsc::Sender<Report>,
    ) -> Self {
        let mut controls = IndexMap::new();
        // A place that somebody is invited to has no pipeline until they call.
        let (slots, sources) =
            sources.into_iter().partition(|(source, _)| kinds::behaviour(source.kind).capabilities.is_invited);
        let (phones, mut tasks) = Phones::start(slots, around, reports);
        let sources: Vec<(Source, Arc<dyn Destination>)> = sources;
        for (source, destination) in sources {
            let (sender, control) = mpsc::channel(8);
            controls.insert(source.id.clone(), sender);
            let behaviour = kinds::behaviour(source.kind);
            let supervisor = Supervisor {
                source,
                behaviour,
                around: around.clone(),
                destination,
                reports: reports.clone(),
                last: None,
                given_up: None,
            };
            tasks.push(tokio::spawn(supervisor.run(control)));
        }
        Self { controls, phones, tasks }
    }

    /// The phones' slots.
    pub fn phones(&self) -> &Phones {
        &self.phones
    }

    /// Tells a player what to do.
    pub fn control(&self, source: &str, control: Control) {
        if let Some(sender) = self.controls.get(source) {
            // A full queue is eight taps not yet served: one more adds nothing.
            let _ = sender.try_send(control);
        }
    }

    /// Ends them all.
    pub async fn stop(self) {
        drop(self.controls);
        self.phones.close();
        let deadline = Instant::now() + STOPPING + Duration::from_millis(500);
        for task in self.tasks {
            let _ = tokio::time::timeout_at(deadline, task).await;
        }
    }
}

struct Supervisor {
    source: Source,
    behaviour: &'static Behaviour,
    around: Surroundings,
    destination: Arc<dyn Destination>,
    reports: mpsc::Sender<Report>,
    last: Option<(SourceStatus, Option<Problem>, Option<MediaState>)>,
    /// Ends when what was given up, since it did not answer, has come back.
    given_up: Option<oneshot::Receiver<()>>,
}

/// Why a run is over.
enum Over {
    Failed(Problem),
    Closing,
}

impl Supervisor {
    async fn run(mut self, mut control: mpsc::Receiver<Control>) {
        let mut wait = Duration::ZERO;
        loop {
            let started = Instant::now();
            let problem = match self.once(&mut control).await {
                Over::Closing => return,
                Over::Failed(problem) => problem,
            };
            let lived = started.elapsed();
            if self.last.as_ref().is_none_or(|(_, before, _)| before.as_ref() != Some(&problem)) {
                warn!(source = self.source.id, code = problem.code, reason = problem.text.en, "source lost");
            }
            metrics::counter!("plateau_source_restarts_total", "source" => self.source.id.clone()).increment(1);
            self.report(SourceStatus::Lost, Some(problem), None).await;
            // One thread that waits for a device or a file is enough.
            if let Some(mut back) = self.given_up.take() {
                loop {
                    tokio::select! {
                        _ = &mut back => break,
                        order = control.recv() => if order.is_none() { return },
                    }
                }
            }
            wait = if lived > Duration::from_secs(5) { Duration::ZERO } else { (wait * 2).min(LONGEST_WAIT) };
            wait = wait.max(Duration::from_millis(250));
            let jitter = Duration::from_millis(rand::random_range(0..100));
            let deadline = Instant::now() + wait + jitter;
            loop {
                tokio::select! {
                    () = tokio::time::sleep_until(deadline) => break,
                    order = control.recv() => if order.is_none() { return },
                }
            }
        }
    }

    /// One life of the source's pipeline.
    async fn once(&mut self, control: &mut mpsc::Receiver<Control>) -> Over {
        let (notify, mut notices) = mpsc::unbounded_channel();
        let pipeline = match self.build(notify).await {
            Ok(pipeline) => pipeline,
            Err(problem) => return Over::Failed(problem),
        };
        let over = match self.cue(&pipeline).await {
            Ok(player) => self.watch(&mut notices, control, player).await.unwrap_or_else(|over| over),
            Err(over) => over,
        };
        let _ = tokio::task::spawn_blocking(move || pipeline.stop(STOPPING)).await;
        over
    }

    /// The player of a file, cued.
    async fn cue(&mut self, pipeline: &Arc<Pipeline>) -> Result<Option<Player>, Over> {
        if !self.behaviour.capabilities.has_transport {
            return Ok(None);
        }
        let player = Player::new(pipeline.clone(), self.around.clock.clone(), &self.source.settings);
        self.lend(player, Player::begin).await.map(Some)
    }

    /// Lends the player to a thread that may block.
    async fn lend(
        &mut self,
        mut player: Player,
        work: impl FnOnce(&mut Player) + Send + 'static,
    ) -> Result<Player, Over> {
        let lent = within(ANSWERING, move || {
            work(&mut player);
            player
        });
        lent.await.map_err(|back| {
            self.given_up = Some(back);
            Over::Failed(self.problem("no_answer", "son fichier ne répond pas", "its file does not answer"))
        })
    }

    /// Builds and starts the pipeline on a thread that may block: connecting takes its time.
    async fn build(&mut self, notify: mpsc::UnboundedSender<Notice>) -> Result<Arc<Pipeline>, Problem> {
        let (source, behaviour, around, destination) =
            (self.source.clone(), self.behaviour, self.around.clone(), self.destination.clone());
        let building = within(FIRST_DATA, move || {
            let notify = move |notice| {
                let _ = notify.send(notice);
            };
            let pipeline = Arc::new(source::build(&source, behaviour, &around, &destination, notify)?);
            if !behaviour.capabilities.has_transport {
                pipeline.play();
            }
            Ok(pipeline)
        });
        building.await.unwrap_or_else(|back| {
            self.given_up = Some(back);
            Err(self.problem("no_answer", "il ne répond pas", "it does not answer"))
        })
    }

    async fn watch(
        &mut self,
        notices: &mut mpsc::UnboundedReceiver<Notice>,
        control: &mut mpsc::Receiver<Control>,
        mut player: Option<Player>,
    ) -> Result<Over, Over> {
        let mut ticks = tokio::time::interval(WATCH);
        let mut heard_of = Instant::now();
        let mut ever = false;
        let mut pictured = false;
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    if let Some(mut known) = player.take() {
                        if !known.knows_duration() {
                            known = self.lend(known, Player::ask_duration).await?;
                        }
                        let (status, media) = known.tick(&*self.destination);
                        player = Some(known);
                        self.report(status, None, Some(media)).await;
                        continue;
                    }
                    let now = self.around.clock.now();
                    let lost = self.lost(now, &mut pictured);
                    if !lost {
                        heard_of = Instant::now();
                        if !std::mem::replace(&mut ever, true) {
                            info!(source = self.source.id, "source live");
                        }
                        self.report(SourceStatus::Live, None, None).await;
                    } else if ever {
                        let frozen = self.problem("frozen", "plus rien n'arrive", "nothing arrives any more");
                        self.report(SourceStatus::Lost, Some(frozen.clone()), None).await;
                        if heard_of.elapsed() > FROZEN {
                            return Ok(Over::Failed(frozen));
                        }
                    } else {
                        let before = self.last.as_ref().and_then(|(_, problem, _)| problem.clone());
                        let status = if before.is_some() { SourceStatus::Lost } else { SourceStatus::Starting };
                        self.report(status, before, None).await;
                        if heard_of.elapsed() > FIRST_DATA {
                            return Ok(Over::Failed(self.problem("no_answer", "rien n'arrive", "nothing arrives")));
                        }
                    }
                }
                notice = notices.recv() => match notice {
                    Some(Notice::Error { message, details, .. }) => {
                        tracing::debug!(source = self.source.id, details, "source error");
                        return Ok(Over::Failed(self.problem("source_error", &message, &message)));
                    }
                    Some(Notice::Ended) => match player.take() {
                        Some(known) => player = Some(self.lend(known, Player::ended).await?),
                        None => return Ok(Over::Failed(self.problem("source_ended", "il a pris fin", "it ended"))),
                    },
                    None => return Ok(Over::Closing),
                },
                order = control.recv() => match (order, player.take()) {
                    (None, _) => return Ok(Over::Closing),
                    (Some(order), Some(known)) => {
                        player = Some(self.lend(known, move |player| player.control(order)).await?);
                    }
                    (Some(_), None) => (),
                },
            }
        }
    }

    /// A source that has shown a picture must go on; one that never has may be sound alone.
    fn lost(&self, now: u64, pictured: &mut bool) -> bool {
        *pictured |= !self.destination.picture_lost(now);
        if *pictured { self.destination.picture_lost(now) } else { self.destination.sound_lost(now) }
    }

    fn problem(&self, code: &str, fr: &str, en: &str) -> Problem {
        let label = &self.source.label;
        let [look_fr, look_en] = if self.behaviour.capabilities.needs_device {
            ["Vérifiez l'appareil et son branchement", "Check the device and its cable"]
        } else {
            ["Vérifiez ce qui l'envoie, et le réseau", "Check what sends it, and the network"]
        };
        Problem::new(
            code,
            Fault::OtherSide,
            format!("« {label} » est perdu : {fr}. {look_fr} ; le studio réessaie tout seul."),
            format!("“{label}” is lost: {en}. {look_en}; the studio tries again by itself."),
        )
    }

    async fn report(&mut self, status: SourceStatus, problem: Option<Problem>, media: Option<MediaState>) {
        let now = (status, problem, media);
        if self.last.as_ref() != Some(&now) {
            let (status, problem, media) = now.clone();
            let _ = self
                .reports
                .send(Report { source: self.source.id.clone(), status, problem, media, person: None })
                .await;
            self.last = Some(now);
        }
    }
}
