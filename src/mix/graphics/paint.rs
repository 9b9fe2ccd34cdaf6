//! From what resvg draws (sRGB, premultiplied) to what the mixer blends (I420, BT.709, limited range).

use resvg::tiny_skia::{Pixmap, PremultipliedColorU8};

use crate::{
    media::PlaneMut,
    mix::compose::{FrameRect, Overlay},
};

/// Y, U and V of a colour, each of R, G and B 0..=255.
fn luma(r: f32, g: f32, b: f32) -> u8 {
    (16.0 + 219.0 / 255.0 * brightness(r, g, b)).round() as u8
}

fn chroma(r: f32, g: f32, b: f32) -> [u8; 2] {
    let y = brightness(r, g, b);
    [(b - y) / 1.8556, (r - y) / 1.5748].map(|difference| (128.0 + 224.0 / 255.0 * difference).round() as u8)
}

fn brightness(r: f32, g: f32, b: f32) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Straight colour of premultiplied sums; black where there is nothing.
fn straight(sum: [u32; 3], alpha: u32) -> [f32; 3] {
    if alpha == 0 { [0.0; 3] } else { sum.map(|value| value as f32 * 255.0 / alpha as f32) }
}

fn sums(pixel: PremultipliedColorU8) -> ([u32; 3], u32) {
    ([pixel.red().into(), pixel.green().into(), pixel.blue().into()], pixel.alpha().into())
}

/// The planes and alphas of a part of a pixmap; the rectangle is even and within it.
fn convert(pixmap: &Pixmap, rect: FrameRect) -> ([Vec<u8>; 3], [Vec<u8>; 2]) {
    let (width, height) = (rect.width as usize, rect.height as usize);
    let (half_width, half_height) = (width / 2, height / 2);
    let stride = pixmap.width() as usize;
    let pixels = &pixmap.pixels()[rect.y as usize * stride + rect.x as usize..];
    let (mut y, mut alpha) = (vec![16; width * height], vec![0; width * height]);
    let (mut u, mut v) = (vec![128; half_width * half_height], vec![128; half_width * half_height]);
    let mut half_alpha = vec![0; half_width * half_height];
    for row in 0..half_height {
        for column in 0..half_width {
            let (mut sum, mut opacity) = ([0; 3], 0);
            for (down, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let (line, place) = (2 * row + down, 2 * column + right);
                let (colour, a) = sums(pixels[line * stride + place]);
                for (sum, value) in sum.iter_mut().zip(colour) {
                    *sum += value;
                }
                opacity += a;
                if a > 0 {
                    let [r, g, b] = straight(colour, a);
                    y[line * width + place] = luma(r, g, b);
                    alpha[line * width + place] = a as u8;
                }
            }
            if opacity > 0 {
                let [r, g, b] = straight(sum, opacity);
                let at = row * half_width + column;
                [u[at], v[at]] = chroma(r, g, b);
                half_alpha[at] = ((opacity + 2) / 4) as u8;
            }
        }
    }
    ([y, u, v], [alpha, half_alpha])
}

/// What is drawn, cropped to the smallest even rectangle around it (2×2 where nothing is drawn).
/// The pixmap's sides are even.
pub(super) fn overlay(pixmap: &Pixmap) -> Overlay {
    let stride = pixmap.width() as usize;
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    for (row, line) in pixmap.pixels().chunks_exact(stride).enumerate() {
        let Some(first) = line.iter().position(|pixel| pixel.alpha() > 0) else { continue };
        let last = line.iter().rposition(|pixel| pixel.alpha() > 0).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last));
        (top, bottom) = (top.min(row), row);
    }
    if left == usize::MAX {
        (left, top) = (0, 0);
    }
    let (x, y) = ((left & !1) as u32, (top & !1) as u32);
    let rect = FrameRect { x, y, width: (right as u32 | 1) + 1 - x, height: (bottom as u32 | 1) + 1 - y };
    let (planes, alpha) = convert(pixmap, rect);
    Overlay { rect, planes, alpha }
}

/// Fills a frame of the pixmap's size; what is transparent becomes black.
pub(super) fn picture(pixmap: &Pixmap, canvas: &mut [PlaneMut<'_>; 3]) {
    let whole = FrameRect { x: 0, y: 0, width: pixmap.width(), height: pixmap.height() };
    let (planes, _) = convert(pixmap, whole);
    for (target, plane) in canvas.iter_mut().zip(&planes) {
        for (line, from) in target.data.chunks_mut(target.stride).zip(plane.chunks_exact(target.width)) {
            line[..target.width].copy_from_slice(from);
        }
    }
}
