//! What the live page still serves of somebody who withdrew: judged picture by picture, by what the pictures
//! themselves say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, hint,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    day::Town,
    support::{
        alone,
        camera::{self, Camera},
        clock,
        edge::Edge,
        picture::WHOLE,
        probe::Probe,
        studio::{Setup, Studio},
        wait,
    },
};

/// Filmed during the segment of somebody who withdraws, and never else.
const DURING: u8 = 1;
/// Filmed outside it.
const OUTSIDE: u8 = 2;
/// Seconds from a key frame to the next in this studio, and what the studio takes besides at each end.
const LOST: f64 = 1.0 + 0.5;
/// Seconds that a command may take to be seen in the picture.
const LAG: f64 = 0.5;

/// Threads that do nothing, as fast as they can, until dropped.
struct Load(Arc<AtomicBool>);

impl Load {
    fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        // More than any machine that runs this has cores for.
        for _ in 0..8 {
            let over = over.clone();
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    hint::spin_loop()
                }
            });
        }
        Self(over)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10)));
    config.http_status_as_error(false).build().into()
}

fn get(agent: &ureq::Agent, address: &str) -> (u16, Vec<u8>) {
    let mut answer = agent.get(address).call().unwrap();
    (answer.status().as_u16(), answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap())
}

/// Remembers every file that the playlist ever named, under `/live/`.
struct Watcher {
    names: Arc<Mutex<BTreeSet<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    fn start(address: &str) -> Self {
        let (names, over) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)));
        let (list, all, ending) = (format!("{address}/live/index.m3u8"), names.clone(), over.clone());
        let thread = thread::spawn(move || {
            let agent = agent();
            while !ending.load(Ordering::Relaxed) {
                let text = String::from_utf8(get(&agent, &list).1).unwrap();
                let uris = text.split("URI=\"").skip(1).filter_map(|rest| rest.split('"').next());
                let segments = text.lines().filter(|line| line.ends_with(".m4s"));
                all.lock().unwrap().extend(uris.chain(segments).map(str::to_owned));
                thread::sleep(Duration::from_millis(60));
            }
        });
        Self { names, over, thread: Some(thread) }
    }

    fn finish(mut self) -> BTreeSet<String> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
        std::mem::take(&mut self.names.lock().unwrap())
    }
}

/// What is still served of all that was ever named: bodies by name.
fn served(address: &str, names: &BTreeSet<String>) -> BTreeMap<String, Vec<u8>> {
    let agent = agent();
    let answers = names.iter().map(|name| (name.clone(), get(&agent, &format!("{address}/live/{name}"))));
    answers.filter(|(_, (status, _))| *status == 200).map(|(name, (_, body))| (name, body)).collect()
}

/// Every picture in what is served: its camera, `None` for the slate, and when it was filmed. Parts are a
/// piece of their segment, or of one that is not whole.
fn pictures(served: &BTreeMap<String, Vec<u8>>) -> Vec<(Option<u8>, f64)> {
    let headers: Vec<(&String, &Vec<u8>)> = served.iter().filter(|(name, _)| name.contains("init-")).collect();
    let [(header, head)] = headers[..] else { panic!("one header, not {}", headers.len()) };
    let session = header.split('/').next().unwrap();
    let mut parts: BTreeMap<u64, BTreeMap<u64, &[u8]>> = BTreeMap::new();
    let mut whole: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for (name, body) in served.iter().filter(|(name, _)| name.ends_with(".m4s")) {
        let numbers: Vec<u64> =
            name[session.len() + 1..].trim_end_matches(".m4s").split('.').map(|text| text.parse().unwrap()).collect();
        match numbers[..] {
            [segment] => drop(whole.insert(segment, body.clone())),
            [segment, part] => drop(parts.entry(segment).or_default().insert(part, body)),
            _ => panic!("{name}"),
        }
    }
    for (number, parts) in parts {
        match whole.get(&number) {
            Some(segment) => {
                let pieces = parts.values().all(|part| segment.windows(part.len()).any(|window| window == *part));
                assert!(pieces, "the parts of segment {number} are pieces of it");
            }
            None => {
                assert!(parts.contains_key(&0), "a piece of segment {number} without its beginning");
                whole.insert(number, parts.into_values().flatten().copied().collect());
            }
        }
    }
    // Those that follow one another are decoded as a player would, one after the other.
    let mut runs: Vec<Vec<u8>> = Vec::new();
    let mut next = None;
    for (number, segment) in whole {
        if next != Some(number) {
            runs.push(head.clone());
        }
        runs.last_mut().unwrap().extend(segment);
        next = Some(number + 1);
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("run.mp4");
    let looks = runs.iter().flat_map(|run| {
        fs::write(&file, run).unwrap();
        Probe::file(file.to_str().unwrap(), &[WHOLE])
    });
    looks.map(|frame| (frame.source(), frame.filmed().unwrap_or_default())).collect()
}

/// The files of the live page that are on the disk.
fn on_disk(data: &Path) -> BTreeSet<String> {
    let sessions = fs::read_dir(data.join("live")).unwrap().flatten();
    let files = sessions.flat_map(|session| {
        let files = fs::read_dir(session.path()).unwrap().flatten();
        files.map(move |file| format!("{}/{}", session.file_name().display(), file.file_name().display()))
    });
    files.collect()
}

/// Outside the segment everything is still there, from end to end.
fn whole_outside(pictures: &[(Option<u8>, f64)], from: f64, until: f64) {
    let mut filmed: Vec<f64> =
        pictures.iter().filter(|(source, _)| *source == Some(OUTSIDE)).map(|(_, filmed)| *filmed).collect();
    filmed.retain(|filmed| (from..until).contains(filmed));
    filmed.sort_by(f64::total_cmp);
    let (Some(first), Some(last)) = (filmed.first(), filmed.last()) else {
        panic!("nothing is left of {:.1} s outside the segment", until - from)
    };
    assert!(first - from < LOST + LAG, "{:.2} s are missing after a segment", first - from);
    assert!(until - last < LOST + LAG, "{:.2} s are missing before a segment", until - last);
    let widest = filmed.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert!(widest < 0.5, "{widest:.2} s are missing outside the segment");
}

/// One segment from which somebody withdraws while they are on air, and one from which they do so
/// afterwards; in a studio that starts quietly, or while the machine has other work. `leave` gets a personal
/// link.
fn nothing_of_them_is_left(load: bool, leave: impl Fn(&Town<'_>, &str)) {
    let _alone = alone();
    // The first is on air at the start.
    let cameras = [OUTSIDE, DURING].map(|source| Camera::start(camera::Setup::small(source)));
    let setup = cameras
        .iter()
        .zip(["outside", "during"])
        .fold(Setup::small(), |setup, (camera, id)| setup.with(&camera.block(id)));
    let load = load.then(Load::start);
    let mut studio = Studio::start(&setup.output("page", "hls", ""));
    studio.wait_output("page", "live", 20.0);
    for id in ["during", "outside"] {
        studio.wait_source(id, "live", 20.0);
    }
    let watcher = Watcher::start(studio.address());
    drop(load);
    let town = Town::of(&studio);
    let people: Vec<(String, String)> = ["Odile", "Marc"]
        .map(|name| {
            let (segment, mut citizens) = town.propose(name, &[name.to_owned()]);
            town.sign(&mut citizens[0], &["recorded", "live", "archived"], false);
            (segment, citizens.remove(0).link)
        })
        .into();
    let start = |segment: &str| {
        studio.command(json!({ "command": "segment_start", "segment": segment }));
        studio.take("during");
    };
    let end = || {
        studio.take("outside");
        studio.command(json!({ "command": "segment_end" }));
    };

    let mut outside = clock::now() + LAG;
    wait::span(4.0);
    let mut stretches = vec![(outside, clock::now())];
    start(&people[0].0);
    wait::span(4.0);
    leave(&town, &people[0].1);
    studio.wait_for("the slate", 3.0, |state| state["slate"] == true);
    wait::span(2.5);
    end();
    studio.command(json!({ "command": "slate", "on": false }));

    outside = clock::now();
    wait::span(4.0);
    stretches.push((outside, clock::now()));
    start(&people[1].0);
    wait::span(4.0);
    end();
    outside = clock::now();
    wait::span(1.0);
    leave(&town, &people[1].1);
    wait::span(3.0);
    stretches.push((outside, clock::now()));
    wait::span(2.0);

    let names = watcher.finish();
    let served = served(studio.address(), &names);
    assert!(names.len() > served.len() + 8, "{} of {} are still served", served.len(), names.len());
    let refused = names.iter().filter(|name| !served.contains_key(*name)).cloned().collect();
    wait::until("the files to go from the disk", 5.0, || on_disk(&studio.data()).is_disjoint(&refused).then_some(()));
    let pictures = pictures(&served);
    let left = pictures.iter().filter(|(source, _)| *source == Some(DURING)).count();
    assert_eq!(left, 0, "pictures of somebody who withdrew, of {}", pictures.len());
    let slate = pictures.iter().filter(|(source, _)| source.is_none()).count();
    assert!(slate > 30, "{slate} pictures of the slate");
    for (from, until) in stretches {
        whole_outside(&pictures, from, until);
    }
    studio.stop();
}

fn withdraw(town: &Town<'_>, link: &str) {
    town.post("/api/participate/withdraw", link, &json!({ "points": ["recorded", "live", "archived"] }));
}

#[test]
fn no_picture_of_somebody_who_withdrew_is_served() {
    nothing_of_them_is_left(false, withdraw);
}

#[test]
fn nor_of_somebody_who_was_erased() {
    nothing_of_them_is_left(false, |town, link| drop(town.good("DELETE", "/api/participate/me", link, b"")));
}

#[test]
fn nor_where_the_studio_started_under_load() {
    nothing_of_them_is_left(true, withdraw);
}

/// Behind the shipped cache, for somebody who knows every address and goes on asking.
#[test]
fn a_cache_in_front_forgets_within_ten_seconds() {
    let _alone = alone();
    let camera = Camera::start(camera::Setup::small(DURING));
    let declared = "[audience]\nedge = [\"127.0.0.1\"]\n";
    let setup = Setup::small().with(&camera.block("during")).output("page", "hls", "").with(declared);
    let mut studio = Studio::start(&setup);
    studio.wait_output("page", "live", 20.0);
    let town = Town::of(&studio);
    let edge = Edge::start(studio.address().trim_start_matches("http://"));
    let agent = agent();
    let look = |path: &str| get(&agent, &format!("{}{path}", edge.address()));
    let (segment, mut citizens) = town.propose("Odile", &["Odile".to_owned()]);
    town.sign(&mut citizens[0], &["recorded", "live", "archived"], false);
    let watcher = Watcher::start(&edge.address());
    wait::span(3.0);
    studio.command(json!({ "command": "segment_start", "segment": segment }));
    wait::span(4.0);
    studio.command(json!({ "command": "segment_end" }));
    let clip = wait::until("the clip", 20.0, || Some(town.get("/api/clips")[0]["id"].as_str()?.to_owned()));
    let own = [
        "/clips/ID/clip.mp4",
        "/clips/ID/poster.jpg",
        "/clips/ID/clip.json",
        "/api/clips/ID",
        "/archive/ID",
        "/archive/ID/embed",
    ]
    .map(|path| path.replace("ID", &clip));
    let lists = ["/api/clips", "/archive", "/archive/feed.xml", "/archive/sitemap.xml"];
    let names = watcher.finish();
    let pieces: Vec<String> = served(&edge.address(), &names).into_keys().collect();
    let tells = |list: &&str| String::from_utf8_lossy(&look(list).1).contains(&clip);
    // Twice, so that what may be kept is kept.
    for _ in 0..2 {
        assert!(own.iter().all(|path| look(path).0 == 200) && lists.iter().all(&tells));
        assert!(pieces.iter().all(|name| look(&format!("/live/{name}")).0 == 200));
    }
    let log = edge.log();
    for kept in [&own[0], &own[1], &own[3], &"/archive/feed.xml".to_owned(), &format!("/live/{}", pieces[0])] {
        assert!(log.iter().any(|(cache, path)| cache == "HIT" && path == kept), "{kept} is kept");
    }

    withdraw(&town, &citizens[0].link);
    let withdrawn = Instant::now();
    let left = served(studio.address(), &names);
    let gone: Vec<&String> = pieces.iter().filter(|name| !left.contains_key(*name)).collect();
    assert!(gone.len() > 10, "{} of {} are retracted", gone.len(), pieces.len());
    let forgotten = || {
        let pieces = gone.iter().filter(|name| look(&format!("/live/{name}")).0 == 200).map(|name| name.to_string());
        let own = own.iter().filter(|path| look(path).0 == 200).cloned();
        pieces
            .chain(own)
            .chain(lists.iter().filter(|list| tells(list)).map(|list| list.to_string()))
            .collect::<Vec<_>>()
    };
    let mut still = forgotten();
    while !still.is_empty() && withdrawn.elapsed() < Duration::from_secs(10) {
        still = forgotten();
    }
    assert_eq!(still, Vec::<String>::new(), "still handed out after ten seconds");
    println!("forgotten after {:.1} s", withdrawn.elapsed().as_secs_f64());
    let errands = town.get("/api/errands");
    let cache = |errand: &Value| errand["place"].as_str().is_some_and(|place| place.contains("/live/"));
    assert!(errands.as_array().unwrap().iter().any(cache), "the cache is an errand: {errands}");
    // The documented way to empty it at once; what is left is fetched anew.
    let kept = left.keys().find(|name| name.ends_with(".m4s") && name.matches('.').count() == 1).unwrap();
    edge.empty();
    assert_eq!(look(&format!("/live/{kept}")).0, 200);
    let (cache, _) = edge.log().into_iter().rev().find(|(_, path)| path.ends_with(kept.as_str())).unwrap();
    assert_eq!(cache, "MISS");
    // It stays forgotten, also where many ask at once.
    let until = Instant::now() + Duration::from_secs(3);
    thread::scope(|scope| {
        let asking = [(); 4].map(|()| {
            scope.spawn(|| {
                let mut found = Vec::new();
                while Instant::now() < until {
                    found.extend(forgotten());
                }
                found
            })
        });
        for asked in asking {
            assert_eq!(asked.join().unwrap(), Vec::<String>::new());
        }
    });
    studio.stop();
}
