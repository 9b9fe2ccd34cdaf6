//! What people agree to, whatever has become of a clip: in the bin, damaged, changed by hand, exported, cut.

use std::{collections::BTreeMap, fs};

use super::*;
use crate::{
    archive::{ExportForm as Form, master::Note, store::SUMS},
    protocol::NameShown,
    rights::{Standing, Use},
};

const NAME: &str = "Jeanne Vraie-Nom";

/// What `erase` leaves of somebody.
fn erased() -> Agreed {
    Agreed { refused: true, spoke_at: Some(media::unix_ms()), ..Agreed::default() }
}

/// Every file below a folder that holds a word, in its name or in what it says.
fn holding(folder: &Path, word: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        if path.to_string_lossy().contains(word) {
            found.push(path.clone());
        }
        if path.is_dir() {
            found.extend(holding(&path, word));
        } else if fs::read(&path).unwrap().windows(word.len().max(1)).any(|bytes| bytes == word.as_bytes()) {
            found.push(path);
        }
    }
    found
}

impl Plateau {
    /// A public clip of somebody.
    fn of_somebody(&mut self, id: &str, name: &str) -> (Segment, Record) {
        let segment = segment(id, "Le jardin", &["somebody"]);
        self.agrees(&segment, 0, all(name));
        self.begin(&segment);
        self.run(2.0);
        self.archive.end(&segment);
        let record = self.measured();
        assert!(self.archive.public(&record.id).is_some());
        (segment, record)
    }

    /// Where anybody could come across a clip.
    fn seen(&self, id: &str) -> Vec<&'static str> {
        let archive = &self.archive;
        let listed = archive.find(&Query::default(), 0, 100).0.iter().any(|record| record.id == id);
        let exports = self.folder.path().join("exports");
        let places = [
            ("page", archive.public(id).is_some()),
            ("list", listed),
            ("search", archive.find(&Query { q: "jardin".into(), ..Query::default() }, 0, 100).1 > 0),
            ("film", archive.file(Medium::Clip, id, "clip.mp4", false).is_some()),
            ("poster", archive.file(Medium::Clip, id, "poster.jpg", false).is_some()),
            ("bundle", exports.join("bundle").join(id).exists()),
            ("site", exports.join("site/clips").join(id).exists()),
            ("front page", fs::read_to_string(exports.join("site/index.html")).is_ok_and(|page| page.contains(id))),
        ];
        places.into_iter().filter(|(_, seen)| *seen).map(|(place, _)| place).collect()
    }

    /// Files of what was erased for good.
    fn left_of(&self, id: &str) -> Vec<PathBuf> {
        let folders = ["clips", "bin", "exports", "originals"].map(|name| self.folder.path().join(name));
        let films = holding(&self.folder.path().join("masters"), ".mp4").into_iter();
        let films = films.filter(|path| path.extension() == Some("mp4".as_ref()));
        folders.iter().flat_map(|folder| holding(folder, id)).chain(films).collect()
    }

    fn export(&self) {
        for (form, name) in [(Form::Bundle, "bundle"), (Form::Site, "site")] {
            let to = self.folder.path().join("exports").join(name);
            self.archive.export(form, &to, "fr", &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        }
    }

    /// The studio starts again, and people still think what they thought.
    fn again(self) -> Self {
        let Self { folder, register, archive, .. } = self;
        archive.stop();
        drop(archive);
        Self::open_in(folder, |settings| Settings { register, ..settings })
    }

    /// Waits until the desk knows of so many damaged records.
    fn damaged(&mut self, many: usize) -> Vec<PathBuf> {
        self.wait("what is damaged", |report| match report {
            Report::Damaged(folders) if folders.len() == many => Some(folders),
            _ => None,
        })
    }
}

#[test]
fn the_bin_keeps_nobody_and_what_comes_out_of_it_waits() {
    for says in [less("—"), erased()] {
        let mut plateau = Plateau::open();
        plateau.run(3.0);
        let (segment, record) = plateau.of_somebody("s1", NAME);
        let archive = plateau.archive.clone();
        archive.discard(&record.id).unwrap();
        let bin = plateau.folder.path().join("bin");
        assert!(!holding(&bin, NAME).is_empty());

        plateau.agrees(&segment, 0, says);
        assert_eq!(archive.settle("s1"), Ok(()));
        assert_eq!(holding(plateau.folder.path(), NAME), Vec::<PathBuf>::new(), "the name is nowhere");
        let restored = archive.restore(&record.id).unwrap();
        assert_eq!((restored.standing, plateau.seen(&record.id)), (Standing::Waiting, Vec::new()));
        assert_eq!(archive.publish(&record.id, true).unwrap_err().code, "consent_missing");

        // Nor does it come back by itself when they change their mind.
        plateau.agrees(&segment, 0, all("Abeille75"));
        assert_eq!(archive.settle("s1"), Ok(()));
        assert_eq!(plateau.seen(&record.id), Vec::<&str>::new());
        archive.publish(&record.id, false).unwrap();
        let public = archive.public(&record.id).unwrap();
        assert_eq!(public.credits[0].name, "Abeille75");
        // Erased for good, also from the bin.
        archive.discard(&record.id).unwrap();
        archive.erase(&record.id).unwrap();
        assert_eq!(plateau.left_of(&record.id), Vec::<PathBuf>::new());
        assert_eq!(archive.restore(&record.id).unwrap_err().code, "unknown_clip");
    }
}

#[test]
fn a_record_that_cannot_be_relied_on_is_public_nowhere_and_no_withdrawal_is_done_on_it() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 5] = [
        ("cut short", |folder| {
            let file = fs::File::options().write(true).open(folder.join("record.json")).unwrap();
            file.set_len(200).unwrap();
        }),
        ("changed by hand", |folder| {
            let text = fs::read_to_string(folder.join("record.json")).unwrap();
            let text = text.replace("\"people\": [", "\"allowed\": true, \"cleared\": 1, \"was\": [");
            fs::write(folder.join("record.json"), text).unwrap();
        }),
        ("missing", |folder| fs::remove_file(folder.join("record.json")).unwrap()),
        ("written anew without its sum", |folder| {
            let text = fs::read(folder.join("record.json")).unwrap();
            fs::write(folder.join("record.json"), text).unwrap();
            fs::remove_file(folder.join(SUMS)).unwrap();
        }),
        ("of another clip", |folder| {
            let text = fs::read_to_string(folder.join("record.json")).unwrap();
            fs::write(folder.join("record.json"), text.replace("-le-jardin", "-un-autre")).unwrap();
        }),
    ];
    for (how, damage) in damages {
        let mut plateau = Plateau::open();
        plateau.run(3.0);
        let (segment, record) = plateau.of_somebody("s1", NAME);
        plateau.export();
        assert_eq!(plateau.seen(&record.id).len(), 8, "{how}: {:?}", plateau.seen(&record.id));
        let (folder, copy) = (plateau.path(&record, ""), plateau.folder.path().join("copy"));
        fs::create_dir(&copy).unwrap();
        for name in ["record.json", SUMS] {
            fs::copy(folder.join(name), copy.join(name)).unwrap();
        }

        // At once, and with nobody asking for it: the exports too.
        damage(&folder);
        if how != "missing" {
            assert_eq!(plateau.archive.public(&record.id), None, "{how}");
        }
        let told = plateau.damaged(1);
        assert!(told[0].ends_with(&record.id) && told[0].starts_with("clips"), "{told:?}");
        assert_eq!(plateau.seen(&record.id), Vec::<&str>::new(), "{how}");

        // A withdrawal says that it is not done, before and after a restart.
        plateau.agrees(&segment, 0, erased());
        assert_eq!(plateau.archive.settle("s1").unwrap_err().code, "record_damaged", "{how}");
        let mut plateau = plateau.again();
        plateau.damaged(1);
        let problem = plateau.archive.settle("s1").unwrap_err();
        assert!(problem.code == "record_damaged" && problem.text.fr.contains(&record.id), "{how}: {problem:?}");
        assert_eq!(plateau.seen(&record.id), Vec::<&str>::new(), "{how}");

        // Mended from a copy of when it was public, it is still not, and the withdrawal is done.
        for name in ["record.json", SUMS] {
            fs::copy(copy.join(name), folder.join(name)).unwrap();
        }
        fs::remove_dir_all(copy).unwrap();
        assert_eq!(plateau.seen(&record.id), Vec::<&str>::new(), "{how}");
        assert_eq!(plateau.archive.settle("s1"), Ok(()), "{how}");
        plateau.damaged(0);
        assert_eq!(holding(plateau.folder.path(), NAME), Vec::<PathBuf>::new(), "{how}");

        // The desk can throw away what it cannot mend.
        damage(&folder);
        plateau.archive.discard(&record.id).unwrap();
        assert!(!folder.exists());
        plateau.archive.erase(&record.id).unwrap();
        assert_eq!(plateau.left_of(&record.id), Vec::<PathBuf>::new(), "{how}");
    }
}

/// A reader between two files of a folder that changes places with another is no sign of damage, and never puts
/// an old record into the index for good.
#[test]
fn reading_while_it_is_changed_takes_nothing_out() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let (_, record) = plateau.of_somebody("s1", NAME);
    let archive = plateau.archive.clone();
    let over = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(std::sync::atomic::Ordering::Acquire) {
                    assert!(archive.record(&record.id).is_ok());
                }
            });
        }
        for n in 0..60 {
            let order = Some(n);
            archive.update(Update { clip: record.id.clone(), order, ..Update::default() }).unwrap();
        }
        archive.hide(&record.id).unwrap();
        over.store(true, std::sync::atomic::Ordering::Release);
    });
    assert_eq!(plateau.seen(&record.id), Vec::<&str>::new());
    while let Ok(report) = plateau.reports.try_recv() {
        assert!(!matches!(report, Report::Damaged(folders) if !folders.is_empty()), "nothing was damaged");
    }
}

#[test]
fn exports_tell_what_everybody_may_know_and_nothing_else() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let (segment, record) = plateau.of_somebody("segment-0123", NAME);
    let archive = plateau.archive.clone();
    let update = |transcript: &str| {
        let transcript = Some(transcript.to_owned());
        archive.update(Update { clip: record.id.clone(), transcript, ..Update::default() }).unwrap();
    };
    update("J'habite au 3, SECRETADRESSE");
    plateau.export();
    let exports = plateau.folder.path().join("exports");
    assert!(!holding(&exports, "SECRETADRESSE").is_empty());
    update("Bonjour");
    assert_eq!(holding(&exports, "SECRETADRESSE"), Vec::<PathBuf>::new(), "copies lose what was taken out");
    let before = archive.record(&record.id).unwrap();
    assert!(!before.history.is_empty() && before.origin.is_some());
    // What somebody put there by hand.
    let folder = plateau.path(&record, "");
    for stray in ["captions.xx.vtt", "notes.txt", "clip-uncut.mp4"] {
        fs::write(folder.join(stray), "STRAYWORD").unwrap();
    }
    plateau.export();
    assert!(!holding(&exports, NAME).is_empty());

    plateau.agrees(&segment, 0, all("Abeille75"));
    assert_eq!(archive.settle("segment-0123"), Ok(()));
    assert_eq!(holding(&exports, NAME), Vec::<PathBuf>::new(), "copies say what was said before");
    assert_eq!(holding(&plateau.folder.path().join("clips"), NAME), Vec::<PathBuf>::new(), "no history keeps a name");
    plateau.export();
    let commons = exports.join("commons");
    archive.export(Form::Commons, &commons, "fr", &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    let person = &segment.participants[0].id;
    for word in [NAME, "SECRETADRESSE", "STRAYWORD", "masters/", "segment-0123", person, "\"history\"", "\"origin\""] {
        assert_eq!(holding(&exports, word), Vec::<PathBuf>::new(), "{word}");
    }
    // Each folder holds what it names, with sums of its own.
    let (bundle, site) = (exports.join("bundle").join(&record.id), exports.join("site/clips").join(&record.id));
    let told: Value = serde_json::from_slice(&fs::read(bundle.join("record.json")).unwrap()).unwrap();
    assert_eq!((&told["title"], &told["credits"][0]["name"]), (&"Le jardin".into(), &"Abeille75".into()));
    assert!(!site.join("record.json").exists());
    for folder in [bundle, site] {
        let mut check = Command::new("sha256sum");
        assert!(check.args(["-c", "--quiet", SUMS]).current_dir(&folder).status().unwrap().success());
    }
}

#[test]
fn to_settle_twice_changes_nothing_more() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let (segment, record) = plateau.of_somebody("s1", NAME);
    let (_, other) = plateau.of_somebody("s2", "Luc");
    plateau.archive.discard(&other.id).unwrap();
    plateau.agrees(&segment, 0, all("Abeille75"));
    let files = || -> BTreeMap<PathBuf, std::time::SystemTime> {
        let folders = ["clips", "bin", "masters"].map(|name| plateau.folder.path().join(name));
        let files = folders.iter().flat_map(|folder| holding(folder, ""));
        let files = files.filter(|path| path.is_file() && path.extension() != Some("mp4".as_ref()));
        files.map(|path| (path.clone(), fs::metadata(path).unwrap().modified().unwrap())).collect()
    };
    let first = files();
    assert_eq!((plateau.archive.settle("s1"), plateau.archive.settle("s2")), (Ok(()), Ok(())));
    let second = files();
    assert_ne!(first, second);
    assert_eq!((plateau.archive.settle("s1"), plateau.archive.settle("s2")), (Ok(()), Ok(())));
    assert_eq!(files(), second);
    assert!(plateau.archive.public(&record.id).is_some());
}

#[test]
fn what_nobody_listed_can_agree_to_waits_for_a_person() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let archive = plateau.archive.clone();
    let clip_of = |plateau: &mut Plateau, segment: &Segment| {
        plateau.begin(segment);
        plateau.run(2.0);
        archive.end(segment);
        plateau.measured()
    };
    let nobody = clip_of(&mut plateau, &segment("s1", "Ambiance", &[]));
    let private = Segment { private: true, ..segment("s2", "Témoignage de Victime X", &["somebody"]) };
    plateau.agrees(&private, 0, all(NAME));
    let told = clip_of(&mut plateau, &private);
    let mut rehearsal = segment("s3", "Essai", &["somebody"]);
    plateau.agrees(&rehearsal, 0, all("Luc"));
    plateau.begin(&rehearsal);
    plateau.run(2.0);
    rehearsal.rehearsed = true;
    archive.end(&rehearsal);
    let rehearsed = plateau.measured();

    for record in [&nobody, &told, &rehearsed] {
        assert_eq!((record.standing, archive.public(&record.id)), (Standing::Waiting, None), "{}", record.title);
        assert!(archive.verdict(record, Use::Export).is_err());
        let refused = archive.publish(&record.id, false).unwrap_err();
        assert!(["consent_missing", "rehearsed"].contains(&refused.code.as_str()), "{refused:?}");
    }
    assert_eq!(archive.publish(&rehearsed.id, true).unwrap_err().code, "rehearsed");
    for record in [&nobody, &told] {
        assert!(archive.stand(record).clearing);
        archive.publish(&record.id, true).unwrap();
        assert!(archive.public(&record.id).is_some());
    }
    // A private segment's title is in no address and no file's name.
    assert!(told.id.ends_with("-sequence-privee"), "{}", told.id);
    let names = holding(plateau.folder.path(), "emoignage-de");
    assert_eq!(names, Vec::<PathBuf>::new());

    // Somebody in it says no: what the desk said does not hold any more, whatever they say later.
    plateau.agrees(&private, 0, less(NAME));
    assert_eq!(archive.settle("s2"), Ok(()));
    plateau.agrees(&private, 0, all(NAME));
    assert_eq!((archive.settle("s2"), archive.public(&told.id)), (Ok(()), None));
    assert_eq!(archive.publish(&told.id, false).unwrap_err().code, "consent_missing");
    archive.publish(&told.id, true).unwrap();
    assert!(archive.public(&told.id).is_some());
}

#[test]
fn a_clip_with_a_name_in_its_picture_that_was_changed_waits_for_a_person() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let archive = plateau.archive.clone();
    let mut named = segment("s1", "Le jardin", &["somebody"]);
    let (id, start) = (named.participants[0].id.clone(), media::unix_ms());
    let chosen = |name: &str, since| Agreed { credit_since: Some(since), ..all(name) };
    plateau.agrees(&named, 0, chosen("Odile Ruche", start));
    plateau.begin(&named);
    plateau.run(2.0);
    named.names_shown = vec![NameShown { person: id, at: start, as_chosen: true }];
    archive.end(&named);
    let clip = plateau.measured().id;
    let public = || archive.public(&clip).is_some();
    assert!(public(), "she chose it");
    // She chooses another, or none; at her word, at once.
    for name in [Some("Abeille75"), None] {
        let renamed = Agreed { credit: name.map(str::to_owned), ..chosen("", media::unix_ms() + 1) };
        plateau.agrees(&named, 0, renamed);
        assert!(!public(), "{name:?}");
        assert_eq!((archive.settle("s1"), public()), (Ok(()), false));
        let refused = archive.publish(&clip, false).unwrap_err();
        assert!(refused.code == "consent_missing" && refused.text.en.contains("a name in the picture"), "{refused:?}");
        std::thread::sleep(Duration::from_millis(5));
        archive.publish(&clip, true).unwrap();
        assert_eq!((archive.settle("s1"), public()), (Ok(()), true), "a person has looked");
    }
    let record = fs::read_to_string(archive.store().find(&clip).unwrap().1.join("record.json")).unwrap();
    assert!(!record.contains("Ruche"), "no name is kept for it");
}

#[test]
fn a_photo_needs_the_word_of_whoever_gave_it() {
    let plateau = Plateau::open();
    let archive = plateau.archive.clone();
    let group = segment("s1", "Les abeilles", &["giver", "fellow"]);
    plateau.agrees(&group, 0, all("Odile"));
    plateau.agrees(&group, 1, all("Marc"));
    let pixels = vec![90u8; 64 * 48 * 3];
    let format = turbojpeg::PixelFormat::RGB;
    let image = turbojpeg::Image { pixels: pixels.as_slice(), width: 64, pitch: 64 * 3, height: 48, format };
    let jpeg = turbojpeg::compress(image, 90, turbojpeg::Subsamp::Sub2x2).unwrap();
    let photo = archive.give_photo(&jpeg, "La ruche", &group.participants[0].id, "s1").unwrap();
    let public = || archive.public(&photo.id);
    assert_eq!(archive.publish(&photo.id, false).unwrap_err().code, "consent_missing");
    archive.publish(&photo.id, true).unwrap();
    assert_eq!(public().unwrap().credits[0], Credit { name: "Odile".into(), role: "photo".into() });

    // A fellow's no: the desk looks again.
    plateau.agrees(&group, 1, less("Marc"));
    assert_eq!((archive.settle("s1"), public()), (Ok(()), None));
    archive.publish(&photo.id, true).unwrap();
    assert!(public().is_some());

    // The giver's no: the desk's word is not enough.
    plateau.agrees(&group, 0, less("Odile"));
    assert_eq!(archive.publish(&photo.id, true).unwrap_err().code, "consent_missing");
    assert_eq!((archive.settle("s1"), public()), (Ok(()), None));
    plateau.agrees(&group, 0, all("Odile"));
    assert_eq!((archive.settle("s1"), public()), (Ok(()), None), "nor theirs alone");
    archive.publish(&photo.id, true).unwrap();
    assert!(public().is_some());
}

#[test]
fn a_recording_holds_nothing_of_the_segment_before_or_after_it() {
    let mut plateau = Plateau::open();
    plateau.run(8.0);
    let archive = plateau.archive.clone();
    let private = Segment { private: true, ..segment("s1", "Témoignage", &["somebody"]) };
    plateau.agrees(&private, 0, less(NAME));
    plateau.begin(&private);
    plateau.run(4.0);
    archive.end(&private);
    plateau.run(1.0);
    let next = segment("s2", "Le jardin", &["somebody"]);
    plateau.agrees(&next, 0, all("Luc"));
    plateau.begin(&next);
    plateau.run(4.0);
    archive.end(&next);
    // One that follows without a moment between.
    let third = segment("s3", "La suite", &["somebody"]);
    plateau.agrees(&third, 0, all("Awa"));
    plateau.begin(&third);
    plateau.run(4.0);
    archive.end(&third);
    for _ in 0..3 {
        plateau.measured();
    }
    plateau.run(7.0);
    archive.stop();
    let notes = Note::all(plateau.folder.path());
    let [first, second, last] = &notes[..] else { panic!("{notes:#?}") };
    let length = |note: &Note| {
        let probed = probe(&plateau.folder.path().join(&note.master));
        (probed["format"]["duration"].as_str().unwrap().parse::<f64>().unwrap() * 1e9) as u64
    };
    let second_ns = 1_000_000_000;
    let about = |length: u64, seconds: u64| length.abs_diff(seconds * second_ns) < second_ns / 8;
    assert!(about(length(first) - first.until.unwrap(), 1), "a second after it, then the next one begins");
    assert!(about(second.from.unwrap(), 1), "a second before it, and nothing of the one before: {second:#?}");
    assert!(about(length(second) - second.until.unwrap(), 0), "the next one began at once");
    assert_eq!(last.from, Some(0));

    let clip = archive.find(&Query { q: "jardin".into(), ..Query::default() }, 0, 1).0.remove(0).id;
    let from = |milliseconds: i64| Update { clip: clip.clone(), from_ms: Some(milliseconds), ..Update::default() };
    let refused = archive.update(from(-5000)).unwrap_err();
    assert!(refused.code == "bad_clip" && refused.text.fr.contains("1.0 s"), "{refused:?}");
    let longer = archive.update(from(-900)).unwrap();
    assert!((4500..5100).contains(&longer.duration_ms), "{} ms", longer.duration_ms);

    // Of recordings of before, what is around a segment may be another one.
    let old = Note { alone: false, ..second.clone() };
    old.keep(plateau.folder.path()).unwrap();
    assert_eq!(archive.update(from(-100)).unwrap_err().code, "bad_clip");
    let until = Update { clip: clip.clone(), until_ms: Some(60_000), ..Update::default() };
    assert_eq!(archive.update(until).unwrap_err().code, "bad_clip");
    assert!(archive.update(from(1500)).is_ok());
}

#[test]
fn the_index_follows_files_that_come_and_go_and_its_own() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let (_, record) = plateau.of_somebody("s1", NAME);
    let data = plateau.folder.path();
    for name in ["archive.sqlite", "archive.sqlite-wal", "archive.sqlite-shm"] {
        let _ = fs::remove_file(data.join(name));
    }
    assert!(plateau.archive.public(&record.id).is_some(), "made anew from the files");
    assert!(data.join("archive.sqlite").exists());
    // As `plateau archive` does beside the studio.
    let beside = Archive::open(Settings { register: plateau.register.clone(), ..settings(data) });
    assert_eq!(beside.rebuild(), 1);
    let there = fs::metadata(data.join("archive.sqlite")).unwrap();
    assert!(std::os::unix::fs::MetadataExt::nlink(&there) == 1 && plateau.archive.public(&record.id).is_some());
    assert_eq!(plateau.archive.verify().findings, []);

    // Where no index can be written there is one in memory.
    let copy = tempfile::tempdir().unwrap();
    let copied = Command::new("cp").arg("-r").arg(data.join("clips")).arg(copy.path()).status().unwrap();
    assert!(copied.success());
    fs::create_dir_all(copy.path().join("archive.sqlite/in the way")).unwrap();
    let of_copy = Archive::open(Settings { register: plateau.register.clone(), ..settings(copy.path()) });
    of_copy.follow();
    assert_eq!(of_copy.find(&Query::default(), 0, 10).1, 1);
    assert_eq!(of_copy.verify().findings, []);
}
