//! Where everything is in an MP4: ISO/IEC 14496-12, sample tables (8.5–8.7) and fragments (8.8).

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use mp4_atom::{Atom, Codec, Decode, Header, Moof, Moov, Mvex, Mvhd, ReadFrom, Stbl, StszSamples, Traf, Trak, Trex};

use super::{Error, scaled};

/// A box that has to be read whole is smaller than this in any file of some hours; what says
/// otherwise is damaged.
const LARGEST: usize = 256 << 20;

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pictures.
    Picture,
    /// Sound.
    Sound,
}

/// A picture or a frame of sound; times in its track's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Bytes from the file's start.
    pub offset: u64,
    /// Bytes.
    pub size: u32,
    /// When it is decoded.
    pub at: u64,
    /// How long it lasts.
    pub duration: u32,
    /// When it is shown, counted from `at`.
    pub shift: i32,
    /// It can be decoded alone.
    pub key: bool,
}

/// A track.
#[derive(Debug, Clone)]
pub struct Track {
    /// What it carries.
    pub kind: Kind,
    /// Units in a second.
    pub scale: u32,
    /// How it is coded.
    pub codec: Codec,
    /// Pixels; 0 for sound.
    pub size: (u16, u16),
    /// What is decoded but not shown at its start, in its units.
    pub skip: u64,
    /// In the order of decoding.
    pub samples: Vec<Sample>,
    id: u32,
}

/// The tracks of a file that a clip is made of.
#[derive(Debug, Clone)]
pub struct Tables {
    /// The pictures.
    pub picture: Track,
    /// The sound, where there is any.
    pub sound: Option<Track>,
    /// Where the index of a finished file begins, or the head of a fragmented one: bytes from the start.
    pub head: u64,
    /// It is made of fragments.
    pub fragmented: bool,
    /// Bytes up to which it is whole.
    pub whole: u64,
}

impl Track {
    /// Nanoseconds in this track's units, to the nearest.
    pub fn units(&self, time: u64) -> u64 {
        scaled(time, self.scale.into())
    }

    /// This track's units in nanoseconds, to the nearest.
    pub fn nanoseconds(&self, units: u64) -> u64 {
        ((u128::from(units) * 1_000_000_000 + u128::from(self.scale) / 2) / u128::from(self.scale.max(1))) as u64
    }

    /// Where its last sample ends, in its units.
    pub fn end(&self) -> u64 {
        self.samples.last().map_or(0, |sample| sample.at + u64::from(sample.duration))
    }
}

impl Tables {
    /// Reads a file as far as it is whole: what comes after a half-written fragment is not there yet.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut file = BufReader::with_capacity(64 << 10, file);
        let mut tracks: Option<Vec<Track>> = None;
        let mut defaults = Vec::new();
        let (mut position, mut head, mut fragmented) = (0, 0, false);
        while position + 8 <= length {
            file.seek(SeekFrom::Start(position))?;
            let header = match Header::read_from(&mut file) {
                Ok(header) => header,
                Err(error) if position == 0 => return Err(error.into()),
                Err(_) => break,
            };
            let body = file.stream_position()?;
            let size = header.size.map_or(length - body, |size| size as u64);
            if body + size > length {
                break;
            }
            if header.kind == Moov::KIND && size < LARGEST as u64 {
                let mut bytes = vec![0; size as usize];
                file.read_exact(&mut bytes)?;
                let movie = Movie::read(&bytes)?;
                defaults = movie.defaults;
                head = position;
                tracks = Some(movie.tracks.iter().filter_map(|trak| track(trak, movie.scale)).collect());
            } else if header.kind == Moof::KIND && size < LARGEST as u64 {
                let mut bytes = vec![0; size as usize];
                file.read_exact(&mut bytes)?;
                // The samples themselves must be there too.
                let whole = Header::read_from(&mut file)
                    .is_ok_and(|data| data.size.is_some_and(|data| body + size + 8 + data as u64 <= length));
                if !whole {
                    break;
                }
                fragmented = true;
                let moof = read_moof(&bytes)?;
                for traf in &moof.traf {
                    let tracks = tracks.iter_mut().flatten();
                    let defaults = defaults.iter().find(|trex| trex.track_id == traf.tfhd.track_id);
                    if let Some(track) = tracks.into_iter().find(|track| track.id == traf.tfhd.track_id) {
                        add(track, traf, position, defaults);
                    }
                }
            }
            position = body + size;
        }
        let tracks = tracks.unwrap_or_default();
        let find = |kind| tracks.iter().find(|track| track.kind == kind && !track.samples.is_empty()).cloned();
        let picture = find(Kind::Picture).ok_or(Error::NoPicture)?;
        Ok(Self { picture, sound: find(Kind::Sound), head, fragmented, whole: position })
    }
}

/// The parts of a `moov` that matter here; whatever else programs put into one is passed over.
struct Movie {
    scale: u32,
    defaults: Vec<Trex>,
    tracks: Vec<Trak>,
}

impl Movie {
    fn read(mut body: &[u8]) -> Result<Self, Error> {
        let mut movie = Self { scale: 1000, defaults: Vec::new(), tracks: Vec::new() };
        while body.len() >= 8 {
            let header = Header::decode(&mut body)?;
            let size = header.size.unwrap_or(body.len());
            let Some((mut part, rest)) = body.split_at_checked(size) else { break };
            body = rest;
            if header.kind == Mvhd::KIND {
                movie.scale = Mvhd::decode_body(&mut part)?.timescale;
            } else if header.kind == Mvex::KIND {
                movie.defaults = Mvex::decode_body(&mut part)?.trex;
            } else if header.kind == Trak::KIND {
                // A track that cannot be read is one that cannot be copied.
                movie.tracks.extend(Trak::decode_body(&mut part).ok());
            }
        }
        Ok(movie)
    }
}

fn read_moof(body: &[u8]) -> Result<Moof, Error> {
    Ok(Moof::decode_body_of(body)?)
}

trait DecodeBody: Sized {
    fn decode_body_of(body: &[u8]) -> Result<Self, mp4_atom::Error>;
}

impl<T: Atom> DecodeBody for T {
    fn decode_body_of(mut body: &[u8]) -> Result<Self, mp4_atom::Error> {
        T::decode_body(&mut body)
    }
}

fn track(trak: &Trak, movie_scale: u32) -> Option<Track> {
    let codec = trak.mdia.minf.stbl.stsd.codecs.first()?.clone();
    let (kind, size) = match &codec {
        Codec::Avc1(avc) => (Kind::Picture, (avc.visual.width, avc.visual.height)),
        Codec::Mp4a(_) => (Kind::Sound, (0, 0)),
        _ => return None,
    };
    let scale = trak.mdia.mdhd.timescale;
    let edits = trak.edts.as_ref().and_then(|edits| edits.elst.as_ref()).map(|list| &list.entries[..]).unwrap_or(&[]);
    let skip = edits.iter().find_map(|edit| edit.media_time).unwrap_or(0);
    // An empty edit: this track begins later than the film.
    let late: u64 = edits.iter().take_while(|edit| edit.media_time.is_none()).map(|edit| edit.segment_duration).sum();
    let late = (u128::from(late) * u128::from(scale) / u128::from(movie_scale.max(1))) as u64;
    let mut samples = samples(&trak.mdia.minf.stbl);
    samples.iter_mut().for_each(|sample| sample.at += late);
    Some(Track { kind, scale, codec, size, skip, samples, id: trak.tkhd.track_id })
}

/// The samples that the tables of a finished file tell of.
fn samples(tables: &Stbl) -> Vec<Sample> {
    let sizes: Box<dyn Iterator<Item = u32>> = match &tables.stsz.samples {
        StszSamples::Identical { count, size } => Box::new(std::iter::repeat_n(*size, *count as usize)),
        StszSamples::Different { sizes } => Box::new(sizes.iter().copied()),
    };
    let mut offsets: Box<dyn Iterator<Item = u64>> = match (&tables.co64, &tables.stco) {
        (Some(large), _) => Box::new(large.entries.iter().copied()),
        (None, Some(small)) => Box::new(small.entries.iter().map(|offset| u64::from(*offset))),
        (None, None) => return Vec::new(),
    };
    let mut durations =
        tables.stts.entries.iter().flat_map(|run| std::iter::repeat_n(run.sample_delta, run.sample_count as usize));
    let mut shifts = tables
        .ctts
        .iter()
        .flat_map(|shifts| &shifts.entries)
        .flat_map(|run| std::iter::repeat_n(run.sample_offset as i32, run.sample_count as usize));
    let mut keys = tables.stss.as_ref().map(|keys| keys.entries.iter().copied().peekable());
    let chunks = &tables.stsc.entries;
    let (mut chunk, mut left, mut rule) = (0u32, 0u32, 0usize);
    let (mut offset, mut at) = (0, 0);
    let mut all = Vec::new();
    for (number, size) in (1u32..).zip(sizes) {
        while left == 0 {
            let Some(start) = offsets.next() else { return all };
            chunk += 1;
            while chunks.get(rule + 1).is_some_and(|next| next.first_chunk <= chunk) {
                rule += 1;
            }
            let Some(run) = chunks.get(rule) else { return all };
            (offset, left) = (start, run.samples_per_chunk);
        }
        let duration = durations.next().unwrap_or(0);
        let key = match &mut keys {
            None => true,
            Some(keys) => keys.next_if(|key| *key == number).is_some(),
        };
        all.push(Sample { offset, size, at, duration, shift: shifts.next().unwrap_or(0), key });
        offset += u64::from(size);
        at += u64::from(duration);
        left -= 1;
    }
    all
}

/// Adds what a fragment at `moof` says of a track.
fn add(track: &mut Track, traf: &Traf, moof: u64, defaults: Option<&Trex>) {
    const NOT_KEY: u32 = 0x0001_0000;
    let head = &traf.tfhd;
    let mut at = traf.tfdt.as_ref().map_or_else(|| track.end(), |time| time.base_media_decode_time);
    let base = head.base_data_offset.unwrap_or(moof);
    let mut offset = base;
    for run in &traf.trun {
        if let Some(shift) = run.data_offset {
            offset = base.saturating_add_signed(shift.into());
        }
        for sample in run.samples.iter() {
            let or = |own: Option<u32>, fragment: Option<u32>, all: Option<u32>| own.or(fragment).or(all).unwrap_or(0);
            let size = or(sample.size, head.default_sample_size, defaults.map(|all| all.default_sample_size));
            let duration =
                or(sample.duration, head.default_sample_duration, defaults.map(|all| all.default_sample_duration));
            let flags = or(sample.flags, head.default_sample_flags, defaults.map(|all| all.default_sample_flags));
            let shift = sample.cts.and_then(|shift| i32::try_from(shift).ok()).unwrap_or(0);
            track.samples.push(Sample { offset, size, at, duration, shift, key: flags & NOT_KEY == 0 });
            offset += u64::from(size);
            at += u64::from(duration);
        }
    }
}
