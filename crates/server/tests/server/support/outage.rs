//! The reading side of a store, with switches: gone, or held up in the middle of reading the keys.

use async_trait::async_trait;
use countersign_domain::{
    digest::Digest,
    ids::{OrgId, PersonId, QuarantineId, RunId, RunbookId},
    pause::Pause,
    person::MailAddress,
    ports::{
        Cursor, EffectView, KeyRow, LedgerEntryView, LedgerPage, QuarantineRow, Queries, QueueDepth, RunFilter,
        RunPage, StoreError, StoredText,
    },
    run::Run,
    time::At,
};
use countersign_testkit::memory_store::MemoryStore;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;

/// Holds one reader of the keys between reading them and handing them over.
#[derive(Default)]
pub(crate) struct Gate {
    pub(crate) reached: Notify,
    pub(crate) open: Notify,
}

/// The store's reading side, with switches.
pub(crate) struct Outage {
    store: Arc<MemoryStore>,
    error: Mutex<Option<StoreError>>,
    gate: Mutex<Option<Arc<Gate>>>,
    uncounted: AtomicBool,
}

impl Outage {
    pub(crate) fn over(store: Arc<MemoryStore>) -> Self {
        Self { store, error: Mutex::default(), gate: Mutex::default(), uncounted: AtomicBool::default() }
    }

    /// From now on every question gets this.
    pub(crate) fn begin(&self, error: StoreError) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    /// From now on steps in flight cannot be counted; every other question is answered.
    pub(crate) fn count_no_steps(&self) {
        self.uncounted.store(true, Ordering::SeqCst);
    }

    /// The next reader of the keys is held.
    pub(crate) fn hold_next_keys(&self) -> Arc<Gate> {
        let gate = Arc::new(Gate::default());
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&gate));
        gate
    }

    fn store(&self) -> Result<&MemoryStore, StoreError> {
        match self.error.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            None => Ok(&self.store),
            Some(error) => Err(error),
        }
    }
}

#[async_trait]
impl Queries for Outage {
    async fn run(&self, org: &OrgId, id: &RunId) -> Result<Option<Run>, StoreError> {
        self.store()?.run(org, id).await
    }
    async fn runs(
        &self,
        org: &OrgId,
        filter: &RunFilter,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<RunPage, StoreError> {
        self.store()?.runs(org, filter, after, limit).await
    }
    async fn text(&self, org: &OrgId, id: &RunId) -> Result<StoredText, StoreError> {
        self.store()?.text(org, id).await
    }
    async fn effects(&self, org: &OrgId, id: &RunId) -> Result<Vec<EffectView>, StoreError> {
        self.store()?.effects(org, id).await
    }
    async fn entries(&self, org: &OrgId, after: u64, limit: u32) -> Result<LedgerPage, StoreError> {
        self.store()?.entries(org, after, limit).await
    }
    async fn entries_of(&self, org: &OrgId, run: &RunId) -> Result<Vec<(u64, String, Digest)>, StoreError> {
        self.store()?.entries_of(org, run).await
    }
    async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let keys = self.store()?.keys().await?;
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(gate) = gate {
            gate.reached.notify_one();
            gate.open.notified().await;
        }
        Ok(keys)
    }
    async fn key_generation(&self) -> Result<u64, StoreError> {
        self.store()?.key_generation().await
    }
    async fn mails_of(&self, org: &OrgId, person: &PersonId) -> Result<Vec<MailAddress>, StoreError> {
        self.store()?.mails_of(org, person).await
    }
    async fn history(&self, org: &OrgId, run: &RunId) -> Result<Vec<LedgerEntryView>, StoreError> {
        self.store()?.history(org, run).await
    }
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        self.store()?.pauses().await
    }
    async fn steps_in_flight(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<u64, StoreError> {
        if self.uncounted.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("its disk is gone".to_owned()));
        }
        self.store()?.steps_in_flight(org, runbook).await
    }
    async fn quarantine(
        &self,
        org: &OrgId,
        after: Option<&QuarantineId>,
        limit: u32,
    ) -> Result<Vec<QuarantineRow>, StoreError> {
        self.store()?.quarantine(org, after, limit).await
    }
    async fn quarantined(&self, org: &OrgId, id: &QuarantineId) -> Result<Option<QuarantineRow>, StoreError> {
        self.store()?.quarantined(org, id).await
    }
    async fn depth(&self, now: At) -> Result<QueueDepth, StoreError> {
        self.store()?.depth(now).await
    }
    async fn ledgers(&self) -> Result<Vec<OrgId>, StoreError> {
        self.store()?.ledgers().await
    }
    async fn ping(&self) -> Result<(), StoreError> {
        self.store()?.ping().await
    }
}
