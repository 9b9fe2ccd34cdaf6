//! Drawing on a frame: pictures scaled into rectangles, graphics blended, two frames crossed.
//!
//! Everything works on the three planes of I420 and knows nothing of GStreamer's elements or of time.

use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedCroppedImageMut, TypedImage, TypedImageRef},
    pixels::U8,
};

/// One plane, read only: `height` rows, `stride` bytes apart, `width` bytes long.
#[derive(Clone, Copy)]
pub struct Plane<'a> {
    /// The rows.
    pub data: &'a [u8],
    /// Bytes from one row to the next, at least `width`.
    pub stride: usize,
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// One plane, to be drawn on.
pub struct PlaneMut<'a> {
    /// The rows.
    pub data: &'a mut [u8],
    /// Bytes from one row to the next, at least `width`.
    pub stride: usize,
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A part of a source picture, in pixels with fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceRect {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// Greater than 0.
    pub width: f64,
    /// Greater than 0.
    pub height: f64,
}

/// A part of the frame, in pixels, all even (so that chroma falls on whole samples).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRect {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// At least 2.
    pub width: u32,
    /// At least 2.
    pub height: u32,
}

impl FrameRect {
    /// The whole frame.
    pub fn whole(frame: (u32, u32)) -> Self {
        Self { x: 0, y: 0, width: frame.0, height: frame.1 }
    }
}

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
    pub fn draw(&mut self, canvas: &mut [PlaneMut<'_>; 3], picture: &[Plane<'_>; 3], from: SourceRect, to: FrameRect) {
        for (index, target) in canvas.iter_mut().enumerate() {
            let half = if index == 0 { 1 } else { 2 };
            let source = picture[index];
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
pub fn copy_all(canvas: &mut [PlaneMut<'_>; 3], picture: &[Plane<'_>; 3]) {
    for (index, plane) in canvas.iter_mut().enumerate() {
        let to = FrameRect { x: 0, y: 0, width: plane.width as u32, height: plane.height as u32 };
        copy(picture[index], (0, 0), plane, to);
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
            for ((under, over), alpha) in under.iter_mut().zip(&overlay.planes[index][line.clone()]).zip(&alpha[line]) {
                // 0..=255 to 0..=256, so that opaque is exact.
                let weight = u32::from(*alpha) + (u32::from(*alpha) >> 7);
                let weight = ((weight * u32::from(opacity)) >> 8) as u16;
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
pub fn fade(canvas: &mut [PlaneMut<'_>; 3], new: &[Plane<'_>; 3], weight: u16) {
    for (index, plane) in canvas.iter_mut().enumerate() {
        let source = new[index];
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
pub fn wipe(canvas: &mut [PlaneMut<'_>; 3], new: &[Plane<'_>; 3], share: f64) {
    for (index, plane) in canvas.iter_mut().enumerate() {
        let half = if index == 0 { 2 } else { 1 };
        let chroma = (plane.width / half) as f64 * share.clamp(0.0, 1.0);
        let width = (chroma.round() as u32 * half as u32).min(plane.width as u32);
        copy(new[index], (0, 0), plane, FrameRect { x: 0, y: 0, width, height: plane.height as u32 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of its own memory.
    struct Frame {
        planes: [Vec<u8>; 3],
        size: (usize, usize),
    }

    impl Frame {
        fn grey(width: usize, height: usize, luma: u8) -> Self {
            let half = width * height / 4;
            Self { planes: [vec![luma; width * height], vec![128; half], vec![128; half]], size: (width, height) }
        }

        fn planes(&self) -> [Plane<'_>; 3] {
            std::array::from_fn(|index| {
                let half = if index == 0 { 1 } else { 2 };
                let (width, height) = (self.size.0 / half, self.size.1 / half);
                Plane { data: &self.planes[index], stride: width, width, height }
            })
        }

        fn draw(&mut self, draw: impl FnOnce(&mut [PlaneMut<'_>; 3])) -> &Self {
            let (width, height) = self.size;
            let [y, u, v] = &mut self.planes;
            let plane =
                |data, half| PlaneMut { data, stride: width / half, width: width / half, height: height / half };
            draw(&mut [plane(y, 1), plane(u, 2), plane(v, 2)]);
            self
        }

        fn luma(&self, x: usize, y: usize) -> u8 {
            self.planes[0][y * self.size.0 + x]
        }
    }

    #[test]
    fn a_scaled_picture_fills_its_rectangle_and_nothing_else() {
        let source = Frame::grey(34, 18, 200);
        let to = FrameRect { x: 10, y: 6, width: 50, height: 40 };
        let mut composer = Composer::default();
        let mut big = Frame::grey(128, 72, 0);
        big.draw(|canvas| {
            black(canvas);
            composer.draw(canvas, &source.planes(), SourceRect { x: 0.0, y: 0.0, width: 34.0, height: 18.0 }, to);
        });
        for (x, y, expected) in [(9, 6, 16), (10, 6, 200), (59, 45, 200), (60, 45, 16), (10, 46, 16), (127, 71, 16)] {
            assert_eq!(big.luma(x, y), expected, "at {x},{y}");
        }
    }

    #[test]
    fn fades_and_wipes_end_exactly_on_the_new_picture() {
        let new = Frame::grey(64, 36, 220);
        let old = || Frame::grey(64, 36, 40);
        let mut last = 0;
        for weight in (0..=256).step_by(16) {
            let value = old().draw(|canvas| fade(canvas, &new.planes(), weight)).luma(5, 5);
            assert!(value >= last, "a fade never turns back");
            last = value;
        }
        assert_eq!(last, 220);
        let mut half = old();
        half.draw(|canvas| wipe(canvas, &new.planes(), 0.5));
        assert_eq!((half.luma(31, 9), half.luma(32, 9)), (220, 40));
        assert_eq!(old().draw(|canvas| wipe(canvas, &new.planes(), 1.0)).luma(63, 35), 220);
    }

    #[test]
    fn an_opaque_graphic_covers_exactly() {
        let rect = FrameRect { x: 8, y: 4, width: 16, height: 8 };
        let overlay = Overlay {
            rect,
            planes: [vec![77; 128], vec![99; 32], vec![11; 32]],
            alpha: [vec![255; 128], vec![255; 32]],
        };
        let mut frame = Frame::grey(64, 36, 200);
        frame.draw(|canvas| blend(canvas, &overlay, 256));
        let seen = [(7, 4), (8, 4), (23, 11), (24, 11)].map(|(x, y)| frame.luma(x, y));
        assert_eq!(seen, [200, 77, 77, 200]);
        assert_eq!(frame.planes[2][2 * 32 + 4], 11);
    }
}
