//! Destinations and viewers: what each further network costs, and how fast the live page is beside nginx.

use std::{
    fs,
    net::TcpStream,
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    report::{Figure, Report},
    support::{
        edge::wrk,
        ports,
        probe::median,
        process::Process,
        process_tree, recording,
        rtmp_server::RtmpServer,
        studio::{Setup, Studio},
        wait,
    },
};

/// Destinations added to the first: many, for one alone costs less than the encoder's own load wanders.
const MORE: usize = 8;
/// How often they come and go.
const TURNS: usize = 8;
const CONNECTIONS: u32 = 50;

/// Measures on one camera.
pub fn measure(report: &Report, camera: u16, window: Duration) {
    let server = RtmpServer::start();
    let mut setup = Setup::small()
        .size(1280, 720)
        .encoder("profile = \"interactive\"\npreset = \"veryfast\"\nbitrate_kbps = 2500\nkeyframe_seconds = 2")
        .with(&format!("[[source]]\nid = \"cam0\"\nkind = \"matroska-tcp\"\nhost = \"127.0.0.1\"\nport = {camera}\n"))
        .output("net", "rtmp", &format!("url = \"{}\"", server.url("first")))
        .log();
    for n in 0..MORE {
        let url = server.url(&format!("more{n}"));
        setup = setup.with(&format!("[[output]]\nid = \"more{n}\"\nkind = \"rtmp\"\nurl = \"{url}\"\n"));
    }
    let mut studio = Studio::start(&setup.with("[[output]]\nid = \"page\"\nkind = \"hls\"\n"));
    studio.wait_output("net", "live", 10.0);
    destinations(report, &studio, window / 2);
    live_page(report, &mut studio);
}

/// CPU and memory of the studio over a window.
fn cost(studio: &Studio, window: Duration) -> (f64, f64) {
    wait::span(2.0);
    let before = process_tree::cpu(studio.pid());
    wait::span(window.as_secs_f64());
    let cpu = (process_tree::cpu(studio.pid()) - before) / window.as_secs_f64();
    (cpu, process_tree::memory(studio.pid()).resident as f64 / f64::from(1 << 20))
}

fn destinations(report: &Report, studio: &Studio, window: Duration) {
    let all: Vec<String> = (0..MORE).map(|n| format!("more{n}")).collect();
    let ask = |command: &str, becomes: &str| {
        for output in &all {
            studio.command(json!({ "command": command, "output": output }));
        }
        all.iter().for_each(|output| studio.wait_output(output, becomes, 10.0));
    };
    // In turns, each beside the mean of what was before and after it: the encoder's own load wanders.
    let mut without = cost(studio, window);
    let rounds = (0..TURNS).map(|_| {
        ask("output_start", "live");
        let with = cost(studio, window);
        ask("output_stop", "off");
        let before = std::mem::replace(&mut without, cost(studio, window));
        let each = |with: f64, before: f64, after: f64| (with - f64::midpoint(before, after)) / MORE as f64;
        (each(with.0, before.0, without.0), each(with.1, before.1, without.1))
    });
    let (cpu, memory): (Vec<f64>, Vec<f64>) = rounds.unzip();
    let middle = |values| median(values).expect("each turn measures");
    eprintln!("each further destination, turn by turn: {cpu:.4?}");
    report.print(&Figure::at_most("each_further_rtmp_cpu", "core-s/s", middle(cpu), 0.01));
    report.print(&Figure::at_most("each_further_rtmp_memory", "MiB", middle(memory), 5.0));
}

/// The same segment from the studio and from nginx, and the programme's cadence meanwhile.
fn live_page(report: &Report, studio: &mut Studio) {
    studio.command(json!({ "command": "output_start", "output": "page" }));
    let list = format!("{}/live/index.m3u8", studio.address());
    let name = wait::until("a segment on the disk", 20.0, || {
        let text = ureq::get(&list).call().ok()?.body_mut().read_to_string().ok()?;
        let name = text.lines().find(|line| line.ends_with(".m4s"))?.to_owned();
        studio.data().join("live").join(&name).exists().then_some(name)
    });
    let nginx = Nginx::serve(&fs::read(studio.data().join("live").join(&name)).expect("it is there"));
    let (theirs, _) = wrk(&nginx.address(), CONNECTIONS, 5);
    // What the studio loses to others on a full machine is theirs.
    wait::span(2.0);
    let since = studio.state()["outputs"]["log"]["since"].as_f64().expect("it runs") / 1000.0;
    let recorded = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64() - since;
    let from = recorded() - 1.0;
    let (ours, bad) = wrk(&format!("{}/live/{name}", studio.address()), CONNECTIONS, 5);
    let until = recorded() + 1.0;
    assert_eq!(bad, 0, "every request is answered");
    report.print(&Figure::at_least_beside("hls_requests_vs_nginx", "requests/s", ours, theirs, 0.6));
    studio.stop();
    // The programme's own cadence; what the camera was too late with on a full machine is the camera's.
    let times = recording::video_times(&studio.file("program.mp4"));
    let missing = |pair: &[(f64, bool)]| ((pair[1].0 - pair[0].0) * 25.0).round() - 1.0;
    let meanwhile: Vec<_> = times.windows(2).filter(|pair| (from..until).contains(&pair[0].0)).collect();
    assert!(meanwhile.len() > 100, "{} pictures were recorded meanwhile", meanwhile.len());
    let missing: f64 = meanwhile.into_iter().map(missing).sum();
    report.print(&Figure::at_most("frames_missing_under_wrk", "frames", missing, 0.0));
}

/// nginx with one file, as Debian sets it up.
struct Nginx {
    _process: Process,
    port: u16,
    _folder: TempDir,
}

impl Nginx {
    fn serve(data: &[u8]) -> Self {
        let (folder, port) = (TempDir::new().expect("a folder"), ports::tcp());
        fs::write(folder.path().join("file.m4s"), data).expect("written");
        let home = folder.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {home}/{name}; "))
            .concat();
        let text = format!(
            "worker_processes auto; daemon off; pid {home}/pid; error_log {home}/error.log;\n\
             events {{ worker_connections 768; }}\n\
             http {{ {temporary} access_log off; sendfile on; tcp_nopush on; server {{ listen 127.0.0.1:{port}; root {home}; }} }}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, text).expect("written");
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file).arg("-e").arg(folder.path().join("start.log"));
        let process = Process::start("nginx", folder.path(), &mut command);
        wait::until("nginx", 10.0, || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { _process: process, port, _folder: folder }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}/file.m4s", self.port)
    }
}
