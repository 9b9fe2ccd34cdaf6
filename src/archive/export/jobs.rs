//! Exports as the desk has them made: one at a time, behind everything else, told to every tablet, and
//! gone on with after a restart.
//!
//! What was asked for stands in `exports/jobs.json`, so that a crash forgets none of it. How far one is
//! does not: the files say so.

use std::{
    fs,
    ops::ControlFlow,
    path::PathBuf,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use ts_rs::TS;

use super::{Form, Step};
use crate::{
    archive::{Archive, Report, lock},
    disk::{self, Readers},
    media, priority,
    protocol::Problem,
};

/// In the exports' folder.
const FILE: &str = "jobs.json";
/// The desk is told at most this often how far one is.
const TOLD: Duration = Duration::from_millis(250);

/// An export that the desk has asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Export {
    /// What is made; the desk knows one of each form.
    pub form: Form,
    /// How it stands.
    pub status: Status,
    /// The folder on the studio's disk.
    pub folder: String,
    /// Clips and photos that are done.
    pub done: u32,
    /// Of how many; 0 until they were counted.
    pub of: u32,
    /// What is in hand.
    pub title: String,
    /// Why it failed, or is not whole.
    pub problem: Option<Problem>,
    /// Unix milliseconds since when it stands so.
    #[ts(type = "number")]
    pub since: u64,
}

/// How an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "ExportStatus")]
pub enum Status {
    /// Its turn comes after another's.
    Waiting,
    /// It is being made.
    Running,
    /// It is as the catalogue was at its end.
    Done,
    /// Somebody stopped it.
    Stopped,
    /// Something stands in its way.
    Failed,
}

/// The exports of a studio.
#[derive(Default)]
pub struct Jobs {
    list: Mutex<List>,
    /// Held by whoever puts something into an export's folder or takes it out.
    pub hands: Mutex<()>,
}

#[derive(Default)]
struct List {
    /// In the order in which they were asked for.
    exports: Vec<Export>,
    /// There is a thread that makes them.
    working: bool,
    /// The studio ends.
    ending: bool,
}

impl List {
    fn of(&mut self, form: Form) -> Option<&mut Export> {
        self.exports.iter_mut().find(|export| export.form == form)
    }
}

impl Archive {
    /// What the desk has asked for, and how it stands.
    pub fn exports_asked(&self) -> Vec<Export> {
        lock(&self.inner.jobs.list).exports.clone()
    }

    /// Has an export made, or brought up to date, when those before it are done.
    ///
    /// # Errors
    /// `export_running`: it is being made, or waits for its turn.
    pub fn export_start(&self, form: Form) -> Result<(), Problem> {
        let mut list = lock(&self.inner.jobs.list);
        if list.of(form).is_some_and(|export| matches!(export.status, Status::Waiting | Status::Running)) {
            return Err(running());
        }
        list.exports.retain(|export| export.form != form);
        list.exports.push(Export {
            form,
            status: Status::Waiting,
            folder: self.exports().join(form.folder()).display().to_string(),
            done: 0,
            of: 0,
            title: String::new(),
            problem: None,
            since: media::unix_ms(),
        });
        self.keep_and_tell(&list);
        self.go_on(list);
        Ok(())
    }

    /// Stops an export; what is done stays done.
    ///
    /// # Errors
    /// `export_not_running`.
    pub fn export_stop(&self, form: Form) -> Result<(), Problem> {
        let mut list = lock(&self.inner.jobs.list);
        let under_way = |export: &&mut Export| matches!(export.status, Status::Waiting | Status::Running);
        let export = list.of(form).filter(under_way).ok_or_else(not_running)?;
        export.stands(Status::Stopped, None);
        self.keep_and_tell(&list);
        Ok(())
    }

    /// What was taken out of finished exports although it is public comes back in its new form.
    pub(in crate::archive) fn renew_exports(&self) {
        for export in self.exports_asked().into_iter().filter(|export| export.status == Status::Done) {
            // Whoever asked for it meanwhile has the same in mind.
            let _ = self.export_start(export.form);
        }
    }

    /// At the studio's start: what was asked for when it ended goes on. Blocks for moments.
    pub(in crate::archive) fn resume_exports(&self) {
        self.retract_all();
        let mut list = lock(&self.inner.jobs.list);
        for export in &mut list.exports {
            if export.status == Status::Running {
                info!(form = ?export.form, "an export goes on");
                export.stands(Status::Waiting, None);
            }
        }
        self.go_on(list);
    }

    /// The studio ends: what is being made is left for its next start.
    pub(in crate::archive) fn suspend_exports(&self) {
        lock(&self.inner.jobs.list).ending = true;
    }

    /// Reads what was asked for before.
    pub(in crate::archive) fn recall_exports(&self) {
        let file = self.exports().join(FILE);
        let Ok(text) = fs::read(&file) else { return };
        match serde_json::from_slice(&text) {
            Ok(exports) => lock(&self.inner.jobs.list).exports = exports,
            Err(error) => warn!(%error, ?file, "not read: exports are to be asked for again"),
        }
    }

    /// Sees to it that somebody works on what waits.
    fn go_on(&self, mut list: MutexGuard<'_, List>) {
        let waiting = list.exports.iter().any(|export| export.status == Status::Waiting);
        if waiting && !list.working && !list.ending {
            list.working = true;
            drop(list);
            let archive = self.clone();
            self.spawn("exports", move || archive.make_exports());
        }
    }

    fn make_exports(&self) {
        priority::lower(19);
        while let Some((form, folder)) = self.next_export() {
            info!(?form, "an export");
            let mut told = Told::default();
            let language = &self.settings().language;
            let made = self.export(form, &folder, language, &mut |step| self.follow_export(form, step, &mut told));
            self.export_ended(form, made.err());
        }
    }

    /// The next one's turn.
    fn next_export(&self) -> Option<(Form, PathBuf)> {
        let mut list = lock(&self.inner.jobs.list);
        let ending = list.ending;
        let next = list.exports.iter_mut().find(|export| export.status == Status::Waiting && !ending);
        let Some(next) = next else {
            list.working = false;
            return None;
        };
        next.stands(Status::Running, None);
        let form = next.form;
        self.keep_and_tell(&list);
        Some((form, self.exports().join(form.folder())))
    }

    fn follow_export(&self, form: Form, step: Step<'_>, told: &mut Told) -> ControlFlow<()> {
        let mut list = lock(&self.inner.jobs.list);
        let ending = list.ending;
        let Some(export) = list.of(form).filter(|export| export.status == Status::Running && !ending) else {
            return ControlFlow::Break(());
        };
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (export.done, export.of) = (count(step.done), count(step.of));
        export.title = step.record.map(|record| record.title.clone()).unwrap_or_default();
        if told.at.is_none_or(|at| at.elapsed() >= TOLD) || step.record.is_none() {
            told.at = Some(Instant::now());
            self.tell(Report::Exports(list.exports.clone()));
        }
        drop(list);
        // Before its copy is there, so that no crash comes between.
        if let Some(record) = step.record.filter(|_| told.record.replace(step.done) != Some(step.done))
            && let Ok(record) = self.look(&record.id)
        {
            self.tell(Report::Exported(record.errand().to_owned(), form));
        }
        ControlFlow::Continue(())
    }

    fn export_ended(&self, form: Form, problem: Option<Problem>) {
        let mut list = lock(&self.inner.jobs.list);
        let ending = list.ending;
        // Stopped by somebody, asked for again since, or left for the next start: it stands so already.
        let Some(export) = list.of(form).filter(|export| export.status == Status::Running && !ending) else { return };
        info!(?form, reason = problem.as_ref().map(|problem| &problem.text.en), "an export has ended");
        let status = if problem.is_none() { Status::Done } else { Status::Failed };
        export.stands(status, problem);
        self.keep_and_tell(&list);
    }

    fn keep_and_tell(&self, list: &List) {
        let folder = self.exports();
        let kept = fs::create_dir_all(&folder)
            .and_then(|()| Ok(serde_json::to_vec_pretty(&list.exports)?))
            .and_then(|text| disk::write(&folder.join(FILE), &text, Readers::All));
        if let Err(error) = kept {
            warn!(%error, "a restart would forget what is exported");
        }
        self.tell(Report::Exports(list.exports.clone()));
    }
}

/// What was told of an export.
#[derive(Default)]
struct Told {
    at: Option<Instant>,
    /// The record that was said to go there.
    record: Option<usize>,
}

impl Export {
    fn stands(&mut self, status: Status, problem: Option<Problem>) {
        (self.status, self.problem, self.since) = (status, problem, media::unix_ms());
        self.title.clear();
    }
}

fn running() -> Problem {
    Problem::operator("export_running", "Cet export est déjà en cours.", "This export is under way already.")
}

fn not_running() -> Problem {
    Problem::operator(
        "export_not_running",
        "Cet export n'est pas en cours : il n'y a rien à arrêter.",
        "This export is not under way: there is nothing to stop.",
    )
}
