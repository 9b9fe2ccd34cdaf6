//! A recording that did not end in order (power, a full disk), made playable where it lies, without room
//! for a copy.
//!
//! Two things make players stumble over it. Its last fragment may be there in part: it is cut off. And
//! mp4mux (GStreamer 1.22) leaves the size of a sample away where it is that of its fragment's first sample,
//! as if it had said once what it leaves away: it is said, in the eight bytes of the empty `free` box that
//! follows each `moof`, so that nothing moves.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use gstreamer::{self as gst, prelude::*};
use mp4_atom::{Decode, Moof, Traf};

/// Bytes of a box's size and name.
const HEAD: u64 = 8;
/// Longest `moof` that is read, bytes: a fragment is a fifth of a second.
const LONGEST: u64 = 1 << 20;

/// Makes it playable up to its last whole fragment; empty, where it does not say yet what it holds. Blocks.
pub fn mend(path: &Path) -> io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let (mut at, mut whole, mut described) = (0, 0, false);
    while let Some((size, name)) = read_head(&mut file, at, length)? {
        at += size;
        match &name {
            b"moof" if size <= LONGEST => at += say_sizes(&mut file, at - size, size, length)?,
            b"moov" | b"mdat" => {
                described |= &name == b"moov";
                whole = if described { at } else { 0 };
            }
            _ => (),
        }
    }
    // More than a fragment would be something that is not understood: it stays.
    if length - whole <= LONGEST * 16 {
        file.set_len(whole)?;
    }
    file.sync_all()
}

/// The same before it is written: for the pad through which mp4mux's boxes go into a growing file, which
/// must be playable at any moment.
pub fn say_sizes_on(pad: &gst::Pad) {
    let stream = Mutex::new(Stream::default());
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data {
            stream.lock().unwrap_or_else(PoisonError::into_inner).pass(buffer);
        }
        gst::PadProbeReturn::Ok
    });
}

/// Between a `moof` and what follows it.
#[derive(Default)]
struct Stream {
    /// The one before was a `moof`; `true`: made longer by [`HEAD`].
    moof: Option<bool>,
    /// An empty `free` box has followed each `moof` so far: there is room for the sizes.
    room: bool,
}

impl Stream {
    fn pass(&mut self, buffer: &mut gst::Buffer) {
        let Ok(bytes) = buffer.map_readable() else { return };
        let changed = if let Some(longer) = self.moof.take() {
            self.room = bytes.starts_with(b"\0\0\0\x08free");
            longer.then(|| bytes.get(HEAD as usize..).unwrap_or_default().to_vec())
        } else if bytes.get(4..8) == Some(b"moof") {
            let longer = said(&bytes).filter(|_| self.room);
            self.moof = Some(longer.is_some());
            longer
        } else {
            None
        };
        drop(bytes);
        if let Some(bytes) = changed {
            let mut other = gst::Buffer::from_mut_slice(bytes);
            // Of a new buffer nobody else holds a reference.
            if let Some(new) = other.get_mut() {
                let _ = buffer.copy_into(new, gst::BufferCopyFlags::TIMESTAMPS | gst::BufferCopyFlags::FLAGS, ..);
            }
            *buffer = other;
        }
    }
}

/// The size and the name of the box at `at`, if all of it is there (ISO/IEC 14496-12, 4.2).
fn read_head(file: &mut File, at: u64, length: u64) -> io::Result<Option<(u64, [u8; 4])>> {
    let mut head = [0; HEAD as usize];
    if at + HEAD > length {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut head)?;
    let [a, b, c, d, name @ ..] = head;
    let size = match u32::from_be_bytes([a, b, c, d]) {
        1 if at + 2 * HEAD <= length => {
            file.read_exact(&mut head)?;
            u64::from_be_bytes(head)
        }
        // 0, all the rest, is what the muxer writes before it knows.
        size => size.into(),
    };
    let there = size >= HEAD && at.checked_add(size).is_some_and(|end| end <= length);
    Ok(there.then_some((size, name)))
}

/// Says the sizes in the `moof` at `at`; by how much it is longer now.
fn say_sizes(file: &mut File, at: u64, size: u64, length: u64) -> io::Result<u64> {
    if read_head(file, at + size, length)? != Some((HEAD, *b"free")) {
        return Ok(0);
    }
    let mut bytes = vec![0; size as usize];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    let Some(bytes) = said(&bytes) else { return Ok(0) };
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&bytes)?;
    Ok(HEAD)
}

/// The same `moof`, eight bytes longer, with the sizes that it leaves away; `None`: it needs none.
fn said(bytes: &[u8]) -> Option<Vec<u8>> {
    let moof = Moof::decode(&mut &*bytes).ok()?;
    let silent: Vec<_> =
        moof.traf.iter().map(|traf| traf.tfhd.default_sample_size.is_none() && leaves_away(traf)).collect();
    let alone = silent.iter().filter(|silent| **silent).count() == 1;
    let mut longer = bytes.get(..HEAD as usize)?.to_vec();
    let (mut rest, mut trafs) = (bytes.get(HEAD as usize..)?, moof.traf.iter().zip(silent));
    while !rest.is_empty() {
        let (part, after) = rest.split_at_checked(u32::from_be_bytes(*rest.first_chunk()?) as usize)?;
        let said = match part.get(4..8)? {
            b"traf" => trafs.next().filter(|(_, silent)| *silent).map(|(traf, _)| traf),
            _ => None,
        };
        match said {
            Some(traf) => longer.extend(said_of(part, traf, alone)?),
            None => longer.extend(part),
        }
        rest = after;
    }
    resize(&mut longer);
    (longer.len() as u64 == bytes.len() as u64 + HEAD).then_some(longer)
}

fn leaves_away(traf: &Traf) -> bool {
    traf.trun.iter().flat_map(|run| run.samples.iter()).any(|sample| sample.size.is_none())
}

/// A `traf` whose `tfhd`, its first box, has the size of its first sample (ISO/IEC 14496-12, 8.8.7).
fn said_of(traf: &[u8], read: &Traf, alone: bool) -> Option<Vec<u8>> {
    const TFHD: usize = HEAD as usize;
    let size = read.trun.first()?.samples.get(0)?.size?;
    let known = &read.tfhd;
    let mut traf = traf.to_vec();
    if traf.get(TFHD + 4..TFHD + 8)? != b"tfhd" || known.sample_description_index.is_some() {
        return None;
    }
    // Behind size, name, flags, track; then what may be there.
    let description = TFHD + 16 + if known.base_data_offset.is_some() { 8 } else { 0 };
    let sizes = description + if known.default_sample_duration.is_some() { 4 } else { 0 };
    traf.get(sizes..)?;
    traf.splice(sizes..sizes, size.to_be_bytes());
    traf[TFHD + 11] |= 0x10;
    // Four bytes for each of two tracks. Where one needs them, four say that there is one description.
    if alone {
        traf.splice(description..description, 1u32.to_be_bytes());
        traf[TFHD + 11] |= 0x02;
    }
    let tfhd = u32::from_be_bytes(*traf[TFHD..].first_chunk()?) + if alone { 8 } else { 4 };
    traf[TFHD..TFHD + 4].copy_from_slice(&tfhd.to_be_bytes());
    resize(&mut traf);
    Some(traf)
}

/// Writes a box's length into it.
fn resize(whole: &mut [u8]) {
    let size = (whole.len() as u32).to_be_bytes();
    whole[..4].copy_from_slice(&size);
}

#[cfg(test)]
mod tests {
    use std::fs;

    use mp4_atom::{Encode, Mfhd, Tfdt, Tfhd, Trun, TrunEntry};

    use super::*;

    fn part(name: &str, length: usize) -> Vec<u8> {
        let mut bytes = (length as u32).to_be_bytes().to_vec();
        bytes.extend(name.as_bytes());
        bytes.resize(length, 7);
        bytes
    }

    fn mended(content: &[u8]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        fs::write(&path, content).unwrap();
        mend(&path).unwrap();
        fs::read(&path).unwrap()
    }

    #[test]
    fn what_a_full_disk_took_of_a_fragment_is_cut_off() {
        let film = [part("ftyp", 24), part("moov", 100), part("moof", 40), part("mdat", 300)].concat();
        let next = [part("moof", 40), part("free", 8), part("mdat", 300)].concat();
        for taken in [0, 3, 39, 40, 48, 56, 60, 347] {
            assert_eq!(mended(&[&film, &next[..taken]].concat()), film, "{taken} bytes of the next fragment");
        }
        let mut unknown = [&film[..], &next].concat();
        assert_eq!(mended(&unknown), unknown);
        unknown[film.len() + 48..][..4].fill(0);
        assert_eq!(mended(&unknown), film, "media of a length that the muxer did not know yet");
        assert_eq!(mended(&[part("ftyp", 24), part("mdat", 90)].concat()), b"", "media that nothing describes");
    }

    #[test]
    fn sizes_that_were_left_away_are_said_and_nothing_moves() {
        let track = |track_id: u32, sizes: &[Option<u32>]| Traf {
            tfhd: Tfhd { track_id, base_data_offset: Some(0), ..Tfhd::default() },
            tfdt: Some(Tfdt { base_media_decode_time: 500 }),
            trun: sizes
                .iter()
                .map(|size| Trun {
                    data_offset: Some(16),
                    samples: vec![TrunEntry { size: *size, ..TrunEntry::default() }].into(),
                })
                .collect(),
            ..Traf::default()
        };
        gst::init().unwrap();
        for (traf, defaults) in [
            (vec![track(1, &[Some(9), Some(8), None]), track(2, &[Some(7)])], [Some(9), None]),
            (vec![track(1, &[Some(9), None]), track(2, &[Some(7), Some(6), None])], [Some(9), Some(7)]),
            (vec![track(1, &[Some(9), Some(8)]), track(2, &[Some(7)])], [None, None]),
        ] {
            let mut moof = Vec::new();
            Moof { mfhd: Mfhd { sequence_number: 1 }, traf }.encode(&mut moof).unwrap();
            let fragment = [moof.clone(), part("free", 8), part("mdat", 30)].concat();
            let (moov, film) = (part("moov", 100), fragment.repeat(3));
            let found = mended(&[&moov[..], &film].concat()).split_off(moov.len());
            assert_eq!(found.len(), film.len());
            for found in found.chunks(fragment.len()) {
                assert_eq!(found[fragment.len() - 30..], fragment[fragment.len() - 30..], "nothing moves");
            }
            let read = Moof::decode(&mut &*found).unwrap();
            let sizes: Vec<_> = read.traf.iter().map(|traf| traf.tfhd.default_sample_size).collect();
            assert_eq!(sizes, defaults);

            // While it is written, from the second on: the first shows that there is room.
            let (mut stream, mut written) = (Stream::default(), Vec::new());
            for _ in 0..3 {
                for piece in [&moof[..], &fragment[moof.len()..]] {
                    let mut buffer = gst::Buffer::from_slice(piece.to_vec());
                    stream.pass(&mut buffer);
                    written.extend_from_slice(&buffer.map_readable().unwrap());
                }
            }
            let (first, others) = written.split_at(fragment.len());
            assert_eq!((first, others), (&fragment[..], &found[fragment.len()..]));
        }
    }
}
