//! Stills: a poster out of a clip's key frames, a photo out of a picture of the studio.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    sync::mpsc,
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use mp4_atom::{Atom, Codec};

use super::cut::CutError;
use crate::media::{Picture, jpeg};
use crate::mp4::{Sample, Tables};

/// Of a JPEG, 1..=100: hardly to be told from the picture itself.
const QUALITY: i32 = 88;
/// Pictures that are looked at for a poster.
const CANDIDATES: usize = 8;
/// For all of them to be decoded.
const PATIENCE: Duration = Duration::from_secs(10);
/// As JPEG means colours: BT.601, full range.
const JPEG: &str = "videoconvert ! video/x-raw,format=I420,colorimetry=(string)1:4:0:0 ! \
                    appsink name=out sync=false";

/// The best of a clip's key frames as a JPEG, with its time in milliseconds. `wanted`: the one at or
/// before this time instead.
pub fn poster(path: &Path, tables: &Tables, wanted: Option<u64>) -> Result<(Vec<u8>, u64), CutError> {
    let keys: Vec<&Sample> = tables.picture.samples.iter().filter(|sample| sample.key).collect();
    let start = tables.picture.samples[0].at;
    let time = |sample: &Sample| tables.picture.nanoseconds(sample.at - start) / 1_000_000;
    let chosen: Vec<&Sample> = match wanted {
        Some(wanted) => {
            keys.iter().rev().find(|key| time(key) <= wanted).or(keys.first()).copied().into_iter().collect()
        }
        None => {
            // The first picture is often a hand on its way to a microphone.
            let later = if keys.len() > 2 { &keys[1..] } else { &keys[..] };
            let step = later.len().div_ceil(CANDIDATES).max(1);
            later.iter().step_by(step).copied().collect()
        }
    };
    let pictures = decode(path, tables, &chosen)?;
    let best = pictures.iter().zip(&chosen).max_by(|(a, _), (b, _)| score(a).total_cmp(&score(b)));
    let (picture, sample) = best.ok_or(CutError::Empty)?;
    Ok((compress(picture).ok_or(CutError::Empty)?, time(sample)))
}

/// A picture of the studio as a JPEG.
pub fn photo(picture: &Picture) -> Option<Vec<u8>> {
    let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::I420, picture.width(), picture.height())
        .fps(gst::Fraction::new(25, 1))
        .colorimetry(&"bt709".parse().ok()?)
        .build()
        .ok()?;
    let caps = info.to_caps().ok()?;
    let mut pictures = convert("appsrc name=in", &caps, vec![picture.to_buffer(0, 40_000_000)]).ok()?;
    compress(&pictures.pop()?)
}

fn decode(path: &Path, tables: &Tables, samples: &[&Sample]) -> Result<Vec<Picture>, CutError> {
    let Codec::Avc1(avc) = &tables.picture.codec else { return Err(CutError::NoPicture) };
    let mut config = Vec::new();
    avc.avcc.encode_body(&mut config)?;
    let caps = gst::Caps::builder("video/x-h264")
        .field("stream-format", "avc")
        .field("alignment", "au")
        .field("width", i32::from(avc.visual.width))
        .field("height", i32::from(avc.visual.height))
        .field("framerate", gst::Fraction::new(25, 1))
        .field("codec_data", gst::Buffer::from_mut_slice(config))
        .build();
    let mut file = File::open(path)?;
    let mut buffers = Vec::new();
    for (second, sample) in samples.iter().enumerate() {
        let mut data = vec![0; sample.size as usize];
        file.seek(SeekFrom::Start(sample.offset))?;
        file.read_exact(&mut data)?;
        let mut buffer = gst::Buffer::from_mut_slice(data);
        // Of a new buffer nobody else holds a reference.
        if let Some(stamped) = buffer.get_mut() {
            let at = gst::ClockTime::from_seconds(second as u64);
            stamped.set_pts(at);
            stamped.set_dts(at);
        }
        buffers.push(buffer);
    }
    convert("appsrc name=in ! h264parse ! avdec_h264 max-threads=1", &caps, buffers)
}

/// Pushes buffers through a decoder, and takes what comes out.
fn convert(front: &str, caps: &gst::Caps, buffers: Vec<gst::Buffer>) -> Result<Vec<Picture>, CutError> {
    let broken = |error: &dyn std::fmt::Display| CutError::Io(std::io::Error::other(error.to_string()));
    let pipeline = gst::parse::launch(&format!("{front} ! {JPEG}")).map_err(|error| broken(&error))?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().map_err(|_| broken(&"no pipeline"))?;
    let part = |name| pipeline.by_name(name).ok_or_else(|| broken(&"no such element"));
    let source = part("in")?.downcast::<gst_app::AppSrc>().map_err(|_| broken(&"no appsrc"))?;
    let sink = part("out")?.downcast::<gst_app::AppSink>().map_err(|_| broken(&"no appsink"))?;
    source.set_format(gst::Format::Time);
    source.set_caps(Some(caps));
    let (sender, pictures) = mpsc::channel();
    let ended = sender.clone();
    let take = move |sink: &gst_app::AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let picture = sample.caps().and_then(|caps| gst_video::VideoInfo::from_caps(caps).ok());
        let picture = picture.zip(sample.buffer_owned()).and_then(|(info, buffer)| Picture::new(buffer, &info, 0));
        let _ = sender.send(picture);
        Ok(gst::FlowSuccess::Ok)
    };
    let end = move |_: &gst_app::AppSink| drop(ended.send(None));
    sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(take).eos(end).build());
    let played = pipeline.set_state(gst::State::Playing);
    for buffer in buffers {
        // Fails only when the pipeline has failed: nothing will come out then.
        let _ = source.push_buffer(buffer);
    }
    let _ = source.end_of_stream();
    let mut taken = Vec::new();
    if played.is_ok() {
        while let Ok(Some(picture)) = pictures.recv_timeout(PATIENCE) {
            taken.push(picture);
        }
    }
    let _ = pipeline.set_state(gst::State::Null);
    if taken.is_empty() { Err(broken(&"no picture could be decoded")) } else { Ok(taken) }
}

/// How good a picture stands for a clip: sharp, neither dark nor glaring.
fn score(picture: &Picture) -> f64 {
    let plane = picture.plane(0);
    let (mut sharp, mut bright, mut count) = (0.0, 0.0, 0.0);
    for y in (2..plane.height.saturating_sub(2)).step_by(4) {
        let row = |y: usize| &plane.data[y * plane.stride..];
        for x in (2..plane.width.saturating_sub(2)).step_by(4) {
            let at = |x: usize, y: usize| f64::from(row(y)[x]);
            let edge = 4.0 * at(x, y) - at(x - 2, y) - at(x + 2, y) - at(x, y - 2) - at(x, y + 2);
            sharp += edge.abs();
            bright += at(x, y);
            count += 1.0;
        }
    }
    if count == 0.0 {
        return 0.0;
    }
    let bright = bright / count;
    let light = (bright / 60.0).min(1.0) * ((255.0 - bright) / 40.0).min(1.0);
    // Noise is not sharpness: beyond some detail more of it counts little.
    (sharp / count).sqrt() * light
}

fn compress(picture: &Picture) -> Option<Vec<u8>> {
    jpeg::compress(&mut jpeg::compressor(QUALITY)?, picture)
}
