//! Commits: judged as a whole, then written.

use countersign_domain::{
    effect::{ClaimedEffect, Settlement},
    event::Record,
    ids::{OrgId, RunId},
    ports::{Change, Conflict, Ids, KeyChange, QuarantineRow, Receipt, Replayed, Settle, StoreError},
    time::At,
};
use countersign_ledger::{Body, Draft, genesis, seal};

use super::State;

impl State {
    pub(super) fn commit(&mut self, ids: &dyn Ids, change: Change) -> Result<Receipt, StoreError> {
        self.judge(&change)?;
        if let Some(row) = &change.quarantine {
            let known = self.quarantine.iter_mut().find(|there| there.org == row.org && there.digest == row.digest);
            match known {
                Some(there) if there.replayed.is_none() => return Ok(Receipt::default()),
                // It waits again, under the id it has.
                Some(there) => *there = QuarantineRow { id: there.id, ..row.clone() },
                None => self.quarantine.push(row.clone()),
            }
        }
        if let Some(switch) = change.pause.clone() {
            self.change_pause(switch);
        }
        let moment = change.moment();
        self.seen = self.seen.max(moment);
        if let Some((org, id, run)) = &change.replayed {
            let waiting = |row: &&mut QuarantineRow| row.org == *org && row.id == *id && row.replayed.is_none();
            if let Some(row) = self.quarantine.iter_mut().find(waiting) {
                row.replayed = Some(Replayed { at: moment.unwrap_or(row.received_at), run: *run });
            }
        }
        let claim = change.claim_for.as_ref().zip(moment).map(|((_, lease_ms), now)| (now, now.plus_millis(*lease_ms)));
        let org = change.org.or_else(|| change.run.as_ref().map(|change| change.run.org.clone()));
        // The run first: which pause holds its steps goes by the runbook it has after the change.
        let written = change.run.map(|written| {
            let key = (written.run.org.clone(), written.run.id);
            if !change.records.is_empty() {
                self.happened.insert(key.clone(), written.run.updated_at);
            }
            self.runs.insert(key.clone(), written.run);
            key
        });
        let mut claimed = change.settle.and_then(|settle| self.settle(settle, claim)).into_iter().collect::<Vec<_>>();
        if let Some((org, id)) = written {
            claimed.extend(self.insert_effects(ids, &org, id, change.effects, claim));
            if let Some(text) = change.text {
                self.texts.insert((org, id), text);
            }
        }
        if let Some((org, done)) = change.inbox_done {
            self.inbox
                .iter_mut()
                .filter(|(row, _)| row.org == org && row.id == done)
                .for_each(|(_, open)| *open = true);
        }
        if let Some(key) = change.key {
            self.change_key(key);
        }
        let receipt = org.map_or_else(Receipt::default, |org| self.append(ids, &org, change.records));
        Ok(Receipt { claimed, ..receipt })
    }

    fn judge(&mut self, change: &Change) -> Result<(), StoreError> {
        let incomplete =
            |what: &str| Err(StoreError::Corrupt(format!("a change has {what}: this is a mistake in the code")));
        match &change.run {
            None if !change.effects.is_empty() || change.text.is_some() => {
                return incomplete("effects or text and names no run");
            }
            None if change.org.is_none() && !change.records.is_empty() => {
                return incomplete("records and names no organisation");
            }
            Some(written) if change.org.as_ref().is_some_and(|org| *org != written.run.org) => {
                return incomplete("a run of another organisation");
            }
            None => {}
            Some(written) => {
                let there = self.runs.get(&(written.run.org.clone(), written.run.id));
                if there.is_none_or(|there| there.version != written.expected_version) {
                    return Err(Conflict::StaleVersion.into());
                }
            }
        }
        if let Some(settle) = &change.settle
            && self.held(&settle.org, settle.effect, settle.fence).is_none()
        {
            return Err(Conflict::LostLease.into());
        }
        Ok(())
    }

    /// Settles what was judged to be held; the next effect of the lane that this frees.
    fn settle(&mut self, settle: Settle, claim: Option<(At, At)>) -> Option<ClaimedEffect> {
        let row = self.held(&settle.org, settle.effect, settle.fence)?;
        let (run, lane): (RunId, _) = (row.run, row.lane());
        let frees = match &settle.settlement {
            Settlement::Done | Settlement::Parked { .. } => true,
            Settlement::Retry { .. } | Settlement::Wait { .. } => false,
        };
        row.settle(settle.settlement);
        if frees { self.take_next(&settle.org, run, lane, claim?) } else { None }
    }

    fn change_key(&mut self, change: KeyChange) {
        self.generation += 1;
        match change {
            KeyChange::Create(row) => self.keys.push(row),
            KeyChange::Revoke { org, key, at } => {
                let found = self.keys.iter_mut().filter(|row| row.org == org && row.id == key);
                found.for_each(|row| row.revoked_at = row.revoked_at.or(Some(at)));
            }
        }
    }

    /// Seals the records behind the organisation's chain.
    pub(super) fn append(&mut self, ids: &dyn Ids, org: &OrgId, records: Vec<Record>) -> Receipt {
        if records.is_empty() {
            return Receipt::default();
        }
        let chain = self.ledgers.entry(org.clone()).or_default();
        let mut head = chain.last().map_or_else(|| genesis(org.as_str()), |(entry, _)| entry.head());
        for record in records {
            let draft = Draft {
                time_micros: record.time.0,
                kind: record.kind.to_owned(),
                run: record.run.map(|run| *run.as_bytes()),
                actor: Some(record.actor),
                plan_digest: record.plan_digest.map(|digest| digest.0),
                policy_digest: record.policy_digest.map(|digest| digest.0),
                decision: record.decision.map(str::to_owned),
                body: Some(Body { salt: ids.secret(), bytes: record.body }),
            };
            let entry = seal(org.as_str(), &head, &draft);
            head = entry.head();
            chain.push((entry, draft.body));
        }
        Receipt { seq: head.seq, hash: head.hash, claimed: Vec::new() }
    }
}
