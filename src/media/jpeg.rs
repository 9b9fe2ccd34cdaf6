//! Pictures as JPEG, straight from their planes.

use turbojpeg::{Compressor, Subsamp, YuvPlanesImage};

use super::Picture;

/// A compressor of this quality, 1..=100; worth keeping for the next picture.
pub fn compressor(quality: i32) -> Option<Compressor> {
    let mut compressor = Compressor::new().ok()?;
    compressor.set_quality(quality.clamp(1, 100)).ok()?;
    Some(compressor)
}

/// The picture as it is, without a conversion. `None`: the library refuses it.
pub fn compress(compressor: &mut Compressor, picture: &Picture) -> Option<Vec<u8>> {
    let [y, u, v] = picture.planes();
    let image = YuvPlanesImage {
        y_plane: y.data,
        u_plane: u.data,
        v_plane: v.data,
        width: y.width,
        height: y.height,
        y_stride: y.stride,
        u_stride: u.stride,
        v_stride: v.stride,
        subsamp: Subsamp::Sub2x2,
    };
    compressor.compress_yuv_planes_to_vec(&image).ok()
}
