//! The machine the studio runs on: processor, disk. Read on a thread of its own, since a disk may not answer.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::{
    disk,
    protocol::{Fault, Health, Problem},
};

/// How often it is read.
const EVERY: Duration = Duration::from_secs(1);
/// A disk that has not said how much room it has after this does not answer.
const SILENT: Duration = Duration::from_secs(4);

/// How the machine holds up, and what the archive says of itself.
pub struct Machine {
    readings: watch::Receiver<Reading>,
    /// What the archive could not do, until it can again.
    pub archive: Option<Problem>,
    /// Records of the archive that cannot be relied on, as long as there are any.
    pub damaged: Option<Problem>,
}

/// What was read.
#[derive(Clone, Copy)]
struct Reading {
    at: Instant,
    cpu_percent: u32,
    disk_free_bytes: u64,
}

impl Machine {
    /// Starts reading; the thread ends when this is dropped. Blocks for the first time.
    ///
    /// # Errors
    /// No thread.
    pub fn start(data: &Path) -> io::Result<Self> {
        let mut meter = Meter { data: data.to_owned(), processors: (0, 0) };
        let (sender, readings) = watch::channel(meter.read());
        thread::Builder::new().name("machine".into()).spawn(move || {
            while !sender.is_closed() {
                thread::sleep(EVERY);
                sender.send_replace(meter.read());
            }
        })?;
        Ok(Self { readings, archive: None, damaged: None })
    }

    /// The machine's health as it was read last; `kbps` is what a recording takes.
    pub fn health(&self, kbps: u32, frames_dropped: u64) -> Health {
        let Reading { at, cpu_percent, disk_free_bytes } = *self.readings.borrow();
        let disk_minutes_left = (disk_free_bytes / (u64::from(kbps.max(1)) * 125 * 60)).min(100_000) as u32;
        let mut problems = Vec::new();
        if at.elapsed() > SILENT {
            problems.push(Problem::operator(
                "disk_silent",
                "Le disque du dossier de données ne répond pas : rien ne s'enregistre. Le direct continue. Vérifiez que le disque est branché, ou le réseau qui y mène.",
                "The disk of the data folder does not answer: nothing is recorded. The live programme goes on. Check that the disk is plugged in, or the network that leads to it.",
            ));
        } else if disk_minutes_left < 2 {
            problems.push(Problem::operator(
                "disk_full_soon",
                format!("Plus que {disk_minutes_left} min d'enregistrement ! Libérez de la place maintenant : le direct continuera, l'enregistrement non."),
                format!("Only {disk_minutes_left} min of recording are left! Make room now: the live programme will go on, the recording will not."),
            ));
        } else if disk_minutes_left < 10 {
            problems.push(Problem::operator(
                "disk_nearly_full",
                format!("Il reste {disk_minutes_left} min d'enregistrement. Libérez de la place sur le disque."),
                format!("{disk_minutes_left} min of recording are left. Make room on the disk."),
            ));
        }
        if cpu_percent >= 95 {
            problems.push(Problem::new(
                "cpu_full",
                Fault::Ours,
                "L'ordinateur est au bout de ses forces. Fermez d'autres programmes, ou baissez le débit ou la taille d'image.",
                "The computer is at its limit. Close other programs, or lower the bit rate or the picture's size.",
            ));
        }
        problems.extend(self.damaged.clone());
        problems.extend(self.archive.clone());
        Health { cpu_percent, disk_free_bytes, disk_minutes_left, frames_dropped, problems }
    }
}

/// Reads; keeps what it needs to compare.
struct Meter {
    data: PathBuf,
    /// Busy and total time of all processors, in ticks.
    processors: (u64, u64),
}

impl Meter {
    fn read(&mut self) -> Reading {
        let cpu_percent = self.processors();
        let disk_free_bytes = disk::free(&self.data).unwrap_or_default();
        Reading { at: Instant::now(), cpu_percent, disk_free_bytes }
    }

    /// Percent of all processors in use since the last call (proc(5), `/proc/stat`).
    fn processors(&mut self) -> u32 {
        let text = fs::read_to_string("/proc/stat").unwrap_or_default();
        let ticks: Vec<u64> =
            text.lines().next().unwrap_or_default().split_whitespace().skip(1).flat_map(str::parse).collect();
        let total: u64 = ticks.iter().take(8).sum();
        let idle: u64 = ticks.iter().skip(3).take(2).sum();
        let before = std::mem::replace(&mut self.processors, (total - idle, total));
        let (busy, all) = ((total - idle).saturating_sub(before.0), total.saturating_sub(before.1));
        (busy * 100).checked_div(all).unwrap_or(0) as u32
    }
}
