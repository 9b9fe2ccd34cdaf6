//! The site map: the catalogue's pages for search engines, with their films.

use super::{words, xml};
use crate::archive::{Medium, PublicRecord, day};

/// A site map of at most 50,000 addresses, as sitemaps.org allows.
pub fn urls(address: &str, records: &[PublicRecord]) -> String {
    let front = format!("<url>{}</url>", xml::element("loc", &format!("{address}/archive")));
    let pages: String = records.iter().take(49_999).filter_map(url).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:video=\"http://www.google.com/schemas/sitemap-video/1.1\">{front}{pages}</urlset>\n"
    )
}

fn url(record: &PublicRecord) -> Option<String> {
    let (page, files) = (record.page.as_ref()?, record.files.as_ref()?);
    let at = record.published_at.unwrap_or(record.recorded_at);
    let mut url = xml::element("loc", page) + &xml::element("lastmod", &day::utc(at));
    if record.medium == Medium::Clip {
        let summary = if record.summary.is_empty() { words::credit(record) } else { record.summary.clone() };
        url += "<video:video>";
        url += &xml::element("video:thumbnail_loc", &format!("{files}/poster.jpg"));
        url += &xml::element("video:title", &record.title);
        url += &xml::element("video:description", &summary);
        url += &xml::element("video:content_loc", &format!("{files}/clip.mp4"));
        url += &xml::element("video:duration", &(record.duration_ms / 1000).clamp(1, 28_800).to_string());
        url += &xml::element("video:publication_date", &day::utc(at));
        url += "</video:video>";
    }
    Some(format!("<url>{url}</url>"))
}
