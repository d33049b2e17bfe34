//! The store over SQL: SQLite in one file, or PostgreSQL. Implements the ports `Store` and `Queries`.
//!
//! - Everything is written by the committer: it gathers whatever waits into one transaction, and answers each caller
//!   only after the commit is on disk. A stale change is refused alone; the others of its batch go through.
//! - An organisation's chain head is read under a lock inside the transaction, never kept: another process (the command
//!   line) may write to the same database.
//! - Every table's key begins with the organisation; times are microseconds since 1970 UTC, ids 16 bytes.
//! - Ticket text and ledger bodies stand in tables of their own, so that they can be erased; SQLite overwrites what is
//!   deleted (`secure_delete`).
//! - `$1`-style placeholders are understood by both databases, so that there is one text for each statement; the few
//!   places that differ (statements over many rows among them, see `sql`) ask which database it is.
//! - Leases go by a clock that does not jump: PostgreSQL's own there, one counted monotonically on SQLite. Everything
//!   else goes by the times that come with the requests.
//! - Where too much waits, runs to be opened are turned away as busy; every other write waits for a place, for it may be
//!   the outcome of something that was done already.
//! - Steps of what is paused are held back in the very transaction that would hand them out; why no claim slips past a
//!   pause stands in `committer::pauses`.
//! - [`backup`] copies a SQLite file in use; [`examine`] and [`is_there`] look at a database without changing it.
//!
//! Deliberately absent: any decision about runs, any retry of a change that lost a conflict.

mod alone;
mod backup;
mod begin;
mod committer;
mod connect;
mod entity;
mod error;
mod examine;
mod lease_clock;
mod migration;
mod options;
mod prepare;
mod read;
mod sql;
mod store;
#[cfg(test)]
mod test_support;

pub use alone::Alone;
pub use backup::{BackupReport, backup};
pub use connect::{is_there, sqlite_file};
pub use examine::{Examined, examine};
pub use lease_clock::LeaseClock;
pub use options::StoreOptions;
pub use store::SqlStore;
