//! Exif (CIPA DC-008): the few fields that matter of what a camera wrote.

use crate::archive::captions::windows_1252;

/// Fields of the first directory.
pub const ORIENTATION: u16 = 0x0112;
/// Who took it; several with semicolons.
pub const ARTIST: u16 = 0x013b;
/// Whose it is: the photographer's notice, and perhaps an editor's.
pub const COPYRIGHT: u16 = 0x8298;
const EXIF_DIRECTORY: u16 = 0x8769;
/// Fields of Exif's own directory.
const TAKEN: u16 = 0x9003;
const TAKEN_OFFSET: u16 = 0x9011;
/// More entries than any camera writes into a directory.
const MOST: usize = 500;

/// The fields of an APP1 segment.
pub struct Exif<'a> {
    tiff: &'a [u8],
    little: bool,
}

impl<'a> Exif<'a> {
    /// Of an APP1 segment's content; `None`: it holds something else.
    pub fn of(content: &'a [u8]) -> Option<Self> {
        let tiff = content.strip_prefix(b"Exif\0\0")?;
        let little = match tiff.get(..2)? {
            b"II" => true,
            b"MM" => false,
            _ => return None,
        };
        Some(Self { tiff, little })
    }

    /// Which side is up, 1 to 8 as Exif counts; 1: as it lies.
    pub fn orientation(&self) -> u16 {
        let value = self.long(4).and_then(|first| self.value(first, ORIENTATION));
        let found = value.and_then(|bytes| self.short_of(bytes)).unwrap_or(1);
        if (1..=8).contains(&found) { found } else { 1 }
    }

    /// A text of the first directory; its parts on lines of their own.
    pub fn text(&self, tag: u16) -> String {
        let value = self.long(4).and_then(|first| self.value(first, tag));
        value.map(text).unwrap_or_default()
    }

    /// When it was taken by the camera's clock, `2024:05:01 14:30:00`, and how far that was from UTC,
    /// `+02:00`; empty where the camera does not say.
    pub fn taken(&self) -> (String, String) {
        let pointer = self.long(4).and_then(|first| self.value(first, EXIF_DIRECTORY));
        let directory = pointer.and_then(|bytes| self.long_of(bytes));
        let field = |tag| directory.and_then(|at| self.value(at, tag)).map(text).unwrap_or_default();
        (field(TAKEN), field(TAKEN_OFFSET))
    }

    /// The bytes of a field.
    fn value(&self, directory: usize, tag: u16) -> Option<&'a [u8]> {
        let count = usize::from(self.short(directory)?).min(MOST);
        let entries = (0..count).map(|index| directory + 2 + index * 12);
        let entry = entries.take_while(|at| at + 12 <= self.tiff.len()).find(|at| self.short(*at) == Some(tag))?;
        // Texts (2, and 129 in UTF-8) are counted in bytes, SHORT is 3, LONG is 4.
        let size = match self.short(entry + 2)? {
            2 | 129 => 1,
            3 => 2,
            4 => 4,
            _ => return None,
        };
        let length = self.long(entry + 4)?.checked_mul(size)?;
        let at = if length <= 4 { entry + 8 } else { self.long(entry + 8)? };
        self.tiff.get(at..at.checked_add(length)?)
    }

    fn short(&self, at: usize) -> Option<u16> {
        self.short_of(self.tiff.get(at..)?)
    }

    fn long(&self, at: usize) -> Option<usize> {
        self.long_of(self.tiff.get(at..)?)
    }

    fn short_of(&self, bytes: &[u8]) -> Option<u16> {
        let bytes = *bytes.first_chunk()?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long_of(&self, bytes: &[u8]) -> Option<usize> {
        let bytes = *bytes.first_chunk()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) } as usize)
    }
}

/// A text that ought to be ASCII, and is what a camera's owner could type.
pub fn text(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).map_or_else(|_| windows_1252(bytes), str::to_owned);
    let parts = text.split(['\0', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}
