//! The feed: RSS 2.0 as a video podcast.

use super::{words, words::Licence, xml};
use crate::archive::{PublicRecord, day};

/// What the feed is called.
#[derive(Debug, Clone)]
pub struct Channel<'a> {
    /// The event.
    pub title: &'a str,
    /// Where it happens.
    pub place: &'a str,
    /// BCP 47.
    pub language: &'a str,
    /// Where everything is, without a slash at the end.
    pub address: &'a str,
}

/// The feed of these clips, newest first, each with its file's size in bytes.
pub fn rss(channel: &Channel<'_>, clips: &[(PublicRecord, u64)]) -> String {
    let Channel { title, place, language, address } = channel;
    let description = match language.starts_with("fr") {
        true => format!("Les séquences de {title}, à regarder et à réutiliser."),
        false => format!("The segments of {title}, to watch and to reuse."),
    };
    let description = if place.is_empty() { description } else { format!("{description} {place}") };
    let mut head = String::new();
    head += &xml::element("title", title);
    head += &xml::element("link", &format!("{address}/archive"));
    head += &xml::element("description", &description);
    head += &xml::element("language", language);
    head += &xml::element("generator", "Open Plateau");
    head += &format!(
        "<atom:link href=\"{}/archive/feed.xml\" rel=\"self\" type=\"application/rss+xml\"/>",
        xml::text(address)
    );
    if let Some((first, _)) = clips.first() {
        head += &xml::element("copyright", Licence::of(first).name);
        head += &xml::element("creativeCommons:license", Licence::of(first).url);
        let poster = first.files.as_ref().map(|files| format!("{files}/poster.jpg")).unwrap_or_default();
        head += &format!("<itunes:image href=\"{}\"/>", xml::text(&poster));
        head += &xml::element("lastBuildDate", &day::rfc_2822(first.published_at.unwrap_or(first.recorded_at)));
    }
    head += &xml::element("itunes:author", title);
    head += "<itunes:explicit>false</itunes:explicit><itunes:category text=\"Society &amp; Culture\"/>";
    let items: String = clips.iter().map(|(record, bytes)| item(record, *bytes)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:creativeCommons=\"http://backend.userland.com/creativeCommonsRssModule\">\
         <channel>{head}{items}</channel></rss>\n"
    )
}

fn item(record: &PublicRecord, bytes: u64) -> String {
    let file = |name: &str| record.files.as_ref().map(|files| format!("{files}/{name}")).unwrap_or_default();
    let page = record.page.as_deref().unwrap_or_default();
    let said = [record.summary.as_str(), &words::credit(record)].join("\n\n");
    let mut item = String::from("<item>");
    item += &xml::element("title", &record.title);
    item += &xml::element("link", page);
    item += &format!("<guid isPermaLink=\"false\">{}</guid>", xml::text(&record.id));
    item += &xml::element("pubDate", &day::rfc_2822(record.published_at.unwrap_or(record.recorded_at)));
    item += &xml::element("description", said.trim());
    item += &record.creators().iter().map(|name| xml::element("dc:creator", name)).collect::<String>();
    item += &xml::element("dc:language", &record.language);
    item += &xml::element("dc:rights", &words::notice(record));
    item += &record.tags.iter().map(|tag| xml::element("category", tag)).collect::<String>();
    item += &xml::element("creativeCommons:license", Licence::of(record).url);
    item += &format!("<enclosure url=\"{}\" length=\"{bytes}\" type=\"video/mp4\"/>", xml::text(&file("clip.mp4")));
    item += &xml::element("itunes:duration", &words::clock(record.duration_ms));
    item += &format!("<itunes:image href=\"{}\"/>", xml::text(&file("poster.jpg")));
    item += &format!("<media:thumbnail url=\"{}\"/>", xml::text(&file("poster.jpg")));
    item += "</item>";
    item
}
