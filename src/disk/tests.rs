use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::*;

#[test]
fn a_data_folder_is_its_owners_and_the_groups_rights_are_the_operators() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("var/plateau");
    let mode = || fs::metadata(&data).unwrap().permissions().mode() & 0o777;
    private_folder(&data).unwrap();
    assert_eq!(mode(), 0o700);
    for (before, after) in [(0o755, 0o750), (0o710, 0o710), (0o777, 0o770)] {
        fs::set_permissions(&data, fs::Permissions::from_mode(before)).unwrap();
        private_folder(&data).unwrap();
        assert_eq!(mode(), after, "{before:o}");
    }
    fs::write(folder.path().join("file"), "").unwrap();
    assert!(private_folder(&folder.path().join("file/data")).is_err());
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/numbers.json");
    (folder, path)
}

fn numbers(path: &Path) -> Saver<Vec<u32>> {
    Saver::start(path.to_owned(), Readers::Owner, "numbers_not_kept", |numbers| serde_json::to_vec(&numbers))
}

fn said(path: &Path) -> Vec<u32> {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A value long enough that it takes more than one write.
fn long(number: u32) -> Vec<u32> {
    vec![number; 50_000]
}

#[test]
fn of_200_fast_changes_the_newest_is_left_and_each_was_told_when_it_or_a_newer_one_was_there() {
    let (_folder, path) = folder();
    let saver = numbers(&path);
    let saved: Vec<_> = (0..200).map(|number| saver.save(long(number))).collect();
    for (number, saved) in saved.into_iter().enumerate() {
        saved.blocking_recv().unwrap().unwrap();
        let there = said(&path);
        assert!(there[0] as usize >= number && there == long(there[0]), "{number}: {}", there[0]);
    }
    assert_eq!(said(&path), long(199));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(path.parent().unwrap()), ["numbers.json"]);
}

#[test]
fn what_waits_when_a_saver_ends_is_written() {
    let (_folder, path) = folder();
    let saver = numbers(&path);
    (0..200).for_each(|number| drop(saver.save(long(number))));
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(saver.end());
    assert_eq!(said(&path), long(199));
}

#[test]
fn nothing_is_told_before_it_is_on_the_disk() {
    let (_folder, path) = folder();
    // Writing begins when it is let.
    let saver = Saver::start(path.clone(), Readers::All, "numbers_not_kept", |(gate, number): (Receiver<()>, u32)| {
        gate.recv().unwrap();
        serde_json::to_vec(&[number])
    });
    let (opens, gate) = channel();
    let mut saved = saver.save((gate, 7));
    thread::sleep(Duration::from_millis(50));
    assert!(saved.try_recv().is_err() && !path.exists());
    opens.send(()).unwrap();
    saved.blocking_recv().unwrap().unwrap();
    assert_eq!(said(&path), [7]);
}

#[test]
fn those_who_write_the_same_file_at_once_take_nothing_from_each_other() {
    let (_folder, path) = folder();
    let savers: Vec<_> = (0..4).map(|_| numbers(&path)).collect();
    drop(savers[0].save(long(0)));
    thread::scope(|scope| {
        for (who, saver) in savers.iter().enumerate() {
            scope.spawn(move || {
                for number in 0..50 {
                    saver.save(long(who as u32 * 100 + number)).blocking_recv().unwrap().unwrap();
                }
            });
        }
        for _ in 0..200 {
            if let Ok(text) = fs::read(&path) {
                let there: Vec<u32> = serde_json::from_slice(&text).expect("whole at any time");
                assert_eq!(there, long(there[0]));
            }
        }
    });
    assert_eq!(names(path.parent().unwrap()), ["numbers.json"]);
}

#[test]
fn what_cannot_be_written_is_said_and_written_as_soon_as_it_can_be() {
    let (folder, path) = folder();
    fs::write(folder.path().join("state"), "in the way of the folder").unwrap();
    let saver = numbers(&path);
    let problem = saver.save(vec![1]).blocking_recv().unwrap().unwrap_err();
    assert_eq!(problem.code, "numbers_not_kept");
    assert!(problem.text.fr.contains("numbers.json") && problem.text.en.contains("Make room"), "{problem:?}");
    assert_eq!(saver.problem(), Some(problem));
    fs::remove_file(folder.path().join("state")).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while saver.problem().is_some() {
        assert!(Instant::now() < end, "it is not tried again");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(said(&path), [1]);
}

#[test]
fn what_a_crash_left_beside_a_file_goes_and_what_is_being_written_stays() {
    let (_folder, path) = folder();
    let state = path.parent().unwrap();
    fs::create_dir(state).unwrap();
    fs::write(state.join(".numbers.json.aXbYcZ.new"), "[1, 2").unwrap();
    fs::write(state.join(".other.json.aXbYcZ.new"), "somebody else's").unwrap();
    let under_way = beside(&path, Readers::Owner).unwrap();
    write(&path, b"[1]", Readers::Owner).unwrap();
    let writing = under_way.path().file_name().unwrap().to_str().unwrap().to_owned();
    let mut left = names(state);
    left.sort();
    let mut wanted = [writing, ".other.json.aXbYcZ.new".to_owned(), "numbers.json".to_owned()];
    wanted.sort();
    assert_eq!(left, wanted);
    under_way.persist(&path).unwrap();
    remove_leftovers(state);
    assert_eq!(names(state), ["numbers.json"]);
}

#[test]
fn a_damaged_file_is_set_aside_and_a_missing_one_is_none() {
    let (_folder, path) = folder();
    assert_eq!(read::<Vec<u32>>(&path, 100), None);
    fs::create_dir(path.parent().unwrap()).unwrap();
    for (content, found) in [("[1]", Some(vec![1])), ("[1", None), ("[1,                  1]", None)] {
        fs::write(&path, content).unwrap();
        assert_eq!(read::<Vec<u32>>(&path, 20), found, "{content}");
        assert_eq!(path.exists(), found.is_some(), "{content}");
        if found.is_none() {
            assert_eq!(fs::read_to_string(path.with_extension("json.damaged")).unwrap(), content);
        }
    }
}

/// Files of the program that replace files by themselves, and why.
const EXCEPTIONS: [(&str, &str); 10] = [
    ("src/disk.rs", "here"),
    ("src/archive/store/files.rs", "folders and films appear whole, by an exchange"),
    ("src/archive/store/mod.rs", "a clip's folder moves into the bin and back"),
    ("src/archive/store/stage.rs", "a film moves into the folder that appears whole"),
    ("src/archive/export/mod.rs", "a film and an exported folder appear whole"),
    ("src/archive/export/commons.rs", "a film appears whole"),
    ("src/booth/convert.rs", "a film appears whole"),
    ("src/outputs/hls/store.rs", "pieces of the live page, which the next start deletes"),
    ("src/retention/docs.rs", "a test that writes documentation"),
    ("src/protocol/typescript.rs", "a test that writes types"),
];

#[test]
fn no_other_code_replaces_a_file() {
    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in files(&root.join("src")) {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let test = name.ends_with("tests.rs") || name.ends_with("/sample.rs") || name.contains("/tests/");
        if !name.ends_with(".rs") || test || EXCEPTIONS.iter().any(|(exception, _)| name == *exception) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        // Tests stand at the end of a file.
        let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for word in ["fs::write(", "fs::rename(", ".persist(", "File::create("] {
            if program.contains(word) {
                found.push(format!("{name}: {word}"));
            }
        }
    }
    assert!(found.is_empty(), "disk::write or a disk::Saver does this: {found:#?}");
}
