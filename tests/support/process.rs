//! A child process that does not outlive its test and whose log is shown when the test fails.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};

use super::wait;

/// A running child.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both outputs going to `name.log` in `folder`. Stdin and stdout are left
    /// as the caller set them if `piped` says so.
    pub fn start(name: &str, folder: &Path, command: &mut Command) -> Self {
        let log = folder.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log).expect("a log can be written");
        command.stdin(Stdio::null());
        command.stdout(out.try_clone().expect("a file can be shared")).stderr(out);
        Self::spawn(name, log, command)
    }

    /// Starts `command`, whose stdin and stdout the caller has set; stderr goes to the log.
    pub fn start_piped(name: &str, folder: &Path, command: &mut Command) -> Self {
        let log = folder.join(format!("{name}.log"));
        command.stderr(File::options().create(true).append(true).open(&log).expect("a log can be written"));
        Self::spawn(name, log, command)
    }

    fn spawn(name: &str, log: PathBuf, command: &mut Command) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The child, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// It has not ended.
    pub fn alive(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_none()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().try_into().expect("a pid fits"));
        // It may have ended meanwhile, which is no fault of the caller.
        let _ = signal::kill(pid, signal);
    }

    /// Waits for its end.
    pub fn wait(&mut self, seconds: f64) -> Option<ExitStatus> {
        wait::within(seconds, || self.child.try_wait().expect("a child can be asked"))
    }

    /// Asks it to end, then insists.
    pub fn stop(&mut self) {
        if self.alive() {
            self.signal(Signal::SIGTERM);
            if self.wait(3.0).is_none() {
                self.kill();
            }
        }
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// All it said.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Its last `lines` lines.
    pub fn tail(&self, lines: usize) -> String {
        let log = self.log();
        let all: Vec<&str> = log.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- the last of {}:\n{}\n---", self.name, self.tail(40));
        }
        self.kill();
    }
}

/// Runs a command to its end and returns what it printed; panics with its errors if it fails.
pub fn output(command: &mut Command) -> Vec<u8> {
    let result = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        result.status.success(),
        "{command:?} failed with {}:\n{}",
        result.status,
        String::from_utf8_lossy(&result.stderr)
    );
    result.stdout
}
