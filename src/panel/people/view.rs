//! What of the rundown a moderator is shown: questions and titles need names as they are credited,
//! nothing else of the people.

use crate::protocol::{Participant, Segment, SegmentState};

/// A segment for moderators; `None`: it is none of theirs.
pub fn for_moderators(segment: &Segment) -> Option<Segment> {
    if matches!(segment.state, SegmentState::Proposed | SegmentState::Dropped) {
        return None;
    }
    let credited = segment.participants.iter().filter_map(|participant| {
        let credit = participant.credit.clone()?;
        Some(Participant { name: credit.clone(), credit: Some(credit), ..participant.clone() })
    });
    Some(Segment { needs: String::new(), missing: Vec::new(), participants: credited.collect(), ..segment.clone() })
}
