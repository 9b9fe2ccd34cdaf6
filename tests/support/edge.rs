//! nginx in front of the studio, with the configuration that ships under pipelines/edge.

use std::{fs, net::TcpStream, path::Path, process::Command, thread, time::Duration};

use tempfile::TempDir;

use super::{
    ports,
    process::{self, Process},
    wait,
};

/// A running edge.
pub struct Edge {
    _process: Process,
    port: u16,
    folder: TempDir,
}

impl Edge {
    /// In front of `studio` (`host:port`): the shipped file but for its paths, its port and the
    /// studio's address; requests that reach the studio are logged.
    pub fn start(studio: &str) -> Self {
        let (folder, port) = (TempDir::new().unwrap(), ports::tcp());
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/edge/nginx.conf");
        let home = folder.path().display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {home}/{name};"))
            .join(" ");
        let text = fs::read_to_string(shipped).unwrap();
        let mut text = text.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        for (from, to) in [
            (
                "worker_processes auto;",
                format!("worker_processes 1; daemon off; pid {home}/pid; error_log {home}/error.log warn;"),
            ),
            ("worker_rlimit_nofile 65536;", String::new()),
            ("worker_connections 16384;", "worker_connections 2048;".into()),
            ("server STUDIO;", format!("server {studio};")),
            ("/var/cache/nginx/plateau", format!("{home}/cache")),
            (
                "access_log off;",
                format!(
                    "{temporary} log_format up '$upstream_cache_status $request_uri'; access_log {home}/access.log up;"
                ),
            ),
        ] {
            assert!(text.contains(from), "the shipped configuration has {from:?}");
            text = text.replace(from, &to);
        }
        let file = folder.path().join("edge.conf");
        fs::write(&file, text).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file).arg("-e").arg(folder.path().join("start.log"));
        let mut process = Process::start("edge", folder.path(), &mut command);
        wait::until("the edge", 10.0, || {
            assert!(
                process.alive(),
                "nginx ended: {}",
                fs::read_to_string(folder.path().join("start.log")).unwrap_or_default()
            );
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Self { _process: process, port, folder }
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Empties its cache as the shipped file says.
    pub fn empty(&self) {
        let mut find = Command::new("find");
        process::output(find.arg(self.folder.path().join("cache")).args(["-type", "f", "-delete"]));
    }

    /// What was asked for, with what the cache had to say: `HIT /live/…`, `MISS /live/…`.
    pub fn log(&self) -> Vec<(String, String)> {
        // nginx writes a line when an answer has gone.
        thread::sleep(Duration::from_millis(200));
        let log = fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default();
        log.lines().filter_map(|line| line.split_once(' ')).map(|(cache, path)| (cache.into(), path.into())).collect()
    }
}

/// Requests a second that `wrk` gets from an address, and how many were no success.
pub fn wrk(address: &str, connections: u32, seconds: u32) -> (f64, u64) {
    let mut command = Command::new("wrk");
    command.args(["-t2", &format!("-c{connections}"), &format!("-d{seconds}s"), "--timeout", "8s", address]);
    let told = String::from_utf8(process::output(&mut command)).unwrap();
    let after = |label: &str| told.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    let rate = after("Requests/sec:").and_then(|rate| rate.parse().ok());
    let bad = after("Non-2xx or 3xx responses:").map_or(0, |count| count.parse().unwrap());
    (rate.unwrap_or_else(|| panic!("wrk says no rate: {told}")), bad)
}
