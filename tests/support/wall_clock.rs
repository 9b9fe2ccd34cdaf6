//! A program whose time of day can be set while it runs, and nobody else's.

use std::{
    fs,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// The clock of the programs that were started with it.
pub struct WallClock {
    folder: TempDir,
    step: fs::File,
}

impl WallClock {
    /// Right, as yet.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/wall_clock.c");
        let library = folder.path().join("wall_clock.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-shared", "-fPIC", "-Wall", "-o"]).arg(library).arg(source).arg("-ldl");
        assert!(compiler.status().expect("cc is there: the studio is built with it").success());
        fs::write(folder.path().join("step"), [0; 8]).unwrap();
        let step = fs::File::options().write(true).open(folder.path().join("step")).unwrap();
        Self { folder, step }
    }

    /// Starts a program with this clock.
    pub fn govern(&self, command: &mut Command) {
        command.env("LD_PRELOAD", self.path("wall_clock.so")).env("PLATEAU_WALL_STEP", self.path("step"));
    }

    /// Is wrong by so many days from now on; negative: behind.
    pub fn is_wrong_by(&self, days: i64) {
        let milliseconds: i64 = days * 24 * 3600 * 1000;
        // Eight bytes of one page: whoever reads them sees all or none.
        self.step.write_all_at(&milliseconds.to_ne_bytes(), 0).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
