//! The index: what is found, and how fast among ten thousand.

use std::time::Instant;

use super::*;
use crate::{
    archive::{Credit, Standing},
    rights::{Register, Rule},
};

fn open(data: &Path) -> Index {
    Index::open(data, Judge::new(Register::default(), Rule::Auto))
}

fn record(n: u64) -> Record {
    let word = ["jardin", "école", "pêche", "théâtre", "œuvre", "marché"][n as usize % 6];
    Record {
        id: format!("2026-{:02}-{:02}-clip-{n}", 1 + n % 12, 1 + n % 28),
        standing: Standing::Published,
        people: Some(Vec::new()),
        cleared: Some(1),
        title: format!("Le {word} de la rue {n}"),
        summary: "Une conversation sur ce qui change et ce qui reste.".into(),
        language: if n.is_multiple_of(5) { "en".into() } else { "fr-FR".into() },
        credits: vec![Credit { name: format!("Personne {}", n % 300), role: String::new() }],
        tags: vec![word.into(), format!("thème {}", n % 40)],
        recorded_at: 1_700_000_000_000 + n * 60_000,
        recorded: format!("2026-{:02}-{:02}T10:00:00+01:00", 1 + n % 12, 1 + n % 28),
        duration_ms: 300_000,
        segment: Some(format!("s{n}")),
        transcript: "bonjour à toutes et à tous, merci d'être venus ".repeat(20),
        ..Record::default()
    }
}

#[test]
fn words_are_found_without_their_accents_and_nothing_else_is() {
    let data = tempfile::tempdir().unwrap();
    let index = open(data.path());
    for n in 0..12 {
        index.put(&record(n), data.path());
    }
    let mut hidden = record(12);
    hidden.standing = Standing::Hidden;
    index.put(&hidden, data.path());
    let count = |query: Query| index.search(&query, 0, 100).1;
    let words = |q: &str| count(Query { q: q.into(), ..Query::default() });
    for (typed, found) in [
        ("", 12),
        ("ecole", 2),
        ("ÉCOLE rue", 2),
        ("thea", 2),
        ("école jardin", 0),
        ("\"", 0),
        ("'; DROP TABLE item; --", 0),
        ("NEAR(", 0),
        ("personne 7", 1),
    ] {
        assert_eq!(words(typed), found, "{typed}");
    }
    assert_eq!(count(Query { language: "fr".into(), ..Query::default() }), 9);
    assert_eq!(count(Query { theme: "pêche".into(), ..Query::default() }), 2);
    assert_eq!(count(Query { person: "Personne 3".into(), ..Query::default() }), 1);
    assert_eq!(count(Query { day: "2026-03".into(), ..Query::default() }), 1);
    assert_eq!(count(Query { day: "*".into(), ..Query::default() }), 12);
    assert_eq!(count(Query { all: true, ..Query::default() }), 13);
    let newest = index.search(&Query::default(), 0, 1).0;
    assert_eq!(newest[0].record.id, record(11).id);
    let (behind, total) = index.search(&Query::default(), 100, 5);
    assert!(behind.is_empty() && total == 12, "behind the end {} of {total}", behind.len());
    assert_eq!(index.of("s4")[0].record.id, record(4).id);
}

#[test]
#[ignore = "a figure: run it by name"]
fn ten_thousand_clips() {
    let data = tempfile::tempdir().unwrap();
    let index = open(data.path());
    index.with(|connection| {
        let all = connection.unchecked_transaction()?;
        for n in 0..10_000 {
            put(&all, &record(n), data.path(), 1, true)?;
        }
        all.commit()
    });
    for q in ["", "theatre", "theatre rue 77", "bonjour"] {
        let query = Query { q: q.into(), ..Query::default() };
        let began = Instant::now();
        let (found, total) = index.search(&query, 0, 48);
        println!("{q:?}: {total}, {} shown, {:?}", found.len(), began.elapsed());
    }
    index.facets();
    let began = Instant::now();
    index.facets();
    println!("facets: {:?}", began.elapsed());
}
