//! `plateau ctl`: any command of the control websocket from a shell.

mod command;
mod dial;
mod session;

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use tokio::runtime::Builder;

use self::{command::Asked, dial::Target, session::Session};
use super::{Exit, Failure, block_on, folders};
use crate::{
    config::Secret,
    panel::AUTHORITY_FILE,
    protocol::{Problem, Text},
};

/// Sends a command to a running studio: `plateau ctl take scene=cam2 transition.kind=fade`.
///
/// Values are JSON if they read as JSON, else text; a dot in a key goes into an object. One argument
/// that starts with `{` is sent as it is. `snapshot` prints the state, `follow` prints every event
/// until the studio ends. Prints the reply; exits 0 if it is ok, 1 if not, 2 if there is no studio.
#[derive(Args)]
#[command(group = ArgGroup::new("who").required(true).multiple(true).args(["token", "pin"]))]
pub struct Ctl {
    /// The studio.
    #[arg(long, env = "PLATEAU_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A token from an earlier login.
    #[arg(long, env = "PLATEAU_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A PIN; logs in, and out again at the end.
    #[arg(long, env = "PLATEAU_PIN", hide_env_values = true)]
    pin: Option<String>,
    /// The certificate of the studio's authority, PEM. Without it: the one in the data folder, if any,
    /// besides those that the machine trusts.
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// The studio's data folder.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The command and its fields.
    #[arg(required = true, value_name = "COMMAND|KEY=VALUE|JSON")]
    words: Vec<String>,
}

/// What a client shows at the door.
enum Key {
    Token(Secret),
    Pin(Secret),
}

/// Why it didn't work.
enum Trouble {
    /// The studio answered, and said no.
    Refused(Text),
    /// No answer.
    Unreachable(Problem),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(text) => {
                Failure { sentences: vec![text.get(crate::config::terminal_language()).to_owned()], exit: Exit::Failed }
            }
            Trouble::Unreachable(problem) => Failure::new(Exit::NotStarted, &problem),
        }
    }
}

impl Ctl {
    /// Sends the command and prints what comes back.
    pub fn main(self) -> Result<(), Failure> {
        let asked = command::read(&self.words).map_err(|problem| Failure::new(Exit::NotStarted, &problem))?;
        let key = match (self.token, self.pin) {
            (Some(token), _) => Key::Token(Secret::new(token)),
            (None, pin) => Key::Pin(Secret::new(pin.expect("clap asks for one of the two"))),
        };
        let kept = folders::data(self.data.as_deref()).join(AUTHORITY_FILE);
        let authority = self.authority.or_else(|| kept.exists().then_some(kept));
        let target = Target::new(&self.url, authority).map_err(|problem| Failure::new(Exit::NotStarted, &problem))?;
        block_on(&mut Builder::new_current_thread(), converse(&target, &key, asked))??;
        Ok(())
    }
}

async fn converse(target: &Target, key: &Key, asked: Asked) -> Result<(), Trouble> {
    let (token, borrowed) = match key {
        Key::Token(token) => (token.clone(), false),
        Key::Pin(pin) => (session::login(target, pin).await?, true),
    };
    let done = async {
        let mut session = Session::open(target, &token).await?;
        match asked {
            Asked::Snapshot => session.snapshot().await,
            Asked::Follow => session.follow().await,
            Asked::Command(fields) => session.command(fields).await,
        }
    };
    let done = done.await;
    if borrowed {
        session::logout(target, &token).await;
    }
    done
}
