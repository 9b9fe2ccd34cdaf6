use super::*;
use crate::booth::sign::tests::signed;

const HEAD: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3, 1, 2, 3];

fn take(folder: &Path) -> Take {
    Take::start(folder.join("t"), signed(), 1).unwrap()
}

fn sha(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn chunks_come_in_order_once_and_their_hash_is_the_whole_s() {
    let folder = tempfile::tempdir().unwrap();
    let mut take = take(folder.path());
    assert_eq!(take.chunk(0, HEAD).unwrap(), Progress { next: 1, bytes: 7 });
    assert_eq!(take.chunk(0, HEAD).unwrap(), Progress { next: 1, bytes: 7 }, "its answer was lost: sent again");
    assert_eq!(take.chunk(2, b"later").unwrap_err().reason, Reason::Conflict);
    assert_eq!(take.chunk(0, b"another").unwrap(), Progress { next: 1, bytes: 7 });
    assert_eq!(take.chunk(0, b"longer than it").unwrap_err().reason, Reason::Conflict);
    assert_eq!(take.chunk(1, b"").unwrap_err().reason, Reason::Bad);
    take.chunk(1, b"tail").unwrap();
    assert_eq!(take.finish(&sha(b"else")).unwrap_err().reason, Reason::Damaged);
    let whole = [HEAD, b"tail"].concat();
    take.finish(&sha(&whole)).unwrap();
    take.finish(&sha(&whole)).unwrap();
    assert_eq!(fs::read(take.recording()).unwrap(), whole);
    assert_eq!(take.chunk(2, b"more").unwrap_err().reason, Reason::Conflict);
}

#[test]
fn a_crash_costs_at_most_the_chunk_it_met() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = take(folder.path());
    before.chunk(0, HEAD).unwrap();
    before.chunk(1, b"second").unwrap();
    // The crash came after the data and before its line, then once more in the middle of the line.
    let recording = before.recording();
    drop(before);
    OpenOptions::new().append(true).open(&recording).unwrap().write_all(b"third").unwrap();
    OpenOptions::new().append(true).open(folder.path().join("t/chunks")).unwrap().write_all(b"5").unwrap();
    let mut after = Take::resume(folder.path().join("t")).unwrap();
    assert_eq!(after.progress(), Progress { next: 2, bytes: 13 });
    after.chunk(2, b"third").unwrap();
    after.finish(&sha(&[HEAD, b"second", b"third"].concat())).unwrap();
    assert_eq!(Take::resume(folder.path().join("t")).unwrap().note.stage, Stage::Finished);
}

#[test]
fn what_is_no_recording_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut take = take(folder.path());
    assert_eq!(take.chunk(0, b"<html>").unwrap_err().reason, Reason::WrongKind);
    assert_eq!(take.chunk(0, b"").unwrap_err().reason, Reason::Bad);
    assert_eq!(take.finish(&sha(b"")).unwrap_err().reason, Reason::Damaged);
    assert!(take.chunk(0, &[0, 0, 0, 24, b'f', b't', b'y', b'p', b'i']).is_ok());
    let note = fs::read_to_string(folder.path().join("t/take.json")).unwrap();
    assert!(note.contains("Odile") && note.contains("text_sha256"), "who agreed to what is kept with it: {note}");
}
