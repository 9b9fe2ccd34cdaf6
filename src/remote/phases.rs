//! Where stream and recording stand, in the protocol's words.

use serde_json::json;

use super::events::{Notice, intent};
use crate::protocol::{OutputState, OutputStatus, RecordingState, State};

/// The outputs that the protocol calls *the stream*: all that leave the house, as on the panel.
pub fn stream(state: &State) -> impl Iterator<Item = (&String, &OutputState)> {
    state.outputs.iter().filter(|(_, output)| output.capabilities.leaves_the_house)
}

/// Where an output stands, in the protocol's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// `OBS_WEBSOCKET_OUTPUT_STOPPED`
    #[default]
    Stopped,
    /// `OBS_WEBSOCKET_OUTPUT_STARTING`
    Starting,
    /// `OBS_WEBSOCKET_OUTPUT_STARTED`
    Started,
    /// `OBS_WEBSOCKET_OUTPUT_RECONNECTING`
    Reconnecting,
    /// `OBS_WEBSOCKET_OUTPUT_STOPPING`
    Stopping,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Phase::Stopped => "OBS_WEBSOCKET_OUTPUT_STOPPED",
            Phase::Starting => "OBS_WEBSOCKET_OUTPUT_STARTING",
            Phase::Started => "OBS_WEBSOCKET_OUTPUT_STARTED",
            Phase::Reconnecting => "OBS_WEBSOCKET_OUTPUT_RECONNECTING",
            Phase::Stopping => "OBS_WEBSOCKET_OUTPUT_STOPPING",
        }
    }

    /// What events call `outputActive`; a stream that reconnects is active for `GetStreamStatus` alone.
    fn active(self) -> bool {
        self == Phase::Started
    }
}

/// Where stream and recording stand; kept, because the protocol tells changes of it.
#[derive(Debug, Default)]
pub struct Phases {
    /// All outputs that leave the house, together.
    pub stream: Phase,
    /// The recording.
    pub record: Phase,
}

impl Phases {
    /// As things are when a client comes.
    pub fn of(state: &State) -> Self {
        let mut phases = Self::default();
        phases.stream(state);
        phases.record(&state.recording);
        phases
    }

    /// The outputs have changed.
    pub fn stream(&mut self, state: &State) -> Option<Notice> {
        let statuses: Vec<_> = stream(state).map(|(_, output)| output.status).collect();
        self.outputs(&statuses)
    }

    fn outputs(&mut self, statuses: &[OutputStatus]) -> Option<Notice> {
        let any = |wanted: &[OutputStatus]| statuses.iter().any(|status| wanted.contains(status));
        let now = match self.stream {
            _ if any(&[OutputStatus::Live]) => Phase::Started,
            Phase::Stopped | Phase::Starting if any(&[OutputStatus::Connecting, OutputStatus::Retrying]) => {
                Phase::Starting
            }
            _ if any(&[OutputStatus::Connecting, OutputStatus::Retrying, OutputStatus::Refused]) => Phase::Reconnecting,
            _ => Phase::Stopped,
        };
        let before = std::mem::replace(&mut self.stream, now);
        let told = if (before, now) == (Phase::Reconnecting, Phase::Started) {
            "OBS_WEBSOCKET_OUTPUT_RECONNECTED"
        } else {
            now.name()
        };
        let data = json!({ "outputActive": now.active(), "outputState": told });
        (before != now).then(|| Notice::new(intent::OUTPUTS, "StreamStateChanged", data))
    }

    /// The recording has changed.
    pub fn record(&mut self, recording: &RecordingState) -> Option<Notice> {
        let now = match (recording.on, &recording.file, self.record) {
            // A report from before the stop, on its way when it came.
            (true, Some(_), Phase::Stopping) => Phase::Stopping,
            (true, Some(_), _) => Phase::Started,
            (true, None, _) => Phase::Starting,
            // The file is named once it is finished.
            (false, None, Phase::Started | Phase::Stopping) => Phase::Stopping,
            (false, ..) => Phase::Stopped,
        };
        let before = std::mem::replace(&mut self.record, now);
        let path = recording.file.as_ref().filter(|_| now == Phase::Stopped);
        let data = json!({ "outputActive": now.active(), "outputState": now.name(), "outputPath": path });
        (before != now).then(|| Notice::new(intent::OUTPUTS, "RecordStateChanged", data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(notice: Option<Notice>) -> Option<(bool, String, Option<String>)> {
        let data = notice?.data;
        let text = |field: &str| data[field].as_str().map(str::to_owned);
        let state = text("outputState").unwrap().replace("OBS_WEBSOCKET_OUTPUT_", "");
        Some((data["outputActive"].as_bool().unwrap(), state, text("outputPath")))
    }

    #[test]
    fn a_recording_is_told_step_by_step_and_its_file_at_the_end() {
        let mut phases = Phases::default();
        let state = |on: bool, file: Option<&str>| RecordingState {
            on,
            since: None,
            file: file.map(str::to_owned),
            problem: None,
        };
        let mut step = |on, file| told(phases.record(&state(on, file)));
        assert_eq!(step(true, None), Some((false, "STARTING".into(), None)));
        assert_eq!(step(true, None), None);
        assert_eq!(step(true, Some("a.mp4")), Some((true, "STARTED".into(), None)));
        assert_eq!(step(false, None), Some((false, "STOPPING".into(), None)));
        // A report from before the stop.
        assert_eq!(step(true, Some("a.mp4")), None);
        assert_eq!(step(false, Some("a.mp4")), Some((false, "STOPPED".into(), Some("a.mp4".into()))));
        // Stopped before there was a file.
        assert_eq!(step(true, None), Some((false, "STARTING".into(), None)));
        assert_eq!(step(false, None), Some((false, "STOPPED".into(), None)));
    }

    #[test]
    fn a_stream_is_as_well_as_its_best_output() {
        use OutputStatus::*;
        let mut phases = Phases::default();
        let mut step = |network, page| told(phases.outputs(&[network, page])).map(|(active, state, _)| (active, state));
        assert_eq!(step(Off, Off), None);
        assert_eq!(step(Connecting, Off), Some((false, "STARTING".into())));
        assert_eq!(step(Retrying, Off), None);
        assert_eq!(step(Retrying, Live), Some((true, "STARTED".into())));
        assert_eq!(step(Live, Live), None);
        assert_eq!(step(Retrying, Off), Some((false, "RECONNECTING".into())));
        assert_eq!(step(Live, Off), Some((true, "RECONNECTED".into())));
        assert_eq!(step(Refused, Off), Some((false, "RECONNECTING".into())));
        assert_eq!(step(Off, Off), Some((false, "STOPPED".into())));
    }
}
