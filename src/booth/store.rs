//! Every take, by its name; the questions; who is being converted.
//!
//! Lock order: `takes`, then one take. Everything that touches a take blocks.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use tokio::sync::Semaphore;

use super::{
    Progress, Questions, Reason, Refusal, Signed, Stage, convert,
    take::{Container, NOTE, Note, Take},
};
use crate::{
    disk,
    media::unix_ms,
    rights::{self, Entry, Point, Register, Work},
    term::Term,
    tokens,
};

/// Takes that may be recorded at a time.
const OPEN: usize = 4;
/// Takes that may begin within [`SPAN`].
const STARTS: usize = 40;
/// Milliseconds.
const SPAN: u64 = 10 * 60 * 1000;
/// Bytes that must stay free for the programme's own recording.
const RESERVE: u64 = 1 << 30;

/// The booth; cheap to clone.
#[derive(Clone)]
pub struct Booth {
    folder: PathBuf,
    takes: Arc<Mutex<HashMap<String, Arc<Mutex<Take>>>>>,
    starts: Arc<Mutex<Vec<u64>>>,
    /// Knows each take that was sent as a participation, by its name.
    register: Register,
    /// One conversion at a time: the rest of the machine belongs to the programme.
    converting: Arc<Semaphore>,
}

/// A take that began.
#[derive(Debug, Clone, Serialize)]
pub struct Start {
    /// Its name.
    pub id: String,
    /// What is awaited.
    #[serde(flatten)]
    pub progress: Progress,
}

/// A take as animators see it.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// Its name.
    pub id: String,
    /// Who is credited; `null`: nobody.
    pub credit: Option<String>,
    /// It may be published.
    pub published: bool,
    /// Unix milliseconds.
    pub started: u64,
    /// Where it stands.
    #[serde(flatten)]
    pub stage: Stage,
    /// Bytes of the recording.
    pub bytes: u64,
}

impl Booth {
    /// Opens the booth in the data folder; takes that a crash met go on. What was agreed to in it is in the
    /// register from then on. Blocking.
    pub fn open(data: &Path, register: Register) -> Self {
        let folder = data.join("booth");
        if let Err(error) = fs::create_dir_all(&folder) {
            tracing::warn!(%error, "the booth has no folder");
        }
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let takes = entries.filter(|entry| entry.path().join("take.json").exists()).filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let take = Take::resume(entry.path())
                .inspect_err(|error| tracing::warn!(take = name, %error, "a take is damaged and left aside"))
                .ok()?;
            Some((name, Arc::new(Mutex::new(take))))
        });
        let booth = Self {
            takes: Arc::new(Mutex::new(takes.collect())),
            folder,
            starts: Arc::default(),
            register,
            converting: Arc::new(Semaphore::new(1)),
        };
        for (id, take) in lock(&booth.takes).iter() {
            booth.note(id, &lock(take).note);
        }
        booth
    }

    /// What those who spoke in the booth have agreed to, for a data folder whose studio need not run.
    /// Blocking.
    pub fn register(data: &Path, register: &Register) {
        for entry in fs::read_dir(data.join("booth")).into_iter().flatten().flatten() {
            let read =
                fs::read(entry.path().join(NOTE)).ok().and_then(|text| serde_json::from_slice::<Note>(&text).ok());
            if let (Some(note), Some(id)) = (read, entry.file_name().to_str()) {
                register.put(id, Some(known(id, &note)));
            }
        }
    }

    /// The register follows a take's note.
    fn note(&self, id: &str, note: &Note) {
        self.register.put(id, Some(known(id, note)));
    }

    /// Whether the person of a take agrees to its publication.
    pub(super) fn may_be_published(&self, id: &str) -> bool {
        let people = [id.to_owned()];
        let work = Work { people: &people, ..Work::default() };
        rights::agreed_by_all(&work, &|id| self.register.agreed(id)).is_ok()
    }

    /// The questions. Blocking.
    pub fn questions(&self) -> Questions {
        Questions::read(&self.folder)
    }

    /// Other questions. Blocking.
    ///
    /// # Errors
    /// A set that will not do, or a disk that will not write.
    pub fn ask(&self, questions: Questions) -> Result<Questions, Refusal> {
        let questions = questions.checked()?;
        questions.keep(&self.folder).map_err(|error| Refusal::disk(&error))?;
        Ok(questions)
    }

    /// Begins a take. Blocking.
    ///
    /// # Errors
    /// A signature that will not do; too many takes; a full disk.
    pub fn start(&self, signed: Signed) -> Result<Start, Refusal> {
        let now = unix_ms();
        let signed = signed.checked(now)?;
        self.admit(now)?;
        if disk::free(&self.folder).unwrap_or_default() < RESERVE {
            return Err(Refusal::disk(&std::io::ErrorKind::StorageFull.into()));
        }
        let id = tokens::random::<16>();
        let take = Take::start(self.folder.join(&id), signed, now).map_err(|error| Refusal::disk(&error))?;
        let progress = take.progress();
        lock(&self.takes).insert(id.clone(), Arc::new(Mutex::new(take)));
        Ok(Start { id, progress })
    }

    fn admit(&self, now: u64) -> Result<(), Refusal> {
        let mut starts = lock(&self.starts);
        starts.retain(|at| now < at + SPAN);
        let open = lock(&self.takes).values().filter(|take| lock(take).note.stage == Stage::Recording).count();
        if starts.len() >= STARTS || open >= OPEN {
            return Err(Refusal::new(
                Reason::Busy,
                "booth_busy",
                "La cabine enregistre déjà trop de choses à la fois. Attendez quelques minutes.",
                "The booth is recording too much at once already. Wait a few minutes.",
            ));
        }
        starts.push(now);
        Ok(())
    }

    /// Does something with a take. Blocking.
    ///
    /// # Errors
    /// No such take, or what `work` says.
    pub fn with<T>(&self, id: &str, work: impl FnOnce(&mut Take) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let take = lock(&self.takes).get(id).cloned().ok_or_else(Refusal::unknown)?;
        let mut take = lock(&take);
        work(&mut take)
    }

    /// A chunk. Blocking.
    ///
    /// # Errors
    /// [`Take::chunk`].
    pub fn chunk(&self, id: &str, index: u32, data: &[u8]) -> Result<Progress, Refusal> {
        self.with(id, |take| take.chunk(index, data))
    }

    /// How far a take has come. Blocking.
    ///
    /// # Errors
    /// No such take.
    pub fn progress(&self, id: &str) -> Result<Progress, Refusal> {
        self.with(id, |take| Ok(take.progress()))
    }

    /// The whole is there. Blocking.
    ///
    /// # Errors
    /// [`Take::finish`].
    pub fn finish(&self, id: &str, sha256: &str) -> Result<Progress, Refusal> {
        self.with(id, |take| take.finish(sha256).map(|()| take.progress()))
    }

    /// The recording's file and type, to watch it. Blocking.
    ///
    /// # Errors
    /// No such take, or it isn't whole yet.
    pub fn recording(&self, id: &str) -> Result<(PathBuf, &'static str), Refusal> {
        self.with(id, |take| {
            if take.note.stage == Stage::Recording {
                return Err(Refusal::stage());
            }
            let mut first = [0; 12];
            let read = fs::File::open(take.recording()).and_then(|mut file| std::io::Read::read(&mut file, &mut first));
            read.map_err(|error| Refusal::disk(&error))?;
            Ok((take.recording(), Container::of(&first).map_or("application/octet-stream", Container::mime)))
        })
    }

    /// Erases a take that was not sent ("do it again"). Blocking.
    ///
    /// # Errors
    /// No such take, or it was sent.
    pub fn erase(&self, id: &str) -> Result<(), Refusal> {
        self.with(id, |take| match take.note.stage {
            Stage::Recording | Stage::Finished => Ok(()),
            _ => Err(Refusal::stage()),
        })?;
        self.remove(id)
    }

    /// Erases a take's folder; one that cannot be erased stays known.
    pub(super) fn remove(&self, id: &str) -> Result<(), Refusal> {
        let take = lock(&self.takes).get(id).cloned().ok_or_else(Refusal::unknown)?;
        let folder = lock(&take).folder().to_owned();
        fs::remove_dir_all(folder).map_err(|error| Refusal::disk(&error))?;
        lock(&self.takes).remove(id);
        self.register.put(id, None);
        Ok(())
    }

    /// Those whose erasure a crash has met. Blocking.
    pub(super) fn taken_back(&self) -> Vec<String> {
        let takes = lock(&self.takes);
        takes.iter().filter(|(_, take)| lock(take).note.taken_back).map(|(id, _)| id.clone()).collect()
    }

    /// From now on nothing of a take may be shown. Returns the clip that it is in the archive.
    pub(super) fn forbid(&self, id: &str) -> Result<Option<String>, Refusal> {
        self.with(id, |take| {
            take.take_back()?;
            self.note(id, &take.note);
            Ok(match &take.note.stage {
                Stage::Archived { clip } => Some(clip.clone()),
                _ => None,
            })
        })
    }

    /// Hands a finished take over, and returns its person's link; of several, the last one works. Blocking.
    ///
    /// # Errors
    /// No such take, or it isn't finished.
    pub fn send(&self, id: &str) -> Result<String, Refusal> {
        self.with(id, |take| {
            let stage = match &take.note.stage {
                Stage::Finished => Stage::Sent,
                sent @ (Stage::Sent | Stage::Converted | Stage::Archived { .. }) => sent.clone(),
                _ => return Err(Refusal::stage()),
            };
            let token = tokens::random::<32>();
            take.note.link = Some(tokens::sha256(&token));
            take.stage(stage)?;
            self.note(id, &take.note);
            Ok(token)
        })
    }

    /// Converts what was sent and is not converted yet, one after the other; also what a crash met.
    pub async fn convert_waiting(&self) {
        let Ok(_turn) = Arc::clone(&self.converting).acquire_owned().await else { return };
        let booth = self.clone();
        let waiting = tokio::task::spawn_blocking(move || {
            let takes = lock(&booth.takes);
            let sent = takes.iter().filter(|(_, take)| lock(take).note.stage == Stage::Sent);
            sent.map(|(id, _)| id.clone()).collect::<Vec<_>>()
        });
        for id in waiting.await.unwrap_or_default() {
            let Ok((from, to)) = self.with(&id, |take| Ok((take.recording(), take.interview()))) else { continue };
            let stage = match convert::in_a_process(&from, &to).await {
                Ok(()) => Stage::Converted,
                Err(problem) => {
                    tracing::warn!(take = id, code = problem.code, reason = problem.text.en, "not converted");
                    Stage::Failed { problem }
                }
            };
            let done = stage == Stage::Converted;
            let kept = self.with(&id, |take| take.stage(stage));
            if done && kept.is_ok() {
                tracing::info!(take = id, "an interview waits in data/booth");
            }
        }
    }

    /// What was sent, newest first. Blocking.
    pub fn sent(&self) -> Vec<Told> {
        let mut told: Vec<Told> = lock(&self.takes)
            .iter()
            .filter_map(|(id, take)| {
                let take = lock(take);
                let Note { signed, started, stage, .. } = take.note.clone();
                let sent = !matches!(stage, Stage::Recording | Stage::Finished);
                let agreed = take.note.agreed();
                let (credit, published) = (signed.credit, agreed.to(Point::Archived));
                let bytes = take.progress().bytes;
                sent.then(|| Told { id: id.clone(), credit, published, started, stage, bytes })
            })
            .collect();
        told.sort_by_key(|told| std::cmp::Reverse(told.started));
        told
    }

    /// Erases what was recorded and not sent within the term: it is its person's own. Returns how many. Blocking.
    ///
    /// # Errors
    /// The disk's, when everything else has been tried.
    pub fn erase_unsent(&self, term: &Term) -> io::Result<usize> {
        self.erase_where(|note| matches!(note.stage, Stage::Recording | Stage::Finished) && term.is_over(note.started))
    }

    /// Erases what was sent, once its term is over, and what is left of takes that cannot be read. Of one whose clip is
    /// in the archive (`in_archive`, by the clip's id) the signature stays, and the recording goes. Returns how many
    /// takes that concerned. Blocking.
    ///
    /// # Errors
    /// The disk's, when everything else has been tried.
    pub fn erase_sent(&self, term: &Term, in_archive: &dyn Fn(&str) -> bool) -> io::Result<usize> {
        let kept = |stage: &Stage| matches!(stage, Stage::Archived { clip } if in_archive(clip));
        let old = |note: &Note| !matches!(note.stage, Stage::Recording | Stage::Finished) && term.is_over(note.started);
        let whole = self.erase_where(|note| old(note) && !kept(&note.stage));
        let archived: Vec<_> = lock(&self.takes).values().cloned().collect();
        let recordings = disk::erase_each(archived, |take| {
            let take = lock(&take);
            if old(&take.note) { take.erase_recording() } else { Ok(false) }
        });
        let known: Vec<_> = lock(&self.takes).keys().cloned().collect();
        let folders = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let strays = folders.filter(|path| {
            path.is_dir() && !known.iter().any(|id| path.ends_with(id)) && term.is_over(disk::written_at(path))
        });
        Ok(whole? + recordings? + disk::erase_each(strays, |path| disk::remove(&path))?)
    }

    fn erase_where(&self, due: impl Fn(&Note) -> bool) -> io::Result<usize> {
        let takes = lock(&self.takes);
        let old: Vec<_> = takes.iter().filter(|(_, take)| due(&lock(take).note)).map(|(id, _)| id.clone()).collect();
        drop(takes);
        disk::erase_each(old, |id| {
            self.remove(&id).map(|()| true).map_err(|refusal| io::Error::other(refusal.problem.text.en))
        })
    }
}

/// A take as the register knows it.
fn known(id: &str, note: &Note) -> Entry {
    Entry { segment: id.to_owned(), listed: true, agreed: note.agreed() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while holding it leaves a take whose file is the truth.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booth::sign::tests::signed;

    #[test]
    fn a_take_is_its_person_s_until_it_is_sent() {
        let data = tempfile::tempdir().unwrap();
        let booth = Booth::open(data.path(), Register::default());
        let Start { id, .. } = booth.start(signed()).unwrap();
        booth.chunk(&id, 0, &[0x1a, 0x45, 0xdf, 0xa3]).unwrap();
        assert_eq!(booth.send(&id).unwrap_err().reason, Reason::Conflict);
        assert!(booth.recording(&id).is_err() && booth.sent().is_empty());
        booth.erase(&id).unwrap();
        assert_eq!(booth.progress(&id).unwrap_err().reason, Reason::Unknown);
        assert!(!data.path().join("booth").join(&id).exists(), "doing it again leaves nothing");

        let Start { id, .. } = booth.start(signed()).unwrap();
        booth.chunk(&id, 0, &[0x1a, 0x45, 0xdf, 0xa3]).unwrap();
        // The studio starts again in the middle.
        let booth = Booth::open(data.path(), Register::default());
        assert_eq!(booth.progress(&id).unwrap(), Progress { next: 1, bytes: 4 });
        let whole = "0".repeat(64);
        assert_eq!(booth.finish(&id, &whole).unwrap_err().reason, Reason::Damaged);
    }

    #[test]
    fn takes_are_limited_in_number_and_the_unsent_make_room() {
        let data = tempfile::tempdir().unwrap();
        let booth = Booth::open(data.path(), Register::default());
        for _ in 0..OPEN {
            booth.start(signed()).unwrap();
        }
        assert_eq!(booth.start(signed()).unwrap_err().reason, Reason::Busy);
        let later = Term { now: unix_ms() + 1000, ..Term::default() };
        assert_eq!(booth.erase_unsent(&later).unwrap(), OPEN);
        assert!(booth.start(signed()).is_ok());
    }

    #[test]
    fn what_is_in_the_archive_keeps_its_signature_and_what_is_not_goes() {
        let data = tempfile::tempdir().unwrap();
        let booth = Booth::open(data.path(), Register::default());
        let archived = |clip: &str| Stage::Archived { clip: clip.into() };
        let takes = [archived("there"), archived("gone"), Stage::Converted, Stage::Finished].map(|stage| {
            let Start { id, .. } = booth.start(signed()).unwrap();
            booth.chunk(&id, 0, &[0x1a, 0x45, 0xdf, 0xa3]).unwrap();
            booth.with(&id, |take| fs::write(take.interview(), "film").map_err(|error| Refusal::disk(&error))).unwrap();
            booth.with(&id, |take| take.stage(stage)).unwrap();
            id
        });
        let folder = data.path().join("booth");
        fs::create_dir(folder.join("damaged")).unwrap();
        fs::write(folder.join("damaged/recording"), "film").unwrap();
        let booth = Booth::open(data.path(), Register::default());
        let in_archive = |clip: &str| clip == "there";
        let not_yet = Term { now: unix_ms(), length: 60_000, ..Term::default() };
        assert_eq!(booth.erase_sent(&not_yet, &in_archive).unwrap(), 0);
        let over = Term { now: unix_ms() + 70_000, ..not_yet };
        assert_eq!(booth.erase_sent(&over, &in_archive).unwrap(), 4);
        let files = |name: &str| -> Vec<String> {
            let entries = fs::read_dir(folder.join(name)).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
        };
        assert_eq!(files(&takes[0]), ["take.json"]);
        assert!(!folder.join("damaged").exists() && files(&takes[1]).is_empty() && files(&takes[2]).is_empty());
        assert_eq!(files(&takes[3]).len(), 4, "what was not sent has a term of its own");
        assert_eq!(booth.erase_sent(&over, &in_archive).unwrap(), 0, "all is done");
        // It can still be taken back after a restart.
        assert_eq!(Booth::open(data.path(), Register::default()).sent().len(), 1);
    }
}
