//! MessagePack, as much of it as JSON can say (<https://github.com/msgpack/msgpack/blob/master/spec.md>).
//!
//! Binary data and extension types have no counterpart in JSON and are not read.

use serde_json::{Map, Number, Value};

/// Nesting beyond which a message is not read: serde_json's own limit.
const DEEPEST: usize = 128;

/// `value` in MessagePack.
pub fn write(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, value);
    bytes
}

/// The one value that `bytes` hold; `None`: something else, something more, or something that JSON
/// has not.
pub fn read(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(DEEPEST)?;
    reader.rest.is_empty().then_some(value)
}

fn put(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0xc0),
        Value::Bool(no) if !no => out.push(0xc2),
        Value::Bool(_) => out.push(0xc3),
        Value::Number(number) => put_number(out, number),
        Value::String(text) => put_text(out, text),
        Value::Array(items) => {
            put_length(out, items.len(), (0x90, 15), [0xdc, 0xdd]);
            items.iter().for_each(|item| put(out, item));
        }
        Value::Object(fields) => {
            put_length(out, fields.len(), (0x80, 15), [0xde, 0xdf]);
            for (name, value) in fields {
                put_text(out, name);
                put(out, value);
            }
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length @ 32..) => out.extend([0xd9, length]),
        _ => put_length(out, text.len(), (0xa0, 31), [0xda, 0xdb]),
    }
    out.extend(text.as_bytes());
}

/// The short form while `length` fits in, else 16 or 32 bits of it.
fn put_length(out: &mut Vec<u8>, length: usize, (short, most): (u8, usize), [wide, wider]: [u8; 2]) {
    if length <= most {
        out.push(short | length as u8);
    } else if let Ok(length) = u16::try_from(length) {
        out.push(wide);
        out.extend(length.to_be_bytes());
    } else {
        out.push(wider);
        // Nothing that this program sends comes near 4 GiB.
        out.extend((length as u32).to_be_bytes());
    }
}

fn put_number(out: &mut Vec<u8>, number: &Number) {
    if let Some(whole) = number.as_u64() {
        match whole {
            0..=0x7f => out.push(whole as u8),
            0x80..=0xffff_ffff => {
                out.push(0xce);
                out.extend((whole as u32).to_be_bytes());
            }
            _ => {
                out.push(0xcf);
                out.extend(whole.to_be_bytes());
            }
        }
    } else if let Some(negative) = number.as_i64() {
        if negative >= -32 {
            out.push(negative as i8 as u8);
        } else {
            out.push(0xd3);
            out.extend(negative.to_be_bytes());
        }
    } else {
        out.push(0xcb);
        out.extend(number.as_f64().unwrap_or_default().to_be_bytes());
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// An unsigned number of `width` bytes.
    fn unsigned(&mut self, width: usize) -> Option<u64> {
        Some(self.take(width)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let [mark] = self.bytes()?;
        Some(match mark {
            0x00..=0x7f => mark.into(),
            0x80..=0x8f => self.map(usize::from(mark & 0x0f), depth)?,
            0x90..=0x9f => self.list(usize::from(mark & 0x0f), depth)?,
            0xa0..=0xbf => self.text(usize::from(mark & 0x1f))?.into(),
            0xc0 => Value::Null,
            0xc2 => false.into(),
            0xc3 => true.into(),
            0xca => float(f64::from(f32::from_be_bytes(self.bytes()?)))?,
            0xcb => float(f64::from_be_bytes(self.bytes()?))?,
            0xcc..=0xcf => self.unsigned(1 << (mark - 0xcc))?.into(),
            0xd0 => i8::from_be_bytes(self.bytes()?).into(),
            0xd1 => i16::from_be_bytes(self.bytes()?).into(),
            0xd2 => i32::from_be_bytes(self.bytes()?).into(),
            0xd3 => i64::from_be_bytes(self.bytes()?).into(),
            0xd9..=0xdb => {
                let length = self.unsigned(1 << (mark - 0xd9))?;
                self.text(usize::try_from(length).ok()?)?.into()
            }
            0xdc | 0xdd => {
                let length = self.unsigned(2 << (mark - 0xdc))?;
                self.list(usize::try_from(length).ok()?, depth)?
            }
            0xde | 0xdf => {
                let length = self.unsigned(2 << (mark - 0xde))?;
                self.map(usize::try_from(length).ok()?, depth)?
            }
            0xe0..=0xff => (mark as i8).into(),
            _ => return None,
        })
    }

    fn text(&mut self, length: usize) -> Option<String> {
        std::str::from_utf8(self.take(length)?).ok().map(str::to_owned)
    }

    fn list(&mut self, length: usize, depth: usize) -> Option<Value> {
        // Nothing is allocated by an announced length: each item takes a byte at least.
        (0..length).map(|_| self.value(depth)).collect()
    }

    fn map(&mut self, length: usize, depth: usize) -> Option<Value> {
        let mut fields = Map::new();
        for _ in 0..length {
            let Value::String(name) = self.value(depth)? else { return None };
            fields.insert(name, self.value(depth)?);
        }
        Some(fields.into())
    }
}

/// Whole numbers stay whole: a client's library may write 33 as a float.
fn float(value: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value.fract() == 0.0 && value.abs() < EXACT {
        true => Some((value as i64).into()),
        false => Number::from_f64(value).map(Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_specification() {
        for (value, bytes) in [
            (json!(null), &[0xc0][..]),
            (json!([true, false]), &[0x92, 0xc3, 0xc2]),
            (json!({ "compact": true, "schema": 0 }), b"\x82\xa7compact\xc3\xa6schema\x00"),
            (json!(200), &[0xce, 0, 0, 0, 200]),
            (json!(-1), &[0xff]),
            (json!(-33), &[0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xdf]),
            (json!(0.5), &[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]),
        ] {
            assert_eq!(write(&value), bytes, "{value}");
            assert_eq!(read(bytes), Some(value));
        }
        for (bytes, value) in [
            (&[0xcc, 200][..], json!(200)),
            (&[0xcd, 1, 0], json!(256)),
            (&[0xcf, 0, 0, 0, 1, 0, 0, 0, 0], json!(4_294_967_296u64)),
            (&[0xd0, 0x80], json!(-128)),
            (&[0xd1, 0xff, 0x00], json!(-256)),
            (&[0xca, 0x42, 0x04, 0, 0], json!(33)),
            (&[0xd9, 1, b'x'], json!("x")),
            (&[0xdc, 0, 1, 0xc0], json!([null])),
            (&[0xde, 0, 1, 0xa1, b'a', 1], json!({ "a": 1 })),
        ] {
            assert_eq!(read(bytes), Some(value), "{bytes:x?}");
        }
    }

    #[test]
    fn lengths_of_every_width_go_there_and_back() {
        for length in [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
            let list = json!({ "list": vec![7; length], "text": "é".repeat(length) });
            assert_eq!(read(&write(&list)), Some(list));
        }
    }

    #[test]
    fn what_is_broken_deep_or_foreign_is_not_read() {
        for bytes in [
            &[][..],
            &[0x91],
            &[0xc0, 0xc0],
            &[0xa2, b'x'],
            &[0xa1, 0xff],
            &[0xdd, 0xff, 0xff, 0xff, 0xff],
            &[0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, b'a'],
            &[0xc4, 1, 0],
            &[0xd4, 1, 0],
            &[0xc1],
            &[0x81, 0x01, 0x02],
            &[0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(read(bytes), None, "{bytes:x?}");
        }
        assert_eq!(read(&[0x91; 100_000]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(value) = read(&bytes) {
                prop_assert_eq!(read(&write(&value)), Some(value));
            }
        }
    }
}
