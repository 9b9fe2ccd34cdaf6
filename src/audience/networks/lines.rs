//! Lines of a bounded length out of a stream without end.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader};

/// Reads lines; one that is too long is skipped to its end, and never held whole.
pub struct Lines<R> {
    reader: BufReader<R>,
    longest: usize,
    line: Vec<u8>,
    /// The rest of a line that was too long.
    skipping: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `longest` bytes.
    pub fn new(reader: R, longest: usize) -> Self {
        Self { reader: BufReader::new(reader), longest, line: Vec::new(), skipping: false }
    }

    /// What the lines come from.
    pub fn get_mut(&mut self) -> &mut R {
        self.reader.get_mut()
    }

    /// The next line without its end; `None` at the end of the stream. Cancel safe. What is no UTF-8
    /// becomes the replacement character.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let piece = self.reader.fill_buf().await?;
            if piece.is_empty() {
                return Ok(None);
            }
            let end = piece.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(piece.len());
            if !self.skipping && self.line.len() + taken <= self.longest {
                self.line.extend_from_slice(&piece[..taken]);
            } else {
                self.skipping = true;
                self.line.clear();
            }
            let whole = end.is_some();
            consume(&mut self.reader, taken + usize::from(whole));
            if whole {
                let line = std::mem::take(&mut self.line);
                if !std::mem::take(&mut self.skipping) {
                    return Ok(Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()));
                }
            }
        }
    }
}

fn consume(reader: &mut (impl AsyncBufRead + Unpin), bytes: usize) {
    reader.consume(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_of_a_megabyte_is_skipped_and_the_next_is_read() {
        let text = [&b"one\r\n"[..], &vec![b'x'; 1 << 20], b"\ntwo\n\xff\nnot ended"].concat();
        let mut lines = Lines::new(&text[..], 64);
        let mut read = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            assert!(lines.line.capacity() <= 64);
            read.push(line);
        }
        assert_eq!(read, ["one", "two", "\u{fffd}"]);
    }
}
