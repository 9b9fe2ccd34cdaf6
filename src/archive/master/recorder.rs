//! The thread that writes one recording.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tracing::{error, info, warn};

use super::{Claim, HANDLES, Note, Subject};
use crate::{
    media::{self, Ns},
    mp4::Fragments,
    program::{Mark, Medium, Packet},
    protocol::{Fault, Problem},
};

/// What may wait for a disk that stalls, bytes: about 20 s of a rich programme.
const PATIENCE: usize = 64 << 20;
/// How often what was written is forced to the disk.
const SYNC: Duration = Duration::from_secs(1);
/// The next picture comes within a frame or two; longer than this and the mix has stopped.
const MARK: Duration = Duration::from_secs(2);

/// Sound may come so much later out of its encoder than the picture it goes with, nanoseconds.
const SOUND: Ns = 100_000_000;

/// What the writing thread is told.
enum Order {
    Packet(Packet),
    Mark(Mark, String),
    End(Mark, Subject),
    Close(Mark),
}

/// Called from the writing thread when a segment's end is in the file, or what there will ever be.
pub type Ended = Box<dyn FnOnce(Note) + Send>;
/// Called from the writing thread when something is wrong with the recording.
pub type Trouble = Box<dyn Fn(Problem) + Send>;

/// A recording under way.
pub struct Recorder {
    orders: Sender<Order>,
    waiting: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    overflowed: bool,
    ended: bool,
}

impl Recorder {
    /// Starts one of this subject in the file that was made for it: `start` is the segment's first picture.
    /// `ended` is called once.
    pub fn start(
        claim: Claim,
        subject: Subject,
        start: Mark,
        ended: Ended,
        trouble: Trouble,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (orders, inbox) = mpsc::channel();
        let (waiting, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (data, note, file) = claim.begin(subject, media::unix_ms());
        let writer = Writer { data, note, waiting: waiting.clone(), over: over.clone(), ended: Some(ended), trouble };
        let thread =
            std::thread::Builder::new().name("master".into()).spawn(move || writer.run(file, &inbox, &start))?;
        Ok((Self { orders, waiting, over, overflowed: false, ended: false }, thread))
    }

    /// Hands a packet on; `false` once the recording is over. Never blocks: a disk that stalls for
    /// too long costs pictures up to the next key frame, and everybody is told.
    pub fn packet(&mut self, packet: &Packet) -> bool {
        if self.over.load(Ordering::Acquire) {
            return false;
        }
        if packet.medium == Medium::Picture {
            let full = self.waiting.load(Ordering::Relaxed) > PATIENCE;
            self.overflowed = full || (self.overflowed && !packet.key);
        }
        if self.overflowed {
            metrics::counter!("plateau_master_dropped_packets_total").increment(1);
            return true;
        }
        self.waiting.fetch_add(packet.buffer.size(), Ordering::Relaxed);
        self.orders.send(Order::Packet(packet.clone())).is_ok()
    }

    /// A chapter begins at this key frame.
    pub fn mark(&self, mark: Mark, label: String) {
        let _ = self.orders.send(Order::Mark(mark, label));
    }

    /// The segment ends at this key frame; the recording goes on for the handles.
    pub fn end(&mut self, mark: Mark, subject: Subject) {
        self.ended = true;
        let _ = self.orders.send(Order::End(mark, subject));
    }

    /// The segment has ended, and only the handle after it may still be written.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Another segment begins at this key frame: nothing of it is written.
    pub fn close(&self, mark: Mark) {
        let _ = self.orders.send(Order::Close(mark));
    }
}

struct Writer {
    data: PathBuf,
    note: Note,
    waiting: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    ended: Option<Ended>,
    trouble: Trouble,
}

impl Writer {
    fn run(mut self, file: fs::File, inbox: &Receiver<Order>, start: &Mark) {
        if let Err(error) = self.write(file, inbox, start) {
            error!(%error, file = self.note.master, "the recording of a segment failed");
            (self.trouble)(unwritable(&self.note.master, &error));
            self.wait_for_end(inbox);
        }
        self.over.store(true, Ordering::Release);
        // What is there is whole; a segment that has ended gets its clip from it.
        self.cut();
    }

    fn write(&mut self, file: fs::File, inbox: &Receiver<Order>, start: &Mark) -> io::Result<()> {
        let mut fragments = Fragments::new(file);
        let written = self.record(&mut fragments, inbox, start);
        if written.is_err() {
            // A full disk takes the beginning of a fragment: without it the file ends as one ought to.
            let cut = fragments.out().set_len(fragments.whole()).and_then(|()| fragments.out().sync_all());
            if let Err(error) = cut {
                warn!(%error, file = self.note.master, "the end of a recording is not whole");
            }
        }
        written
    }

    fn record(&mut self, fragments: &mut Fragments<fs::File>, inbox: &Receiver<Order>, start: &Mark) -> io::Result<()> {
        self.note.keep(&self.data)?;
        let (mut end, mut synced): (Option<Ns>, _) = (None, Instant::now());
        let mut close = None;
        let mut start = Some(start);
        // Those that somebody sets before the first picture is in the file wait for it.
        let mut marks = Vec::new();
        info!(file = self.note.master, segment = self.note.subject.id, "recording a segment");
        while let Ok(order) = inbox.recv() {
            match order {
                Order::Packet(packet) => {
                    self.waiting.fetch_sub(packet.buffer.size(), Ordering::Relaxed);
                    match close {
                        Some(at) if packet.pts >= at && packet.medium == Medium::Picture => break,
                        Some(at) if packet.pts >= at => (),
                        _ => fragments.packet(&packet)?,
                    }
                }
                Order::Close(mark) => match mark.recv_timeout(MARK) {
                    Ok(at) => close = Some(at),
                    // The mix has stopped; what comes when it goes on is the other segment's.
                    Err(_) => break,
                },
                Order::Mark(mark, label) => marks.push((mark, label)),
                Order::End(mark, subject) => {
                    let at = self.in_file(fragments, &mark);
                    self.note.until = at;
                    self.note.subject = subject;
                    self.note.ended = true;
                    self.note.keep(&self.data)?;
                    end = at.map(|at| at + fragments.origin().unwrap_or_default()).or(Some(fragments.written()));
                }
            }
            if fragments.origin().is_some()
                && let Some(start) = start.take()
            {
                self.note.from = self.in_file(fragments, start);
                self.note.keep(&self.data)?;
            }
            if fragments.origin().is_some() {
                for (mark, label) in marks.drain(..) {
                    if let Some(at) = self.in_file(fragments, &mark) {
                        self.note.marks.push((at, label));
                        self.note.keep(&self.data)?;
                    }
                }
            }
            match end {
                Some(end) if fragments.written() >= end + HANDLES * 1_000_000_000 => break,
                Some(end) if self.ended.is_some() && fragments.written() >= end + SOUND => self.cut(),
                _ => (),
            }
            if synced.elapsed() >= SYNC {
                fragments.out().sync_data()?;
                synced = Instant::now();
            }
        }
        fragments.finish()?;
        fragments.out().flush()?;
        fragments.out().sync_all()?;
        info!(file = self.note.master, "the recording of a segment is complete");
        Ok(())
    }

    /// Nothing more can be written; the clip is made of what there is, when the segment ends.
    fn wait_for_end(&mut self, inbox: &Receiver<Order>) {
        while !self.note.ended {
            match inbox.recv() {
                Ok(Order::Packet(packet)) => drop(self.waiting.fetch_sub(packet.buffer.size(), Ordering::Relaxed)),
                Ok(Order::Mark(..) | Order::Close(_)) => (),
                Ok(Order::End(_, subject)) => {
                    self.note.subject = subject;
                    self.note.ended = true;
                    if let Err(error) = self.note.keep(&self.data) {
                        warn!(%error, file = self.note.master, "the note of a recording is not kept");
                    }
                }
                Err(_) => return,
            }
        }
    }

    /// Nanoseconds from the file's start; `None` where the mix has stopped.
    fn in_file(&self, fragments: &Fragments<fs::File>, mark: &Mark) -> Option<u64> {
        let at = mark.recv_timeout(MARK);
        if at.is_err() {
            warn!(file = self.note.master, "no key frame came for a mark");
        }
        Some(at.ok()?.saturating_sub(fragments.origin()?))
    }

    fn cut(&mut self) {
        if self.note.ended
            && let Some(ended) = self.ended.take()
        {
            ended(self.note.clone());
        }
    }
}

fn unwritable(file: &str, error: &io::Error) -> Problem {
    Problem::new(
        "segment_not_recorded",
        Fault::Operator,
        format!(
            "La séquence ne s'enregistre plus dans « {file} » ({error}). Libérez de la place sur le disque, puis relancez l'enregistrement. Le direct continue."
        ),
        format!(
            "The segment is no longer recorded in {file} ({error}). Make room on the disk, then record again. The live programme goes on."
        ),
    )
}
