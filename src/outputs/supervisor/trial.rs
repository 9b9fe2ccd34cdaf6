//! A test: connects as the show would, sends nothing of the programme, says what it saw, leaves.

use std::{sync::Arc, time::Duration};

use gstreamer::{self as gst, prelude::*};
use tokio::{sync::mpsc, time::Instant};

use super::{GOODBYE, OPENING, Supervisor, closed_by_peer};
use crate::{
    media::{Folder, Notice, Pipeline, unix_ms, within},
    protocol::{OutputTested, Problem, Text},
};

/// For the other side to say yes or no.
const PATIENCE: Duration = Duration::from_secs(12);
/// Where the server says nothing when it takes the stream: this long without an error is a yes.
const CONTENT: Duration = Duration::from_secs(5);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// What a test saw.
enum Saw {
    Yes,
    Closed,
    Failed(String),
    Nothing,
}

impl Supervisor {
    /// Tests, and reports before and after.
    pub(super) async fn trial(&mut self) {
        let asked = Text::new("Test en cours…", "Testing…");
        self.tell_trial(None, asked).await;
        let (ok, text) = if self.behaviour.capabilities.is_upload() {
            match self.look().await {
                Ok(saw) => self.words(&saw),
                Err(problem) => (false, problem.text),
            }
        } else {
            let stays = Text::new(
                "Cette sortie reste dans la maison : il n'y a pas de serveur à tester.",
                "This output stays in the house: there is no server to test.",
            );
            (true, stays)
        };
        self.tell_trial(Some(ok), text).await;
    }

    async fn tell_trial(&mut self, ok: Option<bool>, text: Text) {
        self.state.tested = Some(OutputTested { at: unix_ms(), ok, text });
        let _ = self.reports.send((self.output.id.clone(), self.state.clone())).await;
    }

    async fn look(&self) -> Result<Saw, Problem> {
        let (output, behaviour, around) = (self.output.clone(), self.behaviour, self.around.clone());
        let (notify, mut notices) = mpsc::unbounded_channel();
        let opening = within(OPENING, move || -> Result<_, Problem> {
            let description = around.descriptions.launch(Folder::Outputs, behaviour.description)?;
            let notify = move |notice| {
                let _ = notify.send(notice);
            };
            let name = format!("{}-test", output.id);
            let pipeline = Pipeline::parse(&name, &description, &around.clock, around.clock.now(), notify)?;
            (behaviour.configure)(&pipeline, &output.settings, &around)?;
            Ok(Arc::new(pipeline))
        });
        let pipeline: Arc<Pipeline> = opening.await.unwrap_or_else(|_| Err(self.failed("timeout")))?;
        let playing = pipeline.clone();
        tokio::task::spawn_blocking(move || playing.play());
        let began = Instant::now();
        let saw = loop {
            match tokio::time::timeout(LOOK, notices.recv()).await {
                Ok(Some(Notice::Error { message, details, not_authorized, .. })) => {
                    let closed = not_authorized || closed_by_peer(&message, &details);
                    break if closed { Saw::Closed } else { Saw::Failed(message) };
                }
                Ok(Some(Notice::Ended) | None) => break Saw::Closed,
                Err(_) if published(&pipeline) => break Saw::Yes,
                Err(_) if self.behaviour.accepts_silently && began.elapsed() > CONTENT => break Saw::Yes,
                Err(_) if began.elapsed() > PATIENCE => break Saw::Nothing,
                Err(_) => {}
            }
        };
        let _ = tokio::task::spawn_blocking(move || pipeline.stop(GOODBYE)).await;
        Ok(saw)
    }

    fn words(&self, saw: &Saw) -> (bool, Text) {
        let label = &self.output.label;
        match saw {
            Saw::Yes => (
                true,
                Text::new(
                    format!("« {label} » a accepté la connexion et la clé. Rien n'a été diffusé."),
                    format!("“{label}” took the connection and the key. Nothing was broadcast."),
                ),
            ),
            Saw::Closed => (false, self.refused().text),
            Saw::Failed(reason) => (
                false,
                Text::new(
                    format!("« {label} » est injoignable ({reason}). Vérifiez l'adresse et le réseau de la salle."),
                    format!("“{label}” cannot be reached ({reason}). Check the address and the room's network."),
                ),
            ),
            Saw::Nothing => (
                false,
                Text::new(
                    format!("« {label} » prend la connexion mais ne répond pas. Est-ce bien un serveur de diffusion ?"),
                    format!("“{label}” takes the connection but does not answer. Is it a streaming server?"),
                ),
            ),
        }
    }
}

/// `rtmp2sink` has a connection to tell of only when publishing was accepted.
fn published(pipeline: &Pipeline) -> bool {
    let Some(sink) = pipeline.element("sink").filter(|sink| sink.has_property("stats")) else { return false };
    if sink.property_type("stats") != Some(gst::Structure::static_type()) {
        return false;
    }
    let stats = sink.property::<Option<gst::Structure>>("stats");
    stats.and_then(|stats| stats.get::<u64>("in-bytes-total").ok()).is_some_and(|bytes| bytes > 0)
}
