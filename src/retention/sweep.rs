//! The one task that carries the table out.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, mpsc::RecvTimeoutError},
    time::Duration,
};

use tokio::runtime::Handle;
use tracing::{info, warn};

use super::{
    Clock, Inbox,
    clock::{Memory, Reading, Watch},
    table::{Duty, Kept, Length, ROWS, Row},
};
use crate::{
    archive::{Archive, day},
    booth::Booth,
    config::Config,
    disk, outputs,
    people::People,
    priority,
    protocol::{Fault, Problem, Segment, SegmentState},
    rundown,
    term::{DAY, Term},
};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Milliseconds between two runs.
const EVERY: u64 = 3600 * 1000;
/// A run that would meet a segment on air is tried again after so long, milliseconds…
const AGAIN: u64 = 60 * 1000;
/// … and waits at most so long for it, milliseconds.
const PATIENCE: u64 = DAY;
/// While the clock is in doubt, what it says is written down so often, milliseconds.
const NOTED: u64 = 60 * 1000;

/// What the owner of the state does for the sweeper, which calls it from its own thread: it may block.
pub trait Desk: Send {
    /// The rundown as it stands.
    ///
    /// # Errors
    /// When the studio is closing.
    fn rundown(&self) -> Result<Vec<Segment>, Problem>;
    /// Files and folders that outputs are writing to, by their path in the data folder or whole.
    ///
    /// # Errors
    /// When the studio is closing.
    fn writing(&self) -> Result<Vec<PathBuf>, Problem>;
    /// Takes out viewers' messages and blocked names that are older than the term. Returns how many.
    ///
    /// # Errors
    /// When the studio is closing.
    fn forget_voices(&self, term: Term) -> Result<usize, Problem>;
    /// Erases a person, everywhere.
    ///
    /// # Errors
    /// As [`crate::studio::Studio::erase`].
    fn erase(&self, person: String) -> Result<(), Problem>;
    /// Takes segments that have not taken place out of the rundown.
    ///
    /// # Errors
    /// When the studio is closing.
    fn remove_unperformed(&self, segments: Vec<String>) -> Result<(), Problem>;
}

/// The sweeper.
pub struct Sweeper {
    /// The data folder.
    pub data: PathBuf,
    /// What the operator decided.
    pub config: Arc<Config>,
    /// Recordings, clips, the bin.
    pub archive: Archive,
    /// Agreements.
    pub people: People,
    /// Interviews.
    pub booth: Booth,
    /// The rundown and the questions.
    pub desk: Box<dyn Desk>,
    /// What the clocks say.
    pub clock: Clock,
    /// To wait for the people's thread.
    pub runtime: Handle,
}

impl Sweeper {
    /// Sweeps until the studio ends. Blocks.
    pub(super) fn run(self, inbox: &Inbox) {
        priority::lower(19);
        let mut watch = Watch::new(Memory::read(&self.data));
        // Times of the machine's own clock, `Reading::running`.
        let (mut next, mut waited_since, mut noted) = (None, None, None);
        let mut failures = Vec::new();
        // An earlier run may have been cut off.
        let mut unscrubbed = true;
        loop {
            let now = (self.clock)();
            let before = watch.memory().clone();
            let believed = watch.look(now, || self.archive.newest());
            if believed && next.is_none_or(|next| now.running >= next) {
                let since = *waited_since.get_or_insert(now.running);
                if self.is_on_air() && now.running < since + PATIENCE {
                    next = Some(now.running + AGAIN);
                } else {
                    // A run that is cut off is made again at the next start.
                    watch.runs(now);
                    watch.memory().keep(&self.data);
                    failures = self.sweep(now.wall, watch.memory(), &mut unscrubbed);
                    (next, waited_since) = (Some(now.running + EVERY), None);
                }
            } else if watch.memory().doubt.len() != before.doubt.len()
                || noted.is_none_or(|at| now.running >= at + NOTED)
            {
                if *watch.memory() != before {
                    watch.memory().keep(&self.data);
                }
                noted = Some(now.running);
            }
            let doubt = (!believed).then(|| doubtful(now, watch.memory()));
            if doubt.is_some() && before.doubt.is_empty() {
                warn!(wall = now.wall, "the machine's clock is in doubt: nothing is erased until a person confirms it");
            }
            let problems: Vec<Problem> = doubt.into_iter().chain(failures.iter().cloned()).collect();
            inbox.problems.send_if_modified(|told| {
                let changed = *told != problems;
                *told = problems;
                changed
            });
            match inbox.orders.recv_timeout(LOOK) {
                Ok(reply) => {
                    watch.confirm((self.clock)());
                    watch.memory().keep(&self.data);
                    next = None;
                    info!("a person confirms the machine's clock");
                    // Who asked may have left.
                    let _ = reply.send(Ok(()));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Goes through the table once; `now` in Unix milliseconds. `unscrubbed`: the archive's index may hold words of what
    /// was erased. Returns what could not be done.
    pub(super) fn sweep(&self, now: u64, memory: &Memory, unscrubbed: &mut bool) -> Vec<Problem> {
        let mut failures = Vec::new();
        for row in ROWS {
            let Kept::For { length, duty, .. } = &row.kept else { continue };
            let length = match length {
                Length::Days(days) => u64::from((days.of)(&self.config)) * DAY,
                Length::Hours(hours) => u64::from(*hours) * 3600 * 1000,
            };
            match self.erase(*duty, Term { now, length, doubtful: memory.doubtful.clone() }) {
                Ok(0) => {}
                Ok(count) => {
                    info!(row = row.id, count, "what has had its term is erased");
                    *unscrubbed |= matches!(duty, Duty::Unpublished | Duty::Bin);
                }
                Err(reason) => {
                    warn!(row = row.id, reason, "what has had its term is not erased");
                    failures.push(not_erased(row, &reason));
                }
            }
        }
        if *unscrubbed {
            *unscrubbed = self.archive.scrub().map_err(|problem| failures.push(problem)).is_err();
        }
        failures
    }

    fn erase(&self, duty: Duty, term: Term) -> Result<usize, String> {
        let disk = |done: io::Result<usize>| done.map_err(|error| error.to_string());
        let told = |problem: Problem| problem.text.en;
        match duty {
            Duty::Masters => disk(self.archive.erase_masters(&term)),
            // They follow what they belong to, which has been gone through by now.
            Duty::Originals => disk(self.archive.erase_originals()),
            Duty::Recordings => {
                let writing = self.desk.writing().map_err(told)?;
                disk(outputs::erase_recordings(&self.data, &self.whole(), &writing, &term))
            }
            Duty::Unpublished => disk(self.archive.erase_unpublished(&term)),
            Duty::Bin => disk(self.archive.empty_bin(&term)),
            Duty::Unsent => disk(self.booth.erase_unsent(&term)),
            Duty::Sent => disk(self.booth.erase_sent(&term, &|clip| self.archive.holds(clip))),
            Duty::Contacts => self.runtime.block_on(self.people.forget_contacts(term)).map_err(told),
            Duty::Waiting => self.runtime.block_on(self.people.forget_waiting(term)).map_err(told),
            Duty::BirthDates => self.runtime.block_on(self.people.forget_birth_dates(term)).map_err(told),
            Duty::Unperformed => self.erase_unperformed(&term).map_err(told),
            Duty::Voices => self.desk.forget_voices(term).map_err(told),
            Duty::SetAside => disk(self.erase_set_aside(&term)),
        }
    }

    /// The people first: a segment that is still in the rundown says that this is not done.
    fn erase_unperformed(&self, term: &Term) -> Result<usize, Problem> {
        let old = rundown::unperformed(&self.desk.rundown()?, term);
        if old.is_empty() {
            return Ok(0);
        }
        for person in self.runtime.block_on(self.people.of(old.clone()))? {
            self.desk.erase(person)?;
        }
        let count = old.len();
        self.desk.remove_unperformed(old)?;
        Ok(count)
    }

    fn erase_set_aside(&self, term: &Term) -> io::Result<usize> {
        let folders = fs::read_dir(&self.data)?.chain(fs::read_dir(self.data.join("audience")).into_iter().flatten());
        let files = folders.flatten().map(|entry| entry.path());
        let old = files.filter(|path| path.extension().is_some_and(|ending| ending == "damaged"));
        disk::erase_each(old.filter(|path| term.is_over(disk::written_at(path))), |path| disk::remove(&path))
    }

    /// The paths of outputs that record the whole programme, as the configuration has them.
    fn whole(&self) -> Vec<String> {
        let files = self.config.outputs.iter().filter(|output| outputs::capabilities(output.kind).writes_files);
        files.filter_map(|output| output.settings.text("path").map(str::to_owned)).collect()
    }

    fn is_on_air(&self) -> bool {
        self.desk.rundown().is_ok_and(|rundown| rundown.iter().any(|segment| segment.state == SegmentState::OnAir))
    }
}

fn doubtful(now: Reading, memory: &Memory) -> Problem {
    // A day is enough to see what is wrong, and no news by itself.
    let date = |wall: u64| day::local(wall).get(..10).unwrap_or_default().to_owned();
    let today = date(now.wall);
    let (fr, en) = match memory.swept_at.map(date) {
        Some(last) => (
            format!(
                "L'horloge de cet ordinateur est au {today}, la dernière fois qu'on l'a crue elle était au {last}."
            ),
            format!("This computer's clock says {today}; when it was last believed it said {last}."),
        ),
        None => (
            format!("L'horloge de cet ordinateur est au {today}, ce qui ne peut pas être."),
            format!("This computer's clock says {today}, which cannot be."),
        ),
    };
    Problem::operator(
        "clock_doubtful",
        format!(
            "{fr} Tant qu'elle est en doute, rien de ce dont le terme est passé n'est effacé. Mettez-la à l'heure ; quand la date est juste, un administrateur la confirme (ici, ou « plateau ctl retention_confirm »)."
        ),
        format!(
            "{en} While it is in doubt, nothing that has had its term is erased. Set it right; when the date is right, an administrator confirms it (here, or `plateau ctl retention_confirm`)."
        ),
    )
}

fn not_erased(row: &Row, reason: &str) -> Problem {
    let [fr, en] = row.what;
    Problem::new(
        "retention_failed",
        Fault::Operator,
        format!(
            "Leur terme est passé, mais ils ne sont pas tous effacés : {fr} ({reason}). Vérifiez le disque et les droits du dossier de données ; le studio réessaie toutes les heures."
        ),
        format!(
            "Their term is over, but not all are erased: {en} ({reason}). Check the disk and the rights in the data folder; the studio tries again every hour."
        ),
    )
}
