//! The real program, started as an operator would, and a client of its websocket.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use super::process::Process;

/// PIN of the role that runs the show, in every configuration of [`Setup`].
pub const ANIMATOR_PIN: &str = "24681357";

/// How the studio is configured and started.
#[derive(Debug, Clone)]
pub struct Setup {
    width: usize,
    height: usize,
    encoder: String,
    parts: String,
    environment: Vec<(String, String)>,
    descriptors: Option<(u32, u32)>,
}

impl Setup {
    /// 640×360 at 25 frames a second, `interactive`, the cheapest preset, at a rate that keeps the
    /// strips readable.
    pub fn small() -> Self {
        Self {
            width: 640,
            height: 360,
            encoder: "profile = \"interactive\"\npreset = \"ultrafast\"\nbitrate_kbps = 4000\nkeyframe_seconds = 1\n"
                .into(),
            parts: String::new(),
            environment: Vec::new(),
            descriptors: None,
        }
    }

    /// Another picture size.
    pub fn size(mut self, width: usize, height: usize) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// Other lines for `[encoder]`.
    pub fn encoder(mut self, lines: &str) -> Self {
        self.encoder = format!("{lines}\n");
        self
    }

    /// Any further tables: sources, scenes, outputs.
    pub fn with(mut self, part: &str) -> Self {
        self.parts.push('\n');
        self.parts.push_str(part);
        self
    }

    /// An output that starts by itself.
    pub fn output(self, id: &str, kind: &str, rest: &str) -> Self {
        self.with(&format!("[[output]]\nid = \"{id}\"\nkind = \"{kind}\"\nstart = \"auto\"\n{rest}\n"))
    }

    /// A recording of the whole programme.
    pub fn log(self) -> Self {
        self.output("log", "file", "path = \"program.mp4\"")
    }

    /// A variable of the program's environment.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The soft and the hard limit of open files that the program starts with.
    pub fn descriptors(mut self, soft: u32, hard: u32) -> Self {
        self.descriptors = Some((soft, hard));
        self
    }

    /// The configuration file.
    pub fn text(&self) -> String {
        format!(
            "[plateau]\ntitle = \"Test\"\n\n[access]\nadmin_pin = \"97531864\"\nanimator_pin = \"{ANIMATOR_PIN}\"\nmoderator_pin = \"11223344\"\n\n\
             [video]\nwidth = {}\nheight = {}\nframerate = 25\n\n[encoder]\nhardware = false\n{}{}",
            self.width, self.height, self.encoder, self.parts
        )
    }
}

/// A running studio; killed when dropped.
pub struct Studio {
    process: Process,
    client: Client,
    address: String,
    folder: Folder,
    started: Instant,
    setup: Setup,
}

/// The folder with the data, its own or kept from an earlier run.
type Folder = Arc<TempDir>;

impl Studio {
    /// Starts it in a fresh folder and logs in as animator.
    pub fn start(setup: &Setup) -> Self {
        Self::start_in(Arc::new(TempDir::new().expect("a temporary folder")), setup)
    }

    /// Starts it in a folder that was used before ([`Studio::folder`]).
    pub fn start_in(folder: Folder, setup: &Setup) -> Self {
        let started = Instant::now();
        let (process, address) = launch(folder.path(), setup);
        let client = Client::login(&address, ANIMATOR_PIN);
        Self { process, client, address, folder, started, setup: setup.clone() }
    }

    /// Its folder, to start another one in it later.
    pub fn folder(&self) -> Folder {
        self.folder.clone()
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file in its data folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// When it was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// It has not ended.
    pub fn alive(&mut self) -> bool {
        self.process.alive()
    }

    /// What it logged.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The animator's websocket.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a command that must be carried out.
    pub fn command(&self, command: Value) {
        let reply = self.client.command(command.clone());
        assert_eq!(reply["ok"], true, "{command} was refused: {reply}");
    }

    /// Cuts to a scene.
    pub fn take(&self, scene: &str) {
        self.command(json!({ "command": "take", "scene": scene }));
    }

    /// The state as a client knows it now.
    pub fn state(&self) -> Value {
        self.client.state()
    }

    /// Waits until the state is as asked, and returns it.
    pub fn wait_for(&self, what: &str, seconds: f64, wanted: impl Fn(&Value) -> bool) -> Value {
        self.client.wait_for(what, seconds, wanted)
    }

    /// Waits until a source has this status.
    pub fn wait_source(&self, id: &str, status: &str, seconds: f64) {
        self.wait_for(&format!("source {id} {status}"), seconds, |state| state["sources"][id]["status"] == status);
    }

    /// Waits until an output has this status.
    pub fn wait_output(&self, id: &str, status: &str, seconds: f64) {
        self.wait_for(&format!("output {id} {status}"), seconds, |state| state["outputs"][id]["status"] == status);
    }

    /// Ends the show by SIGTERM: exit 0 within 5 s, or the test fails. Returns how long it took.
    pub fn stop(&mut self) -> f64 {
        let began = Instant::now();
        self.process.signal(Signal::SIGTERM);
        let status = self.process.wait(5.0);
        assert!(status.as_ref().is_some_and(ExitStatus::success), "SIGTERM: exit 0 within 5 s, got {status:?}");
        began.elapsed().as_secs_f64()
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Its configuration.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }
}

/// Starts the program and waits for the address it prints.
fn launch(folder: &Path, setup: &Setup) -> (Process, String) {
    let config = folder.join("plateau.toml");
    fs::write(&config, setup.text()).expect("a file can be written");
    let data = folder.join("data");
    fs::create_dir_all(&data).expect("a folder can be made");
    let program = env!("CARGO_BIN_EXE_plateau");
    let mut command = match setup.descriptors {
        None => Command::new(program),
        Some((soft, hard)) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" \"$@\""), program]);
            shell
        }
    };
    command.arg("run").arg("--config").arg(&config).arg("--data").arg(&data).args(["--listen", "127.0.0.1:0"]);
    command.envs(setup.environment.iter().cloned()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process = Process::start_piped("plateau", folder, &mut command);
    let out = process.child().stdout.take().expect("stdout is a pipe");
    let (send, receive) = mpsc::channel();
    let mut log = fs::File::options().append(true).open(folder.join("plateau.log")).expect("the log exists");
    // Ends with the program's stdout.
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let _ = writeln!(log, "{line}");
            if let Some(address) = line.trim().strip_prefix("listening ") {
                let _ = send.send(address.trim_end_matches('/').to_owned());
            }
        }
    });
    match receive.recv_timeout(Duration::from_secs(20)) {
        Ok(address) => (process, address),
        Err(RecvTimeoutError::Timeout) => panic!("no address after 20 s: {}", process.tail(20)),
        Err(RecvTimeoutError::Disconnected) => panic!("it ended before listening: {}", process.tail(20)),
    }
}

/// One logged-in websocket. Each call is answered in order of asking, whatever else arrives.
pub struct Client {
    shared: Arc<Shared>,
    commands: UnboundedSender<tungstenite::Message>,
    next: Mutex<u64>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Seen>,
    news: Condvar,
}

#[derive(Default)]
struct Seen {
    rev: u64,
    state: Value,
    replies: Vec<Value>,
    events: Vec<Value>,
    meters: Option<Value>,
    binary: Vec<(Instant, Vec<u8>)>,
    closed: Option<String>,
}

impl Client {
    /// Logs in with a PIN and connects.
    pub fn login(address: &str, pin: &str) -> Self {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10))).build().into();
        let body = json!({ "pin": pin }).to_string();
        let request = agent.post(format!("{address}/api/login")).content_type("application/json");
        let mut response = request.send(body).unwrap_or_else(|error| panic!("login at {address}: {error}"));
        let text = response.body_mut().read_to_string().expect("a login is answered in text");
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        Self::connect(address, answer["token"].as_str().expect("a login gives a token"))
    }

    /// Connects with a token and waits for the snapshot.
    pub fn connect(address: &str, token: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let mut request = format!("{}/api/control", address.replacen("http", "ws", 1))
            .into_client_request()
            .expect("an address makes a request");
        let bearer = format!("Bearer {token}").parse().expect("a token fits a header");
        request.headers_mut().insert("Authorization", bearer);
        let socket = runtime.block_on(tokio_tungstenite::connect_async(request));
        let (socket, _) = socket.unwrap_or_else(|error| panic!("websocket at {address}: {error}"));
        let shared = Arc::new(Shared::default());
        let (commands, outbox) = unbounded_channel();
        runtime.spawn(converse(socket, outbox, shared.clone()));
        let client = Self { shared, commands, next: Mutex::new(1), _runtime: runtime };
        client.wait_for("the snapshot", 5.0, |state| !state.is_null());
        client
    }

    /// Sends a command and waits for its reply.
    pub fn command(&self, mut command: Value) -> Value {
        let id = {
            let mut next = self.next.lock().unwrap();
            *next += 1;
            *next
        };
        command["id"] = json!(id);
        self.send_text(&command.to_string());
        let reply = self.look(5.0, |seen| seen.replies.iter().find(|reply| reply["id"] == id).cloned());
        reply.unwrap_or_else(|| panic!("no reply to {command} in 5 s"))
    }

    /// Sends any text.
    pub fn send_text(&self, text: &str) {
        let _ = self.commands.send(tungstenite::Message::text(text.to_owned()));
    }

    /// The last state.
    pub fn state(&self) -> Value {
        self.shared.seen.lock().unwrap().state.clone()
    }

    /// The revision of the last state.
    pub fn rev(&self) -> u64 {
        self.shared.seen.lock().unwrap().rev
    }

    /// All events since the connection.
    pub fn events(&self) -> Vec<Value> {
        self.shared.seen.lock().unwrap().events.clone()
    }

    /// The last meters.
    pub fn meters(&self) -> Option<Value> {
        self.shared.seen.lock().unwrap().meters.clone()
    }

    /// Takes the binary messages that arrived, with their time.
    pub fn take_binary(&self) -> Vec<(Instant, Vec<u8>)> {
        std::mem::take(&mut self.shared.seen.lock().unwrap().binary)
    }

    /// Waits until the state is as asked, and returns it.
    pub fn wait_for(&self, what: &str, seconds: f64, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = self.look(seconds, |seen| wanted(&seen.state).then(|| seen.state.clone()));
        found.unwrap_or_else(|| panic!("waited {seconds} s in vain for {what}; the state is {:#}", self.state()))
    }

    /// Waits until the meters are as asked, and returns them.
    pub fn wait_meters(&self, what: &str, seconds: f64, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = self.look(seconds, |seen| seen.meters.clone().filter(&wanted));
        found.unwrap_or_else(|| panic!("waited {seconds} s in vain for {what}; the meters are {:?}", self.meters()))
    }

    fn look<T>(&self, seconds: f64, look: impl Fn(&Seen) -> Option<T>) -> Option<T> {
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        let mut seen = self.shared.seen.lock().unwrap();
        loop {
            if let Some(found) = look(&seen) {
                return Some(found);
            }
            if let Some(reason) = &seen.closed {
                eprintln!("the websocket is closed: {reason}");
                return None;
            }
            let left = end.checked_duration_since(Instant::now())?;
            seen = self.shared.news.wait_timeout(seen, left).unwrap().0;
        }
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn converse(mut socket: Socket, mut outbox: UnboundedReceiver<tungstenite::Message>, shared: Arc<Shared>) {
    let reason = loop {
        tokio::select! {
            command = outbox.recv() => {
                let Some(command) = command else { break "the test has done".to_owned() };
                if let Err(error) = socket.send(command).await {
                    break error.to_string();
                }
            }
            message = socket.next() => match message {
                Some(Ok(tungstenite::Message::Text(text))) => shared.text(&text),
                Some(Ok(tungstenite::Message::Binary(bytes))) => {
                    shared.seen.lock().unwrap().binary.push((Instant::now(), bytes.to_vec()));
                    shared.news.notify_all();
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => break error.to_string(),
                None => break "closed by the studio".to_owned(),
            },
        }
    };
    shared.seen.lock().unwrap().closed = Some(reason);
    shared.news.notify_all();
}

impl Shared {
    fn text(&self, text: &str) {
        let message: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON: {text}: {error}"));
        let mut seen = self.seen.lock().unwrap();
        match message["type"].as_str() {
            Some("snapshot") => {
                seen.rev = message["rev"].as_u64().expect("a snapshot has a revision");
                seen.state = message["state"].clone();
            }
            Some("event") => seen.apply(message),
            Some("reply") => seen.replies.push(message),
            Some("meters") => seen.meters = Some(message),
            _ => panic!("a message of no known type: {message}"),
        }
        self.news.notify_all();
    }
}

impl Seen {
    /// An event carries the whole changed part under its name in the state; that of one source or
    /// output names it beside its `state`.
    fn apply(&mut self, message: Value) {
        let rev = message["rev"].as_u64().expect("an event has a revision");
        assert_eq!(rev, self.rev + 1, "no revision is missed: {message}");
        self.rev = rev;
        for (key, value) in message.as_object().expect("an event is an object") {
            match key.as_str() {
                "type" | "rev" | "event" | "state" => {}
                "source" => self.state["sources"][value.as_str().unwrap()] = message["state"].clone(),
                "output" => self.state["outputs"][value.as_str().unwrap()] = message["state"].clone(),
                _ => self.state[key] = value.clone(),
            }
        }
        self.events.push(message);
    }
}
