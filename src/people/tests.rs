//! Links, signatures, withdrawal, erasure, terms and counts, on a real database in a folder of its own.

use std::time::{Duration, SystemTime};

use serde_json::json;
use tempfile::TempDir;

use super::{retention::erase_old, *};
use crate::{
    config::{self, Kinds},
    protocol::{Participant, SegmentState},
};

const NAME: &str = "Odile Lambrequin";

fn config(text: &str) -> Config {
    let kinds = Kinds { sources: crate::capture::KINDS, outputs: crate::outputs::KINDS, voices: &[] };
    config::parse(text, &kinds).unwrap()
}

fn segment() -> Segment {
    let participant = |id: &str, name: &str| Participant {
        id: id.into(),
        name: name.into(),
        credit: None,
        recorded: false,
        live: false,
        archived: false,
    };
    Segment {
        id: "s1".into(),
        title: "Les abeilles".into(),
        summary: String::new(),
        language: "fr".into(),
        needs: String::new(),
        day: "2026-11-24".into(),
        planned_seconds: 300,
        state: SegmentState::Ready,
        participants: vec![participant("p1", NAME), participant("p2", "Marc")],
        fixed_at: None,
        planned_at: None,
        expected_at: None,
        started_at: None,
        ended_at: None,
        private: false,
        overridden: false,
        waived: Vec::new(),
        rehearsed: false,
        marks: Vec::new(),
        missing: Vec::new(),
        clip: None,
    }
}

fn open(folder: &TempDir, text: &str) -> People {
    let people = People::open(folder.path(), &config(text)).unwrap();
    people.know(&[segment()]);
    people
}

/// Everybody listed in the segment has agreed to a point.
fn all(people: &People, point: Point) -> bool {
    let register = people.register();
    register.people_of("s1").iter().all(|person| register.agreed(person).to(point))
}

fn strokes() -> serde_json::Value {
    json!([(0..20).map(|n| [f64::from(n) / 20.0, 0.5]).collect::<Vec<_>>()])
}

fn form(people: &People, points: &[&str]) -> serde_json::Value {
    json!({
        "language": "fr", "hash": people.texts().terms("fr").unwrap().hash, "points": points,
        "credit": { "kind": "name", "name": "Odile L." }, "contact": "odile@example.org",
        "signature": { "name": NAME, "strokes": strokes() }
    })
}

fn signing(form: serde_json::Value) -> Signing {
    serde_json::from_value(form).unwrap()
}

#[tokio::test]
async fn a_signature_is_kept_with_the_exact_text_and_gives_a_new_link() {
    let folder = TempDir::new().unwrap();
    let people = open(&folder, "");
    let invitation = people.new_link("p1", true).await.unwrap();
    assert_eq!(people.person_of(&invitation).await.unwrap().name, NAME);
    assert!(!all(&people, Point::Recorded));
    let own = people.sign("p1", signing(form(&people, &["recorded", "live"])), None).await.unwrap();
    assert_eq!(people.person_of(&invitation).await, None, "whoever handed the invitation on has seen it");
    assert_eq!(people.person_of(&own).await.unwrap().id, "p1");
    let agreed = people.agreements("p1");
    assert_eq!((agreed.recorded, agreed.live, agreed.archived), (true, true, false));
    assert_eq!(agreed.credit.as_deref(), Some("Odile L."));
    let file = people.file("p1").await.unwrap();
    let document = &file.documents[0];
    assert_eq!(document.text, people.texts().terms("fr").unwrap().text);
    assert_eq!(document.hash, crate::tokens::sha256(&document.text));
    assert_eq!(document.signatures["own"]["strokes"], strokes());
    // The other has not signed; then does on paper.
    assert!(!all(&people, Point::Live));
    let mut paper = form(&people, &["recorded", "live", "archived"]);
    paper["signature"] = json!({ "name": "Marc", "typed": true });
    people.sign("p2", signing(paper), Some(Role::Animator)).await.unwrap();
    assert!(all(&people, Point::Live) && !all(&people, Point::Archived));
    assert_eq!(people.file("p2").await.unwrap().documents[0].entered_by.as_deref(), Some("animator"));
    // It outlives the program.
    drop(people);
    let people = open(&folder, "");
    assert!(people.agreements("p1").live);
    assert_eq!(people.person_of(&own).await.unwrap().id, "p1");
}

#[tokio::test]
async fn tokens_are_kept_as_hashes_and_forged_ones_are_told() {
    let folder = TempDir::new().unwrap();
    let people = open(&folder, "");
    let token = people.new_link("p1", false).await.unwrap();
    let database = std::fs::read(folder.path().join(FILE)).unwrap();
    assert!(!database.windows(token.len()).any(|window| window == token.as_bytes()));
    for forged in ["", "x", &"0".repeat(64), &token[..63], &token.to_uppercase()] {
        assert_eq!(people.holder(forged).await.unwrap_err().code, "unknown_link", "{forged}");
    }
    // An old invitation.
    let old = people.new_link("p1", true).await.unwrap();
    people
        .thread
        .ask(|store| {
            store.connection.execute("UPDATE link SET expires_at = 1 WHERE expires_at IS NOT NULL", [])?;
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(people.holder(&old).await.unwrap_err().code, "expired_link");
    assert_eq!(people.new_link("nobody", true).await.unwrap_err().code, "unknown_person");
}

#[tokio::test]
async fn what_cannot_stand_is_refused_with_a_sentence() {
    let folder = TempDir::new().unwrap();
    let people = open(&folder, "");
    let good = form(&people, &["recorded"]);
    let guardian = |name: &str| json!({ "name": name, "strokes": strokes() });
    let tomorrow = (time::OffsetDateTime::now_utc().date() + time::Duration::days(2)).to_string();
    let cases = [
        ("text_changed", "hash", json!("0")),
        ("nothing_agreed", "points", json!([])),
        ("recorded_needed", "points", json!(["live"])),
        ("empty_signature", "signature", json!({ "name": "Odile" })),
        ("empty_signature", "signature", json!({ "name": "Odile", "strokes": [[[0.5, 0.5]]] })),
        ("empty_signature", "signature", json!({ "name": "Odile", "strokes": [vec![[0.5, 0.5]; 50]] })),
        ("empty_signature", "signature", json!({ "name": "Odile", "strokes": [vec![[7.0, 0.5]; 50]] })),
        ("empty", "signature", json!({ "name": " ", "typed": true })),
        ("too_long", "contact", json!("x".repeat(10_000))),
        ("bad_birth_date", "minor", json!(true)),
        ("bad_birth_date", "birth_date", json!(tomorrow)),
        ("bad_birth_date", "birth_date", json!("yesterday")),
        ("guardians_needed", "birth_date", json!("2020-01-01")),
    ];
    for (code, field, value) in cases {
        let mut form = good.clone();
        form[field] = value;
        let refused = people.sign("p1", signing(form), None).await.unwrap_err();
        assert_eq!(refused.code, code, "{field}");
        assert!(refused.text.fr.len() > 20 && refused.text.en.len() > 20);
    }
    assert!(people.file("p1").await.unwrap().documents.is_empty(), "a refusal keeps nothing");
    // A child, both guardians and the child's own assent.
    let mut child = good.clone();
    child["birth_date"] = json!("2015-06-01");
    child["guardians"] = json!([guardian("Anne"), guardian("Anne")]);
    assert_eq!(people.sign("p1", signing(child.clone()), None).await.unwrap_err().code, "guardians_needed");
    child["guardians"] = json!([guardian("Anne")]);
    child["one_guardian_reason"] = json!("seule titulaire");
    assert_eq!(people.sign("p1", signing(child.clone()), None).await.unwrap_err().code, "guardians_needed");
    child["guardians"] = json!([guardian("Anne"), guardian("Paul")]);
    people.sign("p1", signing(child.clone()), None).await.unwrap();
    assert!(people.file("p1").await.unwrap().minor);
    drop(people);
    // One alone, where the organiser allows it.
    let people = open(&folder, "[agreement]\none_guardian = true\n");
    child["guardians"] = json!([guardian("Anne")]);
    people.sign("p2", signing(child.clone()), None).await.unwrap();
    child["one_guardian_reason"] = json!("");
    assert_eq!(people.sign("p2", signing(child), None).await.unwrap_err().code, "guardians_needed");
}

#[tokio::test]
async fn withdrawing_is_written_down_and_asks_for_what_went_elsewhere() {
    let folder = TempDir::new().unwrap();
    let people = open(&folder, "");
    people.sign("p1", signing(form(&people, &["recorded", "live", "archived"])), None).await.unwrap();
    people.went("s1", vec!["PeerTube".into(), "PeerTube".into(), "YouTube".into()]);
    assert!(people.errands().await.unwrap().is_empty());
    assert!(people.withdraw("p1", vec![Point::Archived], "fr".into()).await.unwrap());
    let agreed = people.agreements("p1");
    assert_eq!((agreed.recorded, agreed.live, agreed.archived), (true, true, false));
    let errands = people.errands().await.unwrap();
    assert_eq!(errands.len(), 2);
    people.errand_done(errands[0].id, true).await.unwrap();
    assert_eq!(people.errands().await.unwrap().iter().filter(|errand| errand.done_at.is_some()).count(), 1);
    // A copy out of reach is an errand at once, and again when it was said to be done.
    people.left_behind("s2", "a disk");
    let of_the_disk = |errands: Vec<Errand>| errands.into_iter().find(|errand| errand.place == "a disk").unwrap();
    let errand = of_the_disk(people.errands().await.unwrap());
    people.errand_done(errand.id, true).await.unwrap();
    people.left_behind("s2", "a disk");
    let again = of_the_disk(people.errands().await.unwrap());
    assert!(again.id == errand.id && again.done_at.is_none());
    assert_eq!(people.errand_done(999, true).await.unwrap_err().code, "unknown_errand");
    assert!(people.withdraw("p1", vec![Point::Recorded], "en".into()).await.unwrap());
    assert!(!people.agreements("p1").live, "without the recording there is nothing to show");
    assert!(!people.withdraw("p1", Point::ALL.to_vec(), "en".into()).await.unwrap());
    let kinds: Vec<_> = people.file("p1").await.unwrap().documents.into_iter().map(|document| document.kind).collect();
    assert_eq!(kinds, ["signed", "withdrawn", "withdrawn"]);
}

#[tokio::test]
async fn erasing_leaves_no_byte_of_the_name() {
    let folder = TempDir::new().unwrap();
    let people = open(&folder, "");
    let token = people.sign("p1", signing(form(&people, &["recorded"])), None).await.unwrap();
    let holds = |needle: &str| {
        std::fs::read_dir(folder.path()).unwrap().flatten().any(|entry| {
            let bytes = std::fs::read(entry.path()).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        })
    };
    assert!(holds(NAME) && holds("odile@example.org"));
    people.erase("p1").await.unwrap();
    assert!(!holds(NAME) && !holds("odile@example.org") && !holds("Odile L."));
    assert_eq!(people.person_of(&token).await, None);
    let left = people.agreements("p1");
    assert_eq!(left, Agreed { refused: true, spoke_at: left.spoke_at, ..Agreed::default() });
    assert!(left.spoke_at.is_some());
    assert_eq!(people.erase("p1").await.unwrap_err().code, "unknown_person");
    // The rundown still lists the id; that brings nothing back.
    people.know(&[segment()]);
    assert_eq!(people.file("p1").await.unwrap_err().code, "unknown_person");
    assert!(!holds(NAME));
}

#[tokio::test]
async fn terms_end_contacts_and_recordings() {
    let folder = TempDir::new().unwrap();
    let people = open(&folder, "");
    let mut child = form(&people, &["recorded"]);
    child["birth_date"] = json!("2015-06-01");
    child["guardians"] = json!([{ "name": "Anne", "typed": true }, { "name": "Paul", "typed": true }]);
    people.sign("p1", signing(child), None).await.unwrap();
    assert_eq!(people.forget_contacts(1000).await.unwrap(), 0);
    assert!(people.file("p1").await.unwrap().contact.is_some());
    let later = crate::media::unix_ms() + 1000;
    assert_eq!(people.forget_contacts(later).await.unwrap(), 1);
    let file = people.file("p1").await.unwrap();
    assert_eq!(file.contact, None);
    assert_eq!(file.documents[0].signatures.get("birth_date"), None);
    assert!(file.documents[0].signatures["own"]["name"] == NAME, "the proof stays");

    let recordings = folder.path().join("recordings/day");
    std::fs::create_dir_all(&recordings).unwrap();
    std::fs::write(recordings.join("old.mp4"), b"x").unwrap();
    std::fs::write(folder.path().join("outside.mp4"), b"x").unwrap();
    std::os::unix::fs::symlink(folder.path(), recordings.join("link")).unwrap();
    let age = Duration::from_secs(90 * 24 * 3600);
    for file in ["program.mp4", "program-2.mp4", "program-notes.mp4"] {
        std::fs::write(folder.path().join(file), b"x").unwrap();
    }
    let whole = ["program.mp4".to_owned()];
    assert_eq!(erase_old(folder.path(), &whole, age, SystemTime::now()), 0);
    assert_eq!(erase_old(folder.path(), &whole, age, SystemTime::now() + age * 2), 3);
    assert!(folder.path().join("program-notes.mp4").exists());
    assert!(!recordings.join("old.mp4").exists() && folder.path().join("outside.mp4").exists());
}

#[tokio::test]
async fn counts_have_no_way_back_to_a_person() {
    let folder = TempDir::new().unwrap();
    let people = open(&folder, "");
    for _ in 0..7 {
        people.answer(vec![("why".into(), "tell".into()), ("first".into(), "yes".into())]).await.unwrap();
    }
    people.answer(vec![("why".into(), "learn".into())]).await.unwrap();
    for bad in [vec![], vec![("why".to_owned(), "money".to_owned())], vec![("why".into(), "tell".into()); 2]] {
        assert_eq!(people.answer(bad).await.unwrap_err().code, "bad_answer");
    }
    people.visitors(3).await.unwrap();
    people.visitors(-5).await.unwrap();
    people.visitors(9).await.unwrap();
    assert_eq!(people.visitors(1000).await.unwrap_err().code, "bad_count");
    let tally = people.tally().await.unwrap();
    assert_eq!(tally.visitors_total, 9);
    let why = tally.answers.iter().find(|answers| answers.question == "why").unwrap();
    assert_eq!(why.counts, [Count { of: "other".into(), count: 8 }], "one answer alone would be somebody's");
    let hours = |counts: &[u64]| {
        let counts = counts.iter().enumerate();
        merge_hours(counts.map(|(hour, count)| Count { of: format!("h{hour}"), count: *count }).collect())
    };
    assert_eq!(hours(&[2, 6, 7, 1]), [Count { of: "h0/h1".into(), count: 8 }, Count { of: "h2/h3".into(), count: 8 }]);
    assert_eq!(hours(&[1, 1]), [Count { of: "h0/h1".into(), count: 2 }]);
}

#[test]
fn texts_are_whole_in_both_languages_and_can_be_changed() {
    let folder = TempDir::new().unwrap();
    let config = config("[plateau]\ntitle = \"La fête <b>\"\nplace = \"Nice\"\n");
    let texts = Texts::new(Descriptions::new(folder.path()), &config);
    for language in ["fr", "en", "fr-FR", "de", ""] {
        let terms = texts.terms(language).unwrap();
        assert!(terms.text.contains("La fête <b>") && terms.text.contains("90"), "{}", terms.text);
        assert!(terms.text.contains("CC BY-SA 4.0") && !terms.text.contains("[recorded]"), "{}", terms.text);
        assert!(terms.parts.iter().all(|part| terms.text.contains(&format!("{}\n{}", part.title, part.body))));
        assert!(terms.parts.iter().all(|part| !part.title.is_empty() && part.body.len() > 40));
        assert_eq!(texts.preparation(language).unwrap().len(), 4);
    }
    assert_eq!(texts.survey().unwrap().len(), 3);
    let own = folder.path().join("pipelines/people");
    std::fs::create_dir_all(&own).unwrap();
    let embedded = include_str!("../../pipelines/people/agreement.fr.txt");
    let changed = embedded.replace("Cet accord est gratuit", "Cet accord est cher");
    std::fs::write(own.join("agreement.fr.txt"), &changed).unwrap();
    assert!(texts.terms("fr").unwrap().text.contains("Cet accord est cher"));
    std::fs::write(own.join("agreement.fr.txt"), "Titre\n\n## [recorded] Un seul point\nTexte").unwrap();
    assert_eq!(texts.terms("fr").unwrap_err().code, "bad_terms");
    std::fs::write(own.join("agreement.fr.txt"), "{{ unclosed").unwrap();
    assert_eq!(texts.terms("fr").unwrap_err().code, "bad_terms");
}

#[tokio::test]
async fn a_file_of_the_first_version_is_taken_over_and_a_later_one_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(FILE);
    let sql = |text: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(text).unwrap();
    sql(include_str!("tests/v1.sql"));
    let read_only = register(folder.path()).unwrap();
    assert!(read_only.agreed("p3").archived && !read_only.unfinished("s1"), "as it is, and not changed");

    let people = People::open(folder.path(), &config("")).unwrap();
    let register_of = |people: &People| people.register().clone();
    assert_eq!(people.file("p1").await.unwrap().documents.len(), 2);
    assert_eq!((people.agreements("p3").archived, people.agreements("p1").refused), (true, true));
    assert_eq!(people.errands().await.unwrap().len(), 1);
    assert_eq!(people.tally().await.unwrap().visitors_total, 3);
    // Nobody knows whether what was taken back before has reached everything.
    assert!(people.register().unfinished("s1") && !people.register().unfinished("s2"));
    drop(people);
    let again = People::open(folder.path(), &config("")).unwrap();
    assert!(register_of(&again).unfinished("s1"), "the steps are taken once, and what they begin stays open");
    assert!(register(folder.path()).unwrap().unfinished("s1"), "also for whoever only reads");
    drop(again);

    sql("PRAGMA user_version = 999");
    let before = std::fs::read(&path).unwrap();
    for refused in [People::open(folder.path(), &config("")).err(), register(folder.path()).err()] {
        assert_eq!(refused.expect("a later version").code, "people_newer");
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn the_register_knows_who_is_in_a_segment_also_when_their_name_was_erased() {
    let folder = TempDir::new().unwrap();
    let people = open(&folder, "");
    assert!(register(&folder.path().join("nowhere")).unwrap().people_of("s1").is_empty());
    people.sign("p1", signing(form(&people, &["recorded", "live", "archived"])), None).await.unwrap();
    people.withdraw("p1", vec![Point::Live], "fr".into()).await.unwrap();
    people.withdraw("p1", vec![Point::Archived], "fr".into()).await.unwrap();
    assert!(people.agreements("p1").refused, "being live was taken back, and nothing was signed since");
    people.erase("p1").await.unwrap();
    let mut listed = segment();
    listed.participants[0].name = "—".into();
    people.know(&[listed]);
    people.file("p2").await.unwrap();
    for register in [people.register().clone(), register(folder.path()).unwrap()] {
        assert_eq!(register.people_of("s1"), ["p1", "p2"]);
        assert!(register.people_of("s2").is_empty());
        assert!(register.agreed("p1").refused && !register.agreed("p1").recorded);
    }
    assert!(people.file("p1").await.is_err());
}
