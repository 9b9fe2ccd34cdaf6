//! What may happen next, drawn from a seed.

use std::time::Duration;

use super::rules::{Desk, Model, Of, Point, Saying, Turn, Wish, Work};
use crate::archive::Moments;

/// Something that somebody does. Numbers are places in the model's lists.
#[derive(Debug, Clone)]
pub enum Step {
    /// A segment with so many participants.
    Add {
        people: usize,
        private: bool,
    },
    /// One participant more.
    Join {
        segment: usize,
    },
    /// A participant leaves the list.
    Leave {
        segment: usize,
        person: usize,
    },
    /// Another title.
    Retitle {
        segment: usize,
    },
    /// Public becomes private, and the reverse.
    Turn {
        segment: usize,
    },
    /// Out of the rundown.
    Remove {
        segment: usize,
    },
    /// Everybody of a segment signs all.
    Convene {
        segment: usize,
    },
    Says {
        person: usize,
        saying: Saying,
        way: Way,
    },
    Start {
        segment: usize,
        private: Option<bool>,
        reason: bool,
    },
    End,
    Mark,
    Slate {
        on: bool,
    },
    Scene {
        number: usize,
    },
    /// A lower third for somebody.
    Name {
        person: usize,
    },
    Publish {
        work: usize,
        agreed: bool,
    },
    Hide {
        work: usize,
    },
    Bin {
        work: usize,
    },
    Restore {
        work: usize,
    },
    Rename {
        work: usize,
    },
    /// The desk writes everybody's own names under a work.
    Credit {
        work: usize,
    },
    /// The beginning goes.
    Cut {
        work: usize,
    },
    /// A still of the programme.
    Still,
    /// Somebody gives a photo.
    Give {
        person: usize,
    },
    Export {
        site: bool,
    },
    Interview {
        named: bool,
        published: bool,
    },
    Accept {
        take: usize,
    },
    EraseTake {
        take: usize,
        desk: bool,
    },
    Restart {
        kill: bool,
    },
}

/// How somebody says something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    /// By their link.
    Own,
    /// At the desk: a paper form.
    Desk,
    /// By their link, from a phone that is gone after so long.
    Gone(Duration),
    /// By their link, and the studio is killed after so long.
    Killed(Duration),
}

/// How often each kind is drawn, of 200.
const KINDS: [(usize, Kind); 27] = [
    (14, Kind::Add),
    (6, Kind::Join),
    (3, Kind::Leave),
    (4, Kind::Retitle),
    (3, Kind::Turn),
    (2, Kind::Remove),
    (16, Kind::Convene),
    (38, Kind::Says),
    (22, Kind::Start),
    (18, Kind::End),
    (3, Kind::Mark),
    (5, Kind::Slate),
    (2, Kind::Scene),
    (6, Kind::Name),
    (14, Kind::Publish),
    (5, Kind::Hide),
    (5, Kind::Bin),
    (5, Kind::Restore),
    (4, Kind::Rename),
    (3, Kind::Credit),
    (3, Kind::Cut),
    (3, Kind::Still),
    (4, Kind::Give),
    (4, Kind::Export),
    (2, Kind::Interview),
    (4, Kind::Take),
    (4, Kind::Restart),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Add,
    Join,
    Leave,
    Retitle,
    Turn,
    Remove,
    Convene,
    Says,
    Start,
    End,
    Mark,
    Slate,
    Scene,
    Name,
    Publish,
    Hide,
    Bin,
    Restore,
    Rename,
    Credit,
    Cut,
    Still,
    Give,
    Export,
    Interview,
    Take,
    Restart,
}

/// Draws for one step: another step's draws do not depend on how many there were.
pub struct Draw(Moments);

impl Draw {
    pub fn new(seed: u64, step: u64) -> Self {
        Self(Moments::new(seed ^ step.wrapping_mul(0x2545_f491_4f6c_dd1d)))
    }

    fn below(&mut self, count: usize) -> usize {
        ((self.0.next() * count as f64) as usize).min(count - 1)
    }

    fn of_ten(&mut self, times: usize) -> bool {
        self.below(10) < times
    }

    /// One of these, rather of the last ones: what happened long ago has been tried often.
    fn one(&mut self, of: impl Iterator<Item = usize>) -> Option<usize> {
        let of: Vec<usize> = of.collect();
        let last = &of[of.len().saturating_sub(if self.of_ten(7) { 6 } else { of.len() })..];
        (!last.is_empty()).then(|| last[self.below(last.len())])
    }

    /// What happens next; of the first kind drawn for which there is somebody or something.
    pub fn step(&mut self, model: &Model) -> Step {
        loop {
            let mut at = self.below(KINDS.iter().map(|(weight, _)| weight).sum());
            let kind = KINDS.iter().find(|(weight, _)| {
                let found = at < *weight;
                at = at.saturating_sub(*weight);
                found
            });
            if let Some(step) = kind.and_then(|(_, kind)| self.of_kind(*kind, model)) {
                return step;
            }
        }
    }

    fn of_kind(&mut self, kind: Kind, model: &Model) -> Option<Step> {
        let turned = |turns: &'static [Turn]| {
            let known = model.segments.iter().enumerate();
            known.filter(|(_, segment)| turns.contains(&segment.turn)).map(|(at, _)| at)
        };
        let ready = || turned(&[Turn::Ready]);
        let works = |is: fn(&Work) -> bool| {
            let known = model.works.iter().enumerate().filter(|(_, work)| model.is_kept(work));
            known.filter(move |(_, work)| is(work)).map(|(at, _)| at)
        };
        Some(match kind {
            Kind::Add if ready().count() < 4 => {
                Step::Add { people: [0, 1, 1, 1, 2, 2, 3][self.below(7)], private: self.of_ten(2) }
            }
            Kind::Join => Step::Join { segment: self.one(turned(&[Turn::Ready, Turn::OnAir, Turn::Over]))? },
            Kind::Leave => {
                let segment = self.one(ready().filter(|at| !model.segments[*at].people.is_empty()))?;
                Step::Leave { segment, person: self.one(model.segments[segment].people.iter().copied())? }
            }
            Kind::Retitle => Step::Retitle { segment: self.one(turned(&[Turn::Ready, Turn::OnAir, Turn::Over]))? },
            Kind::Turn => Step::Turn { segment: self.one(ready())? },
            Kind::Remove => Step::Remove { segment: self.one(ready())? },
            Kind::Convene => {
                let unsigned = |at: &usize| !model.missing(*at, false).is_empty();
                Step::Convene { segment: self.one(ready().filter(unsigned))? }
            }
            Kind::Says => self.says(model)?,
            Kind::Start if model.on_air().is_none() => Step::Start {
                segment: self.one(ready())?,
                private: [None, None, None, None, Some(true), Some(false)][self.below(6)],
                reason: self.of_ten(2),
            },
            Kind::End => model.on_air().map(|_| Step::End)?,
            Kind::Mark => model.on_air().map(|_| Step::Mark)?,
            Kind::Slate => Step::Slate { on: self.of_ten(3) },
            Kind::Scene => Step::Scene { number: 1 + self.below(2) },
            Kind::Name => {
                let on_air = model.on_air().filter(|_| self.of_ten(8));
                let people = match on_air {
                    Some(segment) => model.segments[segment].people.clone(),
                    None => (0..model.people.len()).collect(),
                };
                Step::Name { person: self.one(people.into_iter().filter(|who| model.credit(*who).is_some()))? }
            }
            Kind::Publish => {
                let closed = works(|work| !work.binned).filter(|at| !model.is_public(*at));
                Step::Publish { work: self.one(closed)?, agreed: self.of_ten(7) }
            }
            Kind::Hide => Step::Hide { work: self.one(works(|work| !work.binned && work.desk != Desk::Holds))? },
            Kind::Bin => Step::Bin { work: self.one(works(|work| !work.binned))? },
            Kind::Restore => Step::Restore { work: self.one(works(|work| work.binned))? },
            Kind::Rename => Step::Rename { work: self.one(works(|work| !work.binned))? },
            Kind::Credit => {
                Step::Credit { work: self.one(works(|work| !work.binned && matches!(work.of, Of::Segment(_))))? }
            }
            Kind::Cut => Step::Cut { work: self.one(works(|work| !work.binned && matches!(work.of, Of::Segment(_))))? },
            Kind::Still => Step::Still,
            Kind::Give => {
                let linked = |at: &usize| {
                    let person = &model.people[*at];
                    person.link.is_some() && !person.erased && model.segment_of(*at).is_some()
                };
                Step::Give { person: self.one((0..model.people.len()).filter(linked))? }
            }
            Kind::Export => Step::Export { site: self.of_ten(5) },
            Kind::Interview if model.takes.len() < 12 => {
                Step::Interview { named: self.of_ten(6), published: self.of_ten(7) }
            }
            Kind::Take => {
                let take = self.one((0..model.takes.len()).filter(|at| !model.takes[*at].erased))?;
                match self.of_ten(6) {
                    true => Step::Accept { take },
                    false => Step::EraseTake { take, desk: self.of_ten(5) },
                }
            }
            Kind::Restart => Step::Restart { kill: self.of_ten(6) },
            Kind::Add | Kind::Start | Kind::Interview => return None,
        })
    }

    fn says(&mut self, model: &Model) -> Option<Step> {
        let listed = |who: &usize| !model.people[*who].erased && model.segment_of(*who).is_some();
        let on_air = model.on_air().map(|segment| model.segments[segment].people.clone());
        let person = match on_air.filter(|_| self.of_ten(5)) {
            Some(people) => self.one(people.into_iter().filter(listed)),
            None => self.one((0..model.people.len()).filter(listed)),
        }?;
        let saying = match self.below(20) {
            0..11 => Saying::Sign {
                live: self.of_ten(7),
                archived: self.of_ten(7),
                wish: [Wish::Own, Wish::Pseudonym, Wish::Nobody][self.below(3)].clone(),
            },
            11..18 => Saying::TakeBack(match self.below(5) {
                0 => vec![Point::Live],
                1 => vec![Point::Archived],
                2 => vec![Point::Live, Point::Archived],
                _ => vec![Point::Recorded, Point::Live, Point::Archived],
            }),
            _ => Saying::Erase,
        };
        let after = self.0.next();
        let way = match self.below(20) {
            0..8 => Way::Own,
            8..16 => Way::Desk,
            16..19 => Way::Gone(Duration::from_secs_f64(after * 0.02)),
            // Rather early than late: most of it is done in a few milliseconds.
            _ => Way::Killed(Duration::from_secs_f64(after.powi(2) * 0.08)),
        };
        Some(Step::Says { person, saying, way })
    }
}
