//! The owner's part in the day: time and agreements that change, proposals, and the gate after a
//! restart.

use std::time::Duration;

use tokio::sync::oneshot;
use tracing::warn;

use super::Owner;
use crate::{
    archive::Claim,
    media::unix_ms,
    outputs::{self, Wish},
    people::{Operation, local_day, random_id},
    protocol::{Event, Fault, OutputStatus, Problem, Role, Segment, SegmentAdd, State, StudioCommand, Text},
    rights::is_for_viewers,
    rundown::{self, Around},
    studio::{
        Inbox, Reply,
        decide::Effect,
        operations::Concluded,
        segments::{self, SegmentStep},
    },
};

/// A segment on air is still the same one after a restart, unless its planned end is longer ago than
/// this, milliseconds: then nobody came back to it.
const GRACE: u64 = 30 * 60 * 1000;

/// For a disk to make or write a file.
const DISK: Duration = Duration::from_secs(3);

impl Owner {
    /// The state, and what the rundown's rules need to know beside it.
    pub(super) fn with_around<T>(&self, look: impl FnOnce(&State, &Around<'_>) -> T) -> T {
        let people = &self.house.people;
        let around = Around {
            now: unix_ms(),
            today: &local_day(),
            language: &self.state.studio.language,
            new_id: &random_id,
            agreed: &|person| people.agreements(person),
        };
        look(&self.state, &around)
    }

    /// Answers when what was decided is on the disk, or the disk has had its time: that it is not, the desk is
    /// told by the file's keeper.
    pub(super) fn reply<T: Send + 'static>(
        &mut self,
        reply: oneshot::Sender<Result<T, Problem>>,
        done: Result<T, Problem>,
    ) {
        match self.written.take() {
            None => _ = reply.send(done),
            // Who waits for a disk that is known not to write waits for nothing.
            Some(_) if self.house.files.problems().next().is_some() => _ = reply.send(done),
            Some(written) => drop(tokio::spawn(async move {
                let _ = tokio::time::timeout(DISK, written).await;
                let _ = reply.send(done);
            })),
        }
    }

    /// Writes a citizen's proposal down.
    pub(super) fn do_proposal(&mut self, new: SegmentAdd) -> Result<Segment, Problem> {
        let (decision, id) = self.with_around(|state, around| segments::propose(state, new, around))?;
        self.follow(decision);
        let made = self.state.rundown.iter().find(|segment| segment.id == id).cloned();
        Ok(made.expect("a proposal that was decided is in the rundown"))
    }

    /// Draws the conclusions of time that has passed and of agreements that have changed.
    pub(super) fn refresh(&mut self) {
        let decision = self.with_around(segments::refresh);
        self.follow(decision);
    }

    /// Takes up what was on air when the studio ended. Where that may not be shown, nothing leaves the house before
    /// the slate is there.
    pub(super) fn resume(&mut self) {
        self.house.archive.adopt(&self.state.rundown);
        // Nobody sees a name meanwhile that was erased.
        for operation in std::mem::take(&mut self.open) {
            let decision = self.with_around(|state, around| segments::conclude(state, &operation, around));
            self.follow(decision);
        }
        if let Some(segment) = self.state.segment.clone() {
            let planned_end = segment.started_at.unwrap_or(0) + u64::from(segment.planned_seconds) * 1000;
            if planned_end + GRACE < unix_ms() {
                warn!(segment = segment.id, "a segment was on air when the studio ended, too long ago to go on");
                let decision = self.with_around(|state, around| segments::close(state, planned_end, around));
                self.follow(decision);
            } else {
                warn!(segment = segment.id, "a segment was on air when the studio ended; it goes on");
                self.step(SegmentStep::Begin(Box::new(segment)));
            }
        }
        self.start_outputs(false);
        if self.is_barred() {
            self.tell(Event::SlateChanged { slate: true });
            let (own, raise) = (self.own.clone(), self.raise_slate());
            tokio::task::spawn_blocking(move || {
                let _ = own.blocking_send(Inbox::Resumed(raise()));
            });
        } else {
            self.do_resumed(Ok(()));
        }
        self.refresh();
    }

    /// What was on air is taken up, behind the slate where it may not be shown: programmes may leave the house.
    pub(super) fn do_resumed(&mut self, slate: Result<(), Problem>) {
        match slate {
            Ok(()) => self.start_outputs(true),
            Err(problem) => self.do_slate_failed(&problem),
        }
        self.resumed = None;
    }

    /// Starts the outputs that start by themselves: those that leave the house, or the others.
    fn start_outputs(&self, leaving: bool) {
        let auto = self.house.config.outputs.iter().filter(|output| output.auto);
        for output in auto.filter(|output| outputs::capabilities(output.kind).leaves_the_house == leaving) {
            self.house.outputs.wish(&output.id, Wish::Start);
        }
    }

    /// What is on air may not be shown.
    fn is_barred(&self) -> bool {
        self.with_around(|state, around| rundown::may_lift_slate(state.segment.as_ref(), around.agreed).is_err())
    }

    /// Has what may not be shown kept from everybody who sees what viewers see, slate or not.
    pub(super) fn bar(&self) {
        self.house.program.shown().bar(self.is_barred());
    }

    /// There is no slate: what may not be shown does not leave the house either.
    pub(super) fn keep_in_the_house(&mut self) {
        if self.is_barred() {
            for id in self.leaving() {
                self.house.outputs.wish(&id, Wish::Stop);
            }
        }
    }

    /// The outputs that leave the house and are not off.
    fn leaving(&self) -> Vec<String> {
        let leaves = self.state.outputs.iter().filter(|(_, output)| output.capabilities.leaves_the_house);
        leaves.filter(|(_, output)| output.status != OutputStatus::Off).map(|(id, _)| id.clone()).collect()
    }

    /// What a segment's steps mean to the rest of the house.
    pub(super) fn step(&mut self, step: SegmentStep) {
        if let SegmentStep::Begin(segment) | SegmentStep::End(segment) = &step
            && is_for_viewers(segment)
        {
            // Whoever withdraws later wants to know where else it went.
            let outputs = self.leaving();
            let places = outputs.iter().filter_map(|id| self.state.outputs.get(id)).map(|output| output.label.clone());
            let cache = Text::new(
                "Cache devant le studio : purgez /live/, /clips/, /archive",
                "Cache in front of the studio: purge /live/, /clips/, /archive",
            );
            let edge = !self.house.config.audience.edge.is_empty();
            let cache = edge.then(|| cache.get(&self.state.studio.language).to_owned());
            self.house.people.went(&segment.id, places.chain(cache).collect());
            let (live, mark) = (&self.house.live, self.house.program.mark());
            match step {
                SegmentStep::Begin(_) => live.segment_begins(&segment.id, mark),
                _ => live.segment_ends(&segment.id, mark),
            }
        }
        let archive = &self.house.archive;
        match step {
            SegmentStep::Begin(segment) => match self.claim.take() {
                Some(claim) => archive.begin(&segment, claim),
                // What goes on after a restart is on air already, and has no file yet.
                None => {
                    let (archive, own) = (archive.clone(), self.own.clone());
                    tokio::task::spawn_blocking(move || {
                        let claim = Box::new(archive.claim(&segment));
                        // When the studio ends meanwhile, nothing goes on.
                        let _ = own.blocking_send(Inbox::Resumable { segment, claim });
                    });
                }
            },
            SegmentStep::Mark(label) => archive.mark(&label),
            SegmentStep::End(segment) => archive.end(&segment),
            SegmentStep::Publish(segment) => archive.settle_soon(&segment.id),
        }
    }

    /// Draws what somebody signed, took back or had erased to its conclusions, and says so when the rundown
    /// has been written.
    pub(super) fn do_conclude(&mut self, operation: &Operation, reply: oneshot::Sender<Concluded>) {
        let decision = self.with_around(|state, around| segments::conclude(state, operation, around));
        self.follow(decision);
        let written = self.written.take();
        tokio::spawn(async move {
            let kept = match written {
                Some(written) => written.await.unwrap_or_else(|_| Err(not_kept())),
                None => Err(not_kept()),
            };
            // Whoever asked may have left.
            let _ = reply.send(Concluded { kept });
        });
    }

    /// Has the file of a segment's recording made, off this task, before the segment is on air.
    pub(super) fn do_start(&self, role: Role, mut command: StudioCommand, reply: Reply) {
        let begins = self.decide(role, command.clone()).map(|decision| {
            decision.effects.into_iter().find_map(|effect| match effect {
                Effect::Segment(SegmentStep::Begin(segment)) => Some(segment),
                _ => None,
            })
        });
        let segment = match begins {
            Ok(segment) => segment.expect("a segment that may start begins"),
            Err(problem) => return drop(reply.send(Err(problem))),
        };
        if let StudioCommand::SegmentStart { segment: named, .. } = &mut command {
            // The next one may be another by then.
            *named = Some(segment.id.clone());
        }
        let (archive, own) = (self.house.archive.clone(), self.own.clone());
        tokio::spawn(async move {
            let claim = tokio::task::spawn_blocking(move || archive.claim(&segment));
            // A claim that comes too late is dropped, and its file goes.
            let claim = match tokio::time::timeout(DISK, claim).await {
                Ok(Ok(claim)) => claim,
                Ok(Err(_)) | Err(_) => Err(silent_disk()),
            };
            // When the studio ends meanwhile, nothing begins.
            let _ = own.send(Inbox::Recordable { role, command, claim: Box::new(claim), reply }).await;
        });
    }

    /// Begins the segment whose file is there; much may have happened meanwhile.
    pub(super) fn do_recordable(
        &mut self,
        role: Role,
        command: StudioCommand,
        claim: Result<Claim, Problem>,
        reply: Reply,
    ) {
        let done = claim.and_then(|claim| {
            self.claim = Some(claim);
            self.do_command(role, command)
        });
        if let Some(unused) = self.claim.take() {
            tokio::task::spawn_blocking(move || drop(unused));
        }
        self.reply(reply, done);
    }

    /// Goes on recording a segment that was on air when the studio ended, unless it is over by now.
    pub(super) fn do_resumable(&mut self, segment: &Segment, claim: Result<Claim, Problem>) {
        let goes_on = self.state.segment.as_ref().is_some_and(|on_air| on_air.id == segment.id);
        match claim {
            Ok(claim) if goes_on => self.house.archive.begin(segment, claim),
            Ok(unused) => drop(tokio::task::spawn_blocking(move || drop(unused))),
            Err(problem) => self.house.machine.archive = Some(problem),
        }
    }

    /// The live page no longer offers what was shown of a segment. Of one that is on air nothing more is
    /// offered until the slate is there; where it may go on without one, it is offered from now on.
    pub(super) fn retract(&self, segment: &str) {
        let program = &self.house.program;
        let on_air = self.state.segment.as_ref().is_some_and(|on_air| on_air.id == segment);
        let until = on_air.then(|| if self.state.slate { program.slate_mark() } else { program.mark() });
        self.house.live.retract(segment, until);
    }
}

fn not_kept() -> Problem {
    let file = rundown::FILE;
    Problem::new(
        "rundown_not_kept",
        Fault::Operator,
        format!(
            "{file} ne peut pas être écrit dans le dossier de données. Vérifiez la place et les droits sur le disque."
        ),
        format!("{file} cannot be written in the data folder. Check the room and the rights on the disk."),
    )
}

fn silent_disk() -> Problem {
    Problem::operator(
        "segment_not_recorded",
        "La séquence n'a pas commencé : le disque ne répond pas. Vérifiez qu'il est branché, puis démarrez-la de nouveau.",
        "The segment has not begun: the disk does not answer. Check that it is plugged in, then start it again.",
    )
}
