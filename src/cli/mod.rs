//! The command line.
//!
//! Exit codes: 0 done, 1 refused or failed on the way, 2 nothing was started (wrong arguments,
//! configuration, busy port; for `ctl`: no studio there).

mod archive;
mod check;
mod convert;
mod ctl;
mod devices;
mod folders;
mod logging;
mod pins;
mod reference;
mod run;
mod welcome;

use std::{
    future::Future,
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    audience, capture,
    config::{Kinds, terminal_language},
    disk, outputs,
    protocol::Problem,
};

/// What can be configured.
const KINDS: Kinds = Kinds { sources: capture::KINDS, outputs: outputs::KINDS, voices: audience::KINDS };

/// A participatory television studio: cameras in, scenes switched from a tablet, one programme out.
#[derive(Parser)]
#[command(name = "plateau", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Run),
    Check(check::Check),
    Devices(devices::Devices),
    Ctl(ctl::Ctl),
    Pins(pins::Pins),
    Reference(reference::Reference),
    Convert(convert::Convert),
    Archive(archive::Archive),
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    disk::close_to_others();
    let done = match Arguments::parse().command {
        Command::Run(run) => leave(said(run.main())),
        Command::Check(check) => check.main(),
        Command::Devices(devices) => devices.main(),
        Command::Ctl(ctl) => ctl.main(),
        Command::Pins(pins) => pins.main(),
        Command::Reference(reference) => reference.main(),
        Command::Convert(convert) => convert.main(),
        Command::Archive(archive) => archive.main(),
    };
    ExitCode::from(said(done))
}

/// Says on the terminal why something was not done; returns the program's exit code.
fn said(done: Result<(), Failure>) -> u8 {
    let Err(failure) = done else { return 0 };
    for sentence in failure.sentences {
        eprintln!("{sentence}");
    }
    failure.exit as u8
}

/// Ends the process without the exit handlers of C libraries. A pipeline that did not stop in its time
/// still runs on threads of its own; libsrt's handler frees what they use, and waits seconds for them.
#[allow(unsafe_code)] // no safe function of the standard library ends a process without them
fn leave(code: u8) -> ! {
    // SAFETY: `_exit` touches nothing of this process and does not return.
    unsafe { nix::libc::_exit(code.into()) }
}

/// Why the program ends, in the terminal's language.
struct Failure {
    sentences: Vec<String>,
    exit: Exit,
}

/// The program's exit code where it isn't 0.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Refused, or failed on the way.
    Failed = 1,
    /// Nothing was started.
    NotStarted = 2,
}

impl Failure {
    fn new(exit: Exit, problem: &Problem) -> Self {
        Self { sentences: vec![problem.text.get(terminal_language()).to_owned()], exit }
    }
}

/// Prints as it is; `false` when nobody reads any more (`plateau ctl follow | head`).
fn print(text: &str) -> bool {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Runs a future on a runtime of its own.
fn block_on<T>(builder: &mut tokio::runtime::Builder, future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = runtime(builder)?;
    let done = runtime.block_on(future);
    // What still blocks a thread now has had its time.
    runtime.shutdown_background();
    Ok(done)
}

fn runtime(builder: &mut tokio::runtime::Builder) -> Result<tokio::runtime::Runtime, Failure> {
    builder.enable_all().build().map_err(|error| {
        let (fr, en) = (
            format!("Le système ne donne pas les fils d'exécution nécessaires ({error})."),
            format!("The system does not give the threads that are needed ({error})."),
        );
        Failure::new(Exit::NotStarted, &Problem::operator("no_runtime", fr, en))
    })
}
