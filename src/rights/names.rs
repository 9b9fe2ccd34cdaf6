//! Names in what the desk writes: a title on the picture calls nobody as they did not choose to be called.

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::{Agreed, credit};
use crate::protocol::{NameShown, Participant, Segment, SegmentState};

/// The words of a text, in small letters and without accents.
pub fn words(text: &str) -> Vec<String> {
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let is_mark = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    let plain: String = apart.chars().filter(|c| !is_mark(c)).flat_map(char::to_lowercase).collect();
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a text has all words of a name in it, in any order.
pub fn holds_name(text: &str, name: &str) -> bool {
    let (text, name) = (words(text), words(name));
    !name.is_empty() && name.iter().all(|word| text.contains(word))
}

/// Whether a text calls somebody as the desk does where they chose another name, or none.
fn misnames(text: &str, person: &Participant, agreed: &Agreed) -> bool {
    // What somebody chose may have the desk's name in it.
    holds_name(text, &person.name) && !credit(agreed).is_some_and(|chosen| holds_name(text, chosen))
}

/// Those whom a text would call on the picture by a name that they did not choose: of the segment on air,
/// also whoever has not signed; of the others, whoever has answered.
pub fn misnamed<'a>(
    day: &'a [Segment],
    text: &str,
    agreed: &dyn Fn(&str) -> Agreed,
) -> Vec<(&'a Participant, Option<String>)> {
    let people = day.iter().flat_map(|segment| {
        let on_air = segment.state == SegmentState::OnAir;
        segment.participants.iter().map(move |person| (on_air, person))
    });
    let concerned = people.filter_map(|(on_air, person)| {
        let says = agreed(&person.id);
        let wrong = (on_air || says.has_answered()) && misnames(text, person, &says);
        wrong.then(|| (person, credit(&says).map(str::to_owned)))
    });
    concerned.collect()
}

/// Whose names of a segment stand in a text that is on the picture at this moment, Unix milliseconds.
pub fn names_shown(segment: &Segment, text: &str, at: u64, agreed: &dyn Fn(&str) -> Agreed) -> Vec<NameShown> {
    let named = segment.participants.iter().filter_map(|person| {
        let says = agreed(&person.id);
        let as_chosen = !misnames(text, person, &says);
        let named = !as_chosen || credit(&says).is_some_and(|chosen| holds_name(text, chosen));
        named.then(|| NameShown { person: person.id.clone(), at, as_chosen })
    });
    named.collect()
}

/// Since when a name in a picture has not been the one that its bearer chooses, Unix milliseconds; `None`: it
/// still is.
pub fn misnamed_since(shown: &NameShown, agreed: &Agreed) -> Option<u64> {
    let since = agreed.credit_since.unwrap_or(0);
    let as_chosen = shown.as_chosen && credit(agreed).is_some() && since <= shown.at;
    (!as_chosen).then(|| since.max(shown.at))
}
