//! The manual of the configuration: every key, its unit, range and default, in both languages.

use super::{Key, Kind, Kinds, ValueType};

const COMMON: &str = include_str!("reference.toml");

/// The commented configuration that is the manual; what the kinds understand comes from their
/// registries, so that a new kind is in it by itself. It is a valid configuration, and stays one
/// when the `#` of every setting of one source or output is removed.
pub fn reference(kinds: &Kinds) -> String {
    let sources = blocks("source", kinds.sources, |number| format!("cam{}", number + 1));
    let outputs = blocks("output", kinds.outputs, |number| format!("output{}", number + 1));
    let voices = blocks("voices", kinds.voices, |number| format!("chat{}", number + 1));
    COMMON.replace("#{sources}\n", &sources).replace("#{outputs}\n", &outputs).replace("#{voices}\n", &voices)
}

fn blocks(part: &str, kinds: &[Kind], id: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for (number, kind) in kinds.iter().enumerate() {
        let [fr, en] = kind.label;
        let same = if fr == en { String::new() } else { format!(" / {en}") };
        text += &format!("\n# {fr}{same}\n#[[{part}]]\n#id = \"{}\"\n#kind = \"{}\"\n", id(number), kind.name);
        for key in kind.keys {
            text += &line(kind, key);
        }
    }
    text
}

/// `#key = example   # * what it may be: what it is for`
fn line(kind: &Kind, key: &Key) -> String {
    let mut range = String::new();
    let example = match key.value {
        ValueType::Text => "\"…\"".to_owned(),
        ValueType::Url(schemes) => {
            range = schemes.join(" | ");
            match schemes.first() {
                Some(&"file") => "\"file:///…\"".to_owned(),
                Some(scheme) => format!("\"{scheme}://exemple.org/…\""),
                None => "\"…\"".to_owned(),
            }
        }
        ValueType::Path => "\"fichier.ext\"".to_owned(),
        ValueType::NewFile => format!("\"{}.mp4\"", kind.name),
        ValueType::Integer { min, max } => {
            range = format!("{min}..{max}");
            // Zero where it may be: most optional numbers are offsets and allowances.
            0.clamp(min, max).to_string()
        }
        ValueType::Flag => {
            range = "true | false".to_owned();
            "false".to_owned()
        }
        ValueType::Choice(words) => {
            range = words.join(" | ");
            format!("\"{}\"", words.first().copied().unwrap_or("…"))
        }
        ValueType::Preset(presets) => {
            range = presets.iter().map(|preset| preset.name).collect::<Vec<_>>().join(" | ");
            format!("\"{}\"", presets.first().map_or("…", |preset| preset.name))
        }
        ValueType::Secret => {
            range = "secret".to_owned();
            format!("{{ env = \"{}\" }}", key.name.to_uppercase())
        }
    };
    let [fr, en] = key.help;
    let setting = format!("#{} = {example}", key.name);
    let required = if key.required { "* " } else { "" };
    let range = if range.is_empty() { range } else { format!("{range} : ") };
    let both = if fr == en { fr.to_owned() } else { format!("{fr} / {en}") };
    format!("{setting:<34}# {required}{range}{both}\n")
}
