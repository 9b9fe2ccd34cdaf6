//! Ids that people can read: `2026-11-24-le-jardin-partage`.

/// Characters of the part made from a title.
const LONGEST: usize = 60;

/// A day, a hyphen, and words of `a-z0-9` joined by hyphens: safe in an address and in a path.
pub fn is_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    (12..=100).contains(&bytes.len())
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && [4, 7, 10].iter().all(|at| bytes[*at] == b'-')
        && bytes[11..].iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// The stem of an id for something of this day and title.
pub fn claim_stem(day: &str, title: &str, otherwise: &str) -> String {
    let slug = slug(title);
    format!("{day}-{}", if slug.is_empty() { otherwise } else { &slug })
}

/// A title in `a-z0-9` and hyphens; empty where nothing of it can be written so.
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for character in title.chars().flat_map(char::to_lowercase) {
        match plain(character) {
            "" if slug.ends_with('-') || slug.is_empty() => (),
            "" => slug.push('-'),
            plain => slug.push_str(plain),
        }
    }
    if slug.len() > LONGEST {
        // Whole words, as far as they go.
        let end = slug[..LONGEST].rfind('-').filter(|end| *end > LONGEST / 2).unwrap_or(LONGEST);
        slug.truncate(end);
    }
    slug.trim_matches('-').to_owned()
}

/// A letter or digit without its accent; empty for anything else.
fn plain(character: char) -> &'static str {
    const ASCII: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
    if let Some(at) = ASCII.find(character) {
        return &ASCII[at..=at];
    }
    match character {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_title_makes_an_id() {
        for (title, id) in [
            ("Le jardin partagé", "2026-11-24-le-jardin-partage"),
            ("  L'œuvre / d'Élodie : «été» !  ", "2026-11-24-l-oeuvre-d-elodie-ete"),
            ("../../etc/passwd", "2026-11-24-etc-passwd"),
            ("حوار مفتوح", "2026-11-24-sequence"),
            ("🎤🎬", "2026-11-24-sequence"),
            ("\"; rm -rf \0", "2026-11-24-rm-rf"),
        ] {
            assert_eq!(claim_stem("2026-11-24", title, "sequence"), id, "{title}");
            assert!(is_id(id));
        }
        let long = claim_stem("2026-11-24", &"mot ".repeat(100), "sequence");
        assert!(is_id(&long) && long.len() <= 71 && long.ends_with("mot"), "{long}");
        for wrong in ["", "2026-11-24-", "2026-11-24", "2026-11-24-../x", "2026-11-2é-abc", "2026/11/24-abc"] {
            assert!(!is_id(wrong), "{wrong}");
        }
    }
}
