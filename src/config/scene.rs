//! Scenes: what makes one valid, wherever it comes from.

use super::{
    mistake::{Mistakes, quote},
    section::{Section, is_id, text_of},
};
use crate::protocol::{Crop, Fit, Layer, Scene, Text};

/// Layers of one scene.
pub const MAX_LAYERS: usize = 16;
/// The least width and height of a layer, as a fraction of the frame; and the least that a crop
/// leaves of a picture.
pub const LEAST_FRACTION: f64 = 0.01;
/// Characters of a label.
pub const MAX_LABEL: usize = 80;
/// Written fractions are rounded: thirds reach 0.3333 + 0.6667.
const ROUNDING: f64 = 0.001;

/// Something wrong with a scene, at a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SceneFault {
    /// The layer, counted from 0; `None`: the scene itself.
    pub layer: Option<usize>,
    /// The field, as in the protocol.
    pub field: &'static str,
    /// What is wrong, and what would be right.
    pub text: Text,
}

/// Everything that is wrong with a scene; empty: it can be shown. `is_source` tells the ids of
/// sources.
pub fn scene_faults(scene: &Scene, is_source: impl Fn(&str) -> bool) -> Vec<SceneFault> {
    let mut faults = Vec::new();
    let mut fault = |layer, field, fr: String, en: String| {
        faults.push(SceneFault { layer, field, text: Text::new(fr, en) });
    };
    let unknown = |source: &str| {
        let source = quote(source);
        (
            format!("la source « {source} » n'existe pas ; nommez l'`id` d'une [[source]]"),
            format!("there is no source \"{source}\"; name the `id` of a [[source]]"),
        )
    };
    let id = quote(&scene.id);
    if !is_id(&scene.id) {
        fault(
            None,
            "id",
            format!("l'`id` « {id} » doit avoir de 1 à 32 caractères parmi a-z, 0-9, `_` et `-`"),
            format!("the `id` \"{id}\" should be 1 to 32 characters of a-z, 0-9, `_` and `-`"),
        );
    } else if is_source(&scene.id) {
        fault(
            None,
            "id",
            format!(
                "la scène « {id} » porte l'`id` d'une source, dont la scène plein cadre existe déjà sous ce nom ; choisissez un autre `id`"
            ),
            format!(
                "the scene \"{id}\" has the `id` of a source, whose full-frame scene already bears it; choose another `id`"
            ),
        );
    }
    let label = scene.label.chars().count();
    if scene.label.trim().is_empty() || label > MAX_LABEL || scene.label.chars().any(char::is_control) {
        fault(
            None,
            "label",
            format!("le nom de la scène doit avoir de 1 à {MAX_LABEL} caractères, sur une ligne"),
            format!("the scene's name should be 1 to {MAX_LABEL} characters, on one line"),
        );
    }
    if scene.layers.is_empty() {
        fault(
            None,
            "layers",
            format!(
                "la scène « {id} » ne montre aucune source ; donnez-lui au moins une couche, comme {{ source = \"cam1\" }}"
            ),
            format!("the scene \"{id}\" shows no source; give it at least one layer, such as {{ source = \"cam1\" }}"),
        );
    } else if scene.layers.len() > MAX_LAYERS {
        fault(
            None,
            "layers",
            format!("la scène « {id} » a {} couches ; {MAX_LAYERS} au plus", scene.layers.len()),
            format!("the scene \"{id}\" has {} layers; at most {MAX_LAYERS}", scene.layers.len()),
        );
    }
    for microphone in &scene.microphones {
        if !is_source(microphone) {
            let (fr, en) = unknown(microphone);
            fault(None, "microphones", fr, en);
        }
    }
    for (number, layer) in scene.layers.iter().enumerate() {
        if !is_source(&layer.source) {
            let (fr, en) = unknown(&layer.source);
            fault(Some(number), "source", fr, en);
        }
        for (field, axis, start, size) in [("width", "x", layer.x, layer.width), ("height", "y", layer.y, layer.height)]
        {
            if size < LEAST_FRACTION || size.is_nan() {
                fault(
                    Some(number),
                    field,
                    format!(
                        "`{field} = {size}` ne laisse rien à voir ; c'est une fraction du cadre, de {LEAST_FRACTION} à 1"
                    ),
                    format!(
                        "`{field} = {size}` leaves nothing to see; it is a fraction of the frame, from {LEAST_FRACTION} to 1"
                    ),
                );
            } else if !(start >= -ROUNDING && start + size <= 1.0 + ROUNDING) {
                fault(
                    Some(number),
                    if (-ROUNDING..1.0).contains(&start) { field } else { axis },
                    format!(
                        "la couche sort du cadre : `{axis} = {start}` et `{field} = {size}` ; {axis} doit être au moins 0, et {axis} + {field} au plus 1"
                    ),
                    format!(
                        "the layer leaves the frame: `{axis} = {start}` and `{field} = {size}`; {axis} should be at least 0, and {axis} + {field} at most 1"
                    ),
                );
            }
        }
        let Crop { left, right, top, bottom } = layer.crop;
        let in_range = [left, right, top, bottom].iter().all(|side| (0.0..1.0).contains(side));
        if !in_range || left + right > 1.0 - LEAST_FRACTION || top + bottom > 1.0 - LEAST_FRACTION {
            fault(
                Some(number),
                "crop",
                "le rognage ne laisse rien de l'image ; chaque côté est une fraction de 0 à 1, et deux côtés opposés font ensemble moins de 1".into(),
                "the crop leaves nothing of the picture; each side is a fraction from 0 to 1, and opposite sides together are less than 1".into(),
            );
        }
    }
    faults
}

/// A `[[scene]]`.
pub(super) fn read(
    mut section: Section<'_, '_>,
    is_source: &dyn Fn(&str) -> bool,
    mistakes: &mut Mistakes,
) -> Option<Scene> {
    let id = section.id(mistakes);
    let label = section.text("label", MAX_LABEL, mistakes).or_else(|| id.clone());
    let mut complete = true;
    let mut places = Vec::new();
    let mut layers = Vec::new();
    for value in section.list("layers", mistakes) {
        let Some(mut layer) = Section::of("`layers`", value, mistakes) else {
            complete = false;
            continue;
        };
        match layer_of(&mut layer, mistakes) {
            Some(read) => {
                layers.push(read);
                places.push(layer);
            }
            None => {
                complete = false;
                layer.close(mistakes);
            }
        }
    }
    let mut microphones = Vec::new();
    for value in section.list("microphones", mistakes) {
        match text_of("microphones", value, MAX_LABEL, mistakes) {
            Some(microphone) if microphones.contains(&microphone) => mistakes.at(
                &value.span(),
                format!("`microphones` nomme deux fois « {} »", quote(&microphone)),
                format!("`microphones` names \"{}\" twice", quote(&microphone)),
            ),
            Some(microphone) => microphones.push(microphone),
            None => complete = false,
        }
    }
    // The faults of a scene without a valid id are looked for all the same.
    let (id_read, label_read) = (id.is_some(), label.is_some());
    let (id, label) = (id.unwrap_or_default(), label.unwrap_or_default());
    let scene = Scene { id, label, layers, automatic: false, microphones };
    for fault in scene_faults(&scene, is_source) {
        // What could not be read has its own mistake already.
        let noted = match fault.field {
            "layers" => !complete,
            "id" => !id_read,
            "label" => !label_read,
            _ => false,
        };
        if noted {
            continue;
        }
        let place = match fault.layer {
            Some(layer) => places[layer].place_of(fault.field),
            None => section.place_of(fault.field),
        };
        mistakes.at(&place, fault.text.fr, fault.text.en);
    }
    for layer in places {
        layer.close(mistakes);
    }
    section.close(mistakes);
    id_read.then_some(scene)
}

fn layer_of(section: &mut Section<'_, '_>, mistakes: &mut Mistakes) -> Option<Layer> {
    let source = section.required("source", mistakes).and_then(|value| text_of("source", value, usize::MAX, mistakes));
    let mut fraction = |key, default| match section.value(key) {
        Some(_) => section.number(key, mistakes),
        None => Some(default),
    };
    let (x, y, width, height) =
        (fraction("x", 0.0), fraction("y", 0.0), fraction("width", 1.0), fraction("height", 1.0));
    let fit = match section.choice("fit", &["contain", "cover"], mistakes) {
        Some("cover") => Fit::Cover,
        _ => Fit::Contain,
    };
    let crop = match section.value("crop") {
        Some(value) => Section::of("`crop`", value, mistakes).map(|mut crop| {
            let mut side = |key| crop.number(key, mistakes).unwrap_or(0.0);
            let sides = Crop { left: side("left"), right: side("right"), top: side("top"), bottom: side("bottom") };
            crop.close(mistakes);
            sides
        }),
        None => Some(Crop::default()),
    };
    Some(Layer { source: source?, x: x?, y: y?, width: width?, height: height?, fit, crop: crop? })
}
