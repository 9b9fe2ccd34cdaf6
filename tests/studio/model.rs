//! What people allow, as a simple model ([`rules`]), against the real studio.
//!
//! Steps are drawn from a seed ([`steps`]) and done on both; after each, every public door is asked. What is
//! public must be allowed by the model, and what everybody allowed must be public. `make test` draws the same
//! steps each time; `MODEL_SEED` asks for others, `MODEL_STEPS` and `MODEL_ROUNDS` for more.

mod rules;
mod steps;

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use self::{
    rules::{Desk, Model, Of, Place, Point, Saying, Segment, Take, Turn, Wish, Word, Work},
    steps::{Draw, Step, Way},
};
use crate::{
    archive::number,
    archive_photos,
    day::{call, good, invite, open_in, signing},
    panel_house::{ADMIN, ANIMATOR, House, Socket},
    phones_booth,
    support::wait,
};

/// Between two looks at everything, steps.
const WHOLE: u64 = 25;
/// Within which what happens behind the scenes is done, seconds.
const SOON: f64 = 20.0;

/// What was done, told when something is wrong.
struct Story {
    seed: u64,
    steps: Vec<String>,
}

impl Drop for Story {
    fn drop(&mut self) {
        if thread::panicking() {
            for (number, step) in self.steps.iter().enumerate() {
                eprintln!("{number:4} {step}");
            }
            eprintln!("MODEL_SEED={} MODEL_STEPS={}", self.seed, self.steps.len());
        }
    }
}

/// A studio at work, and the model of it.
struct Play {
    house: Option<House>,
    folder: Arc<TempDir>,
    /// The administrator's.
    admin: String,
    /// The animator's.
    desk: String,
    /// The booth's tablet.
    tablet: String,
    model: Model,
    /// A signed form.
    form: Value,
    film: Vec<u8>,
    photo: Vec<u8>,
    /// Since when the segment on air is recorded without a break.
    recorded_since: Instant,
    /// Works that the step was about.
    touched: Vec<usize>,
    /// The step leads to what nobody waits for.
    settling: bool,
    /// How often a work was seen open, and closed.
    seen: [u64; 2],
}

impl Play {
    fn open() -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        let house = open_in(folder.clone());
        let (admin, desk) = (house.login(ADMIN), house.login(ANIMATOR));
        let paired = house.request("POST", "/api/booth/pair", &[("Authorization", &format!("Bearer {desk}"))], "");
        let tablet = paired.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self {
            form: signing(&house, &[], ""),
            house: Some(house),
            folder,
            admin,
            desk,
            tablet,
            model: Model::default(),
            film: phones_booth::film(),
            photo: archive_photos::plain(),
            recorded_since: Instant::now(),
            touched: Vec::new(),
            settling: false,
            seen: [0; 2],
        }
    }

    fn house(&self) -> &House {
        self.house.as_ref().unwrap()
    }

    /// A websocket of its own for each thing: nobody answers pings between them.
    fn socket(&self) -> Socket {
        self.house().socket(&[("Authorization", &format!("Bearer {}", self.admin))]).unwrap()
    }

    /// Whether a command is carried out.
    fn command(&self, command: Value) -> Result<(), String> {
        let reply = self.socket().ask(command);
        if reply["ok"] == true { Ok(()) } else { Err(reply["error"]["code"].as_str().unwrap().to_owned()) }
    }

    fn carried_out(&self, command: Value) {
        assert_eq!(self.command(command.clone()), Ok(()), "{command}");
    }

    fn state(&self) -> Value {
        self.socket().snapshot()["state"].take()
    }

    /// Ends the studio, and starts another one in its folder.
    fn restart(&mut self, kill: bool) {
        let house = self.house.take().unwrap();
        if kill {
            drop(house);
        } else {
            house.close();
        }
        self.house = Some(open_in(self.folder.clone()));
        self.recorded_since = Instant::now();
    }

    fn step(&mut self, step: &Step) {
        self.touched.clear();
        self.settling = matches!(step, Step::Join { .. });
        match step {
            Step::Add { people, private } => self.add(*people, *private),
            Step::Join { segment } => self.join(*segment),
            Step::Leave { segment, person } => {
                let id = self.model.people[*person].id.clone();
                let mut list = self.list_of(*segment);
                list.retain(|listed| listed["id"] != *id);
                self.update(*segment, json!({ "participants": list }));
                self.model.segments[*segment].people.retain(|listed| listed != person);
            }
            Step::Retitle { segment } => {
                let known = &mut self.model.segments[*segment];
                known.titles += 1;
                known.title = Word::Title(*segment, known.titles);
                let title = known.title.to_string();
                self.update(*segment, json!({ "title": title }));
            }
            Step::Turn { segment } => {
                let private = !self.model.segments[*segment].private;
                self.update(*segment, json!({ "private": private }));
                self.model.segments[*segment].private = private;
            }
            Step::Remove { segment } => {
                let id = self.model.segments[*segment].id.clone();
                self.carried_out(json!({ "command": "segment_remove", "segment": id }));
                let known = &mut self.model.segments[*segment];
                (known.turn, known.people) = (Turn::Gone, Vec::new());
            }
            Step::Convene { segment } => {
                for person in self.model.missing(*segment, false) {
                    let wish = [Wish::Own, Wish::Pseudonym, Wish::Nobody][person % 3].clone();
                    self.says(person, &Saying::Sign { live: true, archived: true, wish }, Way::Desk);
                }
            }
            Step::Says { person, saying, way } => self.says(*person, saying, *way),
            Step::Start { segment, private, reason } => self.start(*segment, *private, *reason),
            Step::End => self.end(),
            Step::Mark => {
                let mark = Word::Mark(self.model.on_air().unwrap()).to_string();
                self.carried_out(json!({ "command": "segment_mark", "label": mark }));
            }
            Step::Slate { on } => {
                let may = *on || self.model.on_air().is_none_or(|segment| self.model.may_be_on_air(segment));
                let done = self.command(json!({ "command": "slate", "on": on }));
                assert_eq!(done.is_ok(), may, "{done:?}");
            }
            Step::Scene { number } => self.carried_out(json!({ "command": "take", "scene": format!("cam{number}") })),
            Step::Name { person } => {
                let name = self.model.credit(*person).unwrap().to_string();
                let fields = json!({ "name": name, "role": "" });
                self.carried_out(json!({ "command": "title_show", "template": "lower-third", "fields": fields }));
            }
            Step::Publish { work, agreed } => {
                let may = self.model.may_publish(*work, *agreed);
                let done = self.of_work(*work, "clip_publish", json!({ "agreed": agreed }));
                assert_eq!(done.is_ok(), may, "{done:?}");
                if may {
                    let known = &mut self.model.works[*work];
                    known.desk = Desk::Publishes;
                    known.cleared |= agreed;
                }
            }
            Step::Hide { work } => {
                assert_eq!(self.of_work(*work, "clip_hide", json!({})), Ok(()));
                self.model.works[*work].desk = Desk::Holds;
            }
            Step::Bin { work } => {
                assert_eq!(self.of_work(*work, "clip_remove", json!({})), Ok(()));
                self.model.works[*work].binned = true;
            }
            Step::Restore { work } => {
                assert_eq!(self.of_work(*work, "clip_restore", json!({})), Ok(()));
                let known = &mut self.model.works[*work];
                (known.binned, known.desk, known.cleared) = (false, Desk::Holds, false);
            }
            Step::Rename { work } => {
                let known = &mut self.model.works[*work];
                known.titles += 1;
                let title = Word::Called(*work, known.titles).to_string();
                assert_eq!(self.of_work(*work, "clip_update", json!({ "title": title })), Ok(()));
            }
            Step::Credit { work } => {
                let people = self.model.people_of(*work).iter();
                let credits: Vec<_> = people.map(|who| json!({ "name": Word::Name(*who).to_string() })).collect();
                // Whatever the answer is: what is shown counts.
                let _ = self.of_work(*work, "clip_update", json!({ "credits": credits }));
            }
            Step::Cut { work } => {
                // There may be too little left.
                let _ = self.of_work(*work, "clip_update", json!({ "from_ms": 200 }));
            }
            Step::Still => self.still(),
            Step::Give { person } => self.give(*person),
            Step::Export { site } => {
                let form = if *site { "site" } else { "bundle" };
                let done = self.command(json!({ "command": "export_start", "form": form }));
                assert!(done.as_ref().err().is_none_or(|code| code == "export_running"), "{done:?}");
            }
            Step::Interview { named, published } => self.interview(*named, *published),
            Step::Accept { take } => self.accept(*take),
            Step::EraseTake { take, desk } => {
                let known = &mut self.model.takes[*take];
                known.erased = true;
                let own = ("/api/booth/mine".to_owned(), known.link.clone());
                let by_desk = (format!("/api/booth/sent/{}", known.id), self.desk.clone());
                let (path, token) = if *desk { by_desk } else { own };
                good(self.house(), "DELETE", &path, &token, &Value::Null);
            }
            Step::Restart { kill } => self.restart(*kill),
        }
    }

    /// A command about a work.
    fn of_work(&mut self, work: usize, command: &str, mut fields: Value) -> Result<(), String> {
        self.touched.push(work);
        (fields["command"], fields["clip"]) = (json!(command), json!(self.model.works[work].id));
        self.command(fields)
    }

    fn update(&self, segment: usize, mut fields: Value) {
        (fields["command"], fields["segment"]) = (json!("segment_update"), json!(self.model.segments[segment].id));
        self.carried_out(fields);
    }

    /// The participants of a segment as the desk has them.
    fn list_of(&self, segment: usize) -> Vec<Value> {
        let rundown = self.state()["rundown"].take();
        let id = &self.model.segments[segment].id;
        let segment = rundown.as_array().unwrap().iter().find(|known| known["id"] == **id).unwrap();
        let people = segment["participants"].as_array().unwrap().iter();
        people.map(|person| json!({ "id": person["id"], "name": person["name"] })).collect()
    }

    fn add(&mut self, people: usize, private: bool) {
        let number = self.model.segments.len();
        let title = Word::Title(number, 0);
        let first = self.model.people.len();
        let names = (first..first + people).map(|who| json!({ "name": Word::Name(who).to_string() }));
        self.carried_out(json!({
            "command": "segment_add", "title": title.to_string(), "summary": Word::Summary(number).to_string(),
            "private": private, "participants": names.collect::<Vec<_>>(),
        }));
        let rundown = self.state()["rundown"].take();
        let known = rundown.as_array().unwrap().iter().find(|known| known["title"] == title.to_string()).unwrap();
        let listed = known["participants"].as_array().unwrap().iter();
        let people = listed.map(|person| self.model.person(person["id"].as_str().unwrap().to_owned())).collect();
        self.model.segments.push(Segment {
            id: known["id"].as_str().unwrap().to_owned(),
            turn: Turn::Ready,
            private,
            people,
            waived: Vec::new(),
            title,
            titles: 0,
        });
    }

    fn join(&mut self, segment: usize) {
        let name = Word::Name(self.model.people.len()).to_string();
        let mut list = self.list_of(segment);
        list.push(json!({ "name": name }));
        self.update(segment, json!({ "participants": list }));
        let rundown = self.state()["rundown"].take();
        let mut listed = rundown.as_array().unwrap().iter().flat_map(|known| known["participants"].as_array().unwrap());
        let id = listed.find(|person| person["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
        let person = self.model.person(id);
        self.model.segments[segment].people.push(person);
    }

    fn start(&mut self, segment: usize, private: Option<bool>, reason: bool) {
        let known = &self.model.segments[segment];
        let mut command = json!({ "command": "segment_start", "segment": known.id, "private": private });
        let private = private.unwrap_or(known.private);
        if reason {
            command["reason"] = json!("accord donné de vive voix");
        }
        let missing = self.model.missing(segment, private);
        // An override stands for a missing signature, and for no answer.
        let may = missing.iter().all(|who| reason && !self.model.people[*who].has_answered());
        let done = self.command(command);
        assert_eq!(done.is_ok(), may, "{done:?}");
        if may {
            self.model.start(segment, private);
            self.recorded_since = Instant::now();
        }
    }

    fn end(&mut self) {
        let segment = self.model.on_air().unwrap();
        // Shorter programme may be no film.
        wait::span((0.4 - self.recorded_since.elapsed().as_secs_f64()).max(0.0));
        self.carried_out(json!({ "command": "segment_end" }));
        self.model.segments[segment].turn = Turn::Over;
        let id = self.model.segments[segment].id.clone();
        let cut = |state: &Value| {
            let rundown = state["rundown"].as_array().unwrap();
            rundown.iter().any(|known| known["id"] == *id && !known["clip"].is_null())
        };
        wait::until("the clip", SOON, || cut(&self.state()).then_some(()));
        let state = self.state();
        adopt(&mut self.model, &state);
        let works = (0..self.model.works.len()).filter(|work| self.model.works[*work].of == Of::Segment(segment));
        self.touched.extend(works);
    }

    /// Somebody says something in this way. What was cut off is said again.
    fn says(&mut self, person: usize, saying: &Saying, way: Way) {
        let paper = way == Way::Desk;
        // The desk takes everything back.
        let all = Saying::TakeBack(vec![Point::Recorded, Point::Live, Point::Archived]);
        let saying = if paper && matches!(saying, Saying::TakeBack(_)) { &all } else { saying };
        let mut after = self.model.clone();
        after.says(person, saying, paper);
        if self.model.people[person].link.is_none() {
            let link = invite(self.house(), &self.desk, &self.model.people[person].id);
            self.model.people[person].link = Some(link.clone());
            after.people[person].link = Some(link);
        }
        let known = &self.model.people[person];
        let (id, link) = (known.id.clone(), known.link.clone().unwrap());
        let concerned = |work: &usize| self.model.people_of(*work).contains(&person);
        self.touched.extend((0..self.model.works.len()).filter(concerned));
        let sign = match saying {
            Saying::Sign { live, archived, wish } => {
                let mut form = self.form.clone();
                let points = [Some("recorded"), live.then_some("live"), archived.then_some("archived")];
                form["points"] = json!(points.into_iter().flatten().collect::<Vec<_>>());
                form["signature"]["name"] = json!(Word::Name(person).to_string());
                if let Some(name) = self.model.wished(person, wish) {
                    form["credit"] = json!({ "kind": "name", "name": name.to_string() });
                }
                form
            }
            Saying::TakeBack(points) => {
                json!({ "points": points.iter().map(|point| point.name()).collect::<Vec<_>>() })
            }
            Saying::Erase => Value::Null,
        };
        let (method, path) = match (saying, paper) {
            (Saying::Sign { .. }, false) => ("POST", "/api/participate/sign".to_owned()),
            (Saying::Sign { .. }, true) => ("POST", format!("/api/people/{id}/sign")),
            (Saying::TakeBack(_), false) => ("POST", "/api/participate/withdraw".to_owned()),
            (Saying::TakeBack(_), true) => ("POST", format!("/api/people/{id}/withdraw")),
            (Saying::Erase, false) => ("DELETE", "/api/participate/me".to_owned()),
            (Saying::Erase, true) => ("DELETE", format!("/api/people/{id}")),
        };
        let token = if paper { self.desk.clone() } else { link };
        if let Way::Gone(moment) | Way::Killed(moment) = way {
            let stream = self.house().send(method, &path, &token, &sign);
            thread::sleep(moment);
            let _ = stream.shutdown(Shutdown::Both);
            if matches!(way, Way::Killed(_)) {
                self.restart(true);
            }
            self.check(Some(&after));
        }
        let answer = call(self.house(), method, &path, &token, &sign);
        let told = String::from_utf8_lossy(&answer.body);
        assert!([200, 204].contains(&answer.status), "{method} {path}: {} {told}", answer.status);
        // What the studio made meanwhile.
        let works = std::mem::take(&mut self.model.works);
        for work in works.into_iter().skip(after.works.len()) {
            after.works.push(work);
        }
        self.model = after;
        if matches!(saying, Saying::Sign { .. }) {
            let answer = answer.json();
            let url = answer["url"].as_str().and_then(|url| url.split('#').nth(1));
            self.model.people[person].link = Some(answer["token"].as_str().or(url).unwrap().to_owned());
        }
    }

    fn still(&mut self) {
        let state = self.state();
        adopt(&mut self.model, &state);
        let known = self.model.works.len();
        self.carried_out(json!({ "command": "photo" }));
        wait::until("the photo", SOON, || {
            let state = self.state();
            adopt(&mut self.model, &state);
            (self.model.works.len() > known).then_some(())
        });
    }

    fn give(&mut self, person: usize) {
        let number = self.model.works.len();
        let known = &self.model.people[person];
        let bearer = format!("Bearer {}", known.link.as_ref().unwrap());
        // From a house of their own: so many photos come from one in an hour.
        let from = [127, 0, 1, 1 + (number % 250) as u8].into();
        let path = format!("/api/participate/photo?title={}", Word::Called(number, 0));
        let answer = self.house().bytes_from(from, "POST", &path, &[("Authorization", &bearer)], &self.photo);
        if !known.archived {
            return assert_eq!(answer.status, 409, "{answer:?}");
        }
        assert_eq!(answer.status, 201, "{answer:?}");
        let of = Of::Photo { segment: self.model.segment_of(person), people: vec![person] };
        self.model.works.push(Work {
            id: String::new(),
            of,
            desk: Desk::Nothing,
            binned: false,
            cleared: false,
            titles: 0,
        });
        wait::until("the photo", SOON, || {
            let state = self.state();
            adopt(&mut self.model, &state);
            (!self.model.works[number].id.is_empty()).then_some(())
        });
    }

    /// As the tablet's browser asks.
    fn booth(&self, method: &str, path: &str, body: &[u8]) -> Value {
        let address = self.house().address();
        let headers = [("Cookie", &*self.tablet), ("Origin", address), ("Content-Type", "application/json")];
        let path = format!("/api/booth{path}");
        let answer = self.house().bytes_from([127, 0, 0, 1].into(), method, &path, &headers, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        answer.json()
    }

    fn interview(&mut self, named: bool, published: bool) {
        let number = self.model.takes.len();
        let credit = named.then_some(Word::Spoken(number));
        let signed = json!({
            "name": Word::Signature(number).to_string(), "credit": credit.map(|word| word.to_string()), "language": "fr",
            "adult": true, "recorded": true, "published": published, "text": "J'accepte d'être filmée.",
        });
        let take = self.booth("POST", "/takes", signed.to_string().as_bytes());
        let id = take["id"].as_str().unwrap().to_owned();
        self.booth("PUT", &format!("/takes/{id}/chunks/0"), &self.film);
        self.booth("POST", &format!("/takes/{id}/finish"), phones_booth::sha_of(&self.film).as_bytes());
        let sent = self.booth("POST", &format!("/takes/{id}/send"), b"");
        let link = sent["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
        wait::until("the conversion", 60.0, || {
            let mine = good(self.house(), "GET", "/api/booth/mine", &link, &Value::Null);
            (mine["stage"] == "converted").then_some(())
        });
        self.model.takes.push(Take { id, link, published, erased: false, accepted: false });
    }

    fn accept(&mut self, take: usize) {
        let path = format!("/api/booth/sent/{}/accept", self.model.takes[take].id);
        let answer = call(self.house(), "POST", &path, &self.desk, &Value::Null);
        let known = &mut self.model.takes[take];
        if !known.published {
            return assert_eq!(answer.status, 409, "{answer:?}");
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        if !std::mem::replace(&mut known.accepted, true) {
            let id = answer.json()["clip"].as_str().unwrap().to_owned();
            let of = Of::Interview(take);
            // The address of what was erased is free again.
            let erased = |work: &Work| work.id == id && !self.model.is_kept(work);
            if let Some(before) = self.model.works.iter().position(erased) {
                self.model.works[before].id.clear();
            }
            self.touched.push(self.model.works.len());
            self.model.works.push(Work { id, of, desk: Desk::Nothing, binned: false, cleared: false, titles: 0 });
        }
    }
}

/// Takes works over that the studio has made.
fn adopt(model: &mut Model, state: &Value) {
    for clip in state["clips"].as_array().unwrap() {
        let (id, segment) = (clip["id"].as_str().unwrap(), clip["segment"].as_str());
        if model.works.iter().any(|work| work.id == id) {
            continue;
        }
        let photo = clip["medium"] == "photo";
        let words = Word::all_in(clip["title"].as_str().unwrap().as_bytes());
        if let Some(Word::Called(number, 0)) = words.first().filter(|_| photo) {
            model.works[*number].id = id.to_owned();
            continue;
        }
        let segment = segment.map(|id| model.segments.iter().position(|known| known.id == id).unwrap());
        let of = match segment {
            Some(segment) if !photo => Of::Segment(segment),
            _ if photo => {
                let people = segment.map_or(Vec::new(), |segment| model.segments[segment].people.clone());
                Of::Photo { segment, people }
            }
            _ => panic!("of nobody: {clip}"),
        };
        let id = id.to_owned();
        model.works.push(Work { id, of, desk: Desk::Nothing, binned: false, cleared: false, titles: 0 });
    }
}

// What the public finds.
impl Play {
    /// Asks the public doors. `after`: something is under way, and may have happened or not.
    fn check(&mut self, after: Option<&Model>) {
        let state = self.state();
        adopt(&mut self.model, &state);
        let mut after = after.cloned();
        if let Some(after) = &mut after {
            adopt(after, &state);
        }
        let look = Look { house: self.house.as_ref().unwrap(), models: [Some(&self.model), after.as_ref()] };
        let mut wrong = look.at_the_programme(&state);
        wrong.extend(look.in_the_lists());
        for work in &self.touched {
            wrong.extend(look.at(*work));
        }
        // Who is added to what is over is asked for at once, and copies are looked through then.
        let settled =
            wait::within(if self.settling { SOON } else { 0.0 }, || look.at_exports().is_empty().then_some(()));
        if settled.is_none() {
            wrong.extend(look.at_exports());
        }
        wrong.extend(look.at_what_must_be_open());
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// Asks all of them.
    fn check_all(&mut self) {
        self.touched = (0..self.model.works.len()).collect();
        self.check(None);
        let look = Look { house: self.house.as_ref().unwrap(), models: [Some(&self.model), None] };
        let wrong = look.everywhere_else();
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
        let open = self.touched.iter().filter(|work| self.model.is_public(**work)).count();
        self.seen[0] += open as u64;
        self.seen[1] += (self.touched.len() - open) as u64;
    }
}

/// Everybody's look at the studio, with what may be there.
struct Look<'a> {
    house: &'a House,
    models: [Option<&'a Model>; 2],
}

impl Look<'_> {
    fn any(&self, is: impl Fn(&Model) -> bool) -> bool {
        self.models.iter().flatten().any(|model| is(model))
    }

    fn all(&self, is: impl Fn(&Model) -> bool) -> bool {
        self.models.iter().flatten().all(|model| is(model))
    }

    fn works(&self) -> impl Iterator<Item = (usize, &str)> {
        let works = self.models[0].unwrap().works.iter().enumerate();
        works.map(|(at, work)| (at, work.id.as_str())).filter(|(_, id)| !id.is_empty())
    }

    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        fetched(self.house.host(), path)
    }

    /// Words that may not be read there.
    fn words(&self, from: &str, bytes: &[u8], place: Place) -> Vec<String> {
        let found = Word::all_in(bytes).into_iter();
        let bad = found.filter(|word| !self.any(|model| model.may_be_read(*word, place)));
        bad.map(|word| format!("{from} tells {word} {word:?}")).collect()
    }

    /// Names of works that nobody may know of.
    fn closed_in<'a>(&'a self, from: &'a str, bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        let closed = self.works().filter(|(at, _)| !self.any(|model| model.is_public(*at)));
        closed.filter(|(_, id)| mentions(&text, id)).map(|(_, id)| format!("{from} tells of {id}")).collect()
    }

    /// What is on: on the desk at once, elsewhere soon.
    fn at_the_programme(&self, state: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let model = self.models[0].unwrap();
        let on_air = model.on_air();
        let id = on_air.map_or(Value::Null, |segment| json!(model.segments[segment].id));
        if state["segment"].get("id").unwrap_or(&Value::Null) != &id {
            wrong.push(format!("on air: {} and not {id}", state["segment"]));
        }
        let may = on_air.is_none_or(|segment| self.any(|model| model.may_be_on_air(segment)));
        let must = on_air.is_none_or(|segment| self.all(|model| model.may_be_on_air(segment)));
        if !may && state["slate"] != true {
            wrong.push("no slate".into());
        }
        for word in Word::all_in(state["titles"].to_string().as_bytes()) {
            let chosen = |who: usize, model: &Model| model.credit(who) == Some(word);
            if !matches!(word, Word::Name(who) | Word::Pseudonym(who, _) if self.any(|model| chosen(who, model))) {
                wrong.push(format!("the picture tells {word:?}"));
            }
        }
        let mut late = Vec::new();
        let settled = wait::within(SOON, || {
            let (_, now) = self.get("/api/now");
            let (_, clock) = self.get("/api/clock");
            late = [self.words("/api/now", &now, Place::Now), self.words("/api/clock", &clock, Place::Now)].concat();
            let [now, clock]: [Value; 2] = [&now, &clock].map(|answer| serde_json::from_slice(body(answer)).unwrap());
            if !may && (now["pause"] != true || !now["segment"].is_null() || clock["on_air"] == true) {
                late.push(format!("on air: {now} {clock}"));
            }
            if let (true, Some(segment)) = (must, on_air) {
                let people = model.segments[segment].people.iter();
                let names: Vec<_> = people.filter_map(|who| model.credit(*who)).map(|name| name.to_string()).collect();
                let title = model.segments[segment].title.to_string();
                let names = self.models[1].is_none().then_some(json!(names));
                if now["segment"]["title"] != title || names.is_some_and(|names| now["segment"]["names"] != names) {
                    late.push(format!("{title} is not on: {now}"));
                }
            }
            late.is_empty().then_some(())
        });
        if settled.is_none() {
            wrong.extend(late);
        }
        wrong
    }

    fn in_the_lists(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for path in [
            "/api/clips?limit=10000",
            "/api/clips?limit=10000&medium=photo",
            "/archive",
            "/archive?medium=photo",
            "/archive/feed.xml",
            "/archive/sitemap.xml",
        ] {
            let (status, text) = self.get(path);
            if status != 200 {
                wrong.push(format!("{path}: {status}"));
            }
            wrong.extend(self.closed_in(path, &text));
            wrong.extend(self.words(path, &text, Place::Archive));
        }
        wrong
    }

    /// The addresses of a work, as the router has them.
    fn addresses(&self, id: &str) -> Vec<String> {
        let files =
            ["clip.mp4", "poster.jpg", "clip.json", "photo.jpg", "captions.fr.vtt", "record.json", "SHA256SUMS"];
        let of_work = |path: &&str| path.contains("{clip}") || path.contains("{photo}");
        let filled = open_plateau::panel::paths().into_iter().filter(of_work).flat_map(|path| {
            let path = path.replace("{clip}", id).replace("{photo}", id).replace("{language}", "fr");
            let files = if path.contains("{file}") { &files[..] } else { &[""] };
            files.iter().map(move |file| path.replace("{file}", file)).collect::<Vec<_>>()
        });
        filled.collect()
    }

    /// A work's own page and files, and the search for what it says.
    fn at(&self, work: usize) -> Vec<String> {
        let id = &self.models[0].unwrap().works[work].id;
        let mut wrong = Vec::new();
        if id.is_empty() {
            return wrong;
        }
        let may = self.any(|model| model.is_public(work));
        for path in self.addresses(id) {
            let (status, body) = self.get(&path);
            if status == 200 && !may {
                wrong.push(format!("{path} is open"));
            }
            if status == 200 {
                let page = path == format!("/archive/{id}");
                let place = if page { Place::Archive } else { Place::Work(work) };
                wrong.extend(self.words(&path, &body, place));
            }
        }
        if !may {
            for word in Word::all_in(id.as_bytes()) {
                let path = format!("/archive?q={word}");
                wrong.extend(self.closed_in(&path, &self.get(&path).1));
            }
        }
        wrong
    }

    /// Files that are handed on.
    fn at_exports(&self) -> Vec<String> {
        let exports = self.house.data().join("exports");
        let mut wrong = Vec::new();
        for path in files_in(&exports) {
            let from = path.strip_prefix(&exports).unwrap().display().to_string();
            let Ok(content) = fs::read(&path) else { continue };
            let Some((work, _)) = self.works().find(|(_, id)| mentions(&from, id)) else {
                wrong.extend(self.closed_in(&from, &content));
                wrong.extend(self.words(&from, &content, Place::Archive));
                continue;
            };
            wrong.extend(self.closed_in(&from, from.as_bytes()));
            let place = if from.ends_with(".html") { Place::Archive } else { Place::Work(work) };
            wrong.extend(self.words(&from, &content, place));
        }
        wrong
    }

    /// What everybody allowed is there, soon.
    fn at_what_must_be_open(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let settled = wait::within(SOON, || {
            wrong.clear();
            let map = String::from_utf8(self.get("/archive/sitemap.xml").1).unwrap();
            let open = self.works().filter(|(at, _)| self.all(|model| model.is_public(*at)));
            wrong.extend(open.filter(|(_, id)| !mentions(&map, id)).map(|(_, id)| format!("{id} is not public")));
            wrong.is_empty().then_some(())
        });
        if settled.is_some() { Vec::new() } else { wrong }
    }

    /// All that can be asked for without knowing of anything.
    fn everywhere_else(&self) -> Vec<String> {
        let pages = ["/", "/panel", "/participate", "/clock", "/booth", "/camera", "/help"];
        let paths = open_plateau::panel::paths().into_iter().filter(|path| !path.contains('{')).chain(pages);
        let asked = paths.flat_map(|path| {
            let (_, body) = self.get(path);
            [self.closed_in(path, &body), self.words(path, &body, Place::Elsewhere)].concat()
        });
        asked.collect()
    }
}

/// Whether a text names a work, and not another one whose id begins in the same way.
fn mentions(text: &str, id: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-');
    text.match_indices(id).any(|(at, _)| ends(&text[at + id.len()..]))
}

/// Files below a folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

/// The status and everything that comes back for a path; of a stream, what comes first.
fn fetched(host: &str, path: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs_f64(SOON))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let (mut all, mut part) = (Vec::new(), [0; 65536]);
    while let Ok(length @ 1..) = stream.read(&mut part) {
        all.extend(&part[..length]);
        let found = |what: &[u8]| all.windows(what.len()).any(|window| window == what);
        if all.len() < 20_000 && found(b"text/event-stream") && found(b"\n\n") {
            break;
        }
    }
    let status = all.get(9..12).map(|status| String::from_utf8_lossy(status).parse().unwrap());
    (status.unwrap_or_else(|| panic!("no answer for {path}")), all)
}

/// What comes after the head.
fn body(answer: &[u8]) -> &[u8] {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    &answer[head + 4..]
}

#[test]
fn nothing_is_public_that_people_do_not_allow() {
    let first = number("MODEL_SEED", 2);
    let steps = number("MODEL_STEPS", 300);
    for seed in first..first + number("MODEL_ROUNDS", 1) {
        eprintln!("MODEL_SEED={seed}");
        let mut story = Story { seed, steps: Vec::new() };
        let mut play = Play::open();
        for number in 0..steps {
            let step = Draw::new(seed, number).step(&play.model);
            story.steps.push(format!("{step:?}"));
            play.step(&step);
            if number % WHOLE == WHOLE - 1 || matches!(step, Step::Restart { .. }) {
                play.check_all();
            } else {
                play.check(None);
            }
        }
        play.check_all();
        assert!(play.seen[0] > 0 && play.seen[1] > 0, "open and closed works: {:?}", play.seen);
        play.house.unwrap().close();
    }
}
