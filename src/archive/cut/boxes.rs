//! Boxes that say what a film is: titles and credits as players show them, chapters, and XMP.

/// The `uuid` box that carries XMP (Adobe XMP specification, part 3, 1.1.4).
const XMP_UUID: [u8; 16] =
    [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac];
/// Chapters in one file and bytes of a chapter's label: what the box's counters can hold.
const MOST: usize = 255;

/// Everything that is written into a file about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// iTunes-style tags: their four-character name and text.
    pub tags: Vec<([u8; 4], String)>,
    /// Nanoseconds from the start, and what begins there.
    pub chapters: Vec<(u64, String)>,
    /// An XMP packet.
    pub xmp: String,
    /// ISO 639-2/T, of picture and sound.
    pub language: String,
}

impl Label {
    /// The `udta` box: tags and chapters.
    pub fn user_data(&self) -> Vec<u8> {
        let tags: Vec<u8> =
            self.tags.iter().filter(|(_, text)| !text.is_empty()).flat_map(|(name, text)| tag(*name, text)).collect();
        let mut handler = vec![0; 8];
        handler.extend_from_slice(b"mdirappl");
        handler.extend_from_slice(&[0; 9]);
        let mut meta = vec![0; 4];
        meta.extend(boxed(b"hdlr", &handler));
        meta.extend(boxed(b"ilst", &tags));
        let mut content = boxed(b"meta", &meta);
        content.extend(self.chapter_list());
        boxed(b"udta", &content)
    }

    /// Nero's `chpl`: what ffmpeg, VLC and mpv read.
    fn chapter_list(&self) -> Vec<u8> {
        if self.chapters.is_empty() {
            return Vec::new();
        }
        let chapters = &self.chapters[..self.chapters.len().min(MOST)];
        let mut content = vec![1, 0, 0, 0, 0, 0, 0, 0, chapters.len() as u8];
        for (at, label) in chapters {
            let label = cut(label, MOST);
            content.extend_from_slice(&(at / 100).to_be_bytes());
            content.push(label.len() as u8);
            content.extend_from_slice(label.as_bytes());
        }
        boxed(b"chpl", &content)
    }

    /// The XMP packet in its box.
    pub fn xmp_box(&self) -> Vec<u8> {
        let mut content = XMP_UUID.to_vec();
        content.extend_from_slice(self.xmp.as_bytes());
        boxed(b"uuid", &content)
    }
}

/// A tag in UTF-8 (type 1 of QuickTime's well-known types).
fn tag(name: [u8; 4], text: &str) -> Vec<u8> {
    let mut data = vec![0, 0, 0, 1, 0, 0, 0, 0];
    data.extend_from_slice(text.as_bytes());
    boxed(&name, &boxed(b"data", &data))
}

/// A box of this name around `content`.
pub fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    // What is written here is far from 4 GiB.
    let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(content);
    bytes
}

/// At most `longest` bytes of a text, ending with a whole character.
fn cut(text: &str, longest: usize) -> &str {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
