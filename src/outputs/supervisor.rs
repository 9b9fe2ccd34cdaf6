//! Keeps one output going: connects, watches that bytes move, tries again.
//!
//! A pipeline serves one attempt. *Unreachable* (tried each second for a minute, then ever slower) is
//! told from *refused*: the other side took the connection and closed it before anything was
//! published, three times in a row.

mod trial;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::Instant,
};
use tracing::{info, warn};

use super::{
    file,
    flv::{Flv, Muxer},
    hls::Live,
    kinds::{self, Behaviour, Takes},
    link::{Counters, Link},
    peer::Peer,
};
use crate::{
    config::Output,
    media::{Clock, Descriptions, Folder, Notice, Pipeline, unix_ms, within},
    program::Program,
    protocol::{Fault, OutputState, OutputStatus, Problem},
};

/// How often a running output is looked at.
const WATCH: Duration = Duration::from_millis(200);
/// A connection whose bytes have not moved for this long is lost.
const STALLED: Duration = Duration::from_secs(5);
/// Buffers that must have passed the last element for the other side to have accepted them.
const ACCEPTED: u64 = 12;
/// Closed before publishing this often in a row: refused.
const REFUSALS: u32 = 3;
/// For how long a server may keep the place of a line that was lost, and turn us away from it.
const PLACE_HELD: Duration = Duration::from_secs(60);
/// How long a simulated output is on its way.
const SEEMS_TO_CONNECT: Duration = Duration::from_millis(700);
/// Longest a pipeline may take to be made, and its file.
pub(super) const OPENING: Duration = Duration::from_secs(3);
/// Longest a file may take to be finished.
const FINISHING: Duration = Duration::from_secs(3);
/// Longest a network may take to say goodbye; one that has hung is not waited for.
const GOODBYE: Duration = Duration::from_millis(700);

/// What the studio tells an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Go.
    Start,
    /// Off.
    Stop,
    /// Now rather than later.
    Retry,
    /// Connect, say what it saw, leave; only while it is off.
    Test,
    /// Seem to go, for a rehearsal: nothing is sent.
    Simulate,
}

/// What every output works with.
#[derive(Clone)]
pub struct Surroundings {
    /// The studio's clock.
    pub clock: Clock,
    /// Where descriptions are.
    pub descriptions: Descriptions,
    /// The data folder.
    pub data: PathBuf,
    /// Where packets come from.
    pub program: Arc<Program>,
    /// The programme as RTMP destinations take it.
    pub flv: Flv,
    /// Where the live page comes from.
    pub live: Live,
}

/// The task of one output.
pub struct Supervisor {
    output: Output,
    behaviour: &'static Behaviour,
    around: Surroundings,
    reports: mpsc::Sender<(String, OutputState)>,
    state: OutputState,
    counters: Arc<Counters>,
    /// It was live since it was started.
    was_live: bool,
    /// Ends when what was given up, since it did not answer, has come back.
    given_up: Option<oneshot::Receiver<()>>,
    /// Forces what was recorded to the disk.
    syncing: Option<JoinHandle<()>>,
}

/// What an attempt works with.
struct Open {
    pipeline: Arc<Pipeline>,
    link: Link,
    /// Held for its tags.
    muxer: Option<Arc<Muxer>>,
    /// The file it writes, in the data folder.
    written: Option<String>,
}

/// How an attempt ended.
enum Over {
    /// As asked.
    Stopped,
    /// The studio is closing.
    Closing,
    /// Never accepted; `closed`: by the other side, after it had answered.
    NotAccepted { problem: Problem, closed: bool },
    /// After it had been live.
    Lost(Problem),
}

/// Bytes and buffers that reached the last element.
#[derive(Default)]
struct Progress {
    buffers: AtomicU64,
    bytes: AtomicU64,
}

impl Supervisor {
    /// An output that is off.
    pub fn new(output: Output, around: Surroundings, reports: mpsc::Sender<(String, OutputState)>) -> Self {
        let behaviour = kinds::behaviour(output.kind);
        let state = OutputState {
            label: output.label.clone(),
            kind: output.kind.name.into(),
            capabilities: behaviour.capabilities,
            status: OutputStatus::Off,
            simulated: false,
            problem: None,
            since: None,
            retry_at: None,
            bitrate_kbps: 0,
            dropped_frames: 0,
            reconnections: 0,
            sent_bytes: 0,
            tested: None,
            file: None,
        };
        Self {
            output,
            behaviour,
            around,
            reports,
            state,
            counters: Arc::default(),
            was_live: false,
            given_up: None,
            syncing: None,
        }
    }

    /// The state of an output that has not been started.
    pub fn state(&self) -> &OutputState {
        &self.state
    }

    /// Runs until the wishes end.
    pub async fn run(mut self, mut wishes: mpsc::Receiver<Wish>) {
        loop {
            let wish = match wishes.recv().await {
                Some(Wish::Stop) => continue,
                Some(Wish::Test) => {
                    self.trial().await;
                    continue;
                }
                Some(wish) => wish,
                None => return,
            };
            self.state.reconnections = 0;
            self.state.dropped_frames = 0;
            self.state.sent_bytes = 0;
            self.was_live = false;
            self.state.file = None;
            self.counters = Arc::default();
            let closing = match wish {
                Wish::Simulate => self.simulate(&mut wishes).await,
                _ => self.keep_going(&mut wishes).await,
            };
            self.state.problem = None;
            self.state.simulated = false;
            self.settle(OutputStatus::Off).await;
            if closing {
                return;
            }
        }
    }

    /// Says what a working output says, without a pipeline, until stopped; `true` when the studio is
    /// closing.
    async fn simulate(&mut self, wishes: &mut mpsc::Receiver<Wish>) -> bool {
        self.state.simulated = true;
        self.settle(OutputStatus::Connecting).await;
        let live = Instant::now() + SEEMS_TO_CONNECT;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(live), if self.state.status == OutputStatus::Connecting => {
                    info!(output = self.output.id, "output simulated");
                    self.state.since = Some(unix_ms());
                    self.settle(OutputStatus::Live).await;
                }
                wish = wishes.recv() => match wish {
                    Some(Wish::Stop) => return false,
                    // The rehearsal's end stops it first: until then nothing is sent.
                    Some(Wish::Start | Wish::Retry | Wish::Test | Wish::Simulate) => (),
                    None => return true,
                },
            }
        }
    }

    /// Attempts until stopped; `true` when the studio is closing.
    async fn keep_going(&mut self, wishes: &mut mpsc::Receiver<Wish>) -> bool {
        let mut refusals = 0;
        let mut trouble: Option<Instant> = None;
        self.settle(OutputStatus::Connecting).await;
        loop {
            let (problem, wait) = match self.attempt(wishes).await {
                Over::Stopped => return false,
                Over::Closing => return true,
                Over::Lost(problem) => {
                    (refusals, trouble) = (0, Some(Instant::now()));
                    (problem, Duration::ZERO)
                }
                Over::NotAccepted { problem, closed } => {
                    let since = trouble.get_or_insert_with(Instant::now).elapsed();
                    // Whoever took us a moment ago knows the key: the lost line still has our place there.
                    let known = self.was_live && since < PLACE_HELD;
                    refusals = if closed && !known { refusals + 1 } else { 0 };
                    let wait = match since.as_secs() {
                        _ if refusals >= REFUSALS => Duration::from_secs(60),
                        0..60 => Duration::from_secs(1),
                        60..300 => Duration::from_secs(5),
                        _ => Duration::from_secs(20),
                    };
                    (problem, wait)
                }
            };
            let refused = refusals >= REFUSALS;
            if self.state.problem.as_ref() != Some(&problem) {
                warn!(output = self.output.id, code = problem.code, reason = problem.text.en, "output lost");
            }
            self.state.problem = Some(if refused { self.refused() } else { problem });
            self.state.retry_at = Some(unix_ms() + wait.as_millis() as u64);
            self.settle(if refused { OutputStatus::Refused } else { OutputStatus::Retrying }).await;
            let deadline = Instant::now() + wait;
            loop {
                tokio::select! {
                    () = tokio::time::sleep_until(deadline) => break,
                    wish = wishes.recv() => match wish {
                        Some(Wish::Stop) => return false,
                        Some(Wish::Retry) => { refusals = 0; break; }
                        Some(Wish::Start | Wish::Test | Wish::Simulate) => (),
                        None => return true,
                    }
                }
            }
            self.state.retry_at = None;
        }
    }

    /// One pipeline, from its building to its end.
    async fn attempt(&mut self, wishes: &mut mpsc::Receiver<Wish>) -> Over {
        let (notify, mut notices) = mpsc::unbounded_channel();
        let progress = Arc::new(Progress::default());
        let Open { pipeline, link, muxer, written } = match self.open(notify, &progress).await {
            Ok(open) => open,
            Err(problem) => return Over::NotAccepted { problem, closed: false },
        };
        self.state.file.clone_from(&written);
        let over = self.watch(&mut notices, wishes, &progress).await;
        let ended = matches!(over, Over::Stopped | Over::Closing);
        drop(link);
        let ending = if written.is_some() { FINISHING } else { GOODBYE };
        if ended {
            pipeline.end();
            self.drained(&mut notices, ending).await;
        }
        let stop = move || {
            pipeline.stop(ending);
            drop(muxer);
        };
        let _ = tokio::task::spawn_blocking(stop).await;
        if let Some(file) = written {
            let data = self.around.data.clone();
            let _ = tokio::task::spawn_blocking(move || file::close(&data, &file)).await;
        }
        self.state.since = None;
        self.state.bitrate_kbps = 0;
        over
    }

    async fn open(&mut self, notify: mpsc::UnboundedSender<Notice>, progress: &Arc<Progress>) -> Result<Open, Problem> {
        if self.given_up.as_mut().is_some_and(|back| back.try_recv() == Err(oneshot::error::TryRecvError::Empty)) {
            return Err(self.failed("timeout"));
        }
        let (output, behaviour, around) = (self.output.clone(), self.behaviour, self.around.clone());
        let (counters, progress) = (self.counters.clone(), progress.clone());
        let opening = within(OPENING, move || -> Result<_, Problem> {
            let description = around.descriptions.launch(Folder::Outputs, behaviour.description)?;
            let notify = move |notice| {
                let _ = notify.send(notice);
            };
            let pipeline =
                Arc::new(Pipeline::parse(&output.id, &description, &around.clock, around.clock.now(), notify)?);
            let written = (behaviour.configure)(&pipeline, &output.settings, &around)?;
            count(&pipeline, progress);
            let muxed = pipeline.element("flv").map(|_| around.flv.muxer(&around));
            let muxer = muxed.transpose()?;
            let feed = match (&muxer, behaviour.takes) {
                (Some(muxer), _) => muxer.tags(),
                (None, Takes::Air) => around.program.air(),
                (None, Takes::Mix) => around.program.mix(),
            };
            let link = Link::new(feed, &pipeline, behaviour.patience, &counters)?;
            Ok(Open { pipeline, link, muxer, written })
        });
        let open: Open = match opening.await {
            Ok(open) => open?,
            Err(back) => {
                self.given_up = Some(back);
                return Err(self.failed("timeout"));
            }
        };
        let (playing, program) = (open.pipeline.clone(), self.around.program.clone());
        // Connecting may block; what it leads to is seen in the progress and on the bus. A pipeline that
        // is not up takes nothing: the key frame it begins with is asked for afterwards.
        tokio::task::spawn_blocking(move || {
            playing.play();
            program.request_key();
        });
        Ok(open)
    }

    async fn watch(
        &mut self,
        notices: &mut mpsc::UnboundedReceiver<Notice>,
        wishes: &mut mpsc::Receiver<Wish>,
        progress: &Progress,
    ) -> Over {
        let mut ticks = tokio::time::interval(WATCH);
        // What the other side's machine has taken: buffers of our own kernel are not there yet.
        let mut moved = (0, Instant::now());
        let mut peer =
            Peer::of(self.output.settings.text("url").filter(|_| self.behaviour.capabilities.leaves_the_house)).await;
        let mut rate = (0, Instant::now());
        let mut live = false;
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    let (buffers, bytes) = (progress.buffers.load(Ordering::Relaxed), progress.bytes.load(Ordering::Relaxed));
                    let taken = peer.taken(bytes).await;
                    if taken > moved.0 {
                        moved = (taken, Instant::now());
                    }
                    if !live && buffers >= ACCEPTED {
                        live = true;
                        info!(output = self.output.id, "output live");
                        self.state.since = Some(unix_ms());
                        self.state.problem = None;
                        if std::mem::replace(&mut self.was_live, true) {
                            self.state.reconnections += 1;
                            let output = self.output.id.clone();
                            metrics::counter!("plateau_output_reconnections_total", "output" => output).increment(1);
                        }
                        self.settle(OutputStatus::Live).await;
                    }
                    if moved.1.elapsed() > STALLED {
                        let problem = self.stalled();
                        return if live { Over::Lost(problem) } else { Over::NotAccepted { problem, closed: false } };
                    }
                    if rate.1.elapsed() >= Duration::from_secs(2) {
                        self.measure(bytes - rate.0, rate.1.elapsed()).await;
                        rate = (bytes, Instant::now());
                    }
                }
                notice = notices.recv() => {
                    let problem = match notice {
                        Some(Notice::Error { message, details, element, not_authorized }) => {
                            tracing::debug!(output = self.output.id, element, details, not_authorized, "output error");
                            let closed = not_authorized || closed_by_peer(&message, &details);
                            let problem = self.failed(&message);
                            if !live {
                                return Over::NotAccepted { problem, closed };
                            }
                            problem
                        }
                        Some(Notice::Ended) => self.failed("EOS"),
                        None => return Over::Closing,
                    };
                    return Over::Lost(problem);
                }
                wish = wishes.recv() => match wish {
                    Some(Wish::Stop) => return Over::Stopped,
                    None => return Over::Closing,
                    Some(Wish::Start | Wish::Retry | Wish::Test | Wish::Simulate) => (),
                },
            }
        }
    }

    async fn measure(&mut self, bytes: u64, during: Duration) {
        let kbps = (bytes as f64 * 8.0 / 1000.0 / during.as_secs_f64()).round() as u32;
        metrics::counter!("plateau_output_bytes_total", "output" => self.output.id.clone()).increment(bytes);
        self.state.sent_bytes += bytes;
        let dropped = self.counters.dropped.load(Ordering::Relaxed);
        // One at a time: a disk may not answer.
        if let Some(file) = self.state.file.clone()
            && self.syncing.as_ref().is_none_or(JoinHandle::is_finished)
        {
            let data = self.around.data.clone();
            self.syncing = Some(tokio::task::spawn_blocking(move || file::sync(&data, &file)));
        }
        // A change that nobody could see is not worth an event.
        if kbps.abs_diff(self.state.bitrate_kbps) > self.state.bitrate_kbps / 50 || dropped != self.state.dropped_frames
        {
            self.state.bitrate_kbps = kbps;
            self.state.dropped_frames = dropped;
            self.settle(self.state.status).await;
        }
    }

    /// Waits until everything has been written, or `longest`.
    async fn drained(&self, notices: &mut mpsc::UnboundedReceiver<Notice>, longest: Duration) {
        if let Ok(Some(Notice::Error { message, .. })) = tokio::time::timeout(longest, notices.recv()).await {
            warn!(output = self.output.id, message, "an error at the end");
        }
    }

    async fn settle(&mut self, status: OutputStatus) {
        self.state.status = status;
        if status == OutputStatus::Off {
            self.state.retry_at = None;
            self.state.since = None;
        }
        let _ = self.reports.send((self.output.id.clone(), self.state.clone())).await;
    }

    fn failed(&self, reason: &str) -> Problem {
        let label = &self.output.label;
        if self.behaviour.capabilities.writes_files {
            return Problem::operator(
                "recording_lost",
                format!(
                    "« {label} » ne s'écrit plus ({reason}). Libérez de la place ou vérifiez le disque ; le studio réessaie tout seul, et ce qui était écrit est gardé."
                ),
                format!(
                    "“{label}” is no longer written ({reason}). Make room or check the disk; the studio tries again by itself, and what was written is kept."
                ),
            );
        }
        Problem::new(
            "output_lost",
            Fault::OtherSide,
            format!(
                "« {label} » ne répond pas ({reason}). Le studio réessaie tout seul ; vérifiez l'adresse et le réseau."
            ),
            format!(
                "“{label}” does not answer ({reason}). The studio tries again by itself; check the address and the network."
            ),
        )
    }

    fn stalled(&self) -> Problem {
        let label = &self.output.label;
        Problem::new(
            "output_stalled",
            Fault::OtherSide,
            format!(
                "« {label} » ne prend plus rien depuis 5 s. Le studio se reconnecte ; la ligne est peut-être trop lente."
            ),
            format!("“{label}” has taken nothing for 5 s. The studio reconnects; the line may be too slow."),
        )
    }

    fn refused(&self) -> Problem {
        let label = &self.output.label;
        Problem::new(
            "output_refused",
            Fault::Operator,
            format!(
                "« {label} » ferme la connexion avant de publier. La clé est-elle la bonne, le direct est-il ouvert là-bas ? Corrigez, puis « Réessayer »."
            ),
            format!(
                "“{label}” closes the connection before publishing. Is the key right, is the live open over there? Mend it, then “Retry”."
            ),
        )
    }
}

/// The other side answered and then closed, rather than not being there at all.
fn closed_by_peer(message: &str, details: &str) -> bool {
    let said = format!("{message} {details}").to_lowercase();
    let absent = ["connection refused", "could not connect", "resolve", "unreachable", "timed out", "timeout"];
    let closed = ["closed", "reset by peer", "broken pipe", "denied", "rejected", "badname", "unauthorized", "eof"];
    !absent.iter().any(|words| said.contains(words)) && closed.iter().any(|words| said.contains(words))
}

/// Counts what passes into the last element.
fn count(pipeline: &Pipeline, progress: Arc<Progress>) {
    let Some(pad) = pipeline.element("sink").and_then(|sink| sink.static_pad("sink")) else { return };
    pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST, move |_, info| {
        let (buffers, bytes) = match &info.data {
            Some(gst::PadProbeData::Buffer(buffer)) => (1, buffer.size()),
            Some(gst::PadProbeData::BufferList(list)) => (list.len() as u64, list.calculate_size()),
            _ => (0, 0),
        };
        progress.buffers.fetch_add(buffers, Ordering::Relaxed);
        progress.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        gst::PadProbeReturn::Ok
    });
}
