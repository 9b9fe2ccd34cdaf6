//! Everybody who may knock at the studio's doors and is not of the desk, and everything they can ask for: the
//! paths come from the router, so that a new one is among them by itself.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

use crate::{
    day::{good, propose},
    panel_house::{House, MODERATOR, Socket},
    remote_protocol,
};

/// Requests that are under way at a time.
const AT_A_TIME: usize = 24;

/// What somebody from outside was told.
pub struct Told {
    pub who: &'static str,
    /// The route, as the router has it; or what else was asked.
    pub place: &'static str,
    pub path: String,
    /// Head and body.
    pub answer: String,
}

impl Told {
    pub fn is_good(&self) -> bool {
        self.answer.starts_with("HTTP/1.1 200")
    }
}

/// Callers with what they have in their hands, as headers.
pub struct Outsiders {
    host: String,
    callers: Vec<(&'static str, Vec<(&'static str, String)>)>,
    /// Values for each parameter of a path, by the parameter's name.
    pub known: Vec<(&'static str, Vec<String>)>,
    /// Addresses besides the router's paths, with the place they belong to.
    pub more: Vec<(&'static str, String)>,
}

impl Outsiders {
    /// Comes to a studio that has the slot `phone1`; `desk`: an animator's token.
    pub fn come(house: &House, desk: &str) -> Self {
        let bearer = |token: &str| vec![("Authorization", format!("Bearer {token}"))];
        let link = good(house, "POST", "/api/slots/phone1/link", desk, &Value::Null);
        let link = link["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
        // A participant who stands in nobody else's segment.
        let (own, _) = propose(house, "Toute seule", &["Lucie"]);
        let callers = vec![
            ("nobody", Vec::new()),
            ("a viewer", vec![("Cookie", "language=en; plateau=0".to_owned())]),
            ("another participant", bearer(&own)),
            ("a phone", bearer(&link)),
            ("the booth", vec![("Cookie", paired(house, desk))]),
            ("a moderator", bearer(&house.login(MODERATOR))),
        ];
        Self { host: house.host().to_owned(), callers, known: Vec::new(), more: Vec::new() }
    }

    /// Asks for every path that can be asked for, with everything it can be asked with.
    pub fn knock(&self) -> Vec<Told> {
        self.knock_as(|_| true)
    }

    /// The same for some of the callers.
    pub fn knock_as(&self, who: impl Fn(&str) -> bool) -> Vec<Told> {
        let pages = ["/", "/panel", "/participate", "/clock", "/booth", "/camera"];
        let mut paths: Vec<(&'static str, String)> = pages.iter().map(|page| (*page, (*page).to_owned())).collect();
        paths.extend(self.more.iter().cloned());
        for path in open_plateau::panel::paths() {
            paths.extend(self.filled(path).into_iter().map(|filled| (path, filled)));
        }
        let callers = self.callers.iter().filter(|(name, _)| who(name));
        let asks: Vec<_> = callers.flat_map(|caller| paths.iter().map(move |path| (caller, path))).collect();
        let (next, told) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    while let Some(((who, headers), (place, path))) = asks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let answer = fetched(&self.host, path, headers);
                        told.lock().unwrap().push(Told { who, place, path: path.clone(), answer });
                    }
                });
            }
        });
        let mut told = told.into_inner().unwrap();
        for (who, _) in self.callers.iter().filter(|(name, _)| who(name)) {
            let found = told.iter().filter(|told| told.who == *who && told.is_good()).count();
            assert!(found > 15, "{who} finds {found}");
        }
        // What was asked for may be repeated.
        let values: Vec<&String> = self.known.iter().flat_map(|(_, values)| values).collect();
        for Told { path, answer, .. } in &mut told {
            for asked in values.iter().filter(|value| value.len() > 8 && path.contains(value.as_str())) {
                *answer = answer.replace(asked.as_str(), "");
            }
        }
        told
    }

    /// A path with each of its parameters' values; any of them makes the others wait at their first.
    fn filled(&self, path: &str) -> Vec<String> {
        let mut filled = vec![path.to_owned()];
        while let Some((before, rest)) = filled[0].clone().split_once('{') {
            let name = rest.split_once('}').unwrap().0;
            let values = self.known.iter().find(|(known, _)| *known == name);
            let (_, values) = values.unwrap_or_else(|| {
                panic!("{path}: which {{{name}}} are there? Tell `Outsiders::known`, after {before}")
            });
            let pattern = format!("{{{name}}}");
            filled =
                filled.iter().flat_map(|path| values.iter().map(|value| path.replacen(&pattern, value, 1))).collect();
        }
        filled
    }
}

/// The cookie of a browser that is the booth's from now on.
pub fn paired(house: &House, desk: &str) -> String {
    let paired = house.request("POST", "/api/booth/pair", &[("Authorization", &format!("Bearer {desk}"))], "");
    paired.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// Everything that comes back for a path, head and body, until the end or until a stream falls silent.
fn fetched(host: &str, path: &str, headers: &[(&str, String)]) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let (mut all, mut part, end) = (Vec::new(), [0; 65536], Instant::now() + Duration::from_secs(30));
    while let Ok(length @ 1..) = stream.read(&mut part)
        && Instant::now() < end
    {
        if all.is_empty() {
            stream.set_read_timeout(Some(Duration::from_millis(1500))).unwrap();
        }
        all.extend(&part[..length]);
        // A stream of server-sent events never ends; what is on now comes first.
        if all.windows(17).take(1000).any(|window| window == b"text/event-stream")
            && all.ends_with(b"\n\n")
            && all.len() > 1000
        {
            break;
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads a socket to its end, on a thread.
pub fn kept(mut socket: Socket) -> Arc<Mutex<Vec<String>>> {
    let texts = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&texts);
    thread::spawn(move || {
        while let Ok(message) = socket.next() {
            if let Message::Text(text) = message {
                kept.lock().unwrap().push(text.to_string());
            }
        }
    });
    texts
}

/// What other programs' remotes are told: every answer to a question without fields, and every event.
pub fn remote(port: u16) -> Arc<Mutex<Vec<String>>> {
    let mut remote = Remote::connect(port);
    let texts = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&texts);
    thread::spawn(move || {
        remote.ask_all(|text| kept.lock().unwrap().push(text));
        while let Ok(Message::Text(text)) = remote.0.read() {
            kept.lock().unwrap().push(text.to_string());
        }
    });
    texts
}

/// What another program's remote is answered to every question without fields.
pub fn remote_answers(port: u16) -> String {
    let mut all = String::new();
    Remote::connect(port).ask_all(|text| all += &text);
    all
}

/// Another program's remote.
struct Remote(WebSocket<TcpStream>);

impl Remote {
    fn connect(port: u16) -> Self {
        let mut socket = remote_protocol::connect(port, &[]).unwrap();
        remote_protocol::read(&mut socket);
        remote_protocol::send(&mut socket, &json!({ "op": 1, "d": { "rpcVersion": 1, "eventSubscriptions": 0x7ff } }));
        remote_protocol::read(&mut socket);
        Self(socket)
    }

    /// Asks all that can be asked without fields, and hands every text on that comes meanwhile.
    fn ask_all(&mut self, mut hand_on: impl FnMut(String)) {
        let ask = |name: &str| json!({ "op": 6, "d": { "requestId": name, "requestType": name } });
        remote_protocol::send(&mut self.0, &ask("GetVersion"));
        let mut waiting = Vec::new();
        while let Ok(Message::Text(text)) = self.0.read() {
            let message: Value = serde_json::from_str(&text).unwrap();
            if let Some(names) = message["d"]["responseData"]["availableRequests"].as_array() {
                let names = names.iter().map(|name| name.as_str().unwrap().to_owned());
                // Its answer is this one.
                waiting = names.filter(|name| name.starts_with("Get") && name != "GetVersion").collect();
                assert!(waiting.len() > 20);
            }
            hand_on(text.to_string());
            if message["op"] == 7 {
                let Some(name) = waiting.pop() else { return };
                remote_protocol::send(&mut self.0, &ask(&name));
            }
        }
    }
}
