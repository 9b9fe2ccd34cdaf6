//! What a player may ask for: the segments and parts of the session, oldest first. Pure.

use std::{
    collections::VecDeque,
    ops::{Range, RangeInclusive},
    time::SystemTime,
};

use bytes::Bytes;

use crate::media::Ns;

/// The newest segments stay in memory, where viewers of the live edge find them.
const IN_MEMORY: usize = 8;
/// Segments that may wait for the disk; beyond it the oldest are given up.
const WAITING: usize = 30;
/// Segments that stay on the disk after they have left the playlist, for players about to ask.
const RETIRED: usize = 30;

/// The numbers that a playlist announces and keeps for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Number of the first segment, and the name of the session's folder. Seconds since 1970: the
    /// next session counts on from a higher one, so that players stay over a restart of the studio.
    pub session: u64,
    /// Longest segment, in whole seconds.
    pub target: u32,
    /// Longest part, nanoseconds.
    pub part: Ns,
}

/// A piece of a segment, served before the segment is whole.
#[derive(Debug, Clone)]
pub struct Part {
    /// Program time of its first picture.
    pub at: Ns,
    /// Nanoseconds.
    pub length: Ns,
    /// Starts with a key frame.
    pub independent: bool,
    /// `moof` and `mdat`.
    pub data: Bytes,
}

/// Two seconds of the programme, less where a key frame came early.
#[derive(Debug)]
pub struct Segment {
    /// From 0 at the session's start; the playlist adds [`Shape::session`].
    pub number: u64,
    /// Which header it is decoded with.
    pub run: u32,
    /// Its clock does not go on from the segment before.
    pub discontinuity: bool,
    /// Program time of its first picture.
    pub at: Ns,
    /// The date of its first picture.
    pub date: SystemTime,
    /// Nanoseconds.
    pub length: Ns,
    /// Empty once it is old.
    pub parts: Vec<Part>,
    /// Nothing will be added.
    pub whole: bool,
    /// Something of it was retracted: it keeps its place, and is empty.
    pub gap: bool,
    data: Option<Bytes>,
    stored: bool,
}

/// What the disk has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Job {
    /// Keep a segment or a header under this name.
    Write(String, Option<u64>, Bytes),
    /// Delete this segment.
    Remove(u64),
}

/// The session's segments.
pub struct Timeline {
    /// What it announces.
    pub shape: Shape,
    /// In the playlist, oldest first; only the last may be unfinished.
    pub segments: VecDeque<Segment>,
    /// Discontinuities that have left the playlist.
    pub discontinuities: u64,
    /// How far back one can go, nanoseconds.
    pub rewind: Ns,
    /// Have left the playlist and are still on the disk, oldest first.
    retired: VecDeque<Segment>,
    next: u64,
    headers: Vec<Bytes>,
    fresh: bool,
}

impl Timeline {
    /// An empty one.
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            segments: VecDeque::new(),
            discontinuities: 0,
            rewind: 0,
            retired: VecDeque::new(),
            next: 0,
            headers: Vec::new(),
            fresh: true,
        }
    }

    /// What follows is decoded with this header (`ftyp` and `moov`), and its clock starts anew.
    pub fn begin(&mut self, header: Bytes) -> Vec<Job> {
        let jobs = self.close();
        self.headers.push(header);
        self.fresh = true;
        jobs
    }

    /// Headers so far, which is the number of the newest.
    pub fn runs(&self) -> usize {
        self.headers.len()
    }

    /// Adds a part at the end; `date` is that of its first picture.
    pub fn add(&mut self, mut part: Part, date: SystemTime) {
        let (at, length) = (part.at, part.length);
        match self.segments.back_mut().filter(|last| !last.whole) {
            Some(open) => {
                open.length += length;
                if open.gap {
                    part.data = Bytes::new();
                }
                open.parts.push(part);
            }
            None => {
                self.segments.push_back(Segment {
                    number: self.next,
                    run: self.headers.len() as u32,
                    discontinuity: self.fresh && self.next > 0,
                    at,
                    date,
                    length,
                    parts: vec![part],
                    whole: false,
                    gap: false,
                    data: None,
                    stored: false,
                });
                self.next += 1;
                self.fresh = false;
            }
        }
    }

    /// Length of the unfinished segment.
    pub fn open_length(&self) -> Ns {
        self.segments.back().filter(|last| !last.whole).map_or(0, |last| last.length)
    }

    /// The last segment is whole. Returns what the disk has to do.
    pub fn close(&mut self) -> Vec<Job> {
        let session = self.shape.session;
        let Some(last) = self.segments.back_mut().filter(|last| !last.whole) else { return Vec::new() };
        last.whole = true;
        if last.gap {
            let mut jobs = Vec::new();
            self.trim(&mut jobs);
            return jobs;
        }
        let data: Bytes = last.parts.iter().map(|part| &part.data[..]).collect::<Vec<_>>().concat().into();
        let mut at = 0;
        for part in &mut last.parts {
            // One copy in memory serves the segment and its parts.
            let end = at + part.data.len();
            part.data = data.slice(at..end);
            at = end;
        }
        last.data = Some(data.clone());
        let mut jobs = vec![Job::Write(segment_name(session, last.number), Some(last.number), data)];
        self.trim(&mut jobs);
        jobs
    }

    /// A segment is on the disk, or never will be.
    pub fn kept(&mut self, number: u64, stored: bool) -> Vec<Job> {
        let mut jobs = Vec::new();
        // One that never will be stays in memory, as one that waits.
        if stored && let Some(segment) = self.segments.iter_mut().find(|segment| segment.number == number) {
            segment.stored = true;
        }
        self.trim(&mut jobs);
        jobs
    }

    /// Makes room on the disk: the oldest segment leaves the playlist. Returns the numbers whose files
    /// may go at once; `None` when only what memory holds is left.
    pub fn shrink(&mut self) -> Option<RangeInclusive<u64>> {
        if self.segments.len() <= IN_MEMORY {
            return None;
        }
        // The deletion that this would ask for is within the range.
        self.forget(&mut Vec::new());
        let range = self.retired.front()?.number..=self.retired.back()?.number;
        self.retired.clear();
        Some(range)
    }

    /// Retracts what was shown at these program times: segments with something of it keep their place in
    /// the playlist, as gaps, and lose their pictures. Returns what the disk has to do.
    pub fn retract(&mut self, times: &[Range<Ns>]) -> Vec<Job> {
        let mut jobs = Vec::new();
        for segment in self.retired.iter_mut().chain(&mut self.segments).filter(|segment| !segment.gap) {
            let end = segment.at + segment.length;
            if times.iter().any(|time| time.start < end && segment.at < time.end) {
                segment.gap = true;
                segment.parts.iter_mut().for_each(|part| part.data = Bytes::new());
                segment.data = None;
                segment.stored = true;
                jobs.push(Job::Remove(segment.number));
            }
        }
        jobs
    }

    fn forget(&mut self, jobs: &mut Vec<Job>) {
        let Some(mut gone) = self.segments.pop_front() else { return };
        // The tag of the first segment that is left would count twice.
        if self.segments.front().is_some_and(|first| first.discontinuity) {
            self.discontinuities += 1;
        }
        gone.data = None;
        self.retired.push_back(gone);
        if self.retired.len() > RETIRED {
            jobs.extend(self.retired.pop_front().map(|old| Job::Remove(old.number)));
        }
    }

    fn trim(&mut self, jobs: &mut Vec<Job>) {
        let old = self.segments.len().saturating_sub(IN_MEMORY);
        for segment in self.segments.iter_mut().take(old) {
            segment.parts = Vec::new();
            if segment.stored {
                segment.data = None;
            }
        }
        let mut length: Ns = self.segments.iter().map(|segment| segment.length).sum();
        let mut waiting = self.segments.iter().filter(|segment| segment.data.is_some()).count();
        while self.segments.len() > IN_MEMORY && (length > self.rewind || waiting > IN_MEMORY + WAITING) {
            let first = &self.segments[0];
            length -= first.length;
            waiting -= usize::from(first.data.is_some());
            self.forget(jobs);
        }
    }

    /// The number of the next part and of its segment (0 for the session's first), which is what a
    /// player is told to ask for ahead of time.
    pub fn next_part(&self) -> (u64, usize) {
        match self.segments.back() {
            Some(last) if !last.whole => (last.number, last.parts.len()),
            _ => (self.next, 0),
        }
    }

    /// Segment `msn` is in the playlist: whole, or at least its part `part`. A part beyond the last of
    /// a whole segment is the first of the next.
    pub fn has(&self, msn: u64, part: Option<u64>) -> bool {
        let (number, parts) = self.next_part();
        let next = self.shape.session + number;
        let Some(part) = part else { return msn < next };
        if msn + 1 == next {
            let whole = number.checked_sub(1).and_then(|last| self.find(last));
            return parts > 0 || whole.is_none_or(|whole| part < whole.parts.len() as u64);
        }
        msn < next || msn == next && part < parts as u64
    }

    /// A segment that memory holds.
    pub fn segment(&self, number: u64) -> Option<Bytes> {
        self.find(number)?.data.clone()
    }

    /// A whole segment that may be served, from memory or from the disk.
    pub fn serves(&self, number: u64) -> bool {
        let retired = || self.retired.iter().find(|segment| segment.number == number);
        self.find(number).or_else(retired).is_some_and(|segment| segment.whole && !segment.gap)
    }

    /// A part that memory holds.
    pub fn part(&self, number: u64, part: usize) -> Option<Bytes> {
        Some(self.find(number).filter(|segment| !segment.gap)?.parts.get(part)?.data.clone())
    }

    /// The header of a run, counted from 1.
    pub fn header(&self, run: u32) -> Option<Bytes> {
        self.headers.get(run.checked_sub(1)? as usize).cloned()
    }

    fn find(&self, number: u64) -> Option<&Segment> {
        self.segments.get(number.checked_sub(self.segments.front()?.number)? as usize)
    }
}

/// `1795547063/12.m4s`
pub fn segment_name(session: u64, number: u64) -> String {
    format!("{session}/{number}.m4s")
}

/// The frames of a part, and its greatest length. Parts of one length to the nanosecond are tried
/// from 0.2 s on, so that rounding never moves a frame from one to the next.
pub fn part_frames(framerate: u32) -> (u32, Ns) {
    let rate = u64::from(framerate);
    let length = |frames: u32| u64::from(frames) * 1_000_000_000 / rate;
    let exact = |frames: &u32| u64::from(*frames) * 1_000_000_000 % rate == 0;
    match (framerate.div_ceil(5)..=framerate / 2).find(exact) {
        Some(frames) => (frames, length(frames)),
        None => (framerate.div_ceil(4), length(framerate.div_ceil(4) + 1)),
    }
}
