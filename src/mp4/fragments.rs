//! A fragmented MP4 (ISO/IEC 14496-12, 8.8) written by hand: each fragment is one write, so whatever
//! stops the program, the file is whole up to the last of them and needs no repair.

use std::io::{self, Write};

use gstreamer::Buffer;
use mp4_atom::{
    Atom, Audio, Avc1, Avcc, Codec, Decode, Encode, Esds, Ftyp, Mfhd, Moof, Moov, Mp4a, Mvex, Mvhd, Tfdt, Tfhd, Traf,
    Trex, Trun, TrunEntry, Visual,
    esds::{DecoderConfig, DecoderSpecific, EsDescriptor, SLConfig},
};

use super::{PICTURE_SCALE, movie::trak, scaled};
use crate::{
    media::Ns,
    mix::RATE,
    program::{Medium, Packet},
};

/// Pictures of this long make a fragment, or fewer up to a key frame.
const FRAGMENT: u64 = PICTURE_SCALE as u64 / 5;
/// Samples in a frame of AAC-LC.
const AAC_FRAME: u64 = 1024;
/// Sound further off than this many samples was interrupted.
const TOLERANCE: u64 = 48;
/// Bytes of a unit's length, as GStreamer's parser writes them.
const LENGTH: usize = 4;
const KEY: u32 = 0x0200_0000;
const DEPENDS: u32 = 0x0101_0000;

/// Writes packets as fragments.
pub struct Fragments<W> {
    out: W,
    origin: Option<Ns>,
    started: bool,
    sequence: u32,
    pictures: Vec<Sample>,
    /// The newest picture: it lasts until the next one.
    last: Option<(u64, Sample)>,
    pictures_from: u64,
    sound: Vec<Sample>,
    sound_from: u64,
    /// What the file's head is made of, as it comes.
    parameters: Option<Parameters>,
    sound_config: Option<Vec<u8>>,
    written: Ns,
    whole: u64,
}

struct Sample {
    data: Vec<u8>,
    duration: u32,
    key: bool,
}

struct Parameters {
    avcc: Avcc,
    width: u16,
    height: u16,
}

impl<W: Write> Fragments<W> {
    /// Nothing is written before picture and sound have both begun.
    pub fn new(out: W) -> Self {
        Self {
            out,
            origin: None,
            started: false,
            sequence: 1,
            pictures: Vec::new(),
            last: None,
            pictures_from: 0,
            sound: Vec::new(),
            sound_from: 0,
            parameters: None,
            sound_config: None,
            written: 0,
            whole: 0,
        }
    }

    /// Program time of the file's time zero, once it is known.
    pub fn origin(&self) -> Option<Ns> {
        self.origin
    }

    /// Program time up to which pictures have been written.
    pub fn written(&self) -> Ns {
        self.written
    }

    /// Bytes of what is written whole; beyond may lie the beginning of what the disk did not take.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// Where it writes.
    pub fn out(&self) -> &W {
        &self.out
    }

    /// Takes a packet; the first picture must be a key frame.
    pub fn packet(&mut self, packet: &Packet) -> io::Result<()> {
        match packet.medium {
            Medium::Picture => self.picture(packet),
            Medium::Sound => self.sample(packet),
        }
    }

    fn picture(&mut self, packet: &Packet) -> io::Result<()> {
        if self.origin.is_none() && !packet.key {
            return Ok(());
        }
        let origin = *self.origin.get_or_insert(packet.pts);
        let at = scaled(packet.pts.saturating_sub(origin), PICTURE_SCALE.into());
        if let Some((began, mut last)) = self.last.take() {
            last.duration = at.saturating_sub(began) as u32;
            self.pictures.push(last);
        }
        let full = packet.key || at.saturating_sub(self.pictures_from) >= FRAGMENT;
        if self.pictures.is_empty() || (full && self.flush(packet.pts)?) {
            self.pictures_from = at;
        }
        if self.parameters.is_none()
            && let Some(structure) = packet.caps.structure(0)
            && let Some(avcc) = config(packet)
        {
            let pixels = |field| structure.get::<i32>(field).ok().and_then(|value| u16::try_from(value).ok());
            let (width, height) = (pixels("width").unwrap_or_default(), pixels("height").unwrap_or_default());
            let avcc = Avcc::decode_body(&mut &avcc[..]).map_err(io::Error::other)?;
            self.parameters = Some(Parameters { avcc, width, height });
        }
        let data = access_unit(&packet.buffer)?;
        self.last = Some((at, Sample { data, duration: 0, key: packet.key }));
        Ok(())
    }

    fn sample(&mut self, packet: &Packet) -> io::Result<()> {
        if self.sound_config.is_none() {
            self.sound_config = config(packet);
        }
        // Sound from before the first picture has nothing to go with.
        let Some(since) = self.origin.and_then(|origin| packet.pts.checked_sub(origin)) else { return Ok(()) };
        let at = scaled(since, RATE);
        let next = self.sound_from + self.sound.len() as u64 * AAC_FRAME;
        if at.abs_diff(next) > TOLERANCE {
            if !self.sound.is_empty() && !self.flush(self.written)? {
                // Nothing has been written yet: what went before the gap has no picture to go with.
                self.sound.clear();
            }
            self.sound_from = at;
        }
        let map = packet.buffer.map_readable().map_err(io::Error::other)?;
        self.sound.push(Sample { data: map.to_vec(), duration: AAC_FRAME as u32, key: true });
        Ok(())
    }

    /// Writes what has been taken; the newest picture gets the length of the one before it.
    pub fn finish(&mut self) -> io::Result<()> {
        if let Some((began, mut last)) = self.last.take() {
            last.duration = self.pictures.last().map_or(PICTURE_SCALE / 25, |before| before.duration);
            let end = began + u64::from(last.duration);
            if self.pictures.is_empty() {
                self.pictures_from = began;
            }
            self.pictures.push(last);
            let until = self.origin.unwrap_or_default() + end * 1_000_000_000 / u64::from(PICTURE_SCALE);
            self.flush(until)?;
        }
        self.out.flush()
    }

    /// One fragment, up to program time `until`; `false`: too early, all is kept for later.
    fn flush(&mut self, until: Ns) -> io::Result<bool> {
        if !self.started {
            let (Some(parameters), Some(config)) = (&self.parameters, &self.sound_config) else { return Ok(false) };
            let head = head(parameters, config)?;
            self.out.write_all(&head)?;
            self.whole = head.len() as u64;
            self.started = true;
        }
        let fragment = self.fragment()?;
        self.out.write_all(&fragment)?;
        self.whole += fragment.len() as u64;
        self.sequence += 1;
        self.sound_from += self.sound.len() as u64 * AAC_FRAME;
        self.pictures_from += self.pictures.iter().map(|sample| u64::from(sample.duration)).sum::<u64>();
        self.pictures.clear();
        self.sound.clear();
        self.written = until;
        Ok(true)
    }

    fn fragment(&self) -> io::Result<Vec<u8>> {
        let build = |offset: i32| {
            let size = |samples: &[Sample]| samples.iter().map(|sample| sample.data.len()).sum::<usize>() as i32;
            let tracks = [
                (1, &self.pictures, self.pictures_from, offset),
                (2, &self.sound, self.sound_from, offset + size(&self.pictures)),
            ];
            let traf = tracks.into_iter().filter(|(_, samples, ..)| !samples.is_empty());
            Moof {
                mfhd: Mfhd { sequence_number: self.sequence },
                traf: traf.map(|(track, samples, from, offset)| traf_of(track, samples, from, offset)).collect(),
            }
        };
        let mut bytes = Vec::new();
        build(0).encode(&mut bytes).map_err(io::Error::other)?;
        let offset = bytes.len() as i32 + 8;
        bytes.clear();
        build(offset).encode(&mut bytes).map_err(io::Error::other)?;
        let all = || self.pictures.iter().chain(&self.sound);
        let length = all().map(|sample| sample.data.len()).sum::<usize>() + 8;
        bytes.extend_from_slice(&u32::try_from(length).map_err(io::Error::other)?.to_be_bytes());
        bytes.extend_from_slice(b"mdat");
        all().for_each(|sample| bytes.extend_from_slice(&sample.data));
        Ok(bytes)
    }
}

fn traf_of(track_id: u32, samples: &[Sample], from: u64, offset: i32) -> Traf {
    let entries = samples.iter().map(|sample| TrunEntry {
        duration: Some(sample.duration),
        size: Some(sample.data.len() as u32),
        flags: Some(if sample.key { KEY } else { DEPENDS }),
        cts: None,
    });
    Traf {
        tfhd: Tfhd { track_id, default_base_is_moof: true, ..Tfhd::default() },
        tfdt: Some(Tfdt { base_media_decode_time: from }),
        trun: vec![Trun { data_offset: Some(offset), samples: entries.collect::<Vec<_>>().into() }],
        ..Traf::default()
    }
}

fn head(parameters: &Parameters, sound: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let brands = [*b"iso5", *b"iso6", *b"mp41", *b"avc1"];
    let ftyp = Ftyp {
        major_brand: (*b"iso5").into(),
        minor_version: 512,
        compatible_brands: brands.into_iter().map(Into::into).collect(),
    };
    ftyp.encode(&mut bytes).map_err(io::Error::other)?;
    let picture = Avc1 {
        visual: Visual {
            data_reference_index: 1,
            width: parameters.width,
            height: parameters.height,
            ..Visual::default()
        },
        avcc: parameters.avcc.clone(),
        ..Avc1::default()
    };
    let specific = DecoderSpecific::decode(&mut &sound[..]).map_err(io::Error::other)?;
    let sound = Mp4a {
        audio: Audio { data_reference_index: 1, channel_count: 2, sample_size: 16, sample_rate: (RATE as u16).into() },
        esds: Esds {
            es_desc: EsDescriptor {
                es_id: 2,
                dec_config: DecoderConfig {
                    object_type_indication: 0x40,
                    stream_type: 5,
                    dec_specific: Some(specific),
                    ..DecoderConfig::default()
                },
                sl_config: SLConfig::default(),
                ..EsDescriptor::default()
            },
        },
        btrt: None,
        taic: None,
    };
    let moov = Moov {
        mvhd: Mvhd { timescale: PICTURE_SCALE, rate: 1.into(), volume: 1.into(), next_track_id: 3, ..Mvhd::default() },
        mvex: Some(Mvex {
            mehd: None,
            trex: [1, 2]
                .map(|track_id| Trex { track_id, default_sample_description_index: 1, ..Trex::default() })
                .to_vec(),
        }),
        trak: vec![
            trak(1, PICTURE_SCALE, Codec::Avc1(picture), (parameters.width, parameters.height)),
            trak(2, RATE as u32, Codec::Mp4a(sound), (0, 0)),
        ],
        ..Moov::default()
    };
    moov.encode(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// What a decoder has to know beforehand, from the packet's format.
fn config(packet: &Packet) -> Option<Vec<u8>> {
    let data = packet.caps.structure(0)?.get::<Buffer>("codec_data").ok()?;
    Some(data.map_readable().ok()?.to_vec())
}

/// The units of an access unit that MP4 wants among the samples: parameter sets are in the file's head, and
/// the mark of an access unit it knows without.
fn access_unit(buffer: &Buffer) -> io::Result<Vec<u8>> {
    let map = buffer.map_readable().map_err(io::Error::other)?;
    let mut data = Vec::with_capacity(map.len());
    for unit in units(&map) {
        if !matches!(unit[LENGTH] & 0x1f, 7..=9) {
            data.extend_from_slice(unit);
        }
    }
    Ok(data)
}

/// The units of a stream, each with its length in front and none of them empty; what is cut off is left.
fn units(mut stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, _) = stream.split_first_chunk::<LENGTH>()?;
        let (unit, rest) = stream.split_at_checked(LENGTH + u32::from_be_bytes(*length) as usize)?;
        stream = rest;
        Some(unit)
    })
    .filter(|unit| unit.len() > LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_behind_their_lengths_and_what_is_cut_off_is_left() {
        let stream = [0, 0, 0, 3, 0x67, 1, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0x65, 0, 0, 0, 9, 0x41];
        let found: Vec<_> = units(&stream).collect();
        assert_eq!(found, [&[0, 0, 0, 3, 0x67, 1, 2][..], &[0, 0, 0, 1, 0x65]]);
        assert_eq!(units(&[0, 0, 1]).count() + units(&[]).count(), 0);
    }
}
