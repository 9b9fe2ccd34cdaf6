//! Text in XML.

use quick_xml::escape::escape;

/// A text as XML's content or as an attribute's value: escaped, and without the characters that XML
/// 1.0 cannot hold even so.
pub fn text(text: &str) -> String {
    let allowed = |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let clean: String = text.chars().filter(|character| allowed(*character)).collect();
    escape(&clean).into_owned()
}

/// `<name>text</name>`, or nothing for an empty text.
pub fn element(name: &str, content: &str) -> String {
    match content {
        "" => String::new(),
        content => format!("<{name}>{}</{name}>", text(content)),
    }
}
