//! The process's clocks.

use countersign_domain::{ports::Clock, time::At};
use std::sync::atomic::{AtomicI64, Ordering};

/// The machine's clock, which a demo may show as later than it is.
#[derive(Debug, Default)]
pub(crate) struct SystemClock {
    ahead_micros: AtomicI64,
}

impl SystemClock {
    /// Shows the time as this many seconds later from now on. The demo uses it to let a plan expire.
    pub(crate) fn turn_forward(&self, seconds: i64) {
        self.ahead_micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one implementation of the Clock port")]
    fn now(&self) -> At {
        At(jiff::Timestamp::now().as_microsecond() + self.ahead_micros.load(Ordering::Relaxed))
    }
}
