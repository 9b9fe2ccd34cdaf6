use std::path::Path;

use resvg::usvg::{Group, Node};

use super::*;
use crate::{
    media,
    mix::compose::{self, FrameRect},
};

const HD: Video = Video { width: 1280, height: 720, framerate: 25 };

fn graphics(data: &Path, video: Video) -> Graphics {
    media::init().unwrap();
    Graphics::new(Descriptions::new(data), video)
}

fn built_in() -> Graphics {
    graphics(Path::new("/nonexistent"), HD)
}

fn fields(pairs: &[(&str, &str)]) -> IndexMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// What each built-in template says on a usual day.
fn usual(template: &str) -> IndexMap<String, String> {
    fields(match template {
        "lower-third" => &[("name", "Mme Ruche"), ("role", "Apicultrice, Mouans-Sartoux")],
        "free-text" => &[("text", "Prochain direct à 16 h 30 sur la place")],
        "clock" => &[("time", "15:42:07")],
        "countdown" => &[("label", "Le direct commence dans"), ("time", "04:59")],
        "licence" => &[("credit", "Fête du Miel")],
        "title-card" => &[("title", "Les abeilles d'ici"), ("subtitle", "Rencontre avec une apicultrice")],
        "comment" => {
            &[("name", "Lucie"), ("network", "page du direct"), ("text", "Faut-il nourrir les abeilles en hiver ?")]
        }
        "slate" => &[
            ("title", "Fête du Miel"),
            ("place", "L'Aquarium, médiathèque de Mouans-Sartoux"),
            ("message", "De retour dans un instant"),
        ],
        "lost" => &[("label", "Caméra 2"), ("state", "signal perdu — retour automatique")],
        _ => &[],
    })
}

/// A page with one field in a box from 200, 300 to 700, 420.
fn page(more: &str) -> String {
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" viewBox="0 0 1280 720">
        <title>Essai / Test</title>{more}
        <rect id="box-text" x="200" y="300" width="500" height="120" fill="#123456"/>
        <text id="text" x="200" y="345" font-family="Noto Sans" font-size="40" fill="#ff0000">Exemple</text></svg>"##
    )
}

fn parse(source: &str) -> Result<Template, Problem> {
    Template::parse(Fonts::get(), "essai", source.to_owned())
}

/// Each glyph drawn, with the text it stands for.
fn glyphs(group: &Group, found: &mut Vec<(u32, String)>) {
    for node in group.children() {
        match node {
            Node::Text(text) => found.extend(
                text.layouted()
                    .iter()
                    .flat_map(|span| &span.positioned_glyphs)
                    .map(|glyph| (glyph.id.0, glyph.text.clone())),
            ),
            Node::Group(group) => glyphs(group, found),
            _ => (),
        }
    }
}

fn first_text(group: &Group) -> Option<&resvg::usvg::Text> {
    group.children().iter().find_map(|node| match node {
        Node::Text(text) => Some(&**text),
        Node::Group(group) => first_text(group),
        _ => None,
    })
}

fn glyphs_of(text: &str) -> Vec<(u32, String)> {
    let filled = parse(&page("")).unwrap().fill(Fonts::get(), &fields(&[("text", text)])).unwrap();
    let mut found = Vec::new();
    glyphs(filled.tree.root(), &mut found);
    found
}

/// The drawn pixels' edges.
fn ink(template: &Template, text: &str) -> Option<FrameRect> {
    let mut pixmap = Pixmap::new(1280, 720).unwrap();
    let filled = template.fill(Fonts::get(), &fields(&[("text", text)])).unwrap();
    resvg::render(&filled.tree, Transform::identity(), &mut pixmap.as_mut());
    let drawn: Vec<_> = (0..1280 * 720).filter(|at| pixmap.pixels()[*at as usize].alpha() > 0).collect();
    let (x, y) = (drawn.iter().map(|at| at % 1280).min()?, drawn.iter().map(|at| at / 1280).min()?);
    let (right, bottom) = (drawn.iter().map(|at| at % 1280).max()?, drawn.iter().map(|at| at / 1280).max()?);
    Some(FrameRect { x, y, width: right + 1 - x, height: bottom + 1 - y })
}

/// Long, tall, strange: what somebody will type.
fn hard() -> Vec<String> {
    vec![
        "É".into(),
        "Ågjpqy ŁÇ, une ligne plus longue qu'elle n'en a l'air, et qui continue encore un peu".into(),
        "W".repeat(10_000),
        "mot ".repeat(2_500),
        "مرحبا بكم في استوديو المكتبة. ".repeat(40),
        "養蜂場へようこそ、本日の番組です。".repeat(40),
        "👩🏽‍🌾🐝🇫🇷".repeat(60),
        format!("Z{}", "\u{301}\u{323}".repeat(400)),
        "ก็้ปั๊มน้ำ ".repeat(80),
        "\u{202e}à l'envers\u{2066}".into(),
        "<b>gras</b> & <script>alert(1)</script>".into(),
    ]
}

#[test]
fn text_never_leaves_its_box() {
    let template = parse(&page("")).unwrap();
    for text in hard() {
        let start: String = text.chars().take(20).collect();
        let ink = ink(&template, &text).unwrap_or_else(|| panic!("{start} is not drawn"));
        assert!(ink.x >= 199 && ink.x + ink.width <= 701, "{start}: {ink:?}");
        assert!(ink.y >= 299 && ink.y + ink.height <= 421, "{start}: {ink:?}");
    }
    assert_eq!(ink(&template, ""), None, "the box itself and the sample are not drawn");
}

#[test]
fn long_text_is_smaller_then_in_lines_then_cut() {
    let fonts = Fonts::get();
    let template = parse(&page("")).unwrap();
    let size = |text: &str| {
        let filled = template.fill(fonts, &fields(&[("text", text)])).unwrap();
        let text = first_text(filled.tree.root()).unwrap();
        text.layouted()[0].font_size.get()
    };
    assert_eq!(size("Court"), 40.0);
    let longer = size(&"une phrase assez longue ".repeat(5));
    assert!((24.0..40.0).contains(&longer), "{longer}");
    let cut = glyphs_of(&"une phrase beaucoup trop longue ".repeat(50));
    assert!(cut.iter().any(|(_, text)| text.contains('…')));
    assert!(!glyphs_of("Court").iter().any(|(_, text)| text.contains('…')));
}

#[test]
fn text_is_as_wide_as_it_was_measured() {
    let fonts = Fonts::get();
    let (x, y, size) = (100.0, 200.0, 30.0);
    let family = fonts.family_for("a", 0, 0);
    let bounds = text::Bounds { left: x, top: 150.0, right: 1200.0, bottom: 220.0 };
    for letter_spacing in [0.0, 4.0] {
        let anchor = resvg::usvg::TextAnchor::Start;
        let style = text::Style { family, weight: 400, italic: false, letter_spacing, size, anchor, x, y };
        for text in [
            "Un",
            "un deux trois quatre cinq six",
            "16 h 30, à la ruche 🐝 de Grasse",
            "مرحبا بكم 12 abc",
            "שלום עולם.",
        ] {
            let block = text::fit(fonts, &style, &bounds, text);
            let svg = block.to_svg(fonts, &style);
            let svg = format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720"><text>{svg}</text></svg>"#
            );
            let tree = resvg::usvg::Tree::from_str(&svg, &fonts.options()).unwrap();
            let rect = tree.root().bounding_box();
            // A mark of direction counts as a unit wide.
            assert!((rect.left() - x).abs() < 4.0, "{text}: {rect:?}");
            assert!(
                (rect.right() - block.right).abs() < 4.0 + letter_spacing,
                "{text}: {rect:?}, measured {}",
                block.right
            );
        }
    }
    // A space keeps its width where the font changes beside it.
    let right = |text: &str| {
        text::fit(
            fonts,
            &text::Style {
                family,
                weight: 400,
                italic: false,
                letter_spacing: 0.0,
                size,
                anchor: resvg::usvg::TextAnchor::Start,
                x,
                y,
            },
            &bounds,
            text,
        )
        .right
    };
    assert!(right("a 🐝") - right("a🐝") > 0.2 * size);
}

#[test]
fn every_script_finds_a_font() {
    for text in [
        "Chloé dit « bravo » à مريم, peut-être ٣ fois",
        "Famille 👨‍👩‍👧 de la ruche 🐝, drapeau 🇫🇷, touche 1️⃣, cœur ❤️",
        "שלום 12 abc",
        "สวัสดี ชาวผึ้ง",
        "नमस्ते मधुमक्खी",
        "Ελληνικά, Հայերեն, ქართული",
    ] {
        let glyphs = glyphs_of(text);
        assert!(glyphs.iter().all(|(id, _)| *id != 0), "{text}: {glyphs:?}");
    }
    // A family is one picture, not four.
    assert!(glyphs_of("👨‍👩‍👧").len() <= 2);
}

#[test]
fn arabic_is_joined_and_runs_from_the_right() {
    let fonts = Fonts::get();
    let alone: Vec<u32> = ["ب", "ي", "ت"].iter().flat_map(|letter| glyphs_of(letter)).map(|(id, _)| id).collect();
    let word = glyphs_of("بيت");
    let shaped: Vec<u32> = word.iter().map(|(id, _)| *id).filter(|id| !alone.contains(id)).collect();
    assert!(!shaped.is_empty(), "letters take their joined forms: {word:?} {alone:?}");
    // In a sentence that is read from the right, the full stop is at the left end.
    let filled = parse(&page("")).unwrap().fill(fonts, &fields(&[("text", "שלום עולם.")])).unwrap();
    let text = first_text(filled.tree.root()).unwrap();
    let glyphs = || text.layouted().iter().flat_map(|span| &span.positioned_glyphs);
    let stop = glyphs().find(|glyph| glyph.text.contains('.')).unwrap().transform().tx;
    assert!(glyphs().filter(|glyph| "שלוםעולם".contains(&glyph.text)).all(|glyph| glyph.transform().tx >= stop));
}

#[test]
fn markup_shows_as_text_and_control_characters_do_not_show() {
    let written = |text: &str| glyphs_of(text).into_iter().map(|(_, text)| text).collect::<String>();
    assert_eq!(written("<b>&amp;</b>"), "<b>&amp;</b>");
    assert_eq!(text::clean(" a\u{0}\u{7}b\n\tc\u{202e}d\u{ffff} "), "ab cd");
    assert!(text::clean(&"x".repeat(10_000)).len() <= 1_000);
}

#[test]
fn colours_are_right_in_bt709() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("pipelines/graphics");
    std::fs::create_dir_all(&folder).unwrap();
    let draw = |colour: &str, opacity: &str| {
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720"><rect x="101" y="51" width="99" height="30" fill="{colour}" fill-opacity="{opacity}"/></svg>"#
        );
        std::fs::write(folder.join("colour.svg"), svg).unwrap();
        graphics(data.path(), HD).overlay("colour", &fields(&[])).unwrap()
    };
    let near = |value: u8, expected: u8| assert!(value.abs_diff(expected) <= 2, "{value} for {expected}");
    for (colour, expected) in [
        ("#ff0000", [63, 102, 240]),
        ("#00ff00", [173, 42, 26]),
        ("#0000ff", [32, 240, 118]),
        ("#ffffff", [235, 128, 128]),
    ] {
        for (opacity, alpha) in [("1", 255), ("0.5", 128)] {
            let overlay = draw(colour, opacity);
            assert_eq!(overlay.rect, FrameRect { x: 100, y: 50, width: 100, height: 32 });
            let (inside, half) = (100 * 16 + 50, 50 * 8 + 25);
            near(overlay.planes[0][inside], expected[0]);
            near(overlay.planes[1][half], expected[1]);
            near(overlay.planes[2][half], expected[2]);
            near(overlay.alpha[0][inside], alpha);
            near(overlay.alpha[1][half], alpha);
            assert_eq!(overlay.alpha[0][0], 0, "the column before the rectangle");
            near(overlay.alpha[1][50], alpha / 2);
        }
    }
}

#[test]
fn every_title_is_listed_and_draws_within_the_frame() {
    let graphics = built_in();
    assert_eq!(graphics.look(), []);
    let templates = graphics.templates();
    let ids: Vec<_> = templates.iter().map(|template| template.id.as_str()).collect();
    assert_eq!(ids, ["clock", "comment", "countdown", "free-text", "licence", "lower-third", "title-card"]);
    for template in &templates {
        let texts = usual(&template.id);
        assert!(template.fields.iter().all(|field| texts.contains_key(field)), "{template:?}");
        assert_ne!(template.label.fr, template.label.en);
        for video in [HD, Video { width: 1920, height: 1080, ..HD }, Video { width: 640, height: 480, ..HD }] {
            let graphics = super::Graphics::new(Descriptions::new(Path::new("/nonexistent")), video);
            let hard = hard();
            let all_hard = template.fields.iter().map(|field| (field.clone(), hard[2].clone())).collect();
            for texts in [&texts, &all_hard] {
                let overlay = graphics.overlay(&template.id, texts).unwrap();
                let FrameRect { x, y, width, height } = overlay.rect;
                assert_eq!([x % 2, y % 2, width % 2, height % 2], [0; 4]);
                assert!(width > 0 && height > 0 && x + width <= video.width && y + height <= video.height);
                assert!(y >= 32 * video.height / 720, "{} keeps off the top", template.id);
                assert_eq!(overlay.planes[0].len(), (width * height) as usize);
                assert_eq!(overlay.planes[1].len() * 4, (width * height) as usize);
                assert_eq!(
                    [overlay.alpha[0].len(), overlay.alpha[1].len()],
                    [overlay.planes[0].len(), overlay.planes[2].len()]
                );
            }
        }
    }
    let watermark = graphics.overlay("watermark", &fields(&[])).unwrap();
    assert!(watermark.rect.y >= 32 && watermark.rect.width > 400);
}

#[test]
fn a_plate_follows_its_text_and_stands_where_it_stood() {
    let graphics = built_in();
    let rect = |name: &str, role: &str| {
        graphics.overlay("lower-third", &fields(&[("name", name), ("role", role)])).unwrap().rect
    };
    let (short, long) = (rect("Léa", "Élève"), rect("Marie-Antoinette de la Rivière", "Élève"));
    assert!(short.width + 200 < long.width, "{short:?} {long:?}");
    let alone = rect("Léa", "");
    assert!(alone.height + 20 < short.height, "{alone:?} {short:?}");
    assert!((alone.y + alone.height).abs_diff(short.y + short.height) <= 2);
    let widest = rect(&"Marie ".repeat(1_000), "");
    assert!(widest.x + widest.width <= 900);
}

#[test]
fn a_picture_fills_frames_of_any_shape() {
    for (width, height) in [(1280, 720), (640, 480), (160, 284)] {
        let graphics = graphics(Path::new("/nonexistent"), Video { width, height, ..HD });
        for template in ["slate", "lost"] {
            let with = graphics.picture(template, &usual(template)).unwrap();
            assert_eq!((with.width(), with.height()), (width, height));
            let without = graphics.picture(template, &fields(&[])).unwrap();
            let at = |picture: &Picture, x: u32, y: u32| {
                let plane = picture.plane(0);
                plane.data[y as usize * plane.stride + x as usize]
            };
            let ground = at(&with, 0, 0);
            assert_ne!(ground, 16, "not black");
            for (x, y) in [(width - 1, 0), (0, height - 1), (width / 2, 1)] {
                assert_eq!(at(&with, x, y), ground);
            }
            let changed = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
            assert!(changed.filter(|(x, y)| at(&with, *x, *y).abs_diff(at(&without, *x, *y)) > 60).count() > 50);
        }
    }
}

#[test]
fn templates_that_cannot_be_trusted_are_refused_with_a_sentence() {
    let cases = [
        ("<svg".to_owned(), "SVG"),
        ("".to_owned(), "SVG"),
        ("<html/>".to_owned(), "SVG"),
        (r#"<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>"#.to_owned(),
            "DOCTYPE",
        ),
        (page(r#"<image href="photo.png" width="10" height="10"/>"#), "photo.png"),
        (
            page(
                r#"<image xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="file:///etc/hostname" width="10" height="10"/>"#,
            ),
            "file:///etc/hostname",
        ),
        (page(r#"<image href="https://example.org/a.png" width="10" height="10"/>"#), "https://example.org/a.png"),
        (page(r#"<use href="other.svg#part"/>"#), "other.svg#part"),
        (page(r#"<rect width="9" height="9" style="fill:url('http://example.org/a.svg#b')"/>"#), "example.org"),
        (page(r#"<style>@import "a.css";</style>"#), "@import"),
        (page(r#"<rect id="box-nobody" width="9" height="9"/>"#), "nobody"),
        (page(r#"<rect id="box-t" width="9" height="9"/><text id="t" x="0" y="9"></text>"#), "« t »"),
        (page(r#"<rect id="box-t" width="9" height="9"/><text id="t" transform="rotate(9)">a</text>"#), "transform"),
        (page(r#"<path id="box-t" d="M0 0h9"/><text id="t">a</text>"#), "rectangle"),
    ];
    for (source, named) in cases {
        let problem = parse(&source).expect_err(&source);
        assert_eq!((problem.code.as_str(), problem.fault), ("bad_template", Fault::Operator), "{source}");
        assert!(problem.text.fr.contains("essai.svg") && problem.text.en.contains("essai.svg"));
        assert!(problem.text.fr.contains(named), "{}", problem.text.fr);
    }
    assert!(
        parse(&page(r##"<defs><linearGradient id="g"/></defs><rect width="9" height="9" fill="url(#g)"/>"##)).is_ok()
    );
}

#[test]
fn what_inkscape_writes_is_read() {
    let source = page("").replace(
        r##"fill="#ff0000">Exemple"##,
        r##"style="font-size:40px"><tspan id="tspan1" x="210" y="350" style="font-weight:bold;fill:#00ff00">Exemple</tspan>"##,
    );
    let template = parse(&source).unwrap();
    assert_eq!(template.describe().fields, ["text"]);
    assert_eq!(template.describe().label, crate::protocol::Text::new("Essai", "Test"));
    let ink = ink(&template, "Ruche").unwrap();
    assert!((208..216).contains(&ink.x), "{ink:?}");
    let filled = template.fill(Fonts::get(), &fields(&[("text", "Ruche")])).unwrap();
    let mut pixmap = Pixmap::new(1280, 720).unwrap();
    resvg::render(&filled.tree, Transform::identity(), &mut pixmap.as_mut());
    assert!(pixmap.pixels().iter().any(|pixel| pixel.green() == 255 && pixel.red() == 0));
}

#[test]
fn a_designers_file_comes_first_and_changes_when_it_is_looked_at() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("pipelines/graphics");
    std::fs::create_dir_all(&folder).unwrap();
    let graphics = graphics(data.path(), HD);
    let before = graphics.overlay("lower-third", &usual("lower-third")).unwrap();
    std::fs::write(
        folder.join("lower-third.svg"),
        page("").replace("box-text", "box-name").replace("id=\"text\"", "id=\"name\""),
    )
    .unwrap();
    assert_eq!(graphics.look(), []);
    let own = graphics.overlay("lower-third", &usual("lower-third")).unwrap();
    assert_ne!(before.rect, own.rect);
    std::fs::write(folder.join("lower-third.svg"), "<svg").unwrap();
    assert_eq!(graphics.look().iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>(), ["bad_template"]);
    // What is refused is told, and ours serves instead.
    let ours = graphics.overlay("lower-third", &usual("lower-third")).unwrap();
    assert_eq!(before.rect, ours.rect);
    assert_eq!(graphics.fault("lower-third"), None);
    assert!(graphics.templates().iter().any(|template| template.id == "lower-third" && template.fields.len() == 2));
    // There is none of ours for a new name.
    std::fs::write(folder.join("ours.svg"), "<svg").unwrap();
    assert_eq!(graphics.look().len(), 2);
    assert_eq!(graphics.fault("ours").map(|problem| problem.code), Some("bad_template".to_owned()));
    assert!(!graphics.templates().iter().any(|template| template.id == "ours"));
}

#[test]
fn what_was_seen_is_drawn_while_the_disk_does_not_answer() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("pipelines/graphics");
    std::fs::create_dir_all(&folder).unwrap();
    let graphics = graphics(data.path(), HD);
    assert_eq!(graphics.look(), []);
    // To be read when somebody writes to it: never.
    nix::unistd::mkfifo(&folder.join("slate.svg"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let (sender, drawn) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let fault = graphics.fault("slate");
        sender.send((fault, graphics.picture("slate", &usual("slate")).is_ok())).unwrap();
    });
    assert_eq!(drawn.recv_timeout(std::time::Duration::from_secs(20)), Ok((None, true)));
}

#[test]
fn titles_that_are_not_there_or_say_nothing_are_refused() {
    let graphics = built_in();
    let code = |template: &str, texts: &[(&str, &str)]| graphics.overlay(template, &fields(texts)).unwrap_err().code;
    assert_eq!(code("lower-third", &[("name", " \u{7}\n ")]), "title_empty");
    assert_eq!(code("lower-third", &[]), "title_empty");
    assert_eq!(code("../lower-third", &[("name", "a")]), "unknown_template");
    assert_eq!(code("nowhere", &[("name", "a")]), "no_description");
}

/// With `PLATEAU_LOOK=folder`, writes every template as PNG there, to be looked at by a person.
#[test]
fn every_template_can_be_looked_at() {
    let graphics = built_in();
    let look = std::env::var_os("PLATEAU_LOOK");
    let long = "Marie-Antoinette de la Rivière, présidente de l'association des apicultrices et apiculteurs du pays de Grasse 🐝 مرحبا";
    for name in graphics.names() {
        let template = graphics.template(&name).unwrap();
        let usual = usual(&name);
        let long: IndexMap<_, _> = usual.keys().map(|field| (field.clone(), long.to_owned())).collect();
        for (texts, kind) in [(&usual, ""), (&long, "-long")] {
            let mut pixmap = Pixmap::new(HD.width, HD.height).unwrap();
            pixmap.fill(Color::from_rgba8(92, 124, 160, 255));
            let bare = pixmap.clone();
            graphics.draw(&template, texts, &mut pixmap).unwrap();
            assert_ne!(pixmap.data(), bare.data(), "{name} draws something");
            if let Some(folder) = &look {
                pixmap.save_png(Path::new(folder).join(format!("{name}{kind}.png"))).unwrap();
            }
        }
    }
}

#[test]
fn a_blended_title_leaves_the_rest_of_the_picture_alone() {
    let graphics = built_in();
    let overlay = graphics.overlay("lower-third", &usual("lower-third")).unwrap();
    let pool = PicturePool::new(HD.width, HD.height).unwrap();
    let drawn = pool
        .draw(0, |canvas| {
            compose::black(canvas);
            compose::blend(canvas, &overlay, 256);
        })
        .unwrap();
    let plane = drawn.plane(0);
    let rect = overlay.rect;
    for y in 0..720 {
        for x in (0..1280)
            .filter(|x| !(rect.x..rect.x + rect.width).contains(x) || !(rect.y..rect.y + rect.height).contains(&y))
        {
            assert_eq!(plane.data[y as usize * plane.stride + x as usize], 16);
        }
    }
    // The plate, between accent and text.
    let inside = plane.data[(rect.y + 10) as usize * plane.stride + (rect.x + 22) as usize];
    assert!(inside >= 233, "{inside}");
}
