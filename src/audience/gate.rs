//! How often one viewer may ask or clap: by address, and no address is kept.
//!
//! What is kept is a keyed hash of the address (of the /64 for IPv6), with a key that is made at the
//! start and never leaves memory: enough to tell two apart for some minutes, nothing to find anybody by.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::allowance::{Bucket, household};

/// Viewers told apart; the one heard longest ago makes room.
const VIEWERS: usize = 4096;
/// Questions at once, and then one every [`QUESTION_EVERY`]: a library's Wi-Fi is one address.
const QUESTIONS: f64 = 6.0;
const QUESTION_EVERY: Duration = Duration::from_secs(4);
/// Questions at once from everybody, and then so many a second.
const ALL_QUESTIONS: f64 = 60.0;
const ALL_QUESTIONS_RATE: f64 = 5.0;
/// Claps and signs of life at once from one address, and then so many a second.
const SIGNS: f64 = 200.0;
const SIGNS_RATE: f64 = 20.0;

/// Too many; try again after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late(pub Duration);

/// Who may do what how often.
pub struct Gate {
    key: RandomState,
    inner: Mutex<Inner>,
}

struct Inner {
    viewers: HashMap<u64, Viewer>,
    all: Bucket,
}

struct Viewer {
    questions: Bucket,
    signs: Bucket,
    last: Instant,
}

impl Gate {
    /// Nobody has asked yet.
    pub fn new(now: Instant) -> Self {
        let all = Bucket::new(ALL_QUESTIONS, ALL_QUESTIONS_RATE, now);
        Self { key: RandomState::new(), inner: Mutex::new(Inner { viewers: HashMap::new(), all }) }
    }

    /// A question from `address`.
    ///
    /// # Errors
    /// Too many from there, or from everywhere.
    pub fn question(&self, address: IpAddr, now: Instant) -> Result<(), Late> {
        let mark = self.mark(address);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { viewers, all } = &mut *inner;
        let questions = &mut viewer(viewers, mark, now).questions;
        questions.has_one(now).map_err(Late)?;
        all.take(now).map_err(Late)?;
        questions.take(now).map_err(Late)
    }

    /// A sign of life or of pleasure from `address`.
    ///
    /// # Errors
    /// Too many from there.
    pub fn sign(&self, address: IpAddr, now: Instant) -> Result<(), Late> {
        let mark = self.mark(address);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        viewer(&mut inner.viewers, mark, now).signs.take(now).map_err(Late)
    }

    fn mark(&self, address: IpAddr) -> u64 {
        self.key.hash_one(household(address))
    }
}

fn viewer(viewers: &mut HashMap<u64, Viewer>, mark: u64, now: Instant) -> &mut Viewer {
    if viewers.len() >= VIEWERS && !viewers.contains_key(&mark) {
        let oldest = viewers.iter().min_by_key(|(_, viewer)| viewer.last).map(|(mark, _)| *mark);
        oldest.map(|oldest| viewers.remove(&oldest));
    }
    let viewer = viewers.entry(mark).or_insert_with(|| Viewer {
        questions: Bucket::new(QUESTIONS, 1.0 / QUESTION_EVERY.as_secs_f64(), now),
        signs: Bucket::new(SIGNS, SIGNS_RATE, now),
        last: now,
    });
    viewer.last = now;
    viewer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[tokio::test]
    async fn one_address_waits_others_do_not_and_all_together_have_a_bound() {
        let mut now = Instant::now();
        let gate = Gate::new(now);
        for _ in 0..6 {
            assert_eq!(gate.question(v4(1), now), Ok(()));
        }
        assert_eq!(gate.question(v4(1), now), Err(Late(QUESTION_EVERY)));
        assert_eq!(gate.question(v4(2), now), Ok(()));
        now += QUESTION_EVERY + Duration::from_millis(1);
        assert_eq!(gate.question(v4(1), now), Ok(()));
        assert!(gate.question(v4(1), now).is_err());
        let heard = (100..400).filter(|n| gate.question(v4(*n), now).is_ok()).count();
        assert!(heard <= 60, "{heard}");
    }

    #[tokio::test]
    async fn memory_is_bounded_and_one_ipv6_network_is_one_viewer() {
        let now = Instant::now();
        let gate = Gate::new(now);
        for n in 0..10_000 {
            let _ = gate.sign(v4(n), now + Duration::from_millis(n.into()));
        }
        assert!(gate.inner.lock().unwrap().viewers.len() <= VIEWERS);
        for n in 0..6 {
            assert_eq!(gate.question(format!("2001:db8::{n}").parse().unwrap(), now), Ok(()));
        }
        assert!(gate.question("2001:db8::99".parse().unwrap(), now).is_err());
    }
}
