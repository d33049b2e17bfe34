//! A store that loses a commit, or its answer, when told to.

use async_trait::async_trait;
use countersign_domain::{
    effect::{ClaimedEffect, NewEffect},
    event::Record,
    ids::{EffectId, OrgId, PersonId},
    person::PersonRef,
    ports::{Change, ClaimRequest, Conflict, InboxRow, Opened, Pruned, Receipt, Store, StoreError},
    run::Run,
    ticket::TicketText,
    time::At,
};
use countersign_testkit::memory_store::MemoryStore;
use std::sync::{Arc, Mutex, PoisonError};

/// What becomes of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The process dies before it: nothing is written.
    Before,
    /// The process dies after it: it is written, and nobody hears.
    After,
    /// Somebody else changed the run meanwhile: decide again.
    Stale,
}

/// A store over a [`MemoryStore`].
pub(crate) struct LossyStore {
    pub(crate) inner: Arc<MemoryStore>,
    next: Mutex<Option<Loss>>,
}

impl LossyStore {
    pub(crate) fn new(inner: Arc<MemoryStore>) -> Self {
        Self { inner, next: Mutex::default() }
    }

    /// The next commit is lost in this way.
    pub(crate) fn lose_next(&self, loss: Loss) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(loss);
    }

    fn take(&self) -> Option<Loss> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn died() -> StoreError {
    StoreError::Unavailable("the process died here".to_owned())
}

#[async_trait]
impl Store for LossyStore {
    async fn open(
        &self,
        run: &Run,
        text: Option<&TicketText>,
        records: Vec<Record>,
        effects: Vec<NewEffect>,
    ) -> Result<Opened, StoreError> {
        self.inner.open(run, text, records, effects).await
    }

    async fn commit(&self, change: Change) -> Result<Receipt, StoreError> {
        match self.take() {
            None => self.inner.commit(change).await,
            Some(Loss::Before) => Err(died()),
            Some(Loss::After) => {
                self.inner.commit(change).await?;
                Err(died())
            }
            Some(Loss::Stale) if change.run.is_some() => Err(Conflict::StaleVersion.into()),
            Some(Loss::Stale) => self.inner.commit(change).await,
        }
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<ClaimedEffect>, StoreError> {
        self.inner.claim(request).await
    }

    async fn renew(&self, org: &OrgId, effect: EffectId, fence: i64, lease_ms: u64, now: At) -> Result<(), StoreError> {
        self.inner.renew(org, effect, fence, lease_ms, now).await
    }

    async fn receive(&self, row: InboxRow) -> Result<bool, StoreError> {
        self.inner.receive(row).await
    }

    async fn inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        self.inner.inbox(limit).await
    }

    async fn person(&self, org: &OrgId, refs: &[PersonRef], fresh: PersonId) -> Result<PersonId, StoreError> {
        self.inner.person(org, refs, fresh).await
    }

    async fn prune(&self, org: &OrgId, before: At, limit: u32) -> Result<Pruned, StoreError> {
        self.inner.prune(org, before, limit).await
    }
}
