//! The clock that leases on SQLite go by.

use std::{
    fmt,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use countersign_domain::{ports::Clock, time::At};

/// Gives SQLite's leases their beginning and their end. The usual one is the wall clock when it was made, and counts
/// monotonically from there: a wall clock that is set, steps or is turned forward ends no lease of an effect in flight.
/// After a restart it begins at the wall clock again, and [`SqlStore::end_claims`](crate::SqlStore::end_claims) ends
/// what the process before left claimed. PostgreSQL's leases go by the server's clock.
#[derive(Clone)]
pub struct LeaseClock(Arc<dyn Clock>);

impl LeaseClock {
    /// Leases go by this clock, which must not jump while effects are in flight. For tests that end a lease.
    pub fn of(clock: Arc<dyn Clock>) -> Self {
        Self(clock)
    }

    pub(crate) fn now(&self) -> At {
        self.0.now()
    }
}

impl Default for LeaseClock {
    fn default() -> Self {
        Self(Arc::new(Steady::start()))
    }
}

impl fmt::Debug for LeaseClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LeaseClock").field(&self.now()).finish()
    }
}

/// The wall clock at one moment, and what has passed since by the monotonic clock.
struct Steady {
    wall: At,
    since: Instant,
}

impl Steady {
    #[expect(clippy::disallowed_methods, reason = "a lease must not end because the Clock port's time jumps")]
    fn start() -> Self {
        // A wall clock before 1970 is as good a beginning as any: leases are only ever compared with this clock.
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { wall: At(i64::try_from(wall.as_micros()).unwrap_or(0)), since: Instant::now() }
    }
}

impl Clock for Steady {
    fn now(&self) -> At {
        At(self.wall.0.saturating_add(i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX)))
    }
}
