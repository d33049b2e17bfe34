//! The ports' writing side.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_domain::{
    effect::{ClaimedEffect, NewEffect},
    event::Record,
    ids::{EffectId, OrgId, PersonId},
    person::PersonRef,
    ports::{Change, ClaimRequest, Ids, InboxRow, Opened, Pruned, Receipt, Store, StoreError},
    run::Run,
    ticket::TicketText,
    time::At,
};

use sea_orm::ConnectionTrait;

use crate::{
    alone::Alone,
    committer::{Acquaintance, Committers, Job, Pruning, Renewal},
    connect::{self, Connections},
    error::failed,
    options::StoreOptions,
    prepare::{Opening, Writing},
    read,
};

/// The store over SQL. Cheap to share behind an `Arc`; belongs to the tokio runtime it was connected on.
pub struct SqlStore {
    pub(crate) connections: Connections,
    committers: Committers,
    ids: Arc<dyn Ids>,
}

impl SqlStore {
    /// Connects to `sqlite:///folder/file.db` (made if it is not there) or `postgres://user:password@host/database`,
    /// brings the schema up to date and starts the committers. Effect ids and ledger salts come from `ids`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] in words: the URL is not understood, the database cannot be reached, is locked, full
    /// or damaged, or was written by a newer version of this program.
    pub async fn connect(url: &str, ids: Arc<dyn Ids>, options: StoreOptions) -> Result<Self, StoreError> {
        let connections = connect::connect(url, &options).await?;
        let committers = Committers::start(&connections, &options);
        Ok(Self { connections, committers, ids })
    }

    /// Ends every claim at once, so that what a process left claimed when it died is observed and done now and not only
    /// when its lease runs out. Only for whoever holds [`Alone`](crate::Alone): nobody else can be acting on a claim.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn end_claims(&self, _alone: &Alone) -> Result<(), StoreError> {
        let ended = "UPDATE effect SET lease_until = 0 WHERE state = 1";
        self.connections.writer.execute_unprepared(ended).await.map_err(failed)?;
        Ok(())
    }

    /// Takes no more writes, finishes and answers those that wait, and closes the connections. Whatever is asked
    /// afterwards is refused as unavailable.
    pub async fn shutdown(&self) {
        self.committers.drain().await;
        connect::close(&self.connections).await;
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn open(
        &self,
        run: &Run,
        text: Option<&TicketText>,
        records: Vec<Record>,
        effects: Vec<NewEffect>,
    ) -> Result<Opened, StoreError> {
        let opening = Box::new(Opening::new(self.ids.as_ref(), run, text, records, effects)?);
        self.committers.ask_unless_busy(|answer| Job::Open(opening, answer)).await
    }

    async fn commit(&self, change: Change) -> Result<Receipt, StoreError> {
        let writing = Box::new(Writing::new(self.ids.as_ref(), change)?);
        self.committers.ask(|answer| Job::Commit(writing, answer)).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<ClaimedEffect>, StoreError> {
        self.committers.ask(|answer| Job::Claim(request, answer)).await
    }

    async fn renew(
        &self,
        org: &OrgId,
        effect: EffectId,
        fence: i64,
        lease_ms: u64,
        _now: At,
    ) -> Result<(), StoreError> {
        let renewal = Renewal { org: org.clone(), effect, fence, lease_ms };
        self.committers.ask(|answer| Job::Renew(renewal, answer)).await
    }

    async fn receive(&self, row: InboxRow) -> Result<bool, StoreError> {
        self.committers.ask(|answer| Job::Receive(row, answer)).await
    }

    async fn inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        read::inbox(&self.connections.readers, limit).await
    }

    async fn person(&self, org: &OrgId, refs: &[PersonRef], fresh: PersonId) -> Result<PersonId, StoreError> {
        // Almost every person is known already; then nothing is written.
        if let Some(known) = read::known_person(&self.connections.readers, org, refs).await? {
            return Ok(known);
        }
        let acquaintance = Acquaintance { org: org.clone(), refs: refs.to_vec(), fresh };
        self.committers.ask(|answer| Job::Person(acquaintance, answer)).await
    }

    async fn prune(&self, org: &OrgId, before: At, limit: u32) -> Result<Pruned, StoreError> {
        let pruning = Pruning { org: org.clone(), before, limit };
        self.committers.ask(|answer| Job::Prune(pruning, answer)).await
    }
}
