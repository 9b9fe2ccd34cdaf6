//! A client's place in the studio's history.

use std::sync::Arc;

use axum::extract::ws;
use tokio::sync::broadcast::error::RecvError;

use super::view::View;
use crate::{
    protocol::{Message, Role},
    studio::{Studio, Subscription},
};

/// Hands out what a client must be told, in order and without gaps.
pub struct Follower {
    studio: Studio,
    view: View,
    subscription: Subscription,
    /// Something was missed; the next message is a snapshot.
    behind: bool,
}

impl Follower {
    /// At the present; the first message is a snapshot. `None`: the studio is closing.
    pub async fn new(studio: Studio, role: Role) -> Option<Self> {
        let subscription = studio.subscribe().await?;
        Some(Self { view: View::new(role, studio.people().register().clone()), studio, subscription, behind: false })
    }

    /// The state as it is now; events go on from there. `None`: the studio is closing.
    pub async fn snapshot(&mut self) -> Option<ws::Message> {
        self.subscription = self.studio.subscribe().await?;
        self.behind = false;
        Some(self.first())
    }

    /// The state as it was when this began to follow.
    pub fn first(&mut self) -> ws::Message {
        self.view.snapshot(self.subscription.rev, &self.subscription.state)
    }

    /// The meters, as far as they are this client's to see.
    pub fn meters(&self, message: &Message) -> ws::Message {
        self.view.meters(message)
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
                        return Some(self.view.event(*rev, event));
                    }
                }
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
