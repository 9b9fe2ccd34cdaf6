//! Every line of the table against a whole data folder: there before its term, gone after it, down to the bytes.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{clock::Memory, *};
use crate::{
    archive::{Archive, Medium, Origin, Query, Record, Settings, Standing},
    audience::{self, queue},
    booth::{Booth, Signed, Start},
    config::{self, Config, Kinds},
    media::unix_ms,
    people::{self, People, Point, Registrar, Signing},
    protocol::{self, BlockedName, Question, QuestionState, Segment},
    rundown,
    term::{DAY, Span, Term},
};

const HOUR: u64 = 3600 * 1000;

/// A data folder with something of every line in it, each with a word that stands nowhere else.
struct House {
    folder: TempDir,
    runtime: Runtime,
    config: Arc<Config>,
    registrar: Arc<Registrar>,
    people: People,
    booth: Booth,
    archive: Archive,
    /// Unix milliseconds.
    made: u64,
}

/// The rundown and the questions as they lie on the disk.
struct AtRest {
    data: PathBuf,
    registrar: Arc<Registrar>,
    runtime: tokio::runtime::Handle,
}

impl Desk for AtRest {
    fn rundown(&self) -> Result<Vec<Segment>, Problem> {
        Ok(rundown::open(&self.data).0)
    }

    fn writing(&self) -> Result<Vec<PathBuf>, Problem> {
        Ok(Vec::new())
    }

    fn forget_voices(&self, term: Term) -> Result<usize, Problem> {
        let (mut questions, mut blocked) = audience::kept(&self.data);
        let before = questions.len() + blocked.len();
        queue::forget(&mut questions, &mut blocked, &term);
        let after = questions.len() + blocked.len();
        self.runtime.block_on(keep_voices(&self.data, &questions, &blocked));
        Ok(before - after)
    }

    fn erase(&self, person: String) -> Result<(), Problem> {
        self.runtime.block_on(self.registrar.erase(&person)).map(drop)
    }

    fn remove_unperformed(&self, segments: Vec<String>) -> Result<(), Problem> {
        let (mut rundown, kept) = rundown::open(&self.data);
        rundown::remove_unperformed(&mut rundown, &segments);
        kept.save(rundown.clone()).blocking_recv().unwrap().unwrap();
        self.registrar.people().know(&rundown);
        Ok(())
    }
}

async fn keep_voices(data: &Path, questions: &[Question], blocked: &[BlockedName]) {
    let keeper = audience::saver(data);
    drop(keeper.save((questions.to_vec(), blocked.to_vec())));
    keeper.end().await;
}

fn word(name: &str) -> String {
    format!("word-of-{name}")
}

const MASTER: &str = "masters/2026-11-28_10-00-00_segment.mp4";
/// A minor's birth date is its own word.
const BORN: &str = "2013-02-17";

/// Everybody in it has agreed to its publication.
fn shared(record: &mut Record, standing: Standing) {
    (record.segment, record.standing) = (Some("shared".into()), standing);
}

fn word_of(duty: Duty) -> String {
    if duty == Duty::BirthDates { BORN.into() } else { word(&format!("{duty:?}")) }
}

impl House {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let kinds = Kinds { sources: crate::capture::KINDS, outputs: crate::outputs::KINDS, voices: &[] };
        let text = "[[output]]\nid = \"log\"\nkind = \"file\"\npath = \"whole/{date}.mp4\"\n";
        let config = Arc::new(config::parse(text, &kinds).unwrap());
        let runtime = Runtime::new().unwrap();
        let registrar = Arc::new(Registrar::open(folder.path(), &config, &[]).unwrap());
        let people = registrar.people().clone();
        let archive = Archive::open(Settings::new(&config, folder.path(), people.register().clone()));
        let booth = Booth::open(folder.path(), people.register().clone());
        let house = Self { folder, runtime, config, registrar, people, booth, archive, made: unix_ms() };
        let segments = [
            house.segment("over", "done", "agreements"),
            house.segment("shared", "done", "shared"),
            house.segment("back", "done", "back"),
            house.segment("open", "proposed", "Unperformed"),
            // Planned so late that its own term is not over.
            Segment { day: "2199-01-01".into(), ..house.segment("waiting", "proposed", "child") },
        ];
        let (_, kept) = rundown::open(house.data());
        kept.save(segments.to_vec()).blocking_recv().unwrap().unwrap();
        house.people.know(&segments);
        house.sign("over", &word("agreements"), &word_of(Duty::Contacts), &[Point::Recorded]);
        house.sign("open", &word_of(Duty::Unperformed), "", &[Point::Recorded]);
        house.sign("shared", &word("shared"), "", &Point::ALL);
        house.sign("back", &word("back"), "", &Point::ALL);
        let back = house.registrar.withdraw("person-back", Point::ALL.to_vec(), "fr".into());
        house.runtime.block_on(back).unwrap();
        ROWS.iter().for_each(|row| match &row.kept {
            Kept::For { duty, .. } => house.plant(*duty),
            Kept::Until(_) => {}
        });
        house.record("public", |record| shared(record, Standing::Published));
        house.record("hidden", |record| shared(record, Standing::Hidden));
        house.write("decisions.jsonl", &word("decisions"));
        house.write("masters/notes.txt", &word_of(Duty::Masters));
        house
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, content: &str) {
        let path = self.data().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn segment(&self, id: &str, state: &str, name: &str) -> Segment {
        let person = json!({ "id": format!("person-{id}"), "name": word(name), "credit": null, "recorded": false,
                             "live": false, "archived": false });
        serde_json::from_value(json!({
            "id": id, "title": word(name), "summary": "", "language": "fr", "planned_seconds": 300, "state": state,
            "participants": [person], "started_at": null, "ended_at": null, "private": false, "needs": "",
            "day": people::local_day(), "fixed_at": null, "planned_at": null, "expected_at": null, "overridden": false,
            "waived": [], "marks": [], "missing": [], "clip": null,
        }))
        .unwrap()
    }

    fn sign(&self, segment: &str, name: &str, contact: &str, points: &[Point]) {
        let typed = |name: &str| json!({ "name": name, "typed": true });
        self.sign_with(segment, name, contact, points, &json!([typed("Anne"), typed("Paul")]));
    }

    fn sign_with(&self, segment: &str, name: &str, contact: &str, points: &[Point], guardians: &Value) {
        let signing: Signing = serde_json::from_value(json!({
            "language": "fr", "hash": self.people.texts().terms("fr").unwrap().hash, "points": points,
            "contact": contact, "birth_date": BORN, "guardians": guardians,
            "signature": { "name": name, "typed": true },
        }))
        .unwrap();
        self.runtime.block_on(self.registrar.sign(&format!("person-{segment}"), signing, None, false)).unwrap();
    }

    /// A clip of today, not agreed to, with its film.
    fn record(&self, name: &str, change: impl FnOnce(&mut Record)) -> PathBuf {
        let mut record = Record::default();
        record.id = format!("2026-11-28-{}", name.to_lowercase());
        record.title = word(name);
        record.segment = Some("over".into());
        record.recorded_at = self.made;
        change(&mut record);
        self.archive.plant(&record, word(name).as_bytes())
    }

    fn take(&self, duty: Duty) -> String {
        let signed = Signed {
            name: word_of(duty),
            credit: None,
            language: "fr".into(),
            adult: true,
            recorded: true,
            published: true,
            text: "J'accepte.".into(),
            text_sha256: String::new(),
            at: 0,
        };
        let Start { id, .. } = self.booth.start(signed).unwrap();
        self.booth.chunk(&id, 0, &[0x1a, 0x45, 0xdf, 0xa3]).unwrap();
        self.booth.finish(&id, &crate::tokens::sha256([0x1a, 0x45, 0xdf, 0xa3])).unwrap();
        id
    }

    /// Puts something there for the sweeper to erase.
    fn plant(&self, duty: Duty) {
        let word = word_of(duty);
        match duty {
            Duty::Masters => {
                let note = json!({
                    "master": MASTER, "recorded_at": self.made, "from": 0, "until": 1, "marks": [],
                    "subject": { "id": "over", "title": word, "summary": "", "language": "fr" }, "clip": null,
                    "ended": true,
                });
                self.write(MASTER, &word);
                self.write(&MASTER.replace("mp4", "json"), &note.to_string());
            }
            Duty::Originals => {
                self.record("cut", |record| {
                    shared(record, Standing::Published);
                    record.origin = Some(Origin { master: MASTER.into(), from: 0, until: 1 });
                });
                self.write("originals/2026-11-28-cut/uncut.json", &word);
            }
            Duty::Recordings => {
                self.write("recordings/2026-11-28_10-00-00.mp4", &word);
                self.write("whole/2026-11-28.mp4", &word);
            }
            Duty::Unpublished => {
                let name = format!("{duty:?}");
                self.record(&name, |_| {});
                self.record(&format!("{name}-photo"), |record| record.medium = Medium::Photo);
                // Brought from elsewhere, filmed long ago.
                self.record(&format!("{name}-film"), |record| (record.segment, record.recorded_at) = (None, 0));
                // Taken back now, recorded long ago.
                self.record(&format!("{name}-withdrawn"), |record| {
                    (record.segment, record.recorded_at) = (Some("back".into()), 0);
                });
                let folder = self.record(&format!("{name}-binned"), |_| {});
                let binned = format!("2026-11-28-{}-binned", name.to_lowercase());
                // Not by the bin's own term: that is shorter, and its own line's.
                fs::create_dir_all(self.data().join("bin")).unwrap();
                fs::rename(folder, self.data().join(format!("bin/{}-{binned}", self.made + 3650 * DAY))).unwrap();
            }
            Duty::Bin => {
                self.record(&format!("{duty:?}"), |record| shared(record, Standing::Published));
                self.archive.discard("2026-11-28-bin").unwrap();
            }
            Duty::Unsent => drop(self.take(duty)),
            Duty::Sent => drop(self.booth.send(&self.take(duty)).unwrap()),
            // With the agreements.
            Duty::Contacts | Duty::BirthDates | Duty::Unperformed => {}
            Duty::Waiting => {
                let elsewhere = json!([{ "name": "", "elsewhere": true }, { "name": "Paul", "typed": true }]);
                self.sign_with("waiting", &word, "", &[Point::Recorded], &elsewhere);
            }
            Duty::Voices => {
                let question = Question {
                    id: "q".into(),
                    name: word.clone(),
                    text: word.clone(),
                    network: "web".into(),
                    at: self.made,
                    state: QuestionState::Shown,
                    since: self.made,
                    origin: protocol::Origin { connector: "web".into(), message: None, author: Some(word.clone()) },
                };
                let blocked = BlockedName { network: "web".into(), name: word, since: self.made };
                self.runtime.block_on(keep_voices(self.data(), &[question], &[blocked]));
            }
            Duty::SetAside => {
                self.write("rundown.json.damaged", &word);
                self.write("audience/questions.json.damaged", &word);
            }
        }
    }

    fn sweeper(&self, clock: Clock) -> Sweeper {
        let runtime = self.runtime.handle().clone();
        let desk = AtRest { data: self.data().to_owned(), registrar: self.registrar.clone(), runtime: runtime.clone() };
        Sweeper {
            data: self.data().to_owned(),
            config: self.config.clone(),
            archive: self.archive.clone(),
            people: self.people.clone(),
            booth: self.booth.clone(),
            desk: Box::new(desk),
            clock,
            runtime,
        }
    }

    fn sweep_at(&self, now: u64) {
        let failures = self.sweeper(Arc::new(Reading::now)).sweep(now, &Memory::default(), &mut false);
        assert!(failures.is_empty(), "{failures:?}");
    }

    /// How many files have this word in them, or in their name.
    fn holds(&self, word: &str) -> usize {
        files(self.data())
            .iter()
            .filter(|path| {
                let bytes = fs::read(path).unwrap_or_default();
                path.to_string_lossy().contains(word)
                    || bytes.windows(word.len()).any(|window| window == word.as_bytes())
            })
            .count()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_line_is_there_before_its_term_and_gone_after_it() {
    for row in ROWS {
        let Kept::For { length, duty, .. } = &row.kept else { continue };
        let length = match length {
            Length::Days(days) => u64::from(days.default) * DAY,
            Length::Hours(hours) => u64::from(*hours) * HOUR,
        };
        let house = House::new();
        house.sweep_at(house.made + length - HOUR);
        assert!(house.holds(&word_of(*duty)) > 0, "{}: erased before its term", row.id);
        // A day more: one term counts from the end of a day.
        house.sweep_at(house.made + length + 25 * HOUR);
        assert_eq!(house.holds(&word_of(*duty)), 0, "{}: not erased after its term", row.id);
    }
}

#[test]
fn what_is_kept_is_there_when_all_terms_are_over() {
    let house = House::new();
    house.sweep_at(house.made + 3660 * DAY);
    for kept in ["public", "hidden", "agreements", "decisions"] {
        assert!(house.holds(&word(kept)) > 0, "{kept} is kept");
    }
    let agreed = house.runtime.block_on(house.people.file("person-over")).unwrap();
    assert_eq!((agreed.documents.len(), agreed.contact), (1, None));
    let mut left: Vec<_> = house.archive.all(&Query::default(), 100).into_iter().map(|record| record.id).collect();
    left.sort();
    assert_eq!(left, ["2026-11-28-cut", "2026-11-28-hidden", "2026-11-28-public"]);
    // Somebody takes theirs back: no word is left, not in the index's free pages, nor in its log.
    house.archive.erase("2026-11-28-public").unwrap();
    assert_eq!(house.holds(&word("public")), 0);
}

#[test]
fn what_was_dated_by_a_doubtful_clock_counts_from_when_it_was_right() {
    let house = House::new();
    let later = house.made + 1000 * DAY;
    let span = Span { from: house.made - HOUR, until: house.made + HOUR, counts_from: later };
    let memory = Memory { doubtful: vec![span], ..Memory::default() };
    let sweeper = house.sweeper(Arc::new(Reading::now));
    let there = || {
        let duties = ROWS.iter().filter_map(|row| match &row.kept {
            Kept::For { duty, .. } => Some(*duty),
            Kept::Until(_) => None,
        });
        duties.map(|duty| house.holds(&word_of(duty))).collect::<Vec<_>>()
    };
    let before = there();
    assert!(sweeper.sweep(later + HOUR, &memory, &mut false).is_empty());
    assert_eq!(there(), before);
    assert!(sweeper.sweep(later + 366 * DAY, &memory, &mut false).is_empty());
    assert!(there().iter().all(|left| *left == 0), "{:?}", there());
}

/// The clock is moved while the sweeper runs.
#[test]
fn a_step_stops_the_sweeper_until_a_person_confirms() {
    let house = House::new();
    let (wall, began) = (Arc::new(AtomicU64::new(house.made)), Instant::now());
    let clock = {
        let wall = wall.clone();
        move || {
            let running = began.elapsed().as_millis() as u64;
            Reading { wall: wall.load(Ordering::SeqCst) + running, running }
        }
    };
    let (retention, inbox) = Retention::channel();
    start(house.sweeper(Arc::new(clock)), inbox).unwrap();
    let until = |what: &str, wanted: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !wanted() {
            assert!(Instant::now() < deadline, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let remembered = || -> Value {
        fs::read(house.data().join(clock::FILE)).map_or(Value::Null, |text| serde_json::from_slice(&text).unwrap())
    };
    until("the run at the start", &|| remembered()["swept_at"].is_u64());
    let master = || house.holds(&word_of(Duty::Masters));
    let before = master();
    wall.fetch_add(100 * DAY, Ordering::SeqCst);
    until("the doubt", &|| retention.problems().iter().any(|problem| problem.code == "clock_doubtful"));
    assert!(remembered()["doubt"][0].is_array(), "a restart remembers it");
    assert_eq!(master(), before, "nothing is erased by a clock that is in doubt");
    let (reply, answer) = tokio::sync::oneshot::channel();
    retention.confirm(reply);
    answer.blocking_recv().unwrap().unwrap();
    until("the run", &|| master() == 0);
    until("the end of the doubt", &|| retention.problems().is_empty());
    assert_eq!(remembered()["doubt"], json!([]));
}

/// The column of each table that says something of a person is in a line of the table.
#[test]
fn every_table_of_the_peoples_database_has_its_line() {
    let folder = TempDir::new().unwrap();
    let kinds = Kinds { sources: &[], outputs: &[], voices: &[] };
    drop(Registrar::open(folder.path(), &config::parse("", &kinds).unwrap(), &[]).unwrap());
    let database = rusqlite::Connection::open(folder.path().join(people::FILE)).unwrap();
    let mut tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(tables.len() > 5, "{tables:?}");
    let places: BTreeSet<&str> = ROWS.iter().flat_map(|row| row.places).copied().collect();
    for table in tables {
        let line = format!("{}: {table}.*", people::FILE);
        assert!(places.contains(&*line), "{line} is in no line of the table");
    }
}
