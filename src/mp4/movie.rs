//! The index of a finished film: `moov`, with a table for everything (ISO/IEC 14496-12, 8.5 to 8.7).

use mp4_atom::{
    Co64, Codec, Ctts, CttsEntry, Dinf, Dref, Edts, Elst, ElstEntry, Hdlr, Mdhd, Mdia, Minf, Moov, Mvhd, Smhd, Stbl,
    Stsc, StscEntry, Stsd, Stss, Stsz, StszSamples, Stts, SttsEntry, Tkhd, Trak, Url, Vmhd,
};

use super::{Kind, PICTURE_SCALE, Sample, Track, scaled};

/// Seconds between 1904, where MP4's time begins, and 1970.
const EPOCH: u64 = 2_082_844_800;

/// A track of the film.
pub struct Part<'a> {
    /// Where it comes from.
    pub track: &'a Track,
    /// What it has of it.
    pub samples: &'a [Sample],
    /// Begins so much later than the film, nanoseconds.
    pub late: u64,
    /// Decoded but not shown, in the track's units.
    pub skip: u64,
    /// Shown, in the track's units.
    pub length: u64,
}

/// A run of samples of one track, one after the other in the file.
pub struct Chunk {
    /// Which part.
    pub part: usize,
    /// Of the part's samples, its first.
    pub first: usize,
    /// How many.
    pub count: usize,
    /// Bytes from the file's start.
    pub offset: u64,
}

impl Chunk {
    /// Its samples.
    pub fn samples<'a>(&self, parts: &[Part<'a>]) -> &'a [Sample] {
        &parts[self.part].samples[self.first..self.first + self.count]
    }
}

/// The index of a film of these parts, recorded at `recorded_at` (Unix seconds), in a language of ISO 639-2/T.
pub fn movie(parts: &[Part<'_>], chunks: &[Chunk], recorded_at: u64, language: &str) -> Moov {
    let created = recorded_at + EPOCH;
    let ends = parts.iter().map(|part| part.late + part.track.nanoseconds(part.length));
    Moov {
        mvhd: Mvhd {
            creation_time: created,
            modification_time: created,
            timescale: PICTURE_SCALE,
            duration: movie_units(ends.max().unwrap_or_default()),
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: parts.len() as u32 + 1,
            ..Mvhd::default()
        },
        trak: (0..).zip(parts).map(|(index, part)| finished(index, part, chunks, created, language)).collect(),
        ..Moov::default()
    }
}

fn finished(index: usize, part: &Part<'_>, chunks: &[Chunk], created: u64, language: &str) -> Trak {
    let mut trak = trak(index as u32 + 1, part.track.scale, part.track.codec.clone(), part.track.size);
    tables(&mut trak, part, || chunks.iter().filter(|chunk| chunk.part == index));
    let (late, shown) = (movie_units(part.late), movie_units(part.track.nanoseconds(part.length)));
    let edit = |segment_duration, media_time| ElstEntry { segment_duration, media_time, media_rate: 1.into() };
    let wait = (late > 0).then(|| edit(late, None));
    let entries = wait.into_iter().chain([edit(shown, Some(part.skip))]).collect();
    trak.edts = Some(Edts { elst: Some(Elst { entries }) });
    let head = &mut trak.tkhd;
    (head.creation_time, head.modification_time, head.duration) = (created, created, late + shown);
    let media = &mut trak.mdia.mdhd;
    (media.creation_time, media.modification_time) = (created, created);
    language.clone_into(&mut media.language);
    trak
}

fn movie_units(time: u64) -> u64 {
    scaled(time, PICTURE_SCALE.into())
}

/// A track without samples of its own.
pub fn trak(track_id: u32, timescale: u32, codec: Codec, (width, height): (u16, u16)) -> Trak {
    let picture = width > 0;
    let handler = if picture { (*b"vide", "VideoHandler") } else { (*b"soun", "SoundHandler") };
    Trak {
        tkhd: Tkhd {
            track_id,
            enabled: true,
            in_movie: true,
            volume: u8::from(!picture).into(),
            width: width.into(),
            height: height.into(),
            ..Tkhd::default()
        },
        mdia: Mdia {
            mdhd: Mdhd { timescale, language: "und".into(), ..Mdhd::default() },
            hdlr: Hdlr { handler: handler.0.into(), name: handler.1.into() },
            minf: Minf {
                vmhd: picture.then(Vmhd::default),
                smhd: (!picture).then(Smhd::default),
                dinf: Dinf { dref: Dref { entries: vec![Url::default().into()] } },
                stbl: Stbl { stsd: Stsd { codecs: vec![codec] }, ..Stbl::default() },
                ..Minf::default()
            },
        },
        ..Trak::default()
    }
}

fn tables<'a, C: Iterator<Item = &'a Chunk>>(trak: &mut Trak, part: &Part<'_>, chunks: impl Fn() -> C) {
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
    let entries = runs(chunks().map(|chunk| chunk.count as u32)).map(|(samples_per_chunk, count)| {
        let entry = StscEntry { first_chunk, samples_per_chunk, sample_description_index: 1 };
        first_chunk += count;
        entry
    });
    stbl.stsc = Stsc { entries: entries.collect() };
    stbl.co64 = Some(Co64 { entries: chunks().map(|chunk| chunk.offset).collect() });
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
