//! The mixer: one thread, one tick for each frame of the program, whatever happens around it.
//!
//! Tick n makes the picture of program time n·frame at wall time n·frame + [`LAG`], from the pictures
//! nearest to that time. Every order that has arrived by then is applied first, so all layers of a take
//! change on one frame. Between ticks, sound is mixed in blocks of [`BLOCK`], each [`SOUND_LAG`] after
//! its end: a muxer that waits for sound before it lets a picture go waits less than a frame.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use indexmap::IndexMap;
use tokio::sync::watch;
use tracing::warn;

use super::{
    ProgramSink,
    compose::{self, Composer, Overlay},
    desk::{Desk, Strip},
    input::Input,
    layout::{FrameRect, place},
    limiter,
    sound::Stereo,
    taps::Taps,
};
use crate::{
    capture::Destination,
    config::Video,
    media::{Clock, Ns, Picture, PicturePool, PlaneMut},
    protocol::{AudioState, ProgramMeter, Scene, Transition, TransitionKind},
};

/// How long the mixer waits for pictures of a moment: what arrives within it is shown in time.
pub const LAG: Ns = 60_000_000;

/// A block of sound: samples, and its length.
pub(super) const BLOCK: (u64, Ns) = (960, 20_000_000);

/// How long the mixer waits for the end of a block of sound. Less than [`LAG`], so that sound reaches
/// the muxers with its picture; never more than a frame ahead of it (see `ProgramSink`).
pub(super) const SOUND_LAG: Ns = 30_000_000;

/// The mixer is behind by more than this only when the machine slept: time is skipped then.
const HOPELESS: Ns = 2_000_000_000;

/// What the mixer is told.
#[allow(missing_docs, reason = "each field is what its name says in the protocol")]
pub enum Order {
    /// Put a scene on air.
    Take { scene: Arc<Scene>, transition: Transition },
    /// A fade by hand: `position` 0..=1 of `scene` over the program; 1 completes the take.
    TBar { scene: Arc<Scene>, position: f64 },
    /// A strip of the desk.
    Audio { source: String, audio: AudioState },
    /// The picture shown while a source has none.
    Stand { source: String, picture: Picture },
    /// Graphics over the picture, bottom first.
    Overlays(Vec<Arc<Overlay>>),
}

/// Levels, about ten times a second.
#[derive(Debug, Clone, Default)]
pub struct Meters {
    /// Peaks of each source, dBFS.
    pub sources: IndexMap<String, [f32; 2]>,
    /// The program's.
    pub program: Option<ProgramMeter>,
}

struct Channel {
    input: Arc<Input>,
    strip: Strip,
    /// Shown while the source is lost.
    stand: Option<Picture>,
    lost: bool,
    /// What this tick shows.
    picture: Option<Picture>,
}

enum Way {
    Running { kind: TransitionKind, start: u64, length: u64 },
    ByHand { position: f64 },
}

/// The state of the mixer's thread.
pub(super) struct Mixer {
    pub clock: Clock,
    pub video: Video,
    pub orders: mpsc::Receiver<Order>,
    pub sink: Box<dyn ProgramSink>,
    pub program: watch::Sender<Option<Picture>>,
    pub meters: watch::Sender<Meters>,
    pub taps: Arc<Taps>,
    pub pulse: Arc<AtomicU64>,
    pub stop: Arc<AtomicBool>,
    pool: PicturePool,
    composer: Composer,
    desk: Desk,
    channels: IndexMap<String, Channel>,
    scene: Arc<Scene>,
    next: Option<(Arc<Scene>, Way)>,
    /// How far `next` has come, 0..=1.
    progress: f64,
    overlays: Vec<Arc<Overlay>>,
}

/// What [`Mixer::new`] is made from.
pub(super) struct Parts {
    pub clock: Clock,
    pub video: Video,
    pub inputs: Vec<(String, Arc<Input>, AudioState)>,
    pub scene: Arc<Scene>,
    pub sink: Box<dyn ProgramSink>,
    pub orders: mpsc::Receiver<Order>,
    pub program: watch::Sender<Option<Picture>>,
    pub meters: watch::Sender<Meters>,
    pub taps: Arc<Taps>,
    pub pulse: Arc<AtomicU64>,
    pub stop: Arc<AtomicBool>,
}

impl Mixer {
    pub fn new(parts: Parts) -> Option<Self> {
        let channels = parts.inputs.into_iter().map(|(id, input, audio)| {
            (id, Channel { input, strip: Strip::new(audio), stand: None, lost: true, picture: None })
        });
        Some(Self {
            pool: PicturePool::new(parts.video.width, parts.video.height)?,
            composer: Composer::default(),
            desk: Desk::default(),
            channels: channels.collect(),
            scene: parts.scene,
            next: None,
            progress: 0.0,
            overlays: Vec::new(),
            clock: parts.clock,
            video: parts.video,
            orders: parts.orders,
            sink: parts.sink,
            program: parts.program,
            meters: parts.meters,
            taps: parts.taps,
            pulse: parts.pulse,
            stop: parts.stop,
        })
    }

    /// Ticks until told to stop.
    pub fn run(mut self) {
        let (mut frame, mut block) = (0, 0);
        while !self.stop.load(Ordering::Relaxed) {
            let (picture_due, sound_due) = (self.time(frame) + LAG, (block + 1) * BLOCK.1 + SOUND_LAG);
            let (due, now) = (picture_due.min(sound_due), self.clock.now());
            if now < due {
                std::thread::sleep(Duration::from_nanos(due - now));
            } else if now - due > HOPELESS {
                let skipped = (now - due) / self.frame();
                warn!(skipped, "the machine slept; frames skipped");
                frame += skipped;
                block = (self.time(frame) + LAG - SOUND_LAG) / BLOCK.1;
                continue;
            }
            if sound_due < picture_due {
                self.sound(block);
                block += 1;
            } else {
                self.tick(frame);
                self.pulse.store(self.clock.now(), Ordering::Relaxed);
                frame += 1;
            }
        }
    }

    /// Program time of tick n; exact for any frame rate.
    fn time(&self, n: u64) -> Ns {
        n * 1_000_000_000 / u64::from(self.video.framerate)
    }

    fn frame(&self) -> Ns {
        self.time(1)
    }

    fn tick(&mut self, n: u64) {
        while let Ok(order) = self.orders.try_recv() {
            self.obey(order, n);
        }
        let time = self.time(n);
        self.progress = self.progress(n);
        self.pick(time);
        if let Some(picture) = self.render(time) {
            self.sink.picture(time, &picture);
            self.program.send_replace(Some(picture));
        }
        if self.progress >= 1.0
            && let Some((scene, _)) = self.next.take()
        {
            self.scene = scene;
        }
        if n.is_multiple_of(u64::from(self.video.framerate / 10).max(1)) {
            self.publish_meters();
        }
    }

    fn obey(&mut self, order: Order, n: u64) {
        match order {
            Order::Take { scene, transition } => {
                // A take during a transition starts from where that one was going.
                if let Some((unfinished, Way::Running { .. })) = self.next.take() {
                    self.scene = unfinished;
                }
                let length = u64::from(transition.duration_ms) * u64::from(self.video.framerate) / 1000;
                match transition.kind {
                    TransitionKind::Cut => self.scene = scene,
                    _ if length == 0 => self.scene = scene,
                    kind => self.next = Some((scene, Way::Running { kind, start: n, length })),
                }
            }
            Order::TBar { scene, position } => {
                self.next = (position > 0.0).then_some((scene, Way::ByHand { position }));
            }
            Order::Audio { source, audio } => {
                if let Some(channel) = self.channels.get_mut(&source) {
                    channel.strip.audio = audio;
                }
            }
            Order::Stand { source, picture } => {
                if let Some(channel) = self.channels.get_mut(&source) {
                    channel.stand = Some(picture);
                }
            }
            Order::Overlays(overlays) => self.overlays = overlays,
        }
    }

    /// How far the next scene has come, 0..=1.
    fn progress(&self, n: u64) -> f64 {
        match &self.next {
            None => 0.0,
            Some((_, Way::ByHand { position })) => position.clamp(0.0, 1.0),
            // The first frame already shows something of it; the last shows it alone.
            Some((_, Way::Running { start, length, .. })) => ((n - start + 1) as f64 / *length as f64).min(1.0),
        }
    }

    fn pick(&mut self, time: Ns) {
        let (frame, now) = (self.frame(), self.clock.now());
        for channel in self.channels.values_mut() {
            let lost = channel.input.picture_lost(now);
            if lost && !channel.lost {
                channel.input.forget_pictures();
            }
            channel.lost = lost;
            channel.picture =
                if lost { None } else { channel.input.pick(time, frame) }.or_else(|| channel.stand.clone());
        }
    }

    fn render(&mut self, time: Ns) -> Option<Picture> {
        let (scene, progress) = (self.scene.clone(), self.progress);
        if self.next.is_none()
            && self.overlays.is_empty()
            && let Some(picture) = self.untouched(&scene)
        {
            return Some(picture.at(time));
        }
        let coming = self.next.as_ref().map(|(scene, way)| (scene.clone(), kind_of(way)));
        let coming = match coming {
            Some((scene, kind)) => Some((self.scene_alone(&scene, time)?, kind)),
            None => None,
        };
        let (pool, composer, channels, overlays) = (&self.pool, &mut self.composer, &self.channels, &self.overlays);
        let size = (self.video.width, self.video.height);
        pool.draw(time, |canvas| {
            paint(canvas, composer, channels, &scene, size);
            match &coming {
                Some((picture, TransitionKind::Wipe)) => compose::wipe(canvas, &picture.planes(), progress),
                Some((picture, _)) => compose::fade(canvas, &picture.planes(), (progress * 256.0).round() as u16),
                None => (),
            }
            for overlay in overlays {
                compose::blend(canvas, overlay, 256);
            }
        })
    }

    /// The picture that alone fills this scene, pixel for pixel: it can go out as it is.
    fn untouched(&self, scene: &Scene) -> Option<Picture> {
        let size = (self.video.width, self.video.height);
        let [layer] = &scene.layers[..] else { return None };
        let picture = self.channels.get(&layer.source)?.picture.as_ref()?;
        let (from, to) = place(layer, (picture.width(), picture.height()), size);
        let whole = to == FrameRect::whole(size)
            && (from.width, from.height) == (f64::from(size.0), f64::from(size.1))
            && (picture.width(), picture.height()) == size;
        whole.then(|| picture.clone())
    }

    fn scene_alone(&mut self, scene: &Scene, time: Ns) -> Option<Picture> {
        if let Some(picture) = self.untouched(scene) {
            return Some(picture);
        }
        let size = (self.video.width, self.video.height);
        let (composer, channels) = (&mut self.composer, &self.channels);
        self.pool.draw(time, |canvas| paint(canvas, composer, channels, scene, size))
    }

    fn sound(&mut self, block: u64) {
        let (from, progress) = (block * BLOCK.1, self.progress as f32);
        let (scene, next) = (&self.scene, self.next.as_ref().map(|(scene, _)| scene));
        let strips = self.channels.iter_mut().map(|(id, channel)| {
            let open = |scene: &Scene| f32::from(u8::from(heard(scene, id)));
            let open = if channel.strip.audio.follow {
                let now = open(scene);
                next.map_or(now, |next| now + (open(next) - now) * progress)
            } else {
                1.0
            };
            (id.as_str(), &mut channel.strip, &*channel.input, open)
        });
        let taps = &self.taps;
        let tap = |id: &str, block: &[Stereo]| taps.send(id, from, block);
        let position = (block * BLOCK.0) as i64 + limiter::DELAY as i64;
        let mixed = self.desk.mix(position, BLOCK.0 as usize, strips, tap);
        taps.send("program", from, &mixed);
        self.sink.sound(from, &mixed);
    }

    fn publish_meters(&mut self) {
        let sources = self.channels.iter_mut().map(|(id, channel)| (id.clone(), channel.strip.peak_db())).collect();
        self.meters.send_replace(Meters { sources, program: Some(self.desk.meter()) });
    }
}

/// A source whose sound follows the picture is heard in its scenes.
fn heard(scene: &Scene, source: &str) -> bool {
    if scene.microphones.is_empty() {
        scene.layers.iter().any(|layer| layer.source == source)
    } else {
        scene.microphones.iter().any(|microphone| microphone == source)
    }
}

fn kind_of(way: &Way) -> TransitionKind {
    match way {
        Way::Running { kind, .. } => *kind,
        Way::ByHand { .. } => TransitionKind::Fade,
    }
}

fn paint(
    canvas: &mut [PlaneMut<'_>; 3],
    composer: &mut Composer,
    channels: &IndexMap<String, Channel>,
    scene: &Scene,
    size: (u32, u32),
) {
    let placed: Vec<_> = scene
        .layers
        .iter()
        .filter_map(|layer| {
            let picture = channels.get(&layer.source)?.picture.as_ref()?;
            let (from, to) = place(layer, (picture.width(), picture.height()), size);
            Some((picture, from, to))
        })
        .collect();
    // What lies under a layer that fills the frame is not drawn.
    let bottom = placed.iter().rposition(|(_, _, to)| *to == FrameRect::whole(size));
    if bottom.is_none() {
        compose::black(canvas);
    }
    for (picture, from, to) in &placed[bottom.unwrap_or(0)..] {
        composer.draw(canvas, &picture.planes(), *from, *to);
    }
}
