//! An SVG with named places for text. pipelines/graphics/README.md is its designer's manual.

use std::{collections::HashMap, ops::Range};

use indexmap::IndexMap;
use resvg::usvg::{
    Group, Node, Tree,
    roxmltree::{self, Document, ParsingOptions},
};

use super::{
    fonts::Fonts,
    text::{self, Block, Bounds, Stand, Style},
};
use crate::protocol::{Problem, Text, TitleTemplate};

/// Bytes; an SVG beyond is a photo, not a title.
const MOST_BYTES: usize = 4_000_000;
const MOST_NODES: u32 = 20_000;
/// Pixels, of an embedded picture's side.
const MOST_PIXELS: f32 = 4096.0;

/// A template, checked.
#[derive(Debug)]
pub(super) struct Template {
    name: String,
    /// The file's text.
    pub(super) source: String,
    label: Text,
    fields: Vec<Field>,
    plates: Vec<Plate>,
    /// Right and lower end of the text that is not a field: plates reach around it too.
    fixed: (f32, f32),
    /// Of the boxes, which are not drawn.
    boxes: Vec<Range<usize>>,
}

#[derive(Debug)]
struct Field {
    id: String,
    style: Style,
    bounds: Bounds,
    /// Of the whole element.
    range: Range<usize>,
    /// What comes before and after the text.
    around: (String, String),
}

/// A rectangle whose far edges follow the text.
#[derive(Debug)]
struct Plate {
    right: f32,
    bottom: f32,
    width: Option<(Range<usize>, f32)>,
    height: Option<(Range<usize>, f32)>,
}

/// A template with its texts in place.
pub(super) struct Filled {
    pub(super) tree: Tree,
    /// How far down to move the drawing, because its plate became lower; in the template's units.
    pub(super) shift: f32,
}

/// Says what is wrong with a template, and what would be right.
fn refused(name: &str, fr: impl AsRef<str>, en: impl AsRef<str>) -> Problem {
    let (fr, en) = (fr.as_ref(), en.as_ref());
    Problem::operator(
        "bad_template",
        format!("Le modèle « pipelines/graphics/{name}.svg » est refusé : {fr}"),
        format!("The template pipelines/graphics/{name}.svg is refused: {en}"),
    )
}

impl Template {
    /// Reads the SVG `source` of the file `name`.svg.
    pub(super) fn parse(fonts: &Fonts, name: &str, source: String) -> Result<Self, Problem> {
        if source.len() > MOST_BYTES {
            return Err(refused(
                name,
                "il dépasse 4 Mo. Réduisez les images qu'il contient.",
                "it is larger than 4 MB. Make the pictures in it smaller.",
            ));
        }
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let xml = Document::parse_with_options(&source, options).map_err(|error| match error {
            roxmltree::Error::DtdDetected => refused(
                name,
                "il commence par un DOCTYPE. Enregistrez-le comme « SVG simple », sans DOCTYPE ni entités.",
                "it begins with a DOCTYPE. Save it as plain SVG, without DOCTYPE or entities.",
            ),
            roxmltree::Error::NodesLimitReached => refused(
                name,
                format!("il a plus de {MOST_NODES} éléments. Simplifiez le dessin."),
                format!("it has more than {MOST_NODES} elements. Simplify the drawing."),
            ),
            error => refused(
                name,
                format!("ce n'est pas du SVG lisible ({error}). Enregistrez-le de nouveau comme « SVG simple »."),
                format!("it is not readable SVG ({error}). Save it again as plain SVG."),
            ),
        })?;
        refuse_outside(name, &xml)?;
        let tree = Tree::from_xmltree(&xml, &fonts.options()).map_err(|error| {
            refused(
                name,
                format!(
                    "son dessin ne se lit pas ({error}). Enregistrez-le de nouveau comme « SVG simple », en 1280 × 720."
                ),
                format!("its drawing cannot be read ({error}). Save it again as plain SVG, 1280 × 720."),
            )
        })?;
        refuse_huge(name, tree.root())?;

        let by_id: HashMap<&str, roxmltree::Node> =
            xml.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
        let (mut fields, mut boxes, mut plates) = (Vec::new(), Vec::new(), Vec::new());
        for node in xml.descendants().filter(|node| node.is_element()) {
            let Some(id) = node.attribute("id") else { continue };
            if let Some(field) = id.strip_prefix("box-") {
                boxes.push(node.range());
                let text = by_id.get(field).filter(|text| text.has_tag_name_local("text")).ok_or_else(|| {
                    refused(
                        name,
                        format!("« {id} » borne le texte « {field} », qui n'existe pas. Donnez l'identifiant « {field} » au texte."),
                        format!("{id} bounds the text {field}, which does not exist. Give the text the id {field}."),
                    )
                })?;
                fields.push(Field::read(fonts, name, &source, &tree, *text, node)?);
            } else if node.has_tag_name_local("rect") && (id == "plate" || id.starts_with("plate-")) {
                plates.push(Plate::read(node));
            }
        }
        fields.sort_by_key(|field| field.range.start);
        let mut fixed = (f32::MIN, f32::MIN);
        each_text(tree.root(), &mut |text| {
            if !fields.iter().any(|field: &Field| field.id == text.id()) {
                let rect = text.bounding_box();
                fixed = (fixed.0.max(rect.right()), fixed.1.max(rect.bottom()));
            }
        });
        let title = xml.root_element().children().find(|node| node.has_tag_name_local("title"));
        let title = title.and_then(|node| node.text()).map_or("", str::trim);
        let label = match title.split_once(" / ") {
            Some((fr, en)) => Text::new(fr.trim(), en.trim()),
            None if title.is_empty() => Text::new(name, name),
            None => Text::new(title, title),
        };
        Ok(Self { name: name.to_owned(), label, fields, plates, fixed, boxes, source })
    }

    /// As the panel knows it.
    pub(super) fn describe(&self) -> TitleTemplate {
        let fields = self.fields.iter().map(|field| field.id.clone()).collect();
        TitleTemplate { id: self.name.clone(), label: self.label.clone(), fields }
    }

    /// Whether any of its fields, if it has some, says something.
    pub(super) fn says_something(&self, fields: &IndexMap<String, String>) -> bool {
        let said = |field: &Field| fields.get(&field.id).is_some_and(|text| !text::clean(text).is_empty());
        self.fields.is_empty() || self.fields.iter().any(said)
    }

    /// Puts texts into their fields; a field without text stays empty.
    pub(super) fn fill(&self, fonts: &Fonts, texts: &IndexMap<String, String>) -> Result<Filled, Problem> {
        let mut blocks: Vec<Option<Block>> = self
            .fields
            .iter()
            .map(|field| {
                let text = text::clean(texts.get(&field.id)?);
                (!text.is_empty()).then(|| text::fit(fonts, &field.style, &field.bounds, &text))
            })
            .collect();
        let mut filled = self.draw(fonts, &blocks, &[])?;
        // Lines are set by the fonts' metrics; what their ink does is seen only now.
        let mut pressed = vec![false; blocks.len()];
        for ((field, block), pressed) in self.fields.iter().zip(&mut blocks).zip(&mut pressed) {
            let Some(block) = block else { continue };
            if let Some(ink) = find_text(filled.tree.root(), &field.id).map(ink)
                && field.bounds.overflown_by(&ink)
            {
                block.press(&ink, &field.bounds);
                *pressed = true;
            }
        }
        if pressed.contains(&true) {
            filled = self.draw(fonts, &blocks, &pressed)?;
        }
        Ok(filled)
    }

    /// The SVG with its blocks of text; those that were `pressed` are clipped too, to be sure.
    fn draw(&self, fonts: &Fonts, blocks: &[Option<Block>], pressed: &[bool]) -> Result<Filled, Problem> {
        let mut edits: Vec<(Range<usize>, String)> =
            self.boxes.iter().map(|range| (range.clone(), String::new())).collect();
        for (index, (field, block)) in self.fields.iter().zip(blocks).enumerate() {
            let mut svg = block.as_ref().map_or_else(String::new, |block| {
                let (before, after) = &field.around;
                format!("{before}{}{after}", block.to_svg(fonts, &field.style))
            });
            if pressed.get(index) == Some(&true) {
                let Bounds { left, top, .. } = field.bounds;
                let (width, height) = (field.bounds.width(), field.bounds.height());
                svg = format!(
                    r#"<clipPath id="clip-of-field-{index}"><rect x="{left}" y="{top}" width="{width}" height="{height}"/></clipPath><g clip-path="url(#clip-of-field-{index})">{svg}</g>"#
                );
            }
            edits.push((field.range.clone(), svg));
        }
        let (right, lower) = self.slack(blocks);
        let mut shift: f32 = 0.0;
        for plate in &self.plates {
            let (box_right, box_bottom) = self.far_edges();
            if let Some((range, width)) = plate.width.clone().filter(|_| plate.right >= box_right) {
                edits.push((range, format!("{}", (width - right).max(0.0))));
            }
            if let Some((range, height)) = plate.height.clone().filter(|_| plate.bottom >= box_bottom) {
                edits.push((range, format!("{}", (height - lower).max(0.0))));
                // What stands on the lower edge of the frame keeps standing there.
                if plate.bottom > 360.0 {
                    shift = lower;
                }
            }
        }
        edits.sort_by_key(|(range, _)| range.start);
        let mut svg = String::with_capacity(self.source.len() + 1024);
        let mut done = 0;
        for (range, text) in edits {
            // Edits do not overlap, unless a field lies within another element's attributes: no such thing.
            svg.push_str(self.source.get(done..range.start).unwrap_or_default());
            svg.push_str(&text);
            done = range.end;
        }
        svg.push_str(self.source.get(done..).unwrap_or_default());
        let tree = Tree::from_str(&svg, &fonts.options()).map_err(|error| {
            refused(
                &self.name,
                format!("il ne se lit plus avec ses textes ({error}). Écrivez chaque texte dans un seul élément, sans rien dedans."),
                format!("it cannot be read with its texts in it ({error}). Write each text as one element with nothing inside."),
            )
        })?;
        Ok(Filled { tree, shift })
    }

    fn far_edges(&self) -> (f32, f32) {
        let edges = self.fields.iter().map(|field| (field.bounds.right, field.bounds.bottom));
        edges.fold((f32::MIN, f32::MIN), |far, edge| (far.0.max(edge.0), far.1.max(edge.1)))
    }

    /// How much nearer the plates' right and lower edges come.
    fn slack(&self, blocks: &[Option<Block>]) -> (f32, f32) {
        use resvg::usvg::TextAnchor;
        let used = self.fields.iter().zip(blocks).filter_map(|(field, block)| Some((field, block.as_ref()?)));
        let (mut right, mut bottom) = (f32::MIN, f32::MIN);
        for (field, block) in used {
            right = right.max(if field.style.anchor == TextAnchor::Start { block.right } else { field.bounds.right });
            let under = if field.style.stand(&field.bounds) == Stand::Top { block.bottom } else { field.bounds.bottom };
            bottom = bottom.max(under.min(field.bounds.bottom));
        }
        if right == f32::MIN {
            return (0.0, 0.0);
        }
        let (far_right, far_bottom) = self.far_edges();
        ((far_right - right.max(self.fixed.0)).max(0.0), (far_bottom - bottom.max(self.fixed.1)).max(0.0))
    }
}

impl Field {
    fn read(
        fonts: &Fonts,
        name: &str,
        source: &str,
        tree: &Tree,
        text: roxmltree::Node,
        bounds: roxmltree::Node,
    ) -> Result<Self, Problem> {
        let id = text.attribute("id").unwrap_or_default();
        let number = |attribute| bounds.attribute(attribute).and_then(|value| value.trim().parse::<f32>().ok());
        let (left, top) = (number("x").unwrap_or(0.0), number("y").unwrap_or(0.0));
        let sides = number("width").zip(number("height")).filter(|(width, height)| *width >= 1.0 && *height >= 1.0);
        let (width, height) = sides.ok_or_else(|| {
            refused(
                name,
                format!("« box-{id} » n'est pas un rectangle. Dessinez-le avec l'outil rectangle."),
                format!("box-{id} is not a rectangle. Draw it with the rectangle tool."),
            )
        })?;
        let moved = text.has_attribute("transform") || bounds.has_attribute("transform");
        if moved || text.parent() != bounds.parent() {
            return Err(refused(
                name,
                format!(
                    "« {id} » et « box-{id} » sont déformés ou dans deux groupes. Mettez-les dans le même groupe, sans attribut transform."
                ),
                format!(
                    "{id} and box-{id} are transformed or in two groups. Put them into the same group, without a transform attribute."
                ),
            ));
        }
        let sample = find_text(tree.root(), id).and_then(|text| {
            let chunk = text.chunks().first()?;
            Some((chunk, chunk.spans().first()?))
        });
        let inner =
            text.descendants().find(|node| node.is_text() && node.text().is_some_and(|text| !text.trim().is_empty()));
        let ((chunk, span), inner) = sample.zip(inner).ok_or_else(|| {
            refused(
                name,
                format!(
                    "le texte « {id} » est vide. Écrivez-y un exemple : il montre la police, la taille et la place."
                ),
                format!("the text {id} is empty. Write a sample into it: it shows font, size and place."),
            )
        })?;
        // The sample's own style may be on a tspan.
        let start = |node: roxmltree::Node| {
            let first = node.first_child().map_or(node.range().end, |child| child.range().start);
            source[node.range().start..first].to_owned()
        };
        let holder = inner.parent().filter(|holder| *holder != text && holder.has_tag_name_local("tspan"));
        let close = |node: roxmltree::Node| format!("</{}>", &source[qualified(source, &node)]);
        let around = match holder {
            Some(holder) => (start(text) + &start(holder), close(holder) + &close(text)),
            None => (start(text), close(text)),
        };
        let size = span.font_size().get();
        let style = Style {
            family: fonts.base(span.font()),
            weight: span.font().weight(),
            italic: span.font().style() != resvg::usvg::FontStyle::Normal,
            letter_spacing: span.letter_spacing(),
            size,
            anchor: chunk.anchor(),
            x: chunk.x().unwrap_or(left),
            y: chunk.y().unwrap_or(top + size),
        };
        let bounds = Bounds { left, top, right: left + width, bottom: top + height };
        Ok(Self { id: id.to_owned(), style, bounds, range: text.range(), around })
    }
}

impl Plate {
    fn read(node: roxmltree::Node) -> Self {
        let number = |name: &str| node.attribute(name).and_then(|value| value.trim().parse::<f32>().ok());
        let side = |name: &str| {
            let attribute =
                node.attributes().find(|attribute| attribute.name() == name && attribute.namespace().is_none())?;
            Some((attribute.range_value(), number(name)?))
        };
        let (width, height) = (side("width"), side("height"));
        let far = |from: &str, side: &Option<(Range<usize>, f32)>| {
            number(from).unwrap_or(0.0) + side.as_ref().map_or(0.0, |(_, length)| *length)
        };
        Self { right: far("x", &width), bottom: far("y", &height), width, height }
    }
}

impl Bounds {
    fn overflown_by(&self, ink: &Bounds) -> bool {
        ink.left < self.left - 0.5
            || ink.top < self.top - 0.5
            || ink.right > self.right + 0.5
            || ink.bottom > self.bottom + 0.5
    }
}

/// What the glyphs cover.
fn ink(text: &resvg::usvg::Text) -> Bounds {
    let rect = text.flattened().bounding_box();
    Bounds { left: rect.left(), top: rect.top(), right: rect.right(), bottom: rect.bottom() }
}

fn find_text<'a>(group: &'a Group, id: &str) -> Option<&'a resvg::usvg::Text> {
    group.children().iter().find_map(|node| match node {
        Node::Text(text) if text.id() == id => Some(&**text),
        Node::Group(group) => find_text(group, id),
        _ => None,
    })
}

fn each_text<'a>(group: &'a Group, visit: &mut impl FnMut(&'a resvg::usvg::Text)) {
    for node in group.children() {
        match node {
            Node::Text(text) => visit(text),
            Node::Group(group) => each_text(group, visit),
            _ => (),
        }
    }
}

/// Where the tag's name is written.
fn qualified(source: &str, node: &roxmltree::Node) -> Range<usize> {
    let start = node.range().start + 1;
    let length = source[start..].find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(0);
    start..start + length
}

/// No file, no address: a title must not depend on anything that can be missing on the day.
fn refuse_outside(name: &str, xml: &Document) -> Result<(), Problem> {
    let outside = |what: &str| {
        let what: String = what.chars().take(60).collect();
        Err(refused(
            name,
            format!(
                "il renvoie à « {what} », hors du fichier. Incorporez l'image (Inkscape : Extensions › Images › Incorporer) ou retirez le renvoi."
            ),
            format!(
                "it refers to {what}, outside the file. Embed the picture (Inkscape: Extensions › Images › Embed) or remove the reference."
            ),
        ))
    };
    for node in xml.descendants() {
        if let Some(instruction) = node.pi()
            && instruction.target.contains("stylesheet")
        {
            return outside(instruction.value.unwrap_or("xml-stylesheet"));
        }
        if node.is_text() && node.parent().is_some_and(|parent| parent.has_tag_name_local("style")) {
            let css = node.text().unwrap_or_default();
            if let Some(what) = outside_url(css).or_else(|| css.contains("@import").then_some("@import")) {
                return outside(what);
            }
        }
        for attribute in node.attributes() {
            let value = attribute.value().trim();
            if attribute.name() == "href" && !node.has_tag_name_local("a") {
                let embedded =
                    ["data:image/png", "data:image/jpeg", "data:image/jpg", "data:image/gif", "data:image/webp"];
                if !value.starts_with('#') && !embedded.iter().any(|kind| value.starts_with(kind)) {
                    return outside(value);
                }
            } else if let Some(what) = outside_url(value) {
                return outside(what);
            }
        }
    }
    Ok(())
}

/// The first `url(…)` that is not a part of the same file.
fn outside_url(css: &str) -> Option<&str> {
    css.split("url(").skip(1).map(|rest| rest.split(')').next().unwrap_or(rest)).find(|target| {
        !target.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\'' | '"')).starts_with('#')
    })
}

fn refuse_huge(name: &str, group: &Group) -> Result<(), Problem> {
    group.children().iter().try_for_each(|node| match node {
        Node::Group(group) => refuse_huge(name, group),
        Node::Image(image) if image.size().width().max(image.size().height()) > MOST_PIXELS => Err(refused(
            name,
            "il contient une image de plus de 4096 pixels de côté. Réduisez-la.",
            "it contains a picture with more than 4096 pixels on a side. Make it smaller.",
        )),
        _ => Ok(()),
    })
}

/// Tag names without their namespace.
trait LocalName {
    fn has_tag_name_local(&self, name: &str) -> bool;
}

impl LocalName for roxmltree::Node<'_, '_> {
    fn has_tag_name_local(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}
