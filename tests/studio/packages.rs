//! A machine on which a package of GStreamer is missing.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use gstreamer::{self as gst, prelude::*};
use tempfile::TempDir;

use crate::support::studio::{Setup, Studio};

/// The file of the plugin that holds an element.
fn plugin(element: &str) -> PathBuf {
    let factory = gst::ElementFactory::find(element).unwrap_or_else(|| panic!("{element} is not installed"));
    factory.plugin().unwrap().filename().unwrap()
}

/// All plugins but the one that burns the time of day into the test picture.
#[test]
fn a_source_that_lacks_a_package_names_it() {
    gst::init().unwrap();
    let folder = TempDir::new().unwrap();
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    for element in [
        "queue",
        "appsrc",
        "audioconvert",
        "audioresample",
        "audiotestsrc",
        "videotestsrc",
        "videoconvertscale",
        "videoflip",
        "deinterlace",
        "x264enc",
        "avenc_aac",
        "h264parse",
        "aacparse",
    ] {
        let file = plugin(element);
        // Some are in the same plugin.
        let _ = symlink(&file, plugins.join(file.file_name().unwrap()));
    }
    let setup = Setup::small()
        .with("[[source]]\nid = \"cam1\"\nlabel = \"Caméra 1\"\nkind = \"test\"\n")
        .env("GST_PLUGIN_SYSTEM_PATH_1_0", plugins.to_str().unwrap())
        .env("GST_REGISTRY_1_0", folder.path().join("registry").to_str().unwrap());
    let studio = Studio::start(&setup);
    let state =
        studio.wait_for("a problem of the source", 10.0, |state| !state["sources"]["cam1"]["problem"].is_null());
    let problem = &state["sources"]["cam1"]["problem"];
    assert_eq!(problem["code"], "missing_element", "{problem}");
    for language in ["fr", "en"] {
        let text = problem["text"][language].as_str().unwrap();
        assert!(text.contains("clockoverlay") && text.contains("apt install gstreamer1.0-x)"), "{text}");
    }
}
