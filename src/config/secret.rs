//! Secrets: written in place, or named by an environment variable or a file.

use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::{
    Secret,
    mistake::{Mistakes, quote},
    section::{Section, Value, text_of, wrong_type},
};
use crate::protocol::Text;

/// What a configuration refers to outside itself. Injected, so that a test has its own.
pub(crate) struct Surroundings<'a> {
    /// Relative files of `{ file = "…" }` and `[tls]` are looked for here: the folder of the
    /// configuration.
    pub(crate) folder: &'a Path,
    /// An environment variable.
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
}

impl Surroundings<'_> {
    /// A file named in the configuration.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// No secret is longer, in bytes.
const LONGEST: usize = 4096;

/// A secret: a text, `{ env = "NAME" }` or `{ file = "PATH" }`.
pub(super) fn secret_of(
    key: &str,
    value: &Value<'_>,
    around: &Surroundings<'_>,
    mistakes: &mut Mistakes,
) -> Option<Secret> {
    match value.get_ref() {
        DeValue::String(text) => accept(key, text, value, mistakes),
        DeValue::Table(_) => from_outside(key, value, around, mistakes),
        _ => {
            let wanted = Text::new(
                "un texte entre guillemets, `{ env = \"NOM\" }` ou `{ file = \"CHEMIN\" }`",
                "a text in quotes, `{ env = \"NAME\" }` or `{ file = \"PATH\" }`",
            );
            wrong_type(key, value, wanted, mistakes);
            None
        }
    }
}

fn from_outside(key: &str, value: &Value<'_>, around: &Surroundings<'_>, mistakes: &mut Mistakes) -> Option<Secret> {
    let mut section = Section::of(&format!("`{key}`"), value, mistakes)?;
    let (env, file) = (section.value("env"), section.value("file"));
    section.close(mistakes);
    match (env, file) {
        (Some(env), None) => from_env(key, env, around, mistakes),
        (None, Some(file)) => from_file(key, file, around, mistakes),
        _ => {
            mistakes.at(
                &value.span(),
                format!("`{key}` doit nommer une seule chose : `{{ env = \"NOM\" }}` ou `{{ file = \"CHEMIN\" }}`"),
                format!("`{key}` should name one thing: `{{ env = \"NAME\" }}` or `{{ file = \"PATH\" }}`"),
            );
            None
        }
    }
}

fn from_env(key: &str, value: &Value<'_>, around: &Surroundings<'_>, mistakes: &mut Mistakes) -> Option<Secret> {
    let name = text_of("env", value, 256, mistakes)?;
    match (around.env)(&name) {
        Some(text) => accept(key, text.trim_end_matches(['\r', '\n']), value, mistakes),
        None => {
            let name = quote(&name);
            mistakes.at(
                &value.span(),
                format!("la variable d'environnement {name}, qui doit donner `{key}`, n'est pas définie ; définissez-la avant de lancer le studio (export {name}=…)"),
                format!("the environment variable {name}, which should give `{key}`, is not set; set it before starting the studio (export {name}=…)"),
            );
            None
        }
    }
}

fn from_file(key: &str, value: &Value<'_>, around: &Surroundings<'_>, mistakes: &mut Mistakes) -> Option<Secret> {
    let name = text_of("file", value, 4096, mistakes)?;
    let path = around.file(&name);
    match read_small(&path, LONGEST) {
        Ok(text) => accept(key, text.trim_end_matches(['\r', '\n']), value, mistakes),
        Err(error) => {
            let (path, why) = (quote(&path.display().to_string()), unreadable(&error));
            mistakes.at(
                &value.span(),
                format!("`{key}` doit venir du fichier {path}, mais {}", why.fr),
                format!("`{key}` should come from the file {path}, but {}", why.en),
            );
            None
        }
    }
}

fn accept(key: &str, text: &str, value: &Value<'_>, mistakes: &mut Mistakes) -> Option<Secret> {
    if text.trim().is_empty() {
        mistakes.at(
            &value.span(),
            format!("`{key}` est vide ; donnez le secret, ou retirez la ligne"),
            format!("`{key}` is empty; give the secret, or remove the line"),
        );
        return None;
    }
    if text.len() > LONGEST || text.chars().any(char::is_control) {
        mistakes.at(
            &value.span(),
            format!("`{key}` doit tenir sur une ligne de {LONGEST} octets au plus"),
            format!("`{key}` should be one line of at most {LONGEST} bytes"),
        );
        return None;
    }
    Some(Secret::new(text))
}

/// A text file of at most `longest` bytes.
pub(super) fn read_small(path: &Path, longest: usize) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read};
    let mut bytes = Vec::new();
    // One byte more than allowed, so that an endless file ends here.
    std::fs::File::open(path)?.take(longest as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > longest {
        return Err(ErrorKind::FileTooLarge.into());
    }
    String::from_utf8(bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))
}

/// Why a file could not be read, as the end of a sentence, with what to do.
pub(super) fn unreadable(error: &std::io::Error) -> Text {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => {
            Text::new("ce fichier n'existe pas ; vérifiez son nom", "there is no such file; check its name")
        }
        ErrorKind::PermissionDenied => Text::new(
            "il n'est pas permis de le lire ; donnez-en le droit à l'utilisateur du studio (chmod, chown)",
            "it may not be read; give the studio's user the right to (chmod, chown)",
        ),
        ErrorKind::IsADirectory => Text::new("c'est un dossier ; nommez un fichier", "it is a folder; name a file"),
        ErrorKind::FileTooLarge => {
            Text::new("il est trop grand ; est-ce le bon fichier ?", "it is too large; is it the right file?")
        }
        ErrorKind::InvalidData => Text::new(
            "ce n'est pas du texte en UTF-8 ; enregistrez-le dans ce codage",
            "it is not UTF-8 text; save it in that encoding",
        ),
        _ => Text::new(format!("il ne peut pas être lu ({error})"), format!("it cannot be read ({error})")),
    }
}
