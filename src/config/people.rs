//! What the configuration says of the people: `[agreement]` and `[retention]`.

use std::ops::RangeInclusive;

use super::{Config, mistake::Mistakes, section::Section};

/// `[agreement]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agreement {
    /// One guardian of a minor may sign alone, giving a reason.
    pub one_guardian: bool,
}

/// A term that the operator may change: how many days something is kept.
#[derive(Debug)]
pub struct Days {
    /// Its table of the configuration.
    pub table: &'static str,
    /// Its key there.
    pub key: &'static str,
    /// Without it.
    pub default: u32,
    /// Days that it may be.
    pub range: RangeInclusive<u32>,
    /// What a configuration says.
    pub of: fn(&Config) -> u32,
}

impl Days {
    /// Contacts, birth dates, proposals.
    pub const CONTACTS: Self = Self::new("contacts_days", 365, |config| config.retention.contacts_days);
    /// Raw recordings, and what was made of them and is not public.
    pub const RECORDINGS: Self = Self::new("recordings_days", 90, |config| config.retention.recordings_days);
    /// Questions, chat messages, and the names of whoever wrote them.
    pub const VOICES: Self = Self::new("voices_days", 30, |config| config.retention.voices_days);
    /// What was deleted from the archive.
    pub const BIN: Self =
        Self { table: "archive", key: "bin_days", default: 30, range: 0..=3650, of: |config| config.archive.bin_days };

    const fn new(key: &'static str, default: u32, of: fn(&Config) -> u32) -> Self {
        Self { table: "retention", key, default, range: 1..=3650, of }
    }

    pub(super) fn read(&self, section: &mut Section<'_, '_>, mistakes: &mut Mistakes) -> Option<u32> {
        let range = i64::from(*self.range.start())..=i64::from(*self.range.end());
        section.integer(self.key, range, ["jours", "days"], mistakes).map(|days| days.unsigned_abs() as u32)
    }
}

/// `[retention]`: after how many days things are erased; see [`Days`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// [`Days::CONTACTS`]
    pub contacts_days: u32,
    /// [`Days::RECORDINGS`]
    pub recordings_days: u32,
    /// [`Days::VOICES`]
    pub voices_days: u32,
}

pub(super) fn agreement(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> Agreement {
    let mut agreement = Agreement::default();
    let Some(mut section) = section else { return agreement };
    agreement.one_guardian = section.flag("one_guardian", mistakes) == Some(true);
    section.close(mistakes);
    agreement
}

pub(super) fn retention(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> Retention {
    let mut retention = Retention {
        contacts_days: Days::CONTACTS.default,
        recordings_days: Days::RECORDINGS.default,
        voices_days: Days::VOICES.default,
    };
    let Some(mut section) = section else { return retention };
    for (term, field) in [
        (Days::CONTACTS, &mut retention.contacts_days),
        (Days::RECORDINGS, &mut retention.recordings_days),
        (Days::VOICES, &mut retention.voices_days),
    ] {
        *field = term.read(&mut section, mistakes).unwrap_or(*field);
    }
    section.close(mistakes);
    retention
}
