//! Signing, withdrawing, erasing, as whole operations.
//!
//! ```text
//! asked ──► written down (people.sqlite) ──► conclusions (the owner) ──► carried out ──► answered
//!            with what has to follow          slate, live page, names     one after the other
//! ```
//! Each runs in a task of its own, so it goes on when whoever asked has gone. From the moment it is
//! written down until all of it has been carried out it is open, in the database: nothing of its segment
//! is public ([`crate::rights::Shelf::Unfinished`]), it is done again after a failure and at the next
//! start, the desk is told, and nobody is told that it is done.

use std::{collections::HashMap, future::Future, pin::pin, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{Instant, sleep_until, timeout},
};
use tracing::{error, info, warn};

use super::{Inbox, Studio};
use crate::{
    archive::Archive,
    booth::{Booth, Refusal},
    people::{Answering, Kind, Operation, Point, Registrar, STORE, Signature, Signing},
    protocol::{Fault, Problem, Role},
};

/// Whoever asked waits this long for the end; then they are told that it goes on without them.
const PATIENCE: Duration = Duration::from_secs(8);
/// Until what failed is done again, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(300));
/// How often it is looked for what nobody has asked to be carried out.
const LOOK: Duration = Duration::from_secs(60);

/// What a signature leads to.
pub struct Signed {
    /// The person's own link from now on.
    pub token: String,
    /// The signature is kept; that it has not reached everything yet is no reason to lose the link.
    pub finished: Result<(), Problem>,
}

/// What the owner's conclusions leave to be done.
pub(super) struct Concluded {
    /// Whether the rundown is on the disk.
    pub kept: Result<(), Problem>,
}

/// What was open when the studio started.
pub(super) struct Unfinished {
    pub registrar: Registrar,
    pub open: Vec<Operation>,
}

/// The way to have an operation carried out; cheap to clone.
#[derive(Clone)]
pub(super) struct Operations {
    registrar: Arc<Registrar>,
    owner: mpsc::Sender<Inbox>,
    asks: mpsc::UnboundedSender<Ask>,
    /// Something was taken back in the booth and could not be erased.
    left_in_booth: Arc<Notify>,
}

/// What the task is asked.
enum Ask {
    /// Somebody waits for an operation.
    CarryOut { operation: i64, reply: oneshot::Sender<Result<(), Problem>> },
    /// Somebody said no, and it could not be written down.
    Write(Unwritten),
    /// What stands in the way of erasing what was taken back in the booth, if something does.
    Booth(Option<Problem>),
}

/// A no that stands in memory alone, and is to be written down.
#[derive(Clone)]
struct Unwritten {
    person: String,
    no: No,
}

/// What somebody takes back.
#[derive(Clone)]
enum No {
    Withdraw { points: Vec<Point>, language: String },
    Erase,
}

impl No {
    fn kind(&self) -> Kind {
        match self {
            No::Withdraw { .. } => Kind::Withdrawn,
            No::Erase => Kind::Erased,
        }
    }
}

impl Studio {
    /// Somebody signs; `by`: who entered their paper form. `again`: by a link that ended when the same was
    /// signed by it (see [`crate::people::People::signer`]).
    ///
    /// # Errors
    /// As [`Signing::check`]; `unknown_person`, `unknown_link`, `people_store`, `busy`.
    pub async fn sign(&self, person: &str, signing: Signing, by: Option<Role>, again: bool) -> Result<Signed, Problem> {
        let (operations, person) = (self.operations.clone(), person.to_owned());
        whole(async move {
            let (token, operation) = operations.registrar.sign(&person, signing, by, again).await?;
            Ok(Signed { token, finished: operations.follow(operation).await })
        })
        .await
    }

    /// A guardian signs a minor's form by a link of their own; `hash`: SHA-256 of the text that they were shown. Doing
    /// so again does no harm. The inner result: their signature is kept, and may not have reached everything yet.
    ///
    /// # Errors
    /// `unknown_link`, `text_changed`, `empty`, `empty_signature`, `guardians_needed`, `people_store`, `busy`.
    pub async fn sign_as_guardian(
        &self,
        token: String,
        signature: Signature,
        hash: String,
    ) -> Result<Result<(), Problem>, Problem> {
        let operations = self.operations.clone();
        whole(async move {
            let operation = operations.registrar.sign_as_guardian(&token, signature, hash).await?;
            Ok(operations.follow(operation).await)
        })
        .await
    }

    /// Somebody takes agreements back. Asking again does no harm, and waits for what is still open.
    ///
    /// # Errors
    /// `unknown_person`, `busy`; `withdrawal_unfinished`: it counts and nothing of the segment is public, but it
    /// has not reached everything yet, or could not be written down.
    pub async fn withdraw(&self, person: &str, points: Vec<Point>, language: String) -> Result<(), Problem> {
        let (operations, person) = (self.operations.clone(), person.to_owned());
        whole(async move { operations.say_no(person, No::Withdraw { points, language }).await }).await
    }

    /// Somebody says what they think of a cut of their clip.
    ///
    /// # Errors
    /// `unknown_person`, `not_agreed`, `guardians_needed`, `people_store`, `busy`; `answer_unfinished`: it is kept, and has not reached
    /// everything yet.
    pub async fn answer(&self, person: &str, said: Answering) -> Result<(), Problem> {
        let (operations, person) = (self.operations.clone(), person.to_owned());
        whole(async move {
            let operation = operations.registrar.answer(&person, said).await?;
            operations.follow(operation).await
        })
        .await
    }

    /// Somebody has all that says who they are erased. Asking again does no harm, and waits for what is
    /// still open.
    ///
    /// # Errors
    /// `unknown_person`, `busy`; `erasure_unfinished`: it counts and nothing of the segment is public, but it
    /// has not reached everything yet, or could not be written down.
    pub async fn erase(&self, person: &str) -> Result<(), Problem> {
        let (operations, person) = (self.operations.clone(), person.to_owned());
        whole(async move { operations.say_no(person, No::Erase).await }).await
    }
}

impl Studio {
    /// An interview of the booth goes into the archive; the clip's id. Doing so again gives the same.
    ///
    /// # Errors
    /// As [`Booth::accept`].
    pub async fn accept_take(&self, take: String) -> Result<String, Refusal> {
        self.in_booth(move |booth, archive| booth.accept(&take, archive)).await
    }

    /// An interview of the booth is erased with all that the archive made of it. What could not be erased is
    /// public no more, told at the desk, and erased when that can be done.
    ///
    /// # Errors
    /// As [`Booth::erase_with_clip`].
    pub async fn erase_take(&self, take: String) -> Result<(), Refusal> {
        let erased = self.in_booth(move |booth, archive| booth.erase_with_clip(&take, archive)).await;
        erased.inspect_err(|_| self.operations.left_in_booth.notify_one())
    }

    /// Somebody takes back, by their own link, what they said in the booth: as [`Studio::erase_take`].
    ///
    /// # Errors
    /// As [`Booth::take_back`].
    pub async fn take_back(&self, token: String) -> Result<(), Refusal> {
        let erased = self.in_booth(move |booth, archive| booth.take_back(&token, archive)).await;
        erased.inspect_err(|_| self.operations.left_in_booth.notify_one())
    }

    /// Work that blocks, and goes on when whoever asked has gone.
    async fn in_booth<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Booth, &Archive) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (booth, archive) = (self.booth.clone(), self.archive.clone());
        match tokio::task::spawn_blocking(move || work(&booth, &archive)).await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// Erases what was taken back in the booth and could not be erased then, at the start and as long as there is
/// any. Ends with the studio.
async fn empty_booth(booth: Booth, archive: Archive, asks: mpsc::WeakUnboundedSender<Ask>, left: Arc<Notify>) {
    let mut told = None;
    loop {
        let (booth, archive) = (booth.clone(), archive.clone());
        let Ok(problem) = tokio::task::spawn_blocking(move || booth.finish_erasures(&archive)).await else { return };
        let problem = problem.map(|problem| for_the_desk(Kind::Erased, &problem));
        let Some(asks) = asks.upgrade() else { return };
        let again = if problem.is_some() { AGAIN.0 } else { LOOK };
        if problem != told {
            told.clone_from(&problem);
            let _ = asks.send(Ask::Booth(problem));
        }
        drop(asks);
        let _ = timeout(again, left.notified()).await;
    }
}

/// Runs to its end, whether or not somebody still waits for it.
async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The program ends.
        Err(_) => Err(closing()),
    }
}

impl Operations {
    /// Writes a no down and has it followed by the rest. Where it cannot be written it counts at once all the
    /// same, and is written as soon as that can be done.
    async fn say_no(&self, person: String, no: No) -> Result<(), Problem> {
        let kind = no.kind();
        let problem = match write(&self.registrar, &person, &no).await {
            Ok(operation) => return self.follow(operation).await,
            Err(problem) if problem.code != STORE => return Err(problem),
            Err(problem) => problem,
        };
        let Some(operation) = self.registrar.refuse(&person) else { return Err(problem) };
        self.ask_owner(|reply| Inbox::Conclude { operation, reply }).await?;
        self.asks.send(Ask::Write(Unwritten { person, no })).map_err(|_| closing())?;
        Err(unwritten(kind))
    }

    /// Has what was written down followed by the rest, and waits for it.
    async fn follow(&self, operation: Option<Operation>) -> Result<(), Problem> {
        let Some(operation) = operation else { return Ok(()) };
        let (id, kind) = (operation.id, operation.kind);
        // Now, whatever else is being carried out.
        self.ask_owner(|reply| Inbox::Conclude { operation, reply }).await?;
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::CarryOut { operation: id, reply }).map_err(|_| closing())?;
        match timeout(PATIENCE, answer).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(_))) | Err(_) => Err(unfinished(kind)),
            Ok(Err(_)) => Err(closing()),
        }
    }

    async fn ask_owner<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Inbox) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.owner.send(message(reply)).await.map_err(|_| closing())?;
        answer.await.map_err(|_| closing())
    }
}

async fn write(registrar: &Registrar, person: &str, no: &No) -> Result<Option<Operation>, Problem> {
    match no.clone() {
        No::Withdraw { points, language } => registrar.withdraw(person, points, language).await,
        No::Erase => registrar.erase(person).await,
    }
}

/// Starts the task that carries operations out. It ends with the studio; what is open then is taken up at
/// the next start.
pub(super) fn start(registrar: Registrar, owner: mpsc::Sender<Inbox>, archive: Archive, booth: Booth) -> Operations {
    let (asks, inbox) = mpsc::unbounded_channel();
    let operations = Operations { registrar: Arc::new(registrar), owner, asks, left_in_booth: Arc::default() };
    let (weak, left) = (operations.asks.downgrade(), operations.left_in_booth.clone());
    tokio::spawn(empty_booth(booth, archive.clone(), weak, left));
    let hands = Hands { registrar: operations.registrar.clone(), owner: operations.owner.clone(), archive };
    let worker = Worker {
        hands: Arc::new(hands),
        unwritten: Vec::new(),
        waiting: HashMap::new(),
        failed: HashMap::new(),
        booth: None,
        told: Vec::new(),
    };
    tokio::spawn(worker.run(inbox));
    operations
}

/// Carries operations out, one after the other.
struct Worker {
    hands: Arc<Hands>,
    unwritten: Vec<Unwritten>,
    waiting: HashMap<i64, Vec<oneshot::Sender<Result<(), Problem>>>>,
    failed: HashMap<i64, Failed>,
    booth: Option<Problem>,
    /// What the desk knows.
    told: Vec<Problem>,
}

/// What an operation is carried out with.
struct Hands {
    registrar: Arc<Registrar>,
    owner: mpsc::Sender<Inbox>,
    archive: Archive,
}

/// An operation that could not be carried out.
struct Failed {
    problem: Problem,
    pause: Duration,
    again: Instant,
}

impl Worker {
    async fn run(mut self, mut asks: mpsc::UnboundedReceiver<Ask>) {
        loop {
            let again = match self.open().await {
                Ok(open) => {
                    if self.carry_out_all(open).await.is_err() {
                        return;
                    }
                    self.failed.values().map(|failed| failed.again).min()
                }
                Err(problem) => {
                    for reply in self.waiting.drain().flat_map(|(_, replies)| replies) {
                        let _ = reply.send(Err(problem.clone()));
                    }
                    let kinds = self.unwritten.iter().map(|unwritten| for_the_desk(unwritten.no.kind(), &problem));
                    let problems: Vec<_> = kinds.chain([problem.clone()]).chain(self.booth.clone()).collect();
                    self.tell(problems).await;
                    Some(Instant::now() + AGAIN.0)
                }
            };
            let look = Instant::now() + LOOK;
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => self.take(ask),
                    None => return,
                },
                () = sleep_until(again.map_or(look, |again| again.min(look))) => (),
            }
            while let Ok(ask) = asks.try_recv() {
                self.take(ask);
            }
        }
    }

    fn take(&mut self, ask: Ask) {
        match ask {
            Ask::CarryOut { operation, reply } => {
                // Somebody waits: it is tried now.
                if let Some(failed) = self.failed.get_mut(&operation) {
                    failed.again = Instant::now();
                }
                self.waiting.entry(operation).or_default().push(reply);
            }
            Ask::Write(unwritten) => {
                let same =
                    |known: &Unwritten| known.person == unwritten.person && known.no.kind() == unwritten.no.kind();
                self.unwritten.retain(|known| !same(known));
                self.unwritten.push(unwritten);
            }
            Ask::Booth(problem) => self.booth = problem,
        }
    }

    /// Writes down what has not been, and returns all that is open.
    async fn open(&mut self) -> Result<Vec<Operation>, Problem> {
        while let Some(Unwritten { person, no }) = self.unwritten.first() {
            match write(&self.hands.registrar, person, no).await {
                Err(problem) if problem.code == STORE => return Err(problem),
                // Whoever is not known any more has nothing left to take back.
                Ok(_) | Err(_) => {
                    self.hands.registrar.people().register().heard(person);
                    self.unwritten.remove(0);
                }
            }
        }
        self.hands.registrar.open_operations().await
    }

    /// # Errors
    /// The studio has ended.
    async fn carry_out_all(&mut self, open: Vec<Operation>) -> Result<(), Ended> {
        self.failed.retain(|id, _| open.iter().any(|operation| operation.id == *id));
        for operation in open {
            if self.failed.get(&operation.id).is_some_and(|failed| failed.again > Instant::now()) {
                continue;
            }
            let id = operation.id;
            let mut work = pin!(self.hands.clone().carry_out(operation.clone()));
            let done = match timeout(PATIENCE / 2, &mut work).await {
                Ok(done) => done?,
                Err(_) => {
                    self.failed.insert(id, Failed::now(operation.kind, &slow()));
                    self.tell_failed().await;
                    work.await?
                }
            };
            match &done {
                Ok(()) => drop(self.failed.remove(&id)),
                Err(problem) => {
                    error!(operation = id, code = problem.code, reason = problem.text.en, "not carried out");
                    let before = self.failed.remove(&id).map_or(Duration::ZERO, |failed| failed.pause);
                    self.failed.insert(id, Failed::now(operation.kind, problem).again_after(before * 2));
                }
            }
            // The desk first: whoever asked is told that the desk knows.
            self.tell_failed().await;
            for reply in self.waiting.remove(&id).into_iter().flatten() {
                let _ = reply.send(done.clone());
            }
        }
        // What is waited for and is not open has been carried out.
        for reply in self.waiting.drain().flat_map(|(_, replies)| replies) {
            let _ = reply.send(Ok(()));
        }
        self.tell_failed().await;
        Ok(())
    }

    async fn tell_failed(&mut self) {
        let mut failed: Vec<_> = self.failed.iter().collect();
        failed.sort_by_key(|(id, _)| **id);
        let failed = failed.into_iter().map(|(_, failed)| failed.problem.clone());
        let mut problems: Vec<_> = failed.chain(self.booth.clone()).collect();
        problems.dedup();
        self.tell(problems).await;
    }

    async fn tell(&mut self, problems: Vec<Problem>) {
        if self.told != problems && self.hands.owner.send(Inbox::Unfinished(problems.clone())).await.is_ok() {
            self.told = problems;
        }
    }
}

impl Hands {
    async fn carry_out(self: Arc<Self>, operation: Operation) -> Result<Result<(), Problem>, Ended> {
        let (reply, answer) = oneshot::channel();
        self.owner.send(Inbox::Conclude { operation: operation.clone(), reply }).await.map_err(|_| Ended)?;
        let Concluded { kept } = answer.await.map_err(|_| Ended)?;
        let Operation { id, kind, segment: of, .. } = operation;
        let archive = self.archive.clone();
        let settle = move || archive.settle(&of);
        let settled = match tokio::task::spawn_blocking(settle).await {
            Ok(settled) => settled,
            Err(error) if error.is_panic() => Err(panicked()),
            Err(_) => return Err(Ended),
        };
        if let Err(problem) = kept.and(settled) {
            return Ok(Err(problem));
        }
        let finished = self.registrar.finish(id).await;
        if finished.is_ok() {
            info!(operation = id, ?kind, "carried out");
            self.archive.settled();
        }
        Ok(finished)
    }
}

impl Failed {
    fn now(kind: Kind, reason: &Problem) -> Self {
        let problem = for_the_desk(kind, reason);
        Self { problem, pause: AGAIN.0, again: Instant::now() + AGAIN.0 }
    }

    fn again_after(self, pause: Duration) -> Self {
        let pause = pause.clamp(AGAIN.0, AGAIN.1);
        Self { pause, again: Instant::now() + pause, ..self }
    }
}

/// The studio has ended.
struct Ended;

fn closing() -> Problem {
    Problem::operator("closing", "Le studio est en train de s'arrêter.", "The studio is shutting down.")
}

fn panicked() -> Problem {
    warn!("an operation stopped half-way");
    Problem::new(
        "archive_fault",
        Fault::Ours,
        "Les archives se sont arrêtées au milieu. Redémarrez le studio.",
        "The archive stopped half-way. Restart the studio.",
    )
}

fn slow() -> Problem {
    Problem::new(
        "slow",
        Fault::Ours,
        "C'est en cours, mais le disque est lent.",
        "It is under way, but the disk is slow.",
    )
}

/// For whoever asked.
fn unfinished(kind: Kind) -> Problem {
    match kind {
        Kind::Signed => Problem::new(
            "signing_unfinished",
            Fault::Ours,
            "Votre accord est enregistré, mais le studio n'a pas encore pu le suivre partout. Rien de votre séquence n'est public en attendant. L'équipe est prévenue, et le studio réessaie de lui-même.",
            "Your agreement is recorded, but the studio could not follow it everywhere yet. Nothing of your segment is public meanwhile. The team has been told, and the studio tries again by itself.",
        ),
        Kind::Answered => Problem::new(
            "answer_unfinished",
            Fault::Ours,
            "Votre réponse est enregistrée, mais le studio n'a pas encore pu la suivre partout. Rien de votre séquence n'est public en attendant. L'équipe est prévenue, et le studio réessaie de lui-même.",
            "Your answer is recorded, but the studio could not follow it everywhere yet. Nothing of your segment is public meanwhile. The team has been told, and the studio tries again by itself.",
        ),
        Kind::Withdrawn => Problem::new(
            "withdrawal_unfinished",
            Fault::Ours,
            "Votre retrait est enregistré, et plus rien de votre séquence n'est public. Mais il reste des copies que le studio n'a pas encore pu retirer. L'équipe est prévenue, et le studio réessaie de lui-même.",
            "Your withdrawal is recorded, and nothing of your segment is public any more. But there are copies left that the studio could not remove yet. The team has been told, and the studio tries again by itself.",
        ),
        Kind::Erased => Problem::new(
            "erasure_unfinished",
            Fault::Ours,
            "Votre effacement est enregistré, et plus rien de votre séquence n'est public. Mais votre nom reste à des endroits que le studio n'a pas encore pu atteindre. L'équipe est prévenue, et le studio réessaie de lui-même.",
            "Your erasure is recorded, and nothing of your segment is public any more. But your name is left in places that the studio could not reach yet. The team has been told, and the studio tries again by itself.",
        ),
    }
}

/// For whoever said no, where it could not be written down.
fn unwritten(kind: Kind) -> Problem {
    let code = unfinished(kind).code;
    Problem::new(
        &code,
        Fault::Ours,
        "Le studio n'arrive pas à écrire ce que vous avez demandé. Il en tient compte dès maintenant, et plus rien de votre séquence n'est public ; mais un redémarrage l'oublierait. L'équipe est prévenue : redemandez dans quelques minutes.",
        "The studio cannot write down what you asked for. It counts from now on, and nothing of your segment is public any more; but a restart would forget it. The team has been told: ask again in a few minutes.",
    )
}

/// For the desk: what stands in the way, as long as it does.
fn for_the_desk(kind: Kind, reason: &Problem) -> Problem {
    let Problem { fault, text, .. } = reason;
    let (code, fr, en) = match kind {
        Kind::Signed => {
            ("signing_unfinished", "Un accord n'est pas suivi partout", "An agreement is not followed everywhere")
        }
        Kind::Answered => {
            ("answer_unfinished", "Une réponse n'est pas suivie partout", "An answer is not followed everywhere")
        }
        Kind::Withdrawn => {
            ("withdrawal_unfinished", "Un retrait n'est pas fait partout", "A withdrawal is not done everywhere")
        }
        Kind::Erased => {
            ("erasure_unfinished", "Un effacement n'est pas fait partout", "An erasure is not done everywhere")
        }
    };
    Problem::new(
        code,
        *fault,
        format!(
            "{fr}. {} Rien de cette séquence n'est public en attendant, et le studio réessaie de lui-même.",
            text.fr
        ),
        format!("{en}. {} Nothing of that segment is public meanwhile, and the studio tries again by itself.", text.en),
    )
}
