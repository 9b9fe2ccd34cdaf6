//! The clock that cameras write into their pictures.

use nix::time::{ClockId, clock_gettime};

/// Seconds of CLOCK_MONOTONIC, the same in every process of this machine.
pub fn now() -> f64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("CLOCK_MONOTONIC always exists");
    time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9
}
