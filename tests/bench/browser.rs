//! What a person waits for in a real browser; `web/tests/figures` measures it.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::report::{Figure, Report};

/// Name and what was asked of it, in seconds.
const LIMITS: [(&str, f64); 3] =
    [("tap_to_program_monitor", 0.20), ("comment_to_program", 0.20), ("viewer_behind_the_mix_p95", 2.0)];

/// Measures the studio's binary at `studio`.
pub fn measure(report: &Report, studio: &Path) {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let run = Command::new("npm").args(["run", "figures"]).current_dir(web).env("PLATEAU_BIN", studio).output();
    let said = String::from_utf8_lossy(&run.expect("npm runs").stdout).into_owned();
    let lines: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line.trim()).ok()).collect();
    for (name, limit) in LIMITS {
        let line = lines.iter().find(|line| line["figure"] == name);
        let seconds = line.and_then(|line| line["seconds"].as_f64());
        let seconds = seconds.unwrap_or_else(|| panic!("{name} was not measured\n{said}"));
        report.print(&Figure::at_most(name, "s", seconds, limit));
    }
}
