//! Text set into a box: cleaned, shrunk, wrapped, cut; each script in a font that has it.
//!
//! Sizes are in the template's units. Widths are measured by usvg's own shaping, at one em, and
//! scale with the size.

use std::{collections::HashMap, fmt::Write};

use resvg::usvg::{self, Node, TextAnchor};
use unicode_bidi::{BidiInfo, Level};
use unicode_linebreak::BreakOpportunity;
use unicode_segmentation::UnicodeSegmentation;

use super::fonts::{FamilyIndex, Fonts};

/// From one baseline to the next, in ems.
const LEADING: f32 = 1.22;
/// What a single line takes of its box's height, in ems.
const LINE: f32 = 1.05;
/// From the baseline up to the middle of a line, and to its top, and down to its bottom, in ems.
const MIDDLE: f32 = 0.36;
const TOP: f32 = 0.78;
const BOTTOM: f32 = 0.27;
/// Text shrinks to this part of its size, but not below so many units (of 720 in the frame's height).
const LEAST: f32 = 0.6;
const LEAST_UNITS: f32 = 18.0;
/// More than any box holds; what is beyond is not even looked at.
const MOST_CHARACTERS: usize = 700;
/// The size at which text is measured, in units.
const MEASURED_AT: f32 = 100.0;

/// A rectangle in the template's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Bounds {
    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }
}

/// Where in its box text stands, as the sample line in the template does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Top,
    Middle,
    Bottom,
}

/// How the template writes a field.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) family: FamilyIndex,
    pub(super) weight: u16,
    pub(super) italic: bool,
    /// At the full size.
    pub(super) letter_spacing: f32,
    pub(super) size: f32,
    pub(super) anchor: TextAnchor,
    /// Where the anchor is.
    pub(super) x: f32,
    /// Of the sample's baseline.
    pub(super) y: f32,
}

impl Style {
    /// How text stands in `bounds`, from where the sample line is in them.
    pub(super) fn stand(&self, bounds: &Bounds) -> Stand {
        let middle = (self.y - MIDDLE * self.size - bounds.top) / bounds.height();
        if bounds.height() < 2.0 * LINE * self.size || (0.4..=0.6).contains(&middle) {
            Stand::Middle
        } else if middle < 0.4 {
            Stand::Top
        } else {
            Stand::Bottom
        }
    }

    fn css(&self, fonts: &Fonts, family: FamilyIndex, size: f32) -> String {
        let name: String = fonts.name(family).chars().filter(|c| !matches!(c, '\'' | '"' | '<' | '&' | '\\')).collect();
        let slant = if self.italic { "italic" } else { "normal" };
        let spacing = self.letter_spacing * size / self.size;
        format!(
            "font-family:'{name}';font-weight:{};font-style:{slant};font-size:{size}px;letter-spacing:{spacing}px;text-anchor:start",
            self.weight
        )
    }
}

/// Text ready to be drawn.
#[derive(Debug, Clone)]
pub(super) struct Block {
    size: f32,
    runs: Vec<Run>,
    /// The widest line's end.
    pub(super) right: f32,
    /// Below the last line.
    pub(super) bottom: f32,
}

/// Text in one font and one direction.
#[derive(Debug, Clone)]
struct Run {
    text: String,
    family: FamilyIndex,
    backwards: bool,
    x: f32,
    y: f32,
}

impl Block {
    /// `tspan` elements, each at its own place.
    pub(super) fn to_svg(&self, fonts: &Fonts, style: &Style) -> String {
        let mut svg = String::new();
        for run in &self.runs {
            // Runs are in visual order already: an override keeps neutral characters in theirs.
            let (open, close) = if run.backwards { ("\u{202e}", "\u{202c}") } else { ("", "") };
            let css = style.css(fonts, run.family, self.size);
            let (x, y, text) = (run.x, run.y, escape(&run.text));
            // Writing to a String cannot fail.
            let _ =
                write!(svg, r#"<tspan x="{x}" y="{y}" xml:space="preserve" style="{css}">{open}{text}{close}</tspan>"#);
        }
        svg
    }

    /// Moves, and if need be shrinks, what was drawn as `ink` into `bounds`.
    pub(super) fn press(&mut self, ink: &Bounds, bounds: &Bounds) {
        let scale = (bounds.width() / ink.width()).min(bounds.height() / ink.height()).min(1.0);
        let (width, height) = (ink.width() * scale, ink.height() * scale);
        let left = ink.left.clamp(bounds.left, (bounds.right - width).max(bounds.left));
        let top = ink.top.clamp(bounds.top, (bounds.bottom - height).max(bounds.top));
        self.size *= scale;
        for run in &mut self.runs {
            run.x = left + (run.x - ink.left) * scale;
            run.y = top + (run.y - ink.top) * scale;
        }
        self.right = left + width;
    }
}

/// Text as XML's content.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// One line of what a person wrote: no control characters (nor those that turn the direction of the
/// text around them), white space as single spaces, and no more than any box holds.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::new();
    let (mut kept, mut gap) = (0, false);
    for character in text.chars() {
        let code = u32::from(character);
        if character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{202f}') {
            gap = true;
            continue;
        }
        let directional = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let nothing = matches!(character, '\u{ad}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}');
        if character.is_control() || directional || nothing || code & 0xfffe == 0xfffe {
            continue;
        }
        if std::mem::take(&mut gap) && !clean.is_empty() {
            clean.push(' ');
        }
        clean.push(character);
        kept += 1;
        if kept >= MOST_CHARACTERS {
            break;
        }
    }
    clean
}

/// The smallest thing that lines are made of: one font, one direction, no place to break within.
#[derive(Debug, Clone)]
struct Piece {
    text: String,
    family: FamilyIndex,
    level: u8,
    /// In ems.
    width: f32,
    /// A line may end after it.
    breaks: bool,
}

impl Piece {
    fn is_space(&self) -> bool {
        self.text == " "
    }
}

/// Sets cleaned, non-empty text.
pub(super) fn fit(fonts: &Fonts, style: &Style, bounds: &Bounds, text: &str) -> Block {
    let ruler = Ruler { fonts, style };
    let (base, pieces) = ruler.pieces(text);
    let least = (style.size * LEAST).max(LEAST_UNITS).min(style.size);
    const STEPS: u8 = 8;
    let mut sizes = (0..=STEPS).map(|step| style.size - (style.size - least) * f32::from(step) / f32::from(STEPS));
    let room = |size: f32| {
        let more = (bounds.height() - LINE * size) / (LEADING * size);
        1 + more.max(0.0) as usize
    };
    let width = match style.anchor {
        TextAnchor::Start => bounds.right - style.x.clamp(bounds.left, bounds.right),
        TextAnchor::Middle => 2.0 * (style.x - bounds.left).min(bounds.right - style.x).max(0.0),
        TextAnchor::End => style.x.clamp(bounds.left, bounds.right) - bounds.left,
    };
    let (size, lines) = sizes
        .find_map(|size| Some((size, wrap(&pieces, width / size)?)).filter(|(size, lines)| lines.len() <= room(*size)))
        .map(|(size, lines)| (size, balance(&pieces, width / size, lines)))
        .unwrap_or_else(|| (least, ruler.cut(pieces, width / least, room(least), base)));
    set(style, bounds, size, lines, base.is_rtl())
}

/// Lines of at most `width` ems; `None` where a word alone is wider.
fn wrap(pieces: &[Piece], width: f32) -> Option<Vec<Vec<Piece>>> {
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    for word in pieces.split_inclusive(|piece| piece.breaks) {
        let line = lines.last_mut().expect("there is always a line");
        let needed = measure(word);
        if needed > width {
            return None;
        }
        let so_far: f32 = line.iter().map(|piece| piece.width).sum();
        if line.is_empty() || so_far + needed <= width {
            line.extend_from_slice(word);
        } else {
            lines.push(word.to_vec());
        }
    }
    for line in &mut lines {
        while line.last().is_some_and(Piece::is_space) {
            line.pop();
        }
    }
    Some(lines)
}

/// The same number of lines, of more equal length.
fn balance(pieces: &[Piece], width: f32, lines: Vec<Vec<Piece>>) -> Vec<Vec<Piece>> {
    if !(2..=3).contains(&lines.len()) {
        return lines;
    }
    let (mut narrow, mut wide, mut best) = (width * 0.4, width, lines);
    for _ in 0..6 {
        let middle = (narrow + wide) / 2.0;
        match wrap(pieces, middle).filter(|lines| lines.len() <= best.len()) {
            Some(lines) => (wide, best) = (middle, lines),
            None => narrow = middle,
        }
    }
    best
}

/// Width without a space at the end, in ems.
fn measure(pieces: &[Piece]) -> f32 {
    let end = pieces.iter().rposition(|piece| !piece.is_space()).map_or(0, |last| last + 1);
    pieces[..end].iter().map(|piece| piece.width).sum()
}

/// Places lines in the box.
fn set(style: &Style, bounds: &Bounds, size: f32, lines: Vec<Vec<Piece>>, rightwards: bool) -> Block {
    let below = (lines.len() - 1) as f32 * LEADING * size;
    let first = match style.stand(bounds) {
        Stand::Top => style.y - TOP * (style.size - size),
        Stand::Middle => style.y - MIDDLE * (style.size - size) - below / 2.0,
        Stand::Bottom => style.y - below,
    };
    let (highest, lowest) = (bounds.top + TOP * size, bounds.bottom - BOTTOM * size - below);
    let first = first.min(lowest).max(highest);
    let widest = lines.iter().map(|line| measure(line) * size).fold(0.0, f32::max);
    let mut block = Block { size, runs: Vec::new(), right: bounds.left, bottom: first + below + BOTTOM * size };
    for (row, line) in lines.into_iter().enumerate() {
        let width = measure(&line) * size;
        let mut x = match style.anchor {
            // A paragraph that is read from the right is flush there.
            TextAnchor::Start if rightwards => style.x + widest - width,
            TextAnchor::Start => style.x,
            TextAnchor::Middle => style.x - width / 2.0,
            TextAnchor::End => style.x - width,
        };
        let y = first + row as f32 * LEADING * size;
        for piece in visual_order(line) {
            let backwards = piece.level % 2 == 1;
            match block.runs.last_mut() {
                Some(run) if run.y == y && run.family == piece.family && run.backwards == backwards => {
                    if backwards {
                        run.text.insert_str(0, &piece.text);
                    } else {
                        run.text.push_str(&piece.text);
                    }
                }
                _ => block.runs.push(Run { text: piece.text, family: piece.family, backwards, x, y }),
            }
            x += piece.width * size;
        }
        block.right = block.right.max(x);
    }
    block
}

/// From the order in which a line is read to the order on screen (rule L2 of UAX #9).
fn visual_order(mut line: Vec<Piece>) -> Vec<Piece> {
    let highest = line.iter().map(|piece| piece.level).max().unwrap_or(0);
    for level in (1..=highest).rev() {
        for run in line.chunk_by_mut(|a, b| (a.level >= level) == (b.level >= level)) {
            if run[0].level >= level {
                run.reverse();
            }
        }
    }
    line
}

/// Measures text in a style.
struct Ruler<'a> {
    fonts: &'a Fonts,
    style: &'a Style,
}

impl Ruler<'_> {
    /// The direction of a text, and its pieces.
    fn pieces(&self, text: &str) -> (Level, Vec<Piece>) {
        let bidi = BidiInfo::new(text, None);
        let base = bidi.paragraphs.first().map_or(Level::ltr(), |paragraph| paragraph.level);
        let breaks: Vec<usize> = unicode_linebreak::linebreaks(text)
            .filter(|(at, kind)| *kind == BreakOpportunity::Mandatory || *at < text.len())
            .map(|(at, _)| at)
            .collect();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut last = self.style.family;
        for (at, grapheme) in text.grapheme_indices(true) {
            let space = grapheme == " ";
            let family =
                if space { self.style.family } else { self.fonts.family_for(grapheme, self.style.family, last) };
            if !space {
                last = family;
            }
            let level = bidi.levels[at].number();
            let breaks = breaks.binary_search(&(at + grapheme.len())).is_ok();
            match pieces.last_mut() {
                Some(piece)
                    if !piece.breaks
                        && !space
                        && !piece.is_space()
                        && piece.family == family
                        && piece.level == level =>
                {
                    piece.text.push_str(grapheme);
                    piece.breaks = breaks;
                }
                _ => pieces.push(Piece { text: grapheme.to_owned(), family, level, width: 0.0, breaks }),
            }
        }
        self.measure(&mut pieces);
        (base, pieces)
    }

    /// Fills the widths in.
    fn measure(&self, pieces: &mut [Piece]) {
        // A space alone leaves no ink, so usvg drops it: it is the difference between these two.
        const APART: &str = "n n";
        const TOGETHER: &str = "nn";
        let mut known: HashMap<(&str, FamilyIndex), usize> = HashMap::new();
        let mut svg = String::from(r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1">"#);
        let mut which = Vec::with_capacity(pieces.len());
        for piece in pieces.iter() {
            let mut enter = |text| {
                let next = known.len();
                *known.entry((text, piece.family)).or_insert_with(|| {
                    let css = self.style.css(self.fonts, piece.family, MEASURED_AT);
                    let text = escape(text);
                    // Writing to a String cannot fail.
                    let _ = write!(svg, r#"<text id="w{next}" xml:space="preserve" style="{css}">{text}</text>"#);
                    next
                })
            };
            which.push(if piece.is_space() {
                (enter(APART), Some(enter(TOGETHER)))
            } else {
                (enter(piece.text.as_str()), None)
            });
        }
        svg.push_str("</svg>");
        let mut widths = vec![0.0; known.len()];
        if let Ok(tree) = usvg::Tree::from_str(&svg, &self.fonts.options()) {
            for node in tree.root().children() {
                let Node::Text(text) = node else { continue };
                let index = text.id().strip_prefix('w').and_then(|id| id.parse::<usize>().ok());
                if let Some(width) = index.and_then(|index| widths.get_mut(index)) {
                    *width = text.bounding_box().width() / MEASURED_AT;
                }
            }
        }
        let spacing = self.style.letter_spacing / self.style.size;
        for (piece, (whole, less)) in pieces.iter_mut().zip(which) {
            piece.width = match less {
                Some(less) => widths[whole] - widths[less],
                // usvg leaves out the spacing after the last letter.
                None => widths[whole] + spacing,
            };
        }
    }

    /// The pieces, each one character as people see it.
    fn explode(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        let mut characters = Vec::new();
        for piece in pieces {
            let start = characters.len();
            characters.extend(piece.text.graphemes(true).map(|text| Piece {
                text: text.into(),
                breaks: true,
                ..piece
            }));
            if let Some(last) = characters[start..].last_mut() {
                last.breaks = piece.breaks;
            }
        }
        self.measure(&mut characters);
        characters
    }

    /// As many lines as there is room for, with an ellipsis where text is left out.
    fn cut(&self, pieces: Vec<Piece>, width: f32, room: usize, base: Level) -> Vec<Vec<Piece>> {
        // A word wider than a line is broken anywhere.
        let mut breakable = Vec::new();
        for word in pieces.split_inclusive(|piece| piece.breaks) {
            if measure(word) > width {
                breakable.extend(self.explode(word.to_vec()).into_iter().filter(|piece| piece.width <= width));
            } else {
                breakable.extend_from_slice(word);
            }
        }
        let mut lines = wrap(&breakable, width).unwrap_or_else(|| vec![Vec::new()]);
        if lines.len() > room {
            lines.truncate(room);
            let family = self.fonts.family_for("…", self.style.family, self.style.family);
            let mut ellipsis = [Piece { text: "…".into(), family, level: base.number(), width: 0.0, breaks: false }];
            self.measure(&mut ellipsis);
            let last = lines.pop().unwrap_or_default();
            let mut last = self.explode(last);
            while !last.is_empty()
                && (measure(&last) + ellipsis[0].width > width || last.last().is_some_and(Piece::is_space))
            {
                last.pop();
            }
            last.extend(ellipsis);
            lines.push(last);
        }
        lines
    }
}
