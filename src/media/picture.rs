//! A decoded picture: I420, square pixels, any even size; shared, never copied on its way.

use std::{fmt, sync::Arc};

use gstreamer::{self as gst, prelude::*};
use gstreamer_video::{self as gst_video, prelude::*};

use super::Ns;

pub use plateau_pixels::{Plane, PlaneMut};

/// An I420 picture (BT.709, limited range). Cloning shares it.
#[derive(Clone)]
pub struct Picture {
    frame: Arc<gst_video::VideoFrame<gst_video::video_frame::Readable>>,
    /// Running time at which it was captured (placed on the studio's clock).
    pub captured: Ns,
}

impl Picture {
    /// Reads a buffer of I420 video; `None` where it does not hold what `info` says.
    pub fn new(buffer: gst::Buffer, info: &gst_video::VideoInfo, captured: Ns) -> Option<Self> {
        if info.format() != gst_video::VideoFormat::I420 {
            return None;
        }
        let frame = gst_video::VideoFrame::from_buffer_readable(buffer, info).ok()?;
        Some(Self { frame: Arc::new(frame), captured })
    }

    /// The same picture at another time.
    pub fn at(mut self, captured: Ns) -> Self {
        self.captured = captured;
        self
    }

    /// Pixels.
    pub fn width(&self) -> u32 {
        self.frame.width()
    }

    /// Pixels.
    pub fn height(&self) -> u32 {
        self.frame.height()
    }

    /// Plane 0 (Y), 1 (U) or 2 (V).
    pub fn plane(&self, index: usize) -> Plane<'_> {
        let stride = self.frame.plane_stride()[index] as usize;
        Plane {
            data: self.frame.plane_data(index as u32).expect("I420 has three planes"),
            stride,
            width: self.frame.comp_width(index as u32) as usize,
            height: self.frame.comp_height(index as u32) as usize,
        }
    }

    /// All three planes.
    pub fn planes(&self) -> [Plane<'_>; 3] {
        [self.plane(0), self.plane(1), self.plane(2)]
    }

    /// A buffer sharing this picture's memory, stamped for an encoder.
    pub fn to_buffer(&self, pts: Ns, duration: Ns) -> gst::Buffer {
        let mut buffer = self.frame.buffer().copy();
        let stamped = buffer.make_mut();
        stamped.set_pts(gst::ClockTime::from_nseconds(pts));
        stamped.set_dts(gst::ClockTime::NONE);
        stamped.set_duration(gst::ClockTime::from_nseconds(duration));
        stamped.set_offset(u64::MAX);
        stamped.set_offset_end(u64::MAX);
        stamped.unset_flags(gst::BufferFlags::all());
        buffer
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}x{} at {})", self.width(), self.height(), self.captured)
    }
}

/// Makes pictures of one size, reusing their memory.
pub struct PicturePool {
    pool: gst::BufferPool,
    info: gst_video::VideoInfo,
}

impl PicturePool {
    /// Pictures of this size in pixels; `None` where GStreamer refuses it.
    pub fn new(width: u32, height: u32) -> Option<Self> {
        let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::I420, width, height).build().ok()?;
        let pool = gst_video::VideoBufferPool::new();
        let mut config = pool.config();
        config.set_params(Some(&info.to_caps().ok()?), info.size() as u32, 0, 0);
        pool.set_config(config).ok()?;
        pool.set_active(true).ok()?;
        Some(Self { pool: pool.upcast(), info })
    }

    /// A picture drawn by `draw`, which is given its three planes (with old content in them).
    pub fn draw(&self, captured: Ns, draw: impl FnOnce(&mut [PlaneMut<'_>; 3])) -> Option<Picture> {
        let buffer = self.pool.acquire_buffer(None).ok()?;
        let mut frame = gst_video::VideoFrame::from_buffer_writable(buffer, &self.info).ok()?;
        let sizes: [(usize, usize, usize); 3] = std::array::from_fn(|index| {
            (
                frame.plane_stride()[index] as usize,
                frame.comp_width(index as u32) as usize,
                frame.comp_height(index as u32) as usize,
            )
        });
        {
            let [y, u, v, _] = frame.planes_data_mut();
            let plane = |data, (stride, width, height)| PlaneMut { data, stride, width, height };
            draw(&mut [plane(y, sizes[0]), plane(u, sizes[1]), plane(v, sizes[2])]);
        }
        Picture::new(frame.into_buffer(), &self.info, captured)
    }
}

impl Drop for PicturePool {
    fn drop(&mut self) {
        let _ = self.pool.set_active(false);
    }
}
