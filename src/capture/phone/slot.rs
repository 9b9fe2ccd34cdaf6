//! A slot: one place that one phone at a time may fill.
//!
//! One task for each slot owns the seat; calls reach it one after the other. The seat belongs to
//! whoever called last with the same token, and for a while to a phone that has vanished, so that
//! nobody takes its place while it reconnects.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::{
    Refusal,
    offer::Offer,
    session::{Session, Word},
};
use crate::{
    capture::{Destination, Report, source::Surroundings},
    config::Source,
    protocol::{Fault, Problem, SourceStatus},
    tokens,
};

/// How often a slot is looked at.
const WATCH: Duration = Duration::from_millis(100);
/// How long a place is kept for a phone that has vanished.
const KEPT: Duration = Duration::from_secs(30);
/// A phone that has not sent anything this long after its call never got through.
const FIRST_DATA: Duration = Duration::from_secs(10);

/// Who holds a slot, by what let them in; a token is named by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A participant with their personal link: the participation's id.
    Person(String),
    /// Whoever has a link that the desk gave out for this slot.
    Link(String),
    /// Somebody of the desk.
    Desk(String),
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who calls.
    pub holder: Holder,
    /// Tells two phones that scanned one link apart; a client that does not say is one of its own.
    pub device: Option<String>,
    /// Nobody asked for this: the phone's page tries again by itself.
    pub again: bool,
}

/// What reaches a slot.
pub enum Ask {
    /// A phone offers.
    Call { caller: Caller, offer: Offer, reply: oneshot::Sender<Result<Answer, Refusal>> },
    /// A phone tells an address of its own.
    Candidates {
        session: String,
        ufrag: Option<String>,
        candidates: Vec<(String, String)>,
        reply: oneshot::Sender<Result<bool, Refusal>>,
    },
    /// Who has the seat?
    Holder { reply: oneshot::Sender<Result<Option<Holder>, Refusal>> },
    /// A phone says goodbye; without a session, the desk clears the slot.
    Hang { session: Option<String>, reply: oneshot::Sender<Result<(), Refusal>> },
}

/// What a phone is told.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The connection's name.
    pub session: String,
    /// SDP.
    pub sdp: String,
}

/// A slot's task.
pub struct Slot {
    pub source: Source,
    pub around: Surroundings,
    pub destination: Arc<dyn Destination>,
    pub reports: mpsc::Sender<Report>,
    pub closing: CancellationToken,
    seat: Option<Seat>,
    last: Option<(SourceStatus, Option<Problem>, Option<String>)>,
    words: (mpsc::UnboundedSender<Said>, mpsc::UnboundedReceiver<Said>),
}

/// Which session, and what it has to say.
type Said = (String, Word);

struct Seat {
    holder: Holder,
    device: Option<String>,
    id: String,
    /// `None`: it has gone, and may come back.
    session: Option<Session>,
    called: Instant,
    /// Something has arrived since the call.
    live: bool,
    heard: Instant,
}

impl Slot {
    pub fn new(
        source: Source,
        around: Surroundings,
        destination: Arc<dyn Destination>,
        reports: mpsc::Sender<Report>,
        closing: CancellationToken,
    ) -> Self {
        Self { source, around, destination, reports, closing, seat: None, last: None, words: mpsc::unbounded_channel() }
    }

    pub async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        let closing = self.closing.clone();
        let mut ticks = tokio::time::interval(WATCH);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = closing.cancelled() => break,
                ask = asks.recv() => match ask {
                    Some(ask) => self.do_ask(ask).await,
                    None => break,
                },
                Some((id, word)) = self.words.1.recv() => self.do_word(&id, word),
                _ = ticks.tick() => self.look().await,
            }
        }
        if let Some(session) = self.seat.take().and_then(|seat| seat.session) {
            let _ = tokio::task::spawn_blocking(move || session.stop()).await;
        }
    }

    async fn do_ask(&mut self, ask: Ask) {
        match ask {
            Ask::Call { caller, offer, reply } => {
                let answer = self.call(caller, offer).await;
                let _ = reply.send(answer);
            }
            Ask::Candidates { session, ufrag, candidates, reply } => {
                let _ = reply.send(self.candidates(&session, ufrag.as_deref(), &candidates));
            }
            Ask::Holder { reply } => {
                let _ = reply.send(Ok(self.seat.as_ref().map(|seat| seat.holder.clone())));
            }
            Ask::Hang { session, reply } => {
                let known = self.seat.as_ref().is_some_and(|seat| session.as_ref().is_none_or(|id| *id == seat.id));
                if known {
                    info!(source = self.source.id, "a phone leaves");
                    self.end();
                    self.seat = None;
                    self.look().await;
                }
                let _ = reply.send(if known || session.is_none() { Ok(()) } else { Err(Refusal::no_session()) });
            }
        }
    }

    async fn call(&mut self, caller: Caller, offer: Offer) -> Result<Answer, Refusal> {
        let Caller { holder, device, again } = caller;
        if let Some(seat) = &self.seat {
            if seat.holder != holder {
                return Err(Refusal::taken(&self.source.label));
            }
            // Two phones with one link would take the place from each other without end.
            if again && seat.session.is_some() && seat.device != device {
                return Err(Refusal::replaced(&self.source.label));
            }
        }
        // The newer attempt replaces the older one, whose pictures must not mix with its own.
        self.end();
        let id = tokens::random::<8>();
        let (source, around, destination) = (self.source.clone(), self.around.clone(), self.destination.clone());
        let (words, name) = (self.words.0.clone(), id.clone());
        let answering = tokio::task::spawn_blocking(move || {
            let tell = move |word| _ = words.send((name.clone(), word));
            Session::answer(&source, &around, &destination, offer, tell)
        });
        let now = Instant::now();
        let answered = match answering.await {
            Ok(answered) => answered,
            Err(error) => Err(Refusal::failed(&error.to_string())),
        };
        let (session, sdp) = answered.inspect_err(|refusal| {
            tracing::warn!(
                source = self.source.id,
                code = refusal.problem.code,
                reason = refusal.problem.text.en,
                "a phone is not answered"
            );
        })?;
        info!(source = self.source.id, "a phone calls");
        self.seat =
            Some(Seat { holder, device, id: id.clone(), session: Some(session), called: now, live: false, heard: now });
        self.report(SourceStatus::Starting, None).await;
        Ok(Answer { session: id, sdp })
    }

    /// Whether the candidates belong to the connection as it is; `false`: the phone asks for an ICE
    /// restart.
    fn candidates(&self, session: &str, ufrag: Option<&str>, candidates: &[(String, String)]) -> Result<bool, Refusal> {
        let seat = self.seat.as_ref().filter(|seat| seat.id == session);
        let session = seat.and_then(|seat| seat.session.as_ref()).ok_or_else(Refusal::no_session)?;
        if ufrag.is_some_and(|ufrag| ufrag != session.offer().ufrag()) {
            return Ok(false);
        }
        for (mid, candidate) in candidates {
            if let Some(index) = session.offer().index(mid) {
                session.candidate(index, candidate);
            }
        }
        Ok(true)
    }

    fn do_word(&mut self, id: &str, word: Word) {
        if self.seat.as_ref().is_some_and(|seat| seat.id == id) {
            info!(source = self.source.id, ?word, "a phone is gone");
            self.end();
        }
    }

    /// Ends the connection and keeps the seat.
    fn end(&mut self) {
        if let Some(session) = self.seat.as_mut().and_then(|seat| seat.session.take()) {
            session.mute();
            tokio::task::spawn_blocking(move || session.stop());
        }
    }

    async fn look(&mut self) {
        let lost = self.destination.picture_lost(self.around.clock.now());
        let Some(seat) = &mut self.seat else { return self.report(SourceStatus::Off, None).await };
        if !lost && seat.session.as_ref().is_some_and(Session::has_been_seen) {
            seat.heard = Instant::now();
            if !std::mem::replace(&mut seat.live, true) {
                info!(source = self.source.id, after_ms = seat.called.elapsed().as_millis() as u64, "phone live");
            }
            return self.report(SourceStatus::Live, None).await;
        }
        let silent = seat.heard.elapsed();
        if silent > KEPT {
            info!(source = self.source.id, "the place is free again");
            self.end();
            self.seat = None;
            return self.report(SourceStatus::Off, None).await;
        }
        if seat.live || seat.session.is_none() {
            self.report(SourceStatus::Lost, Some(self.vanished())).await;
        } else if seat.called.elapsed() > FIRST_DATA {
            self.report(SourceStatus::Lost, Some(self.not_through())).await;
        } else {
            self.report(SourceStatus::Starting, None).await;
        }
    }

    fn vanished(&self) -> Problem {
        let label = &self.source.label;
        Problem::new(
            "phone_vanished",
            Fault::OtherSide,
            format!(
                "« {label} » n'envoie plus rien : appel, écran éteint ou Wi-Fi trop faible. Rouvrez la page sur le téléphone ; elle se reconnecte toute seule."
            ),
            format!(
                "“{label}” sends nothing any more: a call, a dark screen, or weak Wi-Fi. Open its page again; it reconnects by itself."
            ),
        )
    }

    fn not_through(&self) -> Problem {
        let label = &self.source.label;
        Problem::new(
            "phone_not_through",
            Fault::OtherSide,
            format!(
                "« {label} » a appelé, mais son image n'arrive pas. Mettez le téléphone sur le même Wi-Fi que le studio, ou configurez un serveur TURN."
            ),
            format!(
                "“{label}” has called, but its picture does not arrive. Put the phone on the studio's Wi-Fi, or configure a TURN server."
            ),
        )
    }

    async fn report(&mut self, status: SourceStatus, problem: Option<Problem>) {
        let person = self.seat.as_ref().and_then(|seat| match &seat.holder {
            Holder::Person(person) => Some(person.clone()),
            Holder::Link(_) | Holder::Desk(_) => None,
        });
        let now = (status, problem, person);
        if self.last.as_ref() != Some(&now) {
            let (status, problem, person) = now.clone();
            let report = Report { source: self.source.id.clone(), status, problem, media: None, person };
            let _ = self.reports.send(report).await;
            self.last = Some(now);
        }
    }
}
