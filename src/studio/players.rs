//! A player that was put on air gives the programme back by itself: to the scene before it, just
//! before its end.

use crate::protocol::{Event, MediaState, State};

/// How long before its end the programme leaves a player. At the end the file is cued again, and a
/// picture of its beginning would flash. Milliseconds, one frame at 25 a second.
const EARLY: u64 = 40;

/// Remembers which scene a player came after.
#[derive(Debug, Default)]
pub struct WayBack {
    scene: Option<String>,
}

impl WayBack {
    /// To be told of every event before it is applied.
    pub fn observe(&mut self, state: &State, event: &Event) {
        if let Event::ProgramChanged { program } = event {
            self.took(&state.program.scene, &program.scene, &|id| player(state, id));
        }
    }

    /// The scene to go back to and when, in Unix milliseconds, if a player that ends is on air.
    pub fn next(&self, state: &State) -> Option<(u64, String)> {
        let scenes = state.scenes.iter().map(|scene| scene.id.as_str()).collect::<Vec<_>>();
        self.leave(&state.program.scene, state.preview.as_deref(), &scenes, &|id| player(state, id))
    }

    fn took<'a>(&mut self, left: &str, taken: &str, player: &dyn Fn(&str) -> Option<&'a MediaState>) {
        // From one player to the next the way back stays what it was.
        if taken != left && player(left).is_none() {
            self.scene = Some(left.to_owned());
        }
    }

    fn leave<'a>(
        &self,
        on_air: &str,
        preview: Option<&str>,
        scenes: &[&str],
        player: &dyn Fn(&str) -> Option<&'a MediaState>,
    ) -> Option<(u64, String)> {
        let end = player(on_air).filter(|media| media.playing)?.ends_at?;
        let back = self
            .scene
            .as_deref()
            .into_iter()
            .chain(preview)
            .chain(scenes.iter().copied())
            .find(|id| scenes.contains(id) && player(id).is_none())?;
        Some((end.saturating_sub(EARLY), back.to_owned()))
    }
}

/// The player whose own full frame this scene is.
fn player<'a>(state: &'a State, scene: &str) -> Option<&'a MediaState> {
    state.sources.get(scene)?.media.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENES: [&str; 4] = ["cam1", "cam2", "intro", "report"];

    fn media(playing: bool, ends_at: Option<u64>) -> MediaState {
        MediaState { playing, repeat: ends_at.is_none(), position_ms: 0, duration_ms: Some(5000), ends_at }
    }

    #[test]
    fn a_player_gives_the_programme_back_to_the_scene_before_it() {
        let (intro, report) = (media(true, Some(10_000)), media(true, Some(20_000)));
        let player = |id: &str| match id {
            "intro" => Some(&intro),
            "report" => Some(&report),
            _ => None,
        };
        let mut way_back = WayBack::default();
        way_back.took("cam1", "cam2", &player);
        assert_eq!(way_back.leave("cam2", None, &SCENES, &player), None, "a camera does not end");
        way_back.took("cam2", "intro", &player);
        assert_eq!(way_back.leave("intro", Some("cam1"), &SCENES, &player), Some((9960, "cam2".into())));
        // From player to player it is still the camera.
        way_back.took("intro", "report", &player);
        assert_eq!(way_back.leave("report", None, &SCENES, &player), Some((19_960, "cam2".into())));
    }

    #[test]
    fn a_loop_and_a_cued_file_stay() {
        for stays in [media(true, None), media(false, None)] {
            let player = |id: &str| (id == "intro").then_some(&stays);
            let mut way_back = WayBack::default();
            way_back.took("cam1", "intro", &player);
            assert_eq!(way_back.leave("intro", None, &SCENES, &player), None);
        }
    }

    #[test]
    fn without_a_scene_before_it_the_preview_or_any_camera_will_do() {
        let intro = media(true, Some(10_000));
        let player = |id: &str| (id == "intro").then_some(&intro);
        let mut way_back = WayBack::default();
        let to = |way_back: &WayBack, preview, scenes: &[&str]| {
            way_back.leave("intro", preview, scenes, &player).map(|(_, scene)| scene)
        };
        assert_eq!(to(&way_back, None, &SCENES).as_deref(), Some("cam1"));
        assert_eq!(to(&way_back, Some("cam2"), &SCENES).as_deref(), Some("cam2"));
        // A scene that was removed meanwhile is none to go back to.
        way_back.took("duo", "intro", &player);
        assert_eq!(to(&way_back, Some("cam2"), &SCENES).as_deref(), Some("cam2"));
        assert_eq!(to(&way_back, None, &["intro"]), None);
    }
}
