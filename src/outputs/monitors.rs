//! Small pictures and sound for panels: each picture encoded once, whoever watches.
//!
//! A *view* is one source at one width and rate. It works while somebody holds its receiver, on a
//! thread of its own: it takes the newest picture, scales it, makes a JPEG and replaces the last one.
//! Nothing queues anywhere, so a slow client sees fewer pictures, never older ones.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use bytes::Bytes;
use indexmap::IndexMap;
use tokio::{
    runtime::Handle,
    sync::{broadcast, watch},
};

pub use crate::mix::Sound;
use crate::{
    media::{self, Clock, Ns, PicturePool, jpeg},
    mix::{
        Input, Taps,
        compose::{Composer, FrameRect, SourceRect},
    },
    program::{self, Shown},
};

/// What the desk makes, slate or not: a source's name for [`Monitors`].
pub const PROGRAM: &str = "program";
/// What viewers have of it, slate and silence included: the same. No source has such an id.
pub const ON_AIR: &str = program::SOUND;

/// JPEG quality of a monitor: good enough to judge a face, small enough for a venue's Wi-Fi.
const QUALITY: i32 = 75;

/// A JPEG and the moment its picture was captured.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The file.
    pub jpeg: Bytes,
    /// Microseconds of CLOCK_MONOTONIC.
    pub captured_us: u64,
}

type Newest = watch::Receiver<Option<Arc<Picture>>>;
type ViewKey = (String, u32, u32);

/// Where panels get their pictures.
#[derive(Clone)]
pub struct Monitors {
    inner: Arc<Inner>,
}

struct Inner {
    inputs: IndexMap<String, Arc<Input>>,
    program: watch::Receiver<Option<media::Picture>>,
    on_air: watch::Receiver<Option<media::Picture>>,
    on_air_sound: Arc<Taps>,
    clock: Clock,
    views: Mutex<HashMap<ViewKey, watch::Sender<Option<Arc<Picture>>>>>,
    taps: Arc<Taps>,
    /// Where a view's thread waits for the program.
    runtime: Handle,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Monitors {
    /// Monitors of these inputs, of the program, and of what is on air. Call within the runtime.
    pub fn new(
        inputs: IndexMap<String, Arc<Input>>,
        program: watch::Receiver<Option<media::Picture>>,
        taps: Arc<Taps>,
        shown: &Shown,
        clock: Clock,
    ) -> Self {
        let inner = Inner {
            inputs,
            program,
            on_air: shown.pictures(),
            on_air_sound: shown.sounds(),
            clock,
            views: Mutex::default(),
            taps,
            runtime: Handle::current(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Pictures of `source` (or [`PROGRAM`], or [`ON_AIR`]), at most `width` pixels wide and `fps` a
    /// second; only the newest is kept. They are made as long as a receiver lives. `None`: no such source.
    pub fn picture(&self, source: &str, width: u32, fps: u32) -> Option<Newest> {
        if !self.inner.knows(source) {
            return None;
        }
        let key = (source.to_owned(), width.clamp(80, 1280) & !1, fps.clamp(1, 60));
        let mut views = lock(&self.inner.views);
        if let Some(view) = views.get(&key) {
            return Some(view.subscribe());
        }
        let (sender, receiver) = watch::channel(None);
        views.insert(key.clone(), sender.clone());
        let inner = self.inner.clone();
        std::thread::Builder::new().name("monitor".into()).spawn(move || inner.work(&key, &sender)).ok()?;
        Some(receiver)
    }

    /// What the desk makes now. `None`: nothing yet.
    pub(super) fn newest_program(&self) -> Option<media::Picture> {
        self.inner.program.borrow().clone()
    }

    /// A source's newest picture. `None`: no such source, or none has come.
    pub(super) fn newest(&self, source: &str) -> Option<media::Picture> {
        self.inner.inputs.get(source)?.newest()
    }

    /// The sound of `source` (or [`PROGRAM`], or [`ON_AIR`]). `None`: no such source.
    pub fn sound(&self, source: &str) -> Option<broadcast::Receiver<Arc<Sound>>> {
        let taps = if source == ON_AIR { &self.inner.on_air_sound } else { &self.inner.taps };
        self.inner.knows(source).then(|| taps.listen(source))
    }
}

impl Inner {
    fn knows(&self, source: &str) -> bool {
        source == PROGRAM || source == ON_AIR || self.inputs.contains_key(source)
    }

    /// Makes one view's pictures until nobody watches.
    fn work(&self, key: &ViewKey, view: &watch::Sender<Option<Arc<Picture>>>) {
        let (source, width, fps) = key;
        let mut maker = Maker { width: *width, pool: None, composer: Composer::default(), compressor: None };
        let interval = Duration::from_secs(1) / *fps;
        let mut program = match source.as_str() {
            PROGRAM => Some(self.program.clone()),
            ON_AIR => Some(self.on_air.clone()),
            _ => None,
        };
        let mut pace = Pace::new(interval);
        let mut last: Option<Ns> = None;
        let mut due = Instant::now();
        loop {
            {
                // Under the lock, so that nobody subscribes to a view that is going.
                let mut views = lock(&self.views);
                if view.receiver_count() == 0 {
                    views.remove(key);
                    return;
                }
            }
            let newest = match &mut program {
                // Woken by the picture itself: it is LAG old already, and must not wait for a look.
                Some(program) => {
                    if self.runtime.block_on(program.changed()).is_err() {
                        // The mixer has gone.
                        lock(&self.views).remove(key);
                        return;
                    }
                    program.borrow_and_update().clone().filter(|picture| pace.takes(picture.captured))
                }
                None => self.inputs.get(source).and_then(|input| input.newest()),
            };
            // A source whose clock is corrected may place a picture before the last one.
            if let Some(picture) = newest.filter(|picture| last.is_none_or(|last| picture.captured > last)) {
                last = Some(picture.captured);
                if let Some(jpeg) = maker.jpeg(&picture) {
                    let captured_us = self.clock.monotonic_us(picture.captured);
                    view.send_replace(Some(Arc::new(Picture { jpeg, captured_us })));
                }
            }
            if program.is_none() {
                due = (due + interval).max(Instant::now());
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
    }
}

/// Thins pictures out to a rate, by their own times.
struct Pace {
    interval: Ns,
    due: Ns,
}

impl Pace {
    fn new(interval: Duration) -> Self {
        Self { interval: interval.as_nanos() as Ns, due: 0 }
    }

    /// Whether the picture of this time is one of them. One that is early by less than the mixer's
    /// own rounding counts.
    fn takes(&mut self, captured: Ns) -> bool {
        const EARLY: Ns = 2_000_000;
        if captured + EARLY < self.due {
            return false;
        }
        // After a pause the rate begins anew, rather than catching up.
        self.due = if captured > self.due + self.interval { captured } else { self.due } + self.interval;
        true
    }
}

struct Maker {
    width: u32,
    pool: Option<(PicturePool, (u32, u32))>,
    composer: Composer,
    compressor: Option<turbojpeg::Compressor>,
}

impl Maker {
    fn jpeg(&mut self, picture: &media::Picture) -> Option<Bytes> {
        let (width, height) = (picture.width(), picture.height());
        let small = if width > self.width {
            let lines = (u64::from(self.width) * u64::from(height) / u64::from(width)).max(2) as u32 & !1;
            let size = (self.width, lines.max(2));
            if self.pool.as_ref().is_none_or(|(_, made)| *made != size) {
                self.pool = Some((PicturePool::new(size.0, size.1)?, size));
            }
            let (pool, _) = self.pool.as_ref()?;
            let from = SourceRect { x: 0.0, y: 0.0, width: f64::from(width), height: f64::from(height) };
            let composer = &mut self.composer;
            &pool.draw(picture.captured, |canvas| {
                composer.draw(canvas, &picture.planes(), from, FrameRect::whole(size))
            })?
        } else {
            picture
        };
        if self.compressor.is_none() {
            self.compressor = jpeg::compressor(QUALITY);
        }
        jpeg::compress(self.compressor.as_mut()?, small).map(Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a second's pictures at 25 a second are taken.
    fn taken(fps: u32) -> usize {
        let mut pace = Pace::new(Duration::from_secs(1) / fps);
        // The program may be at any time when the first client comes.
        (1000..1025).filter(|n| pace.takes(n * 40_000_000)).count()
    }

    #[test]
    fn a_rate_is_kept_on_the_average_and_the_full_rate_is_all() {
        assert_eq!([1, 5, 25, 60].map(taken), [1, 5, 25, 25]);
        let tenth = taken(10);
        assert!((9..=11).contains(&tenth), "{tenth}");
    }
}
