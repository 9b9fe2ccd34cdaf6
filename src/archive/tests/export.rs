//! What leaves the house: made once, brought up to date, and without whoever withdrew.

use std::{collections::BTreeMap, fs, ops::ControlFlow};

use super::*;
use crate::archive::{Export, ExportForm as Form, ExportStatus as Status};

impl Plateau {
    fn published(&mut self, id: &str, title: &str) -> Record {
        let segment = segment(id, title, &["awa"]);
        self.agrees(&segment, 0, all("Awa Diop"));
        self.begin(&segment);
        self.run(2.0);
        self.archive.end(&segment);
        self.measured()
    }

    /// The one who speaks in such a segment takes being archived back.
    fn withdraws(&self, id: &str) {
        self.agrees(&segment(id, "", &["awa"]), 0, less("Awa Diop"));
    }

    /// Has an export made, and returns how it stands at its end.
    fn exported(&mut self, form: Form) -> Export {
        self.archive.export_start(form).unwrap();
        self.wait("an export", |report| {
            let Report::Exports(exports) = report else { return None };
            exports.into_iter().find(|export| export.form == form && export.status != Status::Waiting).filter(ended)
        })
    }

    fn exports(&self, name: &str) -> PathBuf {
        self.folder.path().join("exports").join(name)
    }

    /// Every file of the exports, with its time.
    fn files(&self) -> BTreeMap<PathBuf, std::time::SystemTime> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.exports("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                match entry.metadata().unwrap() {
                    found if found.is_dir() => folders.push(entry.path()),
                    found => drop(files.insert(entry.path(), found.modified().unwrap())),
                }
            }
        }
        files.retain(|path, _| !path.ends_with("jobs.json"));
        files
    }

    /// Files of the exports that have a word in their name or in what they say.
    fn telling(&self, word: &str) -> Vec<PathBuf> {
        let tells = |path: &PathBuf| {
            let content = fs::read(path).unwrap();
            let inside = content.windows(word.len()).any(|found| found == word.as_bytes());
            inside || path.to_string_lossy().contains(word)
        };
        self.files().into_keys().filter(tells).collect()
    }
}

fn ended(export: &Export) -> bool {
    !matches!(export.status, Status::Waiting | Status::Running)
}

#[test]
fn exports_are_made_once_follow_changes_and_lose_who_withdraws() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let long = "Une longue histoire 🌱 ".repeat(9);
    let first = plateau.published("s1", "Le jardin");
    let second = plateau.published("s2", &long);

    // Three at once are made one after the other.
    let archive = plateau.archive.clone();
    for form in [Form::Bundle, Form::Site, Form::Commons] {
        archive.export_start(form).unwrap();
    }
    assert_eq!(archive.export_start(Form::Commons).unwrap_err().code, "export_running");
    let (mut titles, mut went) = (Vec::new(), Vec::new());
    let exports = plateau.wait("all exports", |report| match report {
        Report::Exports(exports) => {
            let running: Vec<_> = exports.iter().filter(|export| export.status == Status::Running).collect();
            assert!(running.len() < 2, "{exports:#?}");
            titles.extend(running.iter().map(|export| export.title.clone()));
            (exports.len() == 3 && exports.iter().all(ended)).then_some(exports)
        }
        Report::Exported(segment, form) => {
            went.push((segment, form));
            None
        }
        _ => None,
    });
    for export in &exports {
        assert_eq!((export.status, export.done, export.of), (Status::Done, 2, 2), "{export:#?}");
    }
    assert!(titles.contains(&first.title), "{titles:?}");
    assert!(went.contains(&("s1".into(), Form::Commons)) && went.contains(&("s2".into(), Form::Bundle)), "{went:?}");

    assert!(sums_hold(&plateau, &first.id) && sums_hold(&plateau, &second.id));
    let front = fs::read_to_string(plateau.exports("site/index.html")).unwrap();
    assert!(front.contains(&first.id) && front.contains(&second.id));
    let film = plateau.exports("commons").join(forms::commons::file_name(&first.description(), "webm"));
    let streams = probe(&film)["streams"].clone();
    assert_eq!((&streams[0]["codec_name"], &streams[1]["codec_name"]), (&"vp9".into(), &"opus".into()));
    assert!(fs::read_to_string(film.with_extension("webm.wiki")).unwrap().contains("{{self|cc-by-sa-4.0"));
    // A title as long as they come fits the file system.
    let film = plateau.exports("commons").join(forms::commons::file_name(&second.description(), "webm"));
    assert!(film.exists());

    // Nothing is made twice.
    let before = plateau.files();
    for form in [Form::Bundle, Form::Site, Form::Commons] {
        assert_eq!(plateau.exported(form).status, Status::Done);
    }
    assert_eq!(plateau.files(), before);

    // A new title names the same film anew.
    let made = before[&film];
    let renamed = archive.update(Update { clip: second.id.clone(), title: Some("Court".into()), ..Update::default() });
    let renamed = renamed.unwrap();
    for form in [Form::Bundle, Form::Site, Form::Commons] {
        plateau.exported(form);
    }
    let files = plateau.files();
    let again = plateau.exports("commons").join(forms::commons::file_name(&renamed.description(), "webm"));
    assert_eq!((files.get(&again), files.get(&film)), (Some(&made), None), "{files:#?}");
    let old = long.trim();
    assert_eq!(plateau.telling(old), Vec::<PathBuf>::new(), "nothing knows how it was called");

    // Who withdraws is in none of them any more by the time the catalogue says so.
    plateau.withdraws("s2");
    assert_eq!(archive.settle("s2"), Ok(()));
    assert_eq!(plateau.telling(&second.id), Vec::<PathBuf>::new());
    assert!(!plateau.telling(&first.id).is_empty() && sums_hold(&plateau, &first.id));
    plateau.archive.discard(&first.id).unwrap();
    assert_eq!(plateau.telling(&first.id), Vec::<PathBuf>::new());
}

/// What was exported by hand, to a disk that may have been taken away since.
#[test]
fn a_withdrawal_reaches_exports_elsewhere_or_says_which_it_does_not() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let record = plateau.published("s1", "Le jardin");
    let disks = tempfile::TempDir::new().unwrap();
    let (here, away) = (disks.path().join("here"), disks.path().join("away"));
    for to in [&here, &away] {
        plateau.archive.export(Form::Bundle, to, "fr", &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(to.join(&record.id).join("clip.mp4").exists());
    }
    let unplugged = disks.path().join("unplugged");
    fs::rename(&away, &unplugged).unwrap();
    plateau.withdraws("s1");
    assert_eq!(plateau.archive.settle("s1"), Ok(()), "what is out of reach is an errand");
    let left = plateau.wait("what is left behind", |report| match report {
        Report::LeftBehind(segment, folder) => Some((segment, folder)),
        _ => None,
    });
    assert_eq!(left, ("s1".into(), away.canonicalize().unwrap_or_else(|_| away.clone())));
    assert!(!here.join(&record.id).exists());
    // Plugged in again, it is brought up to date as any export is.
    fs::rename(&unplugged, &away).unwrap();
    plateau.archive.export(Form::Bundle, &away, "fr", &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(!away.join(&record.id).exists());
}

fn sums_hold(plateau: &Plateau, id: &str) -> bool {
    let mut check = Command::new("sha256sum");
    check.args(["-c", "--quiet", "SHA256SUMS"]).current_dir(plateau.exports("bundle").join(id));
    check.status().unwrap().success()
}

#[test]
fn an_export_is_stopped_by_hand_and_left_at_the_end_for_the_next_start() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let record = plateau.published("s1", "Le jardin");
    let archive = plateau.archive.clone();
    assert_eq!(archive.export_stop(Form::Commons).unwrap_err().code, "export_not_running");
    archive.export_start(Form::Commons).unwrap();
    archive.export_stop(Form::Commons).unwrap();
    assert_eq!(archive.exports_asked()[0].status, Status::Stopped);
    assert!(!plateau.exports("commons").join(forms::commons::file_name(&record.description(), "webm")).exists());

    // The studio ends in the middle of it.
    archive.export_start(Form::Commons).unwrap();
    plateau.wait("its turn", |report| match report {
        Report::Exports(exports) => exports.iter().any(|export| export.status == Status::Running).then_some(()),
        _ => None,
    });
    archive.stop();
    let Plateau { folder, register, .. } = plateau;
    let mut plateau = Plateau::open_in(folder, |settings| Settings { register, ..settings });
    let export = plateau.wait("the export after the restart", |report| match report {
        Report::Exports(exports) => exports.into_iter().find(ended),
        _ => None,
    });
    assert_eq!((export.status, export.done), (Status::Done, 1), "{export:#?}");
    let film = plateau.exports("commons").join(forms::commons::file_name(&record.description(), "webm"));
    assert_eq!(probe(&film)["streams"].as_array().unwrap().len(), 2);
    let names: Vec<_> = plateau.files().into_keys().filter(|path| path.to_string_lossy().contains(".part")).collect();
    assert_eq!(names, Vec::<PathBuf>::new(), "nothing half made is left");
}

#[test]
fn one_clip_that_is_damaged_keeps_no_other_from_an_export() {
    let mut plateau = Plateau::open();
    plateau.run(3.0);
    let broken = plateau.published("s1", "Abîmé");
    let whole = plateau.published("s2", "Entier");
    fs::write(plateau.path(&broken, "clip.mp4"), "no film").unwrap();
    let export = plateau.exported(Form::Commons);
    assert_eq!(export.status, Status::Failed);
    let problem = export.problem.unwrap();
    assert!(problem.code == "export_incomplete" && problem.text.fr.contains("Abîmé"), "{problem:?}");
    assert!(plateau.exports("commons").join(forms::commons::file_name(&whole.description(), "webm")).exists());
}
