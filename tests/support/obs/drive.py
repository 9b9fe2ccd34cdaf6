"""Drives a show with obsws-python: HOST PORT PASSWORD. Says what is wrong and exits 1, or "done"."""

import base64
import logging
import sys
import threading
import time

import obsws_python as obs

# Refusals that are wanted are no errors.
logging.getLogger("obsws_python").setLevel(logging.CRITICAL)
host, port, password = sys.argv[1], int(sys.argv[2]), sys.argv[3]
seen, news = [], threading.Condition()


def listener(name):
    """A callback of the library's naming for the event `name`."""

    def note(data):
        with news:
            seen.append((name, data))
            news.notify_all()

    note.__name__ = f"on_{name}"
    return note


def wait(name, wanted=lambda data: True, seconds=15):
    """Waits for an event, and forgets it and those before it."""
    end = time.monotonic() + seconds
    with news:
        while True:
            for at, (found, data) in enumerate(seen):
                if found == name and wanted(data):
                    del seen[: at + 1]
                    return data
            if not news.wait(end - time.monotonic()):
                sys.exit(f"{name} did not come in {seconds} s; there came {[found for found, _ in seen]}")


def equal(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}: {found!r} instead of {wanted!r}")


def refused(code, call):
    try:
        call()
    except obs.error.OBSSDKRequestError as error:
        return equal(error.code, code, "the code of a refusal")
    sys.exit(f"{call} was not refused")


try:
    obs.ReqClient(host=host, port=port, password="wrong", timeout=5)
    sys.exit("a wrong password opened")
except obs.error.OBSSDKError:
    pass

requests = obs.ReqClient(host=host, port=port, password=password, timeout=10)
events = obs.EventClient(host=host, port=port, password=password)
names = [
    "current_program_scene_changed", "current_preview_scene_changed", "scene_transition_started",
    "scene_transition_ended", "input_mute_state_changed", "input_volume_changed", "stream_state_changed",
    "record_state_changed", "studio_mode_state_changed", "current_scene_transition_changed",
    "current_scene_transition_duration_changed", "custom_event", "scene_list_changed",
]
events.callback.register([listener(name) for name in names])

version = requests.get_version()
equal(version.rpc_version, 1, "rpcVersion")
for request in ["GetSceneList", "SetCurrentProgramScene", "GetSourceScreenshot", "Sleep"]:
    if request not in version.available_requests:
        sys.exit(f"{request} is not announced")
equal(requests.get_video_settings().base_width, 640, "baseWidth")
if requests.get_stats().available_disk_space <= 0:
    sys.exit("no disk space")

scenes = requests.get_scene_list()
equal([scene["sceneName"] for scene in reversed(scenes.scenes)], ["cam1", "cam2", "duo"], "scenes")
equal(scenes.current_program_scene_name, "cam1", "the scene on air")
equal(len(requests.get_scene_item_list("duo").scene_items), 2, "layers of duo")
equal([item["inputName"] for item in requests.get_input_list().inputs], ["cam1", "cam2"], "inputs")
refused(600, lambda: requests.set_current_program_scene("nowhere"))
refused(600, lambda: requests.get_input_mute("nobody"))

# Direct: a tap is on air.
requests.set_current_program_scene("cam2")
equal(requests.get_current_program_scene().scene_name, "cam2", "the scene on air")
wait("current_program_scene_changed", lambda data: data.scene_name == "cam2")

# Preview, then take by a fade.
requests.set_studio_mode_enabled(False)
wait("studio_mode_state_changed", lambda data: data.studio_mode_enabled is False)
refused(506, lambda: requests.get_current_preview_scene())
requests.set_studio_mode_enabled(True)
wait("studio_mode_state_changed", lambda data: data.studio_mode_enabled is True)
equal(
    [item["transitionName"] for item in requests.get_scene_transition_list().transitions],
    ["Cut", "Fade", "Wipe"],
    "transitions",
)
requests.set_current_scene_transition("Fade")
wait("current_scene_transition_changed", lambda data: data.transition_name == "Fade")
requests.set_current_scene_transition_duration(200)
wait("current_scene_transition_duration_changed", lambda data: data.transition_duration == 200)
equal(requests.get_current_scene_transition().transition_duration, 200, "the fade's duration")
requests.set_current_preview_scene("duo")
equal(requests.get_current_preview_scene().scene_name, "duo", "the scene in preview")
wait("current_preview_scene_changed", lambda data: data.scene_name == "duo")
requests.trigger_studio_mode_transition()
wait("scene_transition_started", lambda data: data.transition_name == "Fade")
wait("current_program_scene_changed", lambda data: data.scene_name == "duo")
wait("scene_transition_ended", lambda data: data.transition_name == "Fade")
equal(requests.get_current_program_scene().current_program_scene_name, "duo", "the scene on air")
equal(requests.get_current_preview_scene().scene_name, "cam2", "what can be cut back to")

# Sound.
requests.set_input_mute("cam1", True)
equal(requests.get_input_mute("cam1").input_muted, True, "mute")
wait("input_mute_state_changed", lambda data: data.input_name == "cam1" and data.input_muted)
equal(requests.toggle_input_mute("cam1").input_muted, False, "mute toggled")
requests.set_input_volume("cam1", vol_db=-6.0)
volume = requests.get_input_volume("cam1")
equal((round(volume.input_volume_db, 3), round(volume.input_volume_mul, 3)), (-6.0, 0.501), "volume")
wait("input_volume_changed", lambda data: round(data.input_volume_db, 3) == -6.0)
requests.set_input_volume("cam1", vol_mul=1.0)
equal(round(requests.get_input_volume("cam1").input_volume_db, 3), 0.0, "volume by factor")
refused(402, lambda: requests.set_input_volume("cam1", vol_db=200.0))

# Stream and recording.
refused(501, requests.stop_stream)
requests.start_stream()
wait("stream_state_changed", lambda data: data.output_state == "OBS_WEBSOCKET_OUTPUT_STARTED")
equal(requests.get_stream_status().output_active, True, "the stream")
refused(500, requests.start_stream)
requests.start_record()
wait("record_state_changed", lambda data: data.output_state == "OBS_WEBSOCKET_OUTPUT_STARTED" and data.output_active)
equal(requests.get_record_status().output_active, True, "the recording")
time.sleep(1)
requests.stop_record()
path = wait("record_state_changed", lambda data: data.output_state == "OBS_WEBSOCKET_OUTPUT_STOPPED").output_path
equal(requests.get_record_status().output_active, False, "the recording")
equal(requests.toggle_stream().output_active, False, "the stream toggled")
wait("stream_state_changed", lambda data: data.output_state == "OBS_WEBSOCKET_OUTPUT_STOPPED")

# Pictures.
for name, kind, magic in [("duo", "jpg", b"\xff\xd8"), ("cam1", "png", b"\x89PNG")]:
    data = requests.get_source_screenshot(name, kind, 320, 320, -1).image_data
    head, _, body = data.partition(",")
    if not head.startswith("data:image/") or not base64.b64decode(body).startswith(magic):
        sys.exit(f"{data[:60]} is no {kind}")

requests.broadcast_custom_event({"eventData": {"bell": 3}})
equal(wait("custom_event").bell, 3, "what was broadcast")
events.disconnect()
requests.disconnect()
print("recorded", path)
print("done")
