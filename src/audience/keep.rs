//! The questions and the blocked names over a restart: `data/audience/questions.json`, whole or not at
//! all, readable by the studio's user alone.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tokio::{sync::watch, task::JoinHandle};
use tracing::warn;

use super::queue;
use crate::disk::{self, Readers};
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
pub fn kept(data: &Path) -> (Vec<Question>, Vec<BlockedName>) {
    let File { questions, mut blocked } = read(data).unwrap_or_else(|error| {
        if error.kind() != io::ErrorKind::NotFound {
            warn!(%error, "{FILE} is damaged and left aside");
        }
        File::default()
    });
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

fn read(data: &Path) -> io::Result<File> {
    let path = data.join(FOLDER).join(FILE);
    if fs::metadata(&path)?.len() > LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn write(data: &Path, file: &File) -> io::Result<()> {
    let folder = data.join(FOLDER);
    fs::create_dir_all(&folder)?;
    disk::write(&folder.join(FILE), &serde_json::to_vec(file)?, Readers::Owner)
}

type Latest = Option<(Vec<Question>, Vec<BlockedName>)>;

/// Writes the newest state; one write at a time, and what changes meanwhile is one more.
pub struct Keeper {
    latest: watch::Sender<Latest>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Into this data folder.
    pub fn start(data: PathBuf) -> Self {
        let (latest, mut changes) = watch::channel(Latest::None);
        let task = tokio::spawn(async move {
            while changes.changed().await.is_ok() {
                let Some((questions, blocked)) = changes.borrow_and_update().clone() else { continue };
                let data = data.clone();
                let written = tokio::task::spawn_blocking(move || {
                    let questions =
                        questions.into_iter().map(|question| Kept { origin: question.origin.clone(), question });
                    write(&data, &File { questions: questions.collect(), blocked })
                });
                if let Ok(Err(error)) = written.await {
                    warn!(%error, "the questions are not kept");
                }
            }
        });
        Self { latest, task }
    }

    /// This is how it stands now.
    pub fn keep(&self, questions: &[Question], blocked: &[BlockedName]) {
        self.latest.send_replace(Some((questions.to_vec(), blocked.to_vec())));
    }

    /// Writes what is left to write.
    pub async fn end(self) {
        drop(self.latest);
        let _ = self.task.await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::queue::tests::question;

    #[tokio::test]
    async fn a_restart_keeps_questions_names_and_where_they_came_from() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(kept(data.path()), Default::default());
        let keeper = Keeper::start(data.path().to_owned());
        let list =
            [question("a", "irc", "zoe", QuestionState::Accepted), question("b", "irc", "zoe", QuestionState::OnAir)];
        let blocked = [BlockedName { network: "irc".into(), name: "troll".into(), since: 7 }];
        keeper.keep(&list, &[]);
        keeper.keep(&list, &blocked);
        keeper.end().await;
        let (questions, names) = kept(data.path());
        assert_eq!(names, blocked);
        assert_eq!(questions[0], list[0]);
        assert_eq!(questions[1], Question { state: QuestionState::Shown, ..list[1].clone() });
        fs::write(data.path().join(FOLDER).join(FILE), "{").unwrap();
        assert_eq!(kept(data.path()), Default::default());
    }
}
