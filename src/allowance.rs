//! How often somebody may do something: a bucket that fills with time, and who counts as one.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use tokio::time::Instant;

/// So many at once, and then so many a second.
#[derive(Debug, Clone)]
pub struct Bucket {
    most: f64,
    /// A second.
    rate: f64,
    left: f64,
    filled: Instant,
}

impl Bucket {
    /// A full one.
    pub fn new(most: f64, rate: f64, now: Instant) -> Self {
        Self { most, rate, left: most, filled: now }
    }

    /// Whether there is one to take.
    ///
    /// # Errors
    /// How long until there is.
    pub fn has_one(&mut self, now: Instant) -> Result<(), Duration> {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * self.rate;
        (self.left, self.filled) = ((self.left + gained).min(self.most), now);
        if self.left >= 1.0 { Ok(()) } else { Err(Duration::from_secs_f64((1.0 - self.left) / self.rate)) }
    }

    /// Takes one.
    ///
    /// # Errors
    /// How long until there is one.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.has_one(now)?;
        self.left -= 1.0;
        Ok(())
    }

    /// When it was last looked at.
    pub fn last(&self) -> Instant {
        self.filled
    }
}

/// One household, one address: an IPv6 host has a whole /64 to come from.
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}
