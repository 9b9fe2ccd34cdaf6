//! The owner of the state: one task, one inbox, pure decisions.

mod handle;

pub use handle::{Studio, Subscription};


use tokio::sync::oneshot;

use crate::protocol::{Command, Problem, Role};

/// What reaches the owner of the state.
enum Inbox {
    /// From a client.
    Command { role: Role, command: Command, reply: oneshot::Sender<Result<(), Problem>> },
    /// A client wants to follow.
    Subscribe { reply: oneshot::Sender<Subscription> },
}
