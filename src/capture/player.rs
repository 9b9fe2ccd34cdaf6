//! A file as a source: cued on its first picture, played once or looped.

use std::sync::Arc;

use gstreamer::{self as gst, prelude::*};
use tracing::warn;

use super::{Control, Destination};
use crate::{
    config::Settings,
    media::{Clock, Ns, Pipeline, unix_ms},
    protocol::{MediaState, SourceStatus},
};

/// Plays one file. Its pipeline waits for each buffer's time, counted from the last `play`. What touches the file
/// blocks as long as the file's disk does.
pub struct Player {
    pipeline: Arc<Pipeline>,
    clock: Clock,
    playing: bool,
    repeat: bool,
    /// Running time of the file's own zero.
    origin: Ns,
    duration: Option<Ns>,
    /// Unix milliseconds at running time zero, so that the end does not tremble.
    epoch_ms: u64,
    autoplay: bool,
}

impl Player {
    /// Touches nothing yet.
    pub fn new(pipeline: Arc<Pipeline>, clock: Clock, settings: &Settings) -> Self {
        Self {
            epoch_ms: unix_ms().saturating_sub(clock.now() / 1_000_000),
            pipeline,
            clock,
            playing: false,
            repeat: settings.flag("repeat"),
            origin: 0,
            duration: None,
            autoplay: settings.flag("autoplay"),
        }
    }

    /// Cues the file on its first picture; plays it at once where `autoplay` says so. Blocks.
    pub fn begin(&mut self) {
        if self.autoplay {
            self.play();
        } else {
            self.set(gst::State::Paused);
        }
    }

    /// Does what the operator asks. Blocks.
    pub fn control(&mut self, control: Control) {
        match control {
            Control::Play { repeat } => {
                self.repeat = repeat;
                self.rewind();
                self.play();
            }
            Control::Stop => self.cue(),
        }
    }

    /// The file has come to its end. Blocks.
    pub fn ended(&mut self) {
        if self.repeat && self.playing {
            self.rewind();
            self.play();
        } else {
            self.cue();
        }
    }

    /// The file has said how long it is.
    pub fn knows_duration(&self) -> bool {
        self.duration.is_some()
    }

    /// Asks the file how long it is. Blocks.
    pub fn ask_duration(&mut self) {
        self.duration = self.pipeline.bin().query_duration::<gst::ClockTime>().map(|duration| duration.nseconds());
    }

    /// Where it stands now. A cued file keeps its first picture fresh.
    pub fn tick(&mut self, destination: &dyn Destination) -> (SourceStatus, MediaState) {
        if !self.playing {
            destination.hold(self.clock.now());
        }
        let position = if self.playing { self.clock.now().saturating_sub(self.origin) } else { 0 };
        let position = self.duration.map_or(position, |duration| position.min(duration));
        let media = MediaState {
            playing: self.playing,
            repeat: self.repeat,
            // Whole seconds while playing: the panel counts down by `ends_at`.
            position_ms: (position / 1_000_000_000 * 1000) as u32,
            duration_ms: self.duration.map(|duration| (duration / 1_000_000) as u32),
            ends_at: (self.playing && !self.repeat)
                .then(|| self.duration.map(|duration| self.epoch_ms + (self.origin + duration) / 1_000_000))
                .flatten(),
        };
        (SourceStatus::Live, media)
    }

    fn play(&mut self) {
        self.origin = self.clock.now();
        self.pipeline.set_origin(&self.clock, self.origin);
        self.playing = true;
        self.set(gst::State::Playing);
    }

    fn cue(&mut self) {
        self.playing = false;
        self.set(gst::State::Paused);
        self.rewind();
    }

    fn rewind(&self) {
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
        if self.pipeline.bin().seek_simple(flags, gst::ClockTime::ZERO).is_err() {
            warn!(pipeline = %self.pipeline.bin().name(), "the file cannot be rewound");
        }
    }

    fn set(&self, state: gst::State) {
        if self.pipeline.bin().set_state(state).is_err() {
            warn!(pipeline = %self.pipeline.bin().name(), ?state, "the file does not follow");
        }
    }
}
