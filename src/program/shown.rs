//! What is seen and heard on air, before it is encoded: for those who may follow nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::watch;

use crate::{
    media::{Clock, Ns, Picture},
    mix::{Stereo, Taps},
};

/// The id under which the sound is tapped.
pub const SOUND: &str = "on air";

/// The pictures and the sound of the programme as viewers have them: the slate and silence instead of
/// the mix while the slate is up, and nothing at all while the mix may not be shown and there is no slate.
pub struct Shown {
    pictures: watch::Sender<Option<Picture>>,
    sound: Arc<Taps>,
    barred: AtomicBool,
}

impl Shown {
    pub(super) fn new(clock: Clock) -> Self {
        Self { pictures: watch::Sender::new(None), sound: Arc::new(Taps::new(clock)), barred: AtomicBool::new(false) }
    }

    /// The newest picture.
    pub fn pictures(&self) -> watch::Receiver<Option<Picture>> {
        self.pictures.subscribe()
    }

    /// The sound, tapped as [`SOUND`].
    pub fn sounds(&self) -> Arc<Taps> {
        Arc::clone(&self.sound)
    }

    /// From now on the mix may not be shown, or may be again.
    pub fn bar(&self, on: bool) {
        self.barred.store(on, Ordering::Release);
    }

    pub(super) fn picture(&self, mix: &Picture, slate: Option<&Picture>) {
        match slate {
            Some(slate) => drop(self.pictures.send_replace(Some(slate.clone().at(mix.captured)))),
            None if self.barred.load(Ordering::Acquire) => (),
            None => drop(self.pictures.send_replace(Some(mix.clone()))),
        }
    }

    pub(super) fn sound(&self, at: Ns, block: &[Stereo], slate: bool) {
        if slate || self.barred.load(Ordering::Acquire) {
            self.sound.send(SOUND, at, &vec![[0.0; 2]; block.len()]);
        } else {
            self.sound.send(SOUND, at, block);
        }
    }
}
