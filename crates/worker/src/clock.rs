//! The local monotonic clock: leases and waits must not jump when the wall clock is set.

use tokio::time::Instant;

#[expect(clippy::disallowed_methods, reason = "leases and waits are measured on the local monotonic clock")]
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}
