"""An RTSP camera: serves what a Matroska camera on TCP sends, as H.264 and AAC.  rtsp_server.py MATROSKA_PORT
Prints the port it listens on."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f"( tcpclientsrc host=127.0.0.1 port={int(sys.argv[1])} ! matroskademux name=d "
    "d.video_0 ! queue ! videoconvert ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=4000 key-int-max=25 ! rtph264pay name=pay0 pt=96 "
    "d.audio_0 ! queue ! audioconvert ! avenc_aac ! rtpmp4gpay name=pay1 pt=97 )"
)
factory.set_shared(True)
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
