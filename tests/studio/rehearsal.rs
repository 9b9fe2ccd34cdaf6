//! A rehearsal: everything works, and nothing leaves the house.

use std::{io::ErrorKind, net::TcpListener, time::Duration};

use serde_json::{Value, json};

use crate::support::{
    studio::{Setup, Studio},
    wait,
};

fn playlist(studio: &Studio) -> Option<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10))).build().into();
    let mut answer = agent.get(format!("{}/live/index.m3u8", studio.address())).call().ok()?;
    answer.body_mut().read_to_string().ok()
}

/// How much the public page has: its parts.
fn parts(studio: &Studio) -> usize {
    playlist(studio).map_or(0, |text| text.matches("#EXTINF").count() + text.matches("#EXT-X-PART:").count())
}

#[test]
fn the_desk_goes_live_and_nobody_is_sent_anything() {
    let network = TcpListener::bind("127.0.0.1:0").unwrap();
    network.set_nonblocking(true).unwrap();
    let setup = Setup::small()
        .with("[[source]]\nid = \"cam1\"\nkind = \"test\"\n")
        .with("[[output]]\nid = \"page\"\nkind = \"hls\"\n")
        .with(&format!(
            "[[output]]\nid = \"network\"\nkind = \"rtmp\"\nurl = \"rtmp://{}/live\"\nkey = \"k\"\n",
            network.local_addr().unwrap()
        ))
        .with("[[output]]\nid = \"log\"\nkind = \"file\"\npath = \"program.mp4\"\n");
    let studio = Studio::start(&setup);
    let output =
        |state: &Value, id: &str| (state["outputs"][id]["status"].clone(), state["outputs"][id]["simulated"].clone());
    let is =
        |state: &Value, id: &str, status: &str, simulated: bool| output(state, id) == (json!(status), json!(simulated));

    // Really live first: a rehearsal ends that.
    studio.command(json!({ "command": "output_start", "output": "page" }));
    studio.wait_for("the page really live", 15.0, |state| is(state, "page", "live", false));
    wait::until("something on the page", 10.0, || (parts(&studio) > 2).then_some(()));
    studio.command(json!({ "command": "rehearsal", "on": true }));
    studio.wait_for("the page off", 10.0, |state| is(state, "page", "off", false));
    let before = parts(&studio);

    for id in ["page", "network", "log"] {
        studio.command(json!({ "command": "output_start", "output": id }));
    }
    studio.command(json!({ "command": "output_retry", "output": "network" }));
    studio.command(json!({ "command": "record", "on": true }));
    let state = studio.wait_for("all of it live, as far as the desk knows", 10.0, |state| {
        is(state, "page", "live", true) && is(state, "network", "live", true) && is(state, "log", "live", false)
    });
    assert!(state["outputs"]["network"]["since"].is_u64() && state["rehearsal"] == true);
    let state = studio.wait_for("the recording", 10.0, |state| state["recording"]["file"].is_string());
    let recorded = studio.file(state["recording"]["file"].as_str().unwrap());
    wait::until("a file that grows", 10.0, || recorded.metadata().is_ok_and(|file| file.len() > 20_000).then_some(()));
    assert_eq!(parts(&studio), before, "the public page stands still");
    assert_eq!(network.accept().err().map(|error| error.kind()), Some(ErrorKind::WouldBlock), "nobody is called");

    // Its end puts nobody on air.
    studio.command(json!({ "command": "rehearsal", "on": false }));
    let state = studio.wait_for("what was simulated off", 10.0, |state| {
        is(state, "page", "off", false) && is(state, "network", "off", false)
    });
    assert!(is(&state, "log", "live", false) && state["recording"]["on"] == true, "what stays in the house goes on");
    studio.command(json!({ "command": "output_start", "output": "page" }));
    studio.wait_for("the page really live again", 15.0, |state| is(state, "page", "live", false));
}
