//! Words of a clip: what a cut takes out is nowhere any more, captions and transcript keep apart.

use std::fs;

use super::*;
use crate::term::{DAY, Term};

const SECRET: &str = "SECRETADRESSE";

impl Plateau {
    /// A public clip of this many seconds.
    fn clip_of(&mut self, seconds: f64, marks: &[(f64, &str)]) -> Record {
        let segment = segment("s1", "Le jardin", &["awa"]);
        self.agrees(&segment, 0, all("Awa Diop"));
        self.run(8.0);
        self.begin(&segment);
        let mut at = 0.0;
        for (mark, label) in marks {
            self.run(mark - at);
            self.archive.mark(label);
            at = *mark;
        }
        self.run(seconds - at);
        self.archive.end(&segment);
        self.measured()
    }

    fn captioned(&self, id: &str, language: &str, cues: &[(&str, &str)]) -> Result<Record, Problem> {
        let cues: String = cues.iter().map(|(times, said)| format!("\n{times}\n{said}\n")).collect();
        self.archive.caption(id, language, Some(format!("WEBVTT\n{cues}").as_bytes()), false)
    }

    fn typed(&self, id: &str, transcript: &str) -> Record {
        let update = Update { clip: id.into(), transcript: Some(transcript.into()), ..Update::default() };
        self.archive.update(update).unwrap()
    }

    fn cut(&self, id: &str, from: i64, until: i64) -> Record {
        let update = Update { clip: id.into(), from_ms: Some(from), until_ms: Some(until), ..Update::default() };
        self.archive.update(update).unwrap()
    }

    /// What a clip's captions in a language say, with their starts.
    fn said(&self, record: &Record, language: &str) -> Vec<(u64, String)> {
        let text = fs::read_to_string(self.path(record, &format!("captions.{language}.vtt"))).unwrap();
        captions::parse(&text).unwrap().cues.into_iter().map(|cue| (cue.from, cue.text)).collect()
    }

    /// Every public thing that holds a word, however it is written: the clip's files, its pages, the
    /// lists, the search, the index's own bytes.
    fn telling_of(&self, record: &Record, word: &str) -> Vec<String> {
        let holds = |bytes: &[u8]| {
            let bytes = bytes.to_ascii_lowercase();
            bytes.windows(word.len()).any(|found| found == word.to_ascii_lowercase().as_bytes())
        };
        let (archive, place) = (
            &self.archive,
            pages::Place {
                language: "fr".into(),
                base: "/".into(),
                still: false,
                address: self.archive.address(),
                here: "/archive".into(),
            },
        );
        let pages = archive.pages();
        let found = archive.find(&Query { q: word.into(), ..Query::default() }, 0, 10).1;
        let told = &record.description();
        let mut telling: Vec<String> = Vec::new();
        telling.extend((found > 0).then(|| "search".into()));
        telling.extend(holds(pages.record(&place, told, 1, &[]).unwrap().as_bytes()).then(|| "page".into()));
        telling.extend(holds(pages.embed(&place, told).unwrap().as_bytes()).then(|| "embed".into()));
        let index = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let index = index.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("archive.sqlite"));
        // The history is for whoever may read the folder.
        let clip = fs::read_dir(self.path(record, "")).unwrap().map(|entry| entry.unwrap().path());
        let clip = clip.filter(|path| !path.ends_with("record.json"));
        telling.extend(
            index.chain(clip).filter(|path| holds(&fs::read(path).unwrap())).map(|path| path.display().to_string()),
        );
        telling
    }
}

#[test]
fn what_a_cut_takes_out_is_nowhere_any_more_and_comes_back_when_it_is_undone() {
    let mut plateau = Plateau::open();
    let id = plateau.clip_of(10.0, &[(1.0, SECRET), (7.0, "La ruche")]).id;
    let secret = format!("<v Awa>J'habite au 3, {SECRET}");
    plateau
        .captioned(&id, "fr", &[("00:01.000 --> 00:03.000", &secret), ("00:07.500 --> 00:08.500", "Du miel")])
        .unwrap();
    let english = format!("I live at 3, {SECRET}");
    plateau
        .captioned(&id, "en-GB", &[("00:01.000 --> 00:03.000", &english), ("00:07.500 --> 00:08.500", "Honey")])
        .unwrap();
    plateau.captioned(&id, "de", &[("00:01.000 --> 00:03.000", SECRET)]).unwrap();
    plateau.archive.update(Update { clip: id.clone(), poster_ms: Some(1500), ..Update::default() }).unwrap();
    let before = plateau.archive.record(&id).unwrap();
    assert!(before.transcript.starts_with("Awa : J'habite") && before.poster_chosen);
    let places = plateau.telling_of(&before, SECRET);
    assert!(places.len() >= 7, "{places:?}");

    let (from, until) = (5000, before.duration_ms as i64);
    let cut = plateau.cut(&id, from, until);
    let start = |record: &Record| record.origin.as_ref().unwrap().from / 1_000_000;
    let by = start(&cut) - start(&before);
    assert!((3500..=5040).contains(&by), "it begins at the key frame before: {by} ms");
    assert_eq!(plateau.telling_of(&cut, SECRET), Vec::<String>::new());
    assert_eq!(cut.transcript, "Du miel");
    assert_eq!(plateau.said(&cut, "fr"), [(7500 - by, "Du miel".into())]);
    assert_eq!(plateau.said(&cut, "en-GB"), [(7500 - by, "Honey".into())]);
    // Nothing is said in German any more: no captions rather than empty ones.
    let languages = |record: &Record| record.captions.iter().map(|one| one.language.clone()).collect::<Vec<_>>();
    assert_eq!(languages(&cut), ["en-GB", "fr"]);
    assert!(!plateau.path(&cut, "captions.de.vtt").exists());
    let labels = |record: &Record| record.chapters.iter().map(|one| one.label.clone()).collect::<Vec<_>>();
    assert_eq!(labels(&cut), ["La ruche"]);
    assert!(!cut.poster_chosen, "the chosen picture was cut out");
    // Measured anew behind the cut.
    plateau.wait("its loudness", |report| match report {
        Report::Clip(record, _) if record.duration_ms == cut.duration_ms && record.loudness.is_some() => Some(()),
        _ => None,
    });
    assert!(plateau.archive.verify().findings.is_empty(), "{:?}", plateau.archive.verify().findings);

    let undone = plateau.cut(&id, -(by as i64), cut.duration_ms as i64);
    assert_eq!((undone.duration_ms, &undone.recorded), (before.duration_ms, &before.recorded));
    assert_eq!((&undone.chapters, languages(&undone)), (&before.chapters, languages(&before)));
    assert_eq!(undone.transcript, before.transcript);
    assert_eq!(plateau.said(&undone, "fr"), [(1000, secret), (7500, "Du miel".into())]);
    assert_eq!(plateau.said(&undone, "de"), [(1000, SECRET.to_owned())]);

    // Once its recording has had its term, so have the words that were cut out.
    let cut = plateau.cut(&id, from, until);
    let originals = plateau.folder.path().join("originals").join(&id);
    let kept = fs::read_to_string(originals.join("uncut.json")).unwrap();
    assert!(kept.contains(SECRET));
    let term = Term { now: media::unix_ms() + 31 * DAY, length: 30 * DAY, ..Term::default() };
    assert_eq!(plateau.archive.erase_masters(&term).unwrap(), 1);
    assert_eq!(plateau.archive.store().tidy_originals().unwrap(), 1);
    assert!(!originals.join("uncut.json").exists() && originals.join("captions.fr.given").exists());
    let again = plateau.cut(&id, -(by as i64), cut.duration_ms as i64);
    assert_eq!(plateau.telling_of(&again, SECRET), Vec::<String>::new(), "the clip is all that is left");
    plateau.archive.erase(&id).unwrap();
    assert!(!originals.exists());
}

#[test]
fn a_typed_transcript_leaves_with_what_is_cut_and_the_desk_is_told() {
    let mut plateau = Plateau::open();
    let id = plateau.clip_of(8.0, &[]).id;
    let typed = format!("Bonjour. J'habite au 3, {SECRET}. Du miel.");
    plateau.typed(&id, &typed);
    // Longer than it was: nothing is lost.
    let longer = plateau.cut(&id, -2000, 8000);
    assert_eq!((&longer.transcript, longer.transcript_withheld), (&typed, false));
    let cut = plateau.cut(&id, 5000, longer.duration_ms as i64);
    assert_eq!((cut.transcript.as_str(), cut.transcript_withheld), ("", true));
    assert_eq!(plateau.telling_of(&cut, SECRET), Vec::<String>::new());
    // Whoever looks through it finds what it was.
    let place =
        pages::Place { language: "fr".into(), base: "/".into(), still: false, address: None, here: String::new() };
    let desk = plateau.archive.pages().edit(&place, &cut, Stand::default()).unwrap();
    assert!(desk.contains(SECRET) && desk.contains("La coupe a retiré la transcription"), "{desk}");
    let record = plateau.typed(&id, "Du miel.");
    assert_eq!((record.transcript.as_str(), record.transcript_withheld), ("Du miel.", false));
    // What is typed with a cut is meant for what it leaves.
    plateau.typed(&id, &typed);
    let until_ms = Some(record.duration_ms as i64 - 600);
    let with = Update { clip: id.clone(), until_ms, transcript: Some("Du miel !".into()), ..Update::default() };
    let record = plateau.archive.update(with).unwrap();
    assert_eq!((record.transcript.as_str(), record.transcript_withheld), ("Du miel !", false));
    // With captions there is a text to put in its place; a person is told all the same.
    plateau.typed(&id, &typed);
    plateau.captioned(&id, "fr", &[("00:00.500 --> 00:01.000", "Du miel")]).unwrap();
    let cut = plateau.cut(&id, 0, 2000);
    assert_eq!((cut.transcript.as_str(), cut.transcript_withheld), ("Du miel", true));
    assert_eq!(plateau.telling_of(&cut, SECRET), Vec::<String>::new());
}

#[test]
fn captions_and_transcript_never_destroy_each_other() {
    let mut plateau = Plateau::open();
    let id = plateau.clip_of(4.0, &[]).id;
    let archive = plateau.archive.clone();
    let cues = [("00:00.500 --> 00:01.500", "Hello everybody")];
    let language = |language: &str| {
        archive.update(Update { clip: id.clone(), language: Some(language.into()), ..Update::default() }).unwrap()
    };
    // English words are no Arabic transcript, neither with the captions nor after them.
    language("ar");
    assert_eq!(plateau.captioned(&id, "en", &cues).unwrap().transcript, "");
    assert_eq!(archive.caption(&id, "en", None, false).unwrap().transcript, "");
    // A transcript follows the captions it was made from.
    plateau.captioned(&id, "en-GB", &cues).unwrap();
    assert_eq!(language("en").transcript, "Hello everybody");
    let corrected = plateau.captioned(&id, "en-GB", &[("00:00.500 --> 00:01.500", "Hello all")]).unwrap();
    assert_eq!(corrected.transcript, "Hello all");
    assert_eq!(language("fr").transcript, "", "the clip is not in English");
    assert_eq!(language("en-US").transcript, "Hello all");
    assert_eq!(archive.caption(&id, "en-GB", None, false).unwrap().transcript, "");
    // What a person typed stays, whatever happens to captions.
    plateau.typed(&id, "Typed by hand.");
    for record in [
        plateau.captioned(&id, "en-US", &cues).unwrap(),
        archive.caption(&id, "en-US", None, false).unwrap(),
        plateau.captioned(&id, "fr", &cues).unwrap(),
    ] {
        assert_eq!(record.transcript, "Typed by hand.");
    }
    // A file that says nothing, or nothing of this film, changes nothing.
    for (cues, code) in [(&[][..], "nothing is said"), (&[("00:05.000 --> 00:06.000", "later")][..], "another version")]
    {
        let problem = plateau.captioned(&id, "fr", cues).unwrap_err();
        assert!(problem.code == "bad_captions" && problem.text.en.contains(code), "{problem}");
    }
    let record = archive.record(&id).unwrap();
    assert_eq!(plateau.said(&record, "fr"), [(500, "Hello everybody".into())]);
    // What outlasts the film ends with it; the file is kept as it was given.
    let given = "1\r\n00:00:03,000 --> 00:00:09,000\r\n{\\an8}Fin & suite\r\n";
    let record = archive.caption(&id, "fr", Some(given.as_bytes()), false).unwrap();
    let served = fs::read_to_string(plateau.path(&record, "captions.fr.vtt")).unwrap();
    let length = record.duration_ms;
    assert_eq!(
        served,
        format!("WEBVTT\n\n00:00:03.000 --> 00:00:0{}.{:03} line:0\nFin &amp; suite\n", length / 1000, length % 1000)
    );
    let kept = fs::read(plateau.folder.path().join("originals").join(&id).join("captions.fr.given")).unwrap();
    assert_eq!(kept, given.as_bytes());
    archive.caption(&id, "fr", None, false).unwrap();
    assert!(!plateau.folder.path().join("originals").join(&id).join("captions.fr.given").exists());
}
