//! Wrong PINs make the next attempt wait: each address for itself.
//!
//! The wait comes *before* the PIN is looked at, for right ones too, or a guesser would learn from
//! how soon the answer comes. An address that never failed never waits. Pure: the caller gives the
//! time and does the waiting.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use tokio::time::Instant;

use crate::allowance::household;

/// Attempts of one address that may wait at a time; more are turned away.
const WAITING: u32 = 4;
/// Addresses remembered; the one that tried longest ago makes room.
const ADDRESSES: usize = 1024;
/// After this long without an attempt an address starts anew.
const FORGET: Duration = Duration::from_secs(15 * 60);
/// The wait after the first wrong PIN; doubles with each.
const FIRST: Duration = Duration::from_millis(250);
/// The longest wait: below the patience of HTTP clients.
const LONGEST: Duration = Duration::from_secs(8);
/// A right PIN clears its address at most this often, so that one who knows a small PIN cannot
/// guess at a greater one without waiting.
const FORGIVE_EVERY: Duration = Duration::from_secs(10 * 60);

/// What an attempt may do.
#[derive(Debug, PartialEq, Eq)]
pub enum Admission {
    /// Look at the PIN after this long, then report with [`Throttle::failed`],
    /// [`Throttle::succeeded`] or [`Throttle::gave_up`].
    After(Duration),
    /// Too many are waiting already; try after this long.
    Refused(Duration),
}

#[derive(Debug)]
struct Entry {
    /// Wrong PINs, and attempts under way, which may be.
    count: u32,
    waiting: u32,
    /// No attempt is looked at before.
    free_at: Instant,
    last: Instant,
    forgiven: Option<Instant>,
}

/// Who failed how often.
#[derive(Debug, Default)]
pub struct Throttle {
    entries: HashMap<IpAddr, Entry>,
}

fn wait_after(count: u32) -> Duration {
    match count {
        0 => Duration::ZERO,
        n => FIRST.saturating_mul(1 << (n - 1).min(10)).min(LONGEST),
    }
}

impl Throttle {
    /// An attempt from `address`.
    pub fn admit(&mut self, address: IpAddr, now: Instant) -> Admission {
        let address = household(address);
        self.make_room(address, now);
        let entry = self.entries.entry(address).or_insert(Entry {
            count: 0,
            waiting: 0,
            free_at: now,
            last: now,
            forgiven: None,
        });
        entry.last = now;
        let due = entry.free_at.max(now);
        if entry.waiting >= WAITING {
            return Admission::Refused(due - now);
        }
        entry.waiting += 1;
        entry.count += 1;
        entry.free_at = due + wait_after(entry.count);
        Admission::After(due - now)
    }

    /// The PIN was wrong; the next wait counts from now, whatever looking at it took.
    pub fn failed(&mut self, address: IpAddr, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&household(address)) {
            entry.waiting = entry.waiting.saturating_sub(1);
            if entry.waiting == 0 {
                entry.free_at = entry.free_at.max(now + wait_after(entry.count));
            }
        }
    }

    /// The PIN was right.
    pub fn succeeded(&mut self, address: IpAddr, now: Instant) {
        let Some(entry) = self.entries.get_mut(&household(address)) else { return };
        entry.waiting = entry.waiting.saturating_sub(1);
        entry.count = entry.count.saturating_sub(1);
        let spent = entry.forgiven.is_some_and(|at| now < at + FORGIVE_EVERY);
        if entry.count > 0 && !spent {
            entry.forgiven = Some(now);
            entry.count = entry.waiting;
        }
        if entry.count == 0 {
            entry.free_at = now;
        }
    }

    /// The client left, or the PIN could not be looked at: nothing was learned, nothing counts.
    pub fn gave_up(&mut self, address: IpAddr) {
        if let Some(entry) = self.entries.get_mut(&household(address)) {
            entry.waiting = entry.waiting.saturating_sub(1);
            entry.count = entry.count.saturating_sub(1);
        }
    }

    fn make_room(&mut self, address: IpAddr, now: Instant) {
        if self.entries.len() < ADDRESSES && !self.entries.contains_key(&address) {
            return;
        }
        self.entries.retain(|_, entry| entry.waiting > 0 || now < entry.last + FORGET);
        if self.entries.len() >= ADDRESSES && !self.entries.contains_key(&address) {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last).map(|(at, _)| *at);
            if let Some(oldest) = oldest {
                self.entries.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 30));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 31));

    fn wrong(throttle: &mut Throttle, now: &mut Instant) -> Duration {
        let Admission::After(wait) = throttle.admit(GUEST, *now) else { panic!("refused") };
        *now += wait;
        throttle.failed(GUEST, *now);
        wait
    }

    #[tokio::test]
    async fn each_wrong_pin_waits_longer_and_others_do_not() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        let waits: Vec<_> = (0..9).map(|_| wrong(&mut throttle, &mut now).as_millis()).collect();
        assert_eq!(waits, [0, 250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(throttle.admit(OTHER, now), Admission::After(Duration::ZERO));
        now += FORGET + Duration::from_secs(1);
        assert_eq!(wrong(&mut throttle, &mut now), Duration::ZERO);
    }

    #[tokio::test]
    async fn attempts_at_once_wait_in_line_and_too_many_are_refused() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let waits: Vec<_> = (0..5).map(|_| throttle.admit(GUEST, now)).collect();
        let after = |ms| Admission::After(Duration::from_millis(ms));
        assert_eq!(waits[..4], [after(0), after(250), after(750), after(1750)]);
        assert!(matches!(waits[4], Admission::Refused(_)));
        assert_eq!(throttle.admit(OTHER, now), after(0));
    }

    #[tokio::test]
    async fn a_right_pin_clears_but_not_for_guessing_in_turns() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        let right = |throttle: &mut Throttle, now: &mut Instant| {
            let Admission::After(wait) = throttle.admit(GUEST, *now) else { panic!("refused") };
            *now += wait;
            throttle.succeeded(GUEST, *now);
            wait
        };
        wrong(&mut throttle, &mut now);
        right(&mut throttle, &mut now);
        assert_eq!(right(&mut throttle, &mut now), Duration::ZERO);
        for _ in 0..5 {
            wrong(&mut throttle, &mut now);
            right(&mut throttle, &mut now);
        }
        assert!(wrong(&mut throttle, &mut now) >= Duration::from_secs(2));
    }

    #[tokio::test]
    async fn memory_is_bounded_and_one_ipv6_network_is_one_guest() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..5000u32 {
            let address = IpAddr::V4(n.into());
            throttle.admit(address, now + Duration::from_millis(n.into()));
            throttle.failed(address, now);
        }
        assert!(throttle.entries.len() <= ADDRESSES);
        let (a, b) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
        throttle.admit(a, now);
        throttle.failed(a, now);
        assert_eq!(throttle.admit(b, now), Admission::After(FIRST));
        let mapped = "::ffff:192.168.1.30".parse().unwrap();
        throttle.admit(GUEST, now);
        assert_eq!(throttle.admit(mapped, now), Admission::After(FIRST));
    }
}
