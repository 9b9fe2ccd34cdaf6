//! A client's place in the studio's history.

use std::sync::Arc;

use axum::extract::ws;
use tokio::sync::broadcast::error::RecvError;

use super::view;
use crate::{
    protocol::Role,
    studio::{Studio, Subscription},
};

/// Hands out what a client must be told, in order and without gaps.
pub struct Follower {
    studio: Studio,
    role: Role,
    subscription: Subscription,
    /// Something was missed; the next message is a snapshot.
    behind: bool,
}

impl Follower {
    /// At the present; the first message is a snapshot. `None`: the studio is closing.
    pub async fn new(studio: Studio, role: Role) -> Option<Self> {
        let subscription = studio.subscribe().await?;
        Some(Self { studio, role, subscription, behind: false })
    }

    /// The state as it is now; events go on from there. `None`: the studio is closing.
    pub async fn snapshot(&mut self) -> Option<ws::Message> {
        self.subscription = self.studio.subscribe().await?;
        self.behind = false;
        Some(self.first())
    }

    /// The state as it was when this began to follow.
    pub fn first(&self) -> ws::Message {
        view::snapshot(self.role, self.subscription.rev, &self.subscription.state)
    }

    /// The next event, or a snapshot when some were missed. `None`: the studio is closing. Cancel
    /// safe.
    pub async fn next(&mut self) -> Option<ws::Message> {
        loop {
            if self.behind {
                return self.snapshot().await;
            }
            match self.subscription.events.recv().await {
                Ok(event) => {
                    let (rev, event) = Arc::as_ref(&event);
                    self.behind = *rev != self.subscription.rev + 1;
                    if !self.behind {
                        self.subscription.rev = *rev;
                        return Some(view::event(self.role, *rev, event));
                    }
                }
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
