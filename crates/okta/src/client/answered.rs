//! When Okta last answered, by its own clock.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use countersign_outbound::Reply;

/// That no answer has had a date yet.
const NEVER: i64 = i64::MIN;

/// The `Date` of the latest answer; clones share it.
#[derive(Clone)]
pub(super) struct Answered(Arc<AtomicI64>);

impl Answered {
    pub(super) fn never() -> Self {
        Self(Arc::new(AtomicI64::new(NEVER)))
    }

    pub(super) fn note(&self, reply: &Reply) {
        if let Some(at) = reply.answered_at() {
            self.0.store(at, Ordering::Relaxed);
        }
    }

    /// Unix seconds.
    pub(super) fn latest(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|at| *at != NEVER)
    }
}
