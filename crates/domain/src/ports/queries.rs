//! The reading side.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    ids::{ConnectionName, IntentName, KeyId, OrgId, PersonId, QuarantineId, RunId, RunbookId},
    pause::Pause,
    person::{MailAddress, PersonRef},
    ports::StoreError,
    run::{Run, StateName},
    ticket::TicketText,
    time::At,
};

/// Where a page ends and the next begins: opaque to callers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

impl Cursor {
    /// The cursor behind a run, in the order of [`RunPage`].
    pub fn new(created_at: At, id: RunId) -> Self {
        Self(format!("{}.{id}", created_at.0))
    }

    /// The run it stands behind; `None`: this is no cursor that was handed out. To be asked before a store is: a store
    /// that gets such a cursor says [`StoreError::Corrupt`].
    pub fn position(&self) -> Option<(At, RunId)> {
        let (created_at, id) = self.0.split_once('.')?;
        Some((At(created_at.parse().ok()?), id.parse().ok()?))
    }
}

/// Which runs are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// In this state.
    pub state: Option<StateName>,
    /// With this intent.
    pub intent: Option<IntentName>,
    /// Left alone for this reason, by its name.
    pub reason: Option<&'static str>,
    /// Of this desk.
    pub desk: Option<ConnectionName>,
    /// Taken in at or after.
    pub from: Option<At>,
    /// Taken in before.
    pub until: Option<At>,
}

/// A page of runs, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPage {
    /// The runs.
    pub runs: Vec<Run>,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<Cursor>,
}

/// An API key's row. The secret is never stored, only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its id.
    pub id: KeyId,
    /// Whose.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// SHA-256 of the whole key text.
    pub hash: Digest,
    /// Its scopes, as texts.
    pub scopes: Vec<String>,
    /// Whom it is bound to.
    pub person: Option<PersonRef>,
    /// The desk whose tickets it submits.
    pub desk: Option<ConnectionName>,
    /// When it was made.
    pub created_at: At,
    /// When it stops working by itself.
    pub expires_at: Option<At>,
    /// When it was revoked.
    pub revoked_at: Option<At>,
}

/// A body from which no ticket id could be had. No `Debug`: it may hold anything.
#[derive(Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Its id.
    pub id: QuarantineId,
    /// Whose.
    pub org: OrgId,
    /// The desk it came in for.
    pub desk: ConnectionName,
    /// SHA-256 of the body; one row for each.
    pub digest: Digest,
    /// The body as it came.
    pub body: Vec<u8>,
    /// Why it was set aside.
    pub why: String,
    /// When it came first, or first again after it was replayed.
    pub received_at: At,
    /// When it was replayed, and the run that came of it.
    pub replayed: Option<Replayed>,
}

/// What came of replaying a quarantined body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// When.
    pub at: At,
    /// The run.
    pub run: RunId,
}

/// One ledger entry for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntryView {
    /// Its place in the organisation's chain, from 1.
    pub seq: u64,
    /// When.
    pub time: At,
    /// The kind.
    pub kind: String,
    /// The run.
    pub run: Option<RunId>,
    /// Who, opaque.
    pub actor: Option<String>,
    /// The plan.
    pub plan_digest: Option<Digest>,
    /// The policy.
    pub policy_digest: Option<Digest>,
    /// `approve` or `deny`.
    pub decision: Option<String>,
    /// The entry before it.
    pub previous: Digest,
    /// The commitment to its body.
    pub commitment: Option<Digest>,
    /// Its own hash.
    pub hash: Digest,
    /// The body's salt and bytes, unless erased.
    pub body: Option<([u8; 32], Vec<u8>)>,
}

/// A page of entries in order of `seq`, with the chain's head at the moment of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerPage {
    /// The entries.
    pub entries: Vec<LedgerEntryView>,
    /// The head: sequence number and hash.
    pub head: (u64, Digest),
}

/// An effect for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectView {
    /// Its place within the run.
    pub ordinal: u32,
    /// What: the ask's name.
    pub name: String,
    /// The lane's name.
    pub lane: String,
    /// `waiting`, `claimed`, `done` or `parked`.
    pub state: String,
    /// How often it was claimed.
    pub attempt: u32,
    /// Not before.
    pub not_before: At,
    /// What the last attempt came to.
    pub why: Option<String>,
}

/// How much waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Lane, number of unsettled due effects, age of the oldest in seconds.
    pub lanes: Vec<(String, u64, u64)>,
    /// Effects set aside for a human.
    pub parked: u64,
    /// Runs that await approval, and the age of the oldest in seconds.
    pub awaiting: (u64, u64),
}

/// A run's words, unless erased.
pub type StoredText = Option<TicketText>;

/// What can be asked.
#[async_trait]
pub trait Queries: Send + Sync {
    /// One run.
    async fn run(&self, org: &OrgId, id: &RunId) -> Result<Option<Run>, StoreError>;
    /// A page of runs, newest first.
    async fn runs(
        &self,
        org: &OrgId,
        filter: &RunFilter,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<RunPage, StoreError>;
    /// A run's words.
    async fn text(&self, org: &OrgId, id: &RunId) -> Result<StoredText, StoreError>;
    /// A run's effects, in order.
    async fn effects(&self, org: &OrgId, id: &RunId) -> Result<Vec<EffectView>, StoreError>;
    /// Ledger entries after `after` (0: from the start), at most `limit`.
    async fn entries(&self, org: &OrgId, after: u64, limit: u32) -> Result<LedgerPage, StoreError>;
    /// A run's ledger entries: sequence number, kind, hash.
    async fn entries_of(&self, org: &OrgId, run: &RunId) -> Result<Vec<(u64, String, Digest)>, StoreError>;
    /// A run's ledger entries, whole, in order.
    async fn history(&self, org: &OrgId, run: &RunId) -> Result<Vec<LedgerEntryView>, StoreError>;
    /// What is paused, of every organisation.
    async fn pauses(&self) -> Result<Vec<Pause>, StoreError>;
    /// How many steps are claimed at this moment, of the organisation or of one of its runbooks: what a pause waits for.
    async fn steps_in_flight(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<u64, StoreError>;
    /// Every key of every organisation.
    async fn keys(&self) -> Result<Vec<KeyRow>, StoreError>;
    /// A number that changes whenever a key does.
    async fn key_generation(&self) -> Result<u64, StoreError>;
    /// Every address by which a person was ever known.
    async fn mails_of(&self, org: &OrgId, person: &PersonId) -> Result<Vec<MailAddress>, StoreError>;
    /// Quarantined bodies that were not replayed, oldest first, after this one.
    async fn quarantine(
        &self,
        org: &OrgId,
        after: Option<&QuarantineId>,
        limit: u32,
    ) -> Result<Vec<QuarantineRow>, StoreError>;
    /// One quarantined body, replayed or not.
    async fn quarantined(&self, org: &OrgId, id: &QuarantineId) -> Result<Option<QuarantineRow>, StoreError>;
    /// How much waits.
    async fn depth(&self, now: At) -> Result<QueueDepth, StoreError>;
    /// Organisations that have a ledger.
    async fn ledgers(&self) -> Result<Vec<OrgId>, StoreError>;
    /// Whether the store answers, for readiness.
    async fn ping(&self) -> Result<(), StoreError>;
}
