//! `plateau devices`

use clap::Args;
use gstreamer::{self as gst, prelude::*};
use serde::Serialize;

use super::{Exit, Failure};
use crate::{
    config::terminal_language,
    protocol::{Fault, Problem},
};

/// Lists the cameras and microphones of this machine, each as a block for the configuration.
#[derive(Args)]
pub struct Devices {
    /// As a JSON array.
    #[arg(long)]
    json: bool,
}

/// A camera or a microphone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Device {
    id: String,
    label: String,
    kind: &'static str,
    device: String,
}

impl Devices {
    /// Lists them.
    pub fn main(self) -> Result<(), Failure> {
        let devices = find().map_err(|error| {
            let (fr, en) = (
                format!("Les périphériques ne peuvent pas être cherchés ({error})."),
                format!("Devices cannot be looked for ({error})."),
            );
            Failure::new(Exit::Failed, &Problem::new("devices_failed", Fault::Ours, fr, en))
        })?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&devices).expect("texts alone"));
        } else if devices.is_empty() {
            eprintln!("{}", match terminal_language() {
                "fr" => "Aucune caméra, aucun micro. Branchez-les, puis recommencez.",
                _ => "No camera, no microphone. Plug them in, then try again.",
            });
        } else {
            print!("{}", devices.iter().map(block).collect::<Vec<_>>().join("\n"));
        }
        Ok(())
    }
}

fn find() -> Result<Vec<Device>, gst::glib::BoolError> {
    gst::init().map_err(|error| gst::glib::bool_error!("{error}"))?;
    let monitor = gst::DeviceMonitor::new();
    for class in ["Video/Source", "Audio/Source"] {
        monitor.add_filter(Some(class), None);
    }
    monitor.start()?;
    let found = monitor.devices();
    monitor.stop();
    let mut devices: Vec<Device> = Vec::new();
    for device in found {
        let Some((kind, name)) = address(&device) else { continue };
        if devices.iter().any(|known| known.kind == kind && known.device == name) {
            continue;
        }
        let stem = if device.has_classes("Video/Source") { "cam" } else { "mic" };
        let n = devices.iter().filter(|known| known.id.starts_with(stem)).count() + 1;
        devices.push(Device { id: format!("{stem}{n}"), label: device.display_name().into(), kind, device: name });
    }
    Ok(devices)
}

/// The kind of source and what its key `device` must be; `None` for what is no input of its own,
/// such as the monitor of a loudspeaker.
fn address(device: &gst::Device) -> Option<(&'static str, String)> {
    let monitor = device.properties().and_then(|about| about.get::<String>("device.class").ok());
    if monitor.is_some_and(|class| class == "monitor") {
        return None;
    }
    let element = device.create_element(None).ok()?;
    let (kind, key) = match element.factory()?.name().as_str() {
        "v4l2src" => ("v4l2", "device"),
        "alsasrc" => ("alsa", "device"),
        "pulsesrc" => ("pulse", "device"),
        "pipewiresrc" => ("pipewire", "target-object"),
        _ => return None,
    };
    element.find_property(key)?;
    Some((kind, element.property::<Option<String>>(key)?))
}

fn block(device: &Device) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let Device { id, label, kind, device } = device;
    let (label, device) = (quoted(label), quoted(device));
    format!("[[source]]\nid = \"{id}\"\nlabel = {label}\nkind = \"{kind}\"\ndevice = {device}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_toml_whatever_the_device_is_called() {
        let device = Device {
            id: "cam1".into(),
            label: "HD \"Pro\"\\ caméra\n2".into(),
            kind: "v4l2",
            device: "/dev/video0".into(),
        };
        let table: toml::Table = block(&device).parse().unwrap();
        let source = table["source"][0].as_table().unwrap();
        assert_eq!(source["label"].as_str(), Some(device.label.as_str()));
        assert_eq!(source["device"].as_str(), Some("/dev/video0"));
        assert_eq!(source["kind"].as_str(), Some("v4l2"));
    }
}
