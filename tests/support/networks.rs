//! Networks' chats to read: Debian's ngircd, and strict fakes of the documented protocols of Mastodon,
//! Owncast and Twitch, which have no server here. A fake answers a request that the documentation does
//! not foresee with an error, and notes it.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{
    self, accept_hdr,
    handshake::server::{Request, Response},
};

use super::{ports, process::Process, wait};

/// A real IRC server.
pub struct Ngircd {
    folder: TempDir,
    port: u16,
    process: Option<Process>,
}

impl Ngircd {
    /// Starts one on a free port; it punishes nobody for talking fast.
    pub fn start() -> Self {
        let mut server = Self { folder: TempDir::new().unwrap(), port: ports::tcp(), process: None };
        let port = server.port;
        let configuration = format!(
            "[Global]\nName = irc.example.net\nInfo = Test\nAdminEMail = a@example.net\nListen = 127.0.0.1\nPorts = {port}\n\
             [Limits]\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\nPingTimeout = 120\n\
             [Options]\nDNS = no\nIdent = no\nPAM = no\nSyslogFacility = local1\n"
        );
        fs::write(server.folder.path().join("ngircd.conf"), configuration).unwrap();
        server.restart();
        server
    }

    /// Starts it (again) on the same port.
    pub fn restart(&mut self) {
        self.kill();
        let mut command = Command::new("/usr/sbin/ngircd");
        command.args(["-n", "-f"]).arg(self.folder.path().join("ngircd.conf"));
        let mut process = Process::start("ngircd", self.folder.path(), &mut command);
        wait::until("ngircd", 10.0, || {
            assert!(process.alive(), "ngircd ended: {}", process.tail(5));
            TcpStream::connect(("127.0.0.1", self.port)).ok()
        });
        self.process = Some(process);
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// `irc://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("irc://127.0.0.1:{}", self.port)
    }

    /// Somebody who has joined `channel`.
    pub fn talker(&self, nick: &str, channel: &str) -> Talker {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut talker = Talker { stream, channel: channel.to_owned() };
        talker.line(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}"));
        loop {
            let line = lines.next().expect("the server goes on").unwrap();
            if let Some(word) = line.strip_prefix("PING ") {
                talker.line(&format!("PONG {word}"));
            } else if line.contains(" 001 ") {
                talker.line(&format!("JOIN {channel}"));
            } else if line.contains(" 366 ") {
                break;
            }
        }
        // What it is sent is read and thrown away, or its connection would fill up.
        let mut answers = talker.stream.try_clone().unwrap();
        thread::spawn(move || {
            while lines.next().is_some_and(|line| {
                line.is_ok_and(|line| {
                    line.strip_prefix("PING ").is_none_or(|word| write!(answers, "PONG {word}\r\n").is_ok())
                })
            }) {}
        });
        talker
    }
}

/// Somebody in a channel.
pub struct Talker {
    stream: TcpStream,
    channel: String,
}

impl Talker {
    /// Says something.
    pub fn say(&mut self, text: &str) {
        let channel = self.channel.clone();
        self.line(&format!("PRIVMSG {channel} :{text}"));
    }

    /// Sends any line.
    pub fn line(&mut self, line: &str) {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    }
}

/// Answers HTTP by hand: `answer` gets the first line, the headers in lower case, the body, and the
/// connection to write to, which is closed when it returns.
fn serve(answer: impl Fn(&str, &HashMap<String, String>, &str, &mut TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut first = String::new();
                if reader.read_line(&mut first).unwrap_or(0) == 0 {
                    return;
                }
                let mut headers = HashMap::new();
                let mut line = String::new();
                while reader.read_line(&mut line).unwrap_or(0) > 2 {
                    if let Some((name, value)) = line.trim_end().split_once(": ") {
                        headers.insert(name.to_lowercase(), value.to_owned());
                    }
                    line.clear();
                }
                let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
                let mut body = vec![0; length];
                let _ = reader.read_exact(&mut body);
                answer(first.trim_end(), &headers, &String::from_utf8_lossy(&body), &mut stream);
            });
        }
    });
    port
}

fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}");
}

/// A Mastodon server with one hashtag, `miel`, and one token, `good`
/// (docs.joinmastodon.org: methods/timelines#tag, methods/streaming#hashtag, entities/Status).
pub struct FakeMastodon {
    port: u16,
    shared: Arc<Mutex<Mastodon>>,
}

#[derive(Default)]
struct Mastodon {
    statuses: Vec<Value>,
    streams: Vec<mpsc::Sender<String>>,
    wrong: Vec<String>,
    /// Answered once with this instead.
    trouble: Option<(&'static str, &'static str, String)>,
}

impl FakeMastodon {
    /// Starts one.
    pub fn start() -> Self {
        let shared = Arc::new(Mutex::new(Mastodon::default()));
        let theirs = shared.clone();
        let port = serve(move |first, headers, _, stream| Self::answer(&theirs, first, headers, stream));
        Self { port, shared }
    }

    fn answer(shared: &Mutex<Mastodon>, first: &str, headers: &HashMap<String, String>, stream: &mut TcpStream) {
        let json = "Content-Type: application/json; charset=utf-8\r\n";
        if let Some((status, headers, body)) = shared.lock().unwrap().trouble.take() {
            return reply(stream, status, headers, &body);
        }
        let path = first.strip_prefix("GET ").and_then(|rest| rest.strip_suffix(" HTTP/1.1")).unwrap_or("");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query: HashMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        match path {
            "/api/v1/timelines/tag/miel" if query.keys().all(|key| ["limit", "since_id"].contains(key)) => {
                let since: u64 = query.get("since_id").map_or(0, |id| id.parse().unwrap());
                let limit: usize = query.get("limit").map_or(20, |limit| limit.parse().unwrap());
                assert!(limit <= 40, "a server gives forty at most");
                let all = &shared.lock().unwrap().statuses;
                let id = |status: &Value| status["id"].as_str().unwrap().parse::<u64>().unwrap();
                let newest: Vec<_> = all.iter().rev().filter(|status| id(status) > since).take(limit).collect();
                reply(stream, "200 OK", json, &json!(newest).to_string());
            }
            "/api/v1/streaming/hashtag" if query.get("tag") == Some(&"miel") => {
                if headers.get("authorization").map(String::as_str) != Some("Bearer good") {
                    return reply(stream, "401 Unauthorized", json, "{\"error\":\"The access token is invalid\"}");
                }
                let (sender, receiver) = mpsc::channel::<String>();
                shared.lock().unwrap().streams.push(sender);
                let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:)\n\n");
                while let Ok(event) = receiver.recv() {
                    if stream.write_all(event.as_bytes()).is_err() {
                        return;
                    }
                }
            }
            _ => {
                shared.lock().unwrap().wrong.push(first.to_owned());
                reply(stream, "404 Not Found", json, "{\"error\":\"Record not found\"}");
            }
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Somebody posts; returns the id.
    pub fn post(&self, name: &str, html: &str) -> String {
        let mut shared = self.shared.lock().unwrap();
        let id = (112_000_000_000_000_000 + shared.statuses.len() as u64 * 7).to_string();
        let status = json!({
            "id": id, "created_at": "2026-11-24T20:00:00.000Z", "content": html, "visibility": "public",
            "spoiler_text": "", "sensitive": false, "reblog": null,
            "account": { "id": format!("1{}", name.len()), "acct": name.to_lowercase(), "display_name": name },
        });
        shared.statuses.push(status.clone());
        shared.streams.retain(|stream| stream.send(format!("event: update\ndata: {status}\n\n")).is_ok());
        id
    }

    /// A post is deleted.
    pub fn delete(&self, id: &str) {
        let mut shared = self.shared.lock().unwrap();
        shared.statuses.retain(|status| status["id"] != id);
        shared.streams.retain(|stream| stream.send(format!("event: delete\ndata: {id}\n\n")).is_ok());
    }

    /// Closes every stream.
    pub fn hang_up(&self) {
        self.shared.lock().unwrap().streams.clear();
    }

    /// How many read a stream.
    pub fn streams(&self) -> usize {
        self.shared.lock().unwrap().streams.len()
    }

    /// The next request gets this answer.
    pub fn trouble(&self, status: &'static str, headers: &'static str, body: String) {
        self.shared.lock().unwrap().trouble = Some((status, headers, body));
    }

    /// Requests that the documentation does not know.
    pub fn wrong(&self) -> Vec<String> {
        self.shared.lock().unwrap().wrong.clone()
    }
}

/// An Owncast server's chat (`POST /api/chat/register`, `/ws?accessToken=`).
pub struct FakeOwncast {
    port: u16,
    listeners: Arc<Mutex<Vec<mpsc::Sender<String>>>>,
    registered: Arc<Mutex<Vec<String>>>,
}

impl FakeOwncast {
    /// Starts one.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (listeners, registered) =
            (Arc::<Mutex<Vec<mpsc::Sender<String>>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (theirs, tokens) = (listeners.clone(), registered.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (listeners, tokens) = (theirs.clone(), tokens.clone());
                thread::spawn(move || Self::answer(stream, &listeners, &tokens));
            }
        });
        Self { port, listeners, registered }
    }

    fn answer(mut stream: TcpStream, listeners: &Mutex<Vec<mpsc::Sender<String>>>, tokens: &Mutex<Vec<String>>) {
        let mut start = [0; 5];
        while stream.peek(&mut start).unwrap_or(0) < 5 {}
        if &start == b"POST " {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(bytes) = line.to_lowercase().strip_prefix("content-length: ") {
                    length = bytes.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head += &line;
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            assert!(head.starts_with("POST /api/chat/register "), "{head}");
            let name = serde_json::from_slice::<Value>(&body).unwrap()["displayName"].as_str().unwrap().to_owned();
            let token = format!("token+{}/=", tokens.lock().unwrap().len());
            tokens.lock().unwrap().push(token.clone());
            let answer = json!({ "id": "u1", "accessToken": token, "displayName": name }).to_string();
            return reply(&mut stream, "200 OK", "Content-Type: application/json\r\n", &answer);
        }
        let known = tokens.lock().unwrap().clone();
        #[allow(clippy::result_large_err, reason = "the type is tungstenite's")]
        let check = |request: &Request, response: Response| {
            let url = url::Url::parse(&format!("http://host{}", request.uri())).unwrap();
            let token = url.query_pairs().find(|(name, _)| name == "accessToken").map(|(_, token)| token.into_owned());
            assert!(url.path() == "/ws" && token.is_some_and(|token| known.contains(&token)), "{url}");
            Ok(response)
        };
        let mut socket = accept_hdr(stream, check).unwrap();
        let (sender, receiver) = mpsc::channel::<String>();
        listeners.lock().unwrap().push(sender);
        while let Ok(text) = receiver.recv() {
            if socket.send(tungstenite::Message::text(text)).is_err() {
                return;
            }
        }
        let _ = socket.close(None);
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everybody in the chat gets this.
    pub fn send(&self, text: &str) {
        self.listeners.lock().unwrap().retain(|listener| listener.send(text.to_owned()).is_ok());
    }

    /// Somebody writes.
    pub fn chat(&self, id: &str, name: &str, html: &str) {
        let event = json!({
            "type": "CHAT", "id": id, "timestamp": "2026-11-24T20:00:00Z", "body": html,
            "user": { "id": format!("user-{name}"), "displayName": name, "displayColor": 7, "scopes": [] },
        });
        self.send(&event.to_string());
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.listeners.lock().unwrap().len()
    }

    /// How often somebody registered.
    pub fn registrations(&self) -> usize {
        self.registered.lock().unwrap().len()
    }

    /// Closes every chat.
    pub fn hang_up(&self) {
        self.listeners.lock().unwrap().clear();
    }
}

/// Lines by a script over plain TCP: a Twitch server (dev.twitch.tv/docs/chat/irc) as the test writes it.
pub struct Scripted {
    port: u16,
    connections: mpsc::Receiver<Connection>,
}

/// One client of a scripted server.
pub struct Connection {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Scripted {
    /// Listens.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, connections) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let reader = BufReader::new(stream.try_clone().unwrap());
                let _ = sender.send(Connection { stream, reader });
            }
        });
        Self { port, connections }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next client.
    pub fn next(&self, seconds: f64) -> Connection {
        let connection = self.connections.recv_timeout(Duration::from_secs_f64(seconds)).expect("a client connects");
        connection.stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        connection
    }
}

impl Connection {
    /// Reads lines up to one that begins so.
    pub fn expect(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.reader.read_line(&mut line).unwrap() > 0, "closed before {start}");
            if line.starts_with(start) {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Sends lines.
    pub fn send(&mut self, lines: &[&str]) {
        for line in lines {
            self.stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        }
    }
}
