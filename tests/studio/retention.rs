//! What is kept, for how long, and who may read it: a day's use of the real program, and a clock that is moved.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{
    day::{ask, code, enter, good, invite, person, propose, sign, signing, state},
    panel_house::{self, ADMIN, ANIMATOR, House, Socket, WITH_PINS},
    support::{wait, wall_clock::WallClock},
};

const OUTPUTS: &str = "[[output]]\nid = \"page\"\nkind = \"hls\"\nstart = \"auto\"\n\
                       [[output]]\nid = \"log\"\nkind = \"file\"\npath = \"whole/program.mp4\"\n";
/// Words of a day that stand nowhere else.
const CONTACT: &str = "zq-4471@example.org";
const VIEWER: &str = "Quatrevents";
const PROPOSER: &str = "Septfontaines";
const SIGNER: &str = "Trousselier";
const UNSENT: &str = "Blanchemaille";
const SENT: &str = "Grandcourtil";

/// A studio in `folder`, by a command that `change` makes of the ordinary one.
fn open(folder: &Arc<TempDir>, change: impl FnOnce(Command) -> Command) -> House {
    let command = panel_house::command(folder, "127.0.0.1:0", &format!("{WITH_PINS}{OUTPUTS}"));
    House::open_by(Arc::clone(folder), change(command))
}

/// A segment that takes place; its clip's id. What its one participant agrees to; `private`: recorded only.
fn segment(house: &House, desk: &mut Socket, title: &str, points: &[&str], private: bool) -> (String, String) {
    ask(
        desk,
        json!({ "command": "segment_add", "title": title, "participants": [{ "name": format!("{SIGNER} {title}") }] }),
    );
    let signer = person(&state(desk), &format!("{SIGNER} {title}"));
    let link = invite(house, &house.login(ANIMATOR), &signer);
    let mut form = signing(house, points, SIGNER);
    form["contact"] = json!(CONTACT);
    let link = good(house, "POST", "/api/participate/sign", &link, &form)["token"].as_str().unwrap().to_owned();
    ask(desk, json!({ "command": "segment_start", "private": private }));
    // Two key frames.
    wait::span(3.0);
    ask(desk, json!({ "command": "segment_end" }));
    let clip = wait::until("the clip", 30.0, || {
        let rundown = state(desk)["rundown"].take();
        let segment = rundown.as_array()?.iter().find(|segment| segment["title"] == title)?;
        segment["clip"].as_str().map(str::to_owned)
    });
    if private {
        ask(desk, json!({ "command": "slate", "on": false }));
    }
    (clip, link)
}

/// An interview of the booth, whole; `send`: and sent.
fn interview(house: &House, name: &str, send: bool) {
    let bearer = format!("Bearer {}", house.login(ANIMATOR));
    let paired = house.request("POST", "/api/booth/pair", &[("Authorization", &bearer)], "");
    let cookie = paired.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let tablet = [("Cookie", &*cookie), ("Origin", house.address()), ("Content-Type", "application/json")];
    let done = |method: &str, path: &str, body: &str| {
        let answer = house.request(method, &format!("/api/booth/takes{path}"), &tablet, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        answer
    };
    let signed = json!({ "name": name, "credit": null, "language": "fr", "adult": true, "recorded": true,
                         "published": false, "text": "J'accepte d'être filmé." });
    let take = done("POST", "", &signed.to_string()).json()["id"].as_str().unwrap().to_owned();
    let film = format!("\0\0\0\x10ftypisom{name}");
    done("PUT", &format!("/{take}/chunks/0"), &film);
    let sha: String = Sha256::digest(film.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    done("POST", &format!("/{take}/finish"), &json!({ "sha256": sha }).to_string());
    if send {
        done("POST", &format!("/{take}/send"), "");
    }
}

/// Ids of the clips of a day's use.
struct Day {
    public: String,
    private: String,
    withdrawn: String,
    binned: String,
}

/// A bit of everything that a studio does on a day.
fn a_day(house: &House) -> Day {
    let mut desk = enter(house, ANIMATOR);
    ask(&mut desk, json!({ "command": "output_start", "output": "log" }));
    ask(&mut desk, json!({ "command": "record", "on": true }));
    good(house, "POST", "/api/questions", "", &json!({ "name": VIEWER, "text": "Et les abeilles ?" }));
    let (link, _) = propose(house, "Une proposition", &[PROPOSER]);
    sign(house, &link, &["recorded"], PROPOSER);
    let all = ["recorded", "live", "archived"];
    let (public, _) = segment(house, &mut desk, "Publique", &all, false);
    let (private, _) = segment(house, &mut desk, "Entre nous", &["recorded"], true);
    let (withdrawn, link) = segment(house, &mut desk, "Reprise", &all, false);
    good(house, "POST", "/api/participate/withdraw", &link, &json!({ "points": ["archived"] }));
    let (binned, _) = segment(house, &mut desk, "Corbeille", &all, false);
    ask(&mut desk, json!({ "command": "clip_remove", "clip": binned }));
    ask(&mut desk, json!({ "command": "photo" }));
    ask(&mut desk, json!({ "command": "export_start", "form": "site" }));
    interview(house, UNSENT, false);
    interview(house, SENT, true);
    good(house, "POST", "/api/visitors", &house.login(ANIMATOR), &json!({ "count": 3 }));
    ask(&mut desk, json!({ "command": "output_stop", "output": "log" }));
    ask(&mut desk, json!({ "command": "record", "on": false }));
    wait::until("all that is under way", 60.0, || {
        let now = state(&mut desk);
        let still = now["recording"]["on"] == true || now["outputs"]["log"]["status"] != "off";
        let exported = now["exports"][0]["status"] == "done";
        let measured = now["clips"].as_array().unwrap().iter().filter(|clip| clip["medium"] == "clip");
        let measured = measured.filter(|clip| clip["loudness"].is_null()).count() == 0;
        (!still && exported && measured && !now["questions"].as_array().unwrap().is_empty()).then_some(())
    });
    Day { public, private, withdrawn, binned }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| if path.is_dir() { [vec![path.clone()], files(&path)].concat() } else { vec![path] })
        .collect()
}

/// The files in which a word stands.
fn traces(folder: &Path, word: &str) -> Vec<String> {
    let found = files(folder)
        .into_iter()
        .filter(|path| path.is_file() && String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).contains(word));
    found.map(|path| path.display().to_string()).collect()
}

#[test]
fn a_days_files_are_closed_to_others_and_each_stands_in_the_documentation() {
    let folder = Arc::new(TempDir::new().unwrap());
    // The machine's own way is the most open there is.
    let house = open(&folder, |command| {
        let mut open = Command::new("sh");
        open.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
        open
    });
    a_day(&house);
    let data = house.data();
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    let documented = ["fr", "en"].map(|language| {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("web/docs/retention.{language}.md"));
        fs::read_to_string(page).unwrap()
    });
    let all = files(&data);
    assert!(all.len() > 60, "{all:?}");
    for path in all {
        // The live page's oldest part goes meanwhile.
        let Ok(mode) = fs::metadata(&path).map(|about| about.permissions().mode()) else { continue };
        assert_eq!(mode & 0o027, 0o040 & mode & 0o027, "{} is {mode:o}", path.display());
        let inside = path.strip_prefix(&data).unwrap().to_str().unwrap();
        let known = |page: &str| {
            let file = inside.trim_end_matches("-wal").trim_end_matches("-shm").trim_end_matches("-journal");
            let above = inside.match_indices('/').map(|(end, _)| format!("`{}/`", &inside[..end]));
            let above = above.chain([format!("`{inside}/`"), format!("`{file}`"), format!("`{file}: ")]);
            above.into_iter().any(|written| page.contains(&written))
        };
        // A folder of which each file has its line, and what the operator's own configuration names.
        let apart = ["audience", "whole", "whole/program.mp4"].contains(&inside);
        assert!(apart || documented.iter().all(|page| known(page)), "{inside} is kept, and no line says for how long");
    }
    house.close();
}

fn problems(desk: &mut Socket) -> Vec<String> {
    let problems = state(desk)["health"]["problems"].take();
    problems.as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

fn is_doubtful(desk: &mut Socket) -> bool {
    problems(desk).iter().any(|code| code == "clock_doubtful")
}

/// Waits until the sweeper doubts the clock, or believes it.
fn wait_for_doubt(house: &House, doubtful: bool) -> Socket {
    // Whoever was logged in a year ago has to log in again.
    let mut desk = enter(house, ADMIN);
    wait::until(&format!("doubt: {doubtful}"), 30.0, || (is_doubtful(&mut desk) == doubtful).then_some(()));
    desk
}

/// What of a day is still there that goes when its term is over.
fn left(data: &Path, day: &Day, except: &[PathBuf]) -> Vec<String> {
    let words = [CONTACT, VIEWER, PROPOSER, UNSENT, SENT];
    let mut left: Vec<String> =
        words.into_iter().filter(|word| !traces(data, word).is_empty()).map(str::to_owned).collect();
    for clip in [&day.private, &day.withdrawn, &day.binned] {
        let ends = |path: &PathBuf| path.to_str().unwrap().contains(clip.as_str());
        // The rundown of what took place is kept, and names it.
        if files(data).iter().any(ends) || !traces(data, clip).iter().all(|file| file.contains("rundown.json")) {
            left.push(clip.clone());
        }
    }
    for folder in ["masters", "recordings", "whole", "bin"] {
        let still = files(&data.join(folder)).into_iter().filter(|path| path.is_file() && !except.contains(path));
        left.extend(still.map(|path| path.display().to_string()));
    }
    left
}

#[test]
fn what_has_had_its_term_goes_by_a_clock_that_can_be_believed_and_by_no_other() {
    let (clock, folder) = (WallClock::new(), Arc::new(TempDir::new().unwrap()));
    let start = || {
        open(&folder, |mut command| {
            clock.govern(&mut command);
            command
        })
    };
    let house = start();
    let day = a_day(&house);
    let (data, mut desk) = (house.data(), enter(&house, ANIMATOR));
    assert!(!is_doubtful(&mut desk));
    let before = left(&data, &day, &[]);
    assert!(before.len() > 12, "{before:?}");

    // What is being recorded is not old, whatever the clock says of its file.
    ask(&mut desk, json!({ "command": "record", "on": true }));
    let recording = wait::until("a recording", 10.0, || {
        let recording = state(&mut desk)["recording"].take();
        recording["on"].as_bool()?.then(|| recording["file"].as_str().map(|file| data.join(file))).flatten()
    });

    // The clock steps by a year and more while the studio runs: nothing goes until an administrator confirms it.
    clock.is_wrong_by(399);
    let mut desk = wait_for_doubt(&house, true);
    let except = [recording];
    assert_eq!(left(&data, &day, &except), before);
    assert_eq!(code(&mut enter(&house, ANIMATOR), json!({ "command": "retention_confirm" })), "forbidden");
    let said = state(&mut desk)["health"]["problems"].take();
    let said = said.as_array().unwrap().iter().find(|problem| problem["code"] == "clock_doubtful").unwrap();
    assert!(said["text"]["fr"].as_str().unwrap().contains("retention_confirm"), "{said}");
    let confirmed = house.ctl(ADMIN, &["retention_confirm"]);
    assert!(confirmed.status.success(), "{confirmed:?}");
    let gone = wait::within(60.0, || left(&data, &day, &except).is_empty().then_some(()));
    assert!(gone.is_some(), "still there: {:?}", left(&data, &day, &except));
    assert!(except[0].exists(), "it is being written");
    wait_for_doubt(&house, false);
    // What is for good is there, and so is what was signed for it.
    let film = format!("/clips/{}/clip.mp4", day.public);
    assert_eq!(house.request("GET", &film, &[], "").status, 200);
    assert!(traces(&data, SIGNER).iter().any(|file| file.contains("people.sqlite")));
    let clips = state(&mut enter(&house, ANIMATOR))["clips"].take();
    let ids: Vec<_> = clips.as_array().unwrap().iter().map(|clip| clip["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&day.public], "the desk is told");

    // A new question, and a start two days before the last run: in doubt, and it stays so weeks later.
    let ask_again = |house: &House| {
        good(house, "POST", "/api/questions", "", &json!({ "name": VIEWER, "text": "Et les guêpes ?" }));
        let file = data.join("audience");
        wait::until("the question", 10.0, || (!traces(&file, VIEWER).is_empty()).then_some(()));
    };
    ask_again(&house);
    house.close();
    clock.is_wrong_by(397);
    let house = start();
    wait_for_doubt(&house, true);
    house.close();
    clock.is_wrong_by(450);
    let house = start();
    let mut desk = wait_for_doubt(&house, true);
    assert!(!traces(&data, VIEWER).is_empty());
    ask(&mut desk, json!({ "command": "retention_confirm" }));
    wait::until("the question's end", 30.0, || traces(&data, VIEWER).is_empty().then_some(()));
    // Off for five weeks, which is nothing to doubt.
    ask_again(&house);
    house.close();
    clock.is_wrong_by(485);
    let house = start();
    wait::until("the question's end", 30.0, || traces(&data, VIEWER).is_empty().then_some(()));
    assert!(!is_doubtful(&mut enter(&house, ADMIN)));
    assert_eq!(house.request("GET", &film, &[], "").status, 200);
    house.close();
}
