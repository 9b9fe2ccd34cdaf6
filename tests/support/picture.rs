//! Test pictures, made once before a camera runs; and the look at a picture that came back.

use super::strip::{self, COLUMN, Code};

/// Size of a picture in pixels; even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
}

/// A part of a frame, in fractions of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Of the frame's width.
    pub width: f64,
    /// Of the frame's height.
    pub height: f64,
}

/// The whole frame.
pub const WHOLE: Region = Region { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };

/// I420 without the rows of the strip in its luma: a loop of moving pictures, and a white one.
pub struct Film {
    /// Of every picture.
    pub size: Size,
    /// The pictures, a multiple of four.
    pub frames: Vec<Vec<u8>>,
    /// The picture of a flash, for each number modulo 4.
    pub flashes: Vec<Vec<u8>>,
}

/// A small, repeatable source of noise (xorshift).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

impl Film {
    /// `count` (a multiple of four) pictures of camera `source`: slow waves, two sharp moving bars,
    /// and a camera's noise, in a colour of its own.
    pub fn new(source: u8, size: Size, count: usize) -> Self {
        assert!(size.width.is_multiple_of(2) && size.height.is_multiple_of(2) && count.is_multiple_of(4));
        let mut noise = Noise(0x9e37_79b9_7f4a_7c15 ^ (u64::from(source) + 1));
        let frames = (0..count).map(|number| moving(source, size, number, count, &mut noise)).collect();
        let flashes = (0..4).map(|number| flash(source, size, number)).collect();
        Self { size, frames, flashes }
    }
}

fn triangle(position: usize, period: usize) -> i32 {
    let phase = position % period;
    let half = period / 2;
    (if phase < half { phase } else { period - phase }) as i32 * 64 / half as i32
}

fn moving(source: u8, size: Size, number: usize, count: usize, noise: &mut Noise) -> Vec<u8> {
    let Size { width, height } = size;
    let top = strip::rows(height);
    let mut frame = Vec::with_capacity(width * (height - top) + width * height / 2);
    let shift = width * number / count;
    let bar = (width / 5 + shift) % width;
    for y in top..height {
        let row = frame.len();
        for x in 0..width {
            let wave = triangle(x + shift + y / 2, width) + triangle(2 * y + height * number / count, height);
            let grain = (noise.next() % 3) as i32 - 1;
            let sharp = if (x + width - bar) % width < width / 16 && y > height / 3 { 50 } else { 0 };
            frame.push((60 + wave + grain + sharp).clamp(16, 235) as u8);
        }
        mark(&mut frame[row..], source, width, number);
    }
    let tint = [[96, 150], [160, 108], [110, 110], [150, 160]][usize::from(source % 4)];
    for base in tint {
        for y in 0..height / 2 {
            let slope = triangle(y + shift / 2, height) / 4;
            for x in 0..width / 2 {
                let value = base + slope + triangle(x, width) / 8 - 12;
                frame.push(if y < top / 2 || x < width / strip::CELLS / 2 { 128 } else { value as u8 });
            }
        }
    }
    frame
}

fn flash(source: u8, size: Size, number: usize) -> Vec<u8> {
    let Size { width, height } = size;
    let mut frame = vec![strip::WHITE; width * (height - strip::rows(height))];
    for row in frame.chunks_mut(width) {
        mark(row, source, width, number);
    }
    frame.resize(frame.len() + width * height / 2, 128);
    frame
}

/// Writes one row's piece of the column.
fn mark(row: &mut [u8], source: u8, width: usize, number: usize) {
    let end = strip::edge(width, 1);
    row[..end / 2].fill(strip::level(usize::from(source)));
    row[end / 2..end].fill(strip::level(number));
}

/// What one region of a picture shows.
#[derive(Debug, Clone)]
pub struct Look {
    /// What its strip says; `None` while two pictures are mixed, and for any other picture.
    pub code: Option<Code>,
    /// Mean luma of the camera's half of the column, from top to bottom.
    pub source_column: [f32; COLUMN],
    /// Mean luma of the number's half of the column, from top to bottom.
    pub number_column: [f32; COLUMN],
    /// Mean luma of the rest (without strip and column): above 200 is a flash.
    pub luma: f32,
}

/// Furthest a column's place may lie from its level; levels are 73 apart, coding costs some.
const TOLERANCE: f32 = 26.0;

impl Look {
    /// Looks at a region of a picture's luma, rows of `size.width` bytes.
    pub fn at(luma: &[u8], size: Size, region: Region) -> Self {
        let mean = |x0: f64, x1: f64, y0: f64, y1: f64| mean(luma, size, region, [x0, x1, y0, y1]);
        let strip_end = 32.0 / 720.0;
        let cell = 1.0 / strip::CELLS as f64;
        let mut cells = [0.0; strip::CELLS];
        for (index, value) in cells.iter_mut().enumerate() {
            let x = index as f64 * cell;
            *value = mean(x + cell * 0.3, x + cell * 0.7, strip_end * 0.2, strip_end * 0.8);
        }
        let below = strip_end * 1.3;
        let step = (1.0 - below) / COLUMN as f64;
        let column = |x: f64| {
            std::array::from_fn(|place| {
                let y = below + place as f64 * step;
                mean(x, x + cell * 0.2, y + step * 0.15, y + step * 0.85)
            })
        };
        Self {
            code: strip::decode(&cells),
            source_column: column(cell * 0.15),
            number_column: column(cell * 0.65),
            luma: mean(0.1, 0.9, 0.2, 0.9),
        }
    }

    /// The camera, if the strip can be read.
    pub fn source(&self) -> Option<u8> {
        self.code.map(|code| code.source)
    }

    /// Put together from more than one frame or camera.
    pub fn torn(&self) -> bool {
        let uneven = |column: &[f32; COLUMN]| {
            let mean = column.iter().sum::<f32>() / COLUMN as f32;
            column.iter().any(|level| (level - mean).abs() > TOLERANCE)
        };
        let other = self.code.is_some_and(|code| {
            let level = f32::from(strip::level(usize::from(code.source)));
            self.source_column.iter().any(|seen| (seen - level).abs() > TOLERANCE)
        });
        uneven(&self.source_column) || uneven(&self.number_column) || other
    }

    /// The frame's number modulo 4; `None` where the column says none, as in any other picture.
    pub fn number(&self) -> Option<u8> {
        let mean = self.number_column.iter().sum::<f32>() / COLUMN as f32;
        (0..4).find(|number| (f32::from(strip::level(usize::from(*number))) - mean).abs() < TOLERANCE)
    }

    /// Level of the camera's column, 16..=235: halfway in a fade between two cameras' levels.
    pub fn level(&self) -> f32 {
        self.source_column.iter().sum::<f32>() / COLUMN as f32
    }

    /// The whole picture is white.
    pub fn flash(&self) -> bool {
        self.luma > 200.0
    }
}

/// Mean luma of a part (left, right, top, bottom in fractions) of a region; at least one pixel.
fn mean(luma: &[u8], size: Size, region: Region, part: [f64; 4]) -> f32 {
    let span = |from: f64, to: f64, all: usize| {
        let first = ((from * all as f64).round() as usize).min(all - 1);
        first..((to * all as f64).round() as usize).clamp(first + 1, all)
    };
    let columns = span(region.x + part[0] * region.width, region.x + part[1] * region.width, size.width);
    let rows = span(region.y + part[2] * region.height, region.y + part[3] * region.height, size.height);
    let count = columns.len() * rows.len();
    let sum: u64 = rows
        .map(|y| {
            luma[y * size.width + columns.start..y * size.width + columns.end]
                .iter()
                .map(|&v| u64::from(v))
                .sum::<u64>()
        })
        .sum();
    sum as f32 / count as f32
}

/// Mean luma of a region of a picture.
pub fn luma_of(luma: &[u8], size: Size, region: Region) -> f32 {
    mean(luma, size, region, [0.0, 1.0, 0.0, 1.0])
}
