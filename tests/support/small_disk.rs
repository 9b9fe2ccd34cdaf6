//! A disk of a few megabytes that really fills, or does not answer: a tmpfs in a mount namespace of its own, so that
//! no privilege is needed where the kernel lets anybody make one.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{process::Process, wait};

/// Mounted until it is dropped.
pub struct SmallDisk {
    holder: Process,
    at: PathBuf,
}

impl SmallDisk {
    /// Of so many megabytes, at the folder `at`, for those whom [`SmallDisk::command`] starts; `None`, and
    /// it says why, where this machine does not allow it.
    pub fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let log = at.parent().unwrap();
        let script = format!("mount -t tmpfs -o size={megabytes}m plateau \"$0\" && touch \"$0/.there\" && exec cat");
        let mut command = Command::new("unshare");
        // Ends with its stdin, which is ours.
        command.args(["-rm", "sh", "-c", &script]).arg(at).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut disk = Self { holder: Process::start_piped("small-disk", log, &mut command), at: at.to_owned() };
        let there = wait::within(10.0, || {
            let there = disk.path(".there").exists();
            (there || !disk.holder.alive()).then_some(there)
        });
        if there != Some(true) {
            eprintln!("skipped: no file system may be mounted here: {}", disk.holder.log());
            return None;
        }
        fs::remove_file(disk.path(".there")).unwrap();
        Some(disk)
    }

    /// The same command where the disk is mounted.
    pub fn command(&self, program: &Command) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--preserve-credentials", "-U", "-m", "-t", &self.holder.pid().to_string(), "--"]);
        command.arg(program.get_program()).args(program.get_args());
        command
    }

    /// A file of it, for us who are outside.
    pub fn path(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.pid()));
        root.join(self.at.strip_prefix("/").expect("an absolute folder")).join(name)
    }

    /// Bytes that are free.
    pub fn free(&self) -> u64 {
        let disk = nix::sys::statvfs::statvfs(&self.path("")).unwrap();
        disk.blocks_available() as u64 * disk.fragment_size() as u64
    }

    /// Fills it with a file `ballast` until `left` bytes are free.
    pub fn fill(&self, left: u64) {
        let mut ballast = File::options().create(true).append(true).open(self.path("ballast")).unwrap();
        while let Some(more) = self.free().checked_sub(left).filter(|more| *more >= 4096) {
            let block = vec![0; more.min(1 << 20) as usize];
            match ballast.write_all(&block) {
                Ok(()) => (),
                // Somebody else was quicker.
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// From now on no path of it is answered, as of a network disk whose network is gone: a file system is mounted
    /// over it that nobody serves. Files that are open stay so. `None`, and it says why, where this machine does not
    /// allow it.
    pub fn hang(&self) -> Option<Hang> {
        let mut python = Command::new("python3");
        python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/hang.py")).arg(&self.at);
        let mut command = self.command(&python);
        // It ends with its stdin, which is ours.
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut hang = Hang(Process::start_piped("hang", self.at.parent().unwrap(), &mut command));
        let mut said = String::new();
        BufReader::new(hang.0.child().stdout.take().unwrap()).read_line(&mut said).unwrap();
        if said != "hangs\n" {
            eprintln!("skipped: no file system may be mounted here: {}", hang.0.log());
            return None;
        }
        Some(hang)
    }

    /// Takes the ballast off.
    pub fn empty(&self) {
        fs::remove_file(self.path("ballast")).unwrap();
    }
}

/// What is mounted over a disk that does not answer.
pub struct Hang(Process);

impl Hang {
    /// The disk answers again; who waits for it is told of an error.
    pub fn end(mut self) {
        drop(self.0.child().stdin.take());
        let ended = self.0.wait(10.0);
        assert!(ended.is_some_and(|status| status.success()), "{ended:?}: {}", self.0.log());
    }
}
