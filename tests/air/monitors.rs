//! The panels' pictures: fresh, and no burden, however many look.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use crate::{
    stage::Stage,
    support::{
        alone,
        camera::Setup,
        clock, process_tree, recording,
        studio::{ANIMATOR_PIN, Studio},
    },
};

/// Tiles of a panel: two cameras and four test pictures.
const TILES: [&str; 6] = ["cam0", "cam1", "test0", "test1", "test2", "test3"];

fn tests() -> String {
    let table = |n| format!("[[source]]\nid = \"test{n}\"\nkind = \"test\"\n");
    (0..4).map(table).collect()
}

fn token(studio: &Studio) -> String {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10))).build().into();
    let body = json!({ "pin": ANIMATOR_PIN }).to_string();
    let request = agent.post(format!("{}/api/login", studio.address())).content_type("application/json");
    let answer = request.send(body).unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str::<Value>(&answer).unwrap()["token"].as_str().unwrap().to_owned()
}

/// Pictures of one source that a client was sent.
#[derive(Debug, Default, Clone)]
struct Seen {
    count: usize,
    /// Capture time of the last, seconds.
    last: f64,
    /// How old each was when it came, seconds.
    ages: Vec<f64>,
}

/// Watches `sources` for `length`, as a panel does that draws nothing.
async fn watch(address: &str, token: &str, command: Value, length: Duration) -> BTreeMap<String, Seen> {
    let mut request = format!("{}/api/control", address.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("Authorization", format!("Bearer {token}").parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    socket.send(tungstenite::Message::text(command.to_string())).await.unwrap();
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    let read = async {
        while let Some(message) = socket.next().await {
            let tungstenite::Message::Binary(bytes) = message.expect("the studio never closes") else { continue };
            let now = clock::now();
            let length = usize::from(bytes[1]);
            let id = String::from_utf8(bytes[2..2 + length].to_vec()).unwrap();
            let captured = u64::from_be_bytes(bytes[2 + length..10 + length].try_into().unwrap()) as f64 / 1e6;
            let seen = seen.entry(id).or_default();
            assert!(captured > seen.last, "never an older one");
            seen.count += 1;
            seen.last = captured;
            seen.ages.push(now - captured);
        }
        panic!("the studio closed");
    };
    let _ = tokio::time::timeout(length, read).await;
    seen
}

/// `clients` of them at once.
fn crowd(studio: &Studio, clients: usize, length: Duration) -> Vec<BTreeMap<String, Seen>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (address, token) = (studio.address().to_owned(), token(studio));
    let command = json!({ "command": "monitor", "sources": TILES, "width": 320, "fps": 10 });
    let all = (0..clients).map(|_| watch(&address, &token, command.clone(), length));
    runtime.block_on(futures_util::future::join_all(all))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A quarter of a minute, or as many seconds as `CROWD_SECONDS` says.
#[test]
fn twenty_panels_cost_little_more_than_one_and_the_programme_has_no_gap() {
    let _alone = alone();
    let seconds = std::env::var("CROWD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(15);
    let mut stage = Stage::start(&[Setup::small(0), Setup::small(1)], &tests());
    for tile in TILES {
        stage.studio.wait_source(tile, "live", 10.0);
    }
    let cost = |clients: usize, seconds: u64| {
        let before = (process_tree::cpu(stage.studio.pid()), clock::now());
        let seen = crowd(&stage.studio, clients, Duration::from_secs(seconds));
        let spent = process_tree::cpu(stage.studio.pid()) - before.0;
        (spent / (clock::now() - before.1), seen)
    };
    let (one, _) = cost(1, 5);
    let (twenty, seen) = cost(20, seconds);
    println!("cores for one panel: {one:.3}, for twenty: {twenty:.3}");
    // Encoded twenty times, the pictures alone would cost more than all the rest.
    assert!(twenty - one < 0.35, "nineteen more panels cost {:.3} cores", twenty - one);
    for client in &seen {
        for tile in TILES {
            let seen = client.get(tile).unwrap_or_else(|| panic!("no picture of {tile}"));
            assert!(seen.count as u64 >= seconds * 8, "{tile}: {} pictures in {seconds} s", seen.count);
        }
    }
    let ages: Vec<f64> = seen.iter().flat_map(BTreeMap::values).flat_map(|seen| seen.ages.clone()).collect();
    let age = median(ages);
    println!("a tile is {age:.3} s old when it comes");
    assert!(age <= 0.1, "tiles are {age} s old");
    let health = stage.studio.state()["health"].clone();
    assert_eq!(health["frames_dropped"], 0, "{health}");
    stage.studio.stop();
    let (gap, at) = recording::widest_gap(&stage.studio.file("program.mp4"));
    assert!(gap <= 0.06, "a gap of {gap} s at {at} s");
}

#[test]
fn the_programs_monitor_has_every_picture_and_none_is_late() {
    let _alone = alone();
    let stage = Stage::start(&[Setup::small(0)], "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let command = json!({ "command": "monitor", "sources": ["program"], "width": 640, "fps": 25 });
    let seconds = 6;
    let token = token(&stage.studio);
    let watching = watch(stage.studio.address(), &token, command, Duration::from_secs(seconds));
    let seen = runtime.block_on(watching).remove("program").expect("pictures of the program");
    let age = median(seen.ages.clone());
    println!("the program's monitor is {age:.3} s old when it comes, {} pictures in {seconds} s", seen.count);
    assert!(seen.count as u64 >= seconds * 24, "{} pictures in {seconds} s", seen.count);
    assert!(age <= 0.1, "the program's monitor is {age} s old");
    let late = seen.ages.iter().filter(|age| **age > 0.15).count();
    assert!(late * 20 <= seen.count, "{late} of {} are late: it queues", seen.count);
}
