//! Pictures of scenes and inputs, on air or not.

use base64::{Engine, engine::general_purpose::STANDARD};
use resvg::tiny_skia::{IntSize, Pixmap};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::{
    Answer, Fields, Refusal,
    scenes::{Source, source},
    status,
};
use crate::{protocol::Scene, remote::show::Show};

/// The source that is the picture on air, graphics included; no scene or input has this id.
const PROGRAM: &str = "program";
/// JPEG quality where the client leaves it to us.
const QUALITY: f64 = 80.0;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Jpeg,
    Png,
}

/// `GetSourceScreenshot`
pub async fn take(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let scene = wanted(show, fields)?;
    let (format, kind) = match fields.text("imageFormat")? {
        "jpg" | "jpeg" => (Format::Jpeg, "jpeg"),
        "png" => (Format::Png, "png"),
        _ => return Err(Refusal::new(status::INVALID_FIELD, "There are the image formats jpg and png.")),
    };
    let side = |name| fields.optional_number(name, 8.0, 4096.0);
    let size = size_of(show, side("imageWidth")?, side("imageHeight")?);
    let quality = fields.optional_number("imageCompressionQuality", -1.0, 100.0)?.filter(|quality| *quality >= 0.0);
    let quality = match format {
        Format::Jpeg => quality.unwrap_or(QUALITY) as i32,
        Format::Png => 100,
    };
    let monitors = show.studio.monitors().clone();
    let made = spawn_blocking(move || {
        let jpeg = monitors.still(scene.as_ref(), size, quality)?;
        match format {
            Format::Jpeg => Some(STANDARD.encode(&jpeg)),
            Format::Png => Some(STANDARD.encode(png(&jpeg)?)),
        }
    });
    let none = || Refusal::new(status::PROCESSING_FAILED, "No picture has come from this source yet.");
    let data = made.await.ok().flatten().ok_or_else(none)?;
    Ok(json!({ "imageData": format!("data:image/{kind};base64,{data}") }))
}

/// The scene to draw; `None`: the program.
fn wanted(show: &Show, fields: &Fields<'_>) -> Result<Option<Scene>, Refusal> {
    if fields.optional_text("sourceName")? == Some(PROGRAM) {
        return Ok(None);
    }
    match source(&show.state, fields)? {
        Source::Scene(scene) => Ok(Some(scene.clone())),
        Source::Input(_) => Err(Refusal::new(status::INVALID_RESOURCE_STATE, "This input has sound alone.")),
    }
}

/// As large as fits into what was asked for, in the frame's own shape.
fn size_of(show: &Show, width: Option<f64>, height: Option<f64>) -> (u32, u32) {
    let studio = &show.state.studio;
    let (whole_width, whole_height) = (f64::from(studio.width), f64::from(studio.height));
    let scales = [width.map(|width| width / whole_width), height.map(|height| height / whole_height)];
    let scale = scales.into_iter().flatten().reduce(f64::min).unwrap_or(1.0);
    ((whole_width * scale).round() as u32, (whole_height * scale).round() as u32)
}

fn png(jpeg: &[u8]) -> Option<Vec<u8>> {
    let image = turbojpeg::decompress(jpeg, turbojpeg::PixelFormat::RGBA).ok()?;
    let size = IntSize::from_wh(image.width.try_into().ok()?, image.height.try_into().ok()?)?;
    // Rows may be padded.
    let rows = image.pixels.chunks(image.pitch).flat_map(|row| &row[..image.width * 4]).copied().collect();
    Pixmap::from_vec(rows, size)?.encode_png().ok()
}
