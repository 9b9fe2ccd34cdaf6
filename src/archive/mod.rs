//! The archive: every segment a clip, findable, reusable, safe.
//!
//! ```text
//! segment ──► master (recording, handles) ──► cut ──► store: clips/YYYY/MM/DD/<id>/ plain files
//!                                              ▲        │          │
//!                     record ──► forms: XMP, tags, JSON-LD, …      └──► index (archive.sqlite)
//! ```
//!
//! - [`master`]: the recording of a segment; whole at any moment, whatever happens.
//! - [`cut`]: a clip out of a recording, without encoding anything again.
//! - [`record`]: the one description, the truth; [`forms`]: everything that is made from it.
//! - [`store`]: folders of plain files, changed whole or not at all; [`index`] forgets nothing that the
//!   files don't say. [`catalogue`]: what of it everybody may see, as [`crate::rights`] says each time.
//!
//! - [`export`]: out of the house, and out of what went there.
//!
//! [`Archive`] is the handle on all of it. Lock order: recordings, then the store's changes, then the
//! exports, then the index.

pub mod captions;
mod catalogue;
mod cut;
pub mod day;
mod edit;
pub mod export;
pub mod forms;
mod import;
mod index;
mod keep;
mod loudness;
mod make;
mod master;
pub mod pages;
mod photo;
mod public;
mod record;
mod settle;
mod sheet;
mod shelf;
mod still;
pub mod store;
mod terms;
#[cfg(test)]
mod tests;
mod verdict;

pub use catalogue::Asked;
pub use edit::Update;
pub use export::{Export, Form as ExportForm, Status as ExportStatus};
pub use import::Description;
pub use index::{Facet, Facets, Query};
pub use master::Claim;
pub use photo::LARGEST as LARGEST_PHOTO;
pub use public::PublicRecord;
pub use record::{Captions, Change, Chapter, Credit, Loudness, Medium, Origin, Record, Standing};
pub use verdict::Stand;

use std::{
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, RwLock, atomic::AtomicBool},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;
use tracing::{error, warn};

use self::{
    index::Index,
    master::{Note, Recorder, Ring, Subject},
    store::Store,
    verdict::Judge,
};
use crate::{
    media::{self, Descriptions, Ns},
    priority,
    program::{Following, Program},
    protocol::{Fault, Problem, Segment},
    rights::{Register, Rule},
};

/// Kept from before a segment's start: the handle, and time to decide.
const RING: Ns = 7_000_000_000;
/// For recordings to be completed when the studio ends.
const ENDING: Duration = Duration::from_secs(3);

/// What the archive tells the studio.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// A clip was made, or changed, and how it stands now.
    Clip(Box<Record>, Stand),
    /// A clip has gone from the catalogue.
    Gone(String),
    /// How the exports stand.
    Exports(Vec<Export>),
    /// A segment, or what has none by its id, goes into an export of this form.
    Exported(String, ExportForm),
    /// What is left of it in an export could not be taken out of this folder.
    LeftBehind(String, PathBuf),
    /// It was erased here: wherever it went, somebody has to ask for it.
    Recalled(String),
    /// The folders, in the data folder, of all records that cannot be relied on.
    Damaged(Vec<PathBuf>),
    /// Something is wrong.
    Problem(Problem),
}

/// What the archive has to know of the studio.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// The event.
    pub event: String,
    /// Where it happens.
    pub place: String,
    /// Its first language.
    pub language: String,
    /// SPDX identifier.
    pub licence: String,
    /// How a clip comes to be published.
    pub publish: Rule,
    /// Where the public finds it, `https://…`; `None`: where the panel is served.
    pub address: Option<String>,
    /// A command that makes captions: given the clip's path and its language, prints WebVTT.
    pub transcriber: Option<String>,
    /// What people have agreed to.
    pub register: Register,
}

impl Settings {
    /// What a configuration says, and where to ask what people have agreed to.
    pub fn new(config: &crate::config::Config, data: &std::path::Path, register: Register) -> Self {
        let (plateau, archive) = (&config.plateau, &config.archive);
        Self {
            data: data.to_owned(),
            event: plateau.title.clone(),
            place: plateau.place.clone(),
            language: plateau.language.clone(),
            licence: plateau.licence.clone(),
            publish: plateau.publish,
            address: archive.address.clone(),
            transcriber: archive.transcriber.clone(),
            register,
        }
    }
}

/// A handle on the archive; cheap to clone. What is said to block belongs on a thread of its own.
#[derive(Clone)]
pub struct Archive {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    store: Store,
    index: Index,
    judge: Judge,
    pages: pages::Pages,
    address: RwLock<Option<String>>,
    reports: Option<mpsc::UnboundedSender<Report>>,
    program: Option<Arc<Program>>,
    desk: Arc<Mutex<Desk>>,
    jobs: export::Jobs,
    following: Mutex<Option<Following>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Something that is public says something else since the exports were last renewed.
    retold: AtomicBool,
    ending: Ending,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.ending.come();
    }
}

/// Whether the archive ends; waited for without holding it.
#[derive(Clone, Default)]
struct Ending(Arc<(Mutex<bool>, Condvar)>);

impl Ending {
    fn come(&self) {
        *lock(&self.0.0) = true;
        self.0.1.notify_all();
    }

    /// Waits for it at most this long.
    fn within(&self, span: Duration) -> bool {
        let waited = self.0.1.wait_timeout_while(lock(&self.0.0), span, |ends| !*ends);
        *waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0
    }
}

/// What is being recorded.
struct Desk {
    ring: Ring,
    recorders: Vec<(String, Recorder)>,
}

impl Archive {
    /// The archive of a running studio, following its program. What it reports goes to `reports`.
    pub fn start(settings: Settings, program: Arc<Program>, reports: mpsc::UnboundedSender<Report>) -> Self {
        let archive = Self::new(settings, Some(program.clone()), Some(reports));
        let desk = archive.inner.desk.clone();
        let following = program.mix().follow(Box::new(move |packet| {
            let mut desk = lock(&desk);
            desk.ring.push(packet);
            desk.recorders.retain_mut(|(_, recorder)| recorder.packet(packet));
        }));
        *lock(&archive.inner.following) = Some(following);
        archive.recall_exports();
        let keeping = archive.clone();
        archive.spawn("archive", move || {
            keeping.keep_house();
            let (ending, inner) = (keeping.inner.ending.clone(), Arc::downgrade(&keeping.inner));
            drop(keeping);
            priority::lower(19);
            // Until the studio ends, or nobody holds the archive any more.
            while !ending.within(keep::WATCH)
                && let Some(inner) = inner.upgrade()
            {
                Self { inner }.follow();
            }
        });
        archive
    }

    /// The archive of a data folder without its studio.
    pub fn open(settings: Settings) -> Self {
        Self::new(settings, None, None)
    }

    fn new(settings: Settings, program: Option<Arc<Program>>, reports: Option<mpsc::UnboundedSender<Report>>) -> Self {
        let address = settings.address.as_ref().map(|address| address.trim_end_matches('/').to_owned());
        let judge = Judge::new(settings.register.clone(), settings.publish);
        let inner = Inner {
            store: Store::new(&settings.data),
            index: Index::open(&settings.data, judge.clone()),
            judge,
            pages: pages::Pages::new(Descriptions::new(&settings.data), settings.clone()),
            address: RwLock::new(address),
            reports,
            program,
            desk: Arc::new(Mutex::new(Desk { ring: Ring::new(RING), recorders: Vec::new() })),
            jobs: export::Jobs::default(),
            following: Mutex::default(),
            threads: Mutex::default(),
            retold: AtomicBool::default(),
            ending: Ending::default(),
            settings,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Where the panel is served, for the addresses in files, where the configuration gives none.
    pub fn served_at(&self, address: Option<&String>) {
        let mut known = self.inner.address.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if known.is_none() {
            *known = address.cloned();
        }
    }

    /// The address that files name, without a slash at the end.
    pub fn address(&self) -> Option<String> {
        self.inner.address.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// What it knows of the studio.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The folders.
    fn store(&self) -> &Store {
        &self.inner.store
    }

    /// What is asked for. Blocks for moments.
    fn index(&self) -> &Index {
        &self.inner.index
    }

    /// Asks the authority.
    fn judge(&self) -> &Judge {
        &self.inner.judge
    }

    /// The catalogue's pages.
    pub fn pages(&self) -> &pages::Pages {
        &self.inner.pages
    }

    /// Makes the file that a segment will be recorded into, before it is on air. Blocks.
    ///
    /// # Errors
    /// `segment_not_recorded`: the disk refuses, or has no room.
    pub fn claim(&self, segment: &Segment) -> Result<Claim, Problem> {
        let now = media::unix_ms();
        let stamp = day::local(now).get(..19).unwrap_or_default().replace('T', "_").replace(':', "-");
        // Not after its title: that may be nobody's business.
        let stem = format!("{stamp}_{}", segment.id);
        Claim::make(&self.inner.settings.data, &stem, segment.into(), now).map_err(|error| {
            error!(%error, segment = segment.id, "a segment cannot be recorded, and does not begin");
            not_begun(&error)
        })
    }

    /// A segment begins with the next picture: its recording starts, with what went before, as far as that
    /// is nobody else's. The recording of the segment before ends there.
    pub fn begin(&self, segment: &Segment, claim: Claim) {
        let Some(program) = &self.inner.program else { return };
        let mark = program.mark();
        let (making, telling) = (self.clone(), self.clone());
        let ended = move |note: Note| {
            let archive = making.clone();
            making.spawn("clip", move || archive.make_clip(note));
        };
        let trouble = move |problem| telling.tell(Report::Problem(problem));
        match Recorder::start(claim, segment.into(), mark, Box::new(ended), Box::new(trouble)) {
            Ok((mut recorder, thread)) => {
                self.keep_thread(thread);
                let mut desk = lock(&self.inner.desk);
                desk.recorders.iter().for_each(|(_, before)| before.close(program.mark()));
                for packet in desk.ring.packets() {
                    recorder.packet(packet);
                }
                desk.recorders.push((segment.id.clone(), recorder));
            }
            Err(error) => {
                error!(%error, "no thread for a recording");
                self.tell(Report::Problem(no_thread()));
            }
        }
    }

    /// A chapter of the segment under way begins with the next picture.
    pub fn mark(&self, label: &str) {
        let Some(program) = &self.inner.program else { return };
        if let Some((_, recorder)) = lock(&self.inner.desk).recorders.last() {
            recorder.mark(program.mark(), label.to_owned());
        }
    }

    /// A segment ends with the next picture: its clip is cut as soon as that is in the recording.
    /// Where no recording runs (the studio was started again meanwhile), the clip is made of what there
    /// is.
    pub fn end(&self, segment: &Segment) {
        if let Some(program) = &self.inner.program {
            let mut desk = lock(&self.inner.desk);
            // What follows is not preceded by it.
            desk.ring.begin_anew(program.mark());
            if let Some((_, recorder)) = desk.recorders.iter_mut().rev().find(|(id, _)| *id == segment.id) {
                return recorder.end(program.mark(), segment.into());
            }
        }
        let (archive, subject) = (self.clone(), Subject::from(segment));
        self.spawn("clip", move || archive.make_up(subject));
    }

    /// Whether a segment is being recorded, and has not ended.
    fn is_under_way(&self, segment: &str) -> bool {
        lock(&self.inner.desk).recorders.iter().any(|(id, recorder)| id == segment && !recorder.has_ended())
    }

    /// [Settles](Archive::settle) a segment; returns at once, and the desk is told what could not be done.
    pub fn settle_soon(&self, segment: &str) {
        let (archive, segment) = (self.clone(), segment.to_owned());
        self.spawn("clip", move || {
            match archive.settle(&segment) {
                // An operation that is not through settles it as well, and ends after that.
                Ok(()) if !archive.settings().register.unfinished(&segment) => archive.settled(),
                Ok(()) => (),
                Err(problem) => archive.tell(Report::Problem(problem)),
            }
        });
    }

    /// Completes what is being recorded, within its time. Blocks.
    pub fn stop(&self) {
        self.suspend_exports();
        self.inner.ending.come();
        drop(lock(&self.inner.following).take());
        lock(&self.inner.desk).recorders.clear();
        let deadline = Instant::now() + ENDING;
        loop {
            let Some(thread) = lock(&self.inner.threads).pop() else { return };
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            if Instant::now() >= deadline {
                return warn!("the archive goes on with what was not finished at the next start");
            }
        }
    }

    fn spawn(&self, name: &str, work: impl FnOnce() + Send + 'static) {
        match std::thread::Builder::new().name(name.into()).spawn(work) {
            Ok(thread) => self.keep_thread(thread),
            Err(error) => error!(%error, "no thread for the archive"),
        }
    }

    fn keep_thread(&self, thread: JoinHandle<()>) {
        let mut threads = lock(&self.inner.threads);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
    }

    fn tell(&self, report: Report) {
        if let Report::Problem(problem) = &report {
            error!(code = problem.code, reason = problem.text.en, "archive");
        }
        if let Some(reports) = &self.inner.reports {
            // The studio only goes when the program does.
            let _ = reports.send(report);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these locks guard is whole after each statement.
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn not_begun(error: &std::io::Error) -> Problem {
    Problem::operator(
        "segment_not_recorded",
        format!(
            "La séquence n'a pas commencé : elle ne peut pas être enregistrée ({error}). Libérez de la place sur le disque, puis démarrez-la de nouveau."
        ),
        format!(
            "The segment has not begun: it cannot be recorded ({error}). Make room on the disk, then start it again."
        ),
    )
}

fn no_thread() -> Problem {
    Problem::new(
        "segment_not_recorded",
        Fault::Ours,
        "Le système ne donne pas de quoi enregistrer la séquence. Lancez « Enregistrer » à la main.",
        "The system does not give what recording the segment needs. Start “Record” by hand.",
    )
}
