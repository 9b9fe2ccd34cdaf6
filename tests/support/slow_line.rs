//! An RTMP server behind a line that can be made slow, as a venue's Wi-Fi is.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{self, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use super::rtmp_server::RtmpServer;

/// The server and its line: where the machine allows it, a network namespace behind a token bucket (tc-tbf(8));
/// else a proxy that takes its time.
pub struct SlowServer {
    /// The server itself, at the line's other end.
    pub server: RtmpServer,
    line: Line,
}

enum Line {
    Namespace(Namespace),
    Proxy { port: u16, rate: Arc<AtomicU64> },
}

impl SlowServer {
    /// Starts one, at full speed.
    pub fn start() -> Self {
        if let Some(namespace) = Namespace::make() {
            let server = RtmpServer::start_at(&namespace.far, &namespace.around());
            return Self { server, line: Line::Namespace(namespace) };
        }
        eprintln!("no network may be made here: the slow line is a proxy");
        let server = RtmpServer::start();
        let rate = Arc::new(AtomicU64::new(u64::MAX));
        let line = Line::Proxy { port: proxy(server.port(), rate.clone()), rate };
        Self { server, line }
    }

    /// Where the studio sends to.
    pub fn url(&self, name: &str) -> String {
        match &self.line {
            Line::Namespace(_) => self.server.url(name),
            Line::Proxy { port, .. } => format!("rtmp://127.0.0.1:{port}/live/{name}"),
        }
    }

    /// From now on at most so many bytes a second go towards the server; `None`: as many as there are.
    pub fn throttle(&self, bytes: Option<u64>) {
        match &self.line {
            Line::Namespace(namespace) => namespace.throttle(bytes),
            Line::Proxy { rate, .. } => rate.store(bytes.unwrap_or(u64::MAX), Ordering::Relaxed),
        }
    }
}

/// A network of its own on this machine, with one line to it.
struct Namespace {
    name: String,
    near: String,
    far: String,
}

impl Namespace {
    fn make() -> Option<Self> {
        let id = process::id();
        let subnet = format!("10.{}.{}", 180 + id / 256 % 64, id % 256);
        let made = Self { name: format!("plateau-{id}"), near: format!("plt{id}"), far: format!("{subnet}.2") };
        let (name, near) = (&made.name, &made.near);
        let ways = [
            format!("ip netns add {name}"),
            format!("ip link add {near} type veth peer name far netns {name}"),
            format!("ip addr add {subnet}.1/30 dev {near}"),
            format!("ip link set {near} up"),
            format!("ip -n {name} addr add {subnet}.2/30 dev far"),
            format!("ip -n {name} link set far up"),
            format!("{} rate 1gbit burst 128kb latency 50ms", made.bucket()),
        ];
        ways.iter().all(|way| run(way)).then_some(made)
    }

    fn around(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(str::to_owned).to_vec()
    }

    fn bucket(&self) -> String {
        format!("tc qdisc replace dev {} root tbf", self.near)
    }

    fn throttle(&self, bytes: Option<u64>) {
        let rate = bytes.map_or("1gbit".to_owned(), |bytes| format!("{bytes}bps"));
        assert!(run(&format!("{} rate {rate} burst 128kb latency 50ms", self.bucket())));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        run(&format!("ip netns del {}", self.name));
    }
}

fn run(line: &str) -> bool {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Passes everything on to `port`, towards it at `rate` bytes a second.
fn proxy(port: u16, rate: Arc<AtomicU64>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    let near = listener.local_addr().expect("a bound socket has an address").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            let (up, down) = (client.try_clone(), server.try_clone());
            let (Ok(up), Ok(down)) = (up, down) else { continue };
            let (rate, free) = (rate.clone(), Arc::new(AtomicU64::new(u64::MAX)));
            thread::spawn(move || carry(up, server, &rate));
            thread::spawn(move || carry(down, client, &free));
        }
    });
    near
}

fn carry(mut from: TcpStream, mut to: TcpStream, rate: &AtomicU64) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
        let seconds = length as f64 / rate.load(Ordering::Relaxed) as f64;
        if seconds > 0.000_1 {
            thread::sleep(Duration::from_secs_f64(seconds));
        }
    }
    let _ = (from.shutdown(std::net::Shutdown::Both), to.shutdown(std::net::Shutdown::Both));
}
