//! From text to [`Config`], with every mistake on the way.

use std::{collections::HashMap, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Config, Kinds, Mistake, Output, Source, ValueType, Voice,
    mistake::{Mistakes, did_you_mean, quote},
    people,
    scene::{self, MAX_LABEL},
    secret::{Surroundings, read_small, unreadable},
    section::{Section, describe},
    settings::{kind_of, settings_of},
    syntax, tables, webrtc,
};
use crate::protocol::Text;

/// The longest configuration, in bytes.
const LONGEST: usize = 1 << 20;

/// The tables that exist, and whether there may be several (`[[…]]`).
const PARTS: [(&str, bool); 15] = [
    ("plateau", false),
    ("access", false),
    ("tls", false),
    ("video", false),
    ("encoder", false),
    ("source", true),
    ("scene", true),
    ("output", true),
    ("voices", true),
    ("audience", false),
    ("obs_websocket", false),
    ("archive", false),
    ("agreement", false),
    ("retention", false),
    ("webrtc", false),
];

/// Reads and checks a configuration. Relative files of secrets and of `[tls]` are looked for in
/// the configuration's own folder.
///
/// # Errors
/// Every mistake in the file, in its order; or one of line 0 where it cannot be read at all.
pub fn load(path: &Path, kinds: &Kinds) -> Result<Config, Vec<Mistake>> {
    let text = read_small(path, LONGEST).map_err(|error| {
        let why = unreadable(&error);
        let text = Text::new(
            format!("la configuration est illisible : {}", why.fr),
            format!("the configuration cannot be read: {}", why.en),
        );
        vec![Mistake::of_file(text)]
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    parse_in(&text, kinds, &Surroundings { folder, env: &|name| std::env::var(name).ok() })
}

/// Checks a configuration. Relative files of secrets and of `[tls]` are looked for in the current
/// folder.
///
/// # Errors
/// Every mistake in the text, in its order.
pub fn parse(text: &str, kinds: &Kinds) -> Result<Config, Vec<Mistake>> {
    parse_in(text, kinds, &Surroundings { folder: Path::new(""), env: &|name| std::env::var(name).ok() })
}

pub(super) fn parse_in(text: &str, kinds: &Kinds, around: &Surroundings<'_>) -> Result<Config, Vec<Mistake>> {
    let mut mistakes = Mistakes::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What could be read of it is not checked: half a table has mistakes that nobody made.
        for error in &errors {
            syntax::note(error, text, &mut mistakes);
        }
        return Err(mistakes.into_list());
    }
    let parts = Parts { table: root.get_ref() };
    parts.check_names(&mut mistakes);

    let plateau = tables::plateau(parts.one("plateau", &mut mistakes), &mut mistakes);
    let access = tables::access(parts.one("access", &mut mistakes), around, &mut mistakes);
    let tls = tables::tls(parts.one("tls", &mut mistakes), around, &mut mistakes);
    let video = tables::video(parts.one("video", &mut mistakes), &mut mistakes);
    let encoder = tables::encoder(parts.one("encoder", &mut mistakes), &mut mistakes);
    let obs_websocket = tables::obs_websocket(parts.one("obs_websocket", &mut mistakes), around, &mut mistakes);
    let archive = tables::archive(parts.one("archive", &mut mistakes), &mut mistakes);
    let agreement = people::agreement(parts.one("agreement", &mut mistakes), &mut mistakes);
    let retention = people::retention(parts.one("retention", &mut mistakes), &mut mistakes);
    let webrtc = webrtc::read(parts.one("webrtc", &mut mistakes), around, &mut mistakes);

    let source_sections = parts.several("source", &mut mistakes);
    // Every id that is written, so that a scene that names a source with a mistake is not one more.
    let names: Vec<String> = source_sections.iter().filter_map(|section| section.peek_text("id")).collect();
    let mut ids = Ids::default();
    let sources = source_sections
        .into_iter()
        .filter_map(|section| source(section, kinds, &mut ids, around, &mut mistakes))
        .collect();

    let mut ids = Ids::default();
    let is_source = |id: &str| names.iter().any(|name| name == id);
    let mut scenes = Vec::new();
    for section in parts.several("scene", &mut mistakes) {
        let place = section.place_of("id");
        if let Some(scene) = scene::read(section, &is_source, &mut mistakes) {
            ids.note(&scene.id, "[[scene]]", place, &mut mistakes);
            scenes.push(scene);
        }
    }

    let (mut ids, mut files) = (Ids::default(), HashMap::new());
    let outputs = parts
        .several("output", &mut mistakes)
        .into_iter()
        .filter_map(|section| output(section, kinds, &mut ids, &mut files, around, &mut mistakes))
        .collect();

    let mut ids = Ids::default();
    let voices = parts
        .several("voices", &mut mistakes)
        .into_iter()
        .filter_map(|section| voice(section, kinds, &mut ids, around, &mut mistakes))
        .collect();
    let audience = tables::audience(parts.one("audience", &mut mistakes), &mut mistakes);

    if !mistakes.is_empty() {
        return Err(mistakes.into_list());
    }
    Ok(Config {
        plateau,
        access,
        tls,
        video,
        encoder,
        sources,
        scenes,
        outputs,
        voices,
        audience,
        obs_websocket,
        archive,
        agreement,
        retention,
        webrtc,
    })
}

/// The tables of the file.
struct Parts<'a, 'i> {
    table: &'a DeTable<'i>,
}

impl<'a, 'i> Parts<'a, 'i> {
    fn check_names(&self, mistakes: &mut Mistakes) {
        let bracketed = |name: &str| match PARTS.iter().find(|(part, _)| *part == name) {
            Some((name, true)) => format!("[[{name}]]"),
            _ => format!("[{name}]"),
        };
        for (key, value) in self.table {
            let written: &str = key.get_ref();
            if PARTS.iter().any(|(name, _)| *name == written) {
                continue;
            }
            let quoted = quote(written);
            if !matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_)) {
                mistakes.at(
                    &key.span(),
                    format!("`{quoted}` est hors de toute table ; écrivez-le sous [plateau], [video]… selon ce qu'il règle"),
                    format!("`{quoted}` stands outside any table; write it under [plateau], [video]… whichever it belongs to"),
                );
                continue;
            }
            let plural = written.strip_suffix('s').filter(|one| PARTS.iter().any(|(name, _)| name == one));
            match plural.or_else(|| did_you_mean(written, PARTS.iter().map(|(name, _)| *name))) {
                Some(meant) => {
                    let meant = bracketed(meant);
                    mistakes.at(
                        &key.span(),
                        format!("[{quoted}] n'existe pas ; vouliez-vous écrire {meant} ?"),
                        format!("there is no [{quoted}]; did you mean {meant}?"),
                    );
                }
                None => {
                    let all: Vec<_> = PARTS.iter().map(|(name, _)| bracketed(name)).collect();
                    let all = all.join(", ");
                    mistakes.at(
                        &key.span(),
                        format!("[{quoted}] n'existe pas ; il y a {all}"),
                        format!("there is no [{quoted}]; there are {all}"),
                    );
                }
            }
        }
    }

    /// `[name]`
    fn one(&self, name: &str, mistakes: &mut Mistakes) -> Option<Section<'a, 'i>> {
        let value = self.table.get(name)?;
        if let DeValue::Array(list) = value.get_ref()
            && list.iter().all(|item| matches!(item.get_ref(), DeValue::Table(_)))
        {
            let place = list.first().map_or_else(|| value.span(), Spanned::span);
            mistakes.at(
                &place,
                format!("[[{name}]] s'écrit [{name}], une seule fois"),
                format!("[[{name}]] is written [{name}], once"),
            );
            return None;
        }
        Section::of(&format!("[{name}]"), value, mistakes)
    }

    /// Each `[[name]]`.
    fn several(&self, name: &str, mistakes: &mut Mistakes) -> Vec<Section<'a, 'i>> {
        let Some(value) = self.table.get(name) else { return Vec::new() };
        let heading = format!("[[{name}]]");
        match value.get_ref() {
            DeValue::Array(list) => list.iter().filter_map(|item| Section::of(&heading, item, mistakes)).collect(),
            other => {
                let got = describe(other);
                mistakes.at(
                    &value.span(),
                    format!("`{name}` s'écrit {heading}, à doubles crochets, car il peut y en avoir plusieurs ; ici c'est {}", got.fr),
                    format!("`{name}` is written {heading}, in double brackets, since there may be several; here it is {}", got.en),
                );
                Vec::new()
            }
        }
    }
}

/// The ids of one sort that were met.
#[derive(Default)]
struct Ids {
    met: HashMap<String, usize>,
}

impl Ids {
    /// Notes an id; one that was met already is a mistake.
    fn note(&mut self, id: &str, heading: &str, place: Range<usize>, mistakes: &mut Mistakes) {
        let line = mistakes.line(&place);
        if let Some(first) = self.met.get(id) {
            mistakes.at(
                &place,
                format!("l'`id` « {id} » est déjà celui d'une {heading}, ligne {first} ; chacun n'en désigne qu'une"),
                format!("the `id` \"{id}\" already belongs to a {heading}, on line {first}; each names only one"),
            );
        } else {
            self.met.insert(id.to_owned(), line);
        }
    }
}

/// A `[[source]]`.
fn source(
    mut section: Section<'_, '_>,
    kinds: &Kinds,
    ids: &mut Ids,
    around: &Surroundings<'_>,
    mistakes: &mut Mistakes,
) -> Option<Source> {
    let id = section.id(mistakes);
    if let Some(id) = &id {
        let place = section.place_of("id");
        ids.note(id, "[[source]]", place.clone(), mistakes);
        if id == "program" {
            mistakes.at(
                &place,
                "« program » désigne l'image à l'antenne ; choisissez un autre `id` pour la source",
                "\"program\" is the picture on air; choose another `id` for the source",
            );
        }
    }
    let label = section.text("label", MAX_LABEL, mistakes).or_else(|| id.clone());
    let audio_delay_ms =
        section.integer("audio_delay_ms", -2000..=2000, ["millisecondes", "milliseconds"], mistakes).unwrap_or(0);
    let follow = section.flag("follow", mistakes);
    // Without its kind, a source's other keys cannot be judged.
    let kind = kind_of(&mut section, kinds.sources, mistakes)?;
    let settings = settings_of(&mut section, kind, around, mistakes);
    section.close(mistakes);
    let audio_delay_ms = i32::try_from(audio_delay_ms).expect("the range was checked");
    Some(Source { id: id?, label: label?, kind, audio_delay_ms, follow, settings })
}

/// An `[[output]]`.
fn output(
    mut section: Section<'_, '_>,
    kinds: &Kinds,
    ids: &mut Ids,
    files: &mut HashMap<std::path::PathBuf, usize>,
    around: &Surroundings<'_>,
    mistakes: &mut Mistakes,
) -> Option<Output> {
    let id = section.id(mistakes);
    if let Some(id) = &id {
        ids.note(id, "[[output]]", section.place_of("id"), mistakes);
    }
    let label = section.text("label", MAX_LABEL, mistakes).or_else(|| id.clone());
    let auto = section.choice("start", &["manual", "auto"], mistakes) == Some("auto");
    let kind = kind_of(&mut section, kinds.outputs, mistakes)?;
    let settings = settings_of(&mut section, kind, around, mistakes);
    for key in kind.keys.iter().filter(|key| matches!(key.value, ValueType::NewFile)) {
        let Some(file) = settings.text(key.name) else { continue };
        let place = section.place_of(key.name);
        let line = mistakes.line(&place);
        // Components, so that `a//b` and `./a/b` are one file.
        let normal =
            Path::new(file).components().filter(|part| matches!(part, std::path::Component::Normal(_))).collect();
        if let Some(first) = files.get(&normal) {
            let file = quote(file);
            mistakes.at(
                &place,
                format!(
                    "« {file} » est déjà le fichier d'une autre sortie, ligne {first} ; donnez-en un autre à celle-ci"
                ),
                format!("\"{file}\" already is the file of another output, on line {first}; give this one another"),
            );
        } else {
            files.insert(normal, line);
        }
    }
    section.close(mistakes);
    Some(Output { id: id?, label: label?, kind, auto, settings })
}

/// A `[[voices]]`.
fn voice(
    mut section: Section<'_, '_>,
    kinds: &Kinds,
    ids: &mut Ids,
    around: &Surroundings<'_>,
    mistakes: &mut Mistakes,
) -> Option<Voice> {
    let id = section.id(mistakes);
    if let Some(id) = &id {
        ids.note(id, "[[voices]]", section.place_of("id"), mistakes);
    }
    let label = section.text("label", MAX_LABEL, mistakes).or_else(|| id.clone());
    let kind = kind_of(&mut section, kinds.voices, mistakes)?;
    let settings = settings_of(&mut section, kind, around, mistakes);
    section.close(mistakes);
    Some(Voice { id: id?, label: label?, kind, settings })
}
