//! The store's fake: everything in memory, under one lock, with a real ledger. It holds to the same contract as the
//! stores over SQL.

mod effects;
mod pausing;
mod pruning;
mod reading;
mod writing;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use countersign_domain::{
    effect::{ClaimedEffect, NewEffect},
    event::Record,
    ids::{ConnectionName, EffectId, OrgId, PersonId, RunId, TicketId},
    pause::Pause,
    person::PersonRef,
    ports::{
        Change, ClaimRequest, Conflict, Ids, InboxRow, KeyRow, Opened, Pruned, QuarantineRow, Receipt, Store,
        StoreError,
    },
    run::Run,
    ticket::TicketText,
    time::At,
};
use countersign_ledger::{Body, Entry};

use crate::locked;
use effects::Row;

/// A store that forgets everything when it is dropped.
pub struct MemoryStore {
    ids: Arc<dyn Ids>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    runs: BTreeMap<(OrgId, RunId), Run>,
    /// When something last happened to a run. A change without a record, such as drawing its card again, is nothing.
    happened: BTreeMap<(OrgId, RunId), At>,
    tickets: BTreeMap<(OrgId, ConnectionName, TicketId), RunId>,
    texts: BTreeMap<(OrgId, RunId), TicketText>,
    effects: Vec<Row>,
    ledgers: BTreeMap<OrgId, Vec<(Entry, Option<Body>)>>,
    inbox: Vec<(InboxRow, bool)>,
    keys: Vec<KeyRow>,
    generation: u64,
    persons: BTreeMap<(OrgId, PersonRef), PersonId>,
    quarantine: Vec<QuarantineRow>,
    pauses: Vec<Pause>,
    /// The latest moment that anybody named: what leases are counted by where nobody says what time it is.
    seen: Option<At>,
}

impl MemoryStore {
    /// An empty store that takes effect ids and ledger salts from `ids`.
    pub fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids, state: Mutex::default() }
    }

    /// Erases the bodies of a run's ledger entries, as their time being up would; the entries stay.
    pub fn erase_bodies(&self, org: &OrgId, run: &RunId) {
        let mut state = self.state();
        let chain = state.ledgers.get_mut(org).into_iter().flatten();
        chain.filter(|(entry, _)| entry.run == Some(*run.as_bytes())).for_each(|(_, body)| *body = None);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn open(
        &self,
        run: &Run,
        text: Option<&TicketText>,
        records: Vec<Record>,
        effects: Vec<NewEffect>,
    ) -> Result<Opened, StoreError> {
        let mut state = self.state();
        if let Some((desk, ticket)) = run.ticket_key() {
            let key = (run.org.clone(), desk.clone(), ticket.clone());
            if let Some(there) = state.tickets.get(&key).and_then(|id| state.runs.get(&(run.org.clone(), *id))) {
                return Ok(Opened::Duplicate(Box::new(there.clone())));
            }
            state.tickets.insert(key, run.id);
        }
        let key = (run.org.clone(), run.id);
        state.runs.insert(key.clone(), run.clone());
        state.happened.insert(key.clone(), run.updated_at);
        if let Some(text) = text {
            state.texts.insert(key, text.clone());
        }
        state.insert_effects(self.ids.as_ref(), &run.org, run.id, effects, None);
        Ok(Opened::New(state.append(self.ids.as_ref(), &run.org, records)))
    }

    async fn commit(&self, change: Change) -> Result<Receipt, StoreError> {
        self.state().commit(self.ids.as_ref(), change)
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<ClaimedEffect>, StoreError> {
        Ok(self.state().claim(&request))
    }

    async fn renew(&self, org: &OrgId, effect: EffectId, fence: i64, lease_ms: u64, now: At) -> Result<(), StoreError> {
        let mut state = self.state();
        state.seen = state.seen.max(Some(now));
        let held = state.held(org, effect, fence).ok_or(Conflict::LostLease)?;
        held.lease_until = Some(now.plus_millis(lease_ms));
        Ok(())
    }

    async fn receive(&self, row: InboxRow) -> Result<bool, StoreError> {
        let mut state = self.state();
        let same =
            |there: &InboxRow| (&there.org, &there.surface, &there.dedupe) == (&row.org, &row.surface, &row.dedupe);
        if state.inbox.iter().any(|(there, _)| same(there)) {
            return Ok(false);
        }
        state.inbox.push((row, false));
        Ok(true)
    }

    async fn inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        let mut open: Vec<InboxRow> =
            self.state().inbox.iter().filter(|(_, done)| !done).map(|(row, _)| row.clone()).collect();
        open.sort_by_key(|row| (row.received_at, row.id));
        open.truncate(limit as usize);
        Ok(open)
    }

    async fn person(&self, org: &OrgId, refs: &[PersonRef], fresh: PersonId) -> Result<PersonId, StoreError> {
        let mut state = self.state();
        let found: Vec<PersonId> =
            refs.iter().filter_map(|one| state.persons.get(&(org.clone(), one.clone())).copied()).collect();
        let person = found.iter().min().copied().unwrap_or(fresh);
        for ((of, _), known) in &mut state.persons {
            if of == org && found.contains(known) {
                *known = person;
            }
        }
        state.persons.extend(refs.iter().map(|one| ((org.clone(), one.clone()), person)));
        Ok(person)
    }

    async fn prune(&self, org: &OrgId, before: At, limit: u32) -> Result<Pruned, StoreError> {
        Ok(self.state().prune(org, before, limit))
    }
}
