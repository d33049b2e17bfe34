//! The store: the one way anything is written.

use async_trait::async_trait;

use crate::{
    effect::{ClaimedEffect, Lane, NewEffect, Settlement},
    event::Record,
    ids::{ConnectionName, EffectId, InboxId, KeyId, OrgId, PersonId, QuarantineId, RunId},
    pause::PauseChange,
    person::PersonRef,
    ports::queries::{KeyRow, QuarantineRow},
    run::Run,
    ticket::TicketText,
    time::At,
};

/// A write that did not happen because the world had moved on: load and decide again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The run has another version.
    #[error("the run has changed meanwhile")]
    StaleVersion,
    /// The effect is no longer ours: its lease ran out and another worker has it, or it is settled.
    #[error("the effect's lease is no longer held")]
    LostLease,
}

/// A store that cannot do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A conflict; nothing was written.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// More is waiting than is good: come back. Only said to whoever opens a run; every other write waits its turn.
    #[error("the store is busy: try again in a moment")]
    Busy,
    /// It is locked, full, gone or broken. In words: what, and what to do.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
    /// What is stored cannot be understood. In words.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
}

/// A change to a run.
#[derive(Clone, PartialEq, Eq)]
pub struct RunChange {
    /// The run after it.
    pub run: Run,
    /// The version it was decided on.
    pub expected_version: u64,
}

/// How a claimed effect is settled in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settle {
    /// Which.
    pub effect: EffectId,
    /// Whose.
    pub org: OrgId,
    /// Under which fence; an older one conflicts.
    pub fence: i64,
    /// How.
    pub settlement: Settlement,
}

/// A click or the like, persisted before it is looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Its id.
    pub id: InboxId,
    /// Whose.
    pub org: OrgId,
    /// The connection it came through.
    pub surface: ConnectionName,
    /// Repeats have the same key.
    pub dedupe: String,
    /// The click as JSON.
    pub payload: String,
    /// When it came.
    pub received_at: At,
}

/// A change to the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// A new key.
    Create(KeyRow),
    /// A key stops working.
    Revoke {
        /// Whose.
        org: OrgId,
        /// Which.
        key: KeyId,
        /// When.
        at: At,
    },
}

/// Everything one commit writes: plain data. All of it or nothing.
#[derive(Clone, Default)]
pub struct Change {
    /// The organisation whose ledger grows; needed where `records` is not empty.
    pub org: Option<OrgId>,
    /// The run that changes.
    pub run: Option<RunChange>,
    /// Ledger records, in order.
    pub records: Vec<Record>,
    /// New effects of the run.
    pub effects: Vec<NewEffect>,
    /// Effects of `effects` that are due at once and whose lane is free are claimed for this owner in the same commit,
    /// for this many milliseconds, and come back in the receipt. So is the next effect of the lane that `settle` frees.
    pub claim_for: Option<(String, u64)>,
    /// When it was decided: what is due by then is claimed for `claim_for`. Where it is left out the run says, or the
    /// last of the records; a change that has neither claims nothing without it.
    pub now: Option<At>,
    /// The claimed effect that this settles.
    pub settle: Option<Settle>,
    /// The inbox row that this deals with.
    pub inbox_done: Option<(OrgId, InboxId)>,
    /// The ticket's words, replaced.
    pub text: Option<TicketText>,
    /// Keys.
    pub key: Option<KeyChange>,
    /// A quarantined body that this deals with: the run it led to.
    pub replayed: Option<(OrgId, QuarantineId, RunId)>,
    /// The kill switch, thrown or released. Effects claimed by this very commit heed it already.
    pub pause: Option<PauseChange>,
    /// A body set aside; once per body: where it is set aside already and was not replayed, nothing of the change is
    /// written and the receipt is empty; one that was replayed is to be looked at again.
    pub quarantine: Option<QuarantineRow>,
}

impl Change {
    /// When it was decided, as far as it says so: `now`, else the run's last change, else the last record's time.
    pub fn moment(&self) -> Option<At> {
        self.now
            .or_else(|| self.run.as_ref().map(|change| change.run.updated_at))
            .or_else(|| self.records.last().map(|record| record.time))
    }
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The sequence number of the last ledger entry written, 0 if none was.
    pub seq: u64,
    /// Its hash.
    pub hash: [u8; 32],
    /// The effects claimed by `claim_for`.
    pub claimed: Vec<ClaimedEffect>,
}

/// What opening a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// A new run.
    New(Receipt),
    /// There was one for this ticket already; this is how it stands.
    Duplicate(Box<Run>),
}

/// What a worker asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The worker.
    pub owner: String,
    /// For how long, in milliseconds.
    pub lease_ms: u64,
    /// How many at most.
    pub limit: u32,
    /// From which lanes.
    pub lanes: Vec<Lane>,
    /// Now, by the process's clock; a store with a clock of its own uses that for leases.
    pub now: At,
}

/// How much was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Tickets' words.
    pub texts: u64,
    /// Clicks dealt with.
    pub clicks: u64,
    /// Quarantined bodies.
    pub bodies: u64,
}

/// The writing side.
#[async_trait]
pub trait Store: Send + Sync {
    /// Opens a run: the run's row, its text, records and effects; or, where (org, desk, ticket) has one already, that.
    async fn open(
        &self,
        run: &Run,
        text: Option<&TicketText>,
        records: Vec<Record>,
        effects: Vec<NewEffect>,
    ) -> Result<Opened, StoreError>;

    /// Writes a change, all of it or nothing.
    async fn commit(&self, change: Change) -> Result<Receipt, StoreError>;

    /// Claims effects that are due: the first unsettled one of each lane of each run. The committed claim is the record
    /// of intent before any external write. Steps of what is paused are not handed out; whether something is paused is
    /// read in the transaction that claims, here as in [`Store::commit`].
    async fn claim(&self, request: ClaimRequest) -> Result<Vec<ClaimedEffect>, StoreError>;

    /// Prolongs a lease.
    async fn renew(&self, org: &OrgId, effect: EffectId, fence: i64, lease_ms: u64, now: At) -> Result<(), StoreError>;

    /// Persists an inbox row; `false`: one with this key is there already.
    async fn receive(&self, row: InboxRow) -> Result<bool, StoreError>;

    /// Inbox rows not dealt with yet, oldest first. Each is handed out again until a commit says it is done.
    async fn inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError>;

    /// The person known by any of these references; a new one where none is. All of them are theirs from now on.
    async fn person(&self, org: &OrgId, refs: &[PersonRef], fresh: PersonId) -> Result<PersonId, StoreError>;

    /// Erases what is no longer needed and may name people: the words of tickets whose runs ended before `before`, and
    /// clicks and quarantined bodies that came before it. At most `limit` of each, so that nothing else waits long. The
    /// ledger keeps its entries.
    async fn prune(&self, org: &OrgId, before: At, limit: u32) -> Result<Pruned, StoreError>;
}
