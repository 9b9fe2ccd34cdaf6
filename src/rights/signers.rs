//! Who has to sign: a child does not alone, and nobody twice.

use super::words;

/// Years below which the guardians sign too.
const OF_AGE: i32 = 18;

/// Whether somebody born on this day is a minor today.
pub fn is_minor(born: time::Date, today: time::Date) -> bool {
    age(born, today) < OF_AGE
}

/// Whole years.
pub fn age(born: time::Date, today: time::Date) -> i32 {
    let had = (u8::from(today.month()), today.day()) >= (u8::from(born.month()), born.day());
    today.year() - born.year() - i32::from(!had)
}

/// Whether so many guardians may sign for a minor: both, or one who says why where the organiser allows that.
pub fn guardians_suffice(guardians: usize, one_is_allowed: bool, says_why: bool) -> bool {
    guardians == 2 || (guardians == 1 && one_is_allowed && says_why)
}

/// The first of those who sign, by place, who bears a name that has signed already: guardians are two people, and
/// neither is the child. An empty name is not known yet.
pub fn signs_twice(signers: &[impl AsRef<str>]) -> Option<usize> {
    let same = |one: &str, other: &str| !one.is_empty() && same_name(one, other);
    (1..signers.len()).find(|n| signers[..*n].iter().any(|before| same(before.as_ref(), signers[*n].as_ref())))
}

/// Whether two names are one person's: without regard to case, accents, spaces, hyphens and the order of words.
pub fn same_name(one: &str, other: &str) -> bool {
    let words = |name: &str| {
        let mut words = words(name);
        let together = words.concat();
        words.sort_unstable();
        (together, words)
    };
    let (one, other) = (words(one), words(other));
    one.0 == other.0 || one.1 == other.1
}

/// Why somebody may not speak in the booth, where nobody else is to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAlone {
    /// A minor signs with their guardians.
    Minor,
    /// They have not agreed to be recorded.
    NotRecorded,
}

/// Whether somebody may speak in the booth, who says of themselves that they are of age.
///
/// # Errors
/// Why not.
pub fn may_speak_alone(of_age: bool, recorded: bool) -> Result<(), NotAlone> {
    match (of_age, recorded) {
        (false, _) => Err(NotAlone::Minor),
        (true, false) => Err(NotAlone::NotRecorded),
        (true, true) => Ok(()),
    }
}
