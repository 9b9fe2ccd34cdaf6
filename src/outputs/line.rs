//! Whether the way out of the house carries all destinations, and which number to lower if not. Pure.

use std::collections::HashMap;

use crate::protocol::{Fault, OutputState, OutputStatus, Problem};

/// Looks in a row with pictures dropped before it is said: one hiccup is none.
const TROUBLE: u32 = 3;
/// Looks without before it is taken back.
const PEACE: u32 = 20;

/// Watches the destinations, a look a second.
#[derive(Debug, Default)]
pub struct Line {
    dropped: HashMap<String, u64>,
    bad: u32,
    good: u32,
    told: bool,
}

impl Line {
    /// A look; `video_kbps` is what the encoder is set to.
    pub fn look<'a>(
        &mut self,
        outputs: impl Iterator<Item = (&'a String, &'a OutputState)>,
        video_kbps: u32,
    ) -> Option<Problem> {
        let outside: Vec<_> =
            outputs.filter(|(_, state)| state.capabilities.is_upload() && state.status != OutputStatus::Off).collect();
        let mut slow = false;
        for (id, state) in &outside {
            let before = self.dropped.insert((*id).clone(), state.dropped_frames).unwrap_or(0);
            slow |= state.dropped_frames > before;
        }
        (self.bad, self.good) = if slow { (self.bad + 1, 0) } else { (self.bad, self.good + 1) };
        if self.good >= PEACE || outside.is_empty() {
            (self.bad, self.told) = (0, false);
        }
        self.told |= self.bad >= TROUBLE;
        self.told.then(|| problem(outside.len(), video_kbps))
    }
}

fn problem(destinations: usize, video_kbps: u32) -> Problem {
    // A third less, in steps that a person remembers.
    let lower = (video_kbps * 2 / 3 / 100 * 100).max(200);
    let all = destinations as u32 * video_kbps;
    let (fr, en) = match destinations {
        1 => (String::new(), String::new()),
        n => (
            format!(" ({n} destinations × {video_kbps} = {all} kbit/s)"),
            format!(" ({n} destinations × {video_kbps} = {all} kbit/s)"),
        ),
    };
    Problem::new(
        "line_too_slow",
        Fault::OtherSide,
        format!(
            "La ligne de la salle ne suit pas{fr} : des images sont perdues. Arrêtez une destination, ou mettez `bitrate_kbps = {lower}` sous [encoder] avant le prochain démarrage. L'enregistrement n'y perd rien."
        ),
        format!(
            "The room's line cannot keep up{en}: pictures are lost. Stop a destination, or set `bitrate_kbps = {lower}` under [encoder] before the next start. The recording loses nothing."
        ),
    )
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::protocol::OutputCapabilities;

    fn output(is_playlist: bool, dropped_frames: u64) -> OutputState {
        OutputState {
            label: String::new(),
            kind: "new".into(),
            capabilities: OutputCapabilities { leaves_the_house: true, writes_files: false, is_playlist },
            status: OutputStatus::Live,
            problem: None,
            since: None,
            retry_at: None,
            bitrate_kbps: 0,
            dropped_frames,
            reconnections: 0,
            simulated: false,
            sent_bytes: 0,
            tested: None,
            file: None,
        }
    }

    #[test]
    fn a_line_that_drops_again_and_again_is_told_with_the_number_to_lower() {
        let mut line = Line::default();
        let mut outputs = IndexMap::from([
            ("a".to_owned(), output(false, 0)),
            ("b".to_owned(), output(false, 0)),
            ("live".to_owned(), output(true, 0)),
        ]);
        let mut look = |outputs: &IndexMap<String, OutputState>| line.look(outputs.iter(), 2500);
        assert_eq!(look(&outputs), None);
        for dropped in 1..=3 {
            assert_eq!(look(&outputs), None, "{dropped}");
            outputs["a"].dropped_frames = dropped * 25;
            let told = look(&outputs);
            assert_eq!(told.is_some(), dropped == 3);
        }
        let told = look(&outputs).unwrap().text.en;
        assert!(told.contains("bitrate_kbps = 1600") && told.contains("5000 kbit/s"), "{told}");
        let last = (0..PEACE).map(|_| look(&outputs)).fold(None, |_, told| told);
        assert_eq!(last, None, "it is taken back");
    }
}
