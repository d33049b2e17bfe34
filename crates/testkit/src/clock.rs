//! A clock that stands still until it is moved.

use countersign_domain::{ports::Clock, time::At};
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock for tests: it shows what it was set to.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows `at`.
    pub fn at(at: At) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Moves the clock forward.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    /// 2026-06-09T17:42:11.310Z.
    fn default() -> Self {
        Self::at(At(1_781_026_931_310_000))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> At {
        At(self.0.load(Ordering::SeqCst))
    }
}
