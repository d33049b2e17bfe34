//! Queries.

use std::collections::BTreeMap;

use async_trait::async_trait;
use countersign_domain::{
    digest::Digest,
    effect::Lane,
    ids::{OrgId, PersonId, QuarantineId, RunId, RunbookId},
    pause::Pause,
    person::{MailAddress, PersonRef},
    ports::{
        Cursor, EffectView, KeyRow, LedgerEntryView, LedgerPage, QuarantineRow, Queries, QueueDepth, RunFilter,
        RunPage, StoreError, StoredText,
    },
    run::{Run, StateName},
    time::At,
};
use countersign_ledger::{Body, Entry, genesis};
use uuid::Uuid;

use super::{MemoryStore, effects::Standing};

#[async_trait]
impl Queries for MemoryStore {
    async fn run(&self, org: &OrgId, id: &RunId) -> Result<Option<Run>, StoreError> {
        Ok(self.state().runs.get(&(org.clone(), *id)).cloned())
    }

    async fn runs(
        &self,
        org: &OrgId,
        filter: &RunFilter,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<RunPage, StoreError> {
        let after = match after.map(Cursor::position) {
            None => None,
            Some(Some(position)) => Some(position),
            Some(None) => {
                let words = "the cursor is not one that was handed out: begin again without a cursor";
                return Err(StoreError::Corrupt(words.to_owned()));
            }
        };
        let mut runs: Vec<Run> = self.state().runs.values().filter(|run| run.org == *org).cloned().collect();
        runs.retain(|run| wanted(run, filter) && after.is_none_or(|after| (run.created_at, run.id) < after));
        runs.sort_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
        let more = runs.len() > limit.max(1) as usize;
        runs.truncate(limit.max(1) as usize);
        let next = runs.last().filter(|_| more).map(|last| Cursor::new(last.created_at, last.id));
        Ok(RunPage { runs, next })
    }

    async fn text(&self, org: &OrgId, id: &RunId) -> Result<StoredText, StoreError> {
        Ok(self.state().texts.get(&(org.clone(), *id)).cloned())
    }

    async fn effects(&self, org: &OrgId, id: &RunId) -> Result<Vec<EffectView>, StoreError> {
        let state = self.state();
        let mut views: Vec<EffectView> = state
            .effects
            .iter()
            .filter(|row| row.org == *org && row.run == *id)
            .map(|row| EffectView {
                ordinal: row.new.ordinal,
                name: row.new.ask.name().to_owned(),
                lane: row.lane().as_str().to_owned(),
                state: row.standing.as_str().to_owned(),
                attempt: row.attempt,
                not_before: row.new.not_before,
                why: row.why.clone(),
            })
            .collect();
        views.sort_by_key(|view| view.ordinal);
        Ok(views)
    }

    async fn entries(&self, org: &OrgId, after: u64, limit: u32) -> Result<LedgerPage, StoreError> {
        let state = self.state();
        let chain = state.ledgers.get(org).map_or(&[][..], Vec::as_slice);
        let head = chain.last().map_or_else(|| genesis(org.as_str()), |(entry, _)| entry.head());
        let later = chain.iter().filter(|(entry, _)| entry.seq > after).take(limit as usize);
        Ok(LedgerPage {
            entries: later.map(|(entry, body)| view(entry, body.as_ref())).collect(),
            head: (head.seq, Digest(head.hash)),
        })
    }

    async fn entries_of(&self, org: &OrgId, run: &RunId) -> Result<Vec<(u64, String, Digest)>, StoreError> {
        let state = self.state();
        let chain = state.ledgers.get(org).map_or(&[][..], Vec::as_slice);
        Ok(chain
            .iter()
            .filter(|(entry, _)| entry.run == Some(*run.as_bytes()))
            .map(|(entry, _)| (entry.seq, entry.kind.clone(), Digest(entry.hash)))
            .collect())
    }

    async fn history(&self, org: &OrgId, run: &RunId) -> Result<Vec<LedgerEntryView>, StoreError> {
        let state = self.state();
        let chain = state.ledgers.get(org).map_or(&[][..], Vec::as_slice);
        let of_run = chain.iter().filter(|(entry, _)| entry.run == Some(*run.as_bytes()));
        Ok(of_run.map(|(entry, body)| view(entry, body.as_ref())).collect())
    }

    async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        let mut pauses = self.state().pauses.clone();
        pauses.sort_by_key(|pause| (pause.org.clone(), pause.runbook.clone()));
        Ok(pauses)
    }

    async fn steps_in_flight(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<u64, StoreError> {
        Ok(self.state().steps_in_flight(org, runbook))
    }

    async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let mut keys = self.state().keys.clone();
        keys.sort_by_key(|key| (key.org.clone(), key.created_at, key.id));
        Ok(keys)
    }

    async fn key_generation(&self) -> Result<u64, StoreError> {
        Ok(self.state().generation)
    }

    async fn mails_of(&self, org: &OrgId, person: &PersonId) -> Result<Vec<MailAddress>, StoreError> {
        let state = self.state();
        let known = state.persons.iter().filter(|((of, _), id)| of == org && *id == person);
        Ok(known
            .filter_map(|((_, reference), _)| match reference {
                PersonRef::Mail(mail) => Some(mail.clone()),
                PersonRef::Slack(_) => None,
            })
            .collect())
    }

    async fn quarantine(
        &self,
        org: &OrgId,
        after: Option<&QuarantineId>,
        limit: u32,
    ) -> Result<Vec<QuarantineRow>, StoreError> {
        let state = self.state();
        let theirs = || state.quarantine.iter().filter(|row| row.org == *org);
        // One that is gone was erased because of its age, and with it all that came before it.
        let place = after.and_then(|after| theirs().find(|row| row.id == *after)).map(|row| (row.received_at, row.id));
        let mut rows: Vec<QuarantineRow> = theirs()
            .filter(|row| row.replayed.is_none() && place.is_none_or(|place| (row.received_at, row.id) > place))
            .cloned()
            .collect();
        rows.sort_by_key(|row| (row.received_at, row.id));
        rows.truncate(limit as usize);
        Ok(rows)
    }

    async fn quarantined(&self, org: &OrgId, id: &QuarantineId) -> Result<Option<QuarantineRow>, StoreError> {
        Ok(self.state().quarantine.iter().find(|row| row.org == *org && row.id == *id).cloned())
    }

    async fn depth(&self, now: At) -> Result<QueueDepth, StoreError> {
        let state = self.state();
        let mut lanes: BTreeMap<Lane, (u64, At)> = BTreeMap::new();
        for row in state.effects.iter().filter(|row| row.unsettled() && row.new.not_before <= now) {
            let (many, oldest) = lanes.entry(row.lane()).or_insert((0, row.due_since));
            *many += 1;
            *oldest = row.due_since.min(*oldest);
        }
        let awaiting: Vec<At> = state
            .runs
            .iter()
            .filter(|(_, run)| run.state.name() == StateName::AwaitingApproval)
            .filter_map(|(key, _)| state.happened.get(key).copied())
            .collect();
        let age = awaiting.iter().min().map_or(0, |oldest| now.seconds_since(*oldest));
        Ok(QueueDepth {
            lanes: lanes
                .into_iter()
                .map(|(lane, (many, oldest))| (lane.as_str().to_owned(), many, now.seconds_since(oldest)))
                .collect(),
            parked: state.effects.iter().filter(|row| row.standing == Standing::Parked).count() as u64,
            awaiting: (awaiting.len() as u64, age),
        })
    }

    async fn ledgers(&self) -> Result<Vec<OrgId>, StoreError> {
        Ok(self.state().ledgers.keys().cloned().collect())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn wanted(run: &Run, filter: &RunFilter) -> bool {
    filter.state.is_none_or(|state| run.state.name() == state)
        && filter.intent.as_ref().is_none_or(|intent| run.intent() == Some(intent))
        && filter.reason.is_none_or(|reason| run.left_alone().is_some_and(|left| left.as_str() == reason))
        && filter.desk.as_ref().is_none_or(|desk| run.ticket_key().is_some_and(|(of, _)| of == desk))
        && filter.from.is_none_or(|from| run.created_at >= from)
        && filter.until.is_none_or(|until| run.created_at < until)
}

fn view(entry: &Entry, body: Option<&Body>) -> LedgerEntryView {
    LedgerEntryView {
        seq: entry.seq,
        time: At(entry.time_micros),
        kind: entry.kind.clone(),
        run: entry.run.map(|run| RunId(Uuid::from_bytes(run))),
        actor: entry.actor.clone(),
        plan_digest: entry.plan_digest.map(Digest),
        policy_digest: entry.policy_digest.map(Digest),
        decision: entry.decision.clone(),
        previous: Digest(entry.previous),
        commitment: entry.commitment.map(Digest),
        hash: Digest(entry.hash),
        body: body.map(|body| (body.salt, body.bytes.clone())),
    }
}
