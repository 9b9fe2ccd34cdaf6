//! A player that was put on air gives the programme back by itself: to the scene before it, just
//! before its end.

use crate::protocol::{MediaState, ProgramState, Scene, State};

/// How long before its end the programme leaves a player. At the end the file is cued again, and a
/// picture of its beginning would flash. Milliseconds, one frame at 25 a second.
const EARLY: u64 = 40;

/// Finds the player whose own full frame a scene is.
type Player<'a> = dyn Fn(&str) -> Option<&'a MediaState> + 'a;

/// Where the programme goes back to once `taken` is over, if that is a player.
pub fn behind(state: &State, taken: &str) -> Option<String> {
    let ProgramState { scene, back, .. } = &state.program;
    stays_behind(back.as_deref(), scene, taken, &|id| player(state, id)).map(str::to_owned)
}

/// The scene to go back to and when, in Unix milliseconds, if a player that ends is on air. `may`: whether a
/// scene may be taken.
pub fn way_back(state: &State, may: &dyn Fn(&Scene) -> bool) -> Option<(u64, String)> {
    let scenes = state.scenes.iter().filter(|scene| may(scene)).map(|scene| scene.id.as_str()).collect::<Vec<_>>();
    // Without a scene before it, or when that is no more, the preview or any camera will do.
    let wanted = state.program.back.as_deref().into_iter().chain(state.preview.as_deref());
    leave(&state.program.scene, wanted, &scenes, &|id| player(state, id))
}

/// From one player to the next the way back stays what it was.
fn stays_behind<'a>(back: Option<&'a str>, left: &'a str, taken: &str, player: &Player<'_>) -> Option<&'a str> {
    if taken == left || player(left).is_some() { back } else { Some(left) }
}

fn leave<'a>(
    on_air: &str,
    wanted: impl Iterator<Item = &'a str>,
    scenes: &[&'a str],
    player: &Player<'_>,
) -> Option<(u64, String)> {
    let end = player(on_air).filter(|media| media.playing)?.ends_at?;
    let back = wanted.chain(scenes.iter().copied()).find(|id| scenes.contains(id) && player(id).is_none())?;
    Some((end.saturating_sub(EARLY), back.to_owned()))
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
        let to =
            |on_air, wanted: [Option<&'static str>; 2]| leave(on_air, wanted.into_iter().flatten(), &SCENES, &player);
        assert_eq!(to("cam2", [Some("cam1"), None]), None, "a camera does not end");
        assert_eq!(stays_behind(Some("cam1"), "cam2", "intro", &player), Some("cam2"));
        assert_eq!(to("intro", [Some("cam2"), Some("cam1")]), Some((9960, "cam2".into())));
        // From player to player, and from a scene to itself, it is still the same.
        assert_eq!(stays_behind(Some("cam2"), "intro", "report", &player), Some("cam2"));
        assert_eq!(stays_behind(Some("cam1"), "cam2", "cam2", &player), Some("cam1"));
        assert_eq!(to("report", [Some("cam2"), None]), Some((19_960, "cam2".into())));
    }

    #[test]
    fn a_loop_and_a_cued_file_stay() {
        for stays in [media(true, None), media(false, None)] {
            assert_eq!(leave("intro", ["cam1"].into_iter(), &SCENES, &|id| (id == "intro").then_some(&stays)), None);
        }
    }

    #[test]
    fn without_a_scene_before_it_the_preview_or_any_camera_will_do() {
        let intro = media(true, Some(10_000));
        let to = |wanted: &[&'static str], scenes: &[&'static str]| {
            let player = |id: &str| (id == "intro").then_some(&intro);
            leave("intro", wanted.iter().copied(), scenes, &player).map(|(_, scene)| scene)
        };
        assert_eq!(to(&[], &SCENES).as_deref(), Some("cam1"));
        assert_eq!(to(&["cam2"], &SCENES).as_deref(), Some("cam2"));
        // A scene that was removed meanwhile is none to go back to.
        assert_eq!(to(&["duo", "cam2"], &SCENES).as_deref(), Some("cam2"));
        assert_eq!(to(&[], &["intro"]), None);
    }
}
