//! A copy of the catalogue that any web host serves: pages, films, photos, feed, site map.

use std::{io, path::Path};

use super::{failed, put};
use crate::{
    archive::{
        Archive, Facets, Medium, PublicRecord, Query,
        forms::{feed, sitemap},
        pages::{Listing, Place},
    },
    media::{Descriptions, Folder},
    protocol::Problem,
};

/// Clips in the feed.
const FEED: usize = 100;
/// Records shown below another of the same day.
const OTHERS: usize = 9;

impl Archive {
    /// A record's files and pages.
    pub(super) fn site_record(&self, record: &PublicRecord, to: &Path, language: &str) -> io::Result<()> {
        self.copy(record, &to.join(record.medium.folder()).join(&record.id), false)?;
        // Drawn with the hands on it, so that nobody whom it names withdraws meanwhile.
        self.place(record, || self.site_pages(record, to, language).map_err(io::Error::other))
    }

    /// A record's pages.
    pub(super) fn site_pages(&self, record: &PublicRecord, to: &Path, language: &str) -> Result<(), Problem> {
        let mut others = self.same_day(record.day());
        others.retain(|other| other.id != record.id);
        others.truncate(OTHERS);
        let bytes = self.bytes(&record.id);
        let page = self.pages().record(&self.site_place("../../", language), record, bytes, &others)?;
        let folder = to.join("archive").join(&record.id);
        put(&folder.join("index.html"), page.as_bytes()).map_err(|error| failed(&error))?;
        if record.medium == Medium::Clip {
            let page = self.pages().embed(&self.site_place("../../../", language), record)?;
            put(&folder.join("embed/index.html"), page.as_bytes()).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// The pages that tell of all records.
    pub(super) fn site_lists(&self, to: &Path, language: &str) -> Result<(), Problem> {
        let put = |name: &str, content: &str| put(&to.join(name), content.as_bytes()).map_err(|error| failed(&error));
        let mut records = self.all_public();
        records.reverse();
        let (query, facets) = (Query::default(), Facets::default());
        let total = records.len() as u64;
        let listing = Listing { query: &query, records: &records, total, offset: 0, facets: &facets };
        put("index.html", &self.pages().catalogue(&self.site_place("", language), &listing)?)?;
        let settings = self.settings();
        let descriptions = Descriptions::new(&settings.data);
        for name in ["style.css", "script.js"] {
            put(&format!("archive/{name}"), &descriptions.read(Folder::Pages, name)?)?;
        }
        let address = self.address().unwrap_or_default();
        put("archive/sitemap.xml", &sitemap::urls(&address, &records))?;
        let channel = feed::Channel {
            title: &settings.event,
            place: &settings.place,
            language: &settings.language,
            address: &address,
        };
        records.retain(|record| record.medium == Medium::Clip);
        records.truncate(FEED);
        let bytes: Vec<_> = records.iter().map(|record| self.bytes(&record.id)).collect();
        let clips: Vec<_> = records.into_iter().zip(bytes).collect();
        put("archive/feed.xml", &feed::rss(&channel, &clips))
    }

    fn site_place(&self, base: &str, language: &str) -> Place {
        Place {
            language: language.into(),
            base: base.into(),
            still: true,
            address: self.address(),
            here: String::new(),
        }
    }
}
