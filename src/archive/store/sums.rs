//! `SHA256SUMS`, as `sha256sum -c` reads it.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::tokens::hex;

/// The file's name.
pub const SUMS: &str = "SHA256SUMS";

/// The sums of a folder's files, by their name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums(pub BTreeMap<String, [u8; 32]>);

impl Sums {
    /// Reads them; lines that are none are left out.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let (sum, name) = line.split_once(' ')?;
            let name = name.strip_prefix([' ', '*'])?;
            Some((name.to_owned(), unhex(sum)?))
        });
        Self(lines.collect())
    }

    /// As they are written.
    pub fn text(&self) -> String {
        self.0.iter().map(|(name, sum)| format!("{}  {name}\n", hex(sum))).collect()
    }
}

/// The sum of a file, read at the disk's pace.
pub fn sum_of(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut sum = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(sum.finalize().into()),
            read => sum.update(&block[..read]),
        }
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(bytes)
}
