//! What the configuration says of the people: `[agreement]` and `[retention]`.

use super::{mistake::Mistakes, section::Section};

/// `[agreement]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agreement {
    /// One guardian of a minor may sign alone, giving a reason.
    pub one_guardian: bool,
}

/// `[retention]`: after how many days things are erased, 1..=3650.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Contacts and birth dates.
    pub contacts_days: u32,
    /// Raw recordings, clips apart.
    pub recordings_days: u32,
}

pub(super) fn agreement(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> Agreement {
    let mut agreement = Agreement::default();
    let Some(mut section) = section else { return agreement };
    agreement.one_guardian = section.flag("one_guardian", mistakes) == Some(true);
    section.close(mistakes);
    agreement
}

pub(super) fn retention(section: Option<Section<'_, '_>>, mistakes: &mut Mistakes) -> Retention {
    let mut retention = Retention { contacts_days: 365, recordings_days: 90 };
    let Some(mut section) = section else { return retention };
    let fields = [("contacts_days", &mut retention.contacts_days), ("recordings_days", &mut retention.recordings_days)];
    for (key, field) in fields {
        if let Some(days) = section.integer(key, 1..=3650, ["jours", "days"], mistakes) {
            *field = days.unsigned_abs() as u32;
        }
    }
    section.close(mistakes);
    retention
}
