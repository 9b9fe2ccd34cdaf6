//! The authority by table and by property.

use proptest::prelude::*;

use super::*;
use crate::protocol::{NameShown, Participant, SegmentState};

fn agreed(recorded: bool, live: bool, archived: bool) -> Agreed {
    Agreed { recorded, live, archived, ..Agreed::default() }
}

fn segment(state: SegmentState, private: bool, people: &[&str]) -> Segment {
    let participants = people.iter().map(|id| Participant {
        id: (*id).into(),
        name: "Real Name".into(),
        credit: None,
        recorded: false,
        live: false,
        archived: false,
        agrees: false,
        refused: false,
        guardians_missing: 0,
    });
    Segment {
        id: "s".into(),
        title: "Title".into(),
        summary: String::new(),
        language: "fr".into(),
        needs: String::new(),
        day: "2026-11-29".into(),
        planned_seconds: 300,
        state,
        participants: participants.collect(),
        fixed_at: None,
        planned_at: None,
        expected_at: None,
        started_at: None,
        ended_at: None,
        private,
        overridden: false,
        waived: Vec::new(),
        rehearsed: false,
        marks: Vec::new(),
        missing: Vec::new(),
        same_device: Vec::new(),
        clip: None,
        names_shown: Vec::new(),
        unrecorded: Vec::new(),
        answered_otherwise: Vec::new(),
        role_hint: String::new(),
    }
}

#[test]
fn a_name_is_shown_only_as_it_was_chosen() {
    let named = |recorded, credit: Option<&str>| {
        let agreed = Agreed { recorded, credit: credit.map(str::to_owned), ..Agreed::default() };
        credit_of(&agreed)
    };
    fn credit_of(agreed: &Agreed) -> Option<String> {
        super::credit(agreed).map(str::to_owned)
    }
    assert_eq!(named(true, Some("Abeille75")), Some("Abeille75".into()));
    assert_eq!(named(true, None), None, "does not wish to be named");
    assert_eq!(named(true, Some("")), None);
    assert_eq!(named(false, Some("Abeille75")), None, "took everything back");
}

#[test]
fn fellows_are_told_no_name_that_was_not_chosen() {
    let signed = |recorded, credit: Option<&str>, refused| Agreed {
        recorded,
        refused,
        credit: credit.map(str::to_owned),
        spoke_at: Some(1),
        ..Agreed::default()
    };
    for (says, desk_name, told) in [
        (Agreed::default(), "Odile Ruche-Bée", Some("O. R. B.")),
        (Agreed::default(), "Nour", Some("N.")),
        (Agreed::default(), "—", None),
        (signed(true, Some("Abeille75"), false), "Odile Ruche", Some("Abeille75")),
        (signed(true, None, false), "Odile Ruche", None),
        (signed(false, Some("Abeille75"), true), "Odile Ruche", None),
        (signed(false, None, true), "Odile Ruche", None),
    ] {
        assert_eq!(credit_among_fellows(&says, desk_name).as_deref(), told, "{says:?}");
        assert_eq!(may_be_invited(&says), says == Agreed::default());
        assert!(!may_be_invited(&Agreed { guardians_missing: 1, ..says }), "a form of theirs waits for guardians");
    }
}

#[test]
fn a_private_segment_is_for_animators_and_admins_alone() {
    let all = |_: &str| agreed(true, true, true);
    for state in [SegmentState::Ready, SegmentState::OnAir, SegmentState::Done] {
        let private = segment(state, true, &["a"]);
        for usage in Use::ALL {
            let may = may(Thing::Segment(&private), usage, &all).is_ok();
            let meant = matches!(usage, Use::Record | Use::Desk(Role::Animator | Role::Admin));
            assert_eq!(may, meant, "{state:?} {usage:?}");
        }
    }
}

#[test]
fn what_is_not_whole_is_not_public() {
    let all = |_: &str| agreed(true, true, true);
    let people = vec!["a".to_owned()];
    let work = Work { standing: Standing::Published, cleared: true, people: &people, ..Work::default() };
    assert_eq!(may(Thing::Work(&work), Use::Publish, &all), Ok(()));
    for (shelf, no) in
        [(Shelf::Binned, No::Binned), (Shelf::Unreadable, No::Unreadable), (Shelf::Unfinished, No::Unfinished)]
    {
        let work = Work { shelf, ..work.clone() };
        for usage in [Use::Publish, Use::Export, Use::List, Use::Desk(Role::Moderator)] {
            assert_eq!(may(Thing::Work(&work), usage, &all), Err(no.clone()));
        }
    }
}

#[test]
fn an_override_stands_for_a_missing_signature_alone() {
    let mut on_air = segment(SegmentState::OnAir, false, &["a"]);
    let nothing = |_: &str| Agreed::default();
    assert_eq!(may(Thing::Segment(&on_air), Use::Air, &nothing), Err(No::Missing(vec!["a".into()])));
    on_air.waived = vec!["a".into()];
    on_air.started_at = Some(1000);
    assert_eq!(may(Thing::Segment(&on_air), Use::Air, &nothing), Ok(()));
    // Before the start and after it, by signing for less and by taking back.
    for at in [1, 999, 1000, 2000] {
        for refused in [false, true] {
            for recorded in [false, true] {
                let said = move |_: &str| Agreed { spoke_at: Some(at), refused, ..agreed(recorded, false, false) };
                assert_eq!(may(Thing::Segment(&on_air), Use::Air, &said), Err(No::Missing(vec!["a".into()])));
                assert_eq!(may(Thing::Segment(&on_air), Use::Record, &said).is_ok(), recorded);
            }
        }
    }
    let erased = |_: &str| Agreed { refused: true, ..Agreed::default() };
    assert!(may(Thing::Segment(&on_air), Use::Air, &erased).is_err(), "a record of before without its time");
}

#[test]
fn a_clip_waits_for_a_person_where_nobody_listed_could_be_asked() {
    let all = |_: &str| agreed(true, true, true);
    let listed = vec!["a".to_owned()];
    let none: Vec<String> = Vec::new();
    for (people, private, photo, foreign_notice, by_itself) in [
        (&listed, false, false, false, true),
        (&none, false, false, false, false),
        (&listed, true, false, false, false),
        (&listed, false, true, false, false),
        (&listed, false, false, true, false),
    ] {
        let work = Work { people, private, photo, foreign_notice, ..Work::default() };
        let expected = if by_itself { Standing::Published } else { Standing::Waiting };
        assert_eq!(standing_when_made(&work, Rule::Auto, &all), expected);
        assert_eq!(standing_when_made(&work, Rule::Review, &all), Standing::Waiting);
        let cleared = Work { cleared: true, ..work };
        assert_eq!(standing_when_made(&cleared, Rule::Auto, &all), Standing::Published);
    }
}

#[test]
fn a_name_in_the_picture_is_the_one_that_its_bearer_chooses() {
    let named = |credit: Option<&str>, since: Option<u64>| Agreed {
        credit: credit.map(str::to_owned),
        credit_since: since,
        ..agreed(true, true, true)
    };
    let shown = |at, as_chosen| NameShown { person: "a".into(), at, as_chosen };
    let people = vec!["a".to_owned()];
    for (says, shown, since) in [
        (named(Some("Odile"), None), shown(1000, true), None),
        (named(Some("Odile"), Some(900)), shown(1000, true), None),
        (named(Some("O."), Some(2000)), shown(1000, true), Some(2000)),
        (named(None, Some(2000)), shown(1000, true), Some(2000)),
        (named(Some("Odile"), Some(900)), shown(1000, false), Some(1000)),
        (Agreed { refused: true, ..Agreed::default() }, shown(1000, true), Some(1000)),
    ] {
        assert_eq!(misnamed_since(&shown, &says), since, "{says:?}");
        let work = Work { people: &people, names_shown: std::slice::from_ref(&shown), ..Work::default() };
        assert_eq!(needs_clearing(&work, &|_| says.clone()), since.is_some());
    }
}

#[test]
fn each_participant_answers_before_the_public_sees_the_clip() {
    let people = vec!["a".to_owned(), "b".to_owned()];
    let work = Work { people: &people, asked: true, ..Work::default() };
    let answers = |a: Option<Answer>, b: Option<Answer>| {
        move |id: &str| Agreed { answer: given(if id == "a" { a } else { b }), ..agreed(true, true, true) }
    };
    let published = Work { standing: Standing::Published, ..work.clone() };
    for (a, b, verdict) in [
        (None, None, Err(No::NotAnswered)),
        (Some(Answer::Fine), None, Err(No::NotAnswered)),
        (Some(Answer::Fine), Some(CUT), Err(No::CutAsked)),
        (None, Some(CUT), Err(No::CutAsked)),
        (Some(Answer::Fine), Some(Answer::Fine), Ok(())),
    ] {
        let (answers, public) = (answers(a, b), verdict.is_ok());
        let standing = if public { Standing::Published } else { Standing::Waiting };
        // Also under a rule that would not have asked: what was asked once waits for the answers.
        for rule in [Rule::Participant, Rule::Auto] {
            assert_eq!(standing_when_made(&work, rule, &answers), standing, "{a:?} {b:?}");
        }
        // What was published closes again, and opens no door meanwhile.
        for usage in [Use::Publish, Use::Export, Use::List, Use::Desk(Role::Moderator)] {
            assert_eq!(may(Thing::Work(&published), usage, &answers), verdict, "{a:?} {b:?}");
        }
        // The desk has heard them, and says so.
        let cleared = Work { cleared: true, ..published.clone() };
        assert_eq!(may(Thing::Work(&cleared), Use::Publish, &answers), Ok(()));
    }
    // What was published by another rule stays.
    let before = Work { asked: false, ..published };
    assert_eq!(may(Thing::Work(&before), Use::Publish, &answers(None, None)), Ok(()));
    assert!(Rule::Participant.asks(&work) && !Rule::Participant.asks(&before));
    assert!(!Rule::Auto.asks(&work) && !Rule::Review.asks(&work));
    assert!(!Rule::Participant.asks(&Work { photo: true, ..work }));
}

#[test]
fn a_link_films_only_for_whoever_agreed_and_whose_turn_it_is() {
    let film = |state, private, on_air, person: &str, says: Agreed| {
        may_film(&[segment(state, private, &["a"])], person, on_air, &move |_: &str| says.clone()).is_ok()
    };
    let recorded = agreed(true, false, false);
    let live = agreed(true, true, false);
    for (state, private, on_air, person, says, may) in [
        (SegmentState::Ready, false, false, "a", &recorded, true),
        (SegmentState::Ready, false, true, "a", &recorded, false),
        (SegmentState::Ready, false, true, "a", &live, true),
        (SegmentState::OnAir, false, false, "a", &recorded, false),
        (SegmentState::OnAir, false, false, "a", &live, true),
        (SegmentState::OnAir, true, false, "a", &recorded, true),
        (SegmentState::OnAir, true, true, "a", &recorded, false),
        (SegmentState::Proposed, false, false, "a", &live, false),
        (SegmentState::Done, false, false, "a", &live, false),
        (SegmentState::Dropped, false, false, "a", &live, false),
        (SegmentState::Ready, false, false, "stranger", &live, false),
        (SegmentState::Ready, false, false, "a", &Agreed::default(), false),
    ] {
        assert_eq!(film(state, private, on_air, person, says.clone()), may, "{state:?} {private} {on_air} {person}");
    }
}

const CUT: Answer = Answer::Cut { from_ms: 1000, until_ms: 2000 };

/// An answer to the cut that [`Work::default`] has.
fn given(answer: Option<Answer>) -> Option<Given> {
    answer.map(|answer| Given { at: 0, cut: String::new(), answer })
}

#[test]
fn an_answer_holds_for_the_cut_that_was_seen_alone() {
    let people = ["a".to_owned()];
    let fine = |_: &str| Agreed { answer: given(Some(Answer::Fine)), ..agreed(true, true, true) };
    let seen = Work { people: &people, asked: true, ..Work::default() };
    let shorter = Work { cut: "shorter".into(), ..seen.clone() };
    assert_eq!(standing_when_made(&seen, Rule::Participant, &fine), Standing::Published);
    assert_eq!(standing_when_made(&shorter, Rule::Participant, &fine), Standing::Waiting);
}

#[test]
fn whoever_is_in_a_clip_sees_it_before_the_public_and_nobody_else_does() {
    let people = ["a".to_owned(), "b".to_owned()];
    let all = |_: &str| agreed(true, true, true);
    let not_b = |id: &str| agreed(true, true, id != "b");
    let work = Work { people: &people, asked: true, ..Work::default() };
    let not_asked = Work { asked: false, ..work.clone() };
    let binned = Work { shelf: Shelf::Binned, ..work.clone() };
    let rehearsed = Work { rehearsed: true, ..work.clone() };
    for (work, person, says, may) in [
        (&work, "a", &all as &dyn Fn(&str) -> Agreed, true),
        (&work, "c", &all, false),
        (&work, "a", &not_b, false),
        (&not_asked, "a", &all, false),
        (&binned, "a", &all, false),
        (&rehearsed, "a", &all, false),
    ] {
        assert_eq!(may_answer(work, person, says), may, "{person} {work:?}");
    }
}

#[test]
fn a_title_on_the_picture_calls_people_as_they_chose() {
    let on_air = segment(SegmentState::OnAir, false, &["a"]);
    let ready = segment(SegmentState::Ready, false, &["a"]);
    let named = |credit: &str| Agreed { credit: Some(credit.into()), spoke_at: Some(1), ..agreed(true, true, false) };
    let nobody = Agreed { spoke_at: Some(1), ..agreed(true, true, false) };
    // The desk calls them “Real Name”.
    for (says, text, wrong) in [
        (&nobody, "Real Name", true),
        (&nobody, "name,  REAL", true),
        (&nobody, "Avec Réal Name et Marc", true),
        (&nobody, "Real Names", false),
        (&nobody, "Real", false),
        (&nobody, "", false),
        (&named("Abeille75"), "Real Name", true),
        (&named("Abeille75"), "Abeille75", false),
        (&named("Real Name"), "Real Name", false),
        (&named("Real B. Name"), "Real Name", true),
        (&named("Real B. Name"), "Real B. Name", false),
        (&Agreed::default(), "Real Name", true),
    ] {
        let misnamed = |day: &Segment| !misnamed(std::slice::from_ref(day), text, &|_| says.clone()).is_empty();
        assert_eq!(misnamed(&on_air), wrong, "{text} {says:?}");
        assert_eq!(misnamed(&ready), wrong && says.has_answered(), "{text} {says:?}");
        let shown = names_shown(&on_air, text, 7, &|_| says.clone());
        assert_eq!(shown.iter().any(|shown| !shown.as_chosen), wrong, "{text} {says:?}");
        let chosen = credit(says).is_some_and(|chosen| holds_name(text, chosen));
        assert_eq!(shown.iter().any(|shown| shown.as_chosen), chosen, "{text} {says:?}");
    }
}

#[test]
fn who_may_sign_alone() {
    let day = |year: i32, day| time::Date::from_calendar_date(year, time::Month::March, day).unwrap();
    for (born, minor) in [(day(2008, 10), false), (day(2008, 11), true), (day(2026, 10), true)] {
        assert_eq!(is_minor(born, day(2026, 10)), minor, "{born}");
    }
    for (guardians, one_is_allowed, says_why, suffice) in [
        (0, true, true, false),
        (1, true, true, true),
        (1, true, false, false),
        (1, false, true, false),
        (2, false, false, true),
        (3, true, true, false),
    ] {
        assert_eq!(guardians_suffice(guardians, one_is_allowed, says_why), suffice);
    }
    assert_eq!(signs_twice(&["Léa Petit", "Anne Petit", "Paul Petit"]), None);
    assert_eq!(signs_twice(&["Léa Petit", "", ""]), None, "both sign elsewhere");
    assert_eq!(signs_twice(&["Léa Petit", "Anne Petit", "PETIT-Lea"]), Some(2));
    assert_eq!(may_speak_alone(true, true), Ok(()));
    assert_eq!(may_speak_alone(false, true), Err(NotAlone::Minor));
    assert_eq!(may_speak_alone(true, false), Err(NotAlone::NotRecorded));
}

#[test]
fn small_questions_are_answered_by_what_was_agreed() {
    for bits in 0..8u8 {
        let [recorded, live, archived] = [bits & 1, bits & 2, bits & 4].map(|bit| bit != 0);
        let says = Agreed { spoke_at: Some(5), ..agreed(recorded, live, archived) };
        assert_eq!(said_no_at(&says), (!(recorded && archived)).then_some(5));
        assert_eq!(may_give_photo(&says), archived);
        assert_eq!(may_be_renamed(&says), !recorded);
        assert!(!may_be_waived(&says) && !may_be_invited(&says), "they have answered");
        let sent = Agreed::in_booth(recorded, archived, None, 5, true, false);
        assert_eq!((sent.to(Point::Recorded), sent.to(Point::Archived)), (recorded, archived));
        for (sent, taken_back) in [(false, false), (false, true), (true, true)] {
            let says = Agreed::in_booth(recorded, archived, Some("O.".into()), 5, sent, taken_back);
            assert!(Point::ALL.into_iter().all(|point| !says.to(point)) && credit(&says).is_none());
            assert_eq!(disowns(&says), taken_back);
        }
    }
    assert_eq!(said_no_at(&Agreed::default()), None);
    assert!(may_be_waived(&Agreed::default()) && may_be_invited(&Agreed::default()));
    assert_eq!(taken_back(&[Point::Live]), [Point::Live]);
    assert_eq!(taken_back(&[Point::Recorded]), Point::ALL);
}

/// Whoever reads what people agreed to decides something. These files store it, put it on the wire or show it,
/// and decide nothing.
const READERS: [(&str, &str, &str); 11] = [
    ("src/people/", "minor", "the form that is signed, and its document"),
    ("src/panel/people/status.rs", "minor", "somebody's own page says what they signed"),
    ("src/booth/sign.rs", "adult", "hands the answer on to the authority"),
    ("src/rundown/turn.rs", "waived", "writes down who was missing when an override was given"),
    ("src/studio/decisions.rs", "waived", "writes the same into the log of decisions"),
    ("src/rundown/times.rs", "", "puts the authority's answers into the state"),
    ("src/archive/index.rs", "recorded", "a date: when something was recorded"),
    ("src/audience/connector.rs", "refused", "a network has refused the connection"),
    ("web/src/participate/", "", "somebody's own page shows them what they signed"),
    ("web/src/panel/rundown/People.svelte", "recorded", "shows what was signed, and offers to take it back"),
    ("web/src/panel/rundown/Paper.svelte", "minor", "the paper form, entered by the desk"),
];

#[test]
fn nobody_else_decides_by_what_people_agreed_to() {
    fn files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "tests" && name != "rights" {
                files(&path, found);
            } else if [".rs", ".ts", ".svelte"].iter().any(|end| name.ends_with(end)) && !name.contains("test") {
                found.push(path);
            }
        }
    }
    const ANYBODYS: [&str; 8] =
        ["refused", "spoke_at", "credit_since", "waived", "adult", "archived", "minor", "is_more_than"];
    const OF_PEOPLE: [&str; 2] = ["recorded", "live"];
    const PEOPLE: [&str; 9] =
        ["agreed", "says", "participant", "person", "fellow", "known", "one", "somebody", "agreements"];
    /// The pages' texts have such names too.
    const TEXTS: [&str; 3] = ["w()", "t()", "words"];
    let ends = |code: &str, with: &[&str]| with.iter().any(|end| code.ends_with(end));
    let reads = |code: &str, field: &str, of: &[&str]| {
        let dotted = format!(".{field}");
        code.match_indices(&dotted).any(|(at, _)| {
            let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '(');
            let before = code[..at].trim_end_matches('?');
            let asked = before.ends_with(')') && (before.contains("agreed(") || before.contains("agreements("));
            let of_people = of.is_empty() || asked || ends(before, of);
            of_people && !code[at + dotted.len()..].starts_with(goes_on) && !ends(before, &TEXTS)
        })
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    files(&root.join("web/src"), &mut all);
    assert!(all.len() > 200, "{}", all.len());
    let (mut found, mut used) = (Vec::new(), std::collections::BTreeSet::new());
    for file in all {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code = code.split("<style>").next().unwrap_or_default();
        let file = file.strip_prefix(root).unwrap().to_str().unwrap();
        for line in code.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            let anybodys = ANYBODYS.iter().filter(|field| reads(line, field, &[]));
            let of_people = OF_PEOPLE.iter().filter(|field| reads(line, field, &PEOPLE));
            for field in anybodys.chain(of_people) {
                let may =
                    |(path, of, _): &&(&str, &str, &str)| file.starts_with(path) && (of.is_empty() || of == field);
                match READERS.iter().position(|reader| may(&reader)) {
                    Some(reader) => drop(used.insert(reader)),
                    None => found.push(format!("{file}: {line}")),
                }
            }
        }
    }
    assert!(found.is_empty(), "ask src/rights instead: {found:#?}");
    let unused: Vec<_> = READERS.iter().enumerate().filter(|(n, _)| !used.contains(n)).collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

fn some_agreed() -> impl Strategy<Value = Agreed> {
    (any::<[bool; 4]>(), prop::sample::select(vec![None, Some(Answer::Fine), Some(CUT)])).prop_map(|(has, answer)| {
        Agreed {
            recorded: has[0],
            live: has[1],
            archived: has[2],
            refused: has[3],
            spoke_at: None,
            credit: None,
            answer: given(answer),
            ..Agreed::default()
        }
    })
}

fn some_state() -> impl Strategy<Value = SegmentState> {
    prop::sample::select(vec![
        SegmentState::Proposed,
        SegmentState::Ready,
        SegmentState::OnAir,
        SegmentState::Done,
        SegmentState::Dropped,
    ])
}

/// What a person agreed to, less some of it.
fn less(before: &Agreed, taken: [bool; 3]) -> Agreed {
    Agreed {
        recorded: before.recorded && !taken[0],
        live: before.live && !taken[1],
        archived: before.archived && !taken[2],
        refused: true,
        spoke_at: Some(u64::MAX),
        ..before.clone()
    }
}

const NAMES: [&str; 3] = ["a", "b", "c"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// Whoever takes something back never opens a door, and whoever is unknown opens none.
    #[test]
    fn saying_no_opens_nothing(
        says in prop::collection::vec(some_agreed(), 3),
        count in 0..=3usize,
        taken in any::<[bool; 3]>(),
        who in 0..3usize,
        state in some_state(),
        flags in any::<[bool; 8]>(),
        standing in prop::sample::select(vec![Standing::Waiting, Standing::Published, Standing::Hidden]),
        waived in any::<[bool; 3]>(),
        rule in prop::sample::select(vec![Rule::Auto, Rule::Participant, Rule::Review]),
    ) {
        let listed = &NAMES[..count];
        let mut segment = segment(state, flags[0], listed);
        segment.waived = listed.iter().zip(waived).filter(|(_, on)| *on).map(|(id, _)| (*id).to_owned()).collect();
        let people: Vec<String> = listed.iter().map(|id| (*id).to_owned()).collect();
        let work = Work {
            photo: flags[1], private: flags[0], rehearsed: flags[2], foreign_notice: flags[3], cleared: flags[4],
            asked: flags[7], standing, people: &people, ..Work::default()
        };
        let before = |id: &str| NAMES.iter().position(|name| *name == id).map_or_else(Agreed::default, |at| says[at].clone());
        let after = |id: &str| if id == NAMES[who] { less(&before(id), taken) } else { before(id) };
        for usage in Use::ALL {
            for thing in [Thing::Segment(&segment), Thing::Work(&work)] {
                prop_assert!(may(thing, usage, &before).is_ok() || may(thing, usage, &after).is_err());
            }
        }
        prop_assert!(standing_when_made(&work, rule, &before) == Standing::Published
            || standing_when_made(&work, rule, &after) == Standing::Waiting);
        prop_assert!(kept(&work, &before) == Keep::ForGood || kept(&work, &after) == Keep::AsRecordings);
        for on_air in [false, true] {
            prop_assert!(may_film(std::slice::from_ref(&segment), NAMES[who], on_air, &before).is_ok()
                || may_film(std::slice::from_ref(&segment), NAMES[who], on_air, &after).is_err());
        }
        // Whoever has not said that it is fine, or says so no more, opens nothing either.
        let asks = |id: &str| Agreed { answer: if id == NAMES[who] { given(Some(CUT)) } else { before(id).answer }, ..before(id) };
        for usage in Use::ALL {
            prop_assert!(may(Thing::Work(&work), usage, &before).is_ok() || may(Thing::Work(&work), usage, &asks).is_err());
        }
        // Nobody's agreement is ever enough for what needs somebody else's.
        let nobody = |_: &str| Agreed::default();
        if count > 0 {
            prop_assert!(may(Thing::Work(&work), Use::Publish, &nobody).is_err());
            segment.waived.clear();
            prop_assert!(may(Thing::Segment(&segment), Use::Air, &nobody).is_err());
            prop_assert!(may(Thing::Segment(&segment), Use::Record, &nobody).is_err());
        }
        // A door of the public never shows what the law of the lower door refuses.
        prop_assert!(may(Thing::Work(&work), Use::Export, &before) == may(Thing::Work(&work), Use::Publish, &before));
    }
}

/// What happens in a house, one after the other; numbers are people's.
#[derive(Debug, Clone)]
enum Happens {
    Signs {
        who: usize,
        live: bool,
        archived: bool,
        named: bool,
    },
    TakesBack {
        who: usize,
        recorded: bool,
        live: bool,
    },
    Erased {
        who: usize,
    },
    /// Somebody's no cannot be written down, and later it is.
    CannotBeWritten {
        who: usize,
    },
    CanBeWritten {
        who: usize,
    },
    /// An operation of the segment begins, and has reached everything.
    Begins,
    Finishes,
    /// The segment, whose missing agreements an admin overrides.
    Starts {
        private: bool,
    },
    Ends {
        rehearsed: bool,
    },
    Stands {
        standing: Standing,
        shelf: Shelf,
        cleared: bool,
    },
}

fn something() -> impl Strategy<Value = Happens> {
    let who = 0..NAMES.len();
    let standing =
        prop::sample::select(vec![Standing::Published, Standing::Published, Standing::Hidden, Standing::Waiting]);
    let shelf = prop::sample::select(vec![Shelf::Whole, Shelf::Whole, Shelf::Whole, Shelf::Binned, Shelf::Unreadable]);
    prop_oneof![
        6 => (who.clone(), any::<[bool; 3]>())
            .prop_map(|(who, [live, archived, named])| Happens::Signs { who, live, archived, named }),
        3 => (who.clone(), any::<[bool; 2]>())
            .prop_map(|(who, [recorded, live])| Happens::TakesBack { who, recorded, live }),
        1 => who.clone().prop_map(|who| Happens::Erased { who }),
        1 => who.clone().prop_map(|who| Happens::CannotBeWritten { who }),
        1 => who.prop_map(|who| Happens::CanBeWritten { who }),
        1 => Just(Happens::Begins),
        2 => Just(Happens::Finishes),
        2 => any::<bool>().prop_map(|private| Happens::Starts { private }),
        1 => any::<bool>().prop_map(|rehearsed| Happens::Ends { rehearsed }),
        2 => (standing, shelf, any::<bool>())
            .prop_map(|(standing, shelf, cleared)| Happens::Stands { standing, shelf, cleared }),
    ]
}

/// What is told by going back through what happened, and by nothing that was kept meanwhile.
struct Told<'a>(&'a [Happens]);

impl Told<'_> {
    fn last(&self, who: usize) -> impl Iterator<Item = &Happens> {
        self.0.iter().rev().filter(move |happened| match happened {
            Happens::Signs { who: by, .. } | Happens::TakesBack { who: by, .. } | Happens::Erased { who: by } => {
                *by == who
            }
            _ => false,
        })
    }

    /// A no of theirs is not written down yet.
    fn is_unwritten(&self, who: usize) -> bool {
        let last = self.0.iter().rev().find_map(|happened| match happened {
            Happens::CannotBeWritten { who: by } if *by == who => Some(true),
            Happens::CanBeWritten { who: by } if *by == who => Some(false),
            _ => None,
        });
        last == Some(true)
    }

    fn agrees(&self, who: usize, point: Point) -> bool {
        let says = self.last(who).find_map(|happened| match happened {
            Happens::Signs { live, archived, .. } => Some(match point {
                Point::Recorded => true,
                Point::Live => *live,
                Point::Archived => *archived,
            }),
            Happens::TakesBack { recorded, live, .. } => {
                let taken = *recorded || point == Point::Archived || (*live && point == Point::Live);
                taken.then_some(false)
            }
            _ => Some(false),
        });
        !self.is_unwritten(who) && says == Some(true)
    }

    fn refuses(&self, who: usize) -> bool {
        let says = self.last(who).find_map(|happened| match happened {
            Happens::Signs { .. } => Some(false),
            Happens::TakesBack { recorded, live, .. } => (*recorded || *live).then_some(true),
            _ => Some(true),
        });
        self.is_unwritten(who) || says == Some(true)
    }

    fn name(&self, who: usize) -> Option<String> {
        let named = self.last(who).find_map(|happened| match happened {
            Happens::Signs { named, .. } => Some(*named),
            Happens::Erased { .. } => Some(false),
            _ => None,
        });
        (self.agrees(who, Point::Recorded) && named == Some(true)).then(|| format!("Credit {who}"))
    }

    /// They have said something, before the start or after it: no override covers them.
    fn spoke(&self, who: usize) -> bool {
        let mut by = self.0.iter().map(|happened| match happened {
            Happens::Signs { who, .. }
            | Happens::TakesBack { who, .. }
            | Happens::Erased { who }
            | Happens::CannotBeWritten { who } => Some(*who),
            _ => None,
        });
        by.any(|by| by == Some(who))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// 10,000 steps and more: whatever happens, the authority allows what people agree to then, and nothing else.
    #[test]
    fn the_last_word_of_each_counts(happens in prop::collection::vec(something(), 20..40), count in 0..=3usize) {
        let listed = &NAMES[..count];
        let register = Register::default();
        for id in listed {
            register.put(id, Some(Entry { segment: "s".into(), listed: true, agreed: Agreed::default() }));
        }
        let mut segment = segment(SegmentState::Ready, false, listed);
        let people: Vec<String> = register.people_of("s");
        prop_assert_eq!(&people, listed);
        let mut work = Work { people: &people, ..Work::default() };
        let (mut says, mut open) = (vec![Agreed::default(); NAMES.len()], 0i64);
        let mut happened = Vec::new();
        for next in happens {
            let next = match next {
                Happens::CanBeWritten { who } if Told(&happened).is_unwritten(who) => {
                    happened.push(next);
                    register.heard(NAMES[who]);
                    Happens::TakesBack { who, recorded: true, live: true }
                }
                next => next,
            };
            happened.push(next.clone());
            let now = happened.len() as u64;
            let mut spoken = None;
            match next {
                Happens::Signs { who, live, archived, named } => {
                    let credit = named.then(|| format!("Credit {who}"));
                    says[who] = Agreed { credit, ..agreed(true, live, archived) };
                    spoken = Some(who);
                }
                Happens::TakesBack { who, recorded, live } => {
                    let says = &mut says[who];
                    (says.recorded, says.live) = (says.recorded && !recorded, says.live && !live && !recorded);
                    (says.archived, says.refused) = (false, says.refused || recorded || live);
                    spoken = Some(who);
                }
                Happens::Erased { who } => {
                    says[who] = Agreed { refused: true, ..Agreed::default() };
                    spoken = Some(who);
                }
                Happens::CannotBeWritten { who } => drop(register.refuse(NAMES[who], now)),
                Happens::CanBeWritten { .. } => (),
                Happens::Begins => {
                    open += 1;
                    register.begin(open, "s");
                }
                Happens::Finishes => {
                    register.finish(open);
                    open = (open - 1).max(0);
                }
                Happens::Starts { private } => {
                    (segment.state, segment.private, segment.started_at) = (SegmentState::OnAir, private, Some(now));
                    segment.waived = people.clone();
                }
                Happens::Ends { rehearsed } => {
                    segment.state = SegmentState::Done;
                    (work.private, work.rehearsed) = (segment.private, rehearsed);
                }
                Happens::Stands { standing, shelf, cleared } => {
                    (work.standing, work.shelf, work.cleared) = (standing, shelf, cleared);
                }
            }
            if let Some(who) = spoken.filter(|who| *who < count) {
                says[who].spoke_at = Some(now);
                let agreed = says[who].clone();
                register.put(NAMES[who], Some(Entry { segment: "s".into(), listed: true, agreed }));
            }
            let told = Told(&happened);
            let has = |who: usize, points: &[Point]| points.iter().all(|point| told.agrees(who, *point));
            let all = |points: &[Point]| (0..count).all(|who| has(who, points));
            let started = segment.started_at.is_some();
            let or_waived = |points: &[Point]| {
                (0..count).all(|who| has(who, points) || (started && !told.spoke(who)))
            };
            let on_air = !segment.private && or_waived(&[Point::Recorded, Point::Live]);
            let listable = !segment.private
                && if segment.state == SegmentState::OnAir { on_air } else { !(0..count).any(|who| told.refuses(who)) };
            prop_assert_eq!(register.unfinished("s"), open > 0);
            if open > 0 {
                work.shelf = Shelf::Unfinished;
            } else if work.shelf == Shelf::Unfinished {
                work.shelf = Shelf::Whole;
            }
            let unasked = count == 0 || work.private;
            let public = work.shelf == Shelf::Whole && !work.rehearsed && work.standing == Standing::Published
                && all(&[Point::Recorded, Point::Archived]) && (work.cleared || !unasked);
            let agreed = |id: &str| register.agreed(id);
            for usage in Use::ALL {
                let (of_segment, of_work) = match usage {
                    Use::Record => (or_waived(&[Point::Recorded]), false),
                    Use::Air => (on_air, false),
                    Use::Desk(Role::Moderator) | Use::List => (listable, public),
                    Use::Desk(_) => (true, true),
                    Use::Publish | Use::Export => (false, public),
                };
                let what = format!("{usage:?} {segment:?} {work:?}");
                prop_assert_eq!(may(Thing::Segment(&segment), usage, &agreed).is_ok(), of_segment, "{}", &what);
                prop_assert_eq!(may(Thing::Work(&work), usage, &agreed).is_ok(), of_work, "{}", what);
            }
            let names: Vec<String> = (0..count).filter_map(|who| told.name(who)).collect();
            match super::listed(&segment, &agreed) {
                Ok(listed) => prop_assert_eq!(listed.names, names),
                Err(_) => prop_assert!(!listable),
            }
        }
    }
}
