//! The code at the top of every test picture: who filmed it, and when.
//!
//! 40 cells side by side across the picture's width, 32/720 of its height (32×32 pixels at
//! 1280×720), white is 1 and black 0, most significant first: two cells with the camera's number,
//! 32 with the milliseconds of CLOCK_MONOTONIC (modulo 2³²) at which the frame was sent, six of
//! checksum. Below it a column 1/40 of the width wide runs down the left edge: its left half has the
//! grey level of the camera, its right half the level of the frame's number modulo 4. A picture put
//! together from two frames has a column of more than one level.

/// Cells in the strip.
pub const CELLS: usize = 40;
/// Luma of a cell that says 1.
pub const WHITE: u8 = 235;
/// Luma of a cell that says 0.
pub const BLACK: u8 = 16;
/// Places at which the column is looked at.
pub const COLUMN: usize = 16;

/// What a strip says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Code {
    /// The camera, 0..=3.
    pub source: u8,
    /// When the frame left the camera.
    pub at: f64,
}

/// Rows of the strip in a picture of this height; even.
pub fn rows(height: usize) -> usize {
    (height * 32 / 720).max(4) & !1
}

/// Where cell `index` begins in a picture of this width.
pub fn edge(width: usize, index: usize) -> usize {
    width * index / CELLS
}

/// The grey level that stands for a number in the column.
pub fn level(number: usize) -> u8 {
    BLACK + 73 * (number % 4) as u8
}

fn checksum(source: u64, ms: u64) -> u64 {
    let bytes: u64 = (0..4).map(|byte| (ms >> (8 * byte)) & 0xff).sum();
    (source + bytes * 7 + 21) & 0x3f
}

/// One row of luma with the code in it.
pub fn encode(source: u8, at: f64, width: usize) -> Vec<u8> {
    let (source, ms) = (u64::from(source), (at * 1000.0) as u64 & 0xffff_ffff);
    let value = (source << 38) | (ms << 6) | checksum(source, ms);
    let mut row = Vec::with_capacity(width);
    for index in 0..CELLS {
        let luma = if (value >> (CELLS - 1 - index)) & 1 == 1 { WHITE } else { BLACK };
        row.resize(edge(width, index + 1), luma);
    }
    row
}

/// Reads the code from the mean luma of each cell; `None` if the checksum says no.
pub fn decode(cells: &[f32; CELLS]) -> Option<Code> {
    let value = cells.iter().fold(0_u64, |value, &luma| (value << 1) | u64::from(luma > 125.0));
    let (source, ms) = (value >> 38, (value >> 6) & 0xffff_ffff);
    (value & 0x3f == checksum(source, ms)).then(|| Code { source: source as u8, at: ms as f64 / 1000.0 })
}
