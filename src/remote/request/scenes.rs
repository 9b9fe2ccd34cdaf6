//! Scenes and their layers, which are called items there.

use serde_json::{Value, json};

use super::{Answer, Fields, Refusal, status};
use crate::{
    protocol::{Fit, Layer, Scene, State, StudioCommand},
    remote::{
        events::{scene_list, scene_name, shows, with},
        names,
        show::Show,
    },
};

/// `OBS_ALIGN_LEFT | OBS_ALIGN_TOP`
const TOP_LEFT: u8 = 5;

/// The scene that a request names.
pub fn scene<'a>(state: &'a State, fields: &Fields<'_>) -> Result<&'a Scene, Refusal> {
    fields.named(
        "sceneName",
        "sceneUuid",
        |name| state.scenes.iter().find(|scene| scene.id == name),
        |uuid| state.scenes.iter().find(|scene| names::uuid("scene", &scene.id) == uuid),
    )
}

/// `GetSceneList`
pub fn list(show: &Show) -> Answer {
    let program = &show.state.program.scene;
    let preview = show.desk.studio_mode().then(|| preview_of(show));
    Ok(json!({
        "currentProgramSceneName": program,
        "currentProgramSceneUuid": names::uuid("scene", program),
        "currentPreviewSceneName": preview,
        "currentPreviewSceneUuid": preview.map(|scene| names::uuid("scene", scene)),
        "scenes": scene_list(&show.state),
    }))
}

/// `GetGroupList`
pub fn groups() -> Answer {
    Ok(json!({ "groups": [] }))
}

/// `GetCurrentProgramScene`
pub fn program(show: &Show) -> Answer {
    let scene = &show.state.program.scene;
    let named = json!({ "currentProgramSceneName": scene, "currentProgramSceneUuid": names::uuid("scene", scene) });
    Ok(with(scene_name(scene), named))
}

/// `SetCurrentProgramScene`: a take, by the transition chosen.
pub async fn set_program(show: &mut Show, fields: &Fields<'_>) -> Answer {
    let scene = scene(&show.state, fields)?.id.clone();
    let transition = show.desk.transition();
    show.command(StudioCommand::Take { scene: Some(scene), transition }).await?;
    Ok(Value::Null)
}

/// What remotes see in preview: there always is something.
pub fn preview_of(show: &Show) -> &str {
    show.state.preview.as_ref().unwrap_or(&show.state.program.scene)
}

/// What can be done in studio mode alone.
pub fn in_studio_mode(show: &Show) -> Result<(), Refusal> {
    match show.desk.studio_mode() {
        true => Ok(()),
        false => Err(Refusal::new(status::STUDIO_MODE_NOT_ACTIVE, "Studio mode is off: enable it first.")),
    }
}

/// `GetCurrentPreviewScene`
pub fn preview(show: &Show) -> Answer {
    in_studio_mode(show)?;
    let scene = preview_of(show);
    let named = json!({ "currentPreviewSceneName": scene, "currentPreviewSceneUuid": names::uuid("scene", scene) });
    Ok(with(scene_name(scene), named))
}

/// `SetCurrentPreviewScene`
pub async fn set_preview(show: &mut Show, fields: &Fields<'_>) -> Answer {
    in_studio_mode(show)?;
    let scene = scene(&show.state, fields)?.id.clone();
    show.command(StudioCommand::Preview { scene }).await?;
    Ok(Value::Null)
}

/// `GetSceneSceneTransitionOverride`: no scene has one.
pub fn no_override(show: &Show, fields: &Fields<'_>) -> Answer {
    scene(&show.state, fields)?;
    Ok(json!({ "transitionName": null, "transitionDuration": null }))
}

/// `GetSceneItemList`
pub fn items(show: &Show, fields: &Fields<'_>) -> Answer {
    let scene = scene(&show.state, fields)?;
    let items = scene.layers.iter().enumerate().map(|(index, layer)| {
        json!({
            "sceneItemId": index + 1,
            "sceneItemIndex": index,
            "sceneItemEnabled": true,
            "sceneItemLocked": scene.automatic,
            "sceneItemTransform": transform(&show.state, layer),
            "sceneItemBlendMode": "OBS_BLEND_NORMAL",
            "sourceName": layer.source,
            "sourceUuid": names::uuid("input", &layer.source),
            "sourceType": "OBS_SOURCE_TYPE_INPUT",
            "inputKind": show.state.sources.get(&layer.source).map(|source| source.kind.as_str()),
            "isGroup": null,
        })
    });
    Ok(json!({ "sceneItems": items.collect::<Value>() }))
}

/// `GetSceneItemId`
pub fn item_id(show: &Show, fields: &Fields<'_>) -> Answer {
    let (scene, source) = (scene(&show.state, fields)?, fields.text("sourceName")?);
    let skip = fields.optional_number("searchOffset", -1.0, f64::MAX)?.unwrap_or(0.0);
    let mut found = scene.layers.iter().enumerate().filter(|(_, layer)| layer.source == source);
    let found = if skip < 0.0 { found.next_back() } else { found.nth(skip as usize) };
    let absent = || Refusal::new(status::NOT_FOUND, "No scene item was found by that name or offset.");
    found.map(|(index, _)| json!({ "sceneItemId": index + 1 })).ok_or_else(absent)
}

/// A scene's layer and its place in it, counted from 0 at the bottom.
fn item<'a>(show: &'a Show, fields: &Fields<'_>) -> Result<(usize, &'a Layer, bool), Refusal> {
    let scene = scene(&show.state, fields)?;
    let id = fields.number("sceneItemId", 0.0, f64::MAX)?;
    let absent = || Refusal::new(status::NOT_FOUND, "The scene has no item of that id.");
    let index = (id as usize).checked_sub(1).ok_or_else(absent)?;
    Ok((index, scene.layers.get(index).ok_or_else(absent)?, scene.automatic))
}

/// `GetSceneItemSource`
pub fn item_source(show: &Show, fields: &Fields<'_>) -> Answer {
    let (_, layer, _) = item(show, fields)?;
    Ok(json!({ "sourceName": layer.source, "sourceUuid": names::uuid("input", &layer.source) }))
}

/// `GetSceneItemTransform`
pub fn item_transform(show: &Show, fields: &Fields<'_>) -> Answer {
    let (_, layer, _) = item(show, fields)?;
    Ok(json!({ "sceneItemTransform": transform(&show.state, layer) }))
}

/// `GetSceneItemIndex`
pub fn item_index(show: &Show, fields: &Fields<'_>) -> Answer {
    Ok(json!({ "sceneItemIndex": item(show, fields)?.0 }))
}

/// `GetSceneItemEnabled`: a layer that is not wanted is removed.
pub fn item_enabled(show: &Show, fields: &Fields<'_>) -> Answer {
    item(show, fields)?;
    Ok(json!({ "sceneItemEnabled": true }))
}

/// `GetSceneItemLocked`: automatic scenes cannot be edited.
pub fn item_locked(show: &Show, fields: &Fields<'_>) -> Answer {
    Ok(json!({ "sceneItemLocked": item(show, fields)?.2 }))
}

/// A layer's place in pixels. Every source comes in the studio's own size.
fn transform(state: &State, layer: &Layer) -> Value {
    let (width, height) = (f64::from(state.studio.width), f64::from(state.studio.height));
    let (x, y) = (layer.x * width, layer.y * height);
    let (wide, high) = (layer.width * width, layer.height * height);
    let bounds = match layer.fit {
        Fit::Contain => "OBS_BOUNDS_SCALE_INNER",
        Fit::Cover => "OBS_BOUNDS_SCALE_OUTER",
    };
    let crop = |fraction: f64, whole: f64| (fraction * whole).round() as i64;
    json!({
        "positionX": x, "positionY": y, "rotation": 0.0,
        "width": wide, "height": high, "scaleX": layer.width, "scaleY": layer.height,
        "sourceWidth": width, "sourceHeight": height, "alignment": TOP_LEFT,
        "boundsType": bounds, "boundsAlignment": 0, "boundsWidth": wide, "boundsHeight": high,
        "cropLeft": crop(layer.crop.left, width), "cropRight": crop(layer.crop.right, width),
        "cropTop": crop(layer.crop.top, height), "cropBottom": crop(layer.crop.bottom, height),
        "cropToBounds": layer.fit == Fit::Cover,
    })
}

/// A scene or an input, as requests about sources may name either.
pub enum Source<'a> {
    /// A scene; the full-frame scene of an input has the input's id and is found here.
    Scene(&'a Scene),
    /// An input without a picture.
    Input(&'a str),
}

/// The source that a request names.
pub fn source<'a>(state: &'a State, fields: &Fields<'_>) -> Result<Source<'a>, Refusal> {
    let scene = |wanted: &dyn Fn(&str) -> bool| state.scenes.iter().find(|scene| wanted(&scene.id)).map(Source::Scene);
    let input = |wanted: &dyn Fn(&str) -> bool| state.sources.keys().find(|id| wanted(id)).map(|id| Source::Input(id));
    fields.named(
        "sourceName",
        "sourceUuid",
        |name| scene(&|id| id == name).or_else(|| input(&|id| id == name)),
        |uuid| {
            let by_scene = scene(&|id| names::uuid("scene", id) == uuid || names::uuid("input", id) == uuid);
            by_scene.or_else(|| input(&|id| names::uuid("input", id) == uuid))
        },
    )
}

/// `GetSourceActive`
pub fn source_active(show: &Show, fields: &Fields<'_>) -> Answer {
    let state = &show.state;
    let id = match source(state, fields)? {
        Source::Scene(scene) => scene.id.as_str(),
        Source::Input(id) => id,
    };
    let visible = |scene: Option<&str>| scene == Some(id) || shows(state, scene, id);
    Ok(json!({
        "videoActive": visible(Some(&state.program.scene)),
        "videoShowing": visible(Some(&state.program.scene)) || visible(state.preview.as_deref()),
    }))
}

/// `GetSourceFilterList`
pub fn filters(show: &Show, fields: &Fields<'_>) -> Answer {
    source(&show.state, fields)?;
    Ok(json!({ "filters": [] }))
}

/// `GetSourceFilterKindList`
pub fn filter_kinds() -> Answer {
    Ok(json!({ "sourceFilterKinds": [] }))
}
