//! JSON lines.

use std::fs;

use serde_json::{Value, json};
use time::OffsetDateTime;

/// One figure and what was asked of it.
pub struct Figure {
    name: &'static str,
    unit: &'static str,
    value: f64,
    floor: Option<f64>,
    /// Of the ratio to the floor if `relative`, else of the value.
    limit: f64,
    relative: bool,
    /// The limit is the least, not the most.
    least: bool,
}

impl Figure {
    /// At most `limit` times the floor.
    pub fn beside(name: &'static str, unit: &'static str, value: f64, floor: f64, limit: f64) -> Self {
        Self { name, unit, value, floor: Some(floor), limit, relative: true, least: false }
    }

    /// At most `limit`.
    pub fn at_most(name: &'static str, unit: &'static str, value: f64, limit: f64) -> Self {
        Self { name, unit, value, floor: None, limit, relative: false, least: false }
    }

    /// At least `limit` times what the other does.
    pub fn at_least_beside(name: &'static str, unit: &'static str, value: f64, other: f64, limit: f64) -> Self {
        Self { least: true, ..Self::beside(name, unit, value, other, limit) }
    }

    /// What the floor takes, for comparison only.
    pub fn floor(self, floor: f64) -> Self {
        Self { floor: Some(floor), ..self }
    }
}

/// Where and when.
pub struct Report {
    machine: String,
}

impl Report {
    /// Looks at the machine.
    pub fn new() -> Self {
        let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = text.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { machine: format!("{cores} × {}", model.trim_start_matches([' ', '\t', ':'])) }
    }

    /// Prints a figure.
    pub fn print(&self, figure: &Figure) {
        let ratio = figure.floor.map(|floor| figure.value / floor);
        let judged = if figure.relative { ratio.unwrap_or(f64::INFINITY) } else { figure.value };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let line = json!({
            "bench": figure.name,
            "value": round(figure.value),
            "unit": figure.unit,
            "floor": figure.floor.map(round),
            "ratio": ratio.map(round),
            "limit": figure.limit,
            "limit_of": if figure.relative { "ratio" } else { "value" },
            "ok": if figure.least { judged >= figure.limit } else { judged <= figure.limit },
            "date": OffsetDateTime::now_utc().date().to_string(),
            "machine": self.machine,
            "load": load.split(' ').next().and_then(|load| load.parse::<f64>().ok()),
        });
        println!("{line}");
    }
}

fn round(value: f64) -> Value {
    json!((value * 1000.0).round() / 1000.0)
}
