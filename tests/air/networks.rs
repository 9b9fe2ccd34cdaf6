//! Networks with troubles of their own: four destinations of which three are ill, and a chat that floods.

use serde_json::{Value, json};

use crate::{
    stage::{FRAME, Stage},
    support::{
        alone,
        camera::Setup,
        clock,
        networks::Ngircd,
        picture::{Region, WHOLE},
        probe::{Cadence, Probe},
        process_tree, recording,
        rtmp_server::RtmpServer,
        slow_line::SlowServer,
        wait,
    },
};

fn output<'a>(state: &'a Value, id: &str) -> &'a Value {
    &state["outputs"][id]
}

/// One is killed, one hangs without reading, one refuses the publisher, one is behind a slow line: the
/// healthy one, the recording and the live page have no gap, each says what ails it, and each comes
/// back by itself.
#[test]
fn three_ill_destinations_are_not_seen_by_the_healthy_one() {
    let _alone = alone();
    let (mut killed, frozen, refusing) = (RtmpServer::start(), RtmpServer::start(), RtmpServer::start());
    let slow = SlowServer::start();
    let mut stage = Stage::with(&[Setup::small(0)], |setup| {
        setup
            .with("[[output]]\nid = \"page\"\nkind = \"hls\"\nstart = \"auto\"\n")
            .output("killed", "rtmp", &format!("url = \"{}\"", killed.url("a")))
            .output("frozen", "rtmp", &format!("url = \"{}\"", frozen.url("b")))
            .output("refused", "rtmp", &format!("url = \"{}\"", refusing.closed_url("c")))
            .output("slow", "rtmp", &format!("url = \"{}\"", slow.url("d")))
    });
    for id in ["killed", "frozen", "slow", "page"] {
        stage.studio.wait_output(id, "live", 15.0);
    }
    let healthy = stage.viewer();
    let page = Probe::stream(&format!("{}/live/index.m3u8", stage.studio.address()));
    page.shows(0, 0.0, 20.0);
    // All began at once: the camera's place on the clock is found anew when the machine has calmed down.
    wait::span(4.0);
    // The page shows what the network's viewers saw some seconds ago.
    let since = healthy.frames().iter().rev().find_map(|frame| frame.look().code).expect("a picture").at;

    killed.kill();
    frozen.freeze();
    slow.throttle(Some(20_000));
    // Five seconds without a byte taken, and what the frozen server's kernel still takes on its behalf: up to a
    // megabyte.
    let state = stage.studio.wait_for("all three to be noticed", 25.0, |state| {
        let live = |id: &str| output(state, id)["status"] == "live";
        !live("killed") && !live("frozen") && output(state, "refused")["status"] == "refused"
    });
    assert_eq!(output(&state, "refused")["problem"]["fault"], "operator");
    for id in ["killed", "frozen"] {
        assert_eq!(output(&state, id)["problem"]["fault"], "other_side", "{id}: {}", output(&state, id));
    }
    stage.studio.wait_for("the slow line to be told", 25.0, |state| {
        let dropped = output(state, "slow")["dropped_frames"].as_u64() > Some(0);
        dropped || output(state, "slow")["status"] == "retrying"
    });
    wait::span(2.0);

    killed.restart();
    frozen.thaw();
    slow.throttle(None);
    for id in ["killed", "frozen", "slow"] {
        stage.studio.wait_output(id, "live", 20.0);
    }
    killed.wait_for("a", 10.0);
    frozen.wait_for("b", 10.0);
    slow.server.wait_for("d", 10.0);
    let state = stage.studio.state();
    assert!(output(&state, "killed")["reconnections"].as_u64() >= Some(1));
    assert_eq!(output(&state, "net")["reconnections"], 0);
    assert!(output(&state, "net")["sent_bytes"].as_u64() > Some(100_000));

    for (what, mut frames) in [("RTMP", healthy.frames()), ("HLS", page.frames())] {
        frames.retain(|frame| frame.look().code.is_none_or(|code| code.at >= since));
        let cadence = Cadence::of(&frames, FRAME);
        assert!(cadence.clean(stage.late()) && cadence.pairs > 100, "{what}: {cadence:?}");
    }
    stage.studio.stop();
    let file = stage.studio.file("program.mp4");
    let (gap, at) = recording::widest_gap(&file);
    assert!(gap <= 0.06, "the recording has a gap of {gap} s at {at} s");
}

/// What a test of a destination says: yes, no, nobody there; and nothing is published.
#[test]
fn a_destination_is_tested_before_the_show() {
    let _alone = alone();
    let mut stage = Stage::with(&[Setup::small(0)], |setup| setup);
    let other = RtmpServer::start();
    let manual = |id: &str, url: &str| format!("[[output]]\nid = \"{id}\"\nkind = \"rtmp\"\nurl = \"{url}\"\n");
    stage.studio.stop();
    let gone = format!("rtmp://127.0.0.1:{}/live/x", crate::support::ports::tcp());
    let setup = crate::support::studio::Setup::small()
        .with(&stage.cameras[0].block("cam0"))
        .with(&manual("good", &other.url("a")))
        .with(&manual("bad", &other.closed_url("a")))
        .with(&manual("gone", &gone));
    let mut studio = crate::support::studio::Studio::start(&setup);
    for (id, ok, word) in [("good", true, "key"), ("bad", false, "key"), ("gone", false, "cannot be reached")] {
        studio.command(json!({ "command": "output_test", "output": id }));
        let state = studio.wait_for("the test", 20.0, |state| output(state, id)["tested"]["ok"].is_boolean());
        let tested = &output(&state, id)["tested"];
        assert_eq!(tested["ok"], ok, "{id}: {tested}");
        assert!(tested["text"]["en"].as_str().unwrap().contains(word), "{id}: {tested}");
        assert_eq!(output(&state, id)["status"], "off");
    }
    assert!(!other.publishes("a"), "nothing is published by a test");
    studio.command(json!({ "command": "output_start", "output": "good" }));
    studio.wait_output("good", "live", 10.0);
    let refused = studio.client().command(json!({ "command": "output_test", "output": "good" }));
    assert_eq!(refused["error"]["code"], "output_running");
    studio.stop();
}

/// A thousand messages a second: the desk answers, memory stays, the programme has its cadence, and a
/// question of a viewer comes through and is on the picture within a fifth of a second.
#[test]
fn a_chat_that_floods_is_seen_by_nobody() {
    let _alone = alone();
    let chat = Ngircd::start();
    let mut stage = Stage::start(
        &[Setup::small(0)],
        &format!("[[voices]]\nid = \"irc\"\nkind = \"irc\"\nserver = \"{}\"\nchannel = \"plateau\"\n", chat.url()),
    );
    stage.studio.wait_for("the chat", 15.0, |state| state["voices"]["networks"]["irc"]["status"] == "live");
    let mut bot = chat.talker("bot", "#plateau");
    // The lower edge of the card stays where it is, whatever it says: a white line below the text.
    let plate = Region { x: 0.2, y: 0.886, width: 0.3, height: 0.018 };
    let viewer = Probe::regions(&stage.server.url("pgm"), &[WHOLE, plate]);
    viewer.shows(0, 0.0, 15.0);
    let (from, before) = (viewer.count(), process_tree::memory(stage.studio.pid()).resident);

    let flood = std::thread::spawn(move || {
        let began = clock::now();
        for n in 0..10_000u32 {
            bot.say(&format!("message {n} {}", "abcdefgh ".repeat(20)));
            let ahead = f64::from(n) / 1000.0 - (clock::now() - began);
            if ahead > 0.002 {
                wait::span(ahead);
            }
        }
    });
    stage.studio.wait_for("messages left out", 10.0, |state| {
        state["voices"]["networks"]["irc"]["dropped"].as_u64() > Some(1000)
    });
    // A viewer asks in the middle of it.
    let long =
        "Une question assez longue pour que la carte ait toute sa largeur et plusieurs lignes, comme il arrive ?";
    let body = json!({ "name": "Lucie", "text": long }).to_string();
    let asked = ureq::post(format!("{}/api/questions", stage.studio.address())).send(body).unwrap();
    assert_eq!(asked.status().as_u16(), 201);
    let ours = |state: &Value| {
        let questions = state["questions"].as_array().unwrap().iter();
        questions
            .filter(|question| question["name"] == "Lucie")
            .find_map(|question| question["id"].as_str().map(str::to_owned))
    };
    let state = stage.studio.wait_for("the question", 5.0, |state| ours(state).is_some());
    let id = ours(&state).unwrap();
    let began = clock::now();
    stage.studio.command(json!({ "command": "question_accept", "question": id }));
    assert!(clock::now() - began < 0.5, "the desk answered after {} s", clock::now() - began);
    let shown_at = clock::now();
    stage.studio.command(json!({ "command": "question_show", "question": id }));
    let card = viewer.first("the card", shown_at, 5.0, |frame| frame.looks[1].luma > 222.0 && frame.filmed().is_some());
    // The frame's own time is when its picture left the camera; the mix shows it within two frames.
    let took = card.filmed().unwrap() + 2.0 * FRAME - shown_at;
    println!("a question is on the picture {took:.3} s after it is shown");
    assert!(took <= 0.2, "{took} s");
    stage.studio.command(json!({ "command": "question_hide" }));
    flood.join().unwrap();

    let state = stage.studio.state();
    let network = &state["voices"]["networks"]["irc"];
    assert!(network["received"].as_u64() > Some(5000), "{network}");
    assert!(state["questions"].as_array().unwrap().len() <= 250);
    let grown = process_tree::memory(stage.studio.pid()).resident.saturating_sub(before) / 1_000_000;
    assert!(grown < 40, "{grown} MB more");
    let cadence = Cadence::of(&viewer.frames().split_off(from), FRAME);
    assert!(cadence.clean(stage.late()) && cadence.pairs > 150, "{cadence:?}, {} sent late", stage.late());
    stage.studio.stop();
}
