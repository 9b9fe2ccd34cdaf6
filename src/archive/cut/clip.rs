//! The new file: `ftyp`, `moov` in front, the samples, XMP last.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use mp4_atom::{Encode, Ftyp};
use sha2::{Digest, Sha256};

use super::{CutError, Label};
use crate::mp4::{Chunk, Part, Tables, Track, movie};

/// Picture and sound lie side by side in pieces of this length, nanoseconds.
const PIECE: u64 = 500_000_000;
/// Read at a time.
const BLOCK: usize = 1 << 20;

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
        let mut chunks = chunks(&parts);
        let content: u64 = parts.iter().flat_map(|part| part.samples).map(|sample| u64::from(sample.size)).sum();
        // Offsets have a fixed width: the head is as long whatever they are.
        let start = self.head(&parts, &chunks, label)?.len() as u64 + 16;
        chunks.iter_mut().for_each(|chunk| chunk.offset += start);
        let mut out =
            Summed { out: BufWriter::with_capacity(BLOCK, File::create_new(to)?), sum: Sha256::new(), bytes: 0 };
        out.write_all(&self.head(&parts, &chunks, label)?)?;
        out.write_all(&1u32.to_be_bytes())?;
        out.write_all(b"mdat")?;
        out.write_all(&(content + 16).to_be_bytes())?;
        copy(source, &parts, &chunks, &mut out)?;
        out.write_all(&label.xmp_box())?;
        let Summed { out, sum, bytes } = out;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(Made { from: shown_from, length, size: tables.picture.size, sum: sum.finalize().into(), bytes })
    }

    /// Where the clip will begin and how long it will be, nanoseconds.
    pub fn window(&self, tables: &Tables) -> Result<(u64, u64), CutError> {
        let picture = self.picture(&tables.picture)?;
        Ok((tables.picture.nanoseconds(picture.samples[0].at), tables.picture.nanoseconds(picture.length)))
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
        Ok(Part { track, samples, late: 0, skip: skip.unwrap_or(0).max(0) as u64, length })
    }

    fn head(&self, parts: &[Part<'_>], chunks: &[Chunk], label: &Label) -> Result<Vec<u8>, CutError> {
        let mut bytes = Vec::new();
        let brands = [*b"isom", *b"iso2", *b"avc1", *b"mp41"];
        Ftyp {
            major_brand: (*b"isom").into(),
            minor_version: 512,
            compatible_brands: brands.into_iter().map(Into::into).collect(),
        }
        .encode(&mut bytes)?;
        let moov = bytes.len();
        movie(parts, chunks, self.recorded_at, &label.language).encode(&mut bytes)?;
        bytes.extend(label.user_data());
        let size = u32::try_from(bytes.len() - moov).map_err(|_| CutError::Empty)?;
        bytes[moov..moov + 4].copy_from_slice(&size.to_be_bytes());
        Ok(bytes)
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
    let skip = start.saturating_sub(samples[0].at);
    let late = track.nanoseconds(samples[0].at.saturating_sub(start));
    let length = samples
        .last()
        .map_or(0, |last| (last.at + u64::from(last.duration)).min(end).saturating_sub(samples[0].at + skip));
    Some(Part { track, samples, late, skip, length })
}

/// In the order they are written, from offset 0 on.
fn chunks(parts: &[Part<'_>]) -> Vec<Chunk> {
    let mut next = vec![0; parts.len()];
    let mut chunks = Vec::new();
    let (mut until, mut offset) = (PIECE, 0);
    while parts.iter().zip(&next).any(|(part, next)| *next < part.samples.len()) {
        for (index, part) in parts.iter().enumerate() {
            let first = next[index];
            let begin = part.samples[0].at;
            let count = part.samples[first..]
                .iter()
                .take_while(|sample| part.track.nanoseconds(sample.at - begin) < until)
                .count();
            if count > 0 {
                chunks.push(Chunk { part: index, first, count, offset });
                offset += part.samples[first..first + count].iter().map(|sample| u64::from(sample.size)).sum::<u64>();
                next[index] += count;
            }
        }
        until += PIECE;
    }
    chunks
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
