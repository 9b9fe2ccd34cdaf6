//! Sources, which are called inputs there: their sound, and what players play.

use serde_json::{Value, json};

use super::{Answer, Fields, Refusal, status};
use crate::{
    protocol::{SourceState, SourceStatus, State, StudioCommand},
    remote::{
        events::{input_name, with},
        names,
        show::Show,
    },
};

/// The sound desk's own limits, dB. A fader sent lower or higher stops there.
const GAIN_DB: (f32, f32) = (-60.0, 12.0);

/// The source that a request names.
fn input<'a>(state: &'a State, fields: &Fields<'_>) -> Result<(&'a String, &'a SourceState), Refusal> {
    fields.named(
        "inputName",
        "inputUuid",
        |name| state.sources.get_key_value(name),
        |uuid| state.sources.iter().find(|(id, _)| names::uuid("input", id) == uuid),
    )
}

/// One that can be heard.
fn heard<'a>(state: &'a State, fields: &Fields<'_>) -> Result<(&'a String, &'a SourceState), Refusal> {
    let (id, source) = input(state, fields)?;
    match source.sound {
        true => Ok((id, source)),
        false => Err(Refusal::new(status::INVALID_RESOURCE_STATE, "The specified input does not support audio.")),
    }
}

/// `GetInputList`
pub fn list(show: &Show, fields: &Fields<'_>) -> Answer {
    let wanted = fields.optional_text("inputKind")?;
    let sources = show.state.sources.iter().filter(|(_, source)| wanted.is_none_or(|kind| kind == source.kind));
    let inputs = sources.map(|(id, source)| {
        // OBS_SOURCE_VIDEO and OBS_SOURCE_AUDIO.
        let caps = u8::from(source.picture) | u8::from(source.sound) << 1;
        let kinds = json!({ "inputKind": source.kind, "unversionedInputKind": source.kind, "inputKindCaps": caps });
        with(input_name(id), kinds)
    });
    Ok(json!({ "inputs": inputs.collect::<Value>() }))
}

/// `GetInputKindList`: those in use.
pub fn kinds(show: &Show) -> Answer {
    let mut kinds: Vec<_> = show.state.sources.values().map(|source| source.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Ok(json!({ "inputKinds": kinds }))
}

/// `GetSpecialInputs`
pub fn special() -> Answer {
    Ok(json!({ "desktop1": null, "desktop2": null, "mic1": null, "mic2": null, "mic3": null, "mic4": null }))
}

/// `GetInputSettings`: addresses and passwords of cameras never leave the configuration.
pub fn settings(show: &Show, fields: &Fields<'_>) -> Answer {
    let (_, source) = input(&show.state, fields)?;
    Ok(json!({ "inputSettings": {}, "inputKind": source.kind }))
}

/// `GetInputDefaultSettings`
pub fn default_settings(show: &Show, fields: &Fields<'_>) -> Answer {
    let kind = fields.text("inputKind")?;
    match show.state.sources.values().any(|source| source.kind == kind) {
        true => Ok(json!({ "defaultInputSettings": {} })),
        false => Err(Refusal::new(status::NOT_FOUND, "No input is of that kind.")),
    }
}

/// `GetInputMute`
pub fn mute(show: &Show, fields: &Fields<'_>) -> Answer {
    let (_, source) = heard(&show.state, fields)?;
    Ok(json!({ "inputMuted": source.audio.mute }))
}

/// `SetInputMute`
pub async fn set_mute(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let source = heard(&show.state, fields)?.0.clone();
    let mute = Some(fields.flag("inputMuted")?);
    show.command(StudioCommand::Audio { source, gain_db: None, mute, follow: None }).await?;
    Ok(Value::Null)
}

/// `ToggleInputMute`
pub async fn toggle_mute(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let (source, state) = heard(&show.state, fields)?;
    let (source, mute) = (source.clone(), !state.audio.mute);
    show.command(StudioCommand::Audio { source, gain_db: None, mute: Some(mute), follow: None }).await?;
    Ok(json!({ "inputMuted": mute }))
}

/// `GetInputVolume`
pub fn volume(show: &Show, fields: &Fields<'_>) -> Answer {
    let (_, source) = heard(&show.state, fields)?;
    let gain = source.audio.gain_db;
    Ok(json!({ "inputVolumeMul": names::mul(gain), "inputVolumeDb": gain }))
}

/// `SetInputVolume`
pub async fn set_volume(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let source = heard(&show.state, fields)?.0.clone();
    let mul = fields.optional_number("inputVolumeMul", 0.0, 20.0)?;
    let db = fields.optional_number("inputVolumeDb", -100.0, 26.0)?;
    let gain = match (mul, db) {
        (Some(mul), None) => names::db(mul),
        (None, Some(db)) => db as f32,
        (None, None) => {
            return Err(Refusal::new(status::MISSING_FIELD, "You must specify `inputVolumeMul` or `inputVolumeDb`."));
        }
        (Some(_), Some(_)) => {
            return Err(Refusal::new(status::TOO_MANY_FIELDS, "You may only specify one volume field."));
        }
    };
    let gain_db = Some(gain.clamp(GAIN_DB.0, GAIN_DB.1));
    show.command(StudioCommand::Audio { source, gain_db, mute: None, follow: None }).await?;
    Ok(Value::Null)
}

/// `GetInputAudioBalance`: the middle; the desk has no balance.
pub fn balance(show: &Show, fields: &Fields<'_>) -> Answer {
    heard(&show.state, fields)?;
    Ok(json!({ "inputAudioBalance": 0.5 }))
}

/// `GetInputAudioSyncOffset`: what is set in the configuration is part of the source.
pub fn sync_offset(show: &Show, fields: &Fields<'_>) -> Answer {
    heard(&show.state, fields)?;
    Ok(json!({ "inputAudioSyncOffset": 0 }))
}

/// `GetInputAudioMonitorType`: headphones are each panel's own.
pub fn monitor_type(show: &Show, fields: &Fields<'_>) -> Answer {
    heard(&show.state, fields)?;
    Ok(json!({ "monitorType": "OBS_MONITORING_TYPE_NONE" }))
}

/// `GetInputAudioTracks`: the programme has one.
pub fn tracks(show: &Show, fields: &Fields<'_>) -> Answer {
    heard(&show.state, fields)?;
    let tracks: serde_json::Map<_, _> = (1..=6).map(|track| (track.to_string(), (track == 1).into())).collect();
    Ok(json!({ "inputAudioTracks": tracks }))
}

/// `GetMediaInputStatus`
pub fn media_status(show: &Show, fields: &Fields<'_>) -> Answer {
    let (_, source) = input(&show.state, fields)?;
    let Some(media) = &source.media else {
        return Ok(json!({ "mediaState": "OBS_MEDIA_STATE_NONE", "mediaDuration": null, "mediaCursor": null }));
    };
    let ended = media.duration_ms.is_some_and(|duration| media.position_ms >= duration);
    let state = match source.status {
        SourceStatus::Lost => "OBS_MEDIA_STATE_ERROR",
        SourceStatus::Starting => "OBS_MEDIA_STATE_OPENING",
        _ if media.playing => "OBS_MEDIA_STATE_PLAYING",
        _ if ended => "OBS_MEDIA_STATE_ENDED",
        _ => "OBS_MEDIA_STATE_STOPPED",
    };
    // The state tells the end of a file that plays once; where it is now follows from it.
    let left = media.ends_at.map(|end| end.saturating_sub(crate::media::unix_ms()));
    let cursor = match (left, media.duration_ms) {
        (Some(left), Some(duration)) => u64::from(duration).saturating_sub(left),
        _ => media.position_ms.into(),
    };
    Ok(json!({ "mediaState": state, "mediaDuration": media.duration_ms, "mediaCursor": cursor }))
}

/// `TriggerMediaInputAction`
pub async fn media_action(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let source = input(&show.state, fields)?.0.clone();
    let action = fields.text("mediaAction")?;
    match action.strip_prefix("OBS_WEBSOCKET_MEDIA_INPUT_ACTION_") {
        Some("PLAY") => show.command(StudioCommand::Play { source, repeat: false }).await?,
        Some("STOP") => show.command(StudioCommand::Stop { source }).await?,
        Some("RESTART") => {
            show.command(StudioCommand::Stop { source: source.clone() }).await?;
            show.command(StudioCommand::Play { source, repeat: false }).await?;
        }
        Some("NONE") => (),
        _ => {
            return Err(Refusal::new(
                status::INVALID_FIELD,
                "A player plays, stops and restarts; it does nothing else.",
            ));
        }
    }
    Ok(Value::Null)
}
