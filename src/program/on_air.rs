//! What leaves the house: the mix's encoding, or the slate's, never a mixture.
//!
//! A change-over is armed for a program time. Packets of the lane that goes are passed on up to it,
//! those of the lane that comes from it on; the latter wait until the former has reached that time,
//! so that the feed stays in order whichever encoder is slower. The first picture of the new lane is
//! a key frame, and both lanes are encoded alike: whoever follows notices nothing.

use std::sync::{Arc, Mutex};

use super::feed::{Feed, Packet};
use crate::media::Ns;

/// One of the two encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What the desk makes.
    Mix,
    /// The holding picture and silence.
    Slate,
}

struct Change {
    to: Lane,
    at: Ns,
    held: Vec<Packet>,
}

struct Medium {
    lane: Lane,
    /// What `lane` still sends of the time before it came is not ours.
    since: Ns,
    change: Option<Change>,
}

/// Routes two lanes into one feed.
pub struct OnAir {
    feed: Arc<Feed>,
    /// Picture and sound change separately, each when its own packets reach the time.
    media: Mutex<[Medium; 2]>,
}

impl OnAir {
    /// Starts with the mix on air.
    pub fn new(feed: Arc<Feed>) -> Self {
        let medium = || Medium { lane: Lane::Mix, since: 0, change: None };
        Self { feed, media: Mutex::new([medium(), medium()]) }
    }

    /// From program time `at` on, `to` is on air. Call before anything of that time is encoded.
    pub fn change_over(&self, to: Lane, at: Ns) {
        for medium in self.media().iter_mut() {
            medium.change = (medium.lane != to).then(|| Change { to, at, held: Vec::new() });
        }
    }

    /// Nothing of `lane` is on air or will be.
    pub fn is_clear_of(&self, lane: Lane) -> bool {
        self.media().iter().all(|medium| medium.lane != lane && medium.change.is_none())
    }

    /// A packet from a lane.
    pub fn packet(&self, lane: Lane, packet: &Packet) {
        let mut media = self.media();
        let medium = &mut media[packet.medium as usize];
        match &mut medium.change {
            None if lane == medium.lane && packet.pts >= medium.since => self.feed.send(packet),
            Some(change) if lane == medium.lane => {
                if packet.pts < change.at {
                    if packet.pts >= medium.since {
                        self.feed.send(packet);
                    }
                } else if let Some(change) = medium.change.take() {
                    (medium.lane, medium.since) = (change.to, change.at);
                    change.held.iter().for_each(|held| self.feed.send(held));
                }
            }
            Some(change) if lane == change.to && packet.pts >= change.at => change.held.push(packet.clone()),
            _ => (),
        }
    }

    fn media(&self) -> std::sync::MutexGuard<'_, [Medium; 2]> {
        self.media.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::feed;

    #[test]
    fn a_change_over_is_in_order_and_without_a_gap_whichever_encoder_is_slower() {
        gstreamer::init().unwrap();
        let packet = |at: Ns, medium| Packet {
            medium,
            pts: at,
            key: true,
            buffer: gstreamer::Buffer::new(),
            caps: gstreamer::Caps::new_empty(),
        };
        for (mix_delay, slate_delay) in [(5u64, 0u64), (0, 5), (3, 3)] {
            let feed = Arc::new(Feed::default());
            let seen = Arc::new(Mutex::new(Vec::new()));
            let sink = seen.clone();
            let _following = feed.follow(Box::new(move |packet| sink.lock().unwrap().push(packet.pts)));
            let on_air = OnAir::new(feed);
            let mut slate_since = None;
            for n in 0..60u64 {
                match n {
                    20 => {
                        on_air.change_over(Lane::Slate, 20);
                        slate_since = Some(20);
                    }
                    40 => on_air.change_over(Lane::Mix, 40),
                    _ => (),
                }
                if let Some(out) = n.checked_sub(mix_delay) {
                    on_air.packet(Lane::Mix, &packet(out, feed::Medium::Picture));
                }
                if let (Some(since), Some(out)) = (slate_since, n.checked_sub(slate_delay))
                    && out >= since
                {
                    on_air.packet(Lane::Slate, &packet(out, feed::Medium::Picture));
                }
            }
            let seen = seen.lock().unwrap();
            assert!(seen.len() >= 54, "{} passed", seen.len());
            assert!(seen.iter().zip(0..).all(|(pts, n)| *pts == n), "{mix_delay}, {slate_delay}: {seen:?}");
        }
    }
}
