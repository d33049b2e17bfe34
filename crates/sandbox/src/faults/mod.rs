//! What goes wrong on request, and the count of what was asked.
//!
//! A fault names a vendor, a method and path pattern, and what happens instead of (or after) the ordinary answer. It
//! is used up after a number of requests. A vendor's clock can be put ahead or behind as well. Everything here is
//! scripted through `/_control/faults` and `/_control/clock`.

mod clocks;
mod layer;
mod script;
mod tally;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use http::Method;
use serde_json::{Value, json};

pub(crate) use clocks::Clocks;
pub(crate) use layer::{CutConnection, Guard, guard};
pub(crate) use script::{Action, Fault};
pub(crate) use tally::Tally;

use crate::vendor::Vendor;

/// The faults that wait for a request.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Mutex<Vec<Fault>>,
    /// How many wait; read without the lock, so that the common case costs one load.
    count: AtomicUsize,
}

impl Faults {
    /// Adds a fault; faults are tried in the order in which they were added.
    pub(crate) fn add(&self, fault: Fault) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(fault);
        self.count.store(waiting.len(), Ordering::Release);
    }

    /// Forgets all faults.
    pub(crate) fn clear(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.clear();
        self.count.store(0, Ordering::Release);
    }

    /// What shall happen to this request, if anything. `path` is without the vendor's prefix and without the query.
    pub(crate) fn take(&self, vendor: Vendor, method: &Method, path: &str) -> Option<Action> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = None;
        for fault in waiting.iter_mut() {
            if fault.matches(vendor, method, path)
                && let Some(action) = fault.strike()
            {
                taken = Some(action);
                break;
            }
        }
        waiting.retain(|fault| !fault.is_spent());
        self.count.store(waiting.len(), Ordering::Release);
        taken
    }

    /// The faults that still wait.
    pub(crate) fn list(&self) -> Value {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        json!({ "faults": waiting.iter().map(Fault::describe).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;

    use super::{Action, Fault, Faults};
    use crate::vendor::Vendor;

    fn faults(script: serde_json::Value) -> Faults {
        let faults = Faults::default();
        faults.add(Fault::parse(script).unwrap());
        faults
    }

    #[test]
    fn fault_is_used_up_after_its_times() {
        let faults = faults(json!({"vendor": "okta", "match": "POST /a/*/b", "times": 2, "do": "status:503"}));
        let hit = |path| faults.take(Vendor::Okta, &Method::POST, path);
        assert_eq!(hit("/a/1/b"), Some(Action::Status(503)));
        assert_eq!(hit("/a/2/b"), Some(Action::Status(503)));
        assert_eq!(hit("/a/3/b"), None);
    }

    #[test]
    fn fault_spares_the_requests_it_skips() {
        let faults = faults(json!({"vendor": "okta", "match": "POST /a", "skip": 1, "do": "cut"}));
        assert_eq!(faults.take(Vendor::Okta, &Method::POST, "/a"), None);
        assert_eq!(faults.take(Vendor::Okta, &Method::POST, "/a"), Some(Action::Cut));
    }

    #[test]
    fn fault_spares_other_vendors_methods_and_paths() {
        let faults = faults(json!({"vendor": "okta", "match": "POST /a/**", "do": "hang"}));
        assert_eq!(faults.take(Vendor::Graph, &Method::POST, "/a/b"), None);
        assert_eq!(faults.take(Vendor::Okta, &Method::GET, "/a/b"), None);
        assert_eq!(faults.take(Vendor::Okta, &Method::POST, "/b/a"), None);
        assert_eq!(faults.take(Vendor::Okta, &Method::POST, "/a/b/c"), Some(Action::Hang));
    }
}
