//! The day's times as properties; the gate and the turns by example.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use proptest::prelude::*;

use super::*;
use crate::protocol::{NewParticipant, Role, Segment, SegmentAdd, SegmentState, SegmentUpdate};

const NOON: u64 = 1_795_521_600_000;

/// A day at a table: names sign, time passes.
struct Table {
    now: Cell<u64>,
    made: Cell<u32>,
    signed: RefCell<HashMap<String, Agreed>>,
    segments: Vec<Segment>,
}

impl Table {
    fn new() -> Self {
        Self { now: Cell::new(NOON), made: Cell::new(0), signed: RefCell::default(), segments: Vec::new() }
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Vec<Segment>, &Around<'_>) -> T) -> T {
        let Self { now, made, signed, segments } = self;
        let new_id = || {
            made.set(made.get() + 1);
            format!("id{}", made.get())
        };
        let agreed = |person: &str| signed.borrow().get(person).cloned().unwrap_or_default();
        let around = Around { now: now.get(), today: "2026-11-24", language: "fr", new_id: &new_id, agreed: &agreed };
        act(segments, &around)
    }

    fn add(&mut self, title: &str, names: &[&str]) -> String {
        let new = new(title, names);
        self.with(|segments, around| add(segments, new, SegmentState::Ready, around)).unwrap()
    }

    fn draw(&mut self) -> Option<i32> {
        self.with(|segments, around| draw(segments, around))
    }

    fn sign(&self, person: &str, recorded: bool, live: bool, archived: bool) {
        let credit = Some("Capucine".to_owned());
        self.signed
            .borrow_mut()
            .insert(person.into(), Agreed { recorded, live, archived, credit, ..Agreed::default() });
    }

    fn start(&mut self, private: Option<bool>, reason: Option<&str>, role: Role) -> Result<Segment, String> {
        self.with(|segments, around| start(segments, None, private, reason, role, around)).map_err(|p| p.code)
    }
}

fn new(title: &str, names: &[&str]) -> SegmentAdd {
    SegmentAdd {
        title: title.into(),
        summary: String::new(),
        language: None,
        needs: String::new(),
        planned_seconds: 300,
        participants: names.iter().map(|name| NewParticipant { id: None, name: (*name).into() }).collect(),
        day: None,
        fixed_at: None,
        position: None,
        private: false,
    }
}

#[test]
fn a_segment_starts_only_with_what_it_needs() {
    let mut table = Table::new();
    table.add("Les abeilles", &["Odile", "Marc"]);
    let people: Vec<String> = table.segments[0].participants.iter().map(|person| person.id.clone()).collect();
    assert_eq!(table.start(None, None, Role::Animator), Err("consent_missing".into()));
    table.sign(&people[0], true, true, true);
    let refused = table.with(|segments, around| start(segments, None, None, None, Role::Admin, around)).unwrap_err();
    assert!(refused.text.fr.contains("Marc") && !refused.text.fr.contains("Odile"), "{refused:?}");
    // Recorded alone opens the private way, and not the other.
    table.sign(&people[1], true, false, false);
    assert_eq!(table.start(None, None, Role::Animator), Err("consent_missing".into()));
    assert_eq!(table.start(None, Some("direct"), Role::Animator), Err("forbidden".into()));
    assert_eq!(table.start(None, Some(" "), Role::Admin), Err("empty".into()));
    assert!(table.segments.iter().all(|segment| segment.state == SegmentState::Ready), "a refusal changes nothing");
    let started = table.start(Some(true), None, Role::Animator).unwrap();
    assert!(started.private && !started.overridden && started.started_at == Some(NOON));
    assert_eq!(table.start(None, None, Role::Animator), Err("segment_on_air".into()), "of two starts one wins");
}

#[test]
fn an_override_is_the_administrators_and_publishes_nothing() {
    let mut table = Table::new();
    table.add("Débat", &["Odile"]);
    let started = table.start(None, Some("accord donné de vive voix"), Role::Admin).unwrap();
    assert!(started.overridden && !started.private);
    let ended = table.with(|segments, around| end(segments, around.now, false)).unwrap();
    assert_eq!(table.with(|_, around| missing(&ended, false, around.agreed)), ["Odile"]);
    table.sign(&ended.participants[0].id, true, true, true);
    assert_eq!(table.with(|_, around| missing(&ended, false, around.agreed)), Vec::<String>::new());
}

#[test]
fn an_override_covers_nobody_who_has_answered() {
    let mut table = Table::new();
    table.add("Débat", &["Odile", "Marc"]);
    let [odile, marc] = [0, 1].map(|at| table.segments[0].participants[at].id.clone());
    for answer in [
        Agreed { refused: true, spoke_at: Some(NOON - 1), ..Agreed::default() },
        Agreed { recorded: true, spoke_at: Some(NOON - 1), ..Agreed::default() },
    ] {
        table.signed.borrow_mut().insert(marc.clone(), answer);
        let refused =
            table.with(|segments, around| start(segments, None, None, Some("de vive voix"), Role::Admin, around));
        let refused = refused.unwrap_err();
        assert_eq!(refused.code, "consent_missing");
        assert!(refused.text.fr.contains("Marc") && !refused.text.fr.contains("Odile"), "{refused:?}");
        assert_eq!(table.segments[0].state, SegmentState::Ready);
    }
    let agrees = Agreed { recorded: true, live: true, spoke_at: Some(NOON), ..Agreed::default() };
    table.signed.borrow_mut().insert(marc, agrees);
    let started = table.start(None, Some("de vive voix"), Role::Admin).unwrap();
    assert_eq!(started.waived, [odile]);
}

#[test]
fn without_participants_there_is_nothing_to_ask() {
    let mut table = Table::new();
    let id = table.add("Générique", &[]);
    let started = table.start(None, None, Role::Animator).unwrap();
    assert_eq!(started.id, id);
    table.with(|segments, around| end(segments, around.now, false)).unwrap();
    assert_eq!(table.with(|segments, around| end(segments, around.now, false)).unwrap_err().code, "no_segment_on_air");
    assert_eq!(table.start(None, None, Role::Animator), Err("no_segment".into()));
}

#[test]
fn the_slate_stays_while_what_is_behind_it_may_not_be_shown() {
    let mut table = Table::new();
    table.add("Privé", &["Odile"]);
    let person = table.segments[0].participants[0].id.clone();
    table.sign(&person, true, true, false);
    let live = table.start(None, None, Role::Animator).unwrap();
    let lift = |table: &mut Table, segment: &Segment| {
        table.with(|_, around| may_lift_slate(Some(segment), around.agreed)).map_err(|problem| problem.code)
    };
    assert_eq!(lift(&mut table, &live), Ok(()));
    assert_eq!(lift(&mut table, &Segment { private: true, ..live.clone() }), Err("segment_private".into()));
    table.sign(&person, true, false, false);
    assert_eq!(lift(&mut table, &live), Err("consent_missing".into()));
    assert!(table.with(|_, around| may_lift_slate(None, around.agreed)).is_ok());
}

#[test]
fn who_was_in_the_picture_stays_in_the_list() {
    let mut table = Table::new();
    let id = table.add("Portrait", &["Odile"]);
    let person = table.segments[0].participants[0].clone();
    table.sign(&person.id, true, true, true);
    table.start(None, None, Role::Animator).unwrap();
    let update = |names: &[&str]| SegmentUpdate {
        segment: id.clone(),
        participants: Some(names.iter().map(|name| NewParticipant { id: None, name: (*name).into() }).collect()),
        ..SegmentUpdate::default()
    };
    let gone = table.with(|segments, around| change(segments, update(&["Marc"]), around)).unwrap_err();
    assert_eq!(gone.code, "segment_on_air");
    table.with(|segments, around| change(segments, update(&["Odile", "Marc"]), around)).unwrap();
    assert_eq!(table.segments[0].participants[0].id, person.id, "whoever was listed keeps what they signed");
    table.draw();
    assert_eq!(table.segments[0].missing, ["Marc"]);
    table.with(|segments, around| end(segments, around.now, false)).unwrap();
    for attempt in [update(&["Odile"]), update(&[])] {
        let refused = table.with(|segments, around| change(segments, attempt, around)).unwrap_err();
        assert_eq!(refused.code, "segment_over");
    }
    let removed = table.with(|segments, _| remove(segments, &id)).unwrap_err();
    assert_eq!(removed.code, "segment_over");
    table.with(|segments, _| forget(segments, &person.id));
    assert_eq!(table.segments[0].participants[0].name, "—");
}

#[test]
fn nobody_inherits_what_another_signed() {
    let mut table = Table::new();
    let id = table.add("Portrait", &["Odile", "Mrac"]);
    let (odile, marc) = (table.segments[0].participants[0].id.clone(), table.segments[0].participants[1].id.clone());
    table.sign(&odile, true, true, true);
    let named = |id: &str, name: &str| NewParticipant { id: Some(id.into()), name: name.into() };
    let list = vec![named(&odile, "Zoé"), named(&marc, "Marc")];
    let update = SegmentUpdate { segment: id, participants: Some(list), ..SegmentUpdate::default() };
    table.with(|segments, around| change(segments, update, around)).unwrap();
    let people = &table.segments[0].participants;
    assert!(people[0].name == "Zoé" && people[0].id != odile, "another name is another person");
    assert!(people[1].name == "Marc" && people[1].id == marc, "a slip of the pen may be mended before the signature");
    assert_eq!(table.start(None, None, Role::Animator), Err("consent_missing".into()));
}

#[test]
fn bad_input_is_a_sentence_and_changes_nothing() {
    let mut table = Table::new();
    table.add("Un", &[]);
    let before = table.segments.clone();
    let long = "x".repeat(10_000);
    type Wrong = fn(&mut SegmentAdd, &str);
    let wrong: [(&str, Wrong); 8] = [
        ("too_long", |new, long| new.title = long.into()),
        ("empty", |new, _| new.title = " \n\t ".into()),
        ("too_long", |new, long| new.summary = long.into()),
        ("bad_length", |new, _| new.planned_seconds = 0),
        ("bad_day", |new, _| new.day = Some("24/11/2026".into())),
        ("bad_language", |new, _| new.language = Some("<b>".into())),
        ("empty", |new, _| new.participants = vec![NewParticipant { id: None, name: String::new() }]),
        ("too_many", |new, _| new.participants = vec![NewParticipant { id: None, name: "A".into() }; 31]),
    ];
    for (code, spoil) in wrong {
        let mut new = new("Deux", &[]);
        spoil(&mut new, &long);
        let refused = table.with(|segments, around| add(segments, new, SegmentState::Ready, around)).unwrap_err();
        assert_eq!(refused.code, code, "{refused:?}");
        assert_eq!(table.segments, before);
    }
    // Markup is text.
    let id = table.add("<script>alert(1)</script>", &[]);
    assert_eq!(table.segments.iter().find(|s| s.id == id).unwrap().title, "<script>alert(1)</script>");
}

#[test]
fn a_day_without_fixed_times_is_planned_from_its_first_start() {
    let mut table = Table::new();
    for title in ["Un", "Deux", "Trois"] {
        table.add(title, &[]);
    }
    assert_eq!(table.draw(), None, "nothing to compare with");
    assert!(table.segments.iter().all(|segment| segment.planned_at.is_none()));
    table.start(None, None, Role::Animator).unwrap();
    assert_eq!(table.draw(), Some(0));
    assert_eq!(table.segments[2].planned_at, Some(NOON + 600_000));
    // Seven minutes for five: two minutes late.
    table.now.set(NOON + 420_000);
    assert_eq!(table.draw(), Some(120));
    assert_eq!(table.segments[1].expected_at, Some(NOON + 420_000));
    table.with(|segments, around| end(segments, around.now, false)).unwrap();
    // A fixed time later on takes the delay up.
    table.segments[1].fixed_at = Some(NOON + 900_000);
    assert_eq!(table.draw(), Some(0));
    assert_eq!(table.segments[1].expected_at, Some(NOON + 900_000));
    assert_eq!(place(&table.segments, &table.segments[2].id.clone()), Some(1));
}

#[test]
fn what_was_kept_comes_back_and_damage_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = Table::new();
    table.add("Les abeilles", &["Odile"]);
    let (empty, kept) = open(folder.path());
    assert!(empty.is_empty());
    kept.save(table.segments.clone()).blocking_recv().unwrap().unwrap();
    let (back, other) = open(folder.path());
    assert_eq!(back, table.segments);
    drop((kept, other));
    let path = folder.path().join(FILE);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "names are not for everybody");
    std::fs::write(&path, b"[{\"id\":").unwrap();
    let (lost, _kept) = open(folder.path());
    assert!(lost.is_empty());
    assert_eq!(std::fs::read(path.with_extension("json.damaged")).unwrap(), b"[{\"id\":");
}

fn states() -> impl Strategy<Value = SegmentState> {
    prop_oneof![
        Just(SegmentState::Proposed),
        Just(SegmentState::Ready),
        Just(SegmentState::Done),
        Just(SegmentState::Dropped),
    ]
}

proptest! {
    /// Whatever the day looks like: expected times are in order, never before now, never before a fixed
    /// time, and each leaves room for what comes before it.
    #[test]
    fn expected_times_fit(
        rows in proptest::collection::vec((states(), 1u32..7200, proptest::option::of(0u64..20_000_000)), 0..20),
        on_air in proptest::option::of(0usize..20),
        elapsed in 0u64..20_000_000,
    ) {
        let mut table = Table::new();
        for (state, seconds, fixed) in &rows {
            table.add("x", &[]);
            let segment = table.segments.last_mut().unwrap();
            segment.state = *state;
            segment.planned_seconds = *seconds;
            segment.fixed_at = fixed.map(|at| NOON + at);
            if *state == SegmentState::Done {
                (segment.started_at, segment.ended_at) = (Some(NOON), Some(NOON + 1));
            }
        }
        if let Some(segment) = on_air.and_then(|at| table.segments.get_mut(at)) {
            (segment.state, segment.started_at) = (SegmentState::OnAir, Some(NOON));
        }
        table.now.set(NOON + elapsed);
        table.draw();
        let now = table.now.get();
        let mut earliest = now;
        for segment in &table.segments {
            if segment.state == SegmentState::OnAir {
                earliest = earliest.max(NOON + u64::from(segment.planned_seconds) * 1000);
            }
        }
        for segment in &table.segments {
            let to_come = matches!(segment.state, SegmentState::Proposed | SegmentState::Ready);
            prop_assert_eq!(segment.expected_at.is_some(), to_come);
            let Some(expected) = segment.expected_at else { continue };
            prop_assert!(expected >= earliest, "{expected} {earliest}");
            prop_assert!(segment.fixed_at.is_none_or(|fixed| expected >= fixed));
            // Told to the minute, counted exactly: at most a minute of rounding is in the way.
            prop_assert!(expected % 60_000 == 0);
            earliest = (expected + u64::from(segment.planned_seconds) * 1000).saturating_sub(60_000).max(earliest);
        }
        // Drawing again changes nothing.
        let before = table.segments.clone();
        table.draw();
        prop_assert_eq!(before, table.segments);
    }

    /// Moving keeps every segment and puts the one asked for where it was asked to be.
    #[test]
    fn moving_loses_nothing(count in 1usize..12, from in 0usize..12, to in 0usize..20) {
        let mut table = Table::new();
        let mut ids: Vec<String> = (0..count).map(|_| table.add("x", &[])).collect();
        let moved = ids[from % count].clone();
        table.with(|segments, _| move_to(segments, &moved, to)).unwrap();
        prop_assert_eq!(&table.segments[to.min(count - 1)].id, &moved);
        let mut after: Vec<String> = table.segments.iter().map(|segment| segment.id.clone()).collect();
        ids.sort();
        after.sort();
        prop_assert_eq!(ids, after);
    }
}
