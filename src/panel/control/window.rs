//! How much may be on its way to a client.
//!
//! The kernel and the Wi-Fi in between take megabytes before a write blocks, all of it pictures that
//! arrive late. So each batch is followed by a ping with a number, and the next waits until the
//! answers show that earlier ones have arrived.

use std::collections::VecDeque;

/// Batches that were sent and not yet seen to arrive.
#[derive(Debug)]
pub struct Window {
    depth: usize,
    pending: VecDeque<u64>,
}

impl Window {
    /// At most `depth` batches on their way.
    pub fn new(depth: usize) -> Self {
        Self { depth, pending: VecDeque::new() }
    }

    /// One more may be sent.
    pub fn is_open(&self) -> bool {
        self.pending.len() < self.depth
    }

    /// A batch was sent, with this number behind it; numbers grow.
    pub fn sent(&mut self, mark: u64) {
        self.pending.push_back(mark);
    }

    /// Everything up to `mark` has arrived.
    pub fn arrived(&mut self, mark: u64) {
        while self.pending.front().is_some_and(|sent| *sent <= mark) {
            self.pending.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_closes_when_full_and_opens_as_answers_come() {
        let mut window = Window::new(2);
        window.sent(1);
        assert!(window.is_open());
        window.sent(4);
        assert!(!window.is_open());
        window.arrived(0);
        assert!(!window.is_open());
        window.arrived(3);
        assert!(window.is_open());
        window.sent(5);
        window.arrived(9);
        assert!(window.pending.is_empty());
    }
}
