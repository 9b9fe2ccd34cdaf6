//! The new file: `ftyp`, `moov` in front, the samples, XMP last.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use mp4_atom::{
    Co64, Ctts, CttsEntry, Edts, Elst, ElstEntry, Encode, Ftyp, Moov, Mvhd, Stsc, StscEntry, Stss, Stsz, StszSamples,
    Stts, SttsEntry, Trak,
};
use sha2::{Digest, Sha256};

use super::{CutError, Kind, Label, Sample, Tables, Track};
use crate::archive::master::{PICTURE_SCALE, trak};

/// Picture and sound lie side by side in pieces of this length, nanoseconds.
const PIECE: u64 = 500_000_000;
/// Read at a time.
const BLOCK: usize = 1 << 20;
/// Seconds between 1904, where MP4's time begins, and 1970.
const EPOCH: u64 = 2_082_844_800;

/// What is to be cut out: nanoseconds of the source's own time.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// The first picture: the key frame at or before this moment.
    pub from: u64,
    /// The picture after the last; `None`: to the end.
    pub until: Option<u64>,
    /// Unix seconds of its first picture.
    pub recorded_at: u64,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Nanoseconds of the source's time where it begins, a key frame.
    pub from: u64,
    /// Nanoseconds.
    pub length: u64,
    /// Pixels.
    pub size: (u16, u16),
    /// SHA-256 of the file.
    pub sum: [u8; 32],
    /// Bytes.
    pub bytes: u64,
}

/// A track of the clip.
struct Part<'a> {
    track: &'a Track,
    samples: &'a [Sample],
    /// Decoded but not shown, in the track's units.
    skip: u64,
    /// Shown, in the track's units.
    length: u64,
}

/// A run of samples of one track, one after the other in the new file.
struct Chunk {
    part: usize,
    first: usize,
    count: usize,
}

impl Cut {
    /// Writes the clip to `to`, which must not exist, and forces it to the disk.
    pub fn make(&self, source: &Path, tables: &Tables, label: &Label, to: &Path) -> Result<Made, CutError> {
        let picture = self.picture(&tables.picture)?;
        let from = picture.samples[0].at;
        let shown_from = tables.picture.nanoseconds(from);
        let length = tables.picture.nanoseconds(picture.length);
        let mut parts = vec![picture];
        if let Some(sound) = tables.sound.as_ref().and_then(|sound| part_of_sound(sound, shown_from, length)) {
            parts.push(sound);
        }
        let chunks = chunks(&parts);
        let content: u64 = parts.iter().flat_map(|part| part.samples).map(|sample| u64::from(sample.size)).sum();
        let head = |start| self.head(&parts, &chunks, length, label, start);
        // Offsets have a fixed width: the head is as long whatever they are.
        let start = head(0)?.len() as u64 + 16;
        let mut out =
            Summed { out: BufWriter::with_capacity(BLOCK, File::create_new(to)?), sum: Sha256::new(), bytes: 0 };
        out.write_all(&head(start)?)?;
        out.write_all(&1u32.to_be_bytes())?;
        out.write_all(b"mdat")?;
        out.write_all(&(content + 16).to_be_bytes())?;
        copy(source, &parts, &chunks, &mut out)?;
        out.write_all(&label.xmp_box())?;
        let Summed { out, sum, bytes } = out;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(Made { from: shown_from, length, size: tables.picture.size, sum: sum.finalize().into(), bytes })
    }

    fn picture<'a>(&self, track: &'a Track) -> Result<Part<'a>, CutError> {
        let (from, until) = (track.units(self.from), self.until.map_or(u64::MAX, |until| track.units(until)));
        let samples = &track.samples;
        // Half a picture's worth of rounding must not move the start to the key frame before.
        let slack = u64::from(samples[0].duration / 2);
        let first = samples.iter().rposition(|sample| sample.key && sample.at <= from + slack);
        let first = first.or_else(|| samples.iter().position(|sample| sample.key)).ok_or(CutError::Empty)?;
        let count = samples[first..].iter().take_while(|sample| sample.at + slack < until).count();
        let samples = &samples[first..first + count];
        let (Some(begin), Some(end)) = (samples.first(), samples.last()) else { return Err(CutError::Empty) };
        let skip = samples.iter().map(|sample| i64::from(sample.shift) + (sample.at - begin.at) as i64).min();
        let length = end.at + u64::from(end.duration) - begin.at;
        Ok(Part { track, samples, skip: skip.unwrap_or(0).max(0) as u64, length })
    }

    fn head(
        &self,
        parts: &[Part<'_>],
        chunks: &[Chunk],
        length: u64,
        label: &Label,
        start: u64,
    ) -> Result<Vec<u8>, CutError> {
        let mut bytes = Vec::new();
        let brands = [*b"isom", *b"iso2", *b"avc1", *b"mp41"];
        Ftyp {
            major_brand: (*b"isom").into(),
            minor_version: 512,
            compatible_brands: brands.into_iter().map(Into::into).collect(),
        }
        .encode(&mut bytes)?;
        let moov = bytes.len();
        let created = self.recorded_at + EPOCH;
        let movie = |time: u64| units(time, PICTURE_SCALE);
        let mut offset = start;
        let mut offsets = vec![Vec::new(); parts.len()];
        for chunk in chunks {
            offsets[chunk.part].push(offset);
            offset += chunk.samples(parts).iter().map(|sample| u64::from(sample.size)).sum::<u64>();
        }
        let tracks = parts.iter().zip(offsets).enumerate().map(|(index, (part, offsets))| {
            let per_chunk = chunks.iter().filter(|chunk| chunk.part == index).map(|chunk| chunk.count);
            let mut trak = trak(index as u32 + 1, part.track.scale, part.track.codec.clone(), part.track.size);
            tables(&mut trak, part, offsets, per_chunk);
            let shown = movie(part.track.nanoseconds(part.length));
            trak.edts = Some(Edts {
                elst: Some(Elst {
                    entries: vec![ElstEntry {
                        segment_duration: shown,
                        media_time: Some(part.skip),
                        media_rate: 1.into(),
                    }],
                }),
            });
            (trak.tkhd.creation_time, trak.tkhd.modification_time, trak.tkhd.duration) = (created, created, shown);
            let media = &mut trak.mdia.mdhd;
            (media.creation_time, media.modification_time) = (created, created);
            media.language.clone_from(&label.language);
            trak
        });
        let film = Moov {
            mvhd: Mvhd {
                creation_time: created,
                modification_time: created,
                timescale: PICTURE_SCALE,
                duration: movie(length),
                rate: 1.into(),
                volume: 1.into(),
                next_track_id: parts.len() as u32 + 1,
                ..Mvhd::default()
            },
            trak: tracks.collect(),
            ..Moov::default()
        };
        film.encode(&mut bytes)?;
        bytes.extend(label.user_data());
        let size = u32::try_from(bytes.len() - moov).map_err(|_| CutError::Empty)?;
        bytes[moov..moov + 4].copy_from_slice(&size.to_be_bytes());
        Ok(bytes)
    }
}

impl Chunk {
    fn samples<'a>(&self, parts: &[Part<'a>]) -> &'a [Sample] {
        &parts[self.part].samples[self.first..self.first + self.count]
    }
}

/// Sound from `from` on: one frame more at its start, which a decoder needs and nobody hears.
fn part_of_sound(track: &Track, from: u64, length: u64) -> Option<Part<'_>> {
    let start = track.units(from) + track.skip;
    let end = track.units(from + length) + track.skip;
    let heard = track.samples.partition_point(|sample| sample.at + u64::from(sample.duration) <= start);
    let last = track.samples.partition_point(|sample| sample.at < end);
    let first = heard.saturating_sub(1);
    let samples = track.samples.get(first..last).filter(|samples| !samples.is_empty())?;
    // A track that begins after the picture is not shifted: its start is before it, or it is silent.
    let skip = start.saturating_sub(samples[0].at);
    let length = samples
        .last()
        .map_or(0, |last| (last.at + u64::from(last.duration)).min(end).saturating_sub(samples[0].at + skip));
    Some(Part { track, samples, skip, length })
}

fn chunks(parts: &[Part<'_>]) -> Vec<Chunk> {
    let mut next = vec![0; parts.len()];
    let mut chunks = Vec::new();
    let mut until = PIECE;
    while parts.iter().zip(&next).any(|(part, next)| *next < part.samples.len()) {
        for (index, part) in parts.iter().enumerate() {
            let first = next[index];
            let begin = part.samples[0].at;
            let count = part.samples[first..]
                .iter()
                .take_while(|sample| part.track.nanoseconds(sample.at - begin) < until)
                .count();
            if count > 0 {
                chunks.push(Chunk { part: index, first, count });
                next[index] += count;
            }
        }
        until += PIECE;
    }
    chunks
}

fn tables(trak: &mut Trak, part: &Part<'_>, offsets: Vec<u64>, per_chunk: impl Iterator<Item = usize>) {
    let samples = part.samples;
    let durations = samples.iter().zip(samples.iter().skip(1).map(Some).chain([None]));
    // A gap in the source stays one: what comes before it lasts longer.
    let durations = durations.map(|(sample, next)| next.map_or(sample.duration, |next| (next.at - sample.at) as u32));
    let stbl = &mut trak.mdia.minf.stbl;
    stbl.stts = Stts {
        entries: runs(durations).map(|(sample_delta, sample_count)| SttsEntry { sample_count, sample_delta }).collect(),
    };
    stbl.stsz = Stsz { samples: StszSamples::Different { sizes: samples.iter().map(|sample| sample.size).collect() } };
    if samples.iter().any(|sample| sample.shift != 0) {
        let shifts = runs(samples.iter().map(|sample| sample.shift));
        let entries = shifts.map(|(shift, sample_count)| CttsEntry { sample_count, sample_offset: shift.into() });
        stbl.ctts = Some(Ctts { entries: entries.collect() });
    }
    if part.track.kind == Kind::Picture {
        let keys = (1..).zip(samples).filter(|(_, sample)| sample.key).map(|(number, _)| number);
        stbl.stss = Some(Stss { entries: keys.collect() });
    }
    let mut first_chunk = 1;
    let entries = runs(per_chunk.map(|count| count as u32)).map(|(samples_per_chunk, count)| {
        let entry = StscEntry { first_chunk, samples_per_chunk, sample_description_index: 1 };
        first_chunk += count;
        entry
    });
    stbl.stsc = Stsc { entries: entries.collect() };
    stbl.co64 = Some(Co64 { entries: offsets });
    let end = samples.last().map_or(0, |last| last.at + u64::from(last.duration));
    trak.mdia.mdhd.duration = end - samples[0].at;
}

/// Equal values that follow each other, with their number.
fn runs<T: PartialEq>(values: impl Iterator<Item = T>) -> impl Iterator<Item = (T, u32)> {
    let mut values = values.peekable();
    std::iter::from_fn(move || {
        let value = values.next()?;
        let mut count = 1;
        while values.next_if_eq(&value).is_some() {
            count += 1;
        }
        Some((value, count))
    })
}

fn units(time: u64, scale: u32) -> u64 {
    ((u128::from(time) * u128::from(scale) + 500_000_000) / 1_000_000_000) as u64
}

/// Copies the samples; those that follow each other in the source go together.
fn copy(source: &Path, parts: &[Part<'_>], chunks: &[Chunk], out: &mut impl Write) -> Result<(), CutError> {
    let mut file = File::open(source)?;
    let mut block = vec![0; BLOCK];
    let mut run: Option<(u64, u64)> = None;
    let mut flush = |(offset, size): (u64, u64)| -> io::Result<()> {
        file.seek(SeekFrom::Start(offset))?;
        let mut left = size;
        while left > 0 {
            let now = left.min(BLOCK as u64) as usize;
            file.read_exact(&mut block[..now])?;
            out.write_all(&block[..now])?;
            left -= now as u64;
        }
        Ok(())
    };
    for sample in chunks.iter().flat_map(|chunk| chunk.samples(parts)) {
        let size = u64::from(sample.size);
        run = match run {
            Some((offset, length)) if offset + length == sample.offset => Some((offset, length + size)),
            before => {
                before.map_or(Ok(()), &mut flush)?;
                Some((sample.offset, size))
            }
        };
    }
    Ok(run.map_or(Ok(()), flush)?)
}

struct Summed<W> {
    out: W,
    sum: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.out.write(data)?;
        self.sum.update(&data[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
