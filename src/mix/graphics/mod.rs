//! Graphics: SVG templates with a person's words in them, drawn when their content changes.
//!
//! Everything here takes milliseconds (the first call, which may wait for the fonts, more): call it
//! off the mixer's thread, and hand the mixer what comes out. The templates' files are read by
//! [`Graphics::look`], and where a template is wanted before the first look: a disk that does not answer
//! holds up whoever looks, and no title.

mod fonts;
mod paint;
mod template;
#[cfg(test)]
mod tests;
mod text;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use indexmap::IndexMap;
use resvg::tiny_skia::{Color, Pixmap, Transform};

use self::{fonts::Fonts, template::Template};
use super::compose::Overlay;
use crate::{
    config::Video,
    media::{Descriptions, Folder, Picture, PicturePool},
    protocol::{Fault, Problem, TitleTemplate},
};

/// Templates that the studio shows by itself.
const OWN: [&str; 4] = ["applause", "lost", "slate", "watermark"];

/// Draws the templates under pipelines/graphics at the studio's size.
pub struct Graphics {
    descriptions: Descriptions,
    video: Video,
    pool: OnceLock<Option<PicturePool>>,
    /// Checked templates, by name; good as long as the file says the same.
    templates: Mutex<HashMap<String, Known>>,
    /// What is drawn: each template as it was found when the files were last looked at.
    seen: Mutex<HashMap<String, Result<Arc<Template>, Problem>>>,
}

/// A file's text, and what it was found to be.
#[derive(Clone)]
struct Known {
    source: String,
    found: Result<Arc<Template>, Problem>,
}

impl Graphics {
    /// Cheap: fonts are loaded on a thread of their own.
    pub fn new(descriptions: Descriptions, video: Video) -> Self {
        // Where no thread can be had, the first title loads them.
        let _ = std::thread::Builder::new().name("fonts".into()).spawn(Fonts::get);
        Self { descriptions, video, pool: OnceLock::new(), templates: Mutex::default(), seen: Mutex::default() }
    }

    /// A whole frame, opaque: the slate (`title`, `place`, `message`) or what stands for a lost
    /// source (`label`, `state`). Fields that the template does not have are ignored.
    ///
    /// # Errors
    /// The template is missing or refused (`bad_template`), or there is no memory.
    pub fn picture(&self, template: &str, fields: &IndexMap<String, String>) -> Result<Picture, Problem> {
        let mut pixmap = self.canvas()?;
        let template = self.template(template)?;
        pixmap.fill(Color::BLACK);
        self.draw(&template, fields, &mut pixmap)?;
        // A frame of another shape than the page goes on in the page's own colour: that of its middle
        // left edge, which is ground in every template.
        let (width, height) = (self.video.width, self.video.height);
        let edge = width.saturating_sub(height * 16 / 9) / 2 + 1;
        if let Some(ground) = pixmap.pixel(edge, height / 2).filter(|_| width * 9 != height * 16) {
            let ground = ground.demultiply();
            pixmap.fill(Color::from_rgba8(ground.red(), ground.green(), ground.blue(), 255));
            self.draw(&template, fields, &mut pixmap)?;
        }
        let pool = self.pool.get_or_init(|| PicturePool::new(self.video.width, self.video.height));
        pool.as_ref().and_then(|pool| pool.draw(0, |canvas| paint::picture(&pixmap, canvas))).ok_or_else(no_memory)
    }

    /// A graphic for over the picture, cropped to what is drawn.
    ///
    /// # Errors
    /// The template is missing or refused (`bad_template`), all of its fields are empty
    /// (`title_empty`), or there is no memory.
    pub fn overlay(&self, template: &str, fields: &IndexMap<String, String>) -> Result<Overlay, Problem> {
        let template = self.template(template)?;
        if !template.says_something(fields) {
            return Err(Problem::operator(
                "title_empty",
                "Ce titre est vide : écrivez au moins un de ses textes avant de le montrer.",
                "This title is empty: write at least one of its texts before you show it.",
            ));
        }
        let mut pixmap = self.canvas()?;
        self.draw(&template, fields, &mut pixmap)?;
        Ok(paint::overlay(&pixmap))
    }

    /// The titles a person may show, by name. Those that are refused are left out: see [`Self::look`].
    pub fn templates(&self) -> Vec<TitleTemplate> {
        let names = self.names().into_iter().filter(|name| !OWN.contains(&name.as_str()));
        names.filter_map(|name| Some(self.template(&name).ok()?.describe())).collect()
    }

    /// Reads all templates: those of the operator, who may have changed them, and ours. What is wrong with them,
    /// each its sentence.
    pub fn look(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let seen = self.names().into_iter().map(|name| {
            let written = self.written(&name);
            problems.extend(written.as_ref().err().cloned());
            let found = self.or_ours(&name, written);
            (name, found)
        });
        let seen = seen.collect();
        *self.seen() = seen;
        problems
    }

    /// Why a title cannot be shown, as far as is known; a refused file in place of a template of ours is no
    /// reason, since ours serves then. Reads no file.
    pub fn fault(&self, template: &str) -> Option<Problem> {
        self.seen().get(template)?.as_ref().err().cloned()
    }

    fn names(&self) -> Vec<String> {
        let files = self.descriptions.list(Folder::Graphics);
        files.iter().filter_map(|file| file.strip_suffix(".svg")).map(str::to_owned).collect()
    }

    /// A template as it was last seen, or, where nobody has looked yet, as its file says.
    fn template(&self, name: &str) -> Result<Arc<Template>, Problem> {
        let seen = self.seen().get(name).cloned();
        seen.unwrap_or_else(|| self.or_ours(name, self.written(name)))
    }

    /// A template as its file says, or, where that is refused and there is one of ours, ours.
    fn or_ours(&self, name: &str, written: Result<Arc<Template>, Problem>) -> Result<Arc<Template>, Problem> {
        written.or_else(|problem| {
            let ours = self.descriptions.built_in(Folder::Graphics, &format!("{name}.svg"));
            self.parsed(name, "built-in ", ours.ok_or(problem)?)
        })
    }

    /// A template as its file says.
    fn written(&self, name: &str) -> Result<Arc<Template>, Problem> {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(Problem::operator(
                "unknown_template",
                "Ce titre n'existe pas. Choisissez-en un dans la liste.",
                "There is no such title. Choose one from the list.",
            ));
        }
        self.parsed(name, "", self.descriptions.read(Folder::Graphics, &format!("{name}.svg"))?)
    }

    /// Remembers what a file was found to be; `whose` keeps ours and the operator's apart.
    fn parsed(&self, name: &str, whose: &str, source: String) -> Result<Arc<Template>, Problem> {
        let key = format!("{whose}{name}");
        let known = self.templates.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known.filter(|known| known.source == source) {
            return known.found;
        }
        let found = Template::parse(Fonts::get(), name, source.clone()).map(Arc::new);
        let known = Known { source, found: found.clone() };
        self.templates.lock().unwrap_or_else(PoisonError::into_inner).insert(key, known);
        found
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<String, Result<Arc<Template>, Problem>>> {
        // Replaced as a whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn canvas(&self) -> Result<Pixmap, Problem> {
        Pixmap::new(self.video.width, self.video.height).ok_or_else(no_memory)
    }

    /// Draws in the middle, as large as the frame allows; what a template draws beyond its own page
    /// is seen where the frame has another shape.
    fn draw(&self, template: &Template, fields: &IndexMap<String, String>, pixmap: &mut Pixmap) -> Result<(), Problem> {
        let filled = template.fill(Fonts::get(), fields)?;
        let (width, height) = (pixmap.width() as f32, pixmap.height() as f32);
        let size = filled.tree.size();
        let scale = (width / size.width()).min(height / size.height());
        let (left, top) = ((width - size.width() * scale) / 2.0, (height - size.height() * scale) / 2.0);
        let place = Transform::from_row(scale, 0.0, 0.0, scale, left, top + filled.shift * scale);
        resvg::render(&filled.tree, place, &mut pixmap.as_mut());
        Ok(())
    }
}

fn no_memory() -> Problem {
    Problem::new(
        "no_memory",
        Fault::Ours,
        "Le titre n'a pas pu être dessiné : mémoire insuffisante. Fermez d'autres programmes.",
        "The title could not be drawn: out of memory. Close other programs.",
    )
}
