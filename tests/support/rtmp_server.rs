//! RTMP servers: Debian's nginx with libnginx-mod-rtmp, and one that never answers.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::{ports, process::Process, wait};

/// nginx; application `live` takes everybody, `closed` refuses every publisher.
pub struct RtmpServer {
    folder: TempDir,
    host: String,
    /// What starts a program where it is to run.
    around: Vec<String>,
    rtmp: u16,
    http: u16,
    process: Option<Process>,
}

impl RtmpServer {
    /// Starts one on free ports.
    pub fn start() -> Self {
        Self::start_at("127.0.0.1", &[])
    }

    /// Starts one at an address that is there for what `around` starts.
    pub fn start_at(host: &str, around: &[String]) -> Self {
        let mut server = Self {
            folder: TempDir::new().expect("a temporary folder"),
            host: host.to_owned(),
            around: around.to_owned(),
            rtmp: ports::tcp(),
            http: ports::tcp(),
            process: None,
        };
        fs::write(server.folder.path().join("nginx.conf"), server.configuration()).expect("a file can be written");
        server.restart();
        server
    }

    fn configuration(&self) -> String {
        let (folder, host, rtmp, http) = (self.folder.path().display(), &self.host, self.rtmp, self.http);
        // One process without a master, so that killing it is killing the server.
        format!(
            "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 256; }}
rtmp {{
  server {{
    listen {host}:{rtmp};
    chunk_size 4096;
    application live {{ live on; }}
    application closed {{ live on; deny publish all; }}
  }}
}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen {host}:{http}; root {folder}; location = /stat {{ rtmp_stat all; }} }}
}}
"
        )
    }

    /// Starts it (again), on the same ports.
    pub fn restart(&mut self) {
        self.kill();
        let folder = self.folder.path();
        let mut words = self.around.iter().map(String::as_str).chain(["nginx"]);
        let mut command = Command::new(words.next().expect("a program"));
        command
            .args(words)
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .arg("-e")
            .arg(folder.join("start.log"));
        let mut process = Process::start("nginx", folder, &mut command);
        wait::until("nginx", 10.0, || {
            assert!(process.alive(), "nginx ended: {}", process.tail(5));
            TcpStream::connect((self.host.as_str(), self.rtmp)).ok()
        });
        self.process = Some(process);
    }

    /// Ends it at once: its connections are closed, its port refuses.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Stops it in the middle of everything, with its connections open.
    pub fn freeze(&self) {
        self.process.as_ref().expect("it runs").signal(Signal::SIGSTOP);
    }

    /// Goes on after a freeze.
    pub fn thaw(&self) {
        self.process.as_ref().expect("it runs").signal(Signal::SIGCONT);
    }

    /// Its process id, for CPU accounts.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("it runs").pid()
    }

    /// Where it takes publishers.
    pub fn port(&self) -> u16 {
        self.rtmp
    }

    /// `rtmp://HOST:PORT/live/NAME`
    pub fn url(&self, name: &str) -> String {
        format!("rtmp://{}:{}/live/{name}", self.host, self.rtmp)
    }

    /// An address under which nobody may publish.
    pub fn closed_url(&self, name: &str) -> String {
        format!("rtmp://{}:{}/closed/{name}", self.host, self.rtmp)
    }

    /// Somebody publishes `name` and its picture has begun.
    pub fn publishes(&self, name: &str) -> bool {
        let Ok(text) = get(&format!("http://{}:{}/stat", self.host, self.http)) else { return false };
        let wanted = format!("<name>{name}</name>");
        text.split("<stream>").skip(1).any(|stream| {
            let stream = stream.split("</stream>").next().unwrap_or("");
            stream.contains(&wanted) && stream.contains("<publishing/>") && stream.contains("<width>")
        })
    }

    /// Waits until somebody publishes `name`.
    pub fn wait_for(&self, name: &str, seconds: f64) {
        wait::until(&format!("{name} being published"), seconds, || self.publishes(name).then_some(()));
    }

    /// What it wrote about connections.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

fn get(url: &str) -> Result<String, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(1))).build().into();
    agent.get(url).call()?.body_mut().read_to_string()
}

/// Takes connections and never reads from them nor answers.
pub struct DeafServer {
    port: u16,
    peers: Arc<Mutex<Vec<TcpStream>>>,
}

impl DeafServer {
    /// Listens on a free port for the rest of the test run.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let peers = Arc::new(Mutex::new(Vec::new()));
        let list = peers.clone();
        thread::spawn(move || {
            for peer in listener.incoming().flatten() {
                list.lock().expect("the list of peers").push(peer);
            }
        });
        Self { port, peers }
    }

    /// `rtmp://127.0.0.1:PORT/live/NAME`
    pub fn url(&self, name: &str) -> String {
        format!("rtmp://127.0.0.1:{}/live/{name}", self.port)
    }

    /// Who connected so far.
    pub fn connections(&self) -> usize {
        self.peers.lock().expect("the list of peers").len()
    }
}
