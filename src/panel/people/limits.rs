//! How much may come from one address without login.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderValue, StatusCode, header};
use tokio::time::Instant;

use crate::{
    allowance::{Bucket, household},
    panel::{App, failure::Failure},
    protocol::Problem,
};

/// Addresses remembered; the one that came longest ago makes room.
const ADDRESSES: usize = 4096;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// Reading one's place, signing, withdrawing.
    Own,
    /// Proposals.
    Propose,
    /// Anonymous answers.
    Answer,
    /// Photos given to the archive.
    Photo,
}

impl What {
    /// So many at once, then so many a second. A school class may come from behind one address.
    fn bucket(self, now: Instant) -> Bucket {
        match self {
            What::Own => Bucket::new(120.0, 5.0, now),
            What::Propose => Bucket::new(30.0, 0.1, now),
            What::Answer => Bucket::new(40.0, 0.2, now),
            What::Photo => Bucket::new(12.0, 0.02, now),
        }
    }
}

/// A bucket for each address and thing.
#[derive(Default)]
pub struct Limits {
    buckets: Mutex<HashMap<(IpAddr, What), Bucket>>,
}

impl Limits {
    /// Takes one from the address's bucket; `Err`: how long until there is one.
    fn take(&self, address: IpAddr, what: What, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (household(address), what);
        if !buckets.contains_key(&key) && buckets.len() >= ADDRESSES {
            let oldest = buckets.iter().min_by_key(|(_, bucket)| bucket.last()).map(|(key, _)| *key);
            oldest.map(|oldest| buckets.remove(&oldest));
        }
        buckets.entry(key).or_insert_with(|| what.bucket(now)).take(now)
    }

    /// Lets a request through, or says when to come back.
    pub fn admit(&self, app: &App, address: IpAddr, what: What) -> Result<(), Failure> {
        self.take(address, what, Instant::now()).map_err(|wait| {
            let seconds = wait.as_secs() + 1;
            let failure = app.failure(StatusCode::TOO_MANY_REQUESTS, slow(seconds));
            failure.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
        })
    }
}

fn slow(seconds: u64) -> Problem {
    Problem::operator(
        "too_many_requests",
        format!("Trop de demandes depuis cet appareil. Réessayez dans {seconds} s."),
        format!("Too many requests from this device. Try again in {seconds} s."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_allowance_that_comes_back_with_time() {
        let (limits, now) = (Limits::default(), Instant::now());
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..30 {
            assert_eq!(limits.take(one, What::Propose, now), Ok(()));
        }
        assert!(limits.take(one, What::Propose, now).is_err());
        assert_eq!(limits.take(one, What::Answer, now), Ok(()));
        assert_eq!(limits.take(other, What::Propose, now), Ok(()));
        let later = now + Duration::from_secs(10);
        assert_eq!(limits.take(one, What::Propose, later), Ok(()));
        assert!(limits.take(one, What::Propose, later).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let (limits, now) = (Limits::default(), Instant::now());
        for n in 0..u32::try_from(ADDRESSES).unwrap() + 100 {
            limits.take(IpAddr::from(n.to_be_bytes()), What::Own, now + Duration::from_millis(n.into())).unwrap();
        }
        assert!(limits.buckets.lock().unwrap().len() <= ADDRESSES);
    }
}
