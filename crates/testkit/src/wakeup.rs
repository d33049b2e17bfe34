//! A wake-up that counts.

use countersign_domain::ports::Wakeup;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts how often it was rung.
#[derive(Debug, Default)]
pub struct CountedWakeup(AtomicU32);

impl CountedWakeup {
    /// How often it was rung.
    pub fn rung(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wakeup for CountedWakeup {
    fn wake(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
