//! How long something has been there, by a clock that may have been wrong for a while.

use serde::{Deserialize, Serialize};

/// Milliseconds of a day.
pub const DAY: u64 = 24 * 3600 * 1000;

/// A while in which the machine's clock was in doubt: what was written then carries a time that may be wrong by
/// years. Unix milliseconds, by that clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its first moment.
    pub from: u64,
    /// Its last.
    pub until: u64,
    /// From when terms count instead: the clock was right by then.
    pub counts_from: u64,
}

/// After how long something is erased, and the moment at which that is asked.
#[derive(Debug, Clone, Default)]
pub struct Term {
    /// Unix milliseconds.
    pub now: u64,
    /// Milliseconds.
    pub length: u64,
    /// Whiles in which the clock was in doubt.
    pub doubtful: Vec<Span>,
}

impl Term {
    /// Whether what began at this moment, Unix milliseconds, has been there for longer than the term. What seems to
    /// begin in the future has not.
    pub fn is_over(&self, since: u64) -> bool {
        self.is_over_within(since, since)
    }

    /// The same for what began at some moment from the first to the second.
    pub fn is_over_within(&self, from: u64, until: u64) -> bool {
        let within = self.doubtful.iter().rfind(|span| span.from <= until && from <= span.until);
        self.now.saturating_sub(within.map_or(until, |span| span.counts_from)) > self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_over_when_its_length_has_passed() {
        let term = Term { now: 10 * DAY, length: 3 * DAY, doubtful: Vec::new() };
        assert!(term.is_over(7 * DAY - 1) && !term.is_over(7 * DAY) && !term.is_over(11 * DAY));
        assert!(Term { length: 0, ..term }.is_over(10 * DAY - 1));
    }

    #[test]
    fn what_was_written_while_the_clock_was_in_doubt_counts_from_when_it_was_right() {
        let doubtful = vec![Span { from: 5, until: 90, counts_from: 9 * DAY }];
        let term = |now| Term { now, length: 3 * DAY, doubtful: doubtful.clone() };
        assert!(!term(11 * DAY).is_over(5) && !term(11 * DAY).is_over(90), "it seems to be eleven days old");
        assert!(term(11 * DAY).is_over(4) && term(11 * DAY).is_over(91));
        assert!(term(12 * DAY + 1).is_over(50));
        assert!(!term(11 * DAY).is_over_within(80, 100) && term(11 * DAY).is_over_within(91, 100));
    }
}
