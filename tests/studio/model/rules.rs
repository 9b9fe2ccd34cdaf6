//! What people allow, by the rules as they are promised to them, and nothing else: no time, no files, no
//! network. Everything is known here by its place in a list; what the studio calls it is kept beside it.
//!
//! Each word that could get out is one of its own kind ([`Word`]), so that it can be found in any file.

use std::fmt;

/// What somebody says of the name under which they may be shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    Own,
    Pseudonym,
    Nobody,
}

/// What a participant does about their agreement.
#[derive(Debug, Clone, PartialEq)]
pub enum Saying {
    Sign { live: bool, archived: bool, wish: Wish },
    TakeBack(Vec<Point>),
    Erase,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Point {
    Recorded,
    Live,
    Archived,
}

impl Point {
    pub fn name(self) -> &'static str {
        match self {
            Point::Recorded => "recorded",
            Point::Live => "live",
            Point::Archived => "archived",
        }
    }
}

/// A participation in one segment.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub id: String,
    /// The personal link, as last handed out.
    pub link: Option<String>,
    pub recorded: bool,
    pub live: bool,
    pub archived: bool,
    pub credit: Option<Word>,
    /// Took back to be recorded or live, and has signed nothing since.
    pub refuses: bool,
    pub erased: bool,
    /// What they took back since they last signed.
    taken_back: Vec<&'static str>,
    /// What they last signed, and whether by paper at the desk.
    signed: Option<(bool, bool, Option<Word>, bool)>,
    pseudonyms: usize,
}

impl Person {
    /// They have signed, taken back or had erased something.
    pub fn has_answered(&self) -> bool {
        self.erased || self.signed.is_some() || !self.taken_back.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Turn {
    Ready,
    OnAir,
    Over,
    Gone,
}

#[derive(Debug, Clone)]
pub struct Segment {
    pub id: String,
    pub turn: Turn,
    pub private: bool,
    /// Those whom it lists; erased ones stay in the list of one that has begun.
    pub people: Vec<usize>,
    /// Those whose missing agreement an admin overrode.
    pub waived: Vec<usize>,
    /// Its present title.
    pub title: Word,
    pub titles: usize,
}

/// Who is in a work.
#[derive(Debug, Clone, PartialEq)]
pub enum Of {
    /// A clip: all whom the segment lists.
    Segment(usize),
    /// A photo, of a segment or of none.
    Photo { segment: Option<usize>, people: Vec<usize> },
    /// An interview of the booth.
    Interview(usize),
}

/// What the desk has last decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Desk {
    /// Nothing.
    Nothing,
    Publishes,
    /// Took it out, or brought it back from the bin.
    Holds,
}

#[derive(Debug, Clone)]
pub struct Work {
    pub id: String,
    pub of: Of,
    pub desk: Desk,
    pub binned: bool,
    /// Somebody at the desk said that everybody who can be recognised agrees, and nobody has said no since.
    pub cleared: bool,
    /// What it was called by the desk, or by whoever gave it.
    pub titles: usize,
}

/// An interview that somebody recorded alone.
#[derive(Debug, Clone)]
pub struct Take {
    pub id: String,
    pub link: String,
    pub published: bool,
    pub erased: bool,
    pub accepted: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Model {
    pub people: Vec<Person>,
    pub segments: Vec<Segment>,
    pub works: Vec<Work>,
    pub takes: Vec<Take>,
}

/// A word that stands nowhere by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// A person's own name.
    Name(usize),
    /// One of their pseudonyms.
    Pseudonym(usize, usize),
    /// A segment's title, as it was once.
    Title(usize, usize),
    Summary(usize),
    /// A marked moment of a segment.
    Mark(usize),
    /// A title that the desk gave to a work, or whoever gave the photo.
    Called(usize, usize),
    /// The booth knows that name, and nobody else.
    Signature(usize),
    /// How somebody in the booth wants to be credited.
    Spoken(usize),
}

/// How all of them begin.
pub const SIGN: &[u8] = b"zqv";

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, of, version) = match *self {
            Word::Name(of) => ('n', of, 0),
            Word::Pseudonym(of, version) => ('p', of, version),
            Word::Title(of, version) => ('t', of, version),
            Word::Summary(of) => ('s', of, 0),
            Word::Mark(of) => ('m', of, 0),
            Word::Called(of, version) => ('c', of, version),
            Word::Signature(of) => ('g', of, 0),
            Word::Spoken(of) => ('k', of, 0),
        };
        write!(f, "Zqv{kind}{of:03}v{version}x")
    }
}

impl Word {
    /// All words in a text or a film, in large or small letters.
    pub fn all_in(bytes: &[u8]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| byte | 0x20 == SIGN[0]) {
            rest = &rest[at..];
            if rest.len() > 3 && rest[..3].eq_ignore_ascii_case(SIGN) {
                found.extend(Self::read(&rest[3..]));
            }
            rest = &rest[1..];
        }
        found.sort();
        found.dedup();
        found
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let text: String = bytes
            .iter()
            .take(16)
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .map(|byte| char::from(*byte))
            .collect();
        let text = text.to_lowercase();
        let kind = text.chars().next()?;
        let (of, version) = text[1..].split_once('x')?.0.split_once('v')?;
        let (of, version) = (of.parse().ok()?, version.parse().ok()?);
        Some(match kind {
            'n' => Word::Name(of),
            'p' => Word::Pseudonym(of, version),
            't' => Word::Title(of, version),
            's' => Word::Summary(of),
            'm' => Word::Mark(of),
            'c' => Word::Called(of, version),
            'g' => Word::Signature(of),
            'k' => Word::Spoken(of),
            _ => return None,
        })
    }
}

/// Where a word was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// What is on, and what comes.
    Now,
    /// Where several works are told together.
    Archive,
    /// In the files and on the page of one work.
    Work(usize),
    /// Anywhere else.
    Elsewhere,
}

// What people say.
impl Model {
    /// A new participant.
    pub fn person(&mut self, id: String) -> usize {
        self.people.push(Person { id, ..Person::default() });
        self.people.len() - 1
    }

    /// The segment that lists somebody.
    pub fn segment_of(&self, person: usize) -> Option<usize> {
        self.segments.iter().position(|segment| segment.people.contains(&person))
    }

    /// The name that somebody would sign with now.
    pub fn wished(&self, person: usize, wish: &Wish) -> Option<Word> {
        match wish {
            Wish::Own => Some(Word::Name(person)),
            Wish::Pseudonym => Some(Word::Pseudonym(person, self.people[person].pseudonyms)),
            Wish::Nobody => None,
        }
    }

    /// Somebody says something; `paper`: at the desk.
    pub fn says(&mut self, who: usize, saying: &Saying, paper: bool) {
        let wished = match saying {
            Saying::Sign { wish, .. } => self.wished(who, wish),
            _ => None,
        };
        let person = &mut self.people[who];
        if person.erased {
            return;
        }
        let news = match saying {
            Saying::Sign { live, archived, wish } => {
                let form = (*live, *archived, wished, paper);
                // The same once more is what a phone sends that has not heard the answer.
                let news = person.signed != Some(form) || !person.taken_back.is_empty();
                (person.recorded, person.live, person.archived) = (true, *live, *archived);
                (person.credit, person.refuses) = (wished, false);
                person.pseudonyms += usize::from(*wish == Wish::Pseudonym && news);
                person.taken_back.clear();
                person.signed = Some(form);
                news
            }
            Saying::TakeBack(points) => {
                let all = points.contains(&Point::Recorded);
                let off = [Point::Recorded, Point::Live, Point::Archived]
                    .into_iter()
                    .filter(|point| all || points.contains(point));
                let mut news = false;
                for point in off.clone() {
                    let said = person.taken_back.contains(&point.name());
                    news |= match point {
                        Point::Recorded => person.recorded || !said,
                        Point::Live => person.live || !said,
                        Point::Archived => person.archived,
                    };
                }
                if news {
                    for point in off {
                        match point {
                            Point::Recorded => person.recorded = false,
                            Point::Live => person.live = false,
                            Point::Archived => person.archived = false,
                        }
                        person.refuses |= point != Point::Archived;
                        person.taken_back.push(point.name());
                    }
                }
                news
            }
            Saying::Erase => {
                let id = std::mem::take(&mut person.id);
                *person = Person { id, erased: true, refuses: true, ..Person::default() };
                true
            }
        };
        if news && !self.agrees_to_archive(who) {
            let of = self.segment_of(who);
            for work in &mut self.works {
                let concerned = match &work.of {
                    Of::Segment(segment) => Some(*segment) == of,
                    Of::Photo { segment, people } => people.contains(&who) || (segment.is_some() && *segment == of),
                    Of::Interview(_) => false,
                };
                work.cleared &= !concerned;
            }
        }
        if *saying == Saying::Erase {
            // Of what has not begun they are no part any more.
            let ready = self.segments.iter_mut().filter(|segment| segment.turn == Turn::Ready);
            ready.for_each(|segment| segment.people.retain(|person| *person != who));
        }
    }

    fn agrees_to_archive(&self, who: usize) -> bool {
        self.people[who].recorded && self.people[who].archived
    }

    /// The name under which somebody may be shown.
    pub fn credit(&self, who: usize) -> Option<Word> {
        self.people[who].credit.filter(|_| self.people[who].recorded)
    }
}

// What the desk does.
impl Model {
    pub fn on_air(&self) -> Option<usize> {
        self.segments.iter().position(|segment| segment.turn == Turn::OnAir)
    }

    /// Those who have not agreed to what a segment would do.
    pub fn missing(&self, segment: usize, private: bool) -> Vec<usize> {
        let has = |who: &usize| self.people[*who].recorded && (private || self.people[*who].live);
        self.segments[segment].people.iter().copied().filter(|who| !has(who)).collect()
    }

    pub fn start(&mut self, segment: usize, private: bool) {
        let waived = self.missing(segment, private);
        let segment = &mut self.segments[segment];
        (segment.turn, segment.private, segment.waived) = (Turn::OnAir, private, waived);
    }

    /// Whether the desk may publish a work now, and says, or not, that everybody who can be recognised agrees.
    pub fn may_publish(&self, work: usize, agreed: bool) -> bool {
        let of = &self.works[work];
        !of.binned && self.all_agree(work) && (agreed || of.cleared || !self.needs_clearing(work))
    }
}

// What may be seen.
impl Model {
    /// The archive has a work, at least in its bin.
    pub fn is_kept(&self, work: &Work) -> bool {
        !work.id.is_empty() && !matches!(work.of, Of::Interview(take) if self.takes[take].erased)
    }

    /// Nobody is on air who does not agree to that now.
    pub fn may_be_on_air(&self, segment: usize) -> bool {
        let segment = &self.segments[segment];
        let may = |who: &usize| {
            let person = &self.people[*who];
            (person.recorded && person.live) || (segment.waived.contains(who) && !person.has_answered())
        };
        !segment.private && segment.people.iter().all(may)
    }

    /// A segment's title may be told before its clip is public.
    pub fn may_be_told(&self, segment: usize) -> bool {
        let known = &self.segments[segment];
        match known.turn {
            _ if known.private => false,
            Turn::OnAir => self.may_be_on_air(segment),
            Turn::Ready | Turn::Over => !known.people.iter().any(|who| self.people[*who].refuses),
            Turn::Gone => false,
        }
    }

    /// Everybody may see a work.
    pub fn is_public(&self, work: usize) -> bool {
        let known = &self.works[work];
        let decided = match known.desk {
            Desk::Holds => false,
            Desk::Publishes => true,
            // By itself when it is over, if there is nobody to be asked but those who have agreed.
            Desk::Nothing => match &known.of {
                Of::Segment(segment) => self.segments[*segment].turn == Turn::Over,
                Of::Photo { .. } => false,
                Of::Interview(_) => true,
            },
        };
        decided && !known.binned && self.all_agree(work) && (known.cleared || !self.needs_clearing(work))
    }

    fn all_agree(&self, work: usize) -> bool {
        match &self.works[work].of {
            Of::Interview(take) => self.takes[*take].published && !self.takes[*take].erased,
            _ => self.people_of(work).iter().all(|who| self.agrees_to_archive(*who)),
        }
    }

    fn needs_clearing(&self, work: usize) -> bool {
        match &self.works[work].of {
            Of::Segment(segment) => self.segments[*segment].private || self.segments[*segment].people.is_empty(),
            Of::Photo { .. } => true,
            Of::Interview(_) => false,
        }
    }

    pub fn people_of(&self, work: usize) -> &[usize] {
        match &self.works[work].of {
            Of::Segment(segment) => &self.segments[*segment].people,
            Of::Photo { people, .. } => people,
            Of::Interview(_) => &[],
        }
    }

    /// Whether a word may be read by everybody in a place.
    pub fn may_be_read(&self, word: Word, place: Place) -> bool {
        let works: Vec<usize> = match place {
            Place::Now => Vec::new(),
            Place::Archive | Place::Elsewhere => (0..self.works.len()).collect(),
            Place::Work(work) => vec![work],
        };
        let works: Vec<usize> = works.into_iter().filter(|work| self.is_public(*work)).collect();
        let now = matches!(place, Place::Now | Place::Elsewhere);
        let segment_of = |work: usize| match &self.works[work].of {
            Of::Segment(segment) => Some(*segment),
            Of::Photo { segment, .. } => *segment,
            Of::Interview(_) => None,
        };
        let take_of = |work: usize| match &self.works[work].of {
            Of::Interview(take) => Some(*take),
            _ => None,
        };
        match word {
            Word::Name(who) | Word::Pseudonym(who, _) => {
                let on_air = || {
                    self.on_air().is_some_and(|on| self.segments[on].people.contains(&who) && self.may_be_on_air(on))
                };
                let in_work = |work: &usize| self.people_of(*work).contains(&who);
                who < self.people.len()
                    && self.credit(who) == Some(word)
                    && (now && on_air() || works.iter().any(in_work))
            }
            Word::Title(of, _) | Word::Summary(of) | Word::Mark(of) => {
                of < self.segments.len() && now && self.may_be_told(of)
                    || works.iter().any(|work| segment_of(*work) == Some(of))
            }
            Word::Called(work, _) => works.contains(&work),
            Word::Signature(_) => false,
            Word::Spoken(take) => works.iter().any(|work| take_of(*work) == Some(take)),
        }
    }
}
