//! What a client may ask: one file a topic, one line a request.

mod fields;
mod general;
mod inputs;
mod outputs;
mod scenes;
mod screenshot;
mod transitions;

pub use fields::{Fields, Refusal, status};

use serde_json::Value;

use super::show::Show;

/// `responseData` (null: none), or why not.
pub type Answer = Result<Value, Refusal>;

/// Names that are known, and the function that answers each.
macro_rules! requests {
    (|$show:ident, $fields:ident| { $($name:literal => $answer:expr),* $(,)? }) => {
        /// Every request that is answered here, but for `Sleep`, which is the session's own.
        pub const NAMES: &[&str] = &[$($name),*];

        /// Answers one request.
        ///
        /// # Errors
        /// [`status::UNKNOWN_REQUEST_TYPE`], or what its function says.
        pub async fn answer($show: &mut Show, request: &str, $fields: &Fields<'_>) -> Answer {
            match request {
                $($name => $answer,)*
                _ => Err(Refusal::unknown_request(request)),
            }
        }
    };
}

requests!(|show, fields| {
    "GetVersion" => general::version(show),
    "GetStats" => general::stats(show).await,
    "BroadcastCustomEvent" => general::broadcast(show, fields),
    "CallVendorRequest" => general::vendor(show, fields).await,
    "GetHotkeyList" => general::hotkeys(),
    "GetProfileList" => general::profiles(),
    "GetSceneCollectionList" => general::collections(show),
    "GetCanvasList" => general::canvases(show),
    "GetVideoSettings" => general::video(show),
    "GetMonitorList" => general::monitors(),
    "GetStreamServiceSettings" => general::service(),
    "GetRecordDirectory" => general::record_directory(),
    "GetStudioModeEnabled" => general::studio_mode(show),
    "SetStudioModeEnabled" => general::set_studio_mode(show, fields),
    "GetSceneList" => scenes::list(show),
    "GetGroupList" => scenes::groups(),
    "GetCurrentProgramScene" => scenes::program(show),
    "SetCurrentProgramScene" => scenes::set_program(show, fields).await,
    "GetCurrentPreviewScene" => scenes::preview(show),
    "SetCurrentPreviewScene" => scenes::set_preview(show, fields).await,
    "GetSceneSceneTransitionOverride" => scenes::no_override(show, fields),
    "GetSceneItemList" => scenes::items(show, fields),
    "GetSceneItemId" => scenes::item_id(show, fields),
    "GetSceneItemSource" => scenes::item_source(show, fields),
    "GetSceneItemTransform" => scenes::item_transform(show, fields),
    "GetSceneItemIndex" => scenes::item_index(show, fields),
    "GetSceneItemEnabled" => scenes::item_enabled(show, fields),
    "GetSceneItemLocked" => scenes::item_locked(show, fields),
    "GetSourceActive" => scenes::source_active(show, fields),
    "GetSourceFilterList" => scenes::filters(show, fields),
    "GetSourceFilterKindList" => scenes::filter_kinds(),
    "GetSourceScreenshot" => screenshot::take(show, fields).await,
    "GetInputList" => inputs::list(show, fields),
    "GetInputKindList" => inputs::kinds(show),
    "GetSpecialInputs" => inputs::special(),
    "GetInputSettings" => inputs::settings(show, fields),
    "GetInputDefaultSettings" => inputs::default_settings(show, fields),
    "GetInputMute" => inputs::mute(show, fields),
    "SetInputMute" => inputs::set_mute(show, fields).await,
    "ToggleInputMute" => inputs::toggle_mute(show, fields).await,
    "GetInputVolume" => inputs::volume(show, fields),
    "SetInputVolume" => inputs::set_volume(show, fields).await,
    "GetInputAudioBalance" => inputs::balance(show, fields),
    "GetInputAudioSyncOffset" => inputs::sync_offset(show, fields),
    "GetInputAudioMonitorType" => inputs::monitor_type(show, fields),
    "GetInputAudioTracks" => inputs::tracks(show, fields),
    "GetMediaInputStatus" => inputs::media_status(show, fields),
    "TriggerMediaInputAction" => inputs::media_action(show, fields).await,
    "GetTransitionKindList" => transitions::kinds(),
    "GetSceneTransitionList" => transitions::list(show),
    "GetCurrentSceneTransition" => transitions::current(show),
    "SetCurrentSceneTransition" => transitions::choose(show, fields),
    "SetCurrentSceneTransitionDuration" => transitions::choose_duration(show, fields),
    "GetCurrentSceneTransitionCursor" => transitions::cursor(show),
    "TriggerStudioModeTransition" => transitions::trigger(show).await,
    "SetTBarPosition" => transitions::t_bar(show, fields).await,
    "GetStreamStatus" => outputs::stream_status(show),
    "ToggleStream" => outputs::toggle_stream(show).await,
    "StartStream" => outputs::start_stream(show).await,
    "StopStream" => outputs::stop_stream(show).await,
    "GetRecordStatus" => outputs::record_status(show),
    "ToggleRecord" => outputs::toggle_record(show).await,
    "StartRecord" => outputs::start_record(show).await,
    "StopRecord" => outputs::stop_record(show).await,
    "GetOutputList" => outputs::list(show),
    "GetOutputStatus" => outputs::status_of(show, fields),
    "ToggleOutput" => outputs::toggle(show, fields).await,
    "StartOutput" => outputs::start(show, fields).await,
    "StopOutput" => outputs::stop(show, fields).await,
    "GetVirtualCamStatus" => outputs::absent(),
    "GetReplayBufferStatus" => outputs::absent(),
});
