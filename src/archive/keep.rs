//! Keeping house: what a crash left, the index, captions by a machine.

use std::{
    fs,
    io::{Read, Seek},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tracing::{info, warn};

use super::{Archive, Query, Record, index, master::Note, store};
use crate::media;

/// How often the files are compared with the index: a record may be damaged, or changed by hand.
pub(super) const WATCH: Duration = Duration::from_secs(10);
/// Clips looked through for measurements that were not finished.
const UNFINISHED: u64 = 200;
/// Longest that the operator's command may take, at least and for each second of a clip.
const TRANSCRIBER: (Duration, u32) = (Duration::from_secs(60), 6);

impl Archive {
    /// At the studio's start. Blocks as long as it takes; nobody waits for it.
    pub(super) fn keep_house(&self) {
        let started = media::unix_ms();
        {
            // What somebody makes now is not what a crash left.
            let _changes = self.store().lock();
            self.store().clear_work();
        }
        let changes = self.follow();
        self.index().judge_all();
        self.tell_damaged();
        if changes > 0 {
            info!(changes, file = index::FILE, "the archive's index follows the files");
            // The desk was shown what the index had when the studio started.
            self.all(&Query::default(), 60).iter().for_each(|record| self.tell_record(record));
        }
        for note in Note::all(&self.settings().data) {
            if note.clip.is_none() && note.recorded_at < started {
                self.recover(note);
            }
        }
        self.resume_exports();
        let clips = Query { medium: Some(super::Medium::Clip), ..Query::default() };
        for record in self.all(&clips, UNFINISHED) {
            if record.loudness.is_none() {
                self.finish(&record.id);
            }
        }
    }

    /// The clip of a recording that was going on when the studio ended, or was not made.
    fn recover(&self, mut note: Note) {
        let made = self.index().of(&note.subject.id).into_iter().map(|row| row.record);
        let mut made = made.filter(|record| record.origin.as_ref().is_some_and(|origin| origin.master == note.master));
        if let Some(record) = made.next() {
            note.clip = Some(record.id);
            let _ = note.keep(&self.settings().data);
            return;
        }
        let file = self.settings().data.join(&note.master);
        if fs::metadata(&file).map_or(0, |found| found.len()) == 0 {
            // The crash came before the first picture.
            let _ = note.erase(&self.settings().data);
            return;
        }
        self.make_clip(note);
    }

    /// Captions by the operator's command, where there is one and no captions are there yet.
    pub(super) fn transcribe(&self, id: &str, clip: &Path) {
        let Some(command) = &self.settings().transcriber else { return };
        let Some(record) = self.look(id).ok().filter(|record| record.captions.is_empty()) else { return };
        let longest = TRANSCRIBER.0 + Duration::from_millis(record.duration_ms) * TRANSCRIBER.1;
        let made = run(command, clip, &record.language, longest)
            .and_then(|vtt| self.caption(id, &record.language, Some(&vtt), true).map_err(|problem| problem.text.en));
        match made {
            Ok(_) => info!(clip = id, "captions by the operator's command"),
            Err(reason) => warn!(clip = id, reason, "no captions by the operator's command"),
        }
    }

    /// Everything that is wrong with the files, and with the index as it stands.
    pub fn verify(&self) -> store::Report {
        let mut report = store::verify(self.store());
        let mut known = self.index().ids();
        for (record, folder) in &report.records {
            let position = known.iter().position(|id| *id == record.id);
            let indexed = Record { history: Vec::new(), ..record.clone() };
            let row = self.index().row(&record.id);
            let same = row.is_some_and(|row| row.barred || row.record == indexed);
            if let Some(position) = position {
                known.swap_remove(position);
            }
            if !same {
                let path = folder.strip_prefix(self.store().data()).unwrap_or(folder).to_string_lossy().into_owned();
                report.findings.push(store::Finding { path, fault: store::Fault::Index });
            }
        }
        known.retain(|id| self.index().row(id).is_some_and(|row| !row.barred));
        let gone = known.into_iter().map(|id| store::Finding { path: id, fault: store::Fault::Index });
        report.findings.extend(gone);
        report.findings.sort();
        report
    }

    /// Makes the index anew from the files; returns how many records it holds.
    pub fn rebuild(&self) -> usize {
        self.index().clear();
        self.follow()
    }
}

/// Runs the operator's command with the clip and its language as last arguments; its output is
/// WebVTT.
fn run(command: &str, clip: &Path, language: &str, longest: Duration) -> Result<Vec<u8>, String> {
    let mut words = command.split_whitespace();
    let program = words.next().ok_or("there is no command")?;
    let mut output = nameless(clip)?;
    let mut child = Command::new(program)
        .args(words)
        .arg(clip)
        .arg(language)
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(|error| error.to_string())?)
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let deadline = Instant::now() + longest;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(100)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{program} takes more than {} s", longest.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    if !status.success() {
        return Err(format!("{program}: {status}"));
    }
    let mut text = Vec::new();
    output.rewind().map_err(|error| error.to_string())?;
    let read = output.by_ref().take(super::captions::LONGEST as u64 + 1).read_to_end(&mut text);
    read.map_err(|error| error.to_string())?;
    Ok(text)
}

/// A file without a name, beside the recordings: a pipe that nobody empties would stop the command.
fn nameless(clip: &Path) -> Result<fs::File, String> {
    let folder = clip.ancestors().find(|folder| folder.ends_with("clips")).unwrap_or(clip);
    let path = folder.join(format!(".captions-{}", std::process::id()));
    let file = fs::File::options().read(true).write(true).create(true).truncate(true).open(&path);
    let file = file.map_err(|error| error.to_string())?;
    let _ = fs::remove_file(path);
    Ok(file)
}
