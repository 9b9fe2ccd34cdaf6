//! Links, signatures, withdrawal, erasure, terms and counts, on a real database in a folder of its own.

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::{
    config::{self, Kinds},
    protocol::{Participant, Role, SegmentState},
    rights::Answer,
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
        agrees: false,
        refused: false,
        guardians_missing: 0,
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
        same_device: Vec::new(),
        clip: None,
        names_shown: Vec::new(),
        unrecorded: Vec::new(),
        answered_otherwise: Vec::new(),
        role_hint: String::new(),
    }
}

fn open(folder: &TempDir, text: &str) -> (People, Registrar) {
    let registrar = Registrar::open(folder.path(), &config(text), &[segment()]).unwrap();
    (registrar.people().clone(), registrar)
}

/// Signs and returns the new link.
async fn sign(registrar: &Registrar, person: &str, form: serde_json::Value, by: Option<Role>) -> String {
    registrar.sign(person, signing(form), by, false).await.unwrap().0
}

/// Why a signature is refused.
async fn refused(registrar: &Registrar, person: &str, form: serde_json::Value) -> Problem {
    registrar.sign(person, signing(form), None, false).await.unwrap_err()
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
    let (people, registrar) = open(&folder, "");
    let invitation = people.new_link("p1", true).await.unwrap();
    assert_eq!(people.person_of(&invitation).await.unwrap().name, NAME);
    assert!(!all(&people, Point::Recorded));
    let own = sign(&registrar, "p1", form(&people, &["recorded", "live"]), None).await;
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
    sign(&registrar, "p2", paper, Some(Role::Animator)).await;
    assert!(all(&people, Point::Live) && !all(&people, Point::Archived));
    assert_eq!(people.file("p2").await.unwrap().documents[0].entered_by.as_deref(), Some("animator"));
    // It outlives the program.
    drop((people, registrar));
    let (people, _) = open(&folder, "");
    assert!(people.agreements("p1").live);
    assert_eq!(people.person_of(&own).await.unwrap().id, "p1");
}

#[tokio::test]
async fn tokens_are_kept_as_hashes_and_forged_ones_are_told() {
    let folder = TempDir::new().unwrap();
    let (people, _) = open(&folder, "");
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
    let (people, registrar) = open(&folder, "");
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
        let refused = refused(&registrar, "p1", form).await;
        assert_eq!(refused.code, code, "{field}");
        assert!(refused.text.fr.len() > 20 && refused.text.en.len() > 20);
    }
    assert!(people.file("p1").await.unwrap().documents.is_empty(), "a refusal keeps nothing");
    // A child, both guardians and the child's own assent.
    let mut child = good.clone();
    child["birth_date"] = json!("2015-06-01");
    child["guardians"] = json!([guardian("Anne"), guardian("Anne")]);
    assert_eq!(refused(&registrar, "p1", child.clone()).await.code, "guardians_needed");
    // Two guardians are two people, however one name is written, and never the child.
    child["signature"]["name"] = json!("Léa Dupont-Noël");
    for (first, second, field) in [
        ("Anne-Marie Noël", "ANNE MARIE NOEL", "2"),
        ("Anne Dupont", "Dupont  Anne", "2"),
        ("Annemarie", "Anne-Marie", "2"),
        ("Noe\u{308}l", "No\u{eb}l", "2"),
        ("Anne", "Lea Dupont Noel", "2"),
        ("léa dupont noël", "Anne", "1"),
    ] {
        child["guardians"] = json!([guardian(first), guardian(second)]);
        let problem = refused(&registrar, "p1", child.clone()).await;
        assert_eq!(problem.code, "guardians_needed", "{first} {second}");
        assert!(problem.text.fr.contains(&format!("« Responsable légal {field} »")), "{}", problem.text.fr);
        assert!(problem.text.en.contains(&format!("“Guardian {field}”")), "{}", problem.text.en);
    }
    // All that is missing is told at once.
    let mut bare = child.clone();
    bare["minor"] = json!(true);
    bare["signature"]["strokes"] = json!([]);
    bare["guardians"] = json!([{ "name": "Anne" }, { "name": "", "strokes": strokes() }]);
    let problem = refused(&registrar, "p1", bare).await;
    assert_eq!(problem.code, "empty_signature");
    for missing in ["signature de l'enfant", "signature du responsable légal 1", "nom du responsable légal 2"] {
        assert!(problem.text.fr.contains(missing), "{}", problem.text.fr);
    }
    for there in ["nom de l'enfant", "signature du responsable légal 2", "nom du responsable légal 1"] {
        assert!(!problem.text.fr.contains(there), "{}", problem.text.fr);
    }
    child["guardians"] = json!([guardian("Anne")]);
    child["one_guardian_reason"] = json!("seule titulaire");
    assert_eq!(refused(&registrar, "p1", child.clone()).await.code, "guardians_needed");
    child["guardians"] = json!([guardian("Anne"), guardian("Paul")]);
    sign(&registrar, "p1", child.clone(), None).await;
    assert!(people.file("p1").await.unwrap().minor);
    drop((people, registrar));
    // One alone, where the organiser allows it.
    let (_, registrar) = open(&folder, "[agreement]\none_guardian = true\n");
    child["guardians"] = json!([guardian("LEA DUPONT NOËL")]);
    assert_eq!(refused(&registrar, "p2", child.clone()).await.code, "guardians_needed", "the child is no guardian");
    child["guardians"] = json!([guardian("Anne")]);
    sign(&registrar, "p2", child.clone(), None).await;
    child["one_guardian_reason"] = json!("");
    assert_eq!(refused(&registrar, "p2", child).await.code, "guardians_needed");
}

#[tokio::test]
async fn withdrawing_is_written_down_and_asks_for_what_went_elsewhere() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    sign(&registrar, "p1", form(&people, &["recorded", "live", "archived"]), None).await;
    people.went("s1", vec!["PeerTube".into(), "PeerTube".into(), "YouTube".into()]);
    assert!(people.errands().await.unwrap().is_empty());
    let withdraw = |points: Vec<Point>| registrar.withdraw("p1", points, "fr".into());
    assert!(withdraw(vec![Point::Archived]).await.unwrap().is_some());
    let agreed = people.agreements("p1");
    assert_eq!((agreed.recorded, agreed.live, agreed.archived), (true, true, false));
    let errands = people.errands().await.unwrap();
    assert_eq!(errands.len(), 2);
    people.errand_done(errands[0].id, true).await.unwrap();
    assert_eq!(people.errands().await.unwrap().iter().filter(|errand| errand.done_at.is_some()).count(), 1);
    // What it goes to after that is one at once.
    people.went("s1", vec!["Twitch".into()]);
    assert!(people.errands().await.unwrap().iter().any(|errand| errand.place == "Twitch"));
    // A copy out of reach is an errand at once, and again when it was said to be done.
    people.left_behind("s2", "a disk");
    let of_the_disk = |errands: Vec<Errand>| errands.into_iter().find(|errand| errand.place == "a disk").unwrap();
    let errand = of_the_disk(people.errands().await.unwrap());
    people.errand_done(errand.id, true).await.unwrap();
    people.left_behind("s2", "a disk");
    let again = of_the_disk(people.errands().await.unwrap());
    assert!(again.id == errand.id && again.done_at.is_none());
    assert_eq!(people.errand_done(999, true).await.unwrap_err().code, "unknown_errand");
    assert!(withdraw(vec![Point::Recorded]).await.unwrap().is_some());
    assert!(!people.agreements("p1").live, "without the recording there is nothing to show");
    let open = withdraw(Point::ALL.to_vec()).await.unwrap().expect("nothing has been carried out yet");
    for operation in registrar.open_operations().await.unwrap() {
        registrar.finish(operation.id).await.unwrap();
    }
    assert!(!people.register().unfinished("s1") && open.kind == Kind::Withdrawn);
    assert_eq!(withdraw(Point::ALL.to_vec()).await.unwrap(), None, "it has been said, and carried out");
    let kinds: Vec<_> = people.file("p1").await.unwrap().documents.into_iter().map(|document| document.kind).collect();
    assert_eq!(kinds, ["signed", "withdrawn", "withdrawn"]);
}

#[tokio::test]
async fn another_name_takes_the_first_one_back() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    let points = ["recorded", "live"];
    for (credit, kind) in [
        (json!({ "kind": "none" }), Kind::Signed),
        (json!({ "kind": "name", "name": "Capucine" }), Kind::Signed),
        (json!({ "kind": "name", "name": "C." }), Kind::Withdrawn),
        (json!({ "kind": "none" }), Kind::Withdrawn),
    ] {
        let mut form = form(&people, &points);
        form["credit"] = credit.clone();
        sign(&registrar, "p1", form, None).await;
        let open = registrar.open_operations().await.unwrap();
        assert_eq!(open.last().map(|operation| operation.kind), Some(kind), "{credit}");
        assert!(!people.agreements("p1").refused, "the person may be shown as before");
    }
}

#[tokio::test]
async fn signing_for_less_refuses_what_was_agreed_to_before() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    for (points, refused) in [
        (&["recorded"][..], false),
        (&["recorded", "live", "archived"], false),
        (&["recorded", "live"], false),
        (&["recorded"], true),
        (&["recorded", "live"], false),
    ] {
        sign(&registrar, "p1", form(&people, points), None).await;
        assert_eq!(people.agreements("p1").refused, refused, "{points:?}");
    }
}

#[tokio::test]
async fn it_is_known_since_when_a_name_is_chosen() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    let since = || people.agreements("p1").credit_since;
    assert_eq!(since(), None);
    let mut before = None;
    for (credit, points, news) in [
        ("A", &["recorded"][..], true),
        ("A", &["recorded", "live"], false),
        ("B", &["recorded", "live"], true),
        ("", &["recorded", "live"], true),
        ("", &["recorded"], false),
        ("A", &["recorded"], true),
    ] {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let mut form = form(&people, points);
        form["credit"] =
            if credit.is_empty() { json!({ "kind": "none" }) } else { json!({ "kind": "name", "name": credit }) };
        sign(&registrar, "p1", form, None).await;
        assert!(since().is_some() && (since() > before) == news, "{credit} {points:?}");
        before = since();
    }
    registrar.withdraw("p1", vec![Point::Recorded], "fr".into()).await.unwrap();
    assert_eq!(since(), before, "taking back names nobody otherwise");
}

#[tokio::test]
async fn what_is_taken_up_again_knows_every_name_of_before() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    for credit in [json!({ "kind": "name", "name": "Capucine" }), json!({ "kind": "none" })] {
        let mut form = form(&people, &["recorded", "live"]);
        form["credit"] = credit;
        sign(&registrar, "p1", form, None).await;
    }
    drop((people, registrar));
    let (_, registrar) = open(&folder, "");
    let open = registrar.open_operations().await.unwrap();
    let renamed = open.iter().find(|operation| operation.kind == Kind::Withdrawn).expect("a name was taken back");
    for name in ["Capucine", NAME] {
        assert!(renamed.names.iter().any(|known| known == name), "{name}: {renamed:?}");
    }
    // Whoever is erased is: nothing is left to be known.
    registrar.erase("p1").await.unwrap();
    let open = registrar.open_operations().await.unwrap();
    assert!(open.iter().all(|operation| operation.names.is_empty()), "{open:?}");
}

#[tokio::test]
async fn erasing_leaves_no_byte_of_the_name() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    let token = sign(&registrar, "p1", form(&people, &["recorded"]), None).await;
    let holds = |needle: &str| {
        std::fs::read_dir(folder.path()).unwrap().flatten().any(|entry| {
            let bytes = std::fs::read(entry.path()).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        })
    };
    assert!(holds(NAME) && holds("odile@example.org"));
    registrar.erase("p1").await.unwrap();
    assert!(!holds(NAME) && !holds("odile@example.org") && !holds("Odile L."));
    assert_eq!(people.person_of(&token).await, None);
    let left = people.agreements("p1");
    assert_eq!(left, Agreed { refused: true, spoke_at: left.spoke_at, ..Agreed::default() });
    assert!(left.spoke_at.is_some());
    assert!(registrar.erase("p1").await.unwrap().is_some(), "the rest of the studio has not followed");
    for operation in registrar.open_operations().await.unwrap() {
        registrar.finish(operation.id).await.unwrap();
    }
    assert_eq!(registrar.erase("p1").await.unwrap(), None, "asking again finds nothing left to be done");
    assert_eq!(registrar.erase("nobody").await.unwrap_err().code, "unknown_person");
    // The rundown still lists the id; that brings nothing back.
    people.know(&[segment()]);
    assert_eq!(people.file("p1").await.unwrap_err().code, "unknown_person");
    assert!(!holds(NAME));
}

#[tokio::test]
async fn terms_end_contacts_and_birth_dates_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    let mut child = form(&people, &["recorded"]);
    child["birth_date"] = json!("2015-06-01");
    child["guardians"] = json!([{ "name": "Anne", "typed": true }, { "name": "Paul", "typed": true }]);
    sign(&registrar, "p1", child, None).await;
    sign(&registrar, "p2", form(&people, &["recorded"]), None).await;
    let not_yet = Term { now: crate::media::unix_ms(), length: 60_000, ..Term::default() };
    assert_eq!(people.forget_contacts(not_yet.clone()).await.unwrap(), 0);
    assert_eq!(people.forget_birth_dates(not_yet.clone()).await.unwrap(), 0);
    let file = people.file("p1").await.unwrap();
    assert!(file.contact.is_some() && file.documents[0].signatures["birth_date"] == "2015-06-01");
    let over = Term { now: not_yet.now + 70_000, ..not_yet };
    assert_eq!(people.forget_contacts(over.clone()).await.unwrap(), 2);
    assert_eq!(people.forget_birth_dates(over.clone()).await.unwrap(), 1);
    assert_eq!(people.forget_birth_dates(over).await.unwrap(), 0);
    let file = people.file("p1").await.unwrap();
    assert_eq!(file.contact, None);
    assert_eq!(file.documents[0].signatures.get("birth_date"), None);
    assert!(file.documents[0].signatures["own"]["name"] == NAME, "the proof stays");
}

#[tokio::test]
async fn counts_have_no_way_back_to_a_person() {
    let folder = TempDir::new().unwrap();
    let (people, _) = open(&folder, "");
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

fn of(cut: &str, answer: Answer) -> Answering {
    Answering { cut: cut.into(), answer, guardians: Vec::new() }
}

#[tokio::test]
async fn an_answer_holds_until_another_is_given_or_something_is_taken_back() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    let cut = Answer::Cut { from_ms: 1000, until_ms: 2000 };
    let held = |people: &People| people.agreements("p1").answer.map(|given| (given.cut, given.answer));
    let refused = registrar.answer("p1", of("c/0-9", Answer::Fine)).await.unwrap_err();
    assert_eq!(refused.code, "not_agreed");
    assert_eq!(registrar.answer("p9", of("c/0-9", Answer::Fine)).await.unwrap_err().code, "unknown_person");
    sign(&registrar, "p1", form(&people, &["recorded", "live", "archived"]), None).await;

    let operation = registrar.answer("p1", of("c/0-9", Answer::Fine)).await.unwrap().expect("it is news");
    assert_eq!((operation.kind, held(&people)), (Kind::Answered, Some(("c/0-9".into(), Answer::Fine))));
    let again = registrar.answer("p1", of("c/0-9", Answer::Fine)).await.unwrap().expect("it has not reached all");
    assert_eq!(again.id, operation.id);
    for operation in registrar.open_operations().await.unwrap() {
        registrar.finish(operation.id).await.unwrap();
    }
    assert!(registrar.answer("p1", of("c/0-9", Answer::Fine)).await.unwrap().is_none(), "said and done");
    registrar.answer("p1", of("c/0-9", cut)).await.unwrap().expect("it is news");
    assert_eq!(held(&people), Some(("c/0-9".into(), cut)));

    drop((people, registrar));
    assert_eq!(
        register(folder.path()).unwrap().agreed("p1").answer.unwrap().answer,
        cut,
        "also for whoever only reads"
    );
    let (people, registrar) = open(&folder, "");
    assert_eq!(held(&people), Some(("c/0-9".into(), cut)));
    assert!(people.register().unfinished("s1"), "it is taken up again");
    registrar.withdraw("p1", vec![Point::Archived], "fr".into()).await.unwrap();
    assert_eq!(held(&people), None);
    sign(&registrar, "p1", form(&people, &["recorded", "live", "archived"]), None).await;
    assert_eq!(held(&people), None, "what was said before is not said again");
    registrar.answer("p1", of("c/0-5", Answer::Fine)).await.unwrap();
    let said: Vec<_> = people.file("p1").await.unwrap().answers.into_iter().map(|one| one.given.answer).collect();
    assert_eq!(said, [Answer::Fine, cut, Answer::Fine]);
    registrar.erase("p1").await.unwrap();
    assert_eq!(held(&people), None);
    let rows = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    let left: i64 = rows.query_row("SELECT count(*) FROM clip_answer", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_file_of_before_there_were_answers_is_taken_over() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    sign(&registrar, "p1", form(&people, &["recorded", "live", "archived"]), None).await;
    drop((people, registrar));
    let fourth = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    fourth.execute_batch("DROP TABLE clip_answer; PRAGMA user_version = 4").unwrap();
    drop(fourth);
    assert!(register(folder.path()).unwrap().agreed("p1").archived, "as it is, and not changed");
    let (people, registrar) = open(&folder, "");
    assert!(people.agreements("p1").archived && people.agreements("p1").answer.is_none());
    registrar.answer("p1", of("c/0-9", Answer::Fine)).await.unwrap();
    assert!(people.agreements("p1").answer.is_some());
}

#[tokio::test]
async fn a_file_of_the_first_version_is_taken_over_and_a_later_one_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(FILE);
    let sql = |text: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(text).unwrap();
    sql(include_str!("tests/v1.sql"));
    let read_only = register(folder.path()).unwrap();
    assert!(read_only.agreed("p3").archived && !read_only.unfinished("s1"), "as it is, and not changed");

    let registrar = Registrar::open(folder.path(), &config(""), &[]).unwrap();
    let people = registrar.people().clone();
    assert_eq!(people.file("p1").await.unwrap().documents.len(), 2);
    assert_eq!((people.agreements("p3").archived, people.agreements("p1").refused), (true, true));
    assert_eq!(people.errands().await.unwrap().len(), 1);
    assert_eq!(people.tally().await.unwrap().visitors_total, 3);
    // Nobody knows whether what was taken back before has reached everything.
    assert!(people.register().unfinished("s1") && !people.register().unfinished("s2"));
    drop((people, registrar));
    let again = Registrar::open(folder.path(), &config(""), &[]).unwrap();
    assert!(again.people().register().unfinished("s1"), "the steps are taken once, and what they begin stays open");
    assert!(register(folder.path()).unwrap().unfinished("s1"), "also for whoever only reads");
    drop(again);

    sql("PRAGMA user_version = 999");
    let before = std::fs::read(&path).unwrap();
    for refused in [Registrar::open(folder.path(), &config(""), &[]).err(), register(folder.path()).err()] {
        assert_eq!(refused.expect("a later version").code, "people_newer");
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn the_register_knows_who_is_in_a_segment_also_when_their_name_was_erased() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    assert!(register(&folder.path().join("nowhere")).unwrap().people_of("s1").is_empty());
    sign(&registrar, "p1", form(&people, &["recorded", "live", "archived"]), None).await;
    registrar.withdraw("p1", vec![Point::Live], "fr".into()).await.unwrap();
    registrar.withdraw("p1", vec![Point::Archived], "fr".into()).await.unwrap();
    assert!(people.agreements("p1").refused, "being live was taken back, and nothing was signed since");
    registrar.erase("p1").await.unwrap();
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

#[tokio::test]
async fn whoever_did_not_hear_the_answer_asks_again_by_the_old_link() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    let old = people.new_link("p1", true).await.unwrap();
    let form = form(&people, &["recorded", "live"]);
    assert_eq!(people.signer(&old).await.unwrap(), ("p1".into(), false));
    let lost = sign(&registrar, "p1", form.clone(), None).await;

    // The link shows nothing any more; but what was signed by it can be signed again, and nothing else.
    assert_eq!(people.holder(&old).await.unwrap_err().code, "unknown_link");
    assert_eq!(people.signer(&old).await.unwrap(), ("p1".into(), true));
    let mut more = form.clone();
    more["points"] = json!(["recorded", "live", "archived"]);
    let another_hand = {
        let mut form = form.clone();
        form["signature"] = json!({ "name": NAME, "typed": true });
        form
    };
    for other in [more, another_hand] {
        assert_eq!(registrar.sign("p1", signing(other), None, true).await.unwrap_err().code, "unknown_link");
    }
    let (heard, open_still) = registrar.sign("p1", signing(form.clone()), None, true).await.unwrap();
    assert_eq!(open_still, registrar.open_operations().await.unwrap().pop(), "the same operation is waited for");
    assert_eq!(people.file("p1").await.unwrap().documents.len(), 1, "it was signed once");
    assert_eq!(people.holder(&lost).await.unwrap_err().code, "unknown_link");

    // As soon as the new link was used, its person has it, and whoever else knows the old one gets nothing.
    assert_eq!(people.holder(&heard).await.unwrap().id, "p1");
    assert_eq!(people.signer(&old).await.unwrap_err().code, "unknown_link");
    assert_eq!(people.signer(&lost).await.unwrap_err().code, "unknown_link");

    // An erasure ends the link, which is good for asking for it again.
    assert_eq!(people.eraser(&old).await.unwrap_err().code, "unknown_link");
    assert_eq!(people.eraser(&heard).await.unwrap(), "p1");
    registrar.erase("p1").await.unwrap();
    assert_eq!(people.eraser(&heard).await.unwrap(), "p1");
    for ended in [&old, &lost, &heard] {
        assert_eq!(people.signer(ended).await.unwrap_err().code, "unknown_link");
    }
    let day = |store: &mut store::Store| Ok(store.connection.execute("UPDATE link SET ended_at = 1", [])?);
    people.thread.ask(day).await.unwrap();
    assert_eq!(people.eraser(&heard).await.unwrap_err().code, "unknown_link", "not for ever");
    people.forget_contacts(Term::default()).await.unwrap();
    let count = |store: &mut store::Store| {
        Ok(store.connection.query_row("SELECT count(*) FROM link", [], |row| row.get::<_, i64>(0))?)
    };
    assert_eq!(people.thread.ask(count).await.unwrap(), 0);
}

#[tokio::test]
async fn a_no_is_written_down_where_nobody_has_agreed() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    let withdraw = |points: Vec<Point>| registrar.withdraw("p1", points, "fr".into());
    assert_eq!(withdraw(vec![Point::Archived]).await.unwrap(), None, "nothing shows what is not archived");
    let open = withdraw(Point::ALL.to_vec()).await.unwrap().unwrap();
    assert!(people.agreements("p1").refused && people.register().unfinished("s1"));
    let spoke = people.agreements("p1").spoke_at.unwrap();
    let waits = withdraw(Point::ALL.to_vec()).await.unwrap().unwrap();
    assert_eq!(waits.id, open.id, "it has been said, and waits");
    registrar.finish(open.id).await.unwrap();
    assert_eq!(withdraw(Point::ALL.to_vec()).await.unwrap(), None);
    assert_eq!(people.agreements("p1").spoke_at, Some(spoke), "asking again changes nothing");
    let kinds: Vec<_> = people.file("p1").await.unwrap().documents.into_iter().map(|document| document.kind).collect();
    assert_eq!(kinds, ["withdrawn"]);
}

#[tokio::test]
async fn an_erasure_is_taken_up_again_where_the_rundown_has_the_name_still() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    let open = registrar.erase("p1").await.unwrap().unwrap();
    assert_eq!((open.kind, open.names.as_slice()), (Kind::Erased, &[NAME.to_owned()][..]));
    registrar.finish(open.id).await.unwrap();
    drop((people, registrar));
    let registrar = Registrar::open(folder.path(), &config(""), &[segment()]).unwrap();
    let again = registrar.open_operations().await.unwrap();
    assert_eq!((again.len(), again[0].kind, again[0].person.as_str()), (1, Kind::Erased, "p1"));
    registrar.finish(again[0].id).await.unwrap();
    drop(registrar);
    let mut unnamed = segment();
    unnamed.participants[0].name = crate::rundown::NOBODY.into();
    let registrar = Registrar::open(folder.path(), &config(""), &[unnamed]).unwrap();
    assert!(registrar.open_operations().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_no_that_cannot_be_written_counts_all_the_same() {
    let folder = TempDir::new().unwrap();
    let (people, registrar) = open(&folder, "");
    sign(&registrar, "p1", form(&people, &["recorded", "live", "archived"]), None).await;
    people.thread.ask(|store| Ok(store.connection.execute_batch("PRAGMA query_only = ON")?)).await.unwrap();
    assert_eq!(registrar.withdraw("p1", Point::ALL.to_vec(), "fr".into()).await.unwrap_err().code, STORE);
    assert!(people.agreements("p1").live);
    assert_eq!(registrar.refuse("p1").unwrap().segment, "s1");
    assert_eq!(registrar.refuse("nobody"), None);
    people.know(&[segment()]);
    let left = people.agreements("p1");
    assert!(left.refused && !left.live && !left.archived && left.credit.is_none());
    people.thread.ask(|store| Ok(store.connection.execute_batch("PRAGMA query_only = OFF")?)).await.unwrap();
    registrar.withdraw("p1", vec![Point::Archived], "fr".into()).await.unwrap();
    let written = people.agreements("p1");
    assert_eq!((written.live, written.archived), (true, false), "what could be written is what counts");
}

#[tokio::test]
async fn whoever_is_added_has_agreed_to_nothing_from_that_moment_on() {
    let folder = TempDir::new().unwrap();
    let (people, _registrar) = open(&folder, "");
    // The database is busy, and hears of it later.
    let (free, busy) = std::sync::mpsc::channel::<()>();
    people.thread.tell(move |_| {
        let _ = busy.recv();
        Ok(())
    });
    let mut more = segment();
    let added = Participant { id: "added".into(), name: "Nour".into(), ..more.participants[0].clone() };
    more.participants.push(added);
    people.know(&[more]);
    let listed = people.register().people_of("s1");
    drop(free);
    assert!(listed.contains(&"added".to_owned()), "{listed:?}");
    assert_eq!(people.agreements("added"), crate::rights::Agreed::default());
}
