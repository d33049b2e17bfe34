//! What can be set about the store.

use std::time::Duration;

use crate::lease_clock::LeaseClock;

/// How the store uses its database. The defaults suit one server on a small machine.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// How many writes may wait for a committer. Beyond that, whoever opens a run is told that the store is busy, and
    /// every other write waits for a place.
    pub queue: usize,
    /// How many connections serve reads.
    pub readers: u32,
    /// How many committers share the organisations on PostgreSQL. SQLite has one writer, whatever stands here.
    pub committers: usize,
    /// How long a statement waits for a database that another process has locked.
    pub busy_timeout: Duration,
    /// SQLite: for how long a transaction that writes is begun again and again where another process keeps the file
    /// locked. Beside a service that writes without a pause, a short `busy_timeout` with some patience finds its turn
    /// sooner than a long one.
    pub patience: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// SQLite: the file may not grow beyond this many pages of 4,096 bytes; `None`: as far as the disk goes.
    pub sqlite_max_pages: Option<u32>,
    /// SQLite: what leases go by.
    pub lease_clock: LeaseClock,
}

impl StoreOptions {
    /// For a command beside the running service, which may be writing without a pause: it waits up to a minute for its
    /// turn.
    #[must_use]
    pub fn beside_a_service() -> Self {
        // Within it SQLite looks six times whether the file is free; a longer one looks ever more rarely.
        let busy_timeout = Duration::from_millis(50);
        Self { busy_timeout, patience: Duration::from_secs(60), ..Self::default() }
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            queue: 2_048,
            readers: 4,
            committers: 2,
            busy_timeout: Duration::from_secs(5),
            patience: Duration::ZERO,
            connect_timeout: Duration::from_secs(5),
            sqlite_max_pages: None,
            lease_clock: LeaseClock::default(),
        }
    }
}
