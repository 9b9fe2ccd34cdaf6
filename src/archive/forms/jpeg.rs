//! XMP in a JPEG: an APP1 segment that touches no pixel.

use img_parts::{
    Bytes,
    jpeg::{Jpeg, JpegSegment, markers},
};

/// What such a segment begins with (XMP specification, part 3, 1.1.3).
const HEADER: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// A segment's content, its length included, fits in 16 bits.
const LARGEST: usize = 65_533;

/// The JPEG with this packet and no other; everything that a camera or a phone wrote into it (place,
/// serial numbers, thumbnails of what was cut off) is gone. `None`: it is no JPEG.
pub fn with_xmp(jpeg: &[u8], packet: &str) -> Option<Vec<u8>> {
    let mut jpeg = Jpeg::from_bytes(Bytes::copy_from_slice(jpeg)).ok()?;
    let kept = |marker: u8| !(markers::APP1..=markers::APP15).contains(&marker) || marker == markers::APP14;
    let orientation = orientation(&jpeg);
    jpeg.segments_mut().retain(|segment| kept(segment.marker()) && segment.marker() != markers::COM);
    let mut content = HEADER.to_vec();
    content.extend_from_slice(packet.as_bytes());
    if content.len() > LARGEST {
        return None;
    }
    let at = jpeg.segments().iter().take_while(|segment| segment.marker() == markers::APP0).count();
    jpeg.segments_mut().insert(at, JpegSegment::new_with_contents(markers::APP1, content.into()));
    if let Some(exif) = orientation {
        jpeg.segments_mut().insert(at, JpegSegment::new_with_contents(markers::APP1, exif.into()));
    }
    Some(jpeg.encoder().bytes().to_vec())
}

/// A phone's picture may lie on its side, and only Exif says so: that one field is kept.
fn orientation(jpeg: &Jpeg) -> Option<Vec<u8>> {
    let exif = jpeg.segments().iter().find_map(|segment| {
        (segment.marker() == markers::APP1).then(|| segment.contents().strip_prefix(b"Exif\0\0")).flatten()
    })?;
    let little = exif.starts_with(b"II");
    let short = |at: usize| -> Option<u16> {
        let bytes = exif.get(at..at + 2)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| -> Option<usize> {
        let bytes = exif.get(at..at + 4)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) } as usize)
    };
    let first = long(4)?;
    let entries = (0..usize::from(short(first)?)).map(|index| first + 2 + index * 12);
    let found = entries.filter(|at| short(*at) == Some(0x0112)).find_map(|at| short(at + 8))?;
    if !(2..=8).contains(&found) {
        return None;
    }
    // A TIFF with one directory of one entry: orientation, SHORT, one value.
    let mut kept = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    kept.extend_from_slice(&found.to_be_bytes());
    kept.extend_from_slice(&[0; 6]);
    Some(kept)
}
