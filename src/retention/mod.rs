//! What has had its term is erased: one list, one sweeper, for all of it.
//!
//! ```text
//! table  what is kept, where, for how long ──► the documentation, the agreement's text
//!    │
//! sweep  goes through it, on a thread of its own: at the start, every hour, when a person says so
//!    │        └──► archive · booth · people · outputs, and by way of Desk the rundown and the questions
//! clock  whether the machine's date can be believed: else nothing is erased, and the desk is told
//! ```
//! What is old each module knows by a [`Term`](crate::term::Term), and erases it in its own way; when, nobody but the
//! sweeper says.

mod clock;
#[cfg(test)]
mod docs;
mod sweep;
mod table;
#[cfg(test)]
mod tests;

pub use clock::Reading;
pub use sweep::{Desk, Sweeper};
pub use table::{Duty, Kept, Length, ROWS, Row};

use std::sync::{
    Arc,
    mpsc::{self, Receiver, Sender},
};

use tokio::sync::{oneshot, watch};

use crate::protocol::{Fault, Problem};

/// A person says that the clock is right; answered when that is written down.
type Order = oneshot::Sender<Result<(), Problem>>;

/// What others hold of the sweeper.
pub struct Retention {
    orders: Sender<Order>,
    problems: watch::Receiver<Vec<Problem>>,
}

/// What the sweeper holds of them; it ends when [`Retention`] is dropped.
pub struct Inbox {
    orders: Receiver<Order>,
    problems: watch::Sender<Vec<Problem>>,
}

impl Retention {
    /// A sweeper's two ends.
    pub fn channel() -> (Self, Inbox) {
        let (orders, received) = mpsc::channel();
        let (told, problems) = watch::channel(Vec::new());
        (Self { orders, problems }, Inbox { orders: received, problems: told })
    }

    /// A person says that the machine's date and time are right: what has had its term is erased at once.
    pub fn confirm(&self, reply: oneshot::Sender<Result<(), Problem>>) {
        if let Err(mpsc::SendError(reply)) = self.orders.send(reply) {
            // Who asked may have left.
            let _ = reply.send(Err(not_there()));
        }
    }

    /// What the desk has to know.
    pub fn problems(&self) -> Vec<Problem> {
        self.problems.borrow().clone()
    }
}

/// Starts the sweeper on a thread of its own.
///
/// # Errors
/// `no_thread`
pub fn start(sweeper: Sweeper, inbox: Inbox) -> Result<(), Problem> {
    let thread = std::thread::Builder::new().name("retention".into());
    thread.spawn(move || sweeper.run(&inbox)).map(drop).map_err(|error| {
        Problem::new(
            "no_thread",
            Fault::Ours,
            format!("Le système ne donne pas de quoi effacer ce dont le terme est passé ({error}). Fermez d'autres programmes, puis relancez le studio."),
            format!("The system does not give what erasing needs ({error}). Close other programs, then start the studio again."),
        )
    })
}

/// What the clocks say.
pub type Clock = Arc<dyn Fn() -> Reading + Send + Sync>;

fn not_there() -> Problem {
    Problem::new(
        "retention_ended",
        Fault::Ours,
        "Le nettoyage s'est arrêté : rien n'est effacé. Relancez le studio.",
        "The sweeper has ended: nothing is erased. Start the studio again.",
    )
}
