//! The list of questions: what comes in, what a network takes back, what makes room. Pure.

use crate::protocol::{BlockedName, Question, QuestionState};
use crate::term::Term;

/// Longest name, in characters as people count them.
pub const NAME: usize = 40;
/// Longest text, likewise; what a card holds in type that can be read.
pub const TEXT: usize = 300;
/// Questions that wait for a decision; beyond it the oldest of whoever sends most makes room.
pub const WAITING: usize = 120;
/// Questions in the queue: nobody answers more in a day.
pub const ACCEPTED: usize = 60;
/// Questions that are done with and can still be found.
const PAST: usize = 60;
/// Names that are not heard; the one blocked longest ago makes room.
pub const BLOCKED: usize = 500;

/// A message as it comes from outside, cleaned.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// Somebody said something.
    Said(Question),
    /// A network took something back.
    Gone(Gone),
}

/// What a network took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// The connector's id.
    pub connector: String,
    /// What exactly.
    pub what: Taken,
}

/// How much was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// One message.
    Message(String),
    /// All of one author.
    Author(String),
    /// Everything.
    Everything,
}

impl Gone {
    fn concerns(&self, question: &Question) -> bool {
        let origin = &question.origin;
        origin.connector == self.connector
            && match &self.what {
                Taken::Message(id) => origin.message.as_ref() == Some(id),
                Taken::Author(author) => origin.author.as_ref() == Some(author),
                Taken::Everything => true,
            }
    }
}

/// Whether somebody is not heard.
pub fn is_blocked(blocked: &[BlockedName], question: &Question) -> bool {
    blocked.iter().any(|known| known.network == question.network && same_name(&known.name, &question.name))
}

/// Names that look the same to somebody in a hurry.
pub fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The list after a batch; what was taken back is gone, whatever state it was in.
pub fn arrive(questions: &[Question], blocked: &[BlockedName], batch: Vec<Incoming>) -> Vec<Question> {
    let mut list = questions.to_vec();
    for incoming in batch {
        match incoming {
            Incoming::Said(question) if is_blocked(blocked, &question) || is_echo(&list, &question) => {}
            Incoming::Said(question) => list.push(question),
            Incoming::Gone(gone) => list.retain(|question| !gone.concerns(question)),
        }
    }
    trim(&mut list);
    list
}

/// The same words from the same person, still undecided: a second tap, or a bored one.
fn is_echo(list: &[Question], new: &Question) -> bool {
    list.iter().rev().any(|known| {
        (known.state == QuestionState::Waiting
            && known.network == new.network
            && known.name == new.name
            && known.text == new.text)
            || (new.origin.message.is_some() && known.origin == new.origin)
    })
}

/// Keeps each state within its bound. What a person has accepted is never pushed out.
pub fn trim(list: &mut Vec<Question>) {
    while count(list, |state| state == QuestionState::Waiting) > WAITING {
        let waiting = || list.iter().filter(|question| question.state == QuestionState::Waiting);
        let of = |network: &str| waiting().filter(|question| question.network == network).count();
        // A flood on one network does not push out the others.
        let Some(loudest) = waiting().map(|question| question.network.as_str()).max_by_key(|network| of(network))
        else {
            return;
        };
        let oldest =
            list.iter().position(|question| question.state == QuestionState::Waiting && question.network == loudest);
        oldest.map(|at| list.remove(at));
    }
    while count(list, is_past) > PAST {
        let oldest = list.iter().enumerate().filter(|(_, question)| is_past(question.state));
        let Some(at) = oldest.min_by_key(|(_, question)| question.since).map(|(at, _)| at) else { return };
        list.remove(at);
    }
}

/// Takes out what was said, and who was blocked, longer ago than the term; what is on the picture stays for now.
pub fn forget(list: &mut Vec<Question>, blocked: &mut Vec<BlockedName>, term: &Term) {
    list.retain(|question| question.state == QuestionState::OnAir || !term.is_over(question.at));
    blocked.retain(|name| !term.is_over(name.since));
}

/// How many are in states of a sort.
pub fn count(list: &[Question], wanted: impl Fn(QuestionState) -> bool) -> usize {
    list.iter().filter(|question| wanted(question.state)).count()
}

fn is_past(state: QuestionState) -> bool {
    matches!(state, QuestionState::Shown | QuestionState::Rejected)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::Origin;

    /// A question for tests.
    pub fn question(id: &str, network: &str, name: &str, state: QuestionState) -> Question {
        Question {
            id: id.into(),
            name: name.into(),
            text: format!("text of {id}"),
            network: network.into(),
            at: 0,
            state,
            since: id.bytes().map(u64::from).sum(),
            origin: Origin { connector: network.into(), message: Some(id.into()), author: Some(name.into()) },
        }
    }

    fn said(id: &str, network: &str, name: &str) -> Incoming {
        Incoming::Said(question(id, network, name, QuestionState::Waiting))
    }

    fn ids(list: &[Question]) -> Vec<&str> {
        list.iter().map(|question| question.id.as_str()).collect()
    }

    #[test]
    fn what_a_network_takes_back_is_gone_whatever_its_state() {
        let list = vec![
            question("a", "twitch", "zoe", QuestionState::OnAir),
            question("b", "twitch", "max", QuestionState::Accepted),
            question("c", "twitch", "zoe", QuestionState::Waiting),
            question("a", "irc", "zoe", QuestionState::Waiting),
        ];
        let after = |what| {
            let gone = Incoming::Gone(Gone { connector: "twitch".into(), what });
            arrive(&list, &[], vec![gone]).iter().map(|q| format!("{}{}", q.network, q.id)).collect::<Vec<_>>()
        };
        assert_eq!(after(Taken::Message("a".into())), ["twitchb", "twitchc", "irca"]);
        assert_eq!(after(Taken::Author("zoe".into())), ["twitchb", "irca"]);
        assert_eq!(after(Taken::Everything), ["irca"]);
    }

    #[test]
    fn echoes_and_blocked_names_are_not_heard() {
        let blocked = [BlockedName { network: "irc".into(), name: "Troll".into(), since: 0 }];
        let batch = vec![
            said("a", "irc", "zoe"),
            said("a", "irc", "zoe"),
            said("b", "irc", "tRoLL"),
            said("c", "web", "Troll"),
        ];
        assert_eq!(ids(&arrive(&[], &blocked, batch)), ["a", "c"]);
    }

    #[test]
    fn a_flood_pushes_out_itself_and_nothing_accepted() {
        let mut list = vec![question("kept", "irc", "zoe", QuestionState::Accepted)];
        list = arrive(&list, &[], vec![said("ours", "web", "lou")]);
        for n in 0..5000 {
            list = arrive(&list, &[], vec![said(&format!("{n}"), "irc", "bot")]);
        }
        assert_eq!(list.len(), WAITING + 1);
        assert_eq!(&ids(&list)[..2], ["kept", "ours"]);
        assert_eq!(list.last().map(|question| question.id.as_str()), Some("4999"));
        let past: Vec<_> =
            (0..200).map(|n| question(&format!("{n:03}"), "irc", "bot", QuestionState::Rejected)).collect();
        assert_eq!(arrive(&past, &[], Vec::new()).len(), PAST);
    }
}
