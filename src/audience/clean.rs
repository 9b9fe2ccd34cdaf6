//! What a stranger typed, made fit for a screen: one line, nothing hidden, nothing turned round.

use unicode_segmentation::UnicodeSegmentation;

/// Marks above or below one letter; more is an ornament that covers the line above.
const MARKS: usize = 3;

/// One line of at most `longest` characters as people count them; what is beyond becomes `…`. Control,
/// bidirectional and zero-width characters, and those that are not characters, are left out.
pub fn line(text: &str, longest: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(longest * 8));
    let mut marks = 0;
    // More than this is never shown: a megabyte is not looked at to its end.
    for c in text.chars().take(longest * 16) {
        let c = if c.is_whitespace() { ' ' } else { c };
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let twice = c == ' ' && (clean.is_empty() || clean.ends_with(' '));
        if !twice && marks <= MARKS && !is_hidden(c) {
            clean.push(c);
        }
    }
    let clean = clean.trim_end();
    let mut ends = clean.grapheme_indices(true).map(|(at, _)| at);
    match ends.nth(longest) {
        None => clean.to_owned(),
        Some(_) => {
            let end = clean.grapheme_indices(true).nth(longest - 1).map_or(0, |(at, _)| at);
            format!("{}…", clean[..end].trim_end())
        }
    }
}

/// How long a text is, as people count.
pub fn length(text: &str) -> usize {
    text.graphemes(true).count()
}

/// Characters that are not seen or that change how others are seen (Unicode: Cc, Cf, Co, Cn of the
/// blocks that matter; UAX #9 for the bidirectional ones).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The words of a piece of HTML, as Mastodon and Owncast send messages: tags away, entities read.
/// The result still has to pass [`line()`].
pub fn words_of_html(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(tag) = rest.strip_prefix('<') {
            let Some(end) = tag.find('>') else { return text };
            let name = tag[..end].trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or("");
            if matches!(name.to_ascii_lowercase().as_str(), "br" | "p" | "div" | "li") {
                text.push(' ');
            }
            rest = &tag[end + 1..];
        } else {
            let (c, after) = entity(rest);
            text.push(c);
            rest = after;
        }
    }
    text + rest
}

/// The character at the start of `text`, which begins with `&`, and what follows it.
fn entity(text: &str) -> (char, &str) {
    let plain = ('&', &text[1..]);
    let Some(end) = text.bytes().take(12).position(|byte| byte == b';') else { return plain };
    let name = &text[1..end];
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let found = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hex) => number(hex, 16),
            None => number(digits, 10),
        },
        None => match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            _ => None,
        },
    };
    found.map_or(plain, |c| (c, &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_turns_text_is_left_out() {
        for (typed, shown) in [
            ("  deux   mots\n\n ici\t", "deux mots ici"),
            ("a\u{202e}b\u{2066}c\u{2069}", "abc"),
            ("z\u{200b}e\u{200d}r\u{feff}o\u{ad}", "zero"),
            ("\u{1b}[31mrouge\u{7}", "[31mrouge"),
            ("<b>gras</b> & http://a.example", "<b>gras</b> & http://a.example"),
            ("e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "e\u{301}\u{301}\u{301}"),
            ("\u{e000}\u{fffd}\u{e0041}\u{3164}", ""),
            ("שלום 👋 مرحبا", "שלום 👋 مرحبا"),
        ] {
            assert_eq!(line(typed, 100), shown, "{typed:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(line("abcdef", 6), "abcdef");
        assert_eq!(line("abcdefg", 6), "abcde…");
        assert_eq!(line("🇫🇷🇫🇷🇫🇷", 2), "🇫🇷…");
        assert_eq!(length(&line(&"é".repeat(1_000_000), 500)), 500);
        assert_eq!(line(&" ".repeat(1_000_000), 500), "");
    }

    #[test]
    fn html_becomes_words() {
        for (html, words) in [
            (
                "<p>Bonjour <a href=\"https://x.example\">l&#39;ami</a></p><p>&lt;3 &amp; ça&nbsp;va&hellip;</p>",
                "Bonjour l'ami <3 & ça va&hellip;",
            ),
            ("un<br/>deux", "un deux"),
            ("jamais fini <b", "jamais fini"),
            ("&#x1F41D; &#xD800; &", "🐝 &#xD800; &"),
        ] {
            assert_eq!(line(&words_of_html(html), 200), words);
        }
    }
}
