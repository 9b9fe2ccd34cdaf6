//! The rundown on disk, whole or not at all, in the order in which it changed.

use std::{fs, io, path::Path, sync::mpsc, thread};

use tokio::sync::oneshot;
use tracing::{error, warn};

use crate::{
    disk::{self, Readers},
    protocol::Segment,
};

/// In the data folder; for the owner of the folder alone, since it holds names.
pub const FILE: &str = "rundown.json";

/// The rundown as JSON, and who waits for it to be written.
type Change = (Vec<u8>, oneshot::Sender<bool>);

/// The file and the thread that writes it; ends when dropped, everything written.
pub struct Kept {
    sender: Option<mpsc::Sender<Change>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Kept {
    /// The rundown as it was left, and its keeper. A damaged file is set aside, never overwritten.
    /// Blocking.
    pub fn open(data: &Path) -> (Vec<Segment>, Self) {
        let path = data.join(FILE);
        let segments = read(&path);
        let (sender, receiver) = mpsc::channel::<Change>();
        let thread = thread::Builder::new().name("rundown".into()).spawn(move || {
            while let Ok((mut newest, written)) = receiver.recv() {
                let mut waiting = vec![written];
                // Only the newest matters.
                while let Ok((newer, written)) = receiver.try_recv() {
                    newest = newer;
                    waiting.push(written);
                }
                let kept = disk::write(&path, &newest, Readers::Owner);
                if let Err(error) = &kept {
                    error!(%error, "the rundown is not kept");
                }
                for written in waiting {
                    let _ = written.send(kept.is_ok());
                }
            }
        });
        let thread = thread.inspect_err(|error| error!(%error, "no thread keeps the rundown")).ok();
        (segments, Self { sender: Some(sender), thread })
    }

    /// Writes it soon; what is returned tells whether that was done, or has failed and been logged.
    pub fn keep(&self, segments: &[Segment]) -> oneshot::Receiver<bool> {
        let json = serde_json::to_vec_pretty(segments).expect("segments have text keys and no failing parts");
        let (written, waiting) = oneshot::channel();
        if let Some(sender) = &self.sender {
            // Without a thread nobody waits: its end drops `written`.
            let _ = sender.send((json, written));
        }
        waiting
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(path: &Path) -> Vec<Segment> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            error!(%error, "the rundown cannot be read");
            return Vec::new();
        }
    };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        let aside = path.with_extension("json.damaged");
        warn!(%error, "{FILE} is damaged and set aside");
        if let Err(error) = fs::rename(path, aside) {
            error!(%error, "{FILE} cannot be set aside");
        }
        Vec::new()
    })
}
