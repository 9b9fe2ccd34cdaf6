//! The keys of a kind, checked against its row of the registry.

use std::path::{Component, Path};

use url::Url;

use super::{
    Kind, Setting, Settings, ValueType,
    mistake::{Mistakes, listed, quote},
    secret::{Surroundings, secret_of},
    section::{Section, Value, choice_of, flag_of, integer_of, text_of, unknown_word},
};

/// Longest text, address or path, in characters.
const LONGEST: usize = 4096;

/// The kind a section names; the row's name is among `kinds`.
pub(super) fn kind_of(
    section: &mut Section<'_, '_>,
    kinds: &'static [Kind],
    mistakes: &mut Mistakes,
) -> Option<&'static Kind> {
    let Some(value) = section.value("kind") else {
        let (name, all) = (section.name(), listed(kinds.iter().map(|kind| kind.name)));
        mistakes.at(
            section.place(),
            format!("il manque `kind` dans {name} ; un de ces mots : {all}"),
            format!("`kind` is missing in {name}; one of {all}"),
        );
        return None;
    };
    let name = text_of("kind", value, LONGEST, mistakes)?;
    let kind = kinds.iter().find(|kind| kind.name == name);
    if kind.is_none() {
        let words: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
        unknown_word("kind", &name, &words, &value.span(), mistakes);
    }
    kind
}

/// All keys of the kind.
pub(super) fn settings_of(
    section: &mut Section<'_, '_>,
    kind: &'static Kind,
    around: &Surroundings<'_>,
    mistakes: &mut Mistakes,
) -> Settings {
    let mut settings = Settings::default();
    for key in kind.keys {
        let Some(value) = section.value(key.name) else {
            // A preset may have given it.
            if key.required && !settings.has(key.name) {
                let (name, kind, [fr, en]) = (section.name(), kind.name, key.help);
                mistakes.at(
                    section.place(),
                    format!("il manque `{}` dans {name} ; le type `{kind}` en a besoin : {fr}", key.name),
                    format!("`{}` is missing in {name}; the kind `{kind}` needs it: {en}", key.name),
                );
            }
            continue;
        };
        if let Some(setting) = setting_of(key.name, key.value, value, around, mistakes) {
            if let (ValueType::Preset(presets), Setting::Text(word)) = (key.value, &setting) {
                let fills = presets.iter().filter(|preset| preset.name == word).flat_map(|preset| preset.fills);
                fills.for_each(|(name, text)| settings.set(*name, Setting::Text((*text).to_owned())));
            }
            settings.set(key.name, setting);
        }
    }
    settings
}

fn setting_of(
    key: &str,
    wanted: ValueType,
    value: &Value<'_>,
    around: &Surroundings<'_>,
    mistakes: &mut Mistakes,
) -> Option<Setting> {
    match wanted {
        ValueType::Text => text_of(key, value, LONGEST, mistakes).map(Setting::Text),
        ValueType::Url(schemes) => url_of(key, schemes, value, mistakes).map(Setting::Text),
        ValueType::Path => text_of(key, value, LONGEST, mistakes).map(Setting::Text),
        ValueType::NewFile => new_file_of(key, value, mistakes).map(Setting::Text),
        ValueType::Integer { min, max } => integer_of(key, value, min..=max, ["", ""], mistakes).map(Setting::Integer),
        ValueType::Flag => flag_of(key, value, mistakes).map(Setting::Flag),
        ValueType::Choice(words) => choice_of(key, value, words, mistakes).map(|word| Setting::Text(word.to_owned())),
        ValueType::Preset(presets) => {
            let words: Vec<_> = presets.iter().map(|preset| preset.name).collect();
            choice_of(key, value, &words, mistakes).map(|word| Setting::Text(word.to_owned()))
        }
        ValueType::Secret => secret_of(key, value, around, mistakes).map(Setting::Secret),
    }
}

/// An address with one of the schemes and a host. The sentences never quote it: addresses carry
/// keys and passwords.
fn url_of(key: &str, schemes: &[&str], value: &Value<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = text_of(key, value, LONGEST, mistakes)?;
    let example = schemes.first().copied().unwrap_or("https");
    let starts = schemes.iter().map(|scheme| format!("{scheme}://")).collect::<Vec<_>>();
    let starts = listed(starts.iter().map(String::as_str));
    let Some((scheme, rest)) = text.split_once("://") else {
        mistakes.at(
            &value.span(),
            format!("`{key}` n'est pas une adresse ; elle doit commencer par {starts}, comme {example}://serveur/…"),
            format!("`{key}` is not an address; it should start with {starts}, such as {example}://server/…"),
        );
        return None;
    };
    let scheme = scheme.to_ascii_lowercase();
    if !schemes.contains(&scheme.as_str()) {
        let scheme = quote(&scheme);
        mistakes.at(
            &value.span(),
            format!("`{key}` commence par `{scheme}://` ; il faut {starts}"),
            format!("`{key}` starts with `{scheme}://`; it should start with {starts}"),
        );
        return None;
    }
    // A file has no host; SRT listens on all addresses when it is given a port alone.
    let checked = if scheme == "srt" && rest.starts_with(':') {
        Url::parse(&format!("srt://0.0.0.0{rest}"))
    } else {
        Url::parse(&text)
    };
    // `http:///a` is read as `http://a` by browsers; nobody means it here.
    let has_host = |url: &Url| !rest.starts_with('/') && url.host_str().is_some_and(|host| !host.is_empty());
    match checked {
        Ok(url) if scheme == "file" || has_host(&url) => Some(text),
        Ok(_) | Err(url::ParseError::EmptyHost) => {
            mistakes.at(
                &value.span(),
                format!("`{key}` ne nomme pas de serveur ; il faut {example}://serveur/…"),
                format!("`{key}` names no host; it should be {example}://server/…"),
            );
            None
        }
        Err(error) => {
            mistakes.at(
                &value.span(),
                format!("`{key}` n'est pas une adresse valable ({error}) ; il faut {example}://serveur/…"),
                format!("`{key}` is not a valid address ({error}); it should be {example}://server/…"),
            );
            None
        }
    }
}

/// A file inside the data folder.
fn new_file_of(key: &str, value: &Value<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let text = text_of(key, value, LONGEST, mistakes)?;
    let inside = Path::new(&text).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside || text.ends_with('/') || Path::new(&text).file_name().is_none() {
        mistakes.at(
            &value.span(),
            format!("`{key}` doit nommer un fichier dans le dossier des données, comme \"program.mp4\" : ni chemin absolu, ni `..`"),
            format!("`{key}` should name a file in the data folder, such as \"program.mp4\": no absolute path, no `..`"),
        );
        return None;
    }
    Some(text)
}
