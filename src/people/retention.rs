//! What has a term is erased when it has come: contacts, birth dates, raw recordings.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tracing::{info, warn};

use super::People;
use crate::{config::Retention, media::unix_ms};

/// Raw recordings, in the data folder. The archive sees to those of segments itself.
const FOLDERS: [&str; 2] = ["recordings", "live"];
/// How often it is looked.
const EVERY: Duration = Duration::from_secs(6 * 3600);
const DAY: u64 = 24 * 3600;

/// Looks a few times a day, for as long as the program runs. `whole`: the paths of outputs that record
/// the whole programme, as the configuration has them.
pub async fn sweep(people: People, data: PathBuf, whole: Vec<String>, terms: Retention) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        let before = unix_ms().saturating_sub(u64::from(terms.contacts_days) * DAY * 1000);
        match people.forget_contacts(before).await {
            Ok(0) => {}
            Ok(count) => info!(count, "contacts whose term has come are erased"),
            Err(problem) => warn!(code = problem.code, "contacts whose term has come are not erased"),
        }
        let (data, whole) = (data.clone(), whole.clone());
        let age = Duration::from_secs(u64::from(terms.recordings_days) * DAY);
        let swept = tokio::task::spawn_blocking(move || erase_old(&data, &whole, age, SystemTime::now()));
        if let Ok(count @ 1..) = swept.await {
            info!(count, "raw recordings whose term has come are erased");
        }
    }
}

/// Whether a file is a recording of the output that writes to `pattern`, which may contain `{date}` and
/// `{time}`: later parts are numbered `-2`, `-3`… before the ending.
fn is_part(file: &str, pattern: &str) -> bool {
    let pattern = Path::new(pattern);
    let name = |path: &Path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let (Some(stem), Some(given)) = (name(Path::new(file)), name(pattern)) else { return false };
    if Path::new(file).extension() != pattern.extension() {
        return false;
    }
    match given.split_once('{') {
        Some((start, _)) => stem.starts_with(start),
        None => stem.strip_prefix(&given).is_some_and(|rest| {
            let number = rest.strip_prefix('-').unwrap_or("x");
            rest.is_empty() || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        }),
    }
}

/// Erases the recordings that nobody has written to for `age`. Returns how many.
pub fn erase_old(data: &Path, whole: &[String], age: Duration, now: SystemTime) -> usize {
    let erase = |path: &Path| -> usize {
        // Links are not followed: nothing outside is touched.
        let Ok(about) = fs::symlink_metadata(path) else { return 0 };
        let old = about.modified().is_ok_and(|at| now.duration_since(at).is_ok_and(|since| since > age));
        if !old || !about.is_file() {
            return 0;
        }
        match fs::remove_file(path) {
            Ok(()) => 1,
            Err(error) => {
                warn!(%error, "a recording whose term has come is not erased");
                0
            }
        }
    };
    let mut gone = 0;
    for pattern in whole {
        let folder = data.join(pattern).parent().map_or_else(|| data.to_owned(), Path::to_owned);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(|file| is_part(file, pattern)) {
                gone += erase(&entry.path());
            }
        }
    }
    for folder in FOLDERS {
        let mut folders = vec![data.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir()) {
                    folders.push(path);
                } else {
                    gone += erase(&path);
                }
            }
        }
    }
    gone
}
