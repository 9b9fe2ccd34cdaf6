//! `plateau run`

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use tokio::{
    runtime::{Builder, Handle},
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    Exit, Failure, block_on, folders,
    logging::{self, LogFormat},
    print, runtime, welcome,
};
use crate::{
    descriptors::{self, Places},
    panel, priority,
    protocol::{Fault, Problem},
    remote, studio,
};

/// For the whole end: recorders finish their files, outputs say goodbye.
const ENDING: Duration = Duration::from_millis(4500);

/// Runs the studio until SIGINT (Ctrl-C) or SIGTERM.
#[derive(Args)]
pub struct Run {
    /// The configuration, TOML. Without it: plateau.toml in the data folder, which the first start
    /// writes.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where recordings, certificates and PINs are kept. Without it: ./data in a checkout, else
    /// /var/lib/plateau.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Where the panel is served: plain HTTP on a loopback address, HTTPS elsewhere (0.0.0.0:8443 for
    /// tablets and phones).
    #[arg(long, value_name = "ADDRESS:PORT", env = "PLATEAU_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How a line of the log looks. Without it: text on a terminal, else JSON.
    #[arg(long, value_enum)]
    log_format: Option<LogFormat>,
}

impl Run {
    /// Runs the studio.
    pub fn main(self) -> Result<(), Failure> {
        let descriptors = descriptors::raise();
        // Pages, websockets and the crowd at the live page wait for the programme, never it for them.
        let doors = runtime(Builder::new_multi_thread().on_thread_start(|| priority::lower(10)))?;
        let ended = block_on(&mut Builder::new_multi_thread(), self.run(doors.handle(), descriptors))?;
        doors.shutdown_background();
        ended
    }

    async fn run(self, doors: &Handle, descriptors: usize) -> Result<(), Failure> {
        logging::start(self.log_format);
        let data = folders::data(self.data.as_deref());
        let config = folders::load_or_write(self.config.as_deref(), &data)?;
        let not_started = |problem: Problem| Failure::new(Exit::NotStarted, &problem);
        let mut signals = Signals::new().map_err(|error| not_started(no_signals(&error)))?;
        let bound = panel::bind(self.listen, &config, &data).map_err(not_started)?;
        let remotes = config.obs_websocket.clone().map(remote::bind).transpose().map_err(not_started)?;
        let running = studio::start(config.clone(), &data).await.map_err(not_started)?;
        // Nobody may be reading; the show goes on.
        print(&format!("{}\n", welcome::text(&bound, &config)));

        let closing = CancellationToken::new();
        let places = Places::new(descriptors);
        let mut panel = doors.spawn(bound.serve(running.studio(), places.clone(), closing.clone().cancelled_owned()));
        let remotes = remotes.map(|bound| doors.spawn(bound.serve(running.studio(), places, closing.clone())));
        let lost = tokio::select! {
            () = signals.next() => None,
            ended = &mut panel => Some(ended),
        };
        tracing::info!("stopping");
        closing.cancel();
        let ending = async {
            let panel = async {
                match lost {
                    Some(ended) => ended,
                    None => panel.await,
                }
            };
            let remotes = async {
                if let Some(remotes) = remotes {
                    let _ = remotes.await;
                }
            };
            tokio::join!(running.stop(), remotes, panel).2
        };
        match timeout(ENDING, ending).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(Failure::new(Exit::Failed, &panel_lost(&error))),
            Ok(Err(error)) => Err(Failure::new(Exit::Failed, &panel_lost(&error))),
            Err(_) => Err(Failure::new(Exit::Failed, &too_slow())),
        }
    }
}

/// The operating system asks to stop.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

fn no_signals(error: &io::Error) -> Problem {
    Problem::operator(
        "no_signals",
        format!("Le système refuse les signaux d'arrêt ({error})."),
        format!("The system refuses signals to stop ({error})."),
    )
}

fn panel_lost(error: &dyn std::error::Error) -> Problem {
    Problem::new(
        "panel_lost",
        Fault::Ours,
        format!(
            "La régie ne peut plus être servie ({error}). Les enregistrements ont été terminés ; relancez le studio."
        ),
        format!(
            "The control room can no longer be served ({error}). Recordings were finished; start the studio again."
        ),
    )
}

fn too_slow() -> Problem {
    Problem::new(
        "stop_too_slow",
        Fault::Ours,
        "Le studio n'a pas pu tout terminer à temps. Ce qui était enregistré sera réparé au prochain démarrage.",
        "The studio could not finish everything in time. What was recorded will be repaired at the next start.",
    )
}
