//! Levels, as `InputVolumeMeters` tells them.

use serde_json::{Value, json};

use super::{
    events::{Notice, input_name, intent, with},
    names,
};
use crate::protocol::Message;

/// The levels of a `meters` message: for each input and channel magnitude, peak, and peak before the
/// fader, as factors. The desk measures one of the three: the peak.
pub fn levels(message: &Message) -> Option<Notice> {
    let Message::Meters { sources, .. } = message else { return None };
    let inputs = sources.iter().map(|(id, peaks)| {
        let channels = peaks.map(|peak| [names::mul(peak); 3]);
        with(input_name(id), json!({ "inputLevelsMul": channels }))
    });
    let data = json!({ "inputs": inputs.collect::<Value>() });
    Some(Notice::new(intent::INPUT_VOLUME_METERS, "InputVolumeMeters", data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ProgramMeter;

    #[test]
    fn silence_is_nothing_and_full_scale_is_one() {
        let program =
            ProgramMeter { peak_db: [0.0; 2], momentary: 0.0, short_term: 0.0, integrated: 0.0, limiting_db: 0.0 };
        let message = Message::Meters { sources: [("mic".to_owned(), [0.0, -90.0])].into_iter().collect(), program };
        let notice = levels(&message).unwrap();
        assert_eq!(notice.data["inputs"][0]["inputLevelsMul"], json!([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]));
        assert_eq!(notice.data["inputs"][0]["inputName"], "mic");
    }
}
