//! What the authority on rights says of a record, asked anew each time.

use super::{Credit, Medium, Record};
use crate::protocol::ClipAnswer;
use crate::rights::{self, Answer, Keep, Register, Rule, Shelf, Standing, Thing, Use, Verdict, Work};

/// Asks the authority, with what people have agreed to by now; cheap to clone.
#[derive(Debug, Clone)]
pub struct Judge {
    register: Register,
    rule: Rule,
}

/// How a record stands, for the desk to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stand {
    /// Everybody whose agreement it needs has agreed to its publication.
    pub allowed: bool,
    /// Somebody at the desk has to say that everybody who can be recognised has agreed, or that nobody can.
    pub clearing: bool,
    /// Everybody may see it.
    pub public: bool,
    /// What each participant says of the clip as it is cut now, where they are asked.
    pub answers: Vec<ClipAnswer>,
}

impl Judge {
    /// With what people have agreed to, and how clips come to be published.
    pub fn new(register: Register, rule: Rule) -> Self {
        Self { register, rule }
    }

    /// The participations whose agreement a record needs. Whoever was added to its segment later is among
    /// them; who is in a photo, its segment does not say.
    pub fn people(&self, record: &Record) -> Vec<String> {
        let mut people = record.people.clone().unwrap_or_default();
        if record.people.is_none() || record.medium == Medium::Clip {
            let listed = record.segment.iter().flat_map(|segment| self.register.people_of(segment));
            let more: Vec<_> = listed.filter(|id| !people.contains(id)).collect();
            people.extend(more);
        }
        people
    }

    /// Whether this may be done now with a record whose file says what is given here.
    pub fn may(&self, record: &Record, usage: Use) -> Verdict {
        let shelf = self.shelf(record);
        self.ask(record, |work| work.shelf = shelf, usage)
    }

    /// Whether a person at the desk may publish a record, who says, or does not, that everybody who can be
    /// recognised has agreed.
    ///
    /// # Errors
    /// Why not.
    pub fn may_be_published(&self, record: &Record, cleared: bool) -> Verdict {
        let shelf = self.shelf(record);
        let published = |work: &mut Work<'_>| {
            (work.standing, work.shelf) = (Standing::Published, shelf);
            work.cleared |= cleared;
        };
        self.ask(record, published, Use::Publish)
    }

    /// Where a record stands when it has been made, and when agreements have changed since, as long as
    /// nobody at the desk has decided.
    pub fn standing(&self, record: &Record) -> Standing {
        let people = self.people(record);
        rights::standing_when_made(&self.work(record, &people), self.rule, &self.agreed())
    }

    /// How a record stands, for the desk and the index: what is under way with its people is asked for
    /// by [`Judge::may`], at the door.
    pub fn stand(&self, record: &Record) -> Stand {
        let people = self.people(record);
        let work = self.work(record, &people);
        Stand {
            allowed: rights::agreed_by_all(&work, &self.agreed()).is_ok(),
            clearing: rights::needs_clearing(&work, &self.agreed()) && !work.cleared,
            public: rights::may(Thing::Work(&work), Use::Publish, &self.agreed()).is_ok(),
            answers: people.iter().filter_map(|id| self.answer(&work, id)).collect(),
        }
    }

    /// Whether the participants of a record see it before the public, and say what they think of it.
    pub fn asks(&self, record: &Record) -> bool {
        self.work(record, &self.people(record)).asked
    }

    /// What a participant says of a clip; `None`: they are not asked, and do not see it before the public. What is
    /// being carried out for another participant keeps nobody from answering.
    pub fn answer_of(&self, record: &Record, person: &str) -> Option<ClipAnswer> {
        self.answer(&self.work(record, &self.people(record)), person)
    }

    fn answer(&self, work: &Work<'_>, person: &str) -> Option<ClipAnswer> {
        let asked = rights::may_answer(work, person, &self.agreed());
        let agreed = self.register.agreed(person);
        let answer = rights::answer_to(&work.cut, &agreed);
        asked.then(|| ClipAnswer { name: rights::credit(&agreed).map(str::to_owned), answer })
    }

    /// For how long a record is kept.
    pub fn kept(&self, record: &Record) -> Keep {
        let people = self.people(record);
        rights::kept(&self.work(record, &people), &self.agreed())
    }

    /// When somebody in it, or in its segment, who says no spoke last, or chose another name than the one in its
    /// picture, Unix milliseconds; `None`: nobody says no.
    pub fn last_no(&self, record: &Record) -> Option<u64> {
        let mut people = self.people(record);
        people.extend(record.segment.iter().flat_map(|segment| self.register.people_of(segment)));
        let refused = people.iter().filter_map(|id| rights::said_no_at(&self.register.agreed(id)));
        let renamed = record.names_shown.iter();
        let renamed = renamed.filter_map(|shown| rights::misnamed_since(shown, &self.register.agreed(&shown.person)));
        refused.chain(renamed).max()
    }

    /// Whether that was at this moment or later, Unix milliseconds.
    pub fn refused_since(&self, record: &Record, since: u64) -> bool {
        self.last_no(record).is_some_and(|spoke| spoke >= since)
    }

    /// Whether a name stands in its picture that its bearer does not choose any more, or never did.
    pub fn misnames(&self, record: &Record) -> bool {
        let people = self.people(record);
        rights::misnames(&self.work(record, &people), &self.agreed())
    }

    /// Whether somebody in it does not want to have been in it at all: their data was erased, or they took
    /// back that they are recorded or live.
    pub fn disowned(&self, record: &Record) -> bool {
        self.people(record).iter().any(|id| rights::disowns(&self.register.agreed(id)))
    }

    /// The name under which a person is credited, if they want to be.
    pub fn name(&self, person: &str) -> Option<String> {
        rights::credit(&self.register.agreed(person)).map(str::to_owned)
    }

    /// The names of a record as their owners want them, in the roles that the desk has given them. Where
    /// nobody is listed, the desk's own.
    pub fn credits(&self, record: &Record) -> Vec<Credit> {
        let people = self.people(record);
        if people.is_empty() {
            return record.credits.clone();
        }
        let names: Vec<String> = people.iter().filter_map(|id| self.name(id)).collect();
        // Whoever changes their name keeps their role.
        let same = names.len() == record.credits.len();
        let role = |at: usize, name: &str| {
            let known = record.credits.iter().find(|known| known.name == name);
            known.or_else(|| record.credits.get(at).filter(|_| same)).map(|known| known.role.clone())
        };
        let credit =
            |(at, name): (usize, &String)| Credit { name: name.clone(), role: role(at, name).unwrap_or_default() };
        names.iter().enumerate().map(credit).collect()
    }

    fn shelf(&self, record: &Record) -> Shelf {
        let unfinished = record.belongs().is_some_and(|segment| self.register.unfinished(segment));
        if unfinished { Shelf::Unfinished } else { Shelf::Whole }
    }

    fn ask(&self, record: &Record, change: impl FnOnce(&mut Work<'_>), usage: Use) -> Verdict {
        let people = self.people(record);
        let mut work = self.work(record, &people);
        change(&mut work);
        rights::may(Thing::Work(&work), usage, &self.agreed())
    }

    fn work<'a>(&self, record: &'a Record, people: &'a [String]) -> Work<'a> {
        let cut = cut(record);
        let said_no = |since: u64| self.refused_since(record, since) || self.cut_asked_since(people, &cut, since);
        let cleared = record.cleared.is_some_and(|at| !said_no(at));
        let mut work = Work {
            photo: record.medium == Medium::Photo,
            standing: record.standing,
            private: record.private,
            rehearsed: record.rehearsed,
            foreign_notice: record.rights_notice.is_some(),
            names_shown: &record.names_shown,
            people,
            cut,
            cleared,
            ..Work::default()
        };
        work.asked = record.asked || self.rule.asks(&work);
        work
    }

    /// Whether somebody has asked for another cut than this one at this moment or later, Unix milliseconds.
    fn cut_asked_since(&self, people: &[String], cut: &str, since: u64) -> bool {
        let answers = people.iter().filter_map(|id| self.register.agreed(id).answer);
        answers.filter(|given| given.cut == cut && given.at >= since).any(|given| given.answer != Answer::Fine)
    }

    fn agreed(&self) -> impl Fn(&str) -> rights::Agreed + '_ {
        |id| self.register.agreed(id)
    }
}

/// Which cut of which clip a record describes: another one has to be answered anew. Empty for an interview of the
/// booth, which its person saw before they sent it.
pub(super) fn cut(record: &Record) -> String {
    if record.take.is_some() {
        return String::new();
    }
    let (from, until) = record.origin.as_ref().map_or((0, record.duration_ms), |origin| (origin.from, origin.until));
    format!("{}/{from}-{until}", record.id)
}
