//! XMP (ISO 16684-1): what a stranger's tool shows, given the file alone.

use super::{words, words::Licence, xml};
use crate::archive::{Medium, PublicRecord};

/// The packet for the record's own file.
pub fn packet(record: &PublicRecord) -> String {
    let licence = Licence::of(record);
    let language = match record.language.as_str() {
        "" => "x-default",
        language => language,
    };
    let mut fields = String::new();
    fields += &alternatives("dc:title", &record.title, language);
    fields += &alternatives("dc:description", &record.summary, language);
    fields += &alternatives("dc:rights", &words::notice(record), language);
    fields += &list("dc:creator", "Seq", record.creators().iter().copied());
    fields += &list("dc:subject", "Bag", record.tags.iter().map(String::as_str));
    fields += &list("dc:date", "Seq", [record.recorded.as_str()]);
    fields += &list("dc:language", "Bag", [record.language.as_str()]);
    fields += &list("dc:publisher", "Bag", [record.event.as_str()]);
    fields += &xml::element("dc:identifier", record.page.as_deref().unwrap_or(&record.id));
    fields += &xml::element("dc:format", if record.medium == Medium::Photo { "image/jpeg" } else { "video/mp4" });
    fields += &xml::element("xmp:CreateDate", &record.recorded);
    fields += &xml::element("xmp:CreatorTool", "Open Plateau");
    fields += &xml::element("xmpRights:Marked", if licence.id == "CC0-1.0" { "False" } else { "True" });
    fields += &alternatives("xmpRights:UsageTerms", &words::terms(record), language);
    fields += &xml::element("xmpRights:WebStatement", record.page.as_deref().unwrap_or(licence.url));
    fields += &format!("<cc:license rdf:resource=\"{}\"/>", xml::text(licence.url));
    fields += &xml::element("cc:attributionName", &words::names(record));
    if let Some(page) = &record.page {
        fields += &format!("<cc:attributionURL rdf:resource=\"{}\"/>", xml::text(page));
    }
    if record.medium == Medium::Photo {
        fields += &xml::element("photoshop:DateCreated", &record.recorded);
    }
    fields += &xml::element("photoshop:Credit", &words::credit(record));
    if !record.place.is_empty() {
        fields += &format!(
            "<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType=\"Resource\">{}</rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>",
            xml::element("Iptc4xmpExt:Sublocation", &record.place)
        );
    }
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:xmpRights=\"http://ns.adobe.com/xap/1.0/rights/\" \
         xmlns:cc=\"http://creativecommons.org/ns#\" xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\" \
         xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">{fields}</rdf:Description>\
         </rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"
    )
}

/// A text that may be there in several languages: the default one, and the same under its name.
fn alternatives(name: &str, content: &str, language: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    let content = xml::text(content);
    let own = match language {
        "x-default" => String::new(),
        language => format!("<rdf:li xml:lang=\"{}\">{content}</rdf:li>", xml::text(language)),
    };
    format!("<{name}><rdf:Alt><rdf:li xml:lang=\"x-default\">{content}</rdf:li>{own}</rdf:Alt></{name}>")
}

fn list<'a>(name: &str, kind: &str, items: impl IntoIterator<Item = &'a str>) -> String {
    let items: String = items.into_iter().map(|item| xml::element("rdf:li", item)).collect();
    match items.as_str() {
        "" => String::new(),
        items => format!("<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>"),
    }
}
