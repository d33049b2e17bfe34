//! Fakes and contract suites for tests.
//!
//! - [`clock::FixedClock`] and [`ids::SeededIds`] make every test repeatable.
//! - Each port has a fake here, and a contract suite that runs over the fake and over every real adapter.
//! - Every fake counts its calls and can be told to fail: see [`script::Script`].
//!
//! Deliberately absent: anything a shipped program would use. This crate is only ever a dev-dependency.

pub mod builders;
pub mod channel;
pub mod channel_contract;
pub mod classifier;
pub mod clock;
pub mod connections;
pub mod contract;
pub mod desk;
pub mod desk_contract;
pub mod ids;
pub mod memory_store;
pub mod runbooks;
pub mod script;
pub mod second_opinion;
pub mod store_contract;
pub mod system;
pub mod system_contract;
pub mod wakeup;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A fake's state; a test that panicked while it held it has failed already.
fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
