//! The least real switcher: three live cameras, input-selector, one x264, RTMP and a fragmented MP4.
//! The number of the camera to show comes by stdin, a line each.

use std::io::BufRead;

use gstreamer::{self as gst, prelude::*};

use crate::floor;

/// First argument of such a process; then the RTMP address, the file and the cameras' ports.
pub const WORD: &str = "selector";

/// The process itself: switches until its stdin ends.
pub fn run(arguments: &[String]) {
    gst::init().expect("GStreamer starts");
    let (address, file, ports) = (&arguments[0], &arguments[1], &arguments[2..]);
    let mut description = String::from("input-selector name=select sync-streams=false ");
    for (index, port) in ports.iter().enumerate() {
        description += &format!(
            "tcpclientsrc host=127.0.0.1 port={port} do-timestamp=false ! matroskademux name=d{index} \
             d{index}.video_0 ! queue max-size-buffers=3 ! identity sync=true ! select.sink_{index} "
        );
        description += &if index == 0 {
            "d0.audio_0 ! queue ! audioconvert name=sound ".to_owned()
        } else {
            format!("d{index}.audio_0 ! fakesink sync=false async=false ")
        };
    }
    description += &format!("select. ! queue ! {}", floor::tail(address, file));
    let pipeline = gst::parse::launch(&description).expect("the description is right");
    let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a description makes a pipeline");
    let select = pipeline.by_name("select").expect("it is in the description");
    pipeline.set_state(gst::State::Playing).expect("the pipeline starts");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let pad = select.static_pad(&format!("sink_{}", line.trim())).expect("a camera's number");
        select.set_property("active-pad", &pad);
    }
    let _ = pipeline.set_state(gst::State::Null);
}
