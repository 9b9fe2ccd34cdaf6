//! Every way of taking something back × (on air, afterwards) × every public place, as one table; the pages
//! `web/docs/withdrawals.*.md` are what it found.
//!
//! The places come from the router and from the forms of export, the ways are held against the router: what is
//! new is in the table by itself, or fails it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
};

use open_plateau::archive::ExportForm;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    archive_photos,
    day::{ask, enter, good, person, signing, state, traces_in},
    operations::{ALL, Guest, Request, playlist, published},
    outsiders::{Outsiders, Told, kept, paired, remote_answers},
    panel_house::{ANIMATOR, House, MODERATOR, Socket, WITH_PINS},
    phones_booth,
    support::{ports, wait},
};

/// A way of taking something back.
struct Way {
    how: How,
    /// Method and path, as the router has it.
    route: [&'static str; 2],
    /// In French and in English.
    what: [&'static str; 2],
}

#[derive(Debug, Clone, Copy)]
enum How {
    /// All that was agreed to, or some of it.
    Asks(Request),
    /// Signs again, to be called otherwise: the person, or the desk with a paper form.
    OtherName { at_the_desk: bool },
    /// Signs again, to be named no more.
    NoName,
    /// An interview of the booth, by its own link.
    TakesBack,
    /// An interview of the booth, at the desk.
    ErasesTake,
}

const WAYS: [Way; 11] = [
    Way {
        how: How::Asks(Request::Withdraw),
        route: ["POST", "/api/participate/withdraw"],
        what: ["la personne retire son accord, sur sa page", "the person withdraws, on their page"],
    },
    Way {
        how: How::Asks(Request::Erase),
        route: ["DELETE", "/api/participate/me"],
        what: ["la personne efface ses données, sur sa page", "the person erases their data, on their page"],
    },
    Way {
        how: How::Asks(Request::SignLess),
        route: ["POST", "/api/participate/sign"],
        what: ["la personne signe de nouveau, pour moins", "the person signs again, for less"],
    },
    Way {
        how: How::Asks(Request::DeskWithdraws),
        route: ["POST", "/api/people/{person}/withdraw"],
        what: ["la régie note un retrait", "the desk enters a withdrawal"],
    },
    Way {
        how: How::Asks(Request::DeskErases),
        route: ["DELETE", "/api/people/{person}"],
        what: ["la régie efface les données de la personne", "the desk erases the person's data"],
    },
    Way {
        how: How::Asks(Request::PaperForLess),
        route: ["POST", "/api/people/{person}/sign"],
        what: ["un formulaire papier, pour moins", "a paper form, for less"],
    },
    Way {
        how: How::TakesBack,
        route: ["DELETE", "/api/booth/mine"],
        what: ["la personne efface son entretien de la cabine", "the person erases their interview of the booth"],
    },
    Way {
        how: How::ErasesTake,
        route: ["DELETE", "/api/booth/sent/{take}"],
        what: ["la régie efface un entretien de la cabine", "the desk erases an interview of the booth"],
    },
    Way {
        how: How::OtherName { at_the_desk: false },
        route: ["POST", "/api/participate/sign"],
        what: ["la personne choisit un autre nom", "the person chooses another name"],
    },
    Way {
        how: How::OtherName { at_the_desk: true },
        route: ["POST", "/api/people/{person}/sign"],
        what: ["un formulaire papier, sous un autre nom", "a paper form, under another name"],
    },
    Way {
        how: How::NoName,
        route: ["POST", "/api/participate/sign"],
        what: ["la personne ne veut plus être nommée", "the person no longer wants to be named"],
    },
];

/// Routes that change something and take nothing back of what the public may see of a person.
const NO_WAYS: [[&str; 2]; 36] = [
    ["POST", "/api/login"],
    ["POST", "/api/logout"],
    ["POST", "/api/here"],
    ["POST", "/api/applause"],
    ["POST", "/api/questions"],
    ["POST", "/api/participate/propose"],
    ["POST", "/api/participate/invite"],
    // A device forgets the link; the agreements stay.
    ["POST", "/api/participate/forget"],
    ["POST", "/api/participate/guardian_link"],
    // A form that was asked for by `sign`, and waited.
    ["POST", "/api/participate/guardian"],
    ["POST", "/api/participate/answers"],
    ["POST", "/api/participate/photo"],
    // Asked where participants see their clip first; a cut that is asked for closes it: see `answers`.
    ["POST", "/api/participate/answer"],
    ["POST", "/api/participate/film"],
    ["POST", "/api/people/{person}/link"],
    ["POST", "/api/errands/{errand}"],
    ["POST", "/api/visitors"],
    ["POST", "/api/archive/photos"],
    ["PATCH", "/api/archive/{clip}"],
    ["POST", "/api/archive/{clip}/publish"],
    // The desk's own decision: nobody in it has said anything.
    ["POST", "/api/archive/{clip}/hide"],
    ["PUT", "/api/archive/{clip}/captions/{language}"],
    ["DELETE", "/api/archive/{clip}/captions/{language}"],
    ["POST", "/whip/{slot}"],
    ["PATCH", "/whip/{slot}/{session}"],
    ["DELETE", "/whip/{slot}/{session}"],
    ["DELETE", "/api/slots/{slot}"],
    ["POST", "/api/slots/{slot}/link"],
    ["POST", "/api/booth/pair"],
    ["DELETE", "/api/booth/pair"],
    ["PUT", "/api/booth/questions"],
    ["POST", "/api/booth/takes"],
    ["PUT", "/api/booth/takes/{take}/chunks/{index}"],
    ["POST", "/api/booth/takes/{take}/finish"],
    ["POST", "/api/booth/takes/{take}/send"],
    ["POST", "/api/booth/sent/{take}/accept"],
];
/// Before anything of it has left the tablet.
const NOT_SENT: [&str; 2] = ["DELETE", "/api/booth/takes/{take}"];

/// What a place can tell of a person, in the order in which the pages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// The name they chose.
    Name,
    /// What was typed by hand for the picture.
    Typed,
    /// Of the segment, and of a photo.
    Title,
    Summary,
    Captions,
    /// The film or a picture, or the address of one.
    Film,
    /// The name they chose later.
    NewName,
    /// What nobody outside the desk may ever know: the name by which the desk calls them, their contact, what
    /// they need.
    Private,
}

type Marks = BTreeSet<Mark>;

impl Mark {
    /// In the pages' languages.
    fn said(self) -> [&'static str; 2] {
        match self {
            Mark::Name => ["nom", "name"],
            Mark::Typed => ["texte tapé", "typed text"],
            Mark::Title => ["titre", "title"],
            Mark::Summary => ["résumé", "summary"],
            Mark::Captions => ["sous-titres", "captions"],
            Mark::Film => ["image", "picture"],
            Mark::NewName => ["nouveau nom", "new name"],
            Mark::Private => unreachable!("it is nowhere"),
        }
    }
}

impl How {
    /// What may be told of the person from then on. On air, what was typed for the picture goes with the name
    /// that stands beside it; afterwards it is a chapter of the clip.
    fn leaves(self, on_air: bool) -> Marks {
        let new = match self {
            How::Asks(_) | How::TakesBack | How::ErasesTake => return Marks::new(),
            How::NoName => None,
            How::OtherName { .. } => Some(Mark::NewName),
        };
        let typed = (!on_air).then_some(Mark::Typed);
        [Mark::Title, Mark::Summary, Mark::Captions, Mark::Film].into_iter().chain(typed).chain(new).collect()
    }

    fn is_of_the_booth(self) -> bool {
        matches!(self, How::TakesBack | How::ErasesTake)
    }

    fn erases(self) -> bool {
        matches!(self, How::Asks(request) if request.erases())
    }
}

/// Somebody with words of their own, which stand nowhere by chance.
struct Person {
    /// Their number in [`WAYS`]; none: somebody who takes nothing back.
    way: Option<usize>,
    guest: Guest,
    /// Of the booth.
    take: String,
    words: Vec<(Mark, String)>,
    /// Ids of what the archive has of them.
    works: Vec<String>,
    /// The last part of the film as it was published.
    frames: Vec<u8>,
}

impl Person {
    fn new(way: Option<usize>) -> Self {
        let own = |word: &str| format!("{word}qx{}w", way.map_or("z".into(), |way| way.to_string()));
        let words = [
            (Mark::Name, "Surnom"),
            (Mark::Typed, "Fonction"),
            (Mark::Title, "Titre"),
            (Mark::Summary, "Resume"),
            (Mark::Captions, "Soustitre"),
            (Mark::NewName, "Nouveau"),
            (Mark::Private, "Vrainom"),
            (Mark::Private, "Contact"),
            (Mark::Private, "Besoin"),
        ];
        let guest = Guest {
            segment: String::new(),
            person: String::new(),
            token: String::new(),
            title: own("Titre"),
            name: own("Surnom"),
        };
        let words = words.into_iter().map(|(mark, word)| (mark, own(word))).collect();
        Self { way, guest, take: String::new(), words, works: Vec::new(), frames: Vec::new() }
    }

    fn how(&self) -> Option<How> {
        self.way.map(|way| WAYS[way].how)
    }

    fn word(&self, start: &str) -> &str {
        &self.words.iter().find(|(_, word)| word.starts_with(start)).unwrap().1
    }

    /// Joins the rundown and signs everything.
    fn signs(&mut self, house: &House, desk: &str, socket: &mut Socket) {
        ask(
            socket,
            json!({ "command": "segment_add", "title": self.guest.title, "summary": self.word("Resume"),
                    "needs": self.word("Besoin"), "participants": [{ "name": self.word("Vrainom") }] }),
        );
        let now = state(socket);
        let rundown = now["rundown"].as_array().unwrap();
        let segment = rundown.iter().find(|segment| segment["title"] == self.guest.title).unwrap();
        self.guest.segment = segment["id"].as_str().unwrap().to_owned();
        self.guest.person = person(&now, self.word("Vrainom"));
        // At the desk, where nobody counts how fast they come.
        let form = self.form(house, json!({ "kind": "name", "name": self.guest.name }));
        let signed = good(house, "POST", &format!("/api/people/{}/sign", self.guest.person), desk, &form);
        self.guest.token = signed["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    }

    fn form(&self, house: &House, credit: Value) -> Value {
        let mut form = signing(house, &ALL, self.word("Vrainom"));
        form["contact"] = json!(format!("{}@example.org", self.word("Contact")));
        form["credit"] = credit;
        form
    }

    /// Takes back what they take back.
    fn says_no(&self, house: &House, desk: &str) {
        let other = || json!({ "kind": "name", "name": self.word("Nouveau") });
        let signs = |path: &str, token: &str, credit: Value| {
            good(house, "POST", path, token, &self.form(house, credit));
        };
        match self.how().expect("somebody who takes something back") {
            How::Asks(request) => request.ask(house, desk, &self.guest),
            How::OtherName { at_the_desk: false } => signs("/api/participate/sign", &self.guest.token, other()),
            How::OtherName { at_the_desk: true } => {
                signs(&format!("/api/people/{}/sign", self.guest.person), desk, other());
            }
            How::NoName => signs("/api/participate/sign", &self.guest.token, json!({ "kind": "none" })),
            How::TakesBack => _ = good(house, "DELETE", "/api/booth/mine", &self.guest.token, &Value::Null),
            How::ErasesTake => {
                good(house, "DELETE", &format!("/api/booth/sent/{}", self.take), desk, &Value::Null);
            }
        }
    }
}

/// What each place tells of each person, by the person's number among those who are looked at.
type Found = BTreeMap<(String, usize), Marks>;

/// Notes what a text tells of whom.
fn found(people: &[Person], place: &str, text: &str, into: &mut Found) {
    for (index, mark) in told_in(people, text) {
        into.entry((place.to_owned(), index)).or_default().insert(mark);
    }
}

/// What a text tells of whom. In small letters, as in a file's name.
fn told_in(people: &[Person], text: &str) -> BTreeSet<(usize, Mark)> {
    let text = text.to_ascii_lowercase();
    let bytes = text.as_bytes();
    let mut all = BTreeSet::new();
    let (mut at, mut work) = (0, 0..0);
    while at + 2 < bytes.len() {
        let is = |next: &u8| next.is_ascii_alphanumeric() || *next == b'-';
        match &bytes[at..at + 2] {
            // An id begins with its day.
            b"20" if at >= work.end && is_a_day(&bytes[at..]) => {
                work = at..at + bytes[at..].iter().take_while(|next| is(next)).count();
                let id = &text[work.clone()];
                let whose = people.iter().position(|person| person.works.iter().any(|known| known == id));
                all.extend(whose.map(|whose| (whose, Mark::Film)));
            }
            // Words end with whose they are. The title in an id is no more than the id.
            b"qx" if at >= work.end => {
                let start = at - bytes[..at].iter().rev().take_while(|next| next.is_ascii_lowercase()).count();
                let end = at + 2 + bytes[at + 2..].iter().take_while(|next| next.is_ascii_alphanumeric()).count();
                let word = &text[start..end];
                for (whose, person) in people.iter().enumerate() {
                    let own = person.words.iter().filter(|(_, known)| known.eq_ignore_ascii_case(word));
                    all.extend(own.map(|(mark, _)| (whose, *mark)));
                }
            }
            _ => (),
        }
        at += 1;
    }
    all
}

/// `2026-11-29-`
fn is_a_day(bytes: &[u8]) -> bool {
    let form = b"2000-00-00-";
    let fits = |(form, found): (&u8, &u8)| if *form == b'-' { found == form } else { found.is_ascii_digit() };
    bytes.len() > form.len() && form.iter().zip(bytes).all(fits)
}

/// What outsiders were told, by place.
fn heard(people: &[Person], told: &[Told]) -> Found {
    let mut all = Found::new();
    let different: BTreeSet<_> = told.iter().map(|told| (told.place, told.answer.as_str())).collect();
    different.into_iter().for_each(|(place, answer)| found(people, place, answer, &mut all));
    // The address was asked for, and is left out of the answer.
    for told in told.iter().filter(|told| told.is_good()) {
        for (index, person) in people.iter().enumerate() {
            let own = |part: &str| person.works.iter().any(|work| work == part);
            if told.path.split('/').any(own) {
                all.entry((told.place.to_owned(), index)).or_default().insert(Mark::Film);
            }
        }
    }
    all
}

/// What an export's folder tells, in its files and in their names.
fn exported(people: &[Person], folder: &Path, place: &str, into: &mut Found) {
    for path in files(folder) {
        let bytes = fs::read(&path).unwrap_or_default();
        found(people, place, &path.strip_prefix(folder).unwrap().to_string_lossy(), into);
        found(people, place, &String::from_utf8_lossy(&bytes), into);
        for (index, person) in people.iter().enumerate() {
            if !person.frames.is_empty() && bytes.ends_with(&person.frames) {
                into.entry((place.to_owned(), index)).or_default().insert(Mark::Film);
            }
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A form's word on the wire and on the command line.
fn name(form: ExportForm) -> String {
    json!(form).as_str().unwrap().to_owned()
}

/// A studio with whoever is outside.
struct Place {
    house: House,
    folder: Arc<TempDir>,
    desk: String,
    socket: Socket,
    remotes: u16,
    outsiders: Outsiders,
}

impl Place {
    fn open() -> Self {
        let remotes = ports::tcp();
        let config = format!(
            "{WITH_PINS}[[source]]\nid = \"phone1\"\nkind = \"phone\"\n[[output]]\nid = \"page\"\nlabel = \"La page\"\n\
             kind = \"hls\"\nstart = \"auto\"\n[obs_websocket]\nlisten = \"127.0.0.1:{remotes}\"\n"
        );
        let folder = Arc::new(TempDir::new().unwrap());
        let house = House::open_in(Arc::clone(&folder), "127.0.0.1:0", &config);
        let (desk, socket) = (house.login(ANIMATOR), enter(&house, ANIMATOR));
        let outsiders = Outsiders::come(&house, &desk);
        Self { house, folder, desk, socket, remotes, outsiders }
    }

    /// What the outsiders may ask for.
    fn tell(&mut self, people: &[Person], photos: &[String]) {
        let of = |word: &str| people.iter().map(|person| person.word(word).to_owned()).collect::<Vec<_>>();
        let or = |ids: Vec<String>| if ids.is_empty() { vec!["2026-01-01-rien".into()] } else { ids };
        let persons = people.iter().map(|person| person.guest.person.clone()).filter(|id| !id.is_empty());
        let files =
            ["clip.mp4", "poster.jpg", "clip.json", "record.json", "captions.fr.vtt", "photo.jpg", "SHA256SUMS"];
        let one = |value: &str| vec![value.to_owned()];
        self.outsiders.known = vec![
            ("clip", or(people.iter().flat_map(|person| person.works.clone()).collect())),
            ("photo", or(photos.to_vec())),
            ("file", files.map(str::to_owned).into()),
            ("session", one("1")),
            ("person", persons.collect()),
            ("slot", one("phone1")),
            ("ticket", one(&"0".repeat(64))),
            ("take", or(people.iter().map(|person| person.take.clone()).filter(|take| !take.is_empty()).collect())),
            ("index", one("0")),
            ("errand", one("1")),
            ("language", one("fr")),
            // No parameter of a path: a word that is looked for is repeated too.
            ("q", of("Resume")),
        ];
        let searches = of("Resume").into_iter().flat_map(|word| {
            [("/archive?q=", format!("/archive?q={word}")), ("/api/clips?q=", format!("/api/clips?q={word}"))]
        });
        let photos = [("/api/clips?medium=photo", "/api/clips?medium=photo".to_owned())];
        self.outsiders.more = searches.chain(photos).collect();
    }

    /// The desk's socket that answered no ping meanwhile has been closed: another.
    fn come_back(&mut self) {
        self.socket = enter(&self.house, ANIMATOR);
    }

    /// What everybody outside is told, at every door, by the remotes' port and by a moderator's websocket.
    fn ask_around(&mut self, people: &[Person], who: impl Fn(&str) -> bool) -> Found {
        let mut all = heard(people, &self.outsiders.knock_as(who));
        self.come_back();
        found(people, REMOTE, &remote_answers(self.remotes), &mut all);
        found(people, MODERATED, &state(&mut enter(&self.house, MODERATOR)).to_string(), &mut all);
        found(people, "/live/index.m3u8", &playlist(&self.house), &mut all);
        all
    }
}

const REMOTE: &str = "obs-websocket";
const MODERATED: &str = "/api/control";
const REWIND: &str = "/live/{session}/{file}";
const LOG: &str = "log";
/// Milliseconds.
const DAY: f64 = 86_400_000.0;

/// What a studio's places told of each way's person, before and after.
#[derive(Default)]
struct Seen {
    before: Found,
    after: Found,
}

impl Seen {
    /// Where what is told of somebody is not what may be told, or is less than what may be.
    fn wrong(&self, people: &[Person], on_air: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        for (index, person) in people.iter().enumerate() {
            let who = person.way.map_or("who takes nothing back", |way| WAYS[way].what[1]);
            let places = self.before.keys().chain(self.after.keys()).filter(|(_, whose)| *whose == index);
            for key in places.collect::<BTreeSet<_>>() {
                let told = |found: &Found| found.get(key).cloned().unwrap_or_default();
                let (before, after) = (told(&self.before), told(&self.after));
                let expected = match person.how() {
                    None => before.clone(),
                    // The live page's past goes with the old name that may stand in its picture.
                    Some(_) if key.0 == REWIND => Marks::new(),
                    Some(how) => {
                        let leaves = how.leaves(on_air);
                        let new = before.contains(&Mark::Name).then(|| leaves.get(&Mark::NewName)).flatten();
                        before.intersection(&leaves).chain(new).copied().collect()
                    }
                };
                if after != expected || before.contains(&Mark::Private) {
                    let place = &key.0;
                    wrong.push(format!(
                        "{place}, {who}, on air: {on_air}: {before:?}, then {after:?}, not {expected:?}"
                    ));
                }
            }
        }
        wrong
    }
}

/// Files of the live page with when they begin and end, milliseconds of the day, that can be had.
fn rewind(house: &House) -> Vec<(String, f64, f64)> {
    let (mut at, mut length, mut files) = (0.0, 0.0, Vec::new());
    for line in playlist(house).lines() {
        if let Some(date) = line.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:") {
            let clock = date.split('T').nth(1).unwrap().trim_end_matches('Z');
            at = clock.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap()) * 1000.0;
        } else if let Some(seconds) = line.strip_prefix("#EXTINF:") {
            length = seconds.trim_end_matches(',').parse::<f64>().unwrap() * 1000.0;
        } else if !line.starts_with('#') {
            files.push((line.to_owned(), at, at + length));
            at += length;
        }
    }
    files.retain(|(file, ..)| house.request("GET", &format!("/live/{file}"), &[], "").status == 200);
    files
}

/// Notes for each person whether a part of the time in which they were on air can be gone back to.
fn gone_back_to(people: &[Person], house: &House, into: &mut Found) {
    let (files, now) = (rewind(house), state(&mut enter(house, ANIMATOR)));
    for (index, person) in people.iter().enumerate() {
        let rundown = now["rundown"].as_array().unwrap();
        let Some(segment) = rundown.iter().find(|segment| segment["id"] == person.guest.segment) else { continue };
        let (Some(start), Some(end)) = (segment["started_at"].as_f64(), segment["ended_at"].as_f64()) else { continue };
        let middle = (start + end) / 2.0 % DAY;
        if files.iter().any(|(_, from, until)| (*from..*until).contains(&middle)) {
            into.entry((REWIND.to_owned(), index)).or_default().insert(Mark::Film);
        }
    }
}

/// Everybody of the table, each with a clip, a photo and a place in every export.
fn afterwards() -> (Vec<Person>, Seen) {
    let mut place = Place::open();
    let mut people: Vec<Person> = [None].into_iter().chain((0..WAYS.len()).map(Some)).map(Person::new).collect();
    wait::until("the page", 20.0, || (state(&mut place.socket)["outputs"]["page"]["status"] == "live").then_some(()));
    let (booth, day): (Vec<_>, Vec<_>) =
        people.iter_mut().partition(|person| person.how().is_some_and(How::is_of_the_booth));
    let Place { house, desk, socket, .. } = &mut place;
    let photos = thread::scope(|scope| {
        let interviews = scope.spawn(|| interviews(house, desk, booth));
        let photos = segments(house, desk, socket, day);
        interviews.join().unwrap();
        photos
    });
    place.come_back();
    let data = place.house.data();
    for person in &mut people {
        let clip = person.works[0].clone();
        wait::until("all that is to be written of a clip", 120.0, || {
            let clips = state(&mut place.socket)["clips"].take();
            let clip = clips.as_array().unwrap().iter().find(|known| known["id"] == *clip)?.clone();
            (!clip["loudness"].is_null()).then_some(())
        });
        let folder: PathBuf = [&clip[..4], &clip[5..7], &clip[8..10], &clip].iter().collect();
        let film = fs::read(data.join("clips").join(folder).join("clip.mp4")).unwrap();
        person.frames = film[film.len() / 2..].to_vec();
    }
    export(&mut place, "made before");
    place.tell(&people, &photos);

    let mut seen = Seen { before: place.ask_around(&people, |_| true), ..Seen::default() };
    for form in ExportForm::ALL {
        exported(&people, &data.join("exports").join(form.folder()), &desks(form), &mut seen.before);
        let away = place.folder.path().join("made before").join(name(form));
        exported(&people, &away, &elsewhere(form), &mut seen.before);
    }
    gone_back_to(&people, &place.house, &mut seen.before);

    thread::scope(|scope| {
        for person in people.iter().filter(|person| person.way.is_some()) {
            let (house, desk) = (&place.house, &place.desk);
            scope.spawn(move || person.says_no(house, desk));
        }
    });
    // Whoever asked has been told that it is done: there is nothing to wait for.
    let mut at_once = place.ask_around(&people, |_| true);
    for form in ExportForm::ALL {
        exported(&people, &data.join("exports").join(form.folder()), &desks(form), &mut at_once);
        let away = place.folder.path().join("made before").join(name(form));
        exported(&people, &away, &elsewhere(form), &mut at_once);
    }
    gone_back_to(&people, &place.house, &mut at_once);
    the_desk_knows(&people, &mut place);

    export(&mut place, "made before");
    export(&mut place, "made after");
    for form in ExportForm::ALL {
        exported(&people, &data.join("exports").join(form.folder()), &desks(form), &mut at_once);
        for when in ["made before", "made after"] {
            let away = place.folder.path().join(when).join(name(form));
            exported(&people, &away, &elsewhere(form), &mut at_once);
        }
    }
    // What the exports' folder knows besides: which were made, and where.
    for folder in ["exports/jobs.json", "exports/elsewhere.json"] {
        found(&people, "exports/", &fs::read_to_string(data.join(folder)).unwrap(), &mut at_once);
    }
    seen.after = at_once;
    the_log(&people, &place.house);
    for person in people.iter().filter(|person| person.how().is_some_and(How::erases)) {
        let names = ["Surnom", "Vrainom", "Contact"].map(|word| person.word(word));
        assert_eq!(traces_in(&data, &names), Vec::<String>::new(), "{:?}", person.how());
    }
    place.house.close();
    (people, seen)
}

fn desks(form: ExportForm) -> String {
    format!("exports/{}/", form.folder())
}

fn elsewhere(form: ExportForm) -> String {
    format!("plateau archive export --form {}", name(form))
}

/// Every export, as the desk has it made, and in a folder elsewhere.
fn export(place: &mut Place, to: &str) {
    place.come_back();
    for form in ExportForm::ALL {
        ask(&mut place.socket, json!({ "command": "export_start", "form": form }));
    }
    for form in ExportForm::ALL {
        let mut plateau = Command::new(env!("CARGO_BIN_EXE_plateau"));
        plateau.args(["archive", "export", "--form", &name(form), "--data"]).arg(place.house.data());
        plateau.arg(place.folder.path().join(to).join(name(form)));
        let done = plateau.output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    place.come_back();
    wait::until("the exports", 120.0, || {
        let exports = state(&mut place.socket)["exports"].take();
        exports.as_array().unwrap().iter().all(|export| export["status"] == "done").then_some(())
    });
}

/// The segments of those who come to the set, one after the other; their clips and photos. The photos' ids.
fn segments(house: &House, desk: &str, socket: &mut Socket, mut people: Vec<&mut Person>) -> Vec<String> {
    for person in &mut people {
        person.signs(house, desk, socket);
        ask(socket, json!({ "command": "segment_start", "segment": person.guest.segment }));
        ask(socket, json!({ "command": "segment_mark", "label": person.word("Fonction") }));
        // Others' material stays: it has parts of the live page's past for itself.
        wait::span(if person.way.is_none() { 6.0 } else { 1.5 });
        ask(socket, json!({ "command": "segment_end" }));
    }
    let bearer = format!("Bearer {desk}");
    let mut photos = Vec::new();
    for (n, person) in people.into_iter().enumerate() {
        let clip = published(house, &person.guest);
        let captions = format!("WEBVTT\n\n00:00.200 --> 00:01.000\n{}\n", person.word("Soustitre"));
        let path = format!("/api/archive/{clip}/captions/fr");
        let put = house.request("PUT", &path, &[("Authorization", &bearer)], &captions);
        assert_eq!(put.status, 200, "{put:?}");
        person.works.push(clip);
        let (door, jpeg) = ("/api/participate/photo", archive_photos::plain());
        let given = archive_photos::give(house, door, &person.guest.token, n, &person.guest.title, &jpeg);
        assert_eq!(given.status, 201, "{given:?}");
        let photo = wait::until("the photo at the desk", 10.0, || {
            let clips = state(socket)["clips"].take();
            let own = |known: &&Value| known["medium"] == "photo" && known["title"] == person.guest.title;
            Some(clips.as_array().unwrap().iter().find(own)?["id"].as_str().unwrap().to_owned())
        });
        ask(socket, json!({ "command": "clip_publish", "clip": photo, "agreed": true }));
        photos.push(photo.clone());
        person.works.push(photo);
    }
    photos
}

/// Those who record themselves in the booth; what they send goes into the archive.
fn interviews(house: &House, desk: &str, people: Vec<&mut Person>) {
    let (cookie, film) = (paired(house, desk), phones_booth::film());
    for person in people {
        let tablet = |method: &str, path: &str, body: &[u8]| {
            let (status, answer) = phones_booth::ask(house, &cookie, method, path, body);
            assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
            answer
        };
        let mut signed = phones_booth::signed();
        (signed["name"], signed["credit"]) = (json!(person.word("Vrainom")), json!(person.guest.name));
        let take = tablet("POST", "/takes", signed.to_string().as_bytes())["id"].as_str().unwrap().to_owned();
        tablet("PUT", &format!("/takes/{take}/chunks/0"), &film);
        tablet("POST", &format!("/takes/{take}/finish"), phones_booth::sha_of(&film).as_bytes());
        let link = tablet("POST", &format!("/takes/{take}/send"), b"");
        person.guest.token = link["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
        wait::until("the conversion", 120.0, || {
            let sent = good(house, "GET", "/api/booth/sent", desk, &Value::Null);
            let sent = sent.as_array().unwrap().iter().find(|sent| sent["id"] == take)?.clone();
            (sent["stage"] == "converted").then_some(())
        });
        let clip = good(house, "POST", &format!("/api/booth/sent/{take}/accept"), desk, &Value::Null);
        person.works.push(clip["clip"].as_str().unwrap().to_owned());
        person.take = take;
    }
}

/// The desk knows where else it went, and that it may not be published.
fn the_desk_knows(people: &[Person], place: &mut Place) {
    place.come_back();
    let clips = state(&mut place.socket)["clips"].take();
    for person in people.iter().filter(|person| person.way.is_some()) {
        let how = person.how().unwrap();
        let title = if how.is_of_the_booth() { &person.works[0] } else { &person.guest.title };
        let errands = wait::until("the errands", 10.0, || {
            let errands = good(&place.house, "GET", "/api/errands", &place.desk, &Value::Null);
            let own = |errand: &&Value| errand["title"] == **title && !errand["asked_at"].is_null();
            let places: Vec<_> =
                errands.as_array().unwrap().iter().filter(own).map(|errand| errand["place"].to_string()).collect();
            (!places.is_empty()).then_some(places)
        });
        let page = errands.iter().any(|place| place.contains("La page"));
        assert!(page || how.is_of_the_booth(), "{how:?}: {errands:?}");
        let public = |known: &&Value| person.works.iter().any(|work| known["id"] == **work) && known["public"] == true;
        let left = clips.as_array().unwrap().iter().filter(public).count();
        let expected = if how.leaves(false).is_empty() { 0 } else { person.works.len() };
        assert_eq!(left, expected, "{how:?}: what the desk is told is public");
    }
}

/// The log names nobody, at no time. (It is not public: it may name a clip.)
fn the_log(people: &[Person], house: &House) {
    let mut told = Found::new();
    found(people, LOG, &house.said(), &mut told);
    let mut marks: Marks = told.into_values().flatten().collect();
    marks.retain(|mark| !matches!(mark, Mark::Film | Mark::Title));
    assert_eq!(marks, Marks::new(), "the log");
}

/// These ways, one after the other, each while its person is on air.
fn on_air(ways: &[usize]) -> (Vec<Person>, Seen) {
    let mut place = Place::open();
    let mut everybody = Vec::new();
    let mut seen = Seen::default();
    wait::until("the page", 20.0, || (state(&mut place.socket)["outputs"]["page"]["status"] == "live").then_some(()));
    let mut witness = Person::new(None);
    witness.signs(&place.house, &place.desk, &mut place.socket);
    ask(&mut place.socket, json!({ "command": "segment_start", "segment": witness.guest.segment }));
    wait::span(1.0);
    ask(&mut place.socket, json!({ "command": "segment_end" }));
    witness.works.push(published(&place.house, &witness.guest));
    for &way in ways {
        let how = WAYS[way].how;
        let mut person = Person::new(Some(way));
        person.signs(&place.house, &place.desk, &mut place.socket);
        let Place { house, desk, socket, .. } = &mut place;
        ask(socket, json!({ "command": "segment_start", "segment": person.guest.segment }));
        let typed = json!({ "name": person.guest.name, "role": person.word("Fonction") });
        ask(socket, json!({ "command": "title_show", "template": "lower-third", "fields": typed }));
        let card = json!({ "command": "title_show", "template": "title-card", "fields": { "title": "Les abeilles" } });
        ask(socket, card);
        let started = state(socket)["segment"]["started_at"].as_f64().unwrap() % DAY;
        let shown: Vec<String> = wait::until("the segment on the live page", 30.0, || {
            let shown = rewind(house).into_iter().filter(|(_, from, _)| *from >= started).map(|(file, ..)| file);
            Some(shown.collect()).filter(|shown: &Vec<_>| shown.len() >= 2)
        });
        let events = kept(enter(house, MODERATOR));
        let (desk, few) = (desk.clone(), |who: &str| ["nobody", "a moderator"].contains(&who));
        let people = [witness, person];
        place.tell(&people, &people[0].works.clone());
        let before = place.ask_around(&people, few);
        events.lock().unwrap().clear();

        people[1].says_no(&place.house, &desk);
        let gone = |file: &String| place.house.request("GET", &format!("/live/{file}"), &[], "").status == 404;
        let rewind = shown.iter().filter(|file| !gone(file)).count();
        assert_eq!(rewind, 0, "{how:?}: the rewind, at once");
        assert!(playlist(&place.house).contains("#EXT-X-GAP"), "{how:?}");
        let now = state(&mut place.socket);
        let all = how.leaves(true).is_empty();
        assert_eq!(now["slate"], all, "{how:?}: at once");
        let titles: Vec<_> = now["titles"].as_array().unwrap().iter().map(|title| &title["template"]).collect();
        assert_eq!(titles, ["title-card"], "{how:?}: the name is off the picture, and nothing else");
        assert_eq!(now["segment"]["missing"].as_array().unwrap().is_empty(), !all, "{how:?}: the desk is told");
        // Four times a second the board is drawn anew.
        wait::span(0.5);
        let after = place.ask_around(&people, few);
        let told = events.lock().unwrap().join("\n");
        let still: Vec<_> = told_in(&people[1..], &told).into_iter().map(|(_, mark)| mark).collect();
        let leaves = how.leaves(true);
        assert!(still.iter().all(|mark| leaves.contains(mark)), "{how:?}: a moderator's websocket tells {still:?}");
        ask(&mut place.socket, json!({ "command": "segment_end" }));
        ask(&mut place.socket, json!({ "command": "title_hide" }));
        if all {
            ask(&mut place.socket, json!({ "command": "slate", "on": false }));
        }
        let index = everybody.len();
        let own = |found: Found, file: bool| {
            let own = found.into_iter().filter(|((_, whose), _)| *whose == 1);
            let own = own.map(move |((place, _), marks)| ((place, index), marks));
            let file = file.then(|| ((REWIND.to_owned(), index), Marks::from([Mark::Film])));
            own.chain(file).collect::<Found>()
        };
        let of_others = |found: &Found| -> Vec<_> {
            found
                .iter()
                .filter(|((_, whose), _)| *whose == 0)
                .map(|(key, marks)| (key.clone(), marks.clone()))
                .collect()
        };
        assert!(!of_others(&before).is_empty());
        assert_eq!(of_others(&before), of_others(&after), "{how:?}: others' material");
        seen.before.extend(own(before, true));
        seen.after.extend(own(after, false));
        let [before, person] = people;
        (witness, _) = (before, everybody.push(person));
    }
    // What was recorded is public of nobody by itself: it shows somebody who agrees no longer, or a name that
    // was changed. Where it was the name alone, somebody may look and publish it.
    for person in &everybody {
        let clip = wait::until("the clip at the desk", 30.0, || {
            let clips = state(&mut place.socket)["clips"].take();
            clips.as_array().unwrap().iter().find(|clip| clip["segment"] == person.guest.segment).cloned()
        });
        let how = person.how().unwrap();
        let path = format!("/api/clips/{}", clip["id"].as_str().unwrap());
        assert_eq!(place.house.request("GET", &path, &[], "").status, 404, "{how:?}");
        let may = !how.leaves(true).is_empty();
        let publish = json!({ "command": "clip_publish", "clip": clip["id"], "agreed": true });
        assert_eq!(place.socket.ask(publish)["ok"], may, "{how:?}");
        let status = if may { 200 } else { 404 };
        assert_eq!(place.house.request("GET", &path, &[], "").status, status, "{how:?}");
    }
    the_log(&everybody, &place.house);
    place.house.close();
    (everybody, seen)
}

#[test]
fn what_somebody_takes_back_is_in_no_public_place() {
    let on_set: Vec<usize> = (0..WAYS.len()).filter(|way| !WAYS[*way].how.is_of_the_booth()).collect();
    let (after, during) = thread::scope(|scope| {
        let halves: Vec<_> = on_set.chunks(on_set.len().div_ceil(2)).map(|ways| scope.spawn(|| on_air(ways))).collect();
        let (people, seen) = afterwards();
        let wrong = seen.wrong(&people, false);
        assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
        ((people, seen), halves.into_iter().map(|half| half.join().unwrap()).collect::<Vec<_>>())
    });
    let wrong: Vec<_> = during.iter().flat_map(|(people, seen)| seen.wrong(people, true)).collect();
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    documented(&[after], &during);
}

/// The methods that a path takes, but for reading.
fn methods(house: &House, path: &str) -> Vec<String> {
    let path = path.replace(['{', '}'], "");
    let answer = house.request("TRACE", &path, &[], "");
    assert_eq!(answer.status, 405, "{path}: {answer:?}");
    let allowed = answer.header("allow").unwrap_or_default().split(',').map(|method| method.trim().to_owned());
    allowed.filter(|method| !["GET", "HEAD", "OPTIONS", ""].contains(&method.as_str())).collect()
}

#[test]
fn every_route_that_changes_something_is_a_way_or_is_none() {
    let house = House::open();
    let routed = open_plateau::panel::paths().into_iter();
    let routed: BTreeSet<[String; 2]> =
        routed.flat_map(|path| methods(&house, path).into_iter().map(move |method| [method, path.into()])).collect();
    let known = WAYS.iter().map(|way| way.route).chain(NO_WAYS).chain([NOT_SENT]);
    let known: BTreeSet<[String; 2]> = known.map(|route| route.map(str::to_owned)).collect();
    assert_eq!(routed, known, "a route more: is it a way of taking something back? Then it needs a row in WAYS");
    house.close();
}

/// Says that the pages in web/docs are to be written instead of compared; `make docs` sets it.
const WRITE: &str = "PLATEAU_WRITE_DOCS";

const MADE: &str = "<!-- Made by tests/studio/withdrawals.rs (`make docs`); a stale copy fails the tests. -->\n";

const HEAD: [&str; 2] = [
    "# Ce que quelqu'un reprend, et d'où cela part\n\n\
     Cette page est le résultat d'un essai sur le vrai studio : pour chaque façon de reprendre quelque chose, une \
     personne dont tous les mots sont uniques est cherchée dans chaque endroit public, avant et après. Les endroits \
     viennent du routeur du programme et des formes d'export : un nouvel endroit y entre de lui-même. Ils sont demandés par \
     tous ceux qui ne sont pas de la régie : n'importe qui, un autre participant, un téléphone, la cabine, un modérateur.\n\n\
     | N° | Façon | Par | À l'antenne | Après |\n| --- | --- | --- | --- | --- |\n",
    "# What somebody takes back, and where it leaves\n\n\
     This page is what a test on the real studio found: for each way of taking something back, a person whose words are \
     all unique is looked for in every public place, before and after. The places come from the program's router and from \
     the forms of export: a new place is among them by itself. They are asked by everybody who is not of the desk: anybody, \
     another participant, a phone, the booth, a moderator.\n\n\
     | No. | Way | By | On air | Afterwards |\n| --- | --- | --- | --- | --- |\n",
];

const AFTERWARDS: [&str; 2] = [
    "\n## Après\n\n\
     La séquence ou l'entretien a un clip public et une photo, et se trouve dans des exports faits avant ; d'autres exports \
     sont faits après. Dans chaque case : ce que l'endroit dit encore de la personne dès qu'on lui a répondu que c'est fait. \
     La case est vide là où l'endroit n'a jamais parlé d'elle.\n\n",
    "\n## Afterwards\n\n\
     The segment or the interview has a public clip and a photo, and is in exports that were made before; others are made \
     after. In each cell: what the place still tells of the person, as soon as they were answered that it is done. The cell \
     is empty where the place never told of them.\n\n",
];

const ON_AIR: [&str; 2] = [
    "\n## À l'antenne\n\n\
     La personne est à l'écran, avec un synthé tapé à la main. Si elle reprend davantage que son nom, l'image d'attente \
     vient aussitôt ; ce qui a déjà été montré ne peut plus être revu ; le clip n'est pas publié.\n\n",
    "\n## On air\n\n\
     The person is in the picture, with a lower third that was typed by hand. Where they take back more than their name, \
     the slate comes at once; what was shown already cannot be gone back to; the clip is not published.\n\n",
];

const ELSEWHERE: [&str; 2] = [
    "\n## Partout ailleurs\n\nCes endroits ont été demandés aussi, et n'ont parlé de personne, ni avant ni après :\n\n",
    "\n## Everywhere else\n\nThese places were asked too, and told of nobody, neither before nor after:\n\n",
];

const TAIL: [&str; 2] = [
    "\nNulle part, à aucun moment : le nom sous lequel la régie connaît la personne, si elle en a choisi un autre ; ses \
     coordonnées ; ce dont elle a besoin. Le journal ne nomme personne. Après un effacement, aucun fichier du dossier de \
     données ne contient plus un nom de la personne. La régie apprend où la séquence est passée ailleurs. Ce qui est \
     à d'autres reste public.\n",
    "\nNowhere, at no time: the name by which the desk knows the person, where they chose another; their contact details; \
     what they need. The log names nobody. After an erasure no file of the data folder holds a name of the person any more. \
     The desk is told where else the segment went. What is others' stays public.\n",
];

/// What was found, as a table of a page: a line for each place, a column for each way.
fn table(runs: &[(Vec<Person>, Seen)], language: usize) -> String {
    let said = |marks: &Marks| {
        let words: Vec<_> = marks.iter().map(|mark| mark.said()[language]).collect();
        if words.is_empty() { ["rien", "nothing"][language].to_owned() } else { words.join(", ") }
    };
    let (mut lines, mut ways) = (BTreeMap::<&str, (Marks, BTreeMap<usize, &Marks>)>::new(), BTreeSet::new());
    let nothing = Marks::new();
    for (people, seen) in runs {
        for ((place, index), marks) in &seen.before {
            let line = lines.entry(place).or_default();
            line.0.extend(marks);
            let Some(way) = people[*index].way else { continue };
            ways.insert(way);
            line.1.insert(way, seen.after.get(&(place.clone(), *index)).unwrap_or(&nothing));
        }
    }
    let numbers: String = ways.iter().map(|way| format!(" {} |", way + 1)).collect();
    let mut text = format!("{}{numbers}\n| --- | --- |", ["| Endroit | Avant |", "| Place | Before |"][language]);
    text += &" --- |".repeat(ways.len());
    for (place, (before, after)) in lines {
        let cells: String = ways
            .iter()
            .map(|way| format!(" {} |", after.get(way).map_or(String::new(), |marks| said(marks))))
            .collect();
        text += &format!("\n| `{place}` | {} |{cells}", said(&before));
    }
    text + "\n"
}

fn page(after: &[(Vec<Person>, Seen)], during: &[(Vec<Person>, Seen)], language: usize) -> String {
    let yes = ["oui", "yes"][language];
    let ways: String = WAYS
        .iter()
        .enumerate()
        .map(|(number, Way { how, route: [method, path], what })| {
            let on_air = if how.is_of_the_booth() { "" } else { yes };
            format!("| {} | {} | `{method} {path}` | {on_air} | {yes} |\n", number + 1, what[language])
        })
        .collect();
    let (afterwards, on_air) = (table(after, language), table(during, language));
    let told =
        |path: &&str| !afterwards.contains(&format!("\n| `{path}` |")) && !on_air.contains(&format!("\n| `{path}` |"));
    let elsewhere: Vec<_> =
        open_plateau::panel::paths().into_iter().filter(told).map(|path| format!("`{path}`")).collect();
    format!(
        "{MADE}\n{}{ways}{}{afterwards}{}{on_air}{}{}\n{}",
        HEAD[language],
        AFTERWARDS[language],
        ON_AIR[language],
        ELSEWHERE[language],
        elsewhere.join(", ") + ".",
        TAIL[language]
    )
}

/// Holds the pages against what was found, or writes them.
fn documented(after: &[(Vec<Person>, Seen)], during: &[(Vec<Person>, Seen)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/docs");
    for (language, name) in ["fr", "en"].into_iter().enumerate() {
        let (path, wanted) = (folder.join(format!("withdrawals.{name}.md")), page(after, during, language));
        if std::env::var_os(WRITE).is_some() {
            fs::write(&path, wanted).expect("web/docs is writable");
            continue;
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        let stale = wanted.lines().zip(there.lines()).find(|(wanted, there)| wanted != there);
        assert!(wanted == there, "{} is stale: run `make docs`. First difference: {stale:?}", path.display());
    }
}
