//! From a fragmented file to an ordinary one, where it lies: what was written stays where it is.
//!
//! ```text
//! ftyp │ moov │ moof mdat │ moof mdat │ … │ half a fragment
//! ftyp │ mdat ──────────────────────────► │ moov
//! ```
//!
//! The index goes behind the last whole fragment first; then sixteen bytes make the old head the beginning of
//! one `mdat` (8.1.1) that goes as far as the index. Whatever stops the program before that leaves a
//! fragmented file, and [`finish`] may be called again.

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mp4_atom::Encode;

use super::{Chunk, Error, Part, Sample, Tables, Track, movie};

/// What a fragment can be long, bytes, and much more: a longer rest is not half a fragment.
const LONGEST: u64 = 16 << 20;

/// Makes an ordinary film of the fragments at `path`, up to the last whole one; a finished film stays as it is.
/// Blocks; needs room for the index alone, about 40 kB a minute.
///
/// # Errors
/// It has no picture yet, it is damaged, or the disk is full: then it is cut behind its last whole fragment and
/// otherwise left as it was.
pub fn finish(path: &Path) -> Result<(), Error> {
    let tables = Tables::read(path)?;
    if !tables.fragmented {
        return Ok(());
    }
    let mut file = File::options().read(true).write(true).open(path)?;
    if file.metadata()?.len() - tables.whole > LONGEST {
        return Err(Error::Empty);
    }
    file.set_len(tables.whole)?;
    let index = index(&tables, &file)?;
    let appended = file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(&index)).and_then(|()| file.sync_all());
    if let Err(error) = appended {
        file.set_len(tables.whole)?;
        return Err(error.into());
    }
    let mut head = [0, 0, 0, 1, b'm', b'd', b'a', b't', 0, 0, 0, 0, 0, 0, 0, 0];
    head[8..].copy_from_slice(&(tables.whole - tables.head).to_be_bytes());
    file.seek(SeekFrom::Start(tables.head))?;
    file.write_all(&head)?;
    Ok(file.sync_all()?)
}

fn index(tables: &Tables, file: &File) -> Result<Vec<u8>, Error> {
    let tracks = [Some(&tables.picture), tables.sound.as_ref()];
    let begins = |track: &Track| track.samples.first().map_or(0, |first| track.nanoseconds(first.at));
    let start = tracks.into_iter().flatten().map(begins).min().unwrap_or_default();
    let parts: Vec<_> = tracks
        .into_iter()
        .flatten()
        .map(|track| Part {
            track,
            samples: &track.samples,
            late: begins(track) - start,
            skip: track.skip,
            length: (track.end() - track.samples[0].at).saturating_sub(track.skip),
        })
        .collect();
    let chunks: Vec<_> = parts.iter().enumerate().flat_map(|(index, part)| chunks(index, part.samples)).collect();
    let length = tables.picture.nanoseconds(tables.picture.end());
    let began = file.metadata()?.modified()?.checked_sub(Duration::from_nanos(length)).unwrap_or(UNIX_EPOCH);
    let began = began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut bytes = Vec::new();
    movie(&parts, &chunks, began, "und").encode(&mut bytes)?;
    Ok(bytes)
}

/// Samples that lie one behind the other.
fn chunks(part: usize, samples: &[Sample]) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut end = None;
    for (index, sample) in samples.iter().enumerate() {
        match chunks.last_mut() {
            Some(chunk) if end == Some(sample.offset) => chunk.count += 1,
            _ => chunks.push(Chunk { part, first: index, count: 1, offset: sample.offset }),
        }
        end = Some(sample.offset + u64::from(sample.size));
    }
    chunks
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    fn ffmpeg(arguments: &[&str]) -> String {
        let ran = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).output().unwrap();
        assert!(ran.status.success() && ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Track, times, size and content of every picture and frame of sound, as somebody else reads them.
    fn content(path: &Path) -> Vec<String> {
        let read = ffmpeg(&["-i", path.to_str().unwrap(), "-map", "0", "-c", "copy", "-f", "framemd5", "-"]);
        let lines = read.lines().filter(|line| !line.starts_with('#'));
        // Without its length: in an index, what comes before a gap lasts as long as the gap.
        let mut lines: Vec<_> = lines
            .map(|line| line.split(',').enumerate().filter(|(field, _)| *field != 3).map(|(_, field)| field).collect())
            .collect();
        lines.sort();
        lines
    }

    /// Five seconds, the sound a third of a second later than the picture.
    fn fragmented(path: &Path) {
        let inputs = "-f lavfi -i testsrc=size=160x90:rate=25 -itsoffset 0.33 -f lavfi -i sine=sample_rate=48000";
        let coded = "-t 5 -c:v libx264 -pix_fmt yuv420p -bf 0 -g 50 -c:a aac";
        let form = "-movflags empty_moov+default_base_moof+skip_trailer -frag_duration 200000";
        let arguments = [inputs, coded, form].map(|some| some.split(' ')).into_iter().flatten();
        ffmpeg(&arguments.chain([path.to_str().unwrap()]).collect::<Vec<_>>());
    }

    #[test]
    fn a_recording_becomes_an_ordinary_film_where_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        fragmented(&path);
        let whole_head = Tables::read(&path).unwrap().head as usize;
        let (before, bytes) = (content(&path), fs::read(&path).unwrap());
        finish(&path).unwrap();
        let changed: Vec<_> = content(&path).into_iter().filter(|line| !before.contains(line)).take(3).collect();
        assert!(changed.is_empty(), "{changed:?}");
        assert_eq!(content(&path).len(), before.len());
        let whole = Tables::read(&path).unwrap();
        assert!(!whole.fragmented);
        assert_eq!(whole.picture.samples.len(), 125);
        let film = fs::read(&path).unwrap();
        let media = whole_head + 16..bytes.len();
        assert!(film[media.clone()] == bytes[media], "nothing moves");
        finish(&path).unwrap();
        assert!(fs::read(&path).unwrap() == film, "once is enough");

        // Wherever it was cut off, it is whole up to the last fragment before, and its tables say the same.
        let all = Tables::read(&path).unwrap().picture.samples;
        for length in (bytes.len() / 2..bytes.len()).step_by(977) {
            fs::write(&path, &bytes[..length]).unwrap();
            finish(&path).unwrap();
            let kept = Tables::read(&path).unwrap().picture.samples;
            assert!(kept.len() > 50 && all.starts_with(&kept), "{} pictures of {length} bytes", kept.len());
        }
        content(&path);
        fs::write(&path, &bytes[..900]).unwrap();
        assert!(matches!(finish(&path), Err(Error::NoPicture)), "nothing in it yet");
        assert!(fs::read(&path).unwrap() == bytes[..900]);
    }
}
