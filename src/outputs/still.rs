//! One picture of any scene, on air or not, for whoever asks for one.

use bytes::Bytes;

use super::monitors::Monitors;
use crate::{
    media::{Picture, PicturePool, jpeg},
    mix::compose::{Composer, FrameRect, SourceRect, black},
    mix::place,
    protocol::Scene,
};

impl Monitors {
    /// `scene` as it looks now, graphics aside, or, without one, the program; a JPEG of `quality`
    /// (1..=100) of `size` pixels. Takes milliseconds: not for async threads. `None`: no picture has
    /// come yet.
    pub fn still(&self, scene: Option<&Scene>, size: (u32, u32), quality: i32) -> Option<Bytes> {
        let size = (size.0.max(8) & !1, size.1.max(8) & !1);
        let pool = PicturePool::new(size.0, size.1)?;
        let mut composer = Composer::default();
        let picture = match scene {
            None => {
                let program = self.newest_program()?;
                pool.draw(0, |canvas| {
                    composer.draw(canvas, &program.planes(), whole(&program), FrameRect::whole(size));
                })?
            }
            Some(scene) => {
                let layers: Vec<_> =
                    scene.layers.iter().filter_map(|layer| Some((layer, self.newest(&layer.source)?))).collect();
                if layers.is_empty() {
                    return None;
                }
                pool.draw(0, |canvas| {
                    black(canvas);
                    for (layer, picture) in &layers {
                        let (from, to) = place(layer, (picture.width(), picture.height()), size);
                        composer.draw(canvas, &picture.planes(), from, to);
                    }
                })?
            }
        };
        jpeg::compress(&mut jpeg::compressor(quality)?, &picture).map(Bytes::from)
    }
}

fn whole(picture: &Picture) -> SourceRect {
    SourceRect { x: 0.0, y: 0.0, width: f64::from(picture.width()), height: f64::from(picture.height()) }
}
