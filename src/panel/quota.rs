//! Connections that stay open, counted for each kind apart: a crowd at one door closes no other, and
//! nobody takes all the places of a kind.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::access::TokenHash;
use crate::capture::phone::Holder;

/// The quotas of all kinds.
pub struct Quotas {
    /// Moderators' websockets, by token.
    pub moderators: Arc<Quota<TokenHash>>,
    /// Animators' and admins' websockets, by token.
    pub desk: Arc<Quota<TokenHash>>,
    /// Tallies of phones, by whoever films.
    pub tallies: Arc<Quota<Holder>>,
    /// Clocks, by household.
    pub clocks: Arc<Quota<IpAddr>>,
    /// Live pages, by household; who finds no place asks every few seconds instead.
    pub boards: Arc<Quota<IpAddr>>,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            moderators: Quota::new(100, 10),
            desk: Quota::new(100, 20),
            tallies: Quota::new(200, 4),
            clocks: Quota::new(100, 10),
            boards: Quota::new(1000, 200),
        }
    }
}

/// So many places in all, and so many for each who takes some.
pub struct Quota<Whose> {
    most: usize,
    each: usize,
    held: Mutex<Held<Whose>>,
}

struct Held<Whose> {
    /// Numbers that were given.
    given: u64,
    /// The oldest first: its number, whose it is, and what ends it.
    shares: Vec<(u64, Whose, CancellationToken)>,
}

/// A place, held until dropped.
pub struct Share<Whose> {
    quota: Arc<Quota<Whose>>,
    number: u64,
    end: CancellationToken,
}

impl<Whose: PartialEq> Quota<Whose> {
    fn new(most: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { most, each, held: Mutex::new(Held { given: 0, shares: Vec::new() }) })
    }

    /// A place for `whose`. `None`: there is none left, or none for them.
    pub fn take(self: &Arc<Self>, whose: Whose) -> Option<Share<Whose>> {
        let mut held = self.held();
        let own = held.shares.iter().filter(|(_, holder, _)| *holder == whose).count();
        if own >= self.each || held.shares.len() >= self.most {
            return None;
        }
        held.given += 1;
        let (number, end) = (held.given, CancellationToken::new());
        held.shares.push((number, whose, end.clone()));
        Some(Share { quota: Arc::clone(self), number, end })
    }

    /// A place for `whose`, who gives up their oldest one where they have all that they may have: a page
    /// that comes back must not be kept out by what is left of itself. `None`: there is none left.
    pub fn take_over(self: &Arc<Self>, whose: Whose) -> Option<Share<Whose>> {
        {
            let mut held = self.held();
            let own = held.shares.iter().filter(|(_, holder, _)| *holder == whose).count();
            if own >= self.each
                && let Some(oldest) = held.shares.iter().position(|(_, holder, _)| *holder == whose)
            {
                held.shares.remove(oldest).2.cancel();
            }
        }
        self.take(whose)
    }
}

impl<Whose> Quota<Whose> {
    fn held(&self) -> MutexGuard<'_, Held<Whose>> {
        // Whole after each statement.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Whose> Share<Whose> {
    /// Resolves when the place has been given to a newer connection.
    pub fn ended(&self) -> WaitForCancellationFutureOwned {
        self.end.clone().cancelled_owned()
    }
}

impl<Whose> Drop for Share<Whose> {
    fn drop(&mut self) {
        self.quota.held().shares.retain(|(number, ..)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn nobody_takes_more_than_their_share_and_what_is_dropped_is_free() {
        let quota = Quota::new(3, 2);
        let one = quota.take("a").unwrap();
        let _two = quota.take("a").unwrap();
        assert!(quota.take("a").is_none());
        let _three = quota.take("b").unwrap();
        assert!(quota.take("c").is_none(), "none is left");
        drop(one);
        assert!(quota.take("c").is_some());
        assert!(quota.take("a").is_some());
    }

    #[test]
    fn who_comes_back_takes_over_from_themselves_alone() {
        let quota = Quota::new(3, 2);
        let oldest = quota.take_over("a").unwrap();
        let newer = quota.take_over("a").unwrap();
        let other = quota.take_over("b").unwrap();
        assert!(oldest.ended().now_or_never().is_none());
        let newest = quota.take_over("a").unwrap();
        assert!(oldest.ended().now_or_never().is_some());
        drop(oldest);
        for share in [&newer, &newest, &other] {
            assert!(share.ended().now_or_never().is_none());
        }
        assert!(quota.take_over("c").is_none(), "nobody gives way to somebody else");
    }
}
