//! One clock and one base time for every pipeline: the moment the studio started.

use gstreamer::{self as gst, prelude::*};

/// Nanoseconds of running time since the studio started.
pub type Ns = u64;

/// The studio's clock (CLOCK_MONOTONIC) and the moment it started.
#[derive(Debug, Clone)]
pub struct Clock {
    clock: gst::Clock,
    base: gst::ClockTime,
}

impl Clock {
    /// Running time zero is now.
    pub fn start() -> Self {
        let clock = gst::SystemClock::obtain();
        let base = clock.time();
        Self { clock, base }
    }

    /// The running time now.
    pub fn now(&self) -> Ns {
        self.clock.time().saturating_sub(self.base).nseconds()
    }

    /// Microseconds of CLOCK_MONOTONIC at a running time.
    pub fn monotonic_us(&self, at: Ns) -> u64 {
        (self.base.nseconds() + at) / 1000
    }

    /// Gives a pipeline this clock, with running time zero at `origin`.
    pub(super) fn govern(&self, pipeline: &gst::Pipeline, origin: Ns) {
        pipeline.use_clock(Some(&self.clock));
        pipeline.set_start_time(gst::ClockTime::NONE);
        pipeline.set_base_time(self.base + gst::ClockTime::from_nseconds(origin));
    }
}

/// The time of day, Unix milliseconds.
pub fn unix_ms() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
