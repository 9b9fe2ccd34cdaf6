//! The questions and the blocked names over a restart: `data/audience/questions.json`, whole or not at
//! all, readable by the studio's user alone.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::queue;
use crate::disk::{self, Readers, Saver};
use crate::media::unix_ms;
use crate::protocol::{BlockedName, Origin, Question, QuestionState};

const FOLDER: &str = "audience";
const FILE: &str = "questions.json";
/// A file of ours is never larger, bytes.
const LARGEST: u64 = 4 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
struct File {
    questions: Vec<Kept>,
    blocked: Vec<BlockedName>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    question: Question,
    #[serde(with = "OnDisk")]
    origin: Origin,
}

/// An origin as it is written, for the studio's user alone.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Origin")]
struct OnDisk {
    connector: String,
    message: Option<String>,
    author: Option<String>,
}

/// What an earlier run left. What was on air then is not any more.
pub fn kept(data: &Path) -> Voices {
    let File { questions, mut blocked } = disk::read(&path(data), LARGEST).unwrap_or_default();
    let mut questions: Vec<Question> = questions
        .into_iter()
        .map(|Kept { question, origin }| {
            let state = if question.state == QuestionState::OnAir { QuestionState::Shown } else { question.state };
            Question { state, origin, ..question }
        })
        .collect();
    queue::trim(&mut questions);
    blocked.truncate(queue::BLOCKED);
    // Files of earlier versions do not say since when.
    blocked.iter_mut().filter(|name| name.since == 0).for_each(|name| name.since = unix_ms());
    (questions, blocked)
}

/// Questions and blocked names.
pub type Voices = (Vec<Question>, Vec<BlockedName>);

/// Keeps them in this data folder.
pub fn saver(data: &Path) -> Saver<Voices> {
    let encode = |(questions, blocked): Voices| {
        let questions = questions.into_iter().map(|question| Kept { origin: question.origin.clone(), question });
        serde_json::to_vec(&File { questions: questions.collect(), blocked })
    };
    Saver::start(path(data), Readers::Owner, "questions_not_kept", encode)
}

fn path(data: &Path) -> PathBuf {
    data.join(FOLDER).join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::queue::tests::question;

    #[tokio::test]
    async fn a_restart_keeps_questions_names_and_where_they_came_from() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(kept(data.path()), Default::default());
        let keeper = saver(data.path());
        let list =
            [question("a", "irc", "zoe", QuestionState::Accepted), question("b", "irc", "zoe", QuestionState::OnAir)];
        let blocked = [BlockedName { network: "irc".into(), name: "troll".into(), since: 7 }];
        drop(keeper.save((list.to_vec(), Vec::new())));
        drop(keeper.save((list.to_vec(), blocked.to_vec())));
        keeper.end().await;
        let (questions, names) = kept(data.path());
        assert_eq!(names, blocked);
        assert_eq!(questions[0], list[0]);
        assert_eq!(questions[1], Question { state: QuestionState::Shown, ..list[1].clone() });
        std::fs::write(path(data.path()), "{").unwrap();
        assert_eq!(kept(data.path()), Default::default());
        assert!(data.path().join("audience/questions.json.damaged").exists(), "it is never overwritten");
    }
}
