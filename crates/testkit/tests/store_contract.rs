//! The store's fake holds to the store's contract.

use std::sync::Arc;

use countersign_testkit::{ids::SeededIds, memory_store::MemoryStore, store_contract::Subject};

async fn memory(_case: &str) -> Option<Subject> {
    Some(Subject::new(MemoryStore::new(Arc::new(SeededIds::new(1)))))
}

countersign_testkit::store_contract!(memory);
