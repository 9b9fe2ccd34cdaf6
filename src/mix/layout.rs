//! Where a layer's picture comes from and where it goes, in whole samples.

pub use plateau_pixels::{FrameRect, SourceRect};

use crate::protocol::{Fit, Layer};

/// What of a `source` picture is shown where in a `frame`; sizes in pixels.
pub fn place(layer: &Layer, source: (u32, u32), frame: (u32, u32)) -> (SourceRect, FrameRect) {
    let (width, height) = (f64::from(source.0), f64::from(source.1));
    let crop = layer.crop;
    let mut from = SourceRect {
        x: crop.left * width,
        y: crop.top * height,
        width: ((1.0 - crop.left - crop.right) * width).max(2.0),
        height: ((1.0 - crop.top - crop.bottom) * height).max(2.0),
    };
    from.x = from.x.clamp(0.0, (width - from.width).max(0.0));
    from.y = from.y.clamp(0.0, (height - from.height).max(0.0));

    let (frame_width, frame_height) = (f64::from(frame.0), f64::from(frame.1));
    let (mut x, mut y) = (layer.x * frame_width, layer.y * frame_height);
    let (mut w, mut h) = (layer.width * frame_width, layer.height * frame_height);
    let (shape, hole) = (from.width / from.height, w / h);
    match layer.fit {
        Fit::Contain if shape > hole => {
            let used = w / shape;
            y += (h - used) / 2.0;
            h = used;
        }
        Fit::Contain => {
            let used = h * shape;
            x += (w - used) / 2.0;
            w = used;
        }
        Fit::Cover if shape > hole => {
            let used = from.height * hole;
            from.x += (from.width - used) / 2.0;
            from.width = used;
        }
        Fit::Cover => {
            let used = from.width / hole;
            from.y += (from.height - used) / 2.0;
            from.height = used;
        }
    }
    (from, enclosed(x, y, w, h, frame))
}

/// Rounded to even pixels and kept inside the frame.
fn enclosed(x: f64, y: f64, width: f64, height: f64, frame: (u32, u32)) -> FrameRect {
    let even = |value: f64| ((value / 2.0).round().max(0.0) as u32) * 2;
    let (left, top) = (even(x).min(frame.0 - 2), even(y).min(frame.1 - 2));
    let (right, bottom) = (even(x + width).min(frame.0), even(y + height).min(frame.1));
    FrameRect { x: left, y: top, width: (right.max(left + 2)) - left, height: (bottom.max(top + 2)) - top }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Crop;

    fn layer(fit: Fit, x: f64, width: f64) -> Layer {
        Layer { source: "a".into(), x, y: 0.0, width, height: 1.0, fit, crop: Crop::default() }
    }

    #[test]
    fn a_portrait_picture_is_not_stretched() {
        let (from, to) = place(&layer(Fit::Contain, 0.0, 1.0), (720, 1280), (1280, 720));
        assert_eq!((from.width, from.height), (720.0, 1280.0));
        assert_eq!(to, FrameRect { x: 438, y: 0, width: 404, height: 720 });
    }

    #[test]
    fn cover_fills_the_rectangle_and_cuts_the_edges() {
        let (from, to) = place(&layer(Fit::Cover, 0.5, 0.5), (1280, 720), (1280, 720));
        assert_eq!(to, FrameRect { x: 640, y: 0, width: 640, height: 720 });
        assert_eq!((from.x, from.width, from.height), (320.0, 640.0, 720.0));
    }

    #[test]
    fn crop_comes_first() {
        let mut half = layer(Fit::Contain, 0.0, 1.0);
        half.crop = Crop { left: 0.25, right: 0.25, ..Crop::default() };
        let (from, to) = place(&half, (1280, 720), (1280, 720));
        assert_eq!((from.x, from.width), (320.0, 640.0));
        assert_eq!((to.x, to.width), (320, 640));
    }

    #[test]
    fn nothing_leaves_the_frame() {
        for x in 0..50 {
            let odd = Layer { width: 0.013, height: 0.007, y: 0.999, ..layer(Fit::Cover, f64::from(x) * 0.02, 0.0) };
            let (_, to) = place(&odd, (640, 480), (640, 360));
            assert!(to.x + to.width <= 640 && to.y + to.height <= 360 && to.width >= 2 && to.height >= 2);
        }
    }
}
