//! The machine's clocks.

use std::{
    fs::read_to_string,
    thread::available_parallelism,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use countersign_domain::time::At;

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures this machine's own time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The wall clock.
#[expect(clippy::disallowed_methods, reason = "timers in a store that the real program opens go by the real time")]
pub(crate) fn wall() -> At {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    At(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}

/// How many processors there are, and what else they were busy with before: figures of a busy machine say little.
pub(crate) fn standing() -> String {
    let processors = available_parallelism().map_or(1, usize::from);
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    format!("{processors} processors; load average at the beginning: {load}")
}
