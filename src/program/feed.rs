//! A feed: encoded packets, handed to whoever follows, in order, at the moment they are made.

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicU64, Ordering},
};

use gstreamer as gst;

use crate::media::Ns;

/// Picture or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// H.264, one access unit a packet, each of its units behind its length (ISO/IEC 14496-15): the form
    /// that MP4 and FLV carry, so that no output has to change it but those of MPEG-TS.
    Picture = 0,
    /// AAC, raw, one frame a packet.
    Sound = 1,
}

/// One encoded picture or frame of sound.
#[derive(Debug, Clone)]
pub struct Packet {
    /// Which it is.
    pub medium: Medium,
    /// Program time.
    pub pts: Ns,
    /// A picture that can be decoded alone; always `true` for sound.
    pub key: bool,
    /// The data; its own timestamps mean nothing.
    pub buffer: gst::Buffer,
    /// Its format.
    pub caps: gst::Caps,
}

/// A follower: called from the encoder's threads, must not block.
pub type Follower = Box<dyn FnMut(&Packet) + Send>;

/// Hands packets to its followers.
#[derive(Default)]
pub struct Feed {
    followers: Mutex<Vec<(u64, Follower)>>,
    next: AtomicU64,
}

/// Following ends when this is dropped.
pub struct Following {
    feed: Weak<Feed>,
    id: u64,
}

impl Feed {
    /// Every packet from now on goes to `follower` too.
    pub fn follow(self: &Arc<Self>, follower: Follower) -> Following {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.followers().push((id, follower));
        Following { feed: Arc::downgrade(self), id }
    }

    /// Hands a packet on.
    pub fn send(&self, packet: &Packet) {
        for (_, follower) in self.followers().iter_mut() {
            follower(packet);
        }
    }

    fn followers(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Follower)>> {
        self.followers.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if let Some(feed) = self.feed.upgrade() {
            feed.followers().retain(|(id, _)| *id != self.id);
        }
    }
}
