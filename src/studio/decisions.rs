//! The log of decisions: who overrode what, when and why.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde_json::json;

use crate::{media::unix_ms, protocol::Segment};

/// In the data folder, one JSON object a line, only added to.
pub const FILE: &str = "decisions.jsonl";

/// Writes down that an admin started a segment over missing agreements. People are named by their
/// ids: a log must not keep a name that its owner has had erased.
pub fn note(data: &Path, segment: &Segment, reason: &str) {
    let line = json!({
        "at": unix_ms(),
        "decision": "segment_start_override",
        "role": "admin",
        "segment": segment.id,
        "missing": segment.waived,
        "reason": reason,
    });
    let path = data.join(FILE);
    tokio::task::spawn_blocking(move || {
        let write = || -> io::Result<()> {
            let mut file = File::options().create(true).append(true).mode(0o600).open(&path)?;
            writeln!(file, "{line}")?;
            file.sync_all()
        };
        if let Err(error) = write() {
            tracing::error!(%error, "a decision is not written down");
        }
    });
}
