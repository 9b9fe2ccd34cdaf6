//! The mix: every source's pictures and sound into one program, a frame at each tick.
//!
//! Pure Rust, between capture's pipelines and the encoder's: nothing a camera or a network does can
//! hold it up, a take lands on one frame because it is applied between two, and all of it can be
//! tested without a pipeline.

mod desk;
mod frames;
pub mod graphics;
mod input;
mod layout;
mod limiter;
mod mixer;
mod sound;
mod taps;

pub use input::Input;
pub use layout::place;
pub use mixer::{LAG, Meters, Order};
pub use plateau_pixels as compose;
pub use sound::{RATE, Stereo};
pub use taps::{Sound, Taps};

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
};

use indexmap::IndexMap;
use tokio::sync::watch;

use crate::{
    config::Video,
    media::{Clock, Ns, Picture},
    protocol::{AudioState, Fault, Problem, Scene},
};

/// Where the program goes. Called from the mixer's thread: it must not block.
pub trait ProgramSink: Send {
    /// The picture of program time `at`; exactly one for each frame, in order.
    fn picture(&mut self, at: Ns, picture: &Picture);
    /// The sound from program time `at` on, contiguous, 48 kHz; less than a frame ahead of the picture.
    fn sound(&mut self, at: Ns, block: &[Stereo]);
}

/// The running mixer.
pub struct Mix {
    orders: mpsc::Sender<Order>,
    inputs: IndexMap<String, Arc<Input>>,
    program: watch::Receiver<Option<Picture>>,
    meters: watch::Receiver<Meters>,
    taps: Arc<Taps>,
    pulse: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Mix {
    /// Starts ticking with `scene` on air.
    pub fn start(
        clock: Clock,
        video: Video,
        inputs: Vec<(String, Arc<Input>, AudioState)>,
        scene: Arc<Scene>,
        sink: Box<dyn ProgramSink>,
    ) -> Result<Self, Problem> {
        let (orders, inbox) = mpsc::channel();
        let (program_sender, program) = watch::channel(None);
        let (meters_sender, meters) = watch::channel(Meters::default());
        let pulse = Arc::new(AtomicU64::new(clock.now()));
        let stop = Arc::new(AtomicBool::new(false));
        let taps = Arc::new(Taps::new(clock.clone()));
        let by_id = inputs.iter().map(|(id, input, _)| (id.clone(), input.clone())).collect();
        let failed = || {
            Problem::new(
                "mix_failed",
                Fault::Ours,
                "Le mélangeur ne démarre pas : mémoire insuffisante ?",
                "The mixer does not start: out of memory?",
            )
        };
        let mixer = mixer::Mixer::new(mixer::Parts {
            clock,
            video,
            inputs,
            scene,
            sink,
            orders: inbox,
            program: program_sender,
            meters: meters_sender,
            taps: taps.clone(),
            pulse: pulse.clone(),
            stop: stop.clone(),
        })
        .ok_or_else(failed)?;
        let thread = std::thread::Builder::new().name("mixer".into()).spawn(|| mixer.run()).map_err(|_| failed())?;
        Ok(Self { orders, inputs: by_id, program, meters, taps, pulse, stop, thread: Some(thread) })
    }

    /// Tells the mixer something; applied before its next frame.
    pub fn order(&self, order: Order) {
        // The mixer only goes when the studio does.
        let _ = self.orders.send(order);
    }

    /// The way to tell the mixer from another thread.
    pub fn orders(&self) -> mpsc::Sender<Order> {
        self.orders.clone()
    }

    /// A source's input.
    pub fn input(&self, source: &str) -> Option<&Arc<Input>> {
        self.inputs.get(source)
    }

    /// The program's newest picture.
    pub fn program(&self) -> watch::Receiver<Option<Picture>> {
        self.program.clone()
    }

    /// The newest levels.
    pub fn meters(&self) -> watch::Receiver<Meters> {
        self.meters.clone()
    }

    /// Sound for headphones.
    pub fn taps(&self) -> Arc<Taps> {
        self.taps.clone()
    }

    /// Running time of the last tick's end.
    pub fn pulse(&self) -> Ns {
        self.pulse.load(Ordering::Relaxed)
    }
}

impl Drop for Mix {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
