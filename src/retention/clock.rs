//! Whether the machine's date and time can be believed: nothing is erased by a clock that is in doubt.
//!
//! A PC whose clock battery is dead starts in 1970, or in 2036; one that was in a cupboard for three weeks is three
//! weeks older at its next start. So at a start a clock is in doubt that is earlier than at the last run, or later by
//! more than a year and a month ([`FAR`]); while the program runs, one that steps by more than a day beside the time
//! that the machine has been running. It stays in doubt, over restarts too, until a person confirms it or the step is
//! undone. What was written meanwhile carries times that may be wrong by years: its terms count from when the clock was
//! right again ([`Span`]).

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::{
    disk::{self, Readers},
    media,
    term::{DAY, Span},
};

/// What is remembered, in the data folder.
pub const FILE: &str = "retention.json";
/// A clock may be set by so much without a word: time servers do it. Milliseconds.
const SLACK: u64 = 5 * 60 * 1000;
/// No machine is taken out of its cupboard after so long without somebody looking at its date. Milliseconds.
const FAR: u64 = 400 * DAY;
/// No clock that is right is earlier: 1 January 2026, Unix milliseconds.
const FLOOR: u64 = 1_767_225_600_000;
/// Whiles of doubt that are remembered.
const SPANS: usize = 64;

/// What the clocks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time of day, Unix milliseconds.
    pub wall: u64,
    /// Since the machine was started, the time it slept included. Milliseconds.
    pub running: u64,
}

impl Reading {
    /// Now.
    pub fn now() -> Self {
        let boot = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME);
        let running =
            boot.map_or(0, |boot| boot.tv_sec().unsigned_abs() * 1000 + boot.tv_nsec().unsigned_abs() / 1_000_000);
        Self { wall: media::unix_ms(), running }
    }

    /// By how much the time of day was set since an earlier reading, milliseconds.
    fn step_since(self, before: Self) -> u64 {
        self.wall.abs_diff(before.wall + self.running.saturating_sub(before.running))
    }
}

/// What is remembered over a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The last run, or the last time a person confirmed the clock. Unix milliseconds.
    pub swept_at: Option<u64>,
    /// The clock is in doubt, and has said these times since: from, until. Unix milliseconds.
    pub doubt: Vec<(u64, u64)>,
    /// Earlier whiles of doubt.
    pub doubtful: Vec<Span>,
}

impl Memory {
    /// Reads it; one that is missing or damaged remembers nothing. Blocking.
    pub fn read(data: &Path) -> Self {
        let read = fs::read(data.join(FILE)).and_then(|text| Ok(serde_json::from_slice(&text)?));
        read.unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                warn!(%error, "{FILE} cannot be read");
            }
            Self::default()
        })
    }

    /// Writes it. Blocking.
    pub fn keep(&self, data: &Path) {
        let kept = serde_json::to_vec_pretty(self).map_err(io::Error::from);
        if let Err(error) = kept.and_then(|text| disk::write(&data.join(FILE), &text, Readers::Owner)) {
            warn!(%error, "{FILE} is not written");
        }
    }
}

/// Watches the clock. Pure: readings come in.
#[derive(Debug)]
pub struct Watch {
    memory: Memory,
    /// The last reading that was believed, in this process.
    believed: Option<Reading>,
    /// The last reading.
    last: Option<Reading>,
}

impl Watch {
    /// With what an earlier run remembered.
    pub fn new(memory: Memory) -> Self {
        Self { memory, believed: None, last: None }
    }

    /// What is to be remembered.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Looks at the clock: whether it can be believed. `newest`: Unix milliseconds of the newest thing that was
    /// recorded, asked for where nothing is remembered.
    pub fn look(&mut self, now: Reading, newest: impl FnOnce() -> Option<u64>) -> bool {
        let before = self.last.replace(now);
        if self.memory.doubt.is_empty() {
            if self.is_plausible(now, newest) {
                self.believed = Some(now);
                return true;
            }
        } else if self.believed.is_some_and(|believed| now.step_since(believed) <= SLACK) {
            // The step was undone.
            self.settle(now);
            return true;
        }
        let (from, until) = (now.wall.saturating_sub(SLACK), now.wall + SLACK);
        let goes_on = before.is_none_or(|before| now.step_since(before) <= DAY);
        match self.memory.doubt.last_mut() {
            Some(open) if goes_on && open.0.saturating_sub(DAY) <= now.wall && now.wall <= open.1 + DAY => {
                *open = (open.0.min(from), open.1.max(until));
            }
            _ => self.memory.doubt.push((from, until)),
        }
        false
    }

    /// A person says that the clock is right.
    pub fn confirm(&mut self, now: Reading) {
        self.memory.swept_at = Some(now.wall);
        self.settle(now);
    }

    /// A run has begun at this moment, with a clock that is believed.
    pub fn runs(&mut self, now: Reading) {
        self.memory.swept_at = self.memory.swept_at.max(Some(now.wall));
    }

    fn settle(&mut self, now: Reading) {
        (self.believed, self.last) = (Some(now), Some(now));
        let doubt = self.memory.doubt.drain(..);
        self.memory.doubtful.extend(doubt.map(|(from, until)| Span { from, until, counts_from: now.wall }));
        let many = self.memory.doubtful.len().saturating_sub(SPANS);
        self.memory.doubtful.drain(..many);
    }

    fn is_plausible(&self, now: Reading, newest: impl FnOnce() -> Option<u64>) -> bool {
        if let Some(believed) = self.believed {
            let went_back = self.memory.swept_at.is_some_and(|at| now.wall + SLACK < at);
            return now.step_since(believed) <= DAY && !went_back;
        }
        let Some(known) = self.memory.swept_at.or_else(newest) else { return now.wall >= FLOOR };
        now.wall >= FLOOR && now.wall + SLACK >= known && now.wall <= known + FAR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 28 November 2026.
    const THEN: u64 = FLOOR + 331 * DAY;
    const SECOND: u64 = 1000;

    /// A machine whose clock is set by hand.
    struct Machine {
        watch: Watch,
        now: Reading,
    }

    impl Machine {
        fn start(memory: Memory, wall: u64) -> Self {
            Self { watch: Watch::new(memory), now: Reading { wall, running: 20 * SECOND } }
        }

        fn swept(wall: u64) -> Self {
            Self::start(Memory { swept_at: Some(THEN), ..Memory::default() }, wall)
        }

        fn look(&mut self) -> bool {
            self.watch.look(self.now, || panic!("something is remembered"))
        }

        fn pass(&mut self, time: u64) {
            self.now = Reading { wall: self.now.wall + time, running: self.now.running + time };
        }

        fn set(&mut self, wall: u64) {
            self.now.wall = wall;
        }
    }

    #[test]
    fn at_a_start_weeks_are_normal_and_the_past_and_the_far_future_are_not() {
        for (wall, believed) in [
            (THEN, true),
            (THEN - 4 * 60 * SECOND, true),
            (THEN - 6 * 60 * SECOND, false),
            (THEN + 21 * DAY, true),
            (THEN + 366 * DAY, true),
            (THEN + 401 * DAY, false),
            (0, false),
            (THEN + 3650 * DAY, false),
        ] {
            assert_eq!(Machine::swept(wall).look(), believed, "{wall}");
        }
    }

    #[test]
    fn where_nothing_is_remembered_the_newest_record_says_what_is_plausible() {
        for (newest, wall, believed) in [
            (None, THEN, true),
            (None, THEN + 5000 * DAY, true),
            (None, 0, false),
            (Some(THEN), THEN + DAY, true),
            (Some(THEN), THEN - DAY, false),
            (Some(THEN), THEN + 401 * DAY, false),
        ] {
            let now = Reading { wall, running: 0 };
            assert_eq!(Watch::new(Memory::default()).look(now, || newest), believed, "{newest:?} {wall}");
        }
    }

    #[test]
    fn while_it_runs_a_step_of_more_than_a_day_is_in_doubt_until_a_person_confirms() {
        for to in [THEN + 40 * DAY, THEN + 25 * 3600 * SECOND, THEN - DAY, THEN - 3600 * SECOND] {
            let mut machine = Machine::swept(THEN);
            assert!(machine.look());
            machine.set(to);
            machine.pass(2 * SECOND);
            assert!(!machine.look(), "{to}");
            // It stays so: while it runs, and over a restart.
            machine.pass(DAY);
            assert!(!machine.look(), "{to}");
            let mut machine = Machine::start(machine.watch.memory().clone(), machine.now.wall + 3600 * SECOND);
            assert!(!machine.look(), "{to}");
            machine.watch.confirm(machine.now);
            machine.pass(2 * SECOND);
            assert!(machine.look(), "{to}");
            assert!(Machine::start(machine.watch.memory().clone(), machine.now.wall).look(), "{to}");
        }
    }

    #[test]
    fn a_machine_that_sleeps_for_weeks_and_one_whose_clock_is_put_right_by_a_little_are_believed() {
        let mut machine = Machine::swept(THEN);
        assert!(machine.look());
        machine.pass(40 * DAY);
        assert!(machine.look(), "asleep: the machine's own clock went on too");
        machine.set(machine.now.wall + 3 * 3600 * SECOND);
        assert!(machine.look());
        machine.set(machine.now.wall - 60 * SECOND);
        assert!(machine.look());
    }

    #[test]
    fn a_step_that_is_undone_is_forgotten_but_not_what_was_written_meanwhile() {
        let mut machine = Machine::swept(THEN);
        assert!(machine.look());
        machine.set(THEN + 400 * DAY);
        machine.pass(2 * SECOND);
        assert!(!machine.look());
        machine.pass(3600 * SECOND);
        assert!(!machine.look());
        machine.set(THEN + 3600 * SECOND);
        machine.pass(2 * SECOND);
        assert!(machine.look());
        let [span] = machine.watch.memory().doubtful[..] else { panic!("{:?}", machine.watch.memory()) };
        assert!(span.from < THEN + 400 * DAY && span.until > THEN + 400 * DAY + 3600 * SECOND);
        assert_eq!(span.counts_from, machine.now.wall);
    }

    /// A day is recorded in 1970; then somebody sets the clock.
    #[test]
    fn what_a_dead_battery_dated_counts_from_the_confirmation() {
        let mut machine = Machine::swept(20 * SECOND);
        for _ in 0..3600 {
            assert!(!machine.look());
            machine.pass(10 * SECOND);
        }
        let evening = machine.now.wall;
        machine.set(THEN + DAY);
        assert!(!machine.look(), "nobody has confirmed it");
        machine.pass(60 * SECOND);
        assert!(!machine.look());
        machine.watch.confirm(machine.now);
        let doubtful = machine.watch.memory().doubtful.clone();
        assert_eq!(doubtful.len(), 2, "{doubtful:?}");
        let term = crate::term::Term { now: machine.now.wall + 80 * DAY, length: 90 * DAY, doubtful };
        assert!(!term.is_over(30 * SECOND) && !term.is_over(evening));
        assert!(term.is_over(THEN - 30 * DAY), "what was recorded before has its own time");
    }

    #[test]
    fn doubts_are_bounded() {
        let mut machine = Machine::swept(0);
        for step in 0..1000 {
            machine.set(step % 2 * THEN / 2);
            machine.look();
            machine.watch.confirm(machine.now);
            machine.set(THEN * 2);
            machine.look();
        }
        assert!(machine.watch.memory().doubtful.len() <= SPANS);
    }
}
