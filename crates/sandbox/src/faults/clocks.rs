//! How far a vendor's clock is off, as the `Date` header of its answers shows it. `Retry-After` and the like, and what
//! the fakes do by themselves, keep to the sandbox's own clock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use http::HeaderValue;
use serde_json::{Value, json};

use crate::stamp::SECOND;
use crate::vendor::Vendor;

/// A year: more would leave the range of what can be printed for no use.
const MOST: i64 = 366 * 86_400;

/// The vendors' clocks. A vendor whose clock nobody has set sends the date of the machine.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    /// Whether any is set; read without the lock, so that the common case costs one load.
    set: AtomicBool,
    skews: Mutex<BTreeMap<Vendor, i64>>,
}

impl Clocks {
    /// Puts a vendor's clock so many seconds ahead (or, negative, behind) of the sandbox's; `None`: as if never set.
    ///
    /// # Errors
    /// More than a year.
    pub(crate) fn set(&self, vendor: Vendor, seconds: Option<i64>) -> Result<(), String> {
        let mut skews = self.skews.lock().unwrap_or_else(PoisonError::into_inner);
        match seconds {
            Some(seconds) if !(-MOST..=MOST).contains(&seconds) => {
                return Err(format!("\"seconds\" is {seconds}: use at most a year, {MOST}, either way"));
            }
            Some(seconds) => skews.insert(vendor, seconds),
            None => skews.remove(&vendor),
        };
        self.set.store(!skews.is_empty(), Ordering::Release);
        Ok(())
    }

    /// The `Date` of a vendor's answer, where its clock is set. `now` is Unix time in microseconds.
    pub(crate) fn date(&self, vendor: Vendor, now: i64) -> Option<HeaderValue> {
        if !self.set.load(Ordering::Acquire) {
            return None;
        }
        let skew = *self.skews.lock().unwrap_or_else(PoisonError::into_inner).get(&vendor)?;
        let moment = jiff::Timestamp::from_second(now.div_euclid(SECOND).saturating_add(skew)).ok()?;
        HeaderValue::from_str(&moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
    }

    /// The clocks that are set: `{"clocks": {"graph": -400}}`, in seconds ahead.
    pub(crate) fn list(&self) -> Value {
        json!({ "clocks": *self.skews.lock().unwrap_or_else(PoisonError::into_inner) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Clocks;
    use crate::vendor::Vendor;

    /// 2026-06-09T17:42:11.310Z
    const NOW: i64 = 1_781_026_931_310_000;

    #[test]
    fn clock_that_is_set_shows_in_that_vendors_date_alone() {
        let clocks = Clocks::default();
        assert_eq!(clocks.date(Vendor::Okta, NOW), None);
        clocks.set(Vendor::Okta, Some(-400)).unwrap();
        assert_eq!(clocks.date(Vendor::Okta, NOW).unwrap(), "Tue, 09 Jun 2026 17:35:31 GMT");
        assert_eq!(clocks.date(Vendor::Slack, NOW), None);
        assert_eq!(clocks.list(), json!({"clocks": {"okta": -400}}));
        clocks.set(Vendor::Okta, Some(0)).unwrap();
        assert_eq!(clocks.date(Vendor::Okta, NOW).unwrap(), "Tue, 09 Jun 2026 17:42:11 GMT");
        clocks.set(Vendor::Okta, None).unwrap();
        assert_eq!(clocks.date(Vendor::Okta, NOW), None);
    }

    #[test]
    fn absurd_skew_is_refused_and_changes_nothing() {
        let clocks = Clocks::default();
        for absurd in [i64::MAX, i64::MIN, 40_000_000] {
            assert!(clocks.set(Vendor::Graph, Some(absurd)).unwrap_err().contains("a year"));
        }
        assert_eq!(clocks.date(Vendor::Graph, NOW), None);
    }
}
