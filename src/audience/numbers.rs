//! The day in numbers: a sample each minute, for a day, kept over a restart.

use std::{
    collections::VecDeque,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::{
    disk::{self, Readers},
    protocol::OutputState,
};

/// Milliseconds between samples.
const EVERY: u64 = 60_000;
/// Samples: a day.
const KEPT: usize = 24 * 60;
const FILE: &str = "audience/numbers.jsonl";
/// The file is begun anew with the last day's samples beyond this, bytes.
const LARGEST: u64 = 4 << 20;

/// A minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Unix milliseconds.
    pub at: u64,
    /// The most pages open during it.
    pub viewers: u32,
    /// Every output that was on.
    pub outputs: IndexMap<String, OutputSample>,
}

/// An output during a minute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OutputSample {
    /// What people call it.
    pub label: String,
    /// The last rate seen, kilobits a second.
    pub kbps: u32,
    /// Pictures dropped since it was started.
    pub dropped: u64,
    /// Reconnections since it was started.
    pub reconnections: u32,
}

/// The day's samples.
pub struct Numbers {
    file: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    samples: VecDeque<Sample>,
    open: Option<Sample>,
}

impl Numbers {
    /// With what an earlier run left of the last day. Blocking.
    pub fn open(data: &Path, now: u64) -> Self {
        let file = data.join(FILE);
        let since = now.saturating_sub(EVERY * KEPT as u64);
        let text = fs::read(&file).unwrap_or_default();
        let lines = text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Sample>(line).ok());
        let mut samples: VecDeque<Sample> = lines.filter(|sample| sample.at >= since && sample.at <= now).collect();
        while samples.len() > KEPT {
            samples.pop_front();
        }
        if text.len() as u64 > LARGEST {
            let kept = samples.iter().filter_map(|sample| serde_json::to_string(sample).ok());
            let text = kept.map(|line| line + "\n").collect::<String>();
            if let Err(error) = disk::write(&file, text.as_bytes(), Readers::All) {
                warn!(%error, "the day's numbers are not made shorter");
            }
        }
        Self { file, inner: Mutex::new(Inner { samples, open: None }) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it stands now; returns the minute that ended, to be [kept](Self::keep).
    pub fn note<'a>(
        &self,
        now: u64,
        viewers: u32,
        outputs: impl Iterator<Item = (&'a String, &'a OutputState)>,
    ) -> Option<Sample> {
        let mut inner = self.inner();
        let ended = inner.open.take_if(|open| now / EVERY != open.at / EVERY);
        if let Some(ended) = &ended {
            inner.samples.push_back(ended.clone());
            if inner.samples.len() > KEPT {
                inner.samples.pop_front();
            }
        }
        let open = inner.open.get_or_insert_with(|| Sample { at: now, viewers: 0, outputs: IndexMap::new() });
        open.viewers = open.viewers.max(viewers);
        for (id, state) in outputs.filter(|(_, state)| state.status != crate::protocol::OutputStatus::Off) {
            let sample = OutputSample {
                label: state.label.clone(),
                kbps: state.bitrate_kbps,
                dropped: state.dropped_frames,
                reconnections: state.reconnections,
            };
            open.outputs.insert(id.clone(), sample);
        }
        ended
    }

    /// Writes a minute. Blocking.
    ///
    /// # Errors
    /// The disk.
    pub fn keep(&self, sample: &Sample) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        let line = serde_json::to_string(sample)? + "\n";
        fs::File::options().create(true).append(true).open(&self.file)?.write_all(line.as_bytes())
    }

    /// The last day, the minute that runs included.
    pub fn day(&self) -> Vec<Sample> {
        let inner = self.inner();
        inner.samples.iter().chain(&inner.open).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_kept_over_a_restart_and_for_a_day() {
        let data = tempfile::tempdir().unwrap();
        let start = 1_700_000_040_000;
        let numbers = Numbers::open(data.path(), start);
        for (second, viewers) in [(0, 3), (30, 9), (59, 4), (60, 2), (121, 1)] {
            if let Some(minute) = numbers.note(start + second * 1000, viewers, std::iter::empty()) {
                numbers.keep(&minute).unwrap();
            }
        }
        let viewers = |numbers: &Numbers| numbers.day().iter().map(|sample| sample.viewers).collect::<Vec<_>>();
        assert_eq!(viewers(&numbers), [9, 2, 1]);
        assert_eq!(viewers(&Numbers::open(data.path(), start + 200_000)), [9, 2]);
        assert_eq!(viewers(&Numbers::open(data.path(), start + 25 * 3_600_000)), [0u32; 0]);
    }
}
