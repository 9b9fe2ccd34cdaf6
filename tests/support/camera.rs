//! A live test camera: raw picture and sound in Matroska over TCP, in real time.

use std::{
    f64::consts::TAU,
    io::{self, IoSlice, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    clock, matroska,
    picture::{Film, Size},
    ports, strip,
};

/// Samples a second of every camera's sound.
pub const RATE: usize = 48_000;
/// Frequency of the beep that goes with a flash, Hz.
pub const BEEP: usize = 1000;
/// A frame sent later than this after its time may well miss its place in the programme.
const LATE: Duration = Duration::from_millis(12);
/// Peak of tone and beep, of full scale.
pub const AMPLITUDE: f64 = 0.2;

/// What a camera films and how it behaves.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Its number in the strip, 0..=3.
    pub source: u8,
    /// Of the picture; `None` is a microphone.
    pub size: Option<Size>,
    /// Frames a second; divides 48000. Without a picture, blocks of sound a second.
    pub rate: usize,
    /// Steady tone in whole Hz; `None` is silence with the beeps of `flash`.
    pub tone: Option<usize>,
    /// Peak of the tone, of full scale.
    pub amplitude: f64,
    /// It has a sound track.
    pub sound: bool,
    /// Each whole second of its stream, one white picture and a beep of its length.
    pub flash: bool,
    /// The stream carries no picture for its first part.
    pub picture_after: Duration,
    /// The stream carries no sound for its first part.
    pub sound_after: Duration,
    /// Its clock against ours, parts per million: positive is slow.
    pub drift_ppm: f64,
    /// Length of the film's loop, frames, a multiple of four.
    pub film: usize,
}

impl Setup {
    /// 640×360 at 25 frames a second, with a tone of 400 Hz and 100 more for each number.
    pub fn small(source: u8) -> Self {
        Self {
            source,
            size: Some(Size { width: 640, height: 360 }),
            rate: 25,
            tone: Some(tone(source)),
            amplitude: AMPLITUDE,
            sound: true,
            flash: false,
            picture_after: Duration::ZERO,
            sound_after: Duration::ZERO,
            drift_ppm: 0.0,
            film: 12,
        }
    }

    /// The same at 1280×720.
    pub fn full(source: u8) -> Self {
        Self { size: Some(Size { width: 1280, height: 720 }), ..Self::small(source) }
    }

    /// A small one for lip sync: flashes and beeps, otherwise silent.
    pub fn clapper(source: u8) -> Self {
        Self { tone: None, flash: true, ..Self::small(source) }
    }
}

/// The tone of a camera, Hz.
pub fn tone(source: u8) -> usize {
    400 + 100 * usize::from(source)
}

/// A camera that listens on a port of its own; each who connects gets the stream from its beginning.
pub struct Camera {
    port: u16,
    plan: Arc<Plan>,
    run: Option<Run>,
}

/// What does not change while it runs.
struct Plan {
    setup: Setup,
    film: Option<Film>,
    /// One second of tone, S16LE stereo.
    tone: Vec<u8>,
    /// One block of beep.
    beep: Vec<u8>,
    frozen: AtomicBool,
    late: AtomicUsize,
}

/// From start to kill.
struct Run {
    ending: Arc<AtomicBool>,
    peers: Arc<Mutex<Vec<TcpStream>>>,
    listener: JoinHandle<()>,
}

impl Camera {
    /// Makes its film and starts it on a free port.
    pub fn start(setup: Setup) -> Self {
        let port = ports::tcp();
        let mut camera = Self::make(setup, port);
        camera.restart();
        camera
    }

    /// Makes its film; it does not listen until [`Camera::restart`].
    pub fn make(setup: Setup, port: u16) -> Self {
        assert!(RATE.is_multiple_of(setup.rate), "a frame is a whole number of samples");
        let block = RATE / setup.rate;
        let plan = Plan {
            setup,
            film: setup.size.map(|size| Film::new(setup.source, size, setup.film)),
            tone: sine(setup.tone.unwrap_or(0), setup.amplitude, RATE),
            beep: sine(BEEP, AMPLITUDE, block),
            frozen: AtomicBool::new(false),
            late: AtomicUsize::new(0),
        };
        Self { port, plan: Arc::new(plan), run: None }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `tcp://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// Its `[[source]]` block.
    pub fn block(&self, id: &str) -> String {
        format!("[[source]]\nid = \"{id}\"\nkind = \"matroska-tcp\"\nhost = \"127.0.0.1\"\nport = {}\n", self.port)
    }

    /// Frames that this machine sent more than 12 ms late, so far: faults that are not the studio's.
    pub fn late(&self) -> usize {
        self.plan.late.load(Ordering::SeqCst)
    }

    /// Plugged out: all connections closed, nobody listens.
    pub fn kill(&mut self) {
        let Some(run) = self.run.take() else { return };
        run.ending.store(true, Ordering::SeqCst);
        // Wakes the listener from accept.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        run.listener.join().expect("the camera's listener does not panic");
        for peer in run.peers.lock().expect("the list of peers").drain(..) {
            let _ = peer.shutdown(Shutdown::Both);
        }
    }

    /// Plugged in (again), on the same port.
    pub fn restart(&mut self) {
        self.kill();
        self.thaw();
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("the camera's port is free");
        let ending = Arc::new(AtomicBool::new(false));
        let peers = Arc::new(Mutex::new(Vec::new()));
        let run = Run {
            ending: ending.clone(),
            peers: peers.clone(),
            listener: {
                let plan = self.plan.clone();
                thread::spawn(move || listen(&listener, &plan, &ending, &peers))
            },
        };
        self.run = Some(run);
    }

    /// Sends nothing more, with the connection open.
    pub fn freeze(&self) {
        self.plan.frozen.store(true, Ordering::SeqCst);
    }

    /// Goes on after a freeze.
    pub fn thaw(&self) {
        self.plan.frozen.store(false, Ordering::SeqCst);
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.kill();
    }
}

fn listen(listener: &TcpListener, plan: &Arc<Plan>, ending: &Arc<AtomicBool>, peers: &Mutex<Vec<TcpStream>>) {
    for peer in listener.incoming() {
        if ending.load(Ordering::SeqCst) {
            return;
        }
        let Ok(peer) = peer else { continue };
        let Ok(handle) = peer.try_clone() else { continue };
        peers.lock().expect("the list of peers").push(handle);
        let (plan, ending) = (plan.clone(), ending.clone());
        // Ends when the peer goes, or is shut down by `kill`.
        thread::spawn(move || pump(peer, &plan, &ending));
    }
}

/// Sends the stream until the peer goes or the camera ends.
fn pump(mut peer: TcpStream, plan: &Plan, ending: &AtomicBool) -> io::Result<()> {
    let setup = plan.setup;
    peer.set_nodelay(true)?;
    peer.write_all(&matroska::header(matroska::Tracks {
        picture: setup.size.map(|size| (size.width, size.height, setup.rate)),
        sound: setup.sound,
    }))?;
    let start = Instant::now();
    let frame = (1.0 + setup.drift_ppm / 1e6) / setup.rate as f64;
    let mut number = 0;
    while !ending.load(Ordering::SeqCst) {
        let due = start + Duration::from_secs_f64(number as f64 * frame);
        let now = Instant::now();
        if now < due {
            thread::sleep(due - now);
        } else if now - due > Duration::from_millis(500) {
            // The reader is too slow, or we were frozen: what is missed is lost, as with a camera.
            number = ((now - start).as_secs_f64() / frame) as usize + 1;
            continue;
        }
        if !plan.frozen.load(Ordering::SeqCst) {
            if due.elapsed() > LATE {
                plan.late.fetch_add(1, Ordering::SeqCst);
            }
            plan.send(&mut peer, number)?;
        }
        number += 1;
    }
    Ok(())
}

impl Plan {
    fn send(&self, peer: &mut TcpStream, number: usize) -> io::Result<()> {
        let setup = &self.setup;
        let position = Duration::from_secs_f64(number as f64 / setup.rate as f64);
        let flash = setup.flash && number > 0 && number.is_multiple_of(setup.rate);
        let film = self.film.as_ref().filter(|_| position >= setup.picture_after);
        let sound = (setup.sound && position >= setup.sound_after).then(|| self.sound(number, flash));

        let picture = film.map(|film| {
            let body = if flash { &film.flashes[number % 4] } else { &film.frames[number % film.frames.len()] };
            let row = strip::encode(setup.source, clock::now(), film.size.width);
            (row.repeat(strip::rows(film.size.height)), body)
        });
        let lengths: Vec<usize> =
            picture.iter().map(|(strip, body)| strip.len() + body.len()).chain(sound.map(<[u8]>::len)).collect();
        if lengths.is_empty() {
            return Ok(());
        }
        let ms = position.as_millis().try_into().expect("a test lasts less than an age");
        let head = matroska::cluster(ms, &lengths);
        let mut parts: Vec<&[u8]> = vec![&head];
        let video_head;
        if let Some((strip, body)) = &picture {
            video_head = matroska::block(matroska::PICTURE, strip.len() + body.len());
            parts.extend([video_head.as_slice(), strip, body]);
        }
        let sound_head;
        if let Some(sound) = sound {
            sound_head = matroska::block(matroska::SOUND, sound.len());
            parts.extend([sound_head.as_slice(), sound]);
        }
        write_all(peer, &parts)
    }

    fn sound(&self, number: usize, flash: bool) -> &[u8] {
        if flash && self.setup.tone.is_none() {
            return &self.beep;
        }
        let block = 4 * RATE / self.setup.rate;
        let start = block * (number % self.setup.rate);
        &self.tone[start..start + block]
    }
}

/// Writes all parts with as few system calls as the socket allows.
fn write_all(peer: &mut TcpStream, parts: &[&[u8]]) -> io::Result<()> {
    let mut slices: Vec<IoSlice> = parts.iter().map(|part| IoSlice::new(part)).collect();
    let mut rest = slices.as_mut_slice();
    while !rest.is_empty() {
        match peer.write_vectored(rest)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut rest, written),
        }
    }
    Ok(())
}

/// `count` samples of a sine, S16LE stereo; 0 Hz is silence.
fn sine(frequency: usize, amplitude: f64, count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|index| {
            let value = (TAU * frequency as f64 * index as f64 / RATE as f64).sin() * amplitude * 32767.0;
            let [low, high] = (value as i16).to_le_bytes();
            [low, high, low, high]
        })
        .collect()
}
