//! The program, encoded once: the *mix* feed that recorders take, and the *on air* feed that leaves
//! the house. They are one encoding, except while the slate is up.

mod encoder;
mod feed;
mod on_air;
mod shown;

pub use encoder::{Choice, HARDWARE};
pub use feed::{Feed, Follower, Following, Medium, Packet};
pub use shown::{SOUND, Shown};

use std::{
    sync::{Arc, Mutex, MutexGuard, mpsc},
    time::Duration,
};

use encoder::{Encoder, Texts};
use on_air::{Lane, OnAir};

use crate::{
    media::{Clock, Descriptions, Ns, Picture},
    mix::{ProgramSink, RATE, Stereo},
    protocol::Problem,
};

/// Samples in an AAC frame. The slate's sound starts on the mix's frame grid, so that the change
/// leaves no gap and no overlap.
const AAC_FRAME: u64 = 1024;

/// A program time that is still to come.
pub type Mark = mpsc::Receiver<Ns>;

/// The program's encoders and feeds.
pub struct Program {
    choice: Choice,
    clock: Clock,
    texts: Texts,
    encoder: Encoder,
    mix: Arc<Feed>,
    air: Arc<Feed>,
    on_air: Arc<OnAir>,
    shown: Shown,
    slate: Mutex<Slate>,
    marks: Waiting,
    slate_marks: Waiting,
}

/// Those who wait for a mark.
type Waiting = Mutex<Vec<mpsc::Sender<Ns>>>;

#[derive(Default)]
enum Slate {
    #[default]
    Off,
    /// Encoder ready, first frame not sent yet.
    Coming(SlateLane),
    On(SlateLane),
    /// Goes with the next frame.
    Leaving(SlateLane),
    /// The mix is coming back; the encoder is fed until the last packet has passed.
    Gone(SlateLane),
}

impl Slate {
    /// The holding picture, from when it is asked for until the mix is back on air.
    fn picture(&self) -> Option<&Picture> {
        match self {
            Slate::Off => None,
            Slate::Coming(lane) | Slate::On(lane) | Slate::Leaving(lane) | Slate::Gone(lane) => Some(&lane.picture),
        }
    }
}

struct SlateLane {
    encoder: Encoder,
    picture: Picture,
    /// Program time of its first frame.
    from: Ns,
    /// Sample of the program at which silence goes on.
    silence: Option<u64>,
}

impl Program {
    /// Starts encoding.
    pub fn start(choice: Choice, clock: Clock, descriptions: &Descriptions) -> Result<Arc<Self>, Problem> {
        let texts = choice.read(descriptions)?;
        let (mix, air) = (Arc::new(Feed::default()), Arc::new(Feed::default()));
        let on_air = Arc::new(OnAir::new(air.clone()));
        let (to_mix, to_air) = (mix.clone(), on_air.clone());
        let encoder = Encoder::start("mix", &choice, &clock, &texts, move |packet| {
            to_mix.send(packet);
            to_air.packet(Lane::Mix, packet);
        })?;
        Ok(Arc::new(Self {
            choice,
            shown: Shown::new(clock.clone()),
            clock,
            texts,
            encoder,
            mix,
            air,
            on_air,
            slate: Mutex::default(),
            marks: Waiting::default(),
            slate_marks: Waiting::default(),
        }))
    }

    /// What the desk makes; recorders take it.
    pub fn mix(&self) -> &Arc<Feed> {
        &self.mix
    }

    /// What leaves the house.
    pub fn air(&self) -> &Arc<Feed> {
        &self.air
    }

    /// What leaves the house, before it is encoded.
    pub fn shown(&self) -> &Shown {
        &self.shown
    }

    /// The next picture becomes a key frame, so that a new follower can start at once.
    pub fn request_key(&self) {
        self.encoder.force_key(None);
        if let Slate::On(lane) = &*self.slate() {
            lane.encoder.force_key(None);
        }
    }

    /// The next picture of the mix becomes a key frame; its program time comes back with it, within a
    /// frame or two.
    pub fn mark(&self) -> Mark {
        wait_in(&self.marks)
    }

    /// The program time from which on the slate is on air, a key frame where the slate is still to come.
    pub fn slate_mark(&self) -> Mark {
        wait_in(&self.slate_marks)
    }

    fn serve_marks(&self, at: Ns) {
        // A key frame can be asked for only once the first one is through.
        if self.encoder.has_begun() && serve(&self.marks, at) {
            self.encoder.force_key(Some(at));
        }
    }

    /// Pictures that the encoder was too slow for.
    pub fn dropped(&self) -> u64 {
        self.encoder.dropped()
    }

    /// Puts the holding picture on air. Starts an encoder: call it where blocking for a moment is no
    /// harm. It is on air with the next frame.
    pub fn slate_on(&self, picture: Picture) -> Result<(), Problem> {
        loop {
            let mut slate = self.slate();
            match std::mem::take(&mut *slate) {
                Slate::Off => break,
                Slate::Leaving(lane) | Slate::On(lane) => {
                    *slate = Slate::On(lane);
                    return Ok(());
                }
                // The last change-over is not through: a few frames.
                gone @ Slate::Gone(_) => *slate = gone,
                coming @ Slate::Coming(_) => {
                    *slate = coming;
                    return Ok(());
                }
            }
            drop(slate);
            std::thread::sleep(Duration::from_millis(10));
        }
        let on_air = self.on_air.clone();
        let encoder = Encoder::start("slate", &self.choice, &self.clock, &self.texts, move |packet| {
            on_air.packet(Lane::Slate, packet);
        })?;
        *self.slate() = Slate::Coming(SlateLane { encoder, picture, from: Ns::MAX, silence: None });
        Ok(())
    }

    /// The mix is on air again with the next frame.
    pub fn slate_off(&self) {
        let mut slate = self.slate();
        *slate = match std::mem::take(&mut *slate) {
            Slate::On(lane) => Slate::Leaving(lane),
            Slate::Coming(_) => {
                // Who waits for this slate waits for the picture that stays in its place.
                lock(&self.marks).append(&mut lock(&self.slate_marks));
                Slate::Off
            }
            other => other,
        };
    }

    fn slate(&self) -> MutexGuard<'_, Slate> {
        self.slate.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Before the picture of program time `at` is encoded. A change-over is armed one frame ahead, since
    /// sound of `at` may be encoded already.
    fn feed_slate(&self, at: Ns) {
        let next = at + self.encoder.frame();
        let mut slate = self.slate();
        *slate = match std::mem::take(&mut *slate) {
            Slate::Coming(lane) => {
                self.on_air.change_over(Lane::Slate, next);
                Slate::On(SlateLane { from: next, ..lane })
            }
            Slate::Leaving(lane) if self.on_air.is_clear_of(Lane::Mix) => {
                self.encoder.force_key(Some(next));
                self.on_air.change_over(Lane::Mix, next);
                Slate::Gone(lane)
            }
            Slate::Gone(lane) if self.on_air.is_clear_of(Lane::Slate) => {
                // Ending an encoder takes a moment that the mixer's thread does not have.
                std::thread::spawn(move || drop(lane));
                Slate::Off
            }
            other => other,
        };
        if let Slate::On(lane) | Slate::Leaving(lane) = &*slate
            && at >= lane.from
        {
            serve(&self.slate_marks, at);
        }
        if let Slate::On(lane) | Slate::Leaving(lane) | Slate::Gone(lane) = &*slate
            && at >= lane.from
        {
            lane.encoder.picture(at, &lane.picture);
        }
    }

    fn feed_silence(&self, at: Ns, length: usize) {
        if let Slate::On(lane) | Slate::Leaving(lane) | Slate::Gone(lane) = &mut *self.slate() {
            let start = (at * RATE).div_ceil(1_000_000_000);
            let from = *lane.silence.get_or_insert(start.next_multiple_of(AAC_FRAME));
            let missing = (start + length as u64).saturating_sub(from);
            if missing > 0 {
                let time = (u128::from(from) * 1_000_000_000).div_ceil(u128::from(RATE)) as Ns;
                lane.encoder.sound(time, &vec![[0.0; 2]; missing as usize]);
                lane.silence = Some(from + missing);
            }
        }
    }
}

fn wait_in(waiting: &Waiting) -> Mark {
    let (sender, receiver) = mpsc::channel();
    lock(waiting).push(sender);
    receiver
}

/// Tells those who wait, before anything of `at` is encoded; `false` if nobody does.
fn serve(waiting: &Waiting, at: Ns) -> bool {
    let waiting = std::mem::take(&mut *lock(waiting));
    for mark in &waiting {
        // Who no longer waits has lost interest, not the mark.
        let _ = mark.send(at);
    }
    !waiting.is_empty()
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, Vec<mpsc::Sender<Ns>>> {
    waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The mixer's way into the program.
pub struct Entrance(pub Arc<Program>);

impl ProgramSink for Entrance {
    fn picture(&mut self, at: Ns, picture: &Picture) {
        self.0.shown.picture(picture, self.0.slate().picture());
        self.0.feed_slate(at);
        self.0.serve_marks(at);
        self.0.encoder.picture(at, picture);
    }

    fn sound(&mut self, at: Ns, block: &[Stereo]) {
        self.0.shown.sound(at, block, self.0.slate().picture().is_some());
        self.0.encoder.sound(at, block);
        self.0.feed_silence(at, block.len());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        config::{self, Profile, Video},
        media::PicturePool,
    };

    /// A program of black pictures and silence, x264's fastest.
    pub(crate) fn small(video: Video) -> (Arc<Program>, PicturePool) {
        small_in(Profile::Interactive, video)
    }

    fn small_in(profile: Profile, video: Video) -> (Arc<Program>, PicturePool) {
        crate::media::init().unwrap();
        let nowhere = tempfile::tempdir().unwrap();
        let (clock, descriptions) = (Clock::start(), Descriptions::new(nowhere.path()));
        let config = config::Encoder {
            profile,
            preset: "ultrafast".into(),
            bitrate_kbps: 800,
            keyframe_seconds: 2,
            audio_kbps: 96,
            software_only: true,
        };
        let choice = Choice::make(&clock, &descriptions, video, &config);
        let pool = PicturePool::new(video.width, video.height).unwrap();
        (Program::start(choice, clock, &descriptions).unwrap(), pool)
    }

    /// However soon after the start, and however close to each other, they are asked for.
    #[test]
    fn every_mark_is_a_key_frame() {
        const FRAME: Ns = 40_000_000;
        let video = Video { width: 320, height: 180, framerate: 25 };
        for (profile, first) in [Profile::Interactive, Profile::Balanced]
            .into_iter()
            .flat_map(|profile| [0, 3, 9].map(|first| (profile, first)))
        {
            let (program, pool) = small_in(profile, video);
            let (told, keys) = mpsc::channel();
            let _following = program.mix().follow(Box::new(move |packet| {
                if packet.medium == Medium::Picture && packet.key {
                    let _ = told.send(packet.pts);
                }
            }));
            let picture = pool.draw(0, crate::mix::compose::black).unwrap();
            let mut entrance = Entrance(program.clone());
            let (mut asked, mut marks, mut seen) = (Vec::new(), Vec::new(), Vec::new());
            let late = std::time::Instant::now() + std::time::Duration::from_secs(20);
            for n in 0.. {
                if n >= first && (n - first) % 3 == 0 && asked.len() < 4 {
                    asked.push(program.mark());
                }
                entrance.picture(n * FRAME, &picture);
                std::thread::sleep(std::time::Duration::from_millis(6));
                marks.extend(asked.iter().filter_map(|mark| mark.try_recv().ok()));
                seen.extend(keys.try_iter());
                if marks.len() == 4 && marks.iter().all(|mark| seen.contains(mark)) {
                    break;
                }
                assert!(std::time::Instant::now() < late, "{profile:?} from {first}: {marks:?} of {seen:?}");
            }
        }
    }

    /// The slate's mark is its first picture on air, or the next where it is on air; where the slate does not
    /// come after all, the next picture of the mix.
    #[test]
    fn a_slate_mark_is_where_the_mix_leaves_the_air() {
        let video = Video { width: 320, height: 180, framerate: 25 };
        let (program, pool) = small(video);
        let picture = pool.draw(0, crate::mix::compose::black).unwrap();
        let mut entrance = Entrance(program.clone());
        let mut tick = (0..).map(|n| n * 40_000_000);
        let mut next = move || {
            let at = tick.next().unwrap();
            entrance.picture(at, &picture);
            at
        };
        next();
        let waiting = program.slate_mark();
        next();
        assert!(waiting.try_recv().is_err(), "there is no slate yet");
        program.slate_on(pool.draw(0, crate::mix::compose::black).unwrap()).unwrap();
        let armed = next();
        assert!(waiting.try_recv().is_err(), "the mix is on air for one picture more");
        let first = next();
        assert_eq!((waiting.try_recv(), first), (Ok(armed + 40_000_000), armed + 40_000_000));
        let again = program.slate_mark();
        assert_eq!(again.try_recv().ok(), None);
        let later = next();
        assert_eq!(again.try_recv(), Ok(later));

        let (program, _) = small(video);
        let mut entrance = Entrance(program.clone());
        let black = pool.draw(0, crate::mix::compose::black).unwrap();
        let mut at = 0;
        while !program.encoder.has_begun() {
            entrance.picture(at, &black);
            at += 40_000_000;
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        program.slate_on(black.clone()).unwrap();
        let waiting = program.slate_mark();
        program.slate_off();
        entrance.picture(at, &black);
        assert_eq!(waiting.try_recv(), Ok(at));
    }
}
