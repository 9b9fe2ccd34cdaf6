//! The program, the machine, and what belongs to no other topic.

use serde_json::{Map, Value, json};

use super::{Answer, Fields, NAMES, Refusal, status};
use crate::{
    protocol::Command,
    remote::{
        OBS_VERSION, OBS_WEBSOCKET_VERSION, RPC_VERSION,
        events::{Notice, intent},
        names,
        show::Show,
    },
};

/// The vendor whose requests are the studio's own commands.
const VENDOR: &str = "open-plateau";
/// The one profile there is.
const PROFILE: &str = "Open Plateau";

/// `GetVersion`
pub fn version(show: &Show) -> Answer {
    let requests: Vec<_> = NAMES.iter().copied().chain(["Sleep"]).collect();
    Ok(json!({
        "obsVersion": OBS_VERSION,
        "obsWebSocketVersion": OBS_WEBSOCKET_VERSION,
        "rpcVersion": RPC_VERSION,
        "availableRequests": requests,
        "supportedImageFormats": ["jpg", "jpeg", "png"],
        "platform": "debian",
        "platformDescription": format!("Open Plateau {}", show.state.studio.version),
    }))
}

/// `GetStats`, but for what the session counts itself.
pub async fn stats(show: &Show) -> Answer {
    let (studio, health) = (&show.state.studio, &show.state.health);
    let seconds = crate::media::unix_ms().saturating_sub(studio.started_at) / 1000;
    let frames = seconds * u64::from(studio.framerate);
    Ok(json!({
        "cpuUsage": health.cpu_percent,
        "memoryUsage": memory_mb().await,
        "availableDiskSpace": health.disk_free_bytes as f64 / 1e6,
        "activeFps": studio.framerate,
        "averageFrameRenderTime": 0.0,
        "renderSkippedFrames": 0,
        "renderTotalFrames": frames,
        "outputSkippedFrames": health.frames_dropped,
        "outputTotalFrames": frames,
    }))
}

/// Resident memory of this process (proc(5), `/proc/pid/status`).
async fn memory_mb() -> f64 {
    let text = tokio::fs::read_to_string("/proc/self/status").await.unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kb.unwrap_or_default() / 1000.0
}

/// `BroadcastCustomEvent`
pub fn broadcast(show: &Show, fields: &Fields<'_>) -> Answer {
    let data = fields.required("eventData")?;
    if !data.is_object() {
        return Err(Refusal::new(status::INVALID_FIELD_TYPE, "The field value of `eventData` must be an object."));
    }
    show.desk.announce(Notice::new(intent::GENERAL, "CustomEvent", data.clone()));
    Ok(Value::Null)
}

/// `CallVendorRequest`: any command of the studio's own websocket, such as `slate` with `{"on":true}`
/// or `title_show`, so that a button can do what that protocol has no word for.
pub async fn vendor(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let (vendor, request) = (fields.text("vendorName")?, fields.text("requestType")?);
    if vendor != VENDOR {
        return Err(Refusal::new(status::NOT_FOUND, format!("The only vendor here is `{VENDOR}`.")));
    }
    let invalid = |reason: String| Refusal::new(status::INVALID_FIELD, reason);
    let data = match fields.get("requestData").cloned() {
        Some(Value::Object(data)) => data,
        None => Map::new(),
        Some(_) => return Err(invalid("The field value of `requestData` must be an object.".into())),
    };
    let command = Command::read(request, data).ok_or_else(|| invalid(format!("There is no command `{request}`.")))?;
    match command.map_err(|error| invalid(error.to_string()))? {
        Command::Studio(command) => show.command(command).await?,
        Command::Archive(command) => show.archive_command(command).await?,
        Command::Connection(_) => return Err(invalid("This command belongs to the panel's own websocket.".into())),
    }
    Ok(json!({ "vendorName": VENDOR, "requestType": request, "responseData": {} }))
}

/// `GetHotkeyList`
pub fn hotkeys() -> Answer {
    Ok(json!({ "hotkeys": [] }))
}

/// `GetProfileList`
pub fn profiles() -> Answer {
    Ok(json!({ "currentProfileName": PROFILE, "profiles": [PROFILE] }))
}

/// `GetSceneCollectionList`: the event.
pub fn collections(show: &Show) -> Answer {
    let title = &show.state.studio.title;
    Ok(json!({ "currentSceneCollectionName": title, "sceneCollections": [title] }))
}

/// `GetCanvasList`: the programme.
pub fn canvases(show: &Show) -> Answer {
    let canvas = json!({
        "canvasName": "Main",
        "canvasUuid": names::uuid("canvas", "main"),
        "canvasFlags": { "MAIN": true, "ACTIVATE": true, "MIX_AUDIO": true, "SCENE_REF": true, "EPHEMERAL": false },
        "canvasVideoSettings": video(show)?,
    });
    Ok(json!({ "canvases": [canvas] }))
}

/// `GetVideoSettings`
pub fn video(show: &Show) -> Answer {
    let studio = &show.state.studio;
    Ok(json!({
        "fpsNumerator": studio.framerate, "fpsDenominator": 1,
        "baseWidth": studio.width, "baseHeight": studio.height,
        "outputWidth": studio.width, "outputHeight": studio.height,
    }))
}

/// `GetMonitorList`: the machine's screens are not the studio's affair.
pub fn monitors() -> Answer {
    Ok(json!({ "monitors": [] }))
}

/// `GetStreamServiceSettings`: addresses and keys never leave the configuration.
pub fn service() -> Answer {
    Ok(json!({ "streamServiceType": "rtmp_custom", "streamServiceSettings": {} }))
}

/// `GetRecordDirectory`, relative to the data folder.
pub fn record_directory() -> Answer {
    Ok(json!({ "recordDirectory": "recordings" }))
}

/// `GetStudioModeEnabled`
pub fn studio_mode(show: &Show) -> Answer {
    Ok(json!({ "studioModeEnabled": show.desk.studio_mode() }))
}

/// `SetStudioModeEnabled`
pub fn set_studio_mode(show: &Show, fields: &Fields<'_>) -> Answer {
    show.desk.set_studio_mode(fields.flag("studioModeEnabled")?);
    Ok(Value::Null)
}
