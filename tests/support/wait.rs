//! Waiting for a condition, never for luck.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Looks every few milliseconds until `look` finds something; panics with `what` after `seconds`.
pub fn until<T>(what: &str, seconds: f64, look: impl FnMut() -> Option<T>) -> T {
    within(seconds, look).unwrap_or_else(|| panic!("waited {seconds} s in vain for {what}"))
}

/// Looks every few milliseconds until `look` finds something; `None` after `seconds`.
pub fn within<T>(seconds: f64, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(Duration::from_millis(4));
    }
}

/// Lets `seconds` of programme go by; for measurements over a span, not for waiting.
pub fn span(seconds: f64) {
    thread::sleep(Duration::from_secs_f64(seconds));
}
