//! The machine's fonts: loaded once, with what each of them can write.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use resvg::usvg::{
    self, FontResolver, ImageHrefResolver,
    fontdb::{Database, ID, Stretch, Style, Weight},
};
use skrifa::MetadataProvider;

/// What a family without a name of its own stands for, the first one installed.
const SANS: [&str; 3] = ["Noto Sans", "DejaVu Sans", "Liberation Sans"];
const SERIF: [&str; 3] = ["Noto Serif", "DejaVu Serif", "Liberation Serif"];
const MONO: [&str; 2] = ["Noto Sans Mono", "DejaVu Sans Mono"];
const EMOJI: &str = "Noto Color Emoji";

/// A font family, by its regular face.
#[derive(Debug)]
struct Family {
    name: String,
    id: ID,
    /// Code points it has, sorted, first and last included.
    ranges: Vec<(u32, u32)>,
}

/// An index of a family; only good for the [`Fonts`] that gave it.
pub(super) type FamilyIndex = usize;

/// Every font of the machine. Families are in the order in which they are tried for a character.
#[derive(Debug)]
pub(super) struct Fonts {
    db: Arc<Database>,
    families: Vec<Family>,
    by_name: HashMap<String, FamilyIndex>,
}

impl Fonts {
    /// The fonts, read on the first call (a tenth of a second or more), which others wait for.
    pub(super) fn get() -> &'static Self {
        static FONTS: OnceLock<Fonts> = OnceLock::new();
        FONTS.get_or_init(Self::load)
    }

    fn load() -> Self {
        let mut db = Database::new();
        db.load_system_fonts();
        let mut regular: HashMap<String, (u32, ID)> = HashMap::new();
        for face in db.faces() {
            let Some((name, _)) = face.families.first() else { continue };
            let oddness = u32::from(face.weight.0.abs_diff(Weight::NORMAL.0))
                + if face.style == Style::Normal { 0 } else { 1000 }
                + if face.stretch == Stretch::Normal { 0 } else { 2000 };
            let best = regular.entry(name.clone()).or_insert((u32::MAX, face.id));
            if oddness < best.0 {
                *best = (oddness, face.id);
            }
        }
        let mut families: Vec<_> = regular
            .into_iter()
            .map(|(name, (_, id))| Family { ranges: coverage(&db, id), name, id })
            .filter(|family| !family.ranges.is_empty())
            .collect();
        families.sort_by(|a, b| (rank(&a.name), &a.name).cmp(&(rank(&b.name), &b.name)));
        let by_name: HashMap<_, _> =
            families.iter().enumerate().map(|(index, family)| (family.name.to_lowercase(), index)).collect();
        let installed =
            |names: &[&'static str]| names.iter().copied().find(|name| by_name.contains_key(&name.to_lowercase()));
        let first = families.first().map(|family| family.name.clone());
        let sans = installed(&SANS).map(str::to_owned).or(first).unwrap_or_default();
        db.set_serif_family(installed(&SERIF).unwrap_or(&sans));
        db.set_monospace_family(installed(&MONO).unwrap_or(&sans));
        db.set_cursive_family(&sans);
        db.set_fantasy_family(&sans);
        db.set_sans_serif_family(sans);
        if families.is_empty() {
            tracing::error!("no fonts: titles stay without text; install fonts-noto-core");
        }
        Self { db: Arc::new(db), families, by_name }
    }

    /// How SVG is read: with these fonts, and no file but the SVG itself.
    pub(super) fn options(&self) -> usvg::Options<'_> {
        usvg::Options {
            font_family: self.db.family_name(&usvg::fontdb::Family::SansSerif).to_owned(),
            fontdb: self.db.clone(),
            font_resolver: FontResolver {
                select_font: FontResolver::default_font_selector(),
                select_fallback: Box::new(|character, used, _| {
                    self.families.iter().find(|f| f.has(character) && !used.contains(&f.id)).map(|f| f.id)
                }),
            },
            image_href_resolver: ImageHrefResolver {
                resolve_data: ImageHrefResolver::default_data_resolver(),
                resolve_string: Box::new(|_, _| None),
            },
            ..usvg::Options::default()
        }
    }

    /// The family's name, to be quoted in CSS.
    pub(super) fn name(&self, family: FamilyIndex) -> &str {
        self.families.get(family).map_or("sans-serif", |family| &family.name)
    }

    /// The first family of a template's list that is installed, or the sans-serif one.
    pub(super) fn base(&self, wanted: &usvg::Font) -> FamilyIndex {
        use usvg::FontFamily;
        use usvg::fontdb::Family as Generic;
        let named = wanted.families().iter().find_map(|family| {
            let name = match family {
                FontFamily::Named(name) => name,
                FontFamily::Serif => self.db.family_name(&Generic::Serif),
                FontFamily::Monospace => self.db.family_name(&Generic::Monospace),
                FontFamily::SansSerif | FontFamily::Cursive | FontFamily::Fantasy => {
                    self.db.family_name(&Generic::SansSerif)
                }
            };
            self.by_name.get(&name.to_lowercase())
        });
        let sans = || self.by_name.get(&self.db.family_name(&Generic::SansSerif).to_lowercase());
        named.or_else(sans).copied().unwrap_or(0)
    }

    /// The family to write one character as people see it (with its marks and joiners) in: `base`
    /// or `last`, the one of the text before it, if they can.
    pub(super) fn family_for(&self, grapheme: &str, base: FamilyIndex, last: FamilyIndex) -> FamilyIndex {
        let has = |family: FamilyIndex, text: &str| {
            self.families.get(family).is_some_and(|f| text.chars().all(|c| is_invisible(c) || f.has(c)))
        };
        let emoji = self.by_name.get(&EMOJI.to_lowercase()).copied();
        if let Some(emoji) = emoji.filter(|_| grapheme.contains('\u{fe0f}') || grapheme.contains('\u{20e3}'))
            && has(emoji, grapheme)
        {
            return emoji;
        }
        [base, last]
            .into_iter()
            .find(|family| has(*family, grapheme))
            .or_else(|| (0..self.families.len()).find(|family| has(*family, grapheme)))
            .or_else(|| {
                let first = grapheme.chars().next()?;
                self.families.iter().position(|family| family.has(first))
            })
            .unwrap_or(base)
    }
}

impl Family {
    fn has(&self, character: char) -> bool {
        let code = u32::from(character);
        let after = self.ranges.partition_point(|(first, _)| *first <= code);
        after > 0 && self.ranges[after - 1].1 >= code
    }
}

/// Joiners and variation selectors: they shape what is beside them, and no font need have them.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Plain faces for running text before those for display, and any script's before emoji.
fn rank(name: &str) -> u32 {
    let plain = |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let special =
        ["Mono", "Display", "Symbols", "Math", "Condensed", "Looped", "Unjoined"].iter().any(|w| name.contains(w));
    match name {
        EMOJI => 4,
        _ if plain("Noto Sans") && !special => 0,
        _ if plain("Noto Naskh Arabic") || (plain("DejaVu Sans") && !special) => 1,
        _ if plain("Noto Sans") => 2,
        _ if name.starts_with("Noto ") => 3,
        _ => 5,
    }
}

fn coverage(db: &Database, id: ID) -> Vec<(u32, u32)> {
    let codes = db.with_face_data(id, |data, index| {
        let font = skrifa::FontRef::from_index(data, index).ok()?;
        let mut codes: Vec<u32> = font.charmap().mappings().map(|(code, _)| code).collect();
        codes.sort_unstable();
        Some(codes)
    });
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in codes.flatten().unwrap_or_default() {
        match ranges.last_mut() {
            Some((_, last)) if code <= *last + 1 => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    ranges
}
