//! What a photo says of itself: when it was taken, by whom, and whose it is.

use gstreamer::glib;
use img_parts::{
    Bytes,
    jpeg::{Jpeg, markers},
};
use quick_xml::{NsReader, escape::unescape, events::Event, name::ResolveResult};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset, macros::format_description};

use crate::{
    archive::{
        day,
        forms::{
            exif::{self, Exif},
            jpeg::XMP,
        },
    },
    rundown::visible_line,
};

/// Characters that are kept of a name, as of any credit's.
const NAME: usize = 120;
/// Characters that are kept of a line about rights.
const NOTICE: usize = 400;
/// Lines that are kept of each kind.
const MOST: usize = 10;
/// A clock that is ahead by more than this has not been set, milliseconds.
const AHEAD: i64 = 26 * 3_600_000;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Embedded {
    /// When it was taken.
    pub taken: Option<Taken>,
    /// Who took it.
    pub creators: Vec<String>,
    /// Whose it is, in their own words.
    pub rights: Vec<String>,
}

/// A moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Unix milliseconds; 0 for what is older than that.
    pub at: u64,
    /// RFC 3339, by the clock of where it was taken as far as that is known.
    pub local: String,
}

/// Reads a JPEG's Exif, IPTC and XMP.
pub fn read(file: &[u8], now: u64) -> Embedded {
    let mut found = Embedded::default();
    let Ok(jpeg) = Jpeg::from_bytes(Bytes::copy_from_slice(file)) else { return found };
    for segment in jpeg.segments_by_marker(markers::APP1) {
        let content = segment.contents();
        if let Some(exif) = Exif::of(content) {
            let (date, offset) = exif.taken();
            found.taken = found.taken.or_else(|| taken(&date, &offset, now));
            add(&mut found.creators, NAME, exif.text(exif::ARTIST).split([';', '\n']));
            add(&mut found.rights, NOTICE, [exif.text(exif::COPYRIGHT).replace('\n', ", ").as_str()]);
        } else if let Some(packet) = content.strip_prefix(XMP) {
            xmp(&mut found, &String::from_utf8_lossy(packet));
        }
    }
    let resources = jpeg.segments_by_marker(markers::APP13);
    let resources = resources.filter_map(|segment| segment.contents().strip_prefix(b"Photoshop 3.0\0"));
    let resources: Vec<u8> = resources.flatten().copied().collect();
    iptc(&mut found, iim(&resources).unwrap_or_default());
    found
}

/// Lines that say something which is not there yet.
fn add<'a>(lines: &mut Vec<String>, longest: usize, more: impl IntoIterator<Item = &'a str>) {
    for line in more {
        let line: String = visible_line(line).chars().take(longest).collect();
        let known = lines.iter().any(|other| other.to_lowercase() == line.to_lowercase());
        if !line.is_empty() && !known && lines.len() < MOST {
            lines.push(line);
        }
    }
}

/// A camera's date, with its distance from UTC or by the clock of this place.
fn taken(date: &str, offset: &str, now: u64) -> Option<Taken> {
    let written = format_description!("[year]:[month]:[day] [hour]:[minute]:[second]");
    let date = PrimitiveDateTime::parse(date.get(..19)?, written).ok()?;
    let hours = format_description!("[offset_hour sign:mandatory]:[offset_minute]");
    let moment = match UtcOffset::parse(offset, hours) {
        Ok(offset) => date.assume_offset(offset),
        Err(_) => here(date)?,
    };
    let at = i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()?;
    if date.year() < 1800 || at > now as i64 + AHEAD {
        return None;
    }
    Some(Taken { at: at.max(0) as u64, local: day::by_its_clock(moment) })
}

/// A moment by the clock of this place.
fn here(date: PrimitiveDateTime) -> Option<OffsetDateTime> {
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let (hour, minute, second) = date.as_hms();
    let local = glib::DateTime::from_local(year, month.into(), day.into(), hour.into(), minute.into(), second.into());
    let offset = local.ok()?.utc_offset().as_seconds();
    Some(date.assume_offset(UtcOffset::from_whole_seconds(i32::try_from(offset).ok()?).ok()?))
}

/// `dc:creator`, `dc:rights` and `xmpRights:UsageTerms`.
fn xmp(found: &mut Embedded, packet: &str) {
    const DC: &[u8] = b"http://purl.org/dc/elements/1.1/";
    const RIGHTS: &[u8] = b"http://ns.adobe.com/xap/1.0/rights/";
    let mut reader = NsReader::from_str(packet);
    let mut inside = None;
    while let Ok((space, event)) = reader.read_resolved_event() {
        match event {
            Event::Start(start) => {
                let space = if let ResolveResult::Bound(space) = &space { space.as_ref() } else { "" };
                match (space.as_bytes(), start.local_name().as_ref().as_bytes()) {
                    (DC, b"creator") => inside = Some(true),
                    (DC, b"rights") | (RIGHTS, b"UsageTerms") => inside = Some(false),
                    (_, b"li") => {
                        let Some(creator) = inside else { continue };
                        let Ok(text) = reader.read_text(start.name()) else { return };
                        let text = text.xml10_content();
                        let (lines, longest) =
                            if creator { (&mut found.creators, NAME) } else { (&mut found.rights, NOTICE) };
                        add(lines, longest, [unescape(&text).unwrap_or_default().as_ref()]);
                    }
                    _ => (),
                }
            }
            Event::End(end)
                if matches!(end.local_name().as_ref().as_bytes(), b"creator" | b"rights" | b"UsageTerms") =>
            {
                inside = None;
            }
            Event::Eof => return,
            _ => (),
        }
    }
}

/// The IPTC record of Photoshop's image resources.
fn iim(mut resources: &[u8]) -> Option<&[u8]> {
    loop {
        let rest = resources.strip_prefix(b"8BIM")?;
        let (kind, rest) = rest.split_first_chunk::<2>()?;
        // A name with its length, and as many bytes as make both even.
        let name = usize::from(*rest.first()?) + 1;
        let rest = rest.get(name + name % 2..)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let content = rest.get(..length)?;
        if u16::from_be_bytes(*kind) == 0x0404 {
            return Some(content);
        }
        resources = rest.get(length + length % 2..)?;
    }
}

/// By-line (2:80) and copyright notice (2:116) of an IPTC record.
fn iptc(found: &mut Embedded, mut record: &[u8]) {
    while let [0x1c, number, set, high, low, rest @ ..] = record {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(value) = rest.get(..length) else { return };
        match (number, set) {
            (2, 80) => add(&mut found.creators, NAME, [exif::text(value).as_str()]),
            (2, 116) => add(&mut found.rights, NOTICE, [exif::text(value).as_str()]),
            _ => (),
        }
        record = &rest[length..];
    }
}
