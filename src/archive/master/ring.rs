//! The last seconds of the program, in whole groups of pictures.

use std::{collections::VecDeque, sync::mpsc::TryRecvError};

use crate::{
    media::Ns,
    program::{Mark, Medium, Packet},
};

/// Sound kept from before the first picture: a decoder needs the frame before the one it starts with.
const SOUND_BEFORE: Ns = 100_000_000;

/// Packets of the last seconds, from a key frame on.
pub struct Ring {
    span: Ns,
    pictures: VecDeque<Packet>,
    sound: VecDeque<Packet>,
    /// A key frame that is still to come, before which it holds nothing.
    from: Option<Mark>,
    /// Program time before which it holds nothing.
    since: Ns,
}

impl Ring {
    /// Holds at least the last `span` nanoseconds, once they have passed.
    pub fn new(span: Ns) -> Self {
        Self { span, pictures: VecDeque::new(), sound: VecDeque::new(), from: None, since: 0 }
    }

    /// Forgets all that comes before this key frame.
    pub fn begin_anew(&mut self, mark: Mark) {
        (self.from, self.pictures, self.sound) = (Some(mark), VecDeque::new(), VecDeque::new());
    }

    /// Takes a packet in.
    pub fn push(&mut self, packet: &Packet) {
        if let Some(mark) = &self.from {
            match mark.try_recv() {
                Err(TryRecvError::Empty) => return,
                Ok(at) => self.since = at,
                Err(TryRecvError::Disconnected) => (),
            }
            self.from = None;
        }
        if packet.pts < self.since {
            return;
        }
        match packet.medium {
            Medium::Sound => self.sound.push_back(packet.clone()),
            Medium::Picture => {
                if self.pictures.is_empty() && !packet.key {
                    return;
                }
                self.pictures.push_back(packet.clone());
                if packet.key {
                    self.trim(packet.pts.saturating_sub(self.span));
                }
            }
        }
        // Without pictures nothing says where sound begins.
        if self.pictures.is_empty() && self.sound.len() > 1000 {
            self.sound.pop_front();
        }
    }

    /// What it holds: pictures from a key frame on, then the sound that goes with them.
    pub fn packets(&self) -> impl Iterator<Item = &Packet> {
        self.pictures.iter().chain(&self.sound)
    }

    /// Forgets groups that end before `oldest`.
    fn trim(&mut self, oldest: Ns) {
        while let Some(second) = self.pictures.iter().skip(1).position(|packet| packet.key) {
            if self.pictures[second + 1].pts > oldest {
                break;
            }
            self.pictures.drain(..=second);
        }
        let first = self.pictures.front().map_or(0, |packet| packet.pts.saturating_sub(SOUND_BEFORE));
        while self.sound.front().is_some_and(|packet| packet.pts < first) {
            self.sound.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_whole_groups_and_no_more_than_needed() {
        gstreamer::init().unwrap();
        let packet = |medium, pts, key| Packet {
            medium,
            pts,
            key,
            buffer: gstreamer::Buffer::new(),
            caps: gstreamer::Caps::new_empty(),
        };
        let mut ring = Ring::new(7_000_000_000);
        for n in 0..1000u64 {
            let at = n * 40_000_000;
            ring.push(&packet(Medium::Sound, at, true));
            ring.push(&packet(Medium::Picture, at, n % 50 == 10));
        }
        let pictures: Vec<_> = ring.packets().filter(|packet| packet.medium == Medium::Picture).collect();
        let (first, last) = (pictures[0], pictures[pictures.len() - 1]);
        let held = last.pts - first.pts;
        assert!(first.key && (7_000_000_000..=11_000_000_000).contains(&held), "{held}");
        let sound = ring.packets().find(|packet| packet.medium == Medium::Sound).unwrap();
        assert!(sound.pts <= first.pts && first.pts - sound.pts <= SOUND_BEFORE);
    }
}
