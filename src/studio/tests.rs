//! What the sources must not say.

use std::{fs, path::Path};

/// What runs on the owner's task.
const OWNERS: [&str; 11] = [
    "owner.rs",
    "owner/archived.rs",
    "owner/day.rs",
    "decide.rs",
    "segments.rs",
    "titles.rs",
    "countdown.rs",
    "questions.rs",
    "players.rs",
    "phones.rs",
    "files.rs",
];

/// What waits for a disk, the system or a drawing.
const BLOCKING: [&str; 9] =
    ["std::fs", "fs::", "File::", "rustix", "statvfs", "/proc", "resvg", "block_in_place", "block_on"];

#[test]
fn the_owners_task_names_nothing_that_blocks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/studio");
    for file in OWNERS {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for word in BLOCKING {
            assert!(!program.contains(word), "{file}: {word}");
        }
    }
}
