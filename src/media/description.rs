//! The GStreamer descriptions and graphics under pipelines/: embedded in the binary, overridden by
//! files of the same name in the data folder's pipelines/.

use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;

use crate::protocol::{Fault, Problem};

#[derive(RustEmbed)]
#[folder = "pipelines/"]
struct Embedded;

/// The rooms under pipelines/.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    /// One for each kind of source.
    Sources,
    /// What every source passes through.
    Normalise,
    /// One for each encoder.
    Encoders,
    /// One for each kind of output.
    Outputs,
    /// SVG.
    Graphics,
    /// Templates of the catalogue's pages and of the documentation sheet.
    Pages,
    /// What people read and sign, and are asked.
    People,
}

impl Folder {
    fn name(self) -> &'static str {
        match self {
            Folder::Sources => "sources",
            Folder::Normalise => "normalise",
            Folder::Encoders => "encoders",
            Folder::Outputs => "outputs",
            Folder::Graphics => "graphics",
            Folder::Pages => "pages",
            Folder::People => "people",
        }
    }
}

/// Where descriptions are looked up.
#[derive(Debug, Clone)]
pub struct Descriptions {
    own: PathBuf,
}

impl Descriptions {
    /// Files under `data`/pipelines come before the embedded ones.
    pub fn new(data: &Path) -> Self {
        Self { own: data.join("pipelines") }
    }

    /// The text of `folder`/`file`.
    pub fn read(&self, folder: Folder, file: &str) -> Result<String, Problem> {
        let name = format!("{}/{file}", folder.name());
        if let Ok(text) = std::fs::read_to_string(self.own.join(&name)) {
            return Ok(text);
        }
        self.built_in(folder, file).ok_or_else(|| {
            Problem::new(
                "no_description",
                Fault::Operator,
                format!("La description « pipelines/{name} » n'existe pas. Mettez-la dans le dossier de données, sous pipelines/."),
                format!("There is no description pipelines/{name}. Put it into the data folder, under pipelines/."),
            )
        })
    }

    /// The text of `folder`/`file` as it is in the program, whatever lies in the data folder.
    pub fn built_in(&self, folder: Folder, file: &str) -> Option<String> {
        let file = Embedded::get(&format!("{}/{file}", folder.name()))?;
        String::from_utf8(file.data.into_owned()).ok()
    }

    /// A gst-launch description without its comments (lines that start with `#`).
    pub fn launch(&self, folder: Folder, name: &str) -> Result<String, Problem> {
        let text = self.read(folder, &format!("{name}.launch"))?;
        let lines: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        Ok(lines.join("\n"))
    }

    /// The names of the files of a folder, own ones included, sorted.
    pub fn list(&self, folder: Folder) -> Vec<String> {
        let prefix = format!("{}/", folder.name());
        let mut names: Vec<String> =
            Embedded::iter().filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned)).collect();
        if let Ok(entries) = std::fs::read_dir(self.own.join(folder.name())) {
            names.extend(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()));
        }
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests;
