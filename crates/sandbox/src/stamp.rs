//! Times in the forms the vendors print.

use jiff::Timestamp;

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;

/// `YYYY-MM-DDTHH:MM:SSZ`, as Freshservice prints times. `micros` is Unix time in microseconds.
pub(crate) fn utc_seconds(micros: i64) -> String {
    Timestamp::from_second(micros.div_euclid(SECOND)).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// `SECONDS.MICROS`, Slack's message id. `micros` is Unix time in microseconds.
pub(crate) fn slack_ts(micros: i64) -> String {
    format!("{}.{:06}", micros.div_euclid(SECOND), micros.rem_euclid(SECOND))
}

#[cfg(test)]
mod tests {
    use super::{slack_ts, utc_seconds};

    #[test]
    fn freshservice_times_have_no_fraction() {
        assert_eq!(utc_seconds(1_781_026_931_310_000), "2026-06-09T17:42:11Z");
    }

    #[test]
    fn slack_times_keep_six_digits() {
        assert_eq!(slack_ts(1_781_026_931_000_042), "1781026931.000042");
    }
}
