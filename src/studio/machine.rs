//! The machine the studio runs on: processor, disk.

use std::path::Path;

use crate::{
    disk,
    protocol::{Fault, Health, Problem},
};

/// Reads how the machine holds up; keeps what it needs to compare.
#[derive(Default)]
pub struct Machine {
    /// Busy and total time of all processors, in ticks.
    processors: (u64, u64),
    /// What the archive could not do, until it can again.
    pub archive: Option<Problem>,
    /// Records of the archive that cannot be relied on, as long as there are any.
    pub damaged: Option<Problem>,
}

impl Machine {
    /// The machine's health; `kbps` is what a recording takes.
    pub fn health(&mut self, data: &Path, kbps: u32, frames_dropped: u64) -> Health {
        let disk_free_bytes = disk::free(data).unwrap_or_default();
        let disk_minutes_left = (disk_free_bytes / (u64::from(kbps.max(1)) * 125 * 60)).min(100_000) as u32;
        let cpu_percent = self.processors();
        let mut problems = Vec::new();
        if disk_minutes_left < 2 {
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

    /// Percent of all processors in use since the last call (proc(5), `/proc/stat`).
    fn processors(&mut self) -> u32 {
        let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let ticks: Vec<u64> =
            text.lines().next().unwrap_or_default().split_whitespace().skip(1).flat_map(str::parse).collect();
        let total: u64 = ticks.iter().take(8).sum();
        let idle: u64 = ticks.iter().skip(3).take(2).sum();
        let before = std::mem::replace(&mut self.processors, (total - idle, total));
        let (busy, all) = ((total - idle).saturating_sub(before.0), total.saturating_sub(before.1));
        (busy * 100).checked_div(all).unwrap_or(0) as u32
    }
}
