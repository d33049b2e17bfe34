//! What is left of every connection's rate budget, for whoever reads the metrics.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::pace::Budget;

struct Entry {
    vendor: &'static str,
    connection: Arc<str>,
    /// Gone with the last clone of its client.
    budget: Weak<Budget>,
}

/// The budgets of all clients of a factory. A clone is the same list.
#[derive(Clone, Default)]
pub(crate) struct Budgets(Arc<Mutex<Vec<Entry>>>);

impl Budgets {
    pub(crate) fn add(&self, vendor: &'static str, connection: &Arc<str>, budget: &Arc<Budget>) {
        let entry = Entry { vendor, connection: Arc::clone(connection), budget: Arc::downgrade(budget) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Sets the gauges.
    pub(crate) fn report(&self) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| {
            let Some(budget) = entry.budget.upgrade() else { return false };
            let left = budget.left();
            let (vendor, connection) = (entry.vendor, &entry.connection);
            for (endpoint, requests) in left.requests {
                metrics::gauge!(
                    "countersign_vendor_budget_left",
                    "vendor" => vendor, "connection" => Arc::clone(connection), "endpoint" => endpoint
                )
                .set(requests);
            }
            metrics::gauge!("countersign_vendor_held_seconds", "vendor" => vendor, "connection" => Arc::clone(connection))
                .set(left.held.as_secs_f64());
            true
        });
    }
}
