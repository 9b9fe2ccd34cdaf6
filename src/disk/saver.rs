//! A small file that is written while the studio goes on.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use tracing::error;

use super::{Readers, folder_of, sync_folder, write};
use crate::protocol::Problem;

/// What could not be written is tried again after this.
const AGAIN: Duration = Duration::from_secs(5);
/// A disk that has not written a small file after this does not answer.
const SILENT: Duration = Duration::from_secs(3);

/// Ends when the bytes are on the disk, or could not be written: then with the sentence for the desk. It ends with
/// an error where nothing can be written at all, see [`Saver::problem`].
pub type Saved = oneshot::Receiver<Result<(), Problem>>;

/// Makes a file's content, on the thread that writes it.
type Encode<T> = fn(T) -> serde_json::Result<Vec<u8>>;

struct Change<T> {
    value: T,
    saved: oneshot::Sender<Result<(), Problem>>,
}

/// Writes values into one file, each time whole, on a thread of its own. Of what waits only the newest is written; what could
/// not be written is tried again until it can, or something newer comes. When the saver is dropped, the thread
/// writes what waits and ends.
pub struct Saver<T> {
    changes: mpsc::Sender<Change<T>>,
    work: Work,
    ended: oneshot::Receiver<()>,
}

impl<T: Send + 'static> Saver<T> {
    /// For the file at `path`; its folder is made when it is first written. `code` is that of the problem which says
    /// that it cannot be written. `encode` fails for no value there is.
    pub fn start(path: PathBuf, readers: Readers, code: &'static str, encode: Encode<T>) -> Self {
        let (changes, inbox) = mpsc::channel();
        let (ends, ended) = oneshot::channel();
        let work = Work { path, readers, code, standing: Arc::default() };
        let worker = work.clone();
        if let Err(error) = thread::Builder::new().name("saver".into()).spawn(move || {
            worker.run(&inbox, encode);
            drop(ends);
        }) {
            let _ = work.note(Err(&error));
        }
        Self { changes, work, ended }
    }

    /// The file says this from now on. Returns at once.
    pub fn save(&self, value: T) -> Saved {
        let (saved, waiting) = oneshot::channel();
        // Where there is no thread, dropping `saved` ends the waiting.
        let _ = self.changes.send(Change { value, saved });
        waiting
    }

    /// Why the newest is not on the disk, if it could not be written or the disk does not answer.
    pub fn problem(&self) -> Option<Problem> {
        let standing = self.work.standing();
        let silent = standing.since.is_some_and(|since| since.elapsed() > SILENT);
        if silent { Some(self.work.unwritten(&io::ErrorKind::TimedOut.into())) } else { standing.problem.clone() }
    }

    /// Writes what is left to write.
    pub async fn end(self) {
        drop(self.changes);
        // Nothing is ever sent: the thread drops the other end.
        let _ = self.ended.await;
    }
}

#[derive(Clone)]
struct Work {
    path: PathBuf,
    readers: Readers,
    code: &'static str,
    standing: Arc<Mutex<Standing>>,
}

#[derive(Default)]
struct Standing {
    /// Why it could not be written the last time.
    problem: Option<Problem>,
    /// It is being written since then.
    since: Option<Instant>,
}

impl Work {
    fn run<T>(&self, changes: &mpsc::Receiver<Change<T>>, encode: Encode<T>) {
        let mut unwritten: Option<Vec<u8>> = None;
        loop {
            let next = match unwritten {
                None => changes.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(_) => changes.recv_timeout(AGAIN),
            };
            let ends = matches!(next, Err(RecvTimeoutError::Disconnected));
            let mut waiting = Vec::new();
            if let Ok(mut newest) = next {
                // Only the newest matters.
                for newer in changes.try_iter() {
                    waiting.push(std::mem::replace(&mut newest, newer).saved);
                }
                waiting.push(newest.saved);
                unwritten = Some(encode(newest.value).expect("what is kept has text keys and no failing parts"));
            }
            if let Some(content) = &unwritten {
                self.standing().since = Some(Instant::now());
                let written =
                    make_folder(folder_of(&self.path)).and_then(|()| write(&self.path, content, self.readers));
                let told = self.note(written.as_ref().map(drop));
                waiting.into_iter().for_each(|saved| drop(saved.send(told.clone())));
                if written.is_ok() {
                    unwritten = None;
                }
            }
            if ends {
                return;
            }
        }
    }

    /// Remembers how writing went, for the desk.
    fn note(&self, written: Result<(), &io::Error>) -> Result<(), Problem> {
        let told = written.map_err(|error| {
            error!(%error, path = %self.path.display(), "a file is not written");
            self.unwritten(error)
        });
        *self.standing() = Standing { problem: told.as_ref().err().cloned(), since: None };
        told
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        // Each of its parts is whole after each statement.
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unwritten(&self, error: &io::Error) -> Problem {
        let name = self.path.file_name().unwrap_or_default().display();
        Problem::operator(
            self.code,
            format!(
                "{name} ne peut pas être écrit dans le dossier de données ({error}) : ce qui a changé serait perdu si le studio s'arrêtait. Libérez de la place ou vérifiez les droits sur le disque ; le studio réessaie de lui-même."
            ),
            format!(
                "{name} cannot be written in the data folder ({error}): what has changed would be lost if the studio ended. Make room, or check the rights on the disk; the studio tries again by itself."
            ),
        )
    }
}

/// Makes a folder that is missing, so that it is there after a power cut.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    sync_folder(folder_of(folder))
}
