//! A description becomes elements; one that this machine lacks is told with its Debian package.

use gstreamer::{self as gst, prelude::*};

use crate::protocol::Problem;

/// The Debian package of each element that the descriptions under pipelines/ name. Left out are those that
/// every machine with this program has (`libgstreamer1.0-0`, our own), and hardware encoders, which are only
/// used where they are found.
const PACKAGES: [(&str, &[&str]); 8] = [
    (
        "gstreamer1.0-plugins-base",
        &[
            "appsink",
            "appsrc",
            "audioconvert",
            "audioresample",
            "audiotestsrc",
            "decodebin",
            "opusdec",
            "tcpclientsrc",
            "uridecodebin",
            "videoconvert",
            "videoconvertscale",
            "videorate",
            "videotestsrc",
        ],
    ),
    (
        "gstreamer1.0-plugins-good",
        &[
            "aacparse",
            "deinterlace",
            "flvmux",
            "matroskademux",
            "mp4mux",
            "pulsesrc",
            "rtph264depay",
            "rtpopusdepay",
            "rtpvp8depay",
            "v4l2src",
            "videoflip",
            "vp8dec",
        ],
    ),
    (
        "gstreamer1.0-plugins-bad",
        &["h264parse", "mpegtsmux", "rtmp2sink", "rtmp2src", "srtsink", "srtsrc", "webrtcbin"],
    ),
    ("gstreamer1.0-plugins-ugly", &["x264enc"]),
    ("gstreamer1.0-libav", &["avdec_h264", "avenc_aac"]),
    ("gstreamer1.0-x", &["clockoverlay"]),
    ("gstreamer1.0-alsa", &["alsasrc"]),
    ("gstreamer1.0-pipewire", &["pipewiresrc"]),
];

/// The elements of a description: a pipeline, or the one element that it names.
///
/// # Errors
/// `missing_element` where GStreamer lacks one, `bad_description` for anything else that is wrong with it.
pub fn launch(name: &str, description: &str) -> Result<gst::Element, Problem> {
    let mut context = gst::ParseContext::new();
    gst::parse::launch_full(description, Some(&mut context), gst::ParseFlags::FATAL_ERRORS)
        .map_err(|error| refused(name, &context, &error))
}

/// The same as a bin to be added to a pipeline; `ghost_pads` for the ends that the description leaves open.
///
/// # Errors
/// As [`launch`].
pub fn bin(name: &str, description: &str, ghost_pads: bool) -> Result<gst::Bin, Problem> {
    let mut context = gst::ParseContext::new();
    let flags = gst::ParseFlags::FATAL_ERRORS;
    let bin = gst::parse::bin_from_description_full(description, ghost_pads, Some(&mut context), flags)
        .map_err(|error| refused(name, &context, &error))?;
    Ok(bin.downcast().expect("GStreamer makes a bin of it"))
}

fn refused(name: &str, context: &gst::ParseContext, error: &gst::glib::Error) -> Problem {
    // GStreamer also lists elements that it has, when something else about them is wrong.
    let lacking = |element: &String| gst::ElementFactory::find(element).is_none();
    match context.missing_elements().iter().find(|element| lacking(element)) {
        Some(element) => missing(name, element),
        None => Problem::operator(
            "bad_description",
            format!("La description de « {name} » n'est pas valable : {error}. Comparez-la à celle d'origine."),
            format!("The description of {name} is not valid: {error}. Compare it with the original."),
        ),
    }
}

fn missing(name: &str, element: &str) -> Problem {
    let Some(package) = package_of(element) else {
        return Problem::operator(
            "missing_element",
            format!(
                "« {name} » a besoin de l'élément GStreamer « {element} », que cet ordinateur n'a pas. Corrigez son nom dans la description, ou installez le paquet qui le contient et relancez le studio."
            ),
            format!(
                "{name} needs the GStreamer element {element}, which this computer does not have. Correct its name in the description, or install the package that holds it and start the studio again."
            ),
        );
    };
    Problem::operator(
        "missing_element",
        format!(
            "« {name} » a besoin de l'élément GStreamer « {element} », que cet ordinateur n'a pas. Installez le paquet {package} (sudo apt install {package}), puis relancez le studio."
        ),
        format!(
            "{name} needs the GStreamer element {element}, which this computer does not have. Install the package {package} (sudo apt install {package}), then start the studio again."
        ),
    )
}

/// The Debian package that holds an element of our descriptions.
fn package_of(element: &str) -> Option<&'static str> {
    PACKAGES.iter().find(|(_, elements)| elements.contains(&element)).map(|(package, _)| *package)
}

#[cfg(test)]
mod tests;
