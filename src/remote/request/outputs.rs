//! The stream (all outputs that leave the house, as on the panel), the recording, and each output.

use serde_json::{Value, json};

use super::{Answer, Fields, Refusal, status};
use crate::{
    media::unix_ms,
    protocol::{OutputState, OutputStatus, StudioCommand},
    remote::{
        names,
        phases::{Phase, stream},
        show::Show,
    },
};

/// Milliseconds since `since`.
fn duration(since: Option<u64>) -> u64 {
    since.map_or(0, |since| unix_ms().saturating_sub(since))
}

/// Numbers of outputs together. The bytes are those of the present rate since the start: the studio
/// keeps rates, not sums.
fn sums(show: &Show, outputs: &[&OutputState]) -> Value {
    let ms = duration(outputs.iter().filter_map(|output| output.since).min());
    let bytes: u64 = outputs.iter().map(|output| u64::from(output.bitrate_kbps) * duration(output.since) / 8).sum();
    let trouble = outputs.iter().any(|output| matches!(output.status, OutputStatus::Retrying | OutputStatus::Refused));
    json!({
        "outputTimecode": names::timecode(ms),
        "outputDuration": ms,
        "outputCongestion": if trouble { 1.0 } else { 0.0 },
        "outputBytes": bytes,
        "outputSkippedFrames": outputs.iter().map(|output| output.dropped_frames).sum::<u64>(),
        "outputTotalFrames": ms * u64::from(show.state.studio.framerate) / 1000,
    })
}

/// `GetStreamStatus`
pub fn stream_status(show: &Show) -> Answer {
    let outputs: Vec<_> = stream(&show.state).map(|(_, output)| output).collect();
    let mut answer = sums(show, &outputs);
    answer["outputActive"] = matches!(show.phases.stream, Phase::Started | Phase::Reconnecting).into();
    answer["outputReconnecting"] = (show.phases.stream == Phase::Reconnecting).into();
    Ok(answer)
}

/// `ToggleStream`
pub async fn toggle_stream(show: &mut Show) -> Answer {
    let start = show.phases.stream == Phase::Stopped;
    match start {
        true => start_stream(show).await?,
        false => stop_stream(show).await?,
    };
    Ok(json!({ "outputActive": start }))
}

/// `StartStream`
pub async fn start_stream(show: &mut Show) -> Answer {
    let all: Vec<_> = stream(&show.state).map(|(id, output)| (id.clone(), output.status)).collect();
    if all.is_empty() {
        return Err(Refusal::new(status::INVALID_RESOURCE_STATE, "No output that leaves the house is configured."));
    }
    let off: Vec<_> = all.into_iter().filter(|(_, status)| *status == OutputStatus::Off).collect();
    if off.is_empty() {
        return Err(Refusal::new(status::OUTPUT_RUNNING, "The stream runs already."));
    }
    for (output, _) in off {
        show.command(StudioCommand::OutputStart { output }).await?;
    }
    Ok(Value::Null)
}

/// `StopStream`
pub async fn stop_stream(show: &mut Show) -> Answer {
    let running = stream(&show.state).filter(|(_, output)| output.status != OutputStatus::Off);
    let running: Vec<_> = running.map(|(id, _)| id.clone()).collect();
    if running.is_empty() {
        return Err(Refusal::new(status::OUTPUT_NOT_RUNNING, "The stream does not run."));
    }
    for output in running {
        show.command(StudioCommand::OutputStop { output }).await?;
    }
    Ok(Value::Null)
}

/// `GetRecordStatus`
pub fn record_status(show: &Show) -> Answer {
    let recording = &show.state.recording;
    let ms = if recording.on { duration(recording.since) } else { 0 };
    Ok(json!({
        "outputActive": recording.on,
        "outputPaused": false,
        "outputTimecode": names::timecode(ms),
        "outputDuration": ms,
        "outputBytes": u64::from(show.state.studio.bitrate_kbps) * ms / 8,
    }))
}

/// `ToggleRecord`
pub async fn toggle_record(show: &mut Show) -> Answer {
    let on = !show.state.recording.on;
    show.command(StudioCommand::Record { on }).await?;
    Ok(json!({ "outputActive": on }))
}

/// `StartRecord`
pub async fn start_record(show: &mut Show) -> Answer {
    if show.state.recording.on {
        return Err(Refusal::new(status::OUTPUT_RUNNING, "The recording runs already."));
    }
    show.command(StudioCommand::Record { on: true }).await?;
    Ok(Value::Null)
}

/// `StopRecord`; the path is relative to the data folder.
pub async fn stop_record(show: &mut Show) -> Answer {
    if !show.state.recording.on {
        return Err(Refusal::new(status::OUTPUT_NOT_RUNNING, "Nothing is being recorded."));
    }
    let path = show.state.recording.file.clone();
    show.command(StudioCommand::Record { on: false }).await?;
    Ok(json!({ "outputPath": path.unwrap_or_default() }))
}

/// `GetOutputList`
pub fn list(show: &Show) -> Answer {
    let studio = &show.state.studio;
    let outputs = show.state.outputs.iter().map(|(id, output)| {
        json!({
            "outputName": id,
            "outputKind": output.kind,
            "outputWidth": studio.width,
            "outputHeight": studio.height,
            "outputActive": output.status == OutputStatus::Live,
            "outputFlags": {
                "OBS_OUTPUT_AUDIO": true, "OBS_OUTPUT_VIDEO": true, "OBS_OUTPUT_ENCODED": true,
                "OBS_OUTPUT_MULTI_TRACK": false, "OBS_OUTPUT_SERVICE": output.capabilities.is_upload(),
            },
        })
    });
    Ok(json!({ "outputs": outputs.collect::<Value>() }))
}

/// The output that a request names.
fn output<'a>(show: &'a Show, fields: &Fields<'_>) -> Result<(&'a String, &'a OutputState), Refusal> {
    let absent = || Refusal::new(status::NOT_FOUND, "No output was found by that name.");
    show.state.outputs.get_key_value(fields.text("outputName")?).ok_or_else(absent)
}

/// `GetOutputStatus`
pub fn status_of(show: &Show, fields: &Fields<'_>) -> Answer {
    let (_, output) = output(show, fields)?;
    let mut answer = sums(show, &[output]);
    answer["outputActive"] = matches!(output.status, OutputStatus::Live | OutputStatus::Retrying).into();
    answer["outputReconnecting"] = (output.status == OutputStatus::Retrying).into();
    Ok(answer)
}

/// `ToggleOutput`
pub async fn toggle(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let start = output(show, fields)?.1.status == OutputStatus::Off;
    match start {
        true => self::start(show, fields).await?,
        false => stop(show, fields).await?,
    };
    Ok(json!({ "outputActive": start }))
}

/// `StartOutput`
pub async fn start(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let (id, state) = output(show, fields)?;
    if state.status != OutputStatus::Off {
        return Err(Refusal::new(status::OUTPUT_RUNNING, "The output runs already."));
    }
    let output = id.clone();
    show.command(StudioCommand::OutputStart { output }).await?;
    Ok(Value::Null)
}

/// `StopOutput`
pub async fn stop(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let (id, state) = output(show, fields)?;
    if state.status == OutputStatus::Off {
        return Err(Refusal::new(status::OUTPUT_NOT_RUNNING, "The output does not run."));
    }
    let output = id.clone();
    show.command(StudioCommand::OutputStop { output }).await?;
    Ok(Value::Null)
}

/// `GetVirtualCamStatus`, `GetReplayBufferStatus`: there is none.
pub fn absent() -> Answer {
    Ok(json!({ "outputActive": false }))
}
