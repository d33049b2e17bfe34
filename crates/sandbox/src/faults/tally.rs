//! The count of requests, by vendor, method and route.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use http::Method;
use serde_json::{Value, json};

use crate::vendor::Vendor;

/// Slack methods which change something; all others read.
const SLACK_WRITES: [&str; 5] =
    ["/api/chat.postMessage", "/api/chat.update", "/api/chat.postEphemeral", "/api/views.open", "/api/views.update"];

#[derive(Debug, Default)]
struct Counts {
    seen: u64,
    faulted: u64,
    succeeded: u64,
}

/// Requests seen since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    routes: Mutex<BTreeMap<(Vendor, String, String), Counts>>,
}

impl Tally {
    /// Counts one request; `route` is the path template without the vendor's prefix.
    pub(crate) fn record(&self, (vendor, method, route): (Vendor, &Method, &str), faulted: bool, succeeded: bool) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = routes.entry((vendor, method.as_str().to_owned(), route.to_owned())).or_default();
        counts.seen += 1;
        counts.faulted += u64::from(faulted);
        counts.succeeded += u64::from(succeeded);
    }

    /// Starts counting anew.
    pub(crate) fn reset(&self) {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// `{"total","writes","routes":[{"vendor","method","route","write","count","succeeded","faulted"}]}`: `count` is
    /// what arrived, `succeeded` what was answered with a 2xx, `faulted` what met a scripted fault.
    pub(crate) fn report(&self) -> Value {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut total, mut writes) = (0, 0);
        let mut rows = Vec::with_capacity(routes.len());
        for ((vendor, method, route), counts) in routes.iter() {
            let write = is_write(*vendor, method, route);
            total += counts.seen;
            writes += if write { counts.seen } else { 0 };
            rows.push(json!({
                "vendor": vendor, "method": method, "route": route, "write": write,
                "count": counts.seen, "succeeded": counts.succeeded, "faulted": counts.faulted,
            }));
        }
        json!({"total": total, "writes": writes, "routes": rows})
    }
}

/// Whether a request of this kind would change something at the vendor.
fn is_write(vendor: Vendor, method: &str, route: &str) -> bool {
    match vendor {
        Vendor::Slack => SLACK_WRITES.contains(&route) || route.starts_with("/response/"),
        Vendor::Freshservice => method != "GET" && method != "HEAD",
        // A question changes nothing.
        Vendor::Llm => false,
        // Asking for a token changes nothing.
        Vendor::Okta | Vendor::Graph => method != "GET" && method != "HEAD" && !route.ends_with("/token"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_write;
    use crate::vendor::Vendor;

    #[test]
    fn tokens_and_slack_look_ups_are_no_writes() {
        assert!(!is_write(Vendor::Graph, "POST", "/{tenant}/oauth2/v2.0/token"));
        assert!(!is_write(Vendor::Slack, "POST", "/api/users.info"));
        assert!(is_write(Vendor::Slack, "POST", "/api/chat.postMessage"));
        assert!(is_write(Vendor::Graph, "DELETE", "/v1.0/groups/{id}/members/{member}/$ref"));
    }
}
