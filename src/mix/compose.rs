//! Drawing on a frame: pictures scaled into rectangles, graphics blended, two frames crossed.
//!
//! Everything works on the three planes of I420 and knows nothing of GStreamer's elements or of time.

use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedCroppedImageMut, TypedImage, TypedImageRef},
    pixels::U8,
};

pub use super::layout::SourceRect;
use super::layout::FrameRect;
use crate::media::{Picture, Plane, PlaneMut};

/// A graphic ready to be blended: I420 with an alpha plane, on even pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Where it goes.
    pub rect: FrameRect,
    /// Y, U, V; the last two at half size.
    pub planes: [Vec<u8>; 3],
    /// 0 (nothing) to 255, at the size of Y and at half size.
    pub alpha: [Vec<u8>; 2],
}

/// Black, in Y, U and V (BT.709, limited range).
const BLACK: [u8; 3] = [16, 128, 128];

/// Scales pictures into frames; keeps its buffers between frames.
pub struct Composer {
    resizer: Resizer,
    options: ResizeOptions,
}

impl Default for Composer {
    fn default() -> Self {
        Self {
            resizer: Resizer::new(),
            options: ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false),
        }
    }
}

impl Composer {
    /// Draws the part `from` of a picture into `to`.
    pub fn draw(&mut self, canvas: &mut [PlaneMut<'_>; 3], picture: &Picture, from: SourceRect, to: FrameRect) {
        for (index, target) in canvas.iter_mut().enumerate() {
            let half = if index == 0 { 1 } else { 2 };
            let source = picture.plane(index);
            let scale = f64::from(half);
            let from = SourceRect {
                x: from.x / scale,
                y: from.y / scale,
                width: from.width / scale,
                height: from.height / scale,
            };
            let to = FrameRect { x: to.x / half, y: to.y / half, width: to.width / half, height: to.height / half };
            if from.width == f64::from(to.width)
                && from.height == f64::from(to.height)
                && from.x.fract() == 0.0
                && from.y.fract() == 0.0
            {
                copy(source, (from.x as usize, from.y as usize), target, to);
            } else {
                self.scale(source, from, target, to);
            }
        }
    }

    fn scale(&mut self, source: Plane<'_>, from: SourceRect, target: &mut PlaneMut<'_>, to: FrameRect) {
        let scaled = (|| {
            // The typed views compile for one pixel format only; the others take minutes.
            let rows = source.height.min(source.data.len() / source.stride);
            let image = TypedImageRef::<U8>::from_buffer(source.stride as u32, rows as u32, source.data).ok()?;
            let width = from.width.min(source.width as f64);
            let height = from.height.min(rows as f64);
            let x = from.x.min(source.width as f64 - width);
            let y = from.y.min(rows as f64 - height);
            let (stride, lines) = (target.stride as u32, target.height as u32);
            let whole = TypedImage::<U8>::from_buffer(stride, lines, target.data).ok()?;
            let mut hole = TypedCroppedImageMut::new(whole, to.x, to.y, to.width, to.height).ok()?;
            let options = self.options.crop(x, y, width, height);
            self.resizer.resize_typed(&image, &mut hole, Some(&options)).ok()
        })();
        debug_assert!(scaled.is_some(), "{from:?} into {to:?}");
    }
}

fn copy(source: Plane<'_>, at: (usize, usize), target: &mut PlaneMut<'_>, to: FrameRect) {
    let width = to.width as usize;
    for row in 0..to.height as usize {
        let from = (at.1 + row) * source.stride + at.0;
        let into = (to.y as usize + row) * target.stride + to.x as usize;
        target.data[into..into + width].copy_from_slice(&source.data[from..from + width]);
    }
}

/// Fills the frame with black.
pub fn black(canvas: &mut [PlaneMut<'_>; 3]) {
    for (plane, value) in canvas.iter_mut().zip(BLACK) {
        plane.data.fill(value);
    }
}

/// Copies a whole picture of the frame's size.
pub fn copy_all(canvas: &mut [PlaneMut<'_>; 3], picture: &Picture) {
    for (index, plane) in canvas.iter_mut().enumerate() {
        let to = FrameRect { x: 0, y: 0, width: plane.width as u32, height: plane.height as u32 };
        copy(picture.plane(index), (0, 0), plane, to);
    }
}

/// Blends a graphic, at `opacity` 0..=256.
pub fn blend(canvas: &mut [PlaneMut<'_>; 3], overlay: &Overlay, opacity: u16) {
    for (index, plane) in canvas.iter_mut().enumerate() {
        let half = if index == 0 { 1 } else { 2 };
        let (x, y) = (overlay.rect.x as usize / half, overlay.rect.y as usize / half);
        let (width, height) = (overlay.rect.width as usize / half, overlay.rect.height as usize / half);
        let alpha = &overlay.alpha[usize::from(index > 0)];
        for row in 0..height.min(plane.height.saturating_sub(y)) {
            let into = (y + row) * plane.stride + x;
            let line = row * width..(row + 1) * width;
            let under = &mut plane.data[into..into + width];
            for ((under, over), alpha) in
                under.iter_mut().zip(&overlay.planes[index][line.clone()]).zip(&alpha[line])
            {
                // 0..=255 to 0..=256, so that opaque is exact.
                let weight = u32::from(*alpha) + (u32::from(*alpha) >> 7);
                let weight = (weight * u32::from(opacity) >> 8) as u16;
                *under = cross(*under, *over, weight);
            }
        }
    }
}

/// `a` where `weight` is 0, `b` where it is 256.
fn cross(a: u8, b: u8, weight: u16) -> u8 {
    ((u16::from(a) * (256 - weight) + u16::from(b) * weight + 128) >> 8) as u8
}

/// Draws `new` over what is on the canvas: everywhere at `weight` (0..=256).
pub fn fade(canvas: &mut [PlaneMut<'_>; 3], new: &Picture, weight: u16) {
    for (index, plane) in canvas.iter_mut().enumerate() {
        let source = new.plane(index);
        let (width, stride) = (plane.width, plane.stride);
        for row in 0..plane.height.min(source.height) {
            let under = &mut plane.data[row * stride..row * stride + width];
            let over = &source.data[row * source.stride..row * source.stride + width];
            for (under, over) in under.iter_mut().zip(over) {
                *under = cross(*under, *over, weight);
            }
        }
    }
}

/// Draws `new` over what is on the canvas: its left part, up to `share` (0..=1) of the width.
pub fn wipe(canvas: &mut [PlaneMut<'_>; 3], new: &Picture, share: f64) {
    for (index, plane) in canvas.iter_mut().enumerate() {
        let half = if index == 0 { 2 } else { 1 };
        let chroma = (plane.width / half) as f64 * share.clamp(0.0, 1.0);
        let width = (chroma.round() as u32 * half as u32).min(plane.width as u32);
        copy(new.plane(index), (0, 0), plane, FrameRect { x: 0, y: 0, width, height: plane.height as u32 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{self, PicturePool};

    fn grey(pool: &PicturePool, luma: u8) -> Picture {
        pool.draw(0, |planes| {
            planes[0].data.fill(luma);
            planes[1].data.fill(128);
            planes[2].data.fill(128);
        })
        .unwrap()
    }

    fn luma(picture: &Picture, x: usize, y: usize) -> u8 {
        let plane = picture.plane(0);
        plane.data[y * plane.stride + x]
    }

    #[test]
    fn a_scaled_picture_fills_its_rectangle_and_nothing_else() {
        media::init().unwrap();
        let (small, big) = (PicturePool::new(34, 18).unwrap(), PicturePool::new(128, 72).unwrap());
        let source = grey(&small, 200);
        let to = FrameRect { x: 10, y: 6, width: 50, height: 40 };
        let mut composer = Composer::default();
        let drawn = big
            .draw(0, |canvas| {
                black(canvas);
                composer.draw(canvas, &source, SourceRect { x: 0.0, y: 0.0, width: 34.0, height: 18.0 }, to);
            })
            .unwrap();
        for (x, y, expected) in [(9, 6, 16), (10, 6, 200), (59, 45, 200), (60, 45, 16), (10, 46, 16), (127, 71, 16)] {
            assert_eq!(luma(&drawn, x, y), expected, "at {x},{y}");
        }
    }

    #[test]
    fn fades_and_wipes_end_exactly_on_the_new_picture() {
        media::init().unwrap();
        let pool = PicturePool::new(64, 36).unwrap();
        let (old, new) = (grey(&pool, 40), grey(&pool, 220));
        let with = |draw: &dyn Fn(&mut [PlaneMut<'_>; 3])| {
            pool.draw(0, |canvas| {
                copy_all(canvas, &old);
                draw(canvas);
            })
            .unwrap()
        };
        let mut last = 0;
        for weight in (0..=256).step_by(16) {
            let value = luma(&with(&|canvas| fade(canvas, &new, weight)), 5, 5);
            assert!(value >= last, "a fade never turns back");
            last = value;
        }
        assert_eq!(last, 220);
        let half = with(&|canvas| wipe(canvas, &new, 0.5));
        assert_eq!((luma(&half, 31, 9), luma(&half, 32, 9)), (220, 40));
        assert_eq!(luma(&with(&|canvas| wipe(canvas, &new, 1.0)), 63, 35), 220);
    }

    #[test]
    fn an_opaque_graphic_covers_exactly() {
        media::init().unwrap();
        let pool = PicturePool::new(64, 36).unwrap();
        let rect = FrameRect { x: 8, y: 4, width: 16, height: 8 };
        let overlay = Overlay {
            rect,
            planes: [vec![77; 128], vec![99; 32], vec![11; 32]],
            alpha: [vec![255; 128], vec![255; 32]],
        };
        let old = grey(&pool, 200);
        let drawn = pool
            .draw(0, |canvas| {
                copy_all(canvas, &old);
                blend(canvas, &overlay, 256);
            })
            .unwrap();
        assert_eq!([luma(&drawn, 7, 4), luma(&drawn, 8, 4), luma(&drawn, 23, 11), luma(&drawn, 24, 11)], [200, 77, 77, 200]);
        let chroma = drawn.plane(2);
        assert_eq!(chroma.data[2 * chroma.stride + 4], 11);
    }
}
