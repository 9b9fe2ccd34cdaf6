//! Where the rundown's segments are in the programme, and which of them are retracted: nothing of those is
//! served any more.

use std::ops::Range;

use crate::{media::Ns, program::Mark};

/// What was shown so close to a segment's marks goes with it, nanoseconds: a scene is taken a moment before
/// its segment is started, and left a moment after the end.
const MARGIN: Ns = 500_000_000;

/// A program time that may still have to come.
enum At {
    Reached(Ns),
    Coming(Mark),
}

impl At {
    /// `None`: no picture of this time was encoded yet.
    fn get(&mut self) -> Option<Ns> {
        if let Self::Coming(mark) = self {
            *self = Self::Reached(mark.try_recv().ok()?);
        }
        match self {
            Self::Reached(at) => Some(*at),
            Self::Coming(_) => None,
        }
    }
}

struct Span {
    segment: String,
    begins: At,
    ends: Option<At>,
    retracted: bool,
    /// Where what is retracted ends at the latest.
    until: Option<At>,
}

/// The spans of the rundown's segments, in the order in which they began.
#[derive(Default)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// A segment begins at this mark.
    pub fn begin(&mut self, segment: &str, begins: Mark) {
        self.0.push(Span {
            segment: segment.to_owned(),
            begins: At::Coming(begins),
            ends: None,
            retracted: false,
            until: None,
        });
    }

    /// The segment ends at this mark.
    pub fn end(&mut self, segment: &str, ends: Mark) {
        if let Some(span) = self.0.iter_mut().rev().find(|span| span.segment == segment && span.ends.is_none()) {
            span.ends = Some(At::Coming(ends));
        }
    }

    /// A segment is retracted from its beginning to `until`, or to its end where that is earlier.
    pub fn retract(&mut self, segment: &str, mut until: Option<Mark>) {
        // A segment that was put back into the rundown has two spans; only the last can be under way.
        for span in self.0.iter_mut().rev().filter(|span| span.segment == segment) {
            span.retracted = true;
            span.until = until.take().map(At::Coming);
        }
    }

    /// What is retracted, in program time. What is still to come is in it until it is known not to be.
    pub fn retracted(&mut self) -> Vec<Range<Ns>> {
        let spans = self.0.iter_mut().filter(|span| span.retracted);
        spans.filter_map(Span::range).collect()
    }
}

impl Span {
    fn range(&mut self) -> Option<Range<Ns>> {
        let begins = self.begins.get()?;
        let ends = self.ends.as_mut().and_then(At::get).map_or(Ns::MAX, |at| at + MARGIN);
        let until = self.until.as_mut().and_then(At::get).unwrap_or(Ns::MAX);
        Some(begins.saturating_sub(MARGIN)..ends.min(until))
    }
}
