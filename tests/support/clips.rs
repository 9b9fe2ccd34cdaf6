//! Files as people bring them: other rates, shapes, sizes and sounds than the studio's.

use std::{path::Path, process::Command};

use super::process::output;

/// A kind of file that a player must cope with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clip {
    /// 640×360 at 25, 48 kHz stereo: the studio's own format.
    Plain,
    /// A telephone's: frame times that vary between 20 and 60 ms.
    VariableRate,
    /// 720×576 interlaced, 25 frames a second, pixels 64:45 (PAL 16:9).
    InterlacedAnamorphic,
    /// 360×640, upright.
    Portrait,
    /// 44.1 kHz, one channel.
    Mono44,
    /// 5.1 channels at 48 kHz.
    Surround,
    /// 30000/1001 frames a second.
    Ntsc,
    /// No sound at all.
    Silent,
}

impl Clip {
    /// Every kind.
    pub const ALL: [Clip; 8] = [
        Clip::Plain,
        Clip::VariableRate,
        Clip::InterlacedAnamorphic,
        Clip::Portrait,
        Clip::Mono44,
        Clip::Surround,
        Clip::Ntsc,
        Clip::Silent,
    ];

    /// A name for its file.
    pub fn name(self) -> String {
        format!("{self:?}.mp4").to_lowercase()
    }

    /// Writes `seconds` of it: a light grey picture with a white square of 0.4 of its (displayed)
    /// height in its middle, and a tone of 800 Hz in every channel.
    pub fn write(self, folder: &Path, seconds: u32) -> std::path::PathBuf {
        let path = folder.join(self.name());
        // Width and height as stored, pixel aspect, rate.
        let (width, height, aspect, rate) = match self {
            Clip::InterlacedAnamorphic => (720, 576, 64.0 / 45.0, "50"),
            Clip::Portrait => (360, 640, 1.0, "30"),
            Clip::Ntsc => (640, 360, 1.0, "30000/1001"),
            Clip::VariableRate => (640, 360, 1.0, "50"),
            _ => (640, 360, 1.0, "25"),
        };
        let shown = f64::from(width) * aspect;
        let side = 0.4 * f64::from(height).min(shown);
        let (square_width, square_height) = ((side / aspect).round(), side.round());
        let mut picture = format!(
            "color=0x606060:size={width}x{height}:rate={rate},drawbox=x=(iw-{square_width})/2:y=(ih-{square_height})/2:w={square_width}:h={square_height}:color=white:t=fill,format=yuv420p"
        );
        match self {
            Clip::InterlacedAnamorphic => picture.push_str(",interlace=lowpass=0,setsar=64/45"),
            // Keeps one, then skips one, then skips two: 20, 40, 60 ms.
            Clip::VariableRate => picture.push_str(",select='eq(mod(n,6),0)+eq(mod(n,6),1)+eq(mod(n,6),3)'"),
            _ => {}
        }
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &picture]);
        let (rate, channels) = match self {
            Clip::Mono44 => (44_100, "mono"),
            Clip::Surround => (48_000, "5.1"),
            _ => (48_000, "stereo"),
        };
        let tone = format!("sine=frequency=800:sample_rate={rate},volume=12dB,aformat=channel_layouts=mono");
        let tone = match channels {
            "mono" => tone,
            "stereo" => format!("{tone},pan=stereo|c0=c0|c1=c0"),
            _ => format!("{tone},pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"),
        };
        if self == Clip::Silent {
            command.args(["-map", "0:v"]);
        } else {
            command.args(["-f", "lavfi", "-i", &tone, "-map", "0:v", "-map", "1:a", "-c:a", "aac"]);
        }
        command.args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "25"]);
        if self == Clip::InterlacedAnamorphic {
            command.args(["-flags", "+ilme+ildct"]);
        }
        if self == Clip::VariableRate {
            command.args(["-fps_mode", "vfr"]);
        }
        command.args(["-t", &seconds.to_string()]).arg(&path);
        output(&mut command);
        path
    }
}
