//! Where somebody's segment stands, as their phone shows it.

use serde::Serialize;

use super::{day::Now, film::Film};
use crate::{
    media::unix_ms,
    people::{Agreed, File, Waiting},
    protocol::{Segment, SegmentState},
    rights::{self, Point},
    rundown,
};

/// A person's page.
#[derive(Serialize)]
pub struct Status {
    /// Unix milliseconds of the studio's clock.
    now: u64,
    event: String,
    place_name: String,
    person: String,
    name: String,
    agreed: Agreed,
    may_give_photo: bool,
    minor: bool,
    contact: Option<String>,
    /// Unix milliseconds of the newest signature.
    signed_at: Option<u64>,
    one_guardian: bool,
    /// Whether each guardian has signed a form that waits for those who sign elsewhere; empty: none waits.
    guardians: Vec<bool>,
    /// Who signed for a minor, by the names they wrote: they answer with them.
    signed_guardians: Vec<String>,
    /// A clip is seen by whoever is in it before the public.
    seen_first: bool,
    /// The clip that they are asked to look at before the public sees it.
    film: Option<Film>,
    /// Gone from the rundown, or not known any more: `null`.
    segment: Option<Own>,
}

#[derive(Serialize)]
struct Own {
    id: String,
    title: String,
    summary: String,
    language: String,
    needs: String,
    planned_seconds: u32,
    state: SegmentState,
    private: bool,
    started_at: Option<u64>,
    expected_at: Option<u64>,
    /// Segments before this one, the one on air included.
    place: Option<usize>,
    /// It is the next to go on.
    next: bool,
    fellows: Vec<Fellow>,
    /// Its clip's id, once everybody sees it.
    clip: Option<String>,
}

#[derive(Serialize)]
struct Fellow {
    id: String,
    /// As [`rights::credit_among_fellows`] has it; `null`: not to be named.
    name: Option<String>,
    signed: bool,
    /// Guardians who have not signed yet, each by a link of their own.
    guardians_missing: u8,
    /// They may be handed a first link.
    may_be_invited: bool,
}

/// Draws it; `agreed`: what the others have agreed to.
pub fn draw(
    now: &Now,
    file: File,
    film: Option<Film>,
    seen_first: bool,
    one_guardian: bool,
    agreed: &dyn Fn(&str) -> Agreed,
) -> Status {
    let segment = now.segment(&file.segment).filter(|segment| holds(segment, &file.id));
    Status {
        now: unix_ms(),
        event: now.event.clone(),
        place_name: now.place.clone(),
        film,
        seen_first,
        signed_guardians: file.signed_guardians(),
        segment: segment.map(|segment| own(now, segment, &file.id, agreed)),
        person: file.id,
        name: file.name,
        may_give_photo: rights::may_give_photo(&file.agreed),
        agreed: file.agreed,
        minor: file.minor,
        contact: file.contact,
        signed_at: file.documents.iter().rev().find(|document| document.kind != "withdrawn").map(|signed| signed.at),
        one_guardian,
        guardians: file.waiting.map(|waiting| guardians(&waiting)).unwrap_or_default(),
    }
}

fn guardians(waiting: &Waiting) -> Vec<bool> {
    let awaited: Vec<_> = waiting.signing.awaited().collect();
    (1..=waiting.signing.guardians.len()).map(|guardian| !awaited.contains(&guardian)).collect()
}

fn holds(segment: &Segment, person: &str) -> bool {
    segment.participants.iter().any(|participant| participant.id == person)
}

fn own(now: &Now, segment: &Segment, person: &str, agreed: &dyn Fn(&str) -> Agreed) -> Own {
    let next = rundown::next(&now.rundown).is_some_and(|next| next.id == segment.id);
    let fellows = segment.participants.iter().filter(|fellow| fellow.id != person);
    Own {
        id: segment.id.clone(),
        title: segment.title.clone(),
        summary: segment.summary.clone(),
        language: segment.language.clone(),
        needs: segment.needs.clone(),
        planned_seconds: segment.planned_seconds,
        state: segment.state,
        private: segment.private,
        started_at: segment.started_at,
        expected_at: segment.expected_at,
        place: rundown::place(&now.rundown, &segment.id),
        next,
        fellows: fellows
            .map(|fellow| {
                let says = agreed(&fellow.id);
                Fellow {
                    id: fellow.id.clone(),
                    name: rights::credit_among_fellows(&says, &fellow.name),
                    signed: says.to(Point::Recorded),
                    guardians_missing: fellow.guardians_missing,
                    may_be_invited: rights::may_be_invited(&says),
                }
            })
            .collect(),
        clip: segment.clip.clone().filter(|clip| now.published.contains(clip)),
    }
}
