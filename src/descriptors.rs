//! File descriptors: how many this process may have, and how many of them connections may take.
//!
//! Everything that is open costs one: a viewer's connection, a pipeline's bus, the recording of the segment on
//! air. Whoever opens too many connections must not be what a recording fails of.

use std::sync::Arc;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Kept for files and pipelines, whatever comes in from outside; a third of a limit that is smaller.
const KEPT: usize = 200;
/// Connections that are let in even where the limit leaves no room for them: the desk's.
const FEWEST: usize = 16;
/// Connections at a time, however many descriptors there are: each also costs memory.
const MOST: usize = 8192;
/// With fewer descriptors than this a day with visitors may turn some of them away.
const ENOUGH: usize = 4096;

/// Raises the limit of this process to the hard limit, and returns the one in force. Systems give 1024 unless
/// they are asked.
pub fn raise() -> usize {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 1024 };
    let limit = match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(_) => soft,
    };
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Connections that may be open at a time, of all servers together.
#[derive(Clone)]
pub struct Places(Arc<Semaphore>);

/// One connection's place, taken as long as this lives.
pub type Place = OwnedSemaphorePermit;

impl Places {
    /// With `limit` descriptors in all; tells the log when that is little.
    pub fn new(limit: usize) -> Self {
        let open = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        let connections = room(limit, open);
        if limit < ENOUGH {
            tracing::warn!(
                limit,
                connections,
                "few file descriptors: more viewers than this are turned away; raise the hard limit (ulimit -Hn, LimitNOFILE)"
            );
        }
        Self(Arc::new(Semaphore::new(connections)))
    }

    /// A place; `None` when all are taken.
    pub fn take(&self) -> Option<Place> {
        let place = self.0.clone().try_acquire_owned().ok();
        if place.is_none() {
            metrics::counter!("plateau_connections_refused_total").increment(1);
        }
        place
    }
}

/// Connections that `limit` leaves room for, when `open` descriptors are in use already.
fn room(limit: usize, open: usize) -> usize {
    limit.saturating_sub(open).saturating_sub(KEPT.min(limit / 3)).clamp(FEWEST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_descriptors() {
        assert_eq!(room(256, 60), 256 - 60 - 85);
        assert_eq!(room(1024, 100), 1024 - 100 - 200);
        assert_eq!(room(64, 60), FEWEST);
        assert_eq!(room(1 << 20, 60), MOST);
        assert_eq!(room(usize::MAX, 60), MOST);
    }

    #[test]
    fn a_place_is_free_again_when_its_connection_has_gone() {
        let places = Places::new(0);
        let mut taken: Vec<_> = std::iter::from_fn(|| places.take()).collect();
        assert_eq!(taken.len(), FEWEST);
        taken.pop();
        assert!(places.take().is_some());
    }
}
