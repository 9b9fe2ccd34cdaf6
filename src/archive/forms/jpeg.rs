//! JPEGs as they are published: the picture, its colours, which side is up, and the record.
//!
//! Every JPEG that goes into a folder of the archive is made here, and nothing of what a camera, a
//! phone or a program put beside the picture goes with it, wherever in the file that lies: the picture's
//! own coefficients are written into a new file, which loses nothing of what is seen.

use std::sync::{Mutex, PoisonError};

use img_parts::{
    Bytes, ImageICC,
    jpeg::{Jpeg, JpegSegment, markers},
};
use turbojpeg::{Colorspace, DecompressHeader, Decompressor, OutputBuf, Transform, Transformer};

use super::exif::Exif;

/// What an XMP segment begins with (XMP specification, part 3, 1.1.3).
pub const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The longest XMP packet that fits, bytes: a segment's length is counted in 16 bits, and counts itself.
pub const LONGEST_PACKET: usize = 65_533 - XMP.len();
/// The widest and highest, pixels: a phone's panorama.
const WIDEST: usize = 16_384;
/// The most pixels: rewriting holds up to six bytes for each.
const MOST: usize = 64 << 20;
/// What an ICC profile's header holds (ICC.1, 7.2).
const ICC_HEADER: usize = 128;

/// Why a file is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is something else, or a JPEG that browsers do not show.
    #[error("it is no JPEG")]
    NoJpeg,
    /// It ends before the picture does.
    #[error("the picture is cut short")]
    CutShort,
    /// The picture cannot be read to its end.
    #[error("the picture is damaged")]
    Damaged,
    /// Its colours are printing inks, CMYK.
    #[error("its colours are printing inks")]
    Inks,
    /// It has too few or too many pixels.
    #[error("it is too small or too large")]
    Size,
}

/// A picture alone.
pub struct Picture {
    jpeg: Jpeg,
    profile: Option<Bytes>,
    orientation: u16,
    size: (u32, u32),
}

impl Picture {
    /// The picture of a JPEG that can be read to its end.
    ///
    /// # Errors
    /// Why it cannot be published.
    pub fn of(file: &[u8]) -> Result<Self, Unfit> {
        let header = Decompressor::new().and_then(|mut reader| reader.read_header(file)).map_err(|_| Unfit::NoJpeg)?;
        let fits = |pixels: usize| (16..=WIDEST).contains(&pixels);
        if matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK) {
            return Err(Unfit::Inks);
        }
        if header.is_lossless {
            return Err(Unfit::NoJpeg);
        }
        if !fits(header.width) || !fits(header.height) || header.width * header.height > MOST {
            return Err(Unfit::Size);
        }
        let given = Jpeg::from_bytes(Bytes::copy_from_slice(file)).map_err(|_| Unfit::NoJpeg)?;
        let alone = rewritten(file, &header)?;
        let exif = given
            .segments_by_marker(markers::APP1)
            .find_map(|segment| Some(Exif::of(segment.contents())?.orientation()));
        Ok(Self {
            jpeg: Jpeg::from_bytes(alone.into()).map_err(|_| Unfit::Damaged)?,
            profile: given.icc_profile().and_then(profile),
            orientation: exif.unwrap_or(1),
            size: (header.width as u32, header.height as u32),
        })
    }

    /// Width and height, pixels, as it is seen.
    pub fn size(&self) -> (u32, u32) {
        let (width, height) = self.size;
        // From 5 on it lies on its side.
        if self.orientation < 5 { (width, height) } else { (height, width) }
    }

    /// The file that is published, with this XMP packet; one that is empty, or longer than
    /// [`LONGEST_PACKET`], is left out.
    pub fn with(mut self, packet: &str) -> Vec<u8> {
        self.jpeg.set_icc_profile(self.profile);
        let segments = self.jpeg.segments_mut();
        let at = segments.iter().take_while(|segment| segment.marker() == markers::APP0).count();
        if !packet.is_empty() && packet.len() <= LONGEST_PACKET {
            let content = [XMP, packet.as_bytes()].concat();
            segments.insert(at, JpegSegment::new_with_contents(markers::APP1, content.into()));
        }
        if self.orientation > 1 {
            segments.insert(at, JpegSegment::new_with_contents(markers::APP1, turned(self.orientation).into()));
        }
        self.jpeg.encoder().bytes().to_vec()
    }
}

/// The picture's coefficients in a new file: no other segment, nothing between, behind or beyond.
fn rewritten(file: &[u8], header: &DecompressHeader) -> Result<Vec<u8>, Unfit> {
    /// Coefficients take room: one picture at a time.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut transform = Transform::default();
    transform.copy_none = true;
    transform.optimize = true;
    transform.progressive = header.is_progressive;
    let mut transformer = Transformer::new().map_err(|_| Unfit::Damaged)?;
    let mut written = OutputBuf::new_owned();
    let Err(error) = transformer.transform(&transform, file, &mut written) else { return Ok(written.to_vec()) };
    let reason = error.to_string();
    // Some cameras pad their pictures. The new file is whole, and without that.
    if reason.contains("extraneous bytes before marker") && !written.is_empty() {
        return Ok(written.to_vec());
    }
    Err(if reason.contains("remature end") { Unfit::CutShort } else { Unfit::Damaged })
}

/// A colour profile as long as it says itself; `None`: it is something else.
fn profile(mut bytes: Bytes) -> Option<Bytes> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    if length < ICC_HEADER || length > bytes.len() || bytes[36..40] != *b"acsp" {
        return None;
    }
    bytes.truncate(length);
    Some(bytes)
}

/// Exif with a picture's orientation alone: a TIFF with one directory of one entry.
fn turned(orientation: u16) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    exif.extend_from_slice(&orientation.to_be_bytes());
    exif.extend_from_slice(&[0; 6]);
    exif
}
