//! A studio to knock at: the real program, plain requests, and a websocket that hides nothing.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{
    self, ClientRequestBuilder, Message, WebSocket, client, http::Response, protocol::frame::CloseFrame,
};

use crate::support::{process::Process, wait};

/// PINs of the configuration [`WITH_PINS`].
pub const ADMIN: &str = "97531864";
/// See [`ADMIN`].
pub const ANIMATOR: &str = "24681357";
/// See [`ADMIN`].
pub const MODERATOR: &str = "11223344";

/// PINs are given.
pub const WITH_PINS: &str =
    "[access]\nadmin_pin = \"97531864\"\nanimator_pin = \"24681357\"\nmoderator_pin = \"11223344\"\n";
/// PINs are made at the first start.
pub const WITHOUT_PINS: &str = "";

/// How long anything may take that ought to take no time.
pub const SOON: f64 = 10.0;

/// A running studio; killed when dropped.
pub struct House {
    process: Process,
    folder: Arc<TempDir>,
    printed: Arc<Mutex<String>>,
    address: String,
}

impl House {
    /// On a free loopback port, with PINs.
    pub fn open() -> Self {
        Self::open_in(Arc::new(TempDir::new().unwrap()), "127.0.0.1:0", WITH_PINS)
    }

    /// In a folder, perhaps used before.
    pub fn open_in(folder: Arc<TempDir>, listen: &str, access: &str) -> Self {
        let command = command(&folder, listen, access);
        Self::open_by(folder, command)
    }

    /// By a command made of [`command`]'s.
    pub fn open_by(folder: Arc<TempDir>, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process::start_piped("plateau", folder.path(), &mut command);
        let printed = Arc::new(Mutex::new(String::new()));
        let out = process.child().stdout.take().unwrap();
        let kept = Arc::clone(&printed);
        // Ends with the program's stdout.
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                *kept.lock().unwrap() += &format!("{line}\n");
            }
        });
        let address = wait::until("the address", 20.0, || {
            let printed = printed.lock().unwrap();
            assert!(process.alive(), "it ended: {}", process.tail(20));
            let (line, _) = printed.split_once("\n\n")?;
            Some(line.strip_prefix("listening ")?.replace("0.0.0.0", "127.0.0.1"))
        });
        Self { process, folder, printed, address }
    }

    /// `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `127.0.0.1:PORT`
    pub fn host(&self) -> &str {
        self.address.split("//").nth(1).unwrap()
    }

    /// What it has printed when the line that starts with `start` (blanks aside) is there; that line.
    pub fn printed_line(&self, start: &str) -> String {
        wait::until(start, SOON, || {
            let printed = self.printed.lock().unwrap();
            printed.lines().map(str::trim).find(|line| line.starts_with(start)).map(str::to_owned)
        })
    }

    /// What it has printed and logged.
    pub fn said(&self) -> String {
        self.printed.lock().unwrap().clone() + &self.process.log()
    }

    /// The folder, to open another studio in it.
    pub fn folder(&self) -> Arc<TempDir> {
        Arc::clone(&self.folder)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Asks it to end.
    pub fn ask_to_end(&self) {
        self.process.signal(Signal::SIGTERM);
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Ends it: exit 0 within 5 s.
    pub fn close(mut self) {
        self.ask_to_end();
        let status = self.process.wait(5.0);
        assert!(status.is_some_and(|status| status.success()), "{status:?}");
    }

    /// One request in plain HTTP: status and body.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let head = head(method, path, self.host(), headers, body.as_bytes());
        Answer::read(&mut TcpStream::connect(self.host()).unwrap(), head)
    }

    /// The same from another address of this machine.
    pub fn request_from(&self, from: IpAddr, method: &str, path: &str, body: &str) -> Answer {
        self.bytes_from(from, method, path, &[], body.as_bytes())
    }

    /// The same with headers and a body of any kind.
    pub fn bytes_from(&self, from: IpAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let to: SocketAddr = self.host().parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::new(from, 0)).unwrap();
            socket.connect(to).await.unwrap().into_std().unwrap()
        });
        stream.set_nonblocking(false).unwrap();
        Answer::read(&mut { stream }, head(method, path, self.host(), headers, body))
    }

    /// Sends a request with JSON and a Bearer token; the stream on which the answer will come.
    pub fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> TcpStream {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("Authorization", &*format!("Bearer {token}")), ("Content-Type", "application/json")];
        let mut stream = TcpStream::connect(self.host()).unwrap();
        stream.write_all(&head(method, path, self.host(), &headers, body.as_bytes())).unwrap();
        stream
    }

    /// The answer to a login.
    pub fn try_login(&self, pin: &str) -> Answer {
        self.request("POST", "/api/login", &[], &json!({ "pin": pin }).to_string())
    }

    /// A token.
    pub fn login(&self, pin: &str) -> String {
        let answer = self.try_login(pin);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// Whether a token opens, by its role.
    pub fn role(&self, token: &str) -> Option<String> {
        let answer = self.request("GET", "/api/me", &[("Authorization", &format!("Bearer {token}"))], "");
        (answer.status == 200).then(|| answer.json()["role"].as_str().unwrap().to_owned())
    }

    /// The websocket of whoever knows a PIN.
    ///
    /// It is told of all that happens from then on: its first snapshot has come, and is the next to be read.
    pub fn enter(&self, pin: &str) -> Socket {
        let token = self.login(pin);
        let headers = [("Authorization", &*format!("Bearer {token}"))];
        let mut socket = self.socket(&headers).unwrap_or_else(|status| panic!("{status}"));
        let snapshot = socket.snapshot();
        socket.unread = Some(snapshot.to_string().into());
        socket
    }

    /// A websocket, or the status of the refusal.
    pub fn socket(&self, headers: &[(&str, &str)]) -> Result<Socket, u16> {
        let stream = TcpStream::connect(self.host()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs_f64(SOON))).unwrap();
        let address = format!("ws://{}/api/control", self.host()).parse().unwrap();
        let request = headers
            .iter()
            .fold(ClientRequestBuilder::new(address), |request, (name, value)| request.with_header(*name, *value));
        match client::client(request, stream) {
            Ok((socket, _)) => Ok(Socket { socket, unread: None }),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => Err(status(&answer)),
            Err(error) => panic!("{error}"),
        }
    }

    /// Runs `plateau ctl` against it.
    pub fn ctl(&self, pin: &str, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plateau"));
        command.args(["ctl", "--url", &self.address, "--pin", pin, "--data"]).arg(self.data()).args(words);
        command.env("LANG", "fr_FR.UTF-8").env_remove("LC_ALL").output().unwrap()
    }
}

/// The command that opens a studio.
pub fn command(folder: &TempDir, listen: &str, access: &str) -> Command {
    let config = folder.path().join("plateau.toml");
    let sources = ["cam1", "cam2"].map(|id| format!("[[source]]\nid = \"{id}\"\nkind = \"test\"\n"));
    let video =
        "[video]\nwidth = 320\nheight = 180\nframerate = 25\n[encoder]\nhardware = false\npreset = \"ultrafast\"\n";
    fs::write(&config, format!("{access}{video}{}", sources.concat())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plateau"));
    command.arg("run").arg("--config").arg(&config).arg("--data").arg(folder.path().join("data"));
    command.args(["--listen", listen]).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

fn status(answer: &Response<Option<Vec<u8>>>) -> u16 {
    answer.status().as_u16()
}

fn head(method: &str, path: &str, host: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// What came back for a request.
#[derive(Debug)]
pub struct Answer {
    /// HTTP's.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The rest.
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends a request and reads to the end.
    pub fn read(stream: &mut (impl Read + Write), request: impl AsRef<[u8]>) -> Self {
        stream.write_all(request.as_ref()).unwrap();
        stream.flush().unwrap();
        let mut bytes = Vec::new();
        match stream.read_to_end(&mut bytes) {
            Ok(_) => {}
            // TLS without the closing alert: HTTP's own length tells that all is there.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
            Err(error) => panic!("{error}"),
        }
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    /// A request over any stream.
    pub fn get(stream: &mut (impl Read + Write), host: &str, path: &str) -> Self {
        Self::read(stream, head("GET", path, host, &[], b""))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// An open control websocket, read by hand.
pub struct Socket {
    socket: WebSocket<TcpStream>,
    /// Read before it was asked for.
    unread: Option<Message>,
}

impl Socket {
    /// The next message of any kind but pings; the closing frame as an error.
    pub fn next(&mut self) -> Result<Message, Option<CloseFrame>> {
        if let Some(message) = self.unread.take() {
            return Ok(message);
        }
        loop {
            match self.socket.read() {
                Ok(Message::Close(frame)) => return Err(frame),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(message) => return Ok(message),
                Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    panic!("nothing came in {SOON} s")
                }
                Err(_) => return Err(None),
            }
        }
    }

    /// The next message that is as asked; the others pass.
    pub fn find(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs_f64(SOON);
        while Instant::now() < end {
            match self.next() {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if wanted(&message) {
                        return message;
                    }
                }
                Ok(_) => {}
                Err(frame) => panic!("closed while waiting for {what}: {frame:?}"),
            }
        }
        panic!("waited in vain for {what}")
    }

    /// The next binary message.
    pub fn binary(&mut self) -> Vec<u8> {
        let end = Instant::now() + Duration::from_secs_f64(SOON);
        loop {
            assert!(Instant::now() < end, "no binary message in {SOON} s");
            if let Message::Binary(bytes) = self.next().unwrap_or_else(|frame| panic!("closed: {frame:?}")) {
                return bytes.to_vec();
            }
        }
    }

    /// Waits for the end and returns what the studio said then.
    pub fn end(&mut self) -> Option<CloseFrame> {
        loop {
            if let Err(frame) = self.next() {
                return frame;
            }
        }
    }

    /// Sends a message.
    pub fn send(&mut self, message: impl Into<Message>) {
        self.socket.send(message.into()).unwrap();
    }

    /// Sends a text and returns the reply, the next there is.
    pub fn ask_text(&mut self, text: &str) -> Value {
        self.send(text);
        self.find("a reply", |message| message["type"] == "reply")
    }

    /// Sends a command and returns its reply.
    pub fn ask(&mut self, command: Value) -> Value {
        self.ask_text(&command.to_string())
    }

    /// A clip of this title that is not public, which somebody publishes who says that nobody can be
    /// recognised in it: its id.
    pub fn publish(&mut self, title: &str) -> String {
        let id = wait::until("the clip at the desk", SOON, || {
            let clips = self.fresh_snapshot()["state"]["clips"].take();
            let clip =
                clips.as_array().unwrap().iter().find(|clip| clip["title"] == title && clip["public"] == false)?;
            Some(clip["id"].as_str().unwrap().to_owned())
        });
        let reply = self.ask(json!({ "command": "clip_publish", "clip": id, "agreed": true }));
        assert_eq!(reply["ok"], true, "{reply}");
        id
    }

    /// The first message.
    pub fn snapshot(&mut self) -> Value {
        self.find("a snapshot", |message| message["type"] == "snapshot")
    }

    /// The state now, with its revision.
    pub fn fresh_snapshot(&mut self) -> Value {
        self.unread = None;
        self.send(json!({ "id": "fresh", "command": "snapshot" }).to_string());
        let snapshot = self.snapshot();
        let reply = self.find("a reply", |message| message["type"] == "reply");
        assert_eq!(reply, json!({ "type": "reply", "id": "fresh", "ok": true }), "the reply comes after its snapshot");
        snapshot
    }
}
