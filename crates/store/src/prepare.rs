//! What a caller's change becomes before it waits for the committer: serialised where the caller runs, so that the one
//! writer only writes.

use countersign_domain::{
    effect::{ClaimedEffect, Lane, NewEffect},
    event::Record,
    ids::{EffectId, OrgId, QuarantineId, RunId},
    pause::PauseChange,
    plan::EffectClass,
    ports::{Change, Conflict, Ids, InboxRow, KeyChange, QuarantineRow, Settle, StoreError},
    run::{NoActionReason, Run},
    ticket::TicketText,
    time::At,
};
use countersign_ledger::{Body, Draft};
use sea_orm::Value;
use serde::Serialize;
use uuid::Uuid;

use crate::sql::stored;

/// A run's row.
pub(crate) struct RunRow {
    pub(crate) org: OrgId,
    pub(crate) id: RunId,
    pub(crate) key: Option<(String, String)>,
    pub(crate) version: u64,
    pub(crate) updated_at: At,
    created_at: At,
    state: &'static str,
    intent: Option<String>,
    runbook: Option<String>,
    reason: Option<&'static str>,
    data: String,
}

impl RunRow {
    /// How many values [`RunRow::inserted`] gives.
    pub(crate) const WIDTH: usize = 12;
    /// How many values [`RunRow::updated`] gives.
    pub(crate) const UPDATED_WIDTH: usize = 9;

    pub(crate) fn new(run: &Run) -> Result<Self, StoreError> {
        Ok(Self {
            org: run.org.clone(),
            id: run.id,
            key: run.ticket_key().map(|(desk, ticket)| (desk.to_string(), ticket.to_string())),
            version: run.version,
            updated_at: run.updated_at,
            created_at: run.created_at,
            state: run.state.name().as_str(),
            intent: run.intent().map(ToString::to_string),
            runbook: run.runbook.as_ref().map(ToString::to_string),
            reason: run.left_alone().map(NoActionReason::as_str),
            data: json("a run", run)?,
        })
    }

    /// The whole row, in the order of the insert's columns. The row is copied: a batch that fails is done again.
    pub(crate) fn inserted(&self) -> [Value; Self::WIDTH] {
        let (desk, ticket) = match &self.key {
            Some((desk, ticket)) => (Some(desk.clone()), Some(ticket.clone())),
            None => (None, None),
        };
        [
            self.org.as_str().into(),
            self.id.0.into(),
            desk.into(),
            ticket.into(),
            self.state.into(),
            self.intent.clone().into(),
            self.runbook.clone().into(),
            self.reason.into(),
            self.created_at.0.into(),
            self.updated_at.0.into(),
            stored(self.version).into(),
            self.data.clone().into(),
        ]
    }

    /// What changes of it, in the order of the update's columns. Where nothing `happened` to the run, and its card alone
    /// is drawn again, say, its row stays as old as it was: how long an approval waits goes by it.
    pub(crate) fn updated(&self, happened: bool) -> [Value; Self::UPDATED_WIDTH] {
        [
            self.org.as_str().into(),
            self.id.0.into(),
            self.state.into(),
            self.intent.clone().into(),
            self.runbook.clone().into(),
            self.reason.into(),
            happened.then_some(self.updated_at.0).into(),
            stored(self.version).into(),
            self.data.clone().into(),
        ]
    }
}

/// An effect to be inserted.
pub(crate) struct EffectRow {
    pub(crate) id: EffectId,
    pub(crate) new: NewEffect,
    ask: String,
}

impl EffectRow {
    /// How many values [`EffectRow::inserted`] gives.
    pub(crate) const WIDTH: usize = 15;

    fn new(ids: &dyn Ids, new: NewEffect) -> Result<Self, StoreError> {
        Ok(Self { id: ids.effect(), ask: json("an effect", &new.ask)?, new })
    }

    pub(crate) fn lane(&self) -> Lane {
        self.new.ask.lane()
    }

    /// The whole row; with a lease it is claimed from the start.
    pub(crate) fn inserted(&self, org: &OrgId, run: RunId, lease: Option<&Lease>) -> [Value; Self::WIDTH] {
        let claims = i64::from(lease.is_some());
        [
            org.as_str().into(),
            self.id.0.into(),
            run.0.into(),
            i64::from(self.lane().number()).into(),
            i64::from(self.new.ordinal).into(),
            self.ask.clone().into(),
            self.new.ask.name().into(),
            class_name(self.new.ask.class()).into(),
            claims.into(),
            claims.into(),
            self.new.not_before.0.into(),
            self.new.not_before.0.into(),
            lease.map(|lease| lease.owner.clone()).into(),
            lease.map(|lease| lease.until.0).into(),
            claims.into(),
        ]
    }

    /// As its claimer gets it.
    pub(crate) fn claimed(&self, org: &OrgId, run: RunId, lease: &Lease) -> ClaimedEffect {
        ClaimedEffect {
            id: self.id,
            org: org.clone(),
            run,
            ordinal: self.new.ordinal,
            ask: self.new.ask.clone(),
            attempt: 1,
            ambiguous: false,
            fence: 1,
            due_since: self.new.not_before,
            lease_until: lease.until,
        }
    }
}

/// A lease about to be given.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) owner: String,
    pub(crate) until: At,
}

/// A run to be opened.
pub(crate) struct Opening {
    pub(crate) run: RunRow,
    pub(crate) text: Option<String>,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) effects: Vec<EffectRow>,
}

impl Opening {
    pub(crate) fn new(
        ids: &dyn Ids,
        run: &Run,
        text: Option<&TicketText>,
        records: Vec<Record>,
        effects: Vec<NewEffect>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            run: RunRow::new(run)?,
            text: text.map(|text| json("a ticket's text", text)).transpose()?,
            drafts: drafts(ids, records),
            effects: effect_rows(ids, effects)?,
        })
    }
}

/// A change to be written.
pub(crate) struct Writing {
    pub(crate) org: Option<OrgId>,
    pub(crate) run: Option<(RunRow, u64)>,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) effects: Vec<EffectRow>,
    pub(crate) claim_for: Option<(String, u64)>,
    pub(crate) settle: Option<Settle>,
    pub(crate) inbox_done: Option<(OrgId, Uuid)>,
    pub(crate) text: Option<String>,
    pub(crate) key: Option<KeyChange>,
    pub(crate) quarantine: Option<QuarantineRow>,
    pub(crate) replayed: Option<(OrgId, QuarantineId, RunId)>,
    pub(crate) pause: Option<PauseChange>,
    /// When it was decided, as far as the change says so: claims within it are judged by this moment.
    pub(crate) now: Option<At>,
}

impl Writing {
    pub(crate) fn new(ids: &dyn Ids, change: Change) -> Result<Self, StoreError> {
        let incomplete =
            |what: &str| StoreError::Corrupt(format!("a change has {what}: this is a mistake in the code"));
        if change.run.is_none() && !(change.effects.is_empty() && change.text.is_none()) {
            return Err(incomplete("effects or text and names no run"));
        }
        let now = change.moment();
        let org = change.org.or_else(|| change.run.as_ref().map(|change| change.run.org.clone()));
        if org.is_none() && !change.records.is_empty() {
            return Err(incomplete("records and names no organisation"));
        }
        if let (Some(org), Some(change)) = (&org, &change.run)
            && *org != change.run.org
        {
            return Err(incomplete("a run of another organisation"));
        }
        Ok(Self {
            org,
            run: change
                .run
                .map(|change| RunRow::new(&change.run).map(|row| (row, change.expected_version)))
                .transpose()?,
            drafts: drafts(ids, change.records),
            effects: effect_rows(ids, change.effects)?,
            claim_for: change.claim_for,
            settle: change.settle,
            inbox_done: change.inbox_done.map(|(org, id)| (org, id.0)),
            text: change.text.map(|text| json("a ticket's text", &text)).transpose()?,
            key: change.key,
            quarantine: change.quarantine,
            replayed: change.replayed,
            pause: change.pause,
            now,
        })
    }

    /// The organisations whose rows it touches.
    pub(crate) fn orgs(&self) -> impl Iterator<Item = &OrgId> {
        let key = self.key.as_ref().map(|key| match key {
            KeyChange::Create(row) => &row.org,
            KeyChange::Revoke { org, .. } => org,
        });
        let settle = self.settle.as_ref().map(|settle| &settle.org);
        let inbox = self.inbox_done.as_ref().map(|(org, _)| org);
        let quarantine = self.quarantine.as_ref().map(|row| &row.org);
        let replayed = self.replayed.as_ref().map(|(org, _, _)| org);
        let pause = self.pause.as_ref().map(|change| match change {
            PauseChange::Pause(pause) => &pause.org,
            PauseChange::Resume { org, .. } => org,
        });
        [self.org.as_ref(), key, settle, inbox, quarantine, replayed, pause].into_iter().flatten()
    }
}

/// An inbox row's values, in the order of the insert's columns.
pub(crate) fn inbox_values(row: &InboxRow) -> [Value; 6] {
    [
        row.org.as_str().into(),
        row.id.0.into(),
        row.surface.as_str().into(),
        row.dedupe.clone().into(),
        row.payload.clone().into(),
        row.received_at.0.into(),
    ]
}

/// Refuses a change because of another commit.
pub(crate) fn conflict<T>(conflict: Conflict) -> Result<T, StoreError> {
    Err(StoreError::Conflict(conflict))
}

fn effect_rows(ids: &dyn Ids, effects: Vec<NewEffect>) -> Result<Vec<EffectRow>, StoreError> {
    effects.into_iter().map(|effect| EffectRow::new(ids, effect)).collect()
}

fn drafts(ids: &dyn Ids, records: Vec<Record>) -> Vec<Draft> {
    records
        .into_iter()
        .map(|record| Draft {
            time_micros: record.time.0,
            kind: record.kind.to_owned(),
            run: record.run.map(|run| *run.as_bytes()),
            actor: Some(record.actor),
            plan_digest: record.plan_digest.map(|digest| digest.0),
            policy_digest: record.policy_digest.map(|digest| digest.0),
            decision: record.decision.map(str::to_owned),
            body: Some(Body { salt: ids.secret(), bytes: record.body }),
        })
        .collect()
}

pub(crate) fn json<T: Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(format!("{what} cannot be serialised: {error}")))
}

fn class_name(class: EffectClass) -> &'static str {
    match class {
        EffectClass::Idempotent => "idempotent",
        EffectClass::Keyed => "keyed",
        EffectClass::ReadBack => "read_back",
        EffectClass::AtMostOnce => "at_most_once",
    }
}
