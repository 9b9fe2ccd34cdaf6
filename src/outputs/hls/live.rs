//! What viewers get: the playlist, waited for if asked, and the files it names.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, mpsc},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tokio::{sync::watch, time::Instant};

use super::{
    playlist,
    retract::Spans,
    store,
    timeline::{Job, Part, Shape, Timeline, part_frames, segment_name},
};
use crate::{
    media::Ns,
    program::Mark,
    protocol::{Fault, Problem},
};

/// A pause that lasts longer ends the playlist: players stop asking.
const PAUSE: Duration = Duration::from_secs(30);
/// How many segments ahead a player may wait for.
const AHEAD: u64 = 2;
/// Highest part number taken seriously.
const PARTS: u64 = 1000;

/// The live programme over HTTP; cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

/// What a player wants of the playlist (`_HLS_msn`, `_HLS_part`, `_HLS_skip`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ask {
    /// Wait until it has this segment.
    pub msn: Option<u64>,
    /// … or this part of it.
    pub part: Option<u64>,
    /// Leave out what is old.
    pub skip: bool,
}

/// Why there is no playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPlaylist {
    /// Nothing has been streamed (404).
    Nothing(Problem),
    /// It asked for what cannot be (400).
    Bad(Problem),
}

/// Behind every [`Live`] and the feeder. Nothing is waited for with `state` locked.
pub struct Shared {
    state: Mutex<State>,
    news: watch::Sender<()>,
    jobs: mpsc::Sender<Job>,
    folder: PathBuf,
    part_length: Ns,
    shape: Shape,
}

struct State {
    timeline: Timeline,
    spans: Spans,
    /// The output that feeds, and a number that an earlier pipeline of it does not know.
    feeding: Option<String>,
    generation: u64,
    /// Since when nothing feeds.
    paused: Option<Instant>,
    /// The text, whole and delta, until something changes.
    texts: [Option<Bytes>; 2],
}

impl Live {
    /// Prepares a new session in the data folder; earlier ones are deleted. Parts are whole frames of
    /// `framerate`, segments as long as key frames are apart.
    pub fn open(data: &Path, framerate: u32, keyframe_seconds: u32) -> Self {
        let folder = store::folder(data);
        let mut session = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        while folder.join(session.to_string()).exists() {
            session += 1;
        }
        let (part_frames, part) = part_frames(framerate);
        let shape = Shape { session, target: keyframe_seconds, part };
        let (jobs, queue) = mpsc::channel();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                timeline: Timeline::new(shape),
                spans: Spans::default(),
                feeding: None,
                generation: 0,
                paused: None,
                texts: [None, None],
            }),
            news: watch::Sender::new(()),
            jobs,
            folder: folder.clone(),
            part_length: u64::from(part_frames) * 1_000_000_000 / u64::from(framerate),
            shape,
        });
        let weak = Arc::downgrade(&shared);
        let thread = std::thread::Builder::new().name("live-store".into());
        if let Err(error) = thread.spawn(move || store::run(&folder, session, &queue, &weak)) {
            tracing::warn!(%error, "live segments stay in memory");
        }
        Self(shared)
    }

    /// The folder that this session is written to.
    pub fn writes_to(&self) -> PathBuf {
        self.0.folder.join(self.0.shape.session.to_string())
    }

    /// The playlist, once it has what is asked for. Waits at most three target durations and then
    /// returns it as it is: a player that gets an error instead gives up, and would miss the end of a
    /// pause.
    ///
    /// # Errors
    /// Nothing was streamed yet; a part without its segment; a segment too far ahead.
    pub async fn playlist(&self, ask: Ask) -> Result<Bytes, NoPlaylist> {
        let deadline = Instant::now() + 3 * self.target();
        let mut news = self.0.news.subscribe();
        loop {
            // Marked as seen before looking, so that what comes meanwhile wakes us.
            news.borrow_and_update();
            if let Some(text) = self.look(ask, Instant::now() >= deadline)? {
                return Ok(text);
            }
            let _ = tokio::time::timeout_at(deadline, news.changed()).await;
        }
    }

    fn look(&self, ask: Ask, late: bool) -> Result<Option<Bytes>, NoPlaylist> {
        let mut state = self.0.state();
        let timeline = &state.timeline;
        if timeline.segments.is_empty() {
            return Err(NoPlaylist::Nothing(nothing()));
        }
        let ended = state.ended();
        match ask.msn {
            None if ask.part.is_some() => return Err(NoPlaylist::Bad(part_alone())),
            Some(msn) => {
                let next = timeline.shape.session + timeline.next_part().0;
                if msn > next + AHEAD || ask.part.is_some_and(|part| part > PARTS) {
                    return Err(NoPlaylist::Bad(too_far(next)));
                }
                if !timeline.has(msn, ask.part) && !ended && !late {
                    return Ok(None);
                }
            }
            None => (),
        }
        // An ended playlist is not kept: the next start makes it go on.
        if ended {
            return Ok(Some(playlist::text(timeline, ask.skip, true).into()));
        }
        let kept = usize::from(ask.skip);
        if state.texts[kept].is_none() {
            state.texts[kept] = Some(playlist::text(&state.timeline, ask.skip, false).into());
        }
        Ok(state.texts[kept].clone())
    }

    /// A file that the playlist names, relative to it: `SESSION/12.m4s`, `SESSION/12.3.m4s`,
    /// `SESSION/init-1.mp4`. The part that comes next is waited for.
    pub async fn file(&self, name: &str) -> Option<Bytes> {
        match Name::parse(name, self.0.shape.session)? {
            Name::Header(run) => self.0.state().timeline.header(run),
            Name::Part(number, part) => self.part(number, part).await,
            Name::Segment(number) => {
                let serves = || self.0.state().timeline.serves(number);
                let held = self.0.state().timeline.segment(number);
                if held.is_some() || !serves() {
                    return held;
                }
                let path = self.0.folder.join(segment_name(self.0.shape.session, number));
                let data = tokio::fs::read(path).await.ok()?;
                // It may have been retracted while it was read.
                serves().then(|| data.into())
            }
        }
    }

    async fn part(&self, number: u64, part: usize) -> Option<Bytes> {
        let deadline = Instant::now() + 3 * self.target();
        let mut news = self.0.news.subscribe();
        loop {
            news.borrow_and_update();
            {
                let state = self.0.state();
                if let Some(data) = state.timeline.part(number, part) {
                    return Some(data);
                }
                if state.timeline.next_part() != (number, part) || state.ended() {
                    return None;
                }
            }
            tokio::time::timeout_at(deadline, news.changed()).await.ok()?.ok()?;
        }
    }

    /// A segment of the rundown begins at this mark, one that may be retracted later.
    pub fn segment_begins(&self, segment: &str, begins: Mark) {
        self.0.state().spans.begin(segment, begins);
    }

    /// A segment of the rundown ends at this mark.
    pub fn segment_ends(&self, segment: &str, ends: Mark) {
        self.0.state().spans.end(segment, ends);
    }

    /// Retracts a segment of the rundown: when this returns, nothing serves a picture of it, and pictures of
    /// it that are still in the encoder will not be served either. May be asked for again. A segment under
    /// way is retracted up to `until` (where the slate begins, or a moment from which on the segment may be
    /// shown); without it, to its end. One that nobody has told of, as before a restart, is not served anyway.
    /// What caches and players already hold is out of reach.
    pub fn retract(&self, segment: &str, until: Option<Mark>) {
        let mut state = self.0.state();
        state.spans.retract(segment, until);
        let jobs = state.sweep();
        state.texts = [None, None];
        // In the order of the changes: what is removed was written before.
        self.0.order(jobs);
        drop(state);
        self.0.news.send_replace(());
    }

    fn target(&self) -> Duration {
        Duration::from_secs(self.0.shape.target.into())
    }

    /// Where the muxer ends a part, nanoseconds.
    pub(super) fn part_length(&self) -> Ns {
        self.0.part_length
    }

    /// From now on `output` feeds, with a clock that starts anew.
    ///
    /// # Errors
    /// Another output does.
    pub(super) fn begin(&self, output: &str, rewind: Ns) -> Result<u64, Problem> {
        let mut state = self.0.state();
        if let Some(other) = state.feeding.as_ref().filter(|other| *other != output) {
            return Err(taken(other));
        }
        state.feeding = Some(output.to_owned());
        state.generation += 1;
        state.timeline.rewind = rewind;
        Ok(state.generation)
    }

    /// A new header, after which the clock may start anew.
    pub(super) fn header(&self, generation: u64, header: Bytes) {
        self.change(generation, |State { timeline, .. }| {
            let mut jobs = timeline.begin(header.clone());
            // Nobody reads it from there but who looks into the folder.
            let session = timeline.shape.session;
            jobs.push(Job::Write(format!("{session}/init-{}.mp4", timeline.runs()), None, header));
            jobs
        });
    }

    /// One more part; `last`: the segment is whole with it.
    pub(super) fn part_made(&self, generation: u64, part: Part, date: SystemTime, last: bool) {
        self.change(generation, |state| {
            state.timeline.add(part, date);
            // Retracted before it is served for the first time.
            let mut jobs = state.sweep();
            let timeline = &mut state.timeline;
            // Also without a key frame: a segment is never longer than announced.
            let full = timeline.open_length() + timeline.shape.part
                > Ns::from(timeline.shape.target) * 1_000_000_000 + 490_000_000;
            if last || full {
                jobs.extend(timeline.close());
            }
            jobs
        });
    }

    /// Nothing feeds any more.
    pub(super) fn end(&self, generation: u64) {
        self.change(generation, |state| state.timeline.close());
        let mut state = self.0.state();
        if state.generation == generation && state.feeding.take().is_some() {
            state.paused = Some(Instant::now());
        }
    }

    fn change(&self, generation: u64, change: impl FnOnce(&mut State) -> Vec<Job>) {
        let mut state = self.0.state();
        if state.generation != generation || state.feeding.is_none() {
            return;
        }
        let jobs = change(&mut state);
        state.paused = None;
        state.texts = [None, None];
        // In the order of the changes: what is removed was written before.
        self.0.order(jobs);
        drop(state);
        self.0.news.send_replace(());
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn order(&self, jobs: Vec<Job>) {
        for job in jobs {
            // Without the thread everything stays in memory, bounded by the timeline.
            let _ = self.jobs.send(job);
        }
    }

    /// The disk has a segment, or will not.
    pub fn kept(&self, number: u64, stored: bool) {
        let mut state = self.state();
        let jobs = state.timeline.kept(number, stored);
        state.texts = [None, None];
        self.order(jobs);
    }

    /// The disk is full: the numbers of segments to delete.
    pub fn shrink(&self) -> Option<RangeInclusive<u64>> {
        let mut state = self.state();
        state.texts = [None, None];
        state.timeline.shrink()
    }
}

impl State {
    /// Takes away what is retracted.
    fn sweep(&mut self) -> Vec<Job> {
        self.timeline.retract(&self.spans.retracted())
    }

    fn ended(&self) -> bool {
        self.paused.is_some_and(|since| since.elapsed() > PAUSE)
    }
}

enum Name {
    Header(u32),
    Segment(u64),
    Part(u64, usize),
}

impl Name {
    fn parse(name: &str, session: u64) -> Option<Self> {
        let (folder, file) = name.split_once('/')?;
        // Only digits: no name reaches out of the folder.
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
        if number(folder)? != session {
            return None;
        }
        if let Some(run) = file.strip_prefix("init-").and_then(|rest| rest.strip_suffix(".mp4")) {
            return Some(Self::Header(number(run)?.try_into().ok()?));
        }
        let stem = file.strip_suffix(".m4s")?;
        match stem.split_once('.') {
            Some((segment, part)) => Some(Self::Part(number(segment)?, number(part)?.try_into().ok()?)),
            None => Some(Self::Segment(number(stem)?)),
        }
    }
}

fn nothing() -> Problem {
    Problem::operator(
        "not_live",
        "Le direct n'a pas encore commencé. Revenez un peu plus tard.",
        "The live programme has not begun yet. Come back a little later.",
    )
}

fn part_alone() -> Problem {
    Problem::new(
        "part_without_segment",
        Fault::OtherSide,
        "Le lecteur demande `_HLS_part` sans `_HLS_msn`. Il faut les deux.",
        "The player asks for `_HLS_part` without `_HLS_msn`. Both are needed.",
    )
}

fn too_far(next: u64) -> Problem {
    Problem::new(
        "too_far_ahead",
        Fault::OtherSide,
        format!(
            "Le lecteur attend un segment bien trop lointain ; le prochain est {next}. Rechargez la liste sans paramètres."
        ),
        format!(
            "The player waits for a segment far ahead; the next is {next}. Reload the playlist without parameters."
        ),
    )
}

fn taken(other: &str) -> Problem {
    Problem::operator(
        "hls_taken",
        format!(
            "La sortie « {other} » alimente déjà la page du direct. Une seule sortie de type `hls` peut être en marche : arrêtez l'autre."
        ),
        format!(
            "The output “{other}” already feeds the live page. Only one output of kind `hls` can be on: stop the other."
        ),
    )
}
