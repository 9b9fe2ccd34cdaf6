//! Logs: to standard error, message and fields apart.

use std::io::{IsTerminal, stderr};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object a line, for a machine.
    Json,
}

/// Starts logging. Without a format: text on a terminal, else JSON. What is logged is said by
/// `PLATEAU_LOG`, else `RUST_LOG`, else it is `info`.
pub fn start(format: Option<LogFormat>) {
    let terminal = stderr().is_terminal();
    let filter = ["PLATEAU_LOG", "RUST_LOG"].iter().find_map(|name| std::env::var(name).ok());
    let filter = EnvFilter::new(filter.as_deref().unwrap_or("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(terminal);
    match format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
