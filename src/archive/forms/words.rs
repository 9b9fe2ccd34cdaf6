//! What several forms say.

use crate::archive::PublicRecord;

/// A licence that an event may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    /// SPDX identifier.
    pub id: &'static str,
    /// As it is called everywhere.
    pub name: &'static str,
    /// Its text.
    pub url: &'static str,
    /// Wikimedia Commons' template; `None`: not accepted there.
    pub commons: Option<&'static str>,
}

const LICENCES: [Licence; 8] = [
    Licence {
        id: "CC-BY-SA-4.0",
        name: "CC BY-SA 4.0",
        url: "https://creativecommons.org/licenses/by-sa/4.0/",
        commons: Some("cc-by-sa-4.0"),
    },
    Licence {
        id: "CC-BY-4.0",
        name: "CC BY 4.0",
        url: "https://creativecommons.org/licenses/by/4.0/",
        commons: Some("cc-by-4.0"),
    },
    Licence {
        id: "CC0-1.0",
        name: "CC0 1.0",
        url: "https://creativecommons.org/publicdomain/zero/1.0/",
        commons: Some("cc-zero"),
    },
    Licence {
        id: "CC-BY-NC-4.0",
        name: "CC BY-NC 4.0",
        url: "https://creativecommons.org/licenses/by-nc/4.0/",
        commons: None,
    },
    Licence {
        id: "CC-BY-NC-SA-4.0",
        name: "CC BY-NC-SA 4.0",
        url: "https://creativecommons.org/licenses/by-nc-sa/4.0/",
        commons: None,
    },
    Licence {
        id: "CC-BY-ND-4.0",
        name: "CC BY-ND 4.0",
        url: "https://creativecommons.org/licenses/by-nd/4.0/",
        commons: None,
    },
    Licence {
        id: "CC-BY-NC-ND-4.0",
        name: "CC BY-NC-ND 4.0",
        url: "https://creativecommons.org/licenses/by-nc-nd/4.0/",
        commons: None,
    },
    Licence { id: "LAL-1.3", name: "Art Libre 1.3", url: "https://artlibre.org/licence/lal/", commons: Some("FAL") },
];

impl Licence {
    /// The licence of a record; an unknown identifier counts as the strictest promise that the
    /// studio makes, CC BY-SA.
    pub fn of(record: &PublicRecord) -> &'static Self {
        Self::named(&record.licence)
    }

    /// The one with this SPDX identifier, or CC BY-SA.
    pub fn named(id: &str) -> &'static Self {
        LICENCES.iter().find(|licence| licence.id == id).unwrap_or(&LICENCES[0])
    }
}

/// Those to name, in one line.
pub fn names(record: &PublicRecord) -> String {
    record.creators().join(", ")
}

/// `© 2026 Awa Diop, Luc Martin, CC BY-SA 4.0`; what a photo says itself in place of the names.
pub fn notice(record: &PublicRecord) -> String {
    if let Some(notice) = &record.rights_notice {
        return format!("{notice}, {}", Licence::of(record).name);
    }
    let year = record.recorded.get(..4).unwrap_or_default();
    format!("© {year} {}, {}", names(record), Licence::of(record).name)
}

/// The line that a reuser has to show, in the record's own language.
pub fn credit(record: &PublicRecord) -> String {
    let title = match record.language.starts_with("fr") {
        true => format!("« {} »", record.title),
        false => format!("“{}”", record.title),
    };
    let occasion = record.occasion();
    let names = match record.creators().as_slice() {
        [only] if *only == record.event => occasion,
        names => format!("{} ({occasion})", names.join(", ")),
    };
    let licence = Licence::of(record);
    let page = record.page.as_ref().map(|page| format!(", {page}")).unwrap_or_default();
    format!("{title}, {names}, {}, {}, {}{page}", record.day(), licence.name, licence.url)
}

/// What may be done, in a sentence of the record's own language.
pub fn terms(record: &PublicRecord) -> String {
    let licence = Licence::of(record);
    let (name, url) = (licence.name, licence.url);
    let french = record.language.starts_with("fr");
    match (licence.id, french) {
        ("CC0-1.0", true) => format!("Libre de tout droit d'auteur connu : {name}, {url}"),
        ("CC0-1.0", false) => format!("No known copyright: {name}, {url}"),
        (_, true) => format!("Réutilisable selon les termes de la licence {name} : {url}"),
        (_, false) => format!("May be reused under the terms of the licence {name}: {url}"),
    }
}

/// ISO 8601, as `PT7M3.5S`.
pub fn duration(milliseconds: u64) -> String {
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = String::from("PT");
    if hours > 0 {
        text += &format!("{hours}H");
    }
    if minutes > 0 {
        text += &format!("{minutes}M");
    }
    text += &match milliseconds {
        0 => format!("{seconds}S"),
        _ => format!("{seconds}.{milliseconds:03}S"),
    };
    text
}

/// `7:03` or `1:07:03`.
pub fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// ISO 639-2/T, which MP4 asks for, of the languages one is likely to meet.
pub fn three_letters(language: &str) -> &'static str {
    let short = language.split(['-', '_']).next().unwrap_or_default();
    const KNOWN: [(&str, &str); 16] = [
        ("fr", "fra"),
        ("en", "eng"),
        ("es", "spa"),
        ("it", "ita"),
        ("de", "deu"),
        ("pt", "por"),
        ("nl", "nld"),
        ("ar", "ara"),
        ("tr", "tur"),
        ("ru", "rus"),
        ("uk", "ukr"),
        ("pl", "pol"),
        ("ro", "ron"),
        ("zh", "zho"),
        ("oc", "oci"),
        ("br", "bre"),
    ];
    KNOWN.iter().find(|(two, _)| *two == short).map_or("und", |(_, three)| three)
}
