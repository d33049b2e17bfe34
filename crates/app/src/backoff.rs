//! How long to wait before an effect is tried again. The wait is persisted with the effect.

use countersign_domain::{ports::Ids, time::At};

/// The first wait, in milliseconds.
const FIRST_MS: u64 = 1_000;

/// The longest wait of our own, in milliseconds; a vendor may ask for more.
const LONGEST_MS: u64 = 15 * 60 * 1_000;

/// A vendor that asks for more than this, in milliseconds, is asked again after it nonetheless.
const LONGEST_ASKED_MS: u64 = 60 * 60 * 1_000;

/// When attempt number `attempt` (from 1) that just failed is followed by the next: doubling from one second to
/// fifteen minutes, half of it jittered, and never before the vendor's `Retry-After`.
pub fn next(now: At, attempt: u32, retry_after_ms: Option<u64>, ids: &dyn Ids) -> At {
    let doubled = FIRST_MS.saturating_mul(1_u64 << attempt.saturating_sub(1).min(20)).min(LONGEST_MS);
    let own = doubled / 2 + ids.jitter(doubled / 2 + 1);
    let asked = retry_after_ms.unwrap_or(0).min(LONGEST_ASKED_MS);
    now.plus_millis(own.max(asked))
}
