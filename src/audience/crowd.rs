//! How many watch and clap, without knowing anybody.
//!
//! A watch page makes a random number when it opens, keeps it in its memory alone, and says it every
//! [`Crowd::BEAT`]; the studio remembers numbers for three beats. No cookie, no address, nothing on a
//! disk: two openings of the page by one person are two numbers that nobody can join.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Pages that are counted; more are not told apart any more.
const PAGES: usize = 200_000;
/// Claps are added up over this long.
const CLAPPING: Duration = Duration::from_secs(10);
/// Claps that one message may bring.
const CLAPS: u32 = 20;

/// Who is there.
#[derive(Default)]
pub struct Crowd {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    pages: HashMap<u64, Instant>,
    most: u32,
    claps: VecDeque<(Instant, u32)>,
}

/// What the crowd does now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Pages open.
    pub viewers: u32,
    /// The most there were.
    pub most: u32,
    /// Claps of the last ten seconds.
    pub applause: u32,
}

impl Crowd {
    /// How often a page says that it is there.
    pub const BEAT: Duration = Duration::from_secs(20);

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page is there.
    pub fn here(&self, page: u64, now: Instant) {
        let mut inner = self.inner();
        if inner.pages.len() < PAGES || inner.pages.contains_key(&page) {
            inner.pages.insert(page, now);
        }
    }

    /// Somebody clapped `times`.
    pub fn clap(&self, times: u32, now: Instant) {
        let mut inner = self.inner();
        let times = times.clamp(1, CLAPS);
        match inner.claps.back_mut().filter(|(at, _)| now.saturating_duration_since(*at) < Duration::from_millis(500)) {
            Some((_, sum)) => *sum = sum.saturating_add(times),
            None => inner.claps.push_back((now, times)),
        }
    }

    /// Now; forgets who has gone.
    pub fn look(&self, now: Instant) -> Look {
        let mut inner = self.inner();
        inner.pages.retain(|_, last| now.saturating_duration_since(*last) < 3 * Self::BEAT);
        while inner.claps.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > CLAPPING) {
            inner.claps.pop_front();
        }
        let viewers = u32::try_from(inner.pages.len()).unwrap_or(u32::MAX);
        inner.most = inner.most.max(viewers);
        let applause = inner.claps.iter().fold(0u32, |sum, (_, times)| sum.saturating_add(*times));
        Look { viewers, most: inner.most, applause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pages_are_counted_while_they_say_so() {
        let (crowd, now) = (Crowd::default(), Instant::now());
        for page in [1, 2, 3, 1, 2] {
            crowd.here(page, now);
        }
        crowd.here(1, now + Crowd::BEAT * 2);
        assert_eq!(crowd.look(now + Crowd::BEAT * 2), Look { viewers: 3, most: 3, applause: 0 });
        assert_eq!(crowd.look(now + Crowd::BEAT * 4), Look { viewers: 1, most: 3, applause: 0 });
    }

    #[tokio::test]
    async fn applause_fades_and_one_message_is_not_a_thousand_hands() {
        let (crowd, now) = (Crowd::default(), Instant::now());
        crowd.clap(5, now);
        crowd.clap(1_000_000, now + Duration::from_secs(5));
        assert_eq!(crowd.look(now + Duration::from_secs(6)).applause, 25);
        assert_eq!(crowd.look(now + Duration::from_secs(12)).applause, 20);
        assert_eq!(crowd.look(now + Duration::from_secs(30)).applause, 0);
    }
}
