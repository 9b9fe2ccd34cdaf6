//! Any IRC server's channel (RFC 2812), read without an account.

use std::{io, time::Duration};

use irc_proto::{CapSubCommand, Command, Message, Prefix, Response};
use tokio::{
    io::AsyncWriteExt,
    time::{Instant, timeout, timeout_at},
};
use url::Url;

use super::{
    lines::Lines,
    wire::{PATIENCE, dial, trouble},
};
use crate::{
    audience::{
        connector::{Desk, Ended, Network, Talk},
        queue::Taken,
    },
    config::{Key, Kind, Settings, ValueType},
    protocol::{Fault, Problem},
    tls::Wire,
};

/// The row of the registry.
pub const KIND: Kind = Kind {
    name: "irc",
    label: ["Salon IRC", "IRC channel"],
    keys: &[
        Key {
            name: "server",
            value: ValueType::Url(&["ircs", "irc"]),
            required: true,
            help: ["L'adresse du serveur.", "The server's address."],
        },
        Key {
            name: "channel",
            value: ValueType::Text,
            required: true,
            help: ["Le salon, avec ou sans « # ».", "The channel, with or without “#”."],
        },
    ],
};

/// Longest line, bytes: Twitch's tags may have 8191, the rest 512.
const LINE: usize = 16 * 1024;
/// After this much silence the server is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(60);
/// For its answer, and for the channel to be joined.
const ANSWER: Duration = Duration::from_secs(20);

/// A channel on a server.
pub struct Irc {
    /// The server.
    pub server: Url,
    /// With its `#`, in lower case.
    pub channel: String,
    /// Nicks begin so; digits follow.
    pub nick: &'static str,
    /// What is asked of the server beyond the protocol; it may refuse.
    pub capabilities: Option<&'static str>,
}

/// Opens a channel.
pub fn open(settings: &Settings) -> Box<dyn Network> {
    let server = settings.text("server").and_then(|url| Url::parse(url).ok());
    Box::new(Irc {
        server: server.expect("a required address was checked"),
        channel: channel(settings),
        nick: "op",
        capabilities: None,
    })
}

/// The channel's name as servers want it; what could end the line was refused by the configuration.
pub fn channel(settings: &Settings) -> String {
    let name = settings.text("channel").unwrap_or_default().trim().trim_start_matches('#').to_lowercase();
    format!("#{}", name.replace([' ', ',', '\u{7}'], ""))
}

impl Network for Irc {
    fn talk<'a>(&'a mut self, desk: &'a Desk) -> Talk<'a> {
        Box::pin(async move {
            match self.converse(desk).await {
                Ok(ended) => ended,
                Err(error) => trouble(self.host(), &error),
            }
        })
    }
}

impl Irc {
    fn host(&self) -> &str {
        self.server.host_str().unwrap_or_default()
    }

    async fn converse(&self, desk: &Desk) -> io::Result<Ended> {
        let encrypted = self.server.scheme() == "ircs";
        let wire = dial(&self.server, if encrypted { 6697 } else { 6667 }, encrypted).await?;
        let mut lines = Lines::new(wire, LINE);
        if let Some(capabilities) = self.capabilities {
            send(&mut lines, &format!("CAP REQ :{capabilities}")).await?;
            send(&mut lines, "PASS SCHMOOPIIE").await?;
        }
        self.introduce(&mut lines).await?;
        let mut joined = false;
        let mut asked = false;
        let mut until = Instant::now() + ANSWER;
        loop {
            let line = match timeout_at(until, lines.next()).await {
                Ok(line) => line?,
                Err(_) if !joined || asked => return Err(io::ErrorKind::TimedOut.into()),
                Err(_) => {
                    asked = true;
                    until = Instant::now() + ANSWER;
                    send(&mut lines, "PING :plateau").await?;
                    continue;
                }
            };
            let Some(line) = line else { return Err(io::Error::other("closed by the server")) };
            // What is no message of IRC is nobody's question.
            let Ok(message) = line.parse::<Message>() else { continue };
            if let Some(ended) = self.read(&message, desk, &mut lines, &mut joined).await? {
                return Ok(ended);
            }
            if joined {
                asked = false;
                until = Instant::now() + SILENCE;
            }
        }
    }

    async fn introduce(&self, lines: &mut Lines<Box<dyn Wire>>) -> io::Result<()> {
        // Nine characters at most: some servers cut the rest.
        let nick = format!("{}{}", self.nick, rand::random_range(10_000..1_000_000));
        send(lines, &format!("NICK {nick}")).await?;
        send(lines, &format!("USER {nick} 0 * :Open Plateau")).await
    }

    async fn read(
        &self,
        message: &Message,
        desk: &Desk,
        lines: &mut Lines<Box<dyn Wire>>,
        joined: &mut bool,
    ) -> io::Result<Option<Ended>> {
        let tag = |name: &str| {
            let tags = message.tags.iter().flatten();
            tags.filter(|tag| tag.0 == name).find_map(|tag| tag.1.as_deref()).filter(|value| !value.is_empty())
        };
        match &message.command {
            Command::PING(word, _) => send(lines, &format!("PONG :{word}")).await?,
            Command::Response(Response::RPL_WELCOME, _) => send(lines, &format!("JOIN {}", self.channel)).await?,
            Command::Response(Response::RPL_ENDOFNAMES | Response::RPL_NAMREPLY, _) => {
                *joined = true;
                desk.live();
            }
            Command::Response(Response::ERR_NICKNAMEINUSE | Response::ERR_NICKCOLLISION, _) if !*joined => {
                self.introduce(lines).await?;
            }
            Command::Response(
                Response::ERR_NOSUCHCHANNEL
                | Response::ERR_CHANNELISFULL
                | Response::ERR_INVITEONLYCHAN
                | Response::ERR_BANNEDFROMCHAN
                | Response::ERR_BADCHANNELKEY,
                _,
            ) => return Ok(Some(Ended::refused(self.not_let_in()))),
            // Refused capabilities: the chat is there all the same, without deletions.
            Command::CAP(_, CapSubCommand::NAK, ..) => {}
            Command::PRIVMSG(target, text) if target.eq_ignore_ascii_case(&self.channel) => {
                let Some(Prefix::Nickname(nick, ..)) = &message.prefix else { return Ok(None) };
                let text = match text.strip_prefix('\u{1}') {
                    // What somebody does, said in the third person; other such messages are for programs.
                    Some(action) => match action.strip_prefix("ACTION ") {
                        Some(action) => action.trim_end_matches('\u{1}'),
                        None => return Ok(None),
                    },
                    None => text,
                };
                desk.said(tag("display-name").unwrap_or(nick), text, tag("id"), Some(&nick.to_lowercase()));
            }
            Command::Raw(name, arguments) => match (name.as_str(), arguments.get(1)) {
                ("RECONNECT", _) => {
                    return Ok(Some(Ended { problem: None, refused: false, wait: Some(Duration::ZERO) }));
                }
                ("CLEARMSG", _) => {
                    if let Some(id) = tag("target-msg-id") {
                        desk.gone(Taken::Message(id.to_owned()));
                    }
                }
                ("CLEARCHAT", Some(author)) => desk.gone(Taken::Author(author.to_lowercase())),
                ("CLEARCHAT", None) => desk.gone(Taken::Everything),
                _ => {}
            },
            Command::ERROR(reason) => return Err(io::Error::other(reason.chars().take(200).collect::<String>())),
            _ => {}
        }
        Ok(None)
    }

    fn not_let_in(&self) -> Problem {
        let (channel, host) = (&self.channel, self.host());
        Problem::new(
            "channel_refused",
            Fault::Operator,
            format!("« {host} » ne laisse pas entrer dans le salon {channel}. Vérifiez son nom, ou demandez l'accès."),
            format!("“{host}” does not let us into the channel {channel}. Check its name, or ask for access."),
        )
    }
}

async fn send(lines: &mut Lines<Box<dyn Wire>>, line: &str) -> io::Result<()> {
    let wire = lines.get_mut();
    let sent = timeout(PATIENCE, async {
        wire.write_all(format!("{line}\r\n").as_bytes()).await?;
        wire.flush().await
    });
    sent.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
