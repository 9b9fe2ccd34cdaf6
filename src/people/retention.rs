//! What has a term is erased when it has come: contacts, birth dates, raw recordings.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tracing::{info, warn};

use super::People;
use crate::{config::Retention, media::unix_ms};

/// Raw recordings, in the data folder. What lies in the archive's clips is not among them.
const FOLDERS: [&str; 2] = ["recordings", "live"];
/// How often it is looked.
const EVERY: Duration = Duration::from_secs(6 * 3600);
const DAY: u64 = 24 * 3600;

/// Looks a few times a day, for as long as the program runs.
pub async fn sweep(people: People, data: PathBuf, terms: Retention) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        let before = unix_ms().saturating_sub(u64::from(terms.contacts_days) * DAY * 1000);
        match people.forget_contacts(before).await {
            Ok(0) => {}
            Ok(count) => info!(count, "contacts whose term has come are erased"),
            Err(problem) => warn!(code = problem.code, "contacts whose term has come are not erased"),
        }
        let data = data.clone();
        let age = Duration::from_secs(u64::from(terms.recordings_days) * DAY);
        let swept = tokio::task::spawn_blocking(move || erase_old(&data, age, SystemTime::now()));
        if let Ok(count @ 1..) = swept.await {
            info!(count, "raw recordings whose term has come are erased");
        }
    }
}

/// Erases the recordings that nobody has written to for `age`. Returns how many.
pub fn erase_old(data: &Path, age: Duration, now: SystemTime) -> usize {
    let mut gone = 0;
    let mut seen = HashSet::new();
    for folder in FOLDERS {
        let mut folders = vec![data.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                // Links are not followed: nothing outside is touched.
                let Ok(about) = fs::symlink_metadata(&path) else { continue };
                if about.is_dir() {
                    if seen.insert(path.clone()) {
                        folders.push(path);
                    }
                    continue;
                }
                let old = about.modified().is_ok_and(|at| now.duration_since(at).is_ok_and(|since| since > age));
                if old && about.is_file() {
                    match fs::remove_file(&path) {
                        Ok(()) => gone += 1,
                        Err(error) => warn!(%error, "a recording whose term has come is not erased"),
                    }
                }
            }
        }
    }
    gone
}
